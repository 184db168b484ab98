/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* state, list, ps, features, spec, plan: what looks and changes nothing (but spec, which writes its one file). */

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/show.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/utc.h"
#include "cli/verb.h"
#include "container/container.h"
#include "container/features.h"
#include "container/forced.h"
#include "launch/compile.h"
#include "plan/text.h"
#include "resource/print.h"
#include "spec/default.h"
#include "spec/state.h"

static int print_text(char *text) {
        CLEANUP(freep) char *owned = text;

        if (!owned)
                return -ENOMEM;
        if (show(stdout, owned, strlen(owned)) < 0)
                return -EIO;
        return fflush(stdout) == 0 ? 0 : -EIO;
}

int verb_state(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        ContainerStatus status;
        int r = open_named_container(arguments, false, &container, error);

        if (r >= 0)
                r = container_status(container, &status, error);
        return r < 0 ? r : print_text(container_state_json(container, status, false));
}

/* ---- list ---- */

typedef struct Listing {
        Container **containers;
        State *states;
        size_t n;
} Listing;

static void listing_done(Listing *listing) {
        for (size_t i = 0; i < listing->n; i++) {
                free(listing->states[i].owner);
                container_free(listing->containers[i]);
        }
        free(listing->containers);
        free(listing->states);
}

/* From the file alone: who is in no file is a number, as for runc; other sources of names are libraries to be loaded (nsswitch.conf(5)). */
static char *owner_name(uint64_t uid) {
        FILE *file = fopen("/etc/passwd", "re");
        struct passwd *entry = NULL;
        char *name = NULL;

        while (file && (entry = fgetpwent(file)) && entry->pw_uid != uid)
                ;
        if (entry)
                name = strdup(entry->pw_name);
        if (file)
                fclose(file);
        if (entry)
                return name;
        return asprintf(&name, "%llu", (unsigned long long) uid) < 0 ? NULL : name;
}

/* One that went meanwhile, or is just being made, is none. Of what cannot be read or asked about is shown what is left of it; it can be deleted. */
static int open_listed(int root_fd, const char *id, Container **ret, State *ret_state, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(error_done) Error attempt = {};
        ContainerStatus status = 0;
        int r = container_open(root_fd, id, CONTAINER_UNLOCKED, &container, &attempt);

        if (r == -ENOENT)
                return r;
        if (r >= 0)
                r = container_status(container, &status, &attempt);
        if (r == -EMFILE || r == -ENFILE || r == -ENOMEM)
                return error_set(error, r, "%s", error_text(&attempt));
        if (r < 0) {
                log_warning("%s", error_text(&attempt));
                status = 0;
                r = container ? 0 : container_open_ruin(root_fd, id, &container, error);
                if (r < 0)
                        return r;
        }
        container_fill_state(container, status, ret_state);
        *ret = TAKE_PTR(container);
        return 0;
}

static int read_listing(const Arguments *arguments, Listing *ret, Error *error) {
        CLEANUP(strv_freep) char **ids = NULL;
        int root_fd = state_root_open(arguments->root, false, error), r;

        *ret = (Listing) {};
        /* Before the first container there is no default one. */
        if (root_fd == -ENOENT && !arguments->root) {
                error_done(error);
                return 0;
        }
        r = root_fd < 0 ? root_fd : container_list(root_fd, &ids, error);
        if (r < 0)
                return r;
        ret->containers = calloc(strv_length(ids) + 1, sizeof *ret->containers);
        ret->states = calloc(strv_length(ids) + 1, sizeof *ret->states);
        if (!ret->containers || !ret->states)
                return -ENOMEM;
        STRV_FOREACH(id, ids) {
                Container *container = NULL;

                r = open_listed(root_fd, *id, &container, &ret->states[ret->n], error);
                if (r == -ENOENT)
                        continue;
                if (r < 0)
                        return r;
                ret->containers[ret->n] = container;
                /* As a rule all belong to one. */
                if (ret->n > 0 && container->record->uid == ret->containers[ret->n - 1]->record->uid && ret->states[ret->n - 1].owner)
                        ret->states[ret->n].owner = strdup(ret->states[ret->n - 1].owner);
                else
                        ret->states[ret->n].owner = owner_name(container->record->uid);
                ret->n++;
        }
        return 0;
}

