/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The container object and its verbs. Invariant: a verb looks at the kernel, not at what was written down, to say what state a container is in. */

#include "container/container.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/delegate.h"
#include "container/announce.h"
#include "container/figures.h"
#include "container/hooks.h"
#include "container/listener.h"
#include "container/step-failure.h"
#include "container/sync.h"
#include "plan/reader.h"
#include "spec/state.h"

#define DESTROY_USEC (10 * USEC_PER_SEC)

static const struct {
        ContainerStatus status;
        const char *name;
} status_names[] = {
        { STATUS_CREATING, "creating" },
        { STATUS_CREATED, "created" },
        { STATUS_RUNNING, "running" },
        { STATUS_PAUSED, "paused" },
        { STATUS_STOPPED, "stopped" },
};

/* What may be done when. The texts are runc's, as containerd's shim, CRI-O and podman look for pieces of them. */
typedef struct Verb {
        const char *name;
        unsigned allowed;               /* ContainerStatus bits */
        struct {
                unsigned status;
                const char *text;       /* %s: the id */
        } refusals[3];
} Verb;

static const Verb verb_start = {
        "start", STATUS_CREATED, {
                { STATUS_RUNNING | STATUS_PAUSED, "cannot start an already running container" },
                { STATUS_STOPPED, "cannot start a container that has stopped" },
                { STATUS_CREATING, "cannot start a container that is being created" } },
};
static const Verb verb_kill = {
        "kill", STATUS_CREATED | STATUS_RUNNING | STATUS_PAUSED, {
                { STATUS_STOPPED, "container not running" },
                { STATUS_CREATING, "container not running" } },
};
static const Verb verb_pause = {
        "pause", STATUS_CREATED | STATUS_RUNNING, {
                { STATUS_PAUSED, "container already paused" },
                { STATUS_STOPPED | STATUS_CREATING, "container not running" } },
};
static const Verb verb_resume = {
        "resume", STATUS_PAUSED, {
                { STATUS_CREATED | STATUS_RUNNING, "container not paused" },
                { STATUS_STOPPED | STATUS_CREATING, "container not paused" } },
};

static int check_allowed(Container *container, const Verb *verb, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (status & verb->allowed)
                return 0;
        FOREACH_ELEMENT(refusal, verb->refusals)
                if (refusal->status & status)
                        return error_set(error, status & (STATUS_STOPPED | STATUS_CREATING) ? -ESRCH : -EBUSY, "%s", refusal->text);
        return error_set(error, -EBUSY, "cannot %s a %s container", verb->name, container_status_to_string(status));
}

int container_check_kill(Container *container, Error *error) {
        return check_allowed(container, &verb_kill, error);
}

const char *container_status_to_string(ContainerStatus status) {
        FOREACH_ELEMENT(entry, status_names)
                if (entry->status == status)
                        return entry->name;
        return "unknown";
}

int container_open_cgroup(Container *container, Error *error) {
        const Record *record = container->record;
        CLEANUP(fd_closep) int fd = -EBADF;
        uint64_t id;
        int r;

        if (!record->cgroup)
                return error_set(error, -ENOENT, "container %s has no cgroup of its own", container->id);
        fd = cgroup_open(record->cgroup, error);
        if (fd < 0 || record->cgroup_id == 0)
                return TAKE_FD(fd);
        r = cgroup_id(fd, &id);
        if (r < 0)
                return error_set(error, r, "cgroup %s: %m", record->cgroup);
        /* Its unit is gone, and another has the name. */
        return id == record->cgroup_id ? TAKE_FD(fd) : error_set(error, -ENOENT, "cgroup %s is not the container's any more", record->cgroup);
}

/* 1, 0, or negative errno. A cgroup that is gone is not frozen. */
static int is_frozen(Container *container) {
        CLEANUP(fd_closep) int fd = container->record->cgroup ? container_open_cgroup(container, NULL) : -ENOENT;
        int r = fd < 0 ? fd : cgroup_is_frozen(fd);

        return r == -ENOENT || r == -ENODEV || r == -EMEDIUMTYPE ? 0 : r;
}

static int find_status(Container *container, ContainerStatus *ret) {
        const Record *record = container->record;
        int r = record->pid > 0 && container->pidfd >= 0 ? fd_wait_readable(container->pidfd, 0) : 1;

        if (r == 0) {
                r = is_frozen(container);
                if (r == 0)
                        r = start_socket_exists(container->dir_fd);
                else if (r > 0)
                        return *ret = STATUS_PAUSED, 0;
                if (r >= 0)
                        *ret = r > 0 ? STATUS_CREATED : STATUS_RUNNING;
        } else if (r > 0)
                *ret = record->pid > 0 || record->exited_usec > 0 ? STATUS_STOPPED : STATUS_CREATING;
        return r < 0 ? r : 0;
}

int container_status(Container *container, ContainerStatus *ret, Error *error) {
        int r = find_status(container, ret);

        return r < 0 ? error_set(error, r, "state of container %s: %m", container->id) : 0;
}

int container_check_runs(Container *container, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        return status & (STATUS_STOPPED | STATUS_CREATING) ? error_set(error, -ESRCH, "container not running") : 0;
}

int container_save(Container *container, Error *error) {
        return record_write(container->dir_fd, container->record, error);
}

int container_load_spec(Container *container, Error *error) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        if (container->spec)
                return 0;
        r = file_read_regular_at(container->dir_fd, "config.json", SPEC_SIZE_MAX, &text, &size);
        if (r < 0)
                return error_set(error, r, "container %s: config.json: %m", container->id);
        return spec_parse(text, size, container->record->bundle, &container->spec, error);
}

