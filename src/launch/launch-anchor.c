/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The anchors of a launch: the one in the scope's cgroup that holds it, and where that cannot be, or would be killed with it, one outside that watches.
 * Invariant: they are there before the payload runs, and with the record know whom they follow. */

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/process.h"
#include "container/announce.h"
#include "container/sync.h"
#include "launch/launch-stages.h"

/* Of a machine that is busy; the anchor opens two files. */
#define ANCHOR_USEC (30 * USEC_PER_SEC)

/* It reads from a socket whom it is to follow, as that may be a child of the process that we start (STEP_FORK). Where there are two, the one in the cgroup
 * holds it and the other tells. */
static int spawn_anchor(Launch *launch, bool outside, Error *error) {
        CLEANUP(fd_closep) int final_fd = -EBADF, theirs = -EBADF, entry_fd = -EBADF;
        bool tells = outside == launch->scope.with_watcher;
        int pair[2], r;

        /* A supervisor tells the journal itself. */
        if (tells && !launch->options->foreground)
                entry_fd = announce_oom_entry(launch->container);
        r = sync_pair(pair, error);
        if (r < 0)
                return r;
        *(outside ? &launch->watcher_fd : &launch->anchor_fd) = pair[0];
        theirs = pair[1];
        if (tells) {
                final_fd = openat(launch->container->dir_fd, "final", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
                if (final_fd < 0)
                        return error_set(error, -errno, "state directory: %m");
        }

        const int fds[] = { theirs, final_fd, entry_fd };
        SpawnRequest request = {
                .helper_fd = launch->helper_fd,
                .mode = PLAN_MODE_ANCHOR,
                .fds = fds,
                .n_fds = ELEMENTSOF(fds),
                .cgroup_fd = outside ? -EBADF : launch->scope.cgroup_fd,
                .last_argument = launch->options->foreground ? "0" : "10000",
        };

        return spawn(&request, outside ? &launch->watcher : &launch->anchor, error);
}

int launch_spawn_anchors(Launch *launch, Error *error) {
        int r = launch->scope.with_anchor ? spawn_anchor(launch, false, error) : 0;

        return r >= 0 && launch->scope.with_watcher ? spawn_anchor(launch, true, error) : r;
}

/* Now that the container's init and its cgroup are known. */
static int let_watch(const Launch *launch, int *fd, const Process *anchor, uint64_t *ret_pid, uint64_t *ret_start_time, Error *error) {
        SyncMessage message = { .kind = SYNC_GO, .value = anchor == &launch->watcher ? ANCHOR_OUTSIDE : 0 };
        const int fds[] = { launch->init.pidfd, launch->scope.cgroup_fd };
        int r;

        if (*fd < 0)
                return 0;
        if (launch->container->record->own_pid_namespace)
                message.value |= ANCHOR_FIRST;
        r = socket_send_fds(*fd, &message, sizeof message, fds, ELEMENTSOF(fds));
        /* Outside it does not hold the cgroup: no payload before it watches. Then it closes its end. */
        if (r >= 0 && message.value & ANCHOR_OUTSIDE) {
                r = fd_wait_readable(*fd, usec_monotonic() + ANCHOR_USEC);
                r = r == 0 ? -ETIME : r;
        }
        if (r < 0)
                return error_set(error, r, "anchor: %m");
        *fd = fd_close(*fd);
        *ret_pid = (uint64_t) anchor->pid;
        /* One that has gone needs no name any more; one that has no name could not be ended. */
        r = process_start_time(anchor->pid, ret_start_time);
        return r < 0 && r != -ESRCH ? error_set(error, r, "anchor: start time: %m") : 0;
}

int launch_let_watch(Launch *launch, Error *error) {
        Record *record = launch->container->record;
        int r = let_watch(launch, &launch->anchor_fd, &launch->anchor, &record->anchor_pid, &record->anchor_start_time, error);

        return r < 0 ? r : let_watch(launch, &launch->watcher_fd, &launch->watcher, &record->watcher_pid, &record->watcher_start_time, error);
}