static void print_table(const Listing *listing) {
        bool terminal = isatty(STDOUT_FILENO);

        printf("%-20s %-9s %-10s %-32s %-24s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
        for (size_t i = 0; i < listing->n; i++) {
                CLEANUP(text_done) Text bundle = {}, owner = {};
                const State *state = &listing->states[i];
                char buffer[UTC_SIZE];
                const char *created = utc_to_string(state->created_usec, UTC_SECONDS, buffer);

                show_field(&bundle, terminal, state->bundle);
                show_field(&owner, terminal, state->owner ? state->owner : "");
                printf("%-20s %-9llu %-10s %-32s %-24s %s\n", state->id, (unsigned long long) state->pid, state->status, bundle.string ? bundle.string : "",
                       created ? created : "", owner.string ? owner.string : "");
        }
}

static int check_format(const Arguments *arguments, bool *ret_json, Error *error) {
        if (arguments->format && !streq(arguments->format, "table") && !streq(arguments->format, "json"))
                return error_set(error, -EINVAL, "invalid format option: %s", arguments->format);
        *ret_json = arguments->format && streq(arguments->format, "json");
        return 0;
}

int verb_list(const Arguments *arguments, Error *error) {
        Listing listing;
        bool json;
        int r = check_format(arguments, &json, error);

        if (r < 0)
                return r;
        r = read_listing(arguments, &listing, error);
        if (r >= 0 && arguments->quiet)
                for (size_t i = 0; i < listing.n; i++)
                        printf("%s\n", listing.containers[i]->id);
        else if (r >= 0 && json)
                r = print_text(state_list_to_json(listing.states, listing.n));
        else if (r >= 0)
                print_table(&listing);
        listing_done(&listing);
        return r;
}

/* ---- ps ---- */

static int print_pids_json(const pid_t *pids, size_t n_pids) {
        printf("[");
        for (size_t i = 0; i < n_pids; i++)
                printf("%s%ld", i ? "," : "", (long) pids[i]);
        printf("]\n");
        return 0;
}

/* Runs ps(1) with the caller's options (default -ef) and keeps the header and the lines whose PID column is one of ours. */
static int print_ps_table(const Arguments *arguments, const pid_t *pids, size_t n_pids, Error *error) {
        CLEANUP(text_done) Text command = {};
        char line[8192];
        int column = -1, status;
        FILE *ps;

        text_add(&command, "exec ps");
        for (size_t i = 1; i < arguments->n_positional; i++) {
                /* Single quotes keep the shell away; one inside ends, escapes and reopens. */
                text_add(&command, " '");
                for (const char *c = arguments->positional[i]; *c; c++)
                        if (*c == '\'')
                                text_add(&command, "'\\''");
                        else
                                text_add_bytes(&command, c, 1);
                text_add(&command, "'");
        }
        if (arguments->n_positional < 2)
                text_add(&command, " -ef");
        if (text_failed(&command))
                return -ENOMEM;
        ps = popen(command.string, "re");
        if (!ps)
                return error_set(error, -errno, "ps: %m");
        while (fgets(line, sizeof line, ps)) {
                CLEANUP(strv_freep) char **words = NULL;
                pid_t pid;

                if (strv_split(line, " \t\n", &words) < 0)
                        break;
                if (column < 0) {
                        for (int i = 0; words && words[i]; i++)
                                if (streq(words[i], "PID"))
                                        column = i;
                        if (column < 0)
                                break;
                        (void) show(stdout, line, strlen(line));
                        continue;
                }
                if (strv_length(words) <= (size_t) column)
                        continue;
                pid = (pid_t) strtol(words[column], NULL, 10);
                for (size_t i = 0; i < n_pids; i++)
                        if (pids[i] == pid)
                                (void) show(stdout, line, strlen(line));
        }
        status = pclose(ps);
        if (column < 0)
                return error_set(error, -EINVAL, status ? "ps: failed" : "ps: no PID column in its output");
        return 0;
}

int verb_ps(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(freep) pid_t *pids = NULL;
        ContainerStatus status;
        size_t n_pids = 0;
        bool json;
        int r = check_format(arguments, &json, error);

        if (r >= 0)
                r = open_named_container(arguments, false, &container, error);
        if (r >= 0)
                r = container_status(container, &status, error);
        if (r < 0)
                return r;
        r = container_processes(container, &pids, &n_pids, error);
        /* It has none when its cgroup went with the last of them. */
        if (r < 0 && status != STATUS_STOPPED)
                return r;
        error_done(error);
        return json ? print_pids_json(pids, n_pids) : print_ps_table(arguments, pids, n_pids, error);
}

/* ---- spec, plan, features ---- */

int verb_spec(const Arguments *arguments, Error *error) {
        CLEANUP(strv_freep) char **command = NULL;
        CLEANUP(freep) char *text = NULL, *path = NULL;
        int r;

        for (size_t i = 0; i < arguments->n_positional; i++) {
                r = strv_append(&command, arguments->positional[i]);
                if (r < 0)
                        return r;
        }
        text = spec_default_json(arguments->rootless_spec, geteuid(), getegid(), command);
        if (!text)
                return -ENOMEM;
        path = path_join(arguments->bundle ? arguments->bundle : ".", arguments->config ? arguments->config : "config.json");
        if (!path)
                return -ENOMEM;
        if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return error_set(error, -EEXIST, "File %s exists. Remove it first", path);
        r = file_replace_at(AT_FDCWD, path, text, strlen(text), 0666);
        return r < 0 ? error_set(error, r, "%s: %m", path) : 0;
}

int verb_plan(const Arguments *arguments, Error *error) {
        CLEANUP(compiled_freep) Compiled *compiled = NULL;
        CLEANUP(text_done) Text text = {};
        LaunchOptions options;
        int r = launch_options_from(arguments, &options, error);

        if (r < 0)
                return r;
        options.start = options.foreground = options.only_compile = true;
        r = compile_bundle(&options, -EBADF, &compiled, error);
        if (r < 0)
                return r;
        if (arguments->json) {
                text_add(&text, "{\"plan\":");
                r = plan_to_json(compiled->image, &text);
                text_add(&text, ",\"resources\":");
                resource_to_json(compiled->resources, &text);
                text_add(&text, "}\n");
        } else {
                resource_to_text(compiled->resources, &text);
                text_add(&text, "\n");
                r = plan_to_text(compiled->image, &text);
        }
        return r < 0 ? r : print_text(text_take(&text));
}

int verb_features(const Arguments *arguments, Error *error) {
        return print_text(features_json());
}
