/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The container object and its verbs. Invariant: a verb looks at the kernel, not at what was written down, to say what state a container is in. */

#include "container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/delegate.h"
#include "container/announce.h"
#include "container/figures.h"
#include "container/hooks.h"
#include "container/listener.h"
#include "container/resctrl.h"
#include "container/step-failure.h"
#include "container/sync.h"
#include "container/unit-stop.h"
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
        ContainerStatus status = container_status(container);

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

static bool is_frozen(Container *container) {
        CLEANUP(fd_closep) int fd = container_open_cgroup(container, NULL);

        return fd >= 0 && cgroup_is_frozen(fd) > 0;
}

ContainerStatus container_status(Container *container) {
        const Record *record = container->record;

        if (record->pid == 0)
                return record->exited_usec > 0 ? STATUS_STOPPED : STATUS_CREATING;
        if (container->pidfd < 0 || fd_wait_readable(container->pidfd, 0) > 0)
                return STATUS_STOPPED;
        if (is_frozen(container))
                return STATUS_PAUSED;
        return start_socket_exists(container->dir_fd) ? STATUS_CREATED : STATUS_RUNNING;
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
        ContainerStatus now = status ? status : container_status(container);

        *ret = (State) {
                .id = container->id,
                .status = (char *) (uintptr_t) container_status_to_string(now),
                .pid = now == STATUS_STOPPED ? 0 : record->pid,
                .bundle = record->bundle,
                .rootfs = record->rootfs,
                .created_usec = record->created_usec,
                .annotations = record->annotations,
                .unit = record->unit,
                .supervising_unit = record->supervising_unit,
                .oom_kills = now & (STATUS_CREATING | STATUS_CREATED) ? 0 : container_oom_kills(container),
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
        fd = start_socket_connect(container->dir_fd);
        if (fd < 0)
                return error_set(error, fd, "cannot start a container that has stopped: %m");
        /* The payload is on its way; what its poststart hooks are is read meanwhile. A failure is told where they run. */
        (void) container_load_spec(container, NULL);
        r = wait_started(container, fd, &hook, error);
        if (r < 0) {
                (void) container_wait_stopped(container, usec_monotonic() + DESTROY_USEC);
                announce_failed(container, error ? error_text(error) : strerror(-r));
                if (hook)
                        end_failed(container);
                return r;
        }
        container->record->started_usec = usec_realtime();
        r = container_save(container, error);
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

/* ---- end ---- */

int container_wait_stopped(Container *container, uint64_t deadline_usec) {
        int r;

        if (container->pidfd < 0)
                return 0;
        r = fd_wait_readable(container->pidfd, deadline_usec);
        return r < 0 ? r : r == 0 ? -ETIME : 0;
}

int container_processes(Container *container, pid_t **ret, size_t *ret_n, Error *error) {
        CLEANUP(fd_closep) int fd = container_open_cgroup(container, error);
        CLEANUP(freep) pid_t *pids = NULL;
        size_t n_pids, kept = 0;
        int r;

        if (fd < 0)
                return fd;
        r = cgroup_processes(fd, &pids, &n_pids);
        if (r < 0)
                return error_set(error, r, "processes of %s: %m", container->id);
        for (size_t i = 0; i < n_pids; i++)
                if ((uint64_t) pids[i] != container->record->anchor_pid)
                        pids[kept++] = pids[i];
        for (size_t i = 1; i < kept; i++)
                if ((uint64_t) pids[i] == container->record->pid) {
                        pids[i] = pids[0];
                        pids[0] = (pid_t) container->record->pid;
                }
        *ret = TAKE_PTR(pids);
        *ret_n = kept;
        return 0;
}

static void end_process(uint64_t pid, uint64_t start_time) {
        CLEANUP(fd_closep) int pidfd = pid > 0 ? process_open((pid_t) pid, start_time) : -ESRCH;

        if (pidfd < 0)
                return;
        (void) pidfd_signal(pidfd, SIGKILL);
        (void) fd_wait_readable(pidfd, usec_monotonic() + DESTROY_USEC);
}

/* True for a cgroup that has the name of the unit. */
static bool is_cgroup_of_unit(const char *cgroup, const char *unit) {
        const char *slash = strrchr(cgroup, '/');

        return slash && streq(slash + 1, unit) && endswith(unit, ".scope");
}

/* The cgroup in which everything is to be killed: known by its inode, or by what systemd says of its unit. -ENOENT: there is none that is the container's. */
static int open_own_cgroup(Container *container, Error *error) {
        const Record *record = container->record;
        CLEANUP(unit_identity_done) UnitIdentity identity = {};
        int r;

        if (record->cgroup && record->unit && record->cgroup_id == 0) {
                if (!is_cgroup_of_unit(record->cgroup, record->unit))
                        return error_set(error, -EPERM, "cgroup %s is not that of unit %s", record->cgroup, record->unit);
                /* What systemd does not know was made by a launcher that did not come to ask for it. */
                r = unit_identify(record, &identity, error);
                if (r < 0 && r != -ENOENT)
                        return r == -EPERM ? -ENOENT : r;
        }
        return container_open_cgroup(container, NULL);
}

/* The cgroup's processes die in one step, also in a frozen cgroup; then systemd sees an empty scope and forgets the unit by itself. */
int container_destroy_processes(Container *container, Error *error) {
        const Record *record = container->record;
        CLEANUP(fd_closep) int fd = -EBADF;
        int r = 0;

        if (container->pidfd >= 0)
                (void) pidfd_signal(container->pidfd, SIGKILL);
        else if (record->own_pid_namespace)
                /* Nobody else is left, as a rule. Its end is known at once; that of a cgroup is looked for. */
                end_process(record->anchor_pid, record->anchor_start_time);
        fd = open_own_cgroup(container, error);
        if (fd >= 0)
                r = cgroup_kill(fd, usec_monotonic() + DESTROY_USEC);
        else if (fd != -ENOENT && fd != -ENODEV && fd != -EMEDIUMTYPE)
                r = fd;
        if (r >= 0)
                r = container_wait_stopped(container, usec_monotonic() + DESTROY_USEC);
        if (r < 0)
                return error_set(error, r, "container %s: its processes did not end: %m", container->id);
        /* That is not in the cgroup. */
        end_process(record->watcher_pid, record->watcher_start_time);
        return 0;
}

/* What a launcher left behind that was killed: a unit whose job may still wait, or a cgroup that systemd never heard of. What systemd knows, systemd removes. */
static void remove_orphans(const Record *record) {
        CLEANUP(freep) char *file = NULL, *parent = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        char *slash;

        if (record->pid > 0)
                return;
        unit_stop_abandoned(record);
        if (!record->unit || !record->cgroup || record->user_manager || !is_cgroup_of_unit(record->cgroup, record->unit))
                return;
        parent = strdup(record->cgroup);
        if (!parent || asprintf(&file, "/run/systemd/transient/%s", record->unit) < 0 || access(file, F_OK) >= 0)
                return;
        slash = strrchr(parent, '/');
        *slash = '\0';
        fd = cgroup_open(parent[0] ? parent : "/", NULL);
        if (fd >= 0)
                (void) unlinkat(fd, slash + 1, AT_REMOVEDIR);
}

/* A cgroup that berth has made itself, below that of another unit: nobody else removes it while that unit runs. */
static int remove_cgroup(Container *container, Error *error) {
        const Record *record = container->record;
        CLEANUP(fd_closep) int fd = record->supervising_unit ? container_open_cgroup(container, NULL) : -ENOENT;
        int r = fd >= 0 ? cgroup_remove(record->cgroup, usec_monotonic() + DESTROY_USEC) : 0;

        return r < 0 ? error_set(error, r, "cgroup %s: %m", record->cgroup) : 0;
}

static void run_poststop(Container *container) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(freep) char *state = NULL;

        if (container->record->without_poststop || container_load_spec(container, NULL) < 0 || container->spec->hooks.n_poststop == 0)
                return;
        state = container_state_json(container, STATUS_STOPPED, true);
        if (state)
                hooks_run_all(container->spec->hooks.poststop, container->spec->hooks.n_poststop, "poststop",
                              &container->spec->annotations, state, &error);
        if (error.number < 0)
                announce_hook_failed(container, "hooks.poststop", error_text(&error));
}

static void leave_resctrl(Record *record) {
        CLEANUP(fd_closep) int fd = record->resctrl_group ? resctrl_open() : -EBADF;

        if (fd >= 0)
                resctrl_leave(fd, record);
}

int container_end(Container *container, bool announced, Error *error) {
        /* Nobody told yet: it had no supervisor. */
        bool untold = announced && container->record->exited_usec == 0 && container->record->pid > 0;
        int status = untold ? container_exit_status(container) : 0, r;

        if (untold && !container->record->without_poststop)
                announce_exited(container, status);
        run_poststop(container);
        leave_resctrl(container->record);
        r = container_remove(container);
        container->ended = true;
        /* One after the other and last: journald is woken up once, and nobody waits for it. */
        if (untold && container->record->without_poststop)
                announce_exited(container, status);
        if (r >= 0 && announced)
                announce_deleted(container);
        return r < 0 ? error_set(error, r, "state directory of %s: %m", container->id) : 0;
}

int container_delete(Container *container, bool force, Error *error) {
        ContainerStatus status = container_status(container);
        int r;

        if (container->ended)
                return 0;
        if (!force && (status & (STATUS_RUNNING | STATUS_PAUSED)))
                return error_set(error, -EBUSY, "cannot delete container %s that is not stopped: %s", container->id,
                                 container_status_to_string(status));
        if (status == STATUS_STOPPED)
                container_wait_told(container);
        r = container_destroy_processes(container, error);
        if (r < 0)
                return r;
        r = remove_cgroup(container, error);
        if (r < 0)
                return r;
        remove_orphans(container->record);
        return container_end(container, true, error);
}
