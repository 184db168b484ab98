/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* berthd(8): the loop. Invariant: berthd owns no container; killed at any moment and started again it tells the same. */

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"
#include "config.h"
#include "daemon/authorize.h"
#include "daemon/idle.h"
#include "daemon/object.h"
#include "daemon/operation.h"
#include "daemon/process.h"
#include "daemon/service.h"
#include "daemon/view.h"

#define IDLE_SECONDS 30

static void print_help(void) {
        printf("NAME:\n   berthd - containers on D-Bus\n\n"
               "USAGE:\n   berthd [OPTION...]\n\nVERSION:\n   " BERTH_VERSION "\n\nOPTIONS:\n"
               "   --root DIR               directory of container state (/run/berth, $XDG_RUNTIME_DIR/berth)\n"
               "   --user                   on the user's bus, for the user's containers\n"
               "   --idle-timeout SECONDS   exit when nobody has needed it for so long, default %d, 0 for never\n"
               "   --debug                  debug output\n"
               "   --version                print the version\n"
               "   --help                   show help\n",
               IDLE_SECONDS);
}

enum {
        OPTION_ROOT = 256,
        OPTION_USER,
        OPTION_IDLE,
        OPTION_DEBUG,
        OPTION_VERSION,
        OPTION_HELP,
};

static const struct option options[] = {
        { "root", required_argument, NULL, OPTION_ROOT },
        { "user", no_argument, NULL, OPTION_USER },
        { "idle-timeout", required_argument, NULL, OPTION_IDLE },
        { "debug", no_argument, NULL, OPTION_DEBUG },
        { "version", no_argument, NULL, OPTION_VERSION },
        { "help", no_argument, NULL, OPTION_HELP },
        {}
};

/* 0: what was asked for is done; 1: go on. */
static int parse_options(int argc, char **argv, Daemon *daemon, Error *error) {
        LogLevel level = LOG_LEVEL_INFO;
        uint64_t seconds = IDLE_SECONDS;
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case OPTION_ROOT:
                        free(daemon->root);
                        daemon->root = strdup(optarg);
                        break;
                case OPTION_USER:
                        daemon->session = true;
                        break;
                case OPTION_IDLE:
                        if (number_parse_u64(optarg, UINT32_MAX, &seconds) < 0)
                                return error_set(error, -EINVAL, "--idle-timeout %s: must be a number of seconds", optarg);
                        break;
                case OPTION_DEBUG:
                        level = LOG_LEVEL_DEBUG;
                        break;
                case OPTION_VERSION:
                        printf("berthd " BERTH_VERSION "\n");
                        return 0;
                case OPTION_HELP:
                        print_help();
                        return 0;
                default:
                        return error_set(error, -EINVAL, "see berthd --help");
                }
        if (optind < argc)
                return error_set(error, -EINVAL, "berthd takes no arguments: %s", argv[optind]);
        if (!daemon->root)
                daemon->root = state_root_default();
        daemon->idle_usec = seconds * USEC_PER_SEC;
        log_open(-EBADF, LOG_FORMAT_TEXT, level);
        return daemon->root ? 1 : error_set(error, -ENOENT, "no state directory: XDG_RUNTIME_DIR is not set (give --root)");
}

/* Each container takes two descriptors. Workers get back what we had. */
static void raise_file_limit(Daemon *daemon) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &daemon->files) < 0)
                return;
        limit = daemon->files;
        limit.rlim_cur = limit.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int make_event(Daemon *daemon) {
        sigset_t set;
        int r;

        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        (void) signal(SIGPIPE, SIG_IGN);
        r = sd_event_default(&daemon->event);
        if (r >= 0)
                r = sd_event_add_signal(daemon->event, NULL, SIGTERM, on_signal, NULL);
        if (r >= 0)
                r = sd_event_add_signal(daemon->event, NULL, SIGINT, on_signal, NULL);
        if (r >= 0)
                r = sd_event_set_watchdog(daemon->event, true);
        return r;
}

/* Everything is there before the name is, and the name before anybody can call. */
static int connect_bus(Daemon *daemon, sd_bus *bus) {
        int r;

        daemon->bus = bus;
        /* The bus gone, we are of no use; the next call on the new one starts us again. */
        r = sd_bus_set_exit_on_disconnect(bus, true);
        if (r >= 0)
                r = sd_bus_attach_event(bus, daemon->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = authorizations_start(daemon);
        if (r >= 0)
                r = manager_register(daemon);
        if (r >= 0)
                r = container_object_register(daemon);
        if (r >= 0)
                r = process_register(daemon);
        if (r >= 0)
                r = idle_start(daemon);
        return r < 0 ? r : sd_bus_request_name(bus, BUS_NAME, 0);
}

static int start(Daemon *daemon, Error *error) {
        sd_bus *bus = NULL;
        int r;

        raise_file_limit(daemon);
        daemon->root_fd = state_root_open(daemon->root, true, error);
        if (daemon->root_fd < 0)
                return daemon->root_fd;
        r = make_event(daemon);
        if (r < 0)
                return error_set(error, r, "event loop: %m");
        service_sweep(daemon->root_fd);
        r = view_start(daemon, error);
        if (r < 0)
                return r;
        r = daemon->session ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
        if (r >= 0)
                r = connect_bus(daemon, bus);
        if (r == -EEXIST)
                return error_set(error, r, "the bus has a berthd already");
        return r < 0 ? error_set(error, r, "D-Bus: %m") : 0;
}

static void daemon_done(Daemon *daemon) {
        authorizations_done(daemon);
        operations_done(daemon);
        processes_done(daemon);
        idle_done(daemon);
        view_done(daemon);
        sd_bus_flush_close_unref(daemon->bus);
        sd_event_unref(daemon->event);
        fd_close(daemon->root_fd);
        free(daemon->root);
}

int main(int argc, char *argv[]) {
        CLEANUP(daemon_done) Daemon daemon = { .root_fd = -EBADF };
        CLEANUP(error_done) Error error = {};
        int r;

        umask(0022);
        /* Said, they do not grow by themselves: a large message is given back to the system. */
        (void) mallopt(M_MMAP_THRESHOLD, 128 * 1024);
        (void) mallopt(M_TRIM_THRESHOLD, 128 * 1024);
        daemon.started_usec = usec_realtime();
        r = parse_options(argc, argv, &daemon, &error);
        if (r > 0)
                r = start(&daemon, &error);
        else if (r == 0)
                return 0;
        if (r >= 0) {
                (void) sd_notify(false, "READY=1\nSTATUS=On the bus.");
                r = sd_event_loop(daemon.event);
                (void) sd_notify(false, "STOPPING=1");
                /* What sd-bus exits with when the bus is gone: systemd starts us again, on the new one. */
                if (r > 0)
                        r = error_set(&error, -ECONNRESET, "the bus is gone");
                if (r < 0)
                        (void) error_set(&error, r, "event loop: %m");
        }
        if (r < 0)
                log_error("%s", error.number ? error_text(&error) : strerror(-r));
        return r < 0 ? 1 : 0;
}
