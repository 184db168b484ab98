/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* kill: a signal to the container's init, or to all its processes. Invariant: a signal goes through a pidfd, to who was found in the container's cgroup. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "container/container.h"

/* Those that come while we look may be of one that was not signalled yet. */
#define KILL_ROUNDS 64

static bool is_among(const pid_t *pids, size_t n_pids, pid_t pid) {
        for (size_t i = 0; i < n_pids; i++)
                if (pids[i] == pid)
                        return true;
        return false;
}

/* One that is gone needs none; of one that cannot be asked about nobody knows. */
static int signal_each(const pid_t *pids, size_t n_pids, int signal, Error *error) {
        int result = 0;

        for (size_t i = 0; i < n_pids; i++) {
                CLEANUP(fd_closep) int pidfd = pidfd_open_pid(pids[i]);
                int r = pidfd < 0 ? pidfd : pidfd_signal(pidfd, signal);

                if (r < 0 && r != -ESRCH && result >= 0)
                        result = error_set(error, r, "kill process %d: %m", pids[i]);
        }
        return result;
}

/* A fork may be faster than one look at the list. ret_n: how many there were. */
static int signal_all(Container *container, int signal, size_t *ret_n, Error *error) {
        CLEANUP(freep) pid_t *last = NULL;
        size_t n_last = 0;

        *ret_n = 0;
        for (unsigned round = 0; round < KILL_ROUNDS; round++) {
                CLEANUP(freep) pid_t *pids = NULL;
                size_t n_pids = 0, n_new = 0;
                int r = container_processes(container, &pids, &n_pids, error);

                if (r < 0)
                        return r;
                for (size_t i = 0; i < n_pids; i++)
                        n_new += !is_among(last, n_last, pids[i]);
                *ret_n += n_new;
                if (n_new == 0)
                        break;
                r = signal_each(pids, n_pids, signal, error);
                if (r < 0)
                        return r;
                if (signal != SIGKILL)
                        break;
                free(last);
                last = TAKE_PTR(pids);
                n_last = n_pids;
        }
        return 0;
}

/* Where no anchor is in it, whose figures would be lost: the kernel ends all at once, also those that are being forked (Linux 5.14). */
static int kill_cgroup(Container *container, Error *error) {
        CLEANUP(fd_closep) int fd = container_open_cgroup(container, NULL);
        int r = fd < 0 ? fd : file_write_at(fd, "cgroup.kill", "1");

        return r == -ENOENT ? -EOPNOTSUPP : r < 0 ? error_set(error, r, "kill: %m") : 0;
}

/* The kernel ends a pid namespace with its init. Without one of its own SIGKILL is for all, as with runc, also when init has gone before; with --all any
 * signal is, and callers count on success when none is left. */
static int kill_all(Container *container, int signal, bool all, Error *error) {
        ContainerStatus status;
        size_t n = 0;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (status == STATUS_STOPPED) {
                r = container->record->own_pid_namespace ? 0 : signal_all(container, signal, &n, NULL);
                return all || (r >= 0 && n > 0) ? 0 : error_set(error, -ESRCH, "container not running");
        }
        r = container_check_kill(container, error);
        if (r >= 0 && signal == SIGKILL && container->record->anchor_pid == 0)
                r = kill_cgroup(container, error);
        else if (r >= 0)
                r = -EOPNOTSUPP;
        return r == -EOPNOTSUPP ? signal_all(container, signal, &n, error) : r;
}

int container_kill(Container *container, int signal, bool all, Error *error) {
        bool shared = !container->record->own_pid_namespace;
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if ((all && (shared || status == STATUS_STOPPED)) || (shared && signal == SIGKILL && container->record->cgroup))
                return kill_all(container, signal, all, error);
        r = container_check_kill(container, error);
        if (r < 0)
                return r;
        r = pidfd_signal(container->pidfd, signal);
        if (r == -ESRCH)
                return error_set(error, r, "container not running");
        if (r < 0)
                return error_set(error, r, "kill: %m");
        return 0;
}
