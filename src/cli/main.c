/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* berth(1): global options, the verb, the exit code. Invariant: one failure is one record at level error in the log and one line on stderr. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/strv.h"
#include "cli/handover.h"
#include "cli/verbs.h"
#include "config.h"
#include "systemd/systemd.h"

static int print_version(void) {
        /* containerd's go-runc takes the first line only if it begins with "runc version "; dockerd reads the word before "version". */
        printf("runc version " BERTH_VERSION " (berth)\n"
               "commit: " BERTH_VERSION "\n"
               "spec: 1.3.0\n"
               "systemd: scopes\n"
               "state: " BERTH_STATE_DIR "\n");
        return 0;
}

static void print_help(void) {
        printf("NAME:\n   berth - OCI containers as systemd scopes\n\n"
               "USAGE:\n   berth [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\nVERSION:\n   " BERTH_VERSION "\n\nCOMMANDS:\n");
        for (const Verb *v = verbs; v->name; v++)
                printf("   %-12s %s\n", v->name, v->help);
        printf("\nOPTIONS:\n");
        options_help(global_options);
}

static void print_verb_help(const Verb *verb) {
        printf("NAME:\n   berth %s - %s\n\nUSAGE:\n   berth %s [OPTION...] %s\n\nOPTIONS:\n", verb->name, verb->help, verb->name, verb->arguments);
        options_help(verb->options);
}

static int open_log(const Arguments *arguments, Error *error) {
        LogFormat format = LOG_FORMAT_TEXT;
        LogLevel level = arguments->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING;
        const char *path = arguments->log;
        int fd = -EBADF;

        if (arguments->log_format && streq(arguments->log_format, "json"))
                format = LOG_FORMAT_JSON;
        else if (arguments->log_format && !streq(arguments->log_format, "text"))
                return error_set(error, -EINVAL, "invalid log-format: %s", arguments->log_format);
        if (arguments->log_level) {
                static const char *const names[] = { "error", "warning", "info", "debug" };
                bool found = false;

                for (size_t i = 0; i < ELEMENTSOF(names); i++)
                        if (streq(names[i], arguments->log_level)) {
                                level = (LogLevel) i;
                                found = true;
                        }
                if (!found)
                        return error_set(error, -EINVAL, "invalid log-level: %s", arguments->log_level);
        }
        if (path && startswith(path, "file:"))
                path += strlen("file:");
        if (!isempty(path)) {
                fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
                if (fd < 0)
                        return error_set(error, -errno, "log file %s: %m", path);
        }
        log_open(fd, format, level);
        return 0;
}

static int check_globals(const Arguments *arguments, Error *error) {
        const char *manager = arguments->cgroup_manager;

        if (manager && !streq(manager, "systemd") && !streq(manager, "disabled"))
                return error_set(error, -EINVAL, "--cgroup-manager %s: berth has systemd and disabled", manager);
        return 0;
}

static const Verb *find_verb(const char *name) {
        for (const Verb *v = verbs; v->name; v++)
                if (streq(v->name, name))
                        return v;
        return NULL;
}

/* Other runtimes word it so. */
static int no_verb(const char *name, Error *error) {
        return error_set(error, -EINVAL, "No help topic for '%s': there is no such command (see berth --help)", name);
}

static int help_of(const char *name, Error *error) {
        const Verb *verb = find_verb(name);

        if (!verb)
                return no_verb(name, error);
        print_verb_help(verb);
        return 0;
}

/* all: the whole command line. */
static int run_verb(const Verb *verb, char **all, char **argv, size_t n, Arguments *arguments, Error *error) {
        int r = options_parse(verb->options, verb->order, argv, n, arguments, error);

        if (r < 0)
                return r;
        if (arguments->help) {
                print_verb_help(verb);
                return 0;
        }
        if (arguments->n_positional < verb->minimum || arguments->n_positional > verb->maximum) {
                print_verb_help(verb);
                if (verb->minimum == verb->maximum)
                        return error_set(error, -EINVAL, "\"%s\" requires exactly %zu argument(s)", verb->name, verb->minimum);
                return error_set(error, -EINVAL, "\"%s\" requires a minimum of %zu argument(s)", verb->name, verb->minimum);
        }
        /* Before anything is begun with. */
        if ((verb->with_libsystemd || arguments->register_machine) && !has_libsystemd())
                return hand_over(all, error);
        log_debug("berth " BERTH_VERSION ": %s%s%s", verb->name, arguments->n_positional > 0 ? " " : "",
                  arguments->n_positional > 0 ? arguments->positional[0] : "");
        return verb->run(arguments, error);
}

static int dispatch(int argc, char **argv, const Verb **ret_verb, Arguments *arguments, Error *error) {
        CLEANUP(freep) char **all = calloc((size_t) argc + 1, sizeof *all);
        char **positional;
        size_t n_positional;
        int r;

        if (!all)
                return -ENOMEM;
        memcpy(all, argv, (size_t) argc * sizeof *all); /* the parser moves them about */
        r = options_parse(global_options, ORDER_FIRST, argv + 1, (size_t) argc - 1, arguments, error);
        if (r < 0)
                return r;
        positional = arguments->positional;
        n_positional = arguments->n_positional;
        if (arguments->version)
                return print_version();
        if (n_positional > 1 && streq(positional[0], "help"))
                return help_of(positional[1], error);
        if (arguments->help || n_positional == 0 || streq(positional[0], "help")) {
                print_help();
                return 0;
        }
        r = open_log(arguments, error);
        if (r >= 0)
                r = check_globals(arguments, error);
        if (r < 0)
                return r;
        *ret_verb = find_verb(positional[0]);
        if (!*ret_verb)
                return no_verb(positional[0], error);
        return run_verb(*ret_verb, all, positional + 1, n_positional - 1, arguments, error);
}

/* Somebody may have started us without them, and whatever we opened in their place would become the container's. */
static int check_stdio(void) {
        for (int fd = 0; fd <= 2; fd++)
                if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_NOCTTY) != fd)
                        return -EBADF;
        return 0;
}

/* Looked at before we open anything, so that none of ours is taken for one of the caller's. */
static uint32_t count_inherited(void) {
        uint32_t n = 0;

        while (fcntl((int) (3 + n), F_GETFD) >= 0)
                n++;
        return n;
}

int main(int argc, char *argv[]) {
        CLEANUP(arguments_done) Arguments arguments = { .stop_timeout_usec = UINT64_MAX, .interval_usec = UINT64_MAX };
        CLEANUP(error_done) Error error = {};
        const Verb *verb = NULL;
        int r;

        if (check_stdio() < 0)
                return 1;
        arguments.inherited_fds = count_inherited();
        /* What we hold open is nobody's business, least of all a container's (CVE-2016-9962). */
        (void) prctl(PR_SET_DUMPABLE, 0);
        r = dispatch(argc, argv, &verb, &arguments, &error);
        if (r < 0) {
                log_error("%s", error.number ? error_text(&error) : strerror(-r));
                r = verb ? verb->error_status : 1;
        }
        log_close();
        return r;
}