void container_fill_state(Container *container, ContainerStatus status, State *ret) {
        const Record *record = container->record;

        *ret = (State) {
                .id = container->id,
                .status = (char *) (uintptr_t) container_status_to_string(status),
                .pid = status == STATUS_STOPPED ? 0 : record->pid,
                .bundle = record->bundle,
                .rootfs = record->rootfs,
                .created_usec = record->created_usec,
                .annotations = record->annotations,
                .unit = record->unit,
                .supervising_unit = record->supervising_unit,
                .oom_kills = status & (STATUS_CREATING | STATUS_CREATED) ? 0 : container_oom_kills(container),
        };
}

char *container_state_json(Container *container, ContainerStatus status, bool compact) {
        State state;

        container_fill_state(container, status, &state);
        return compact ? state_to_hook_json(&state) : state_to_json(&state);
}

/* ---- start ---- */

/* The plan as berth-init has it, for the words about what failed. */
static int read_plan(Container *container, char **ret_bytes, Plan *ret) {
        size_t size;
        int r = file_read_regular_at(container->dir_fd, "plan", PLAN_SIZE_MAX, ret_bytes, &size);

        return r < 0 ? r : plan_open(*ret_bytes, size, ret);
}

/* Connected, and closed by execve(2) or its end. */
static int check_started(Container *container, Error *error) {
        pid_t pid = (pid_t) container->record->pid;
        CLEANUP(freep) char *bytes = NULL;
        Plan plan;

        if (!container->spec || !container->spec->os.seccomp || !step_may_be_unfinished(pid) || read_plan(container, &bytes, &plan) < 0)
                return 0;
        return step_unfinished(&plan, pid, container->pidfd, error);
}

static int tell_failure(Container *container, const SyncMessage *message, int output_fd, bool *ret_hook, Error *error) {
        CLEANUP(freep) char *bytes = NULL;
        Plan plan;

        if (read_plan(container, &bytes, &plan) < 0)
                return error_set(error, -message->error, "step %u: %m", message->step);
        *ret_hook = message->step < plan.header->n_steps && plan.steps[message->step].kind == STEP_HOOK;
        return step_failure(&plan, message, output_fd, error);
}

/* What berth-init says after the connection: its seccomp listeners, if any; then nothing, and closes it by execve(2), or which step failed, and whether
 * that was a hook. */
static int wait_started(Container *container, int fd, bool *ret_hook, Error *error) {
        CLEANUP(fd_closep) int owned_fd = fd; /* berth-init ends with it */
        SyncMessage message;
        int r;

        for (;;) {
                CLEANUP(fd_closep) int received_fd = -EBADF;

                r = sync_receive(owned_fd, UINT64_MAX, &message, &received_fd);
                if (r <= 0)
                        return r < 0 ? r : check_started(container, error);
                if (message.kind != SYNC_SECCOMP)
                        return tell_failure(container, &message, received_fd, ret_hook, error);
                r = container_load_spec(container, error);
                if (r >= 0)
                        r = listener_hand_over(container, (pid_t) container->record->pid, owned_fd, received_fd, error);
                if (r < 0)
                        return r;
        }
}

int container_run_poststart(Container *container, Error *error) {
        CLEANUP(freep) char *state = NULL;
        int r;

        r = container_load_spec(container, error);
        if (r < 0 || container->spec->hooks.n_poststart == 0)
                return r;
        state = container_state_json(container, STATUS_RUNNING, true);
        if (!state)
                return -ENOMEM;
        r = hooks_run(container->spec->hooks.poststart, container->spec->hooks.n_poststart, "poststart",
                      &container->spec->annotations, state, error);
        if (r < 0)
                announce_hook_failed(container, "hooks.poststart", error ? error_text(error) : strerror(-r));
        return r;
}

/* runtime-spec, lifecycle steps 7, 9, 12 and 13: after a startContainer or poststart hook that failed the container is stopped and destroyed. */
static void end_failed(Container *container) {
        CLEANUP(error_done) Error failure = {};

        if (container_delete(container, true, &failure) < 0)
                log_warning("%s", error_text(&failure));
}

int container_start(Container *container, Error *error) {
        bool hook = false;
        int fd, r;

        r = check_allowed(container, &verb_start, error);
        if (r < 0)
                return r;
        /* While the payload has not begun: a full file system is no reason to kill it. */
        container->record->started_usec = usec_realtime();
        r = record_prepare(container->dir_fd, container->record, error);
        if (r < 0)
                return r;
        fd = start_socket_connect(container->dir_fd);
        if (fd < 0) {
                record_abandon(container->dir_fd);
                if (fd == -ECONNREFUSED || fd == -ENOENT)
                        return error_set(error, fd, "cannot start a container that has stopped: %m");
                return error_set(error, fd, "start socket: %m");
        }
        /* The payload is on its way; what its poststart hooks are is read meanwhile. A failure is told where they run. */
        (void) container_load_spec(container, NULL);
        r = wait_started(container, fd, &hook, error);
        if (r < 0) {
                record_abandon(container->dir_fd);
                container->record->started_usec = 0;
                (void) container_wait_stopped(container, usec_monotonic() + DESTROY_USEC);
                announce_failed(container, error ? error_text(error) : strerror(-r));
                if (hook)
                        end_failed(container);
                return r;
        }
        r = record_commit(container->dir_fd, error);
        start_socket_remove(container->dir_fd);
        announce_started(container);
        if (r >= 0)
                r = container_run_poststart(container, error);
        if (r < 0)
                end_failed(container);
        return r;
}

/* ---- pause ---- */

int container_pause(Container *container, Error *error) {
        int r = check_allowed(container, &verb_pause, error);

        return r < 0 ? r : container_set_frozen(container, true, error);
}

int container_resume(Container *container, Error *error) {
        int r = check_allowed(container, &verb_resume, error);

        return r < 0 ? r : container_set_frozen(container, false, error);
}
