/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* pause and resume, through the unit's freezer, so that systemctl shows what berth did, and berth what systemctl freeze did. */

#include <errno.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include "systemd/manager.h"

/* Freezing is done when the kernel says so; a process in an uninterruptible system call keeps it from that. */
#define FREEZE_USEC (10 * USEC_PER_SEC)
#define FREEZE_STEP_USEC (USEC_PER_MSEC / 2)

static int wait_frozen(int cgroup_fd, bool frozen) {
        uint64_t deadline_usec = usec_monotonic() + FREEZE_USEC;

        for (;;) {
                int r = cgroup_is_frozen(cgroup_fd);

                if (r < 0 || (r > 0) == frozen)
                        return r < 0 ? r : 0;
                if (usec_monotonic() >= deadline_usec)
                        return -ETIME;
                usec_sleep(FREEZE_STEP_USEC);
        }
}

/* Below a delegated cgroup: no unit is the container's own. */
static int freeze_cgroup(Container *container, bool frozen, Error *error) {
        CLEANUP(fd_closep) int fd = container_open_cgroup(container, error);
        int r;

        if (fd < 0)
                return fd;
        r = file_write_at(fd, "cgroup.freeze", frozen ? "1" : "0");
        if (r >= 0)
                r = wait_frozen(fd, frozen);
        if (r == -ETIME && frozen)
                (void) file_write_at(fd, "cgroup.freeze", "0");
        return r < 0 ? error_set(error, r, "cgroup.freeze of %s: %m", container->id) : 0;
}

/* What systemd does to a unit that it answers for; a container without one is frozen by its cgroup's file. */
int container_set_frozen(Container *container, bool frozen, Error *error) {
        CLEANUP(manager_closep) Manager *manager = NULL;
        int r;

        if (!container->record->unit && container->record->cgroup)
                return freeze_cgroup(container, frozen, error);
        if (!container->record->unit)
                return error_set(error, -EOPNOTSUPP, "container %s has no unit that could be frozen", container->id);
        r = manager_open(container->record->user_manager, &manager, error);
        return r < 0 ? r : manager_set_frozen(manager, container->record->unit, frozen, error);
}
