/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a container. Invariants: what is killed is in the container's own cgroup, which is known by its inode, or by what systemd says of its unit; where
 * it is not known whether a process lives, nothing is called ended. Called by delete, by stop, and where a start has failed. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/delegate.h"
#include "container/announce.h"
#include "container/container.h"
#include "container/figures.h"
#include "container/hooks.h"
#include "container/resctrl.h"
#include "container/unit-stop.h"
#include "spec/state.h"

#define DESTROY_USEC (10 * USEC_PER_SEC)
#define DEEP 32
#define FORGET_USEC (2 * USEC_PER_SEC)

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

static int end_process(uint64_t pid, uint64_t start_time) {
        CLEANUP(fd_closep) int pidfd = pid > 0 ? process_open((pid_t) pid, start_time) : -ESRCH;

        if (pidfd < 0)
                return pidfd == -ESRCH ? 0 : pidfd;
        (void) pidfd_signal(pidfd, SIGKILL);
        (void) fd_wait_readable(pidfd, usec_monotonic() + DESTROY_USEC);
        return 0;
}

/* Below a delegated one, where systemd cannot be asked: its launcher was killed, but had marked it. */
static int open_marked_cgroup(Container *container) {
        CLEANUP(fd_closep) int fd = container_open_cgroup(container, NULL);
        char mark[CGROUP_MARK_SIZE];

        if (fd < 0)
                return fd;
        return cgroup_get_mark(fd, mark) >= 0 && streq(mark, container->mark) ? TAKE_FD(fd) : -ENOENT;
}

/* The cgroup in which everything is to be killed: known by its inode, or by what systemd says of its unit. -ENOENT: there is none that is the container's. */
static int open_own_cgroup(Container *container, Error *error) {
        const Record *record = container->record;
        CLEANUP(unit_identity_done) UnitIdentity identity = {};
        int r;

        if (record->cgroup && !record->unit && record->cgroup_id == 0)
                return open_marked_cgroup(container);
        if (record->cgroup && record->unit && record->cgroup_id == 0) {
                if (!record_cgroup_is_of_unit(record))
                        return error_set(error, -EPERM, "cgroup %s is not that of unit %s", record->cgroup, record->unit);
                /* What systemd does not know was made by a launcher that did not come to ask for it. */
                r = unit_identify(record, container->mark, &identity, error);
                if (r < 0 && r != -ENOENT)
                        return r == -EPERM ? -ENOENT : r;
        }
        return container_open_cgroup(container, NULL);
}

/* systemd 252 gives up on a cgroup that is a hundred levels deep, and leaves it; the next container of the name could not start. What it was still at when it
 * looked is empty by now. */
static void remove_deep(const Record *record, int cgroup_fd) {
        uint64_t deadline_usec = usec_monotonic() + FORGET_USEC;
        CLEANUP(freep) char *file = NULL;

        if (!record->unit || record->user_manager || asprintf(&file, "/run/systemd/transient/%s", record->unit) < 0)
                return;
        while (access(file, F_OK) >= 0 && usec_monotonic() < deadline_usec)
                usec_sleep(USEC_PER_MSEC);
        (void) cgroup_remove_own(record->cgroup, cgroup_fd);
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
                r = end_process(record->anchor_pid, record->anchor_start_time);
        fd = r < 0 ? -ENOENT : open_own_cgroup(container, error);
        if (fd >= 0)
                r = cgroup_kill(fd, usec_monotonic() + DESTROY_USEC);
        if (fd >= 0 && r >= 0 && cgroup_trim(fd) > DEEP)
                remove_deep(record, fd);
        else if (fd != -ENOENT && fd != -ENODEV && fd != -EMEDIUMTYPE)
                r = fd;
        if (r >= 0)
                r = container_wait_stopped(container, usec_monotonic() + DESTROY_USEC);
        /* That is not in the cgroup. */
        if (r >= 0)
                r = end_process(record->watcher_pid, record->watcher_start_time);
        return r < 0 ? error_set(error, r, "container %s: its processes did not end: %m", container->id) : 0;
}

/* What a launcher left behind that was killed: a unit whose job may still wait, or a cgroup that systemd never heard of. What systemd knows, systemd removes. */
static void remove_orphans(const Container *container) {
        const Record *record = container->record;
        CLEANUP(freep) char *file = NULL, *parent = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        char *slash;

        if (record->pid > 0)
                return;
        unit_stop_abandoned(record, container->mark);
        if (!record->unit || !record->cgroup || record->user_manager || !record_cgroup_is_of_unit(record))
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
        CLEANUP(fd_closep) int fd = record->supervising_unit ? open_own_cgroup(container, NULL) : -ENOENT;
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
        ContainerStatus status;
        int r;

        if (container->ended)
                return 0;
        r = container_status(container, &status, error);
        if (r < 0)
                return r;
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
        remove_orphans(container);
        return container_end(container, true, error);
}
