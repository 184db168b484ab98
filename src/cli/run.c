/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* run: launch and supervise; or, with --adopt, supervise what runs already. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cli/launching.h"
#include "cli/verb.h"
#include "container/announce.h"
#include "container/supervision.h"
#include "journal/pump.h"
#include "launch/launch.h"
#include "launch/notify-socket.h"
#include "supervise/foreground.h"
#include "supervise/relay.h"
#include "supervise/stored.h"
#include "supervise/supervisor.h"

/* What the verb holds from its first line to its last. */
typedef struct Run {
        const Arguments *arguments;
        Launcher launcher;
        LaunchOptions launch;
        SuperviseOptions supervise;
        int root_fd;            /* the container's, to its end */
        Notify notify;
        Stored stored;
        char *notify_directory;
        char *service;
} Run;

static void run_done(Run *run) {
        fd_close(run->supervise.signal_fd);
        notify_done(&run->notify);
        stored_done(&run->stored);
        free(run->notify_directory);
        free(run->service);
}

static int parse_notify(Run *run, Error *error) {
        const char *word = run->arguments->notify;

        if (word && !streq(word, "started") && !streq(word, "payload"))
                return error_set(error, -EINVAL, "--notify %s: must be started or payload", word);
        run->supervise.payload_ready = word && streq(word, "payload");
        return 0;
}

/* In the background there is nobody but the payload who could say something. */
static int find_notify_directory(Run *run, Error *error) {
        int r;

        if (!notify_is_wanted(&run->notify) || (run->launch.foreground && !run->supervise.payload_ready))
                return 0;
        r = notify_directory(run->root_fd, run->launch.id, &run->notify_directory, error);
        run->launch.notify_directory = run->notify_directory;
        return r;
}

/* The service whose main process we are: who wants to stop the container for good stops that. */
static void find_service(Run *run) {
        CLEANUP(freep) char *cgroup = NULL;
        const char *name;

        if (!notify_is_wanted(&run->notify) || cgroup_of_process(0, &cgroup) < 0)
                return;
        name = strrchr(cgroup, '/');
        if (name && endswith(name, ".service"))
                run->launch.service = run->service = strdup(name + 1);
}

static int run_prepare(Run *run, Error *error) {
        int r = parse_notify(run, error);

        if (r < 0)
                return r;
        run->supervise.keep = run->arguments->keep;
        run->launch.start = !run->arguments->no_start;
        run->launch.foreground = !run->arguments->detach;
        notify_open(&run->notify);
        if (run->launch.foreground) {
                r = stored_take(&run->launch.inherited_fds, &run->stored, error);
                if (r >= 0)
                        r = foreground_prepare(&run->supervise.signal_fd, error);
                if (r >= 0)
                        find_service(run);
        }
        if (r >= 0)
                r = run->root_fd = state_root_open(run->arguments->root, true, error);
        return r < 0 ? r : find_notify_directory(run, error);
}

/* What an earlier container had written before its supervisor died, and nobody had read. */
static void write_rest(Run *run, Container *container) {
        CLEANUP(pump_freep) Pump *pump = NULL;
        EventSubject subject;

        announce_subject(container, &subject);
        if (run->supervise.log_driver == LOG_DRIVER_PASSTHROUGH || pump_new(&subject, NULL, &pump) < 0)
                return;
        if (run->stored.stdout_fd >= 0)
                (void) pump_add(pump, TAKE_FD(run->stored.stdout_fd), 6);
        if (run->stored.stderr_fd >= 0)
                (void) pump_add(pump, TAKE_FD(run->stored.stderr_fd), 3);
        (void) pump_finish(pump, usec_monotonic() + 5 * USEC_PER_SEC);
}

/* The payload may have said that it is ready to the supervisor before us, and says it once. */
static int adopt_notify(Run *run, Container *container, Launched *launched, Error *error) {
        if (!notify_is_wanted(&run->notify) || !run->supervise.payload_ready)
                return 0;
        run->supervise.payload_ready = false;
        launched->notify_fd = relay_listen(container, error);
        return launched->notify_fd < 0 && launched->notify_fd != -ENOENT ? launched->notify_fd : 0;
}

/* 1: *ret is to be supervised; 0: the name is free. */
static int try_adopt(Run *run, Launched *ret, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(error_done) Error unknown = {};
        ContainerStatus status;
        int r = container_open(run->root_fd, run->launch.id, CONTAINER_LOCKED, &container, &unknown);

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_set(error, r, "%s", error_text(&unknown));
        if (supervision_exists(container) > 0)
                return error_set(error, -EBUSY, "container %s has a supervisor", container->id);
        /* Its end was seen by nobody, or its making was broken off: what is left of it is cleaned up, hooks run too. */
        r = container_status(container, &status, error);
        if (r < 0)
                return r;
        if (status & (STATUS_STOPPED | STATUS_CREATING)) {
                write_rest(run, container);
                r = container_delete(container, true, error);
                return r < 0 ? r : 0;
        }
        r = adopt(container, ret, error);
        if (r >= 0)
                r = adopt_notify(run, container, ret, error);
        if (r < 0)
                return r;
        container_unlock(container);
        TAKE_PTR(container);
        ret->output.pump_fds[0] = TAKE_FD(run->stored.stdout_fd);
        ret->output.pump_fds[1] = TAKE_FD(run->stored.stderr_fd);
        ret->console_fd = TAKE_FD(run->stored.console_fd);
        return 1;
}

static int run(Run *run, Error *error) {
        Launched launched = LAUNCHED_NONE;
        int r = run_prepare(run, error), status;

        if (r >= 0 && run->arguments->adopt && run->launch.foreground)
                r = try_adopt(run, &launched, error);
        if (r < 0)
                return r;
        if (r == 0 || !launched.container)
                r = run->launcher(run->root_fd, run->arguments, &run->launch, &launched, error);
        if (r < 0)
                return r;
        if (run->launch.foreground)
                status = supervise(&launched, &run->notify, &run->supervise, error);
        else
                status = launched.notify_fd < 0 ? 0 : relay_start(launched.container, &run->notify, TAKE_FD(launched.notify_fd), error);
        launched_done(&launched);
        return status;
}

int launch_and_supervise(const Arguments *arguments, Launcher launcher, Error *error) {
        CLEANUP(run_done) Run state = {
                .arguments = arguments,
                .launcher = launcher,
                .root_fd = -EBADF,
                .notify = NOTIFY_NONE,
                .stored = STORED_NONE,
                .supervise.signal_fd = -EBADF,
        };
        int r = launch_options_from(arguments, &state.launch, error);

        state.supervise.log_driver = state.launch.log_driver;
        return r < 0 ? r : run(&state, error);
}

static int launch_new(int root_fd, const Arguments *arguments, LaunchOptions *options, Launched *ret, Error *error) {
        return launch(root_fd, options, ret, error);
}

int verb_run(const Arguments *arguments, Error *error) {
        return launch_and_supervise(arguments, launch_new, error);
}
