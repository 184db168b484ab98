/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stopping a container's unit. Invariant: it comes to an end, whatever systemd answers. Called by the undo of a launch, and by delete of what a killed
 * launcher has left. */

#include "container/unit-stop.h"

#include <errno.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "cgroup/cgroup.h"
#include "systemd/manager.h"

#define STOP_USEC (10 * USEC_PER_SEC)
#define STOP_STEP_USEC (USEC_PER_SEC / 5)

void unit_stop(const char *unit, bool user_manager, int cgroup_fd) {
        CLEANUP(manager_closep) Manager *manager = NULL;

        if (manager_open(user_manager, &manager, NULL) < 0)
                return;
        for (uint64_t end_usec = usec_monotonic() + STOP_USEC;;) {
                CLEANUP(error_done) Error error = {};

                if (manager_stop_unit(manager, unit, STOP_STEP_USEC, &error) >= 0)
                        break;
                log_debug("%s: %s", unit, error_text(&error));
                if (usec_monotonic() >= end_usec)
                        break;
                cgroup_touch(cgroup_fd);
        }
        (void) manager_reset_failed(manager, unit, NULL);
}

void unit_stop_abandoned(const Record *record) {
        CLEANUP(fd_closep) int fd = record->cgroup ? cgroup_open(record->cgroup, NULL) : -EBADF;

        if (record->unit)
                unit_stop(record->unit, record->user_manager, fd);
}
