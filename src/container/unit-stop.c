/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stopping a container's unit. Invariants: it comes to an end, whatever systemd answers; a unit is stopped by its invocation, never by its name, as a name may
 * be somebody else's by now. Called by the undo of a launch, and by delete of what a killed
 * launcher has left. */

#include "container/unit-stop.h"

#include <errno.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "resource/compile.h"
#include "resource/name.h"

#define STOP_USEC (5 * USEC_PER_SEC)
#define STOP_STEP_USEC (USEC_PER_SEC / 5)

void unit_stop(const char *unit, const UnitIdentity *identity, bool user_manager, int cgroup_fd) {
        CLEANUP(manager_closep) Manager *manager = NULL;

        if (manager_open(user_manager, &manager, NULL) < 0)
                return;
        for (uint64_t end_usec = usec_monotonic() + STOP_USEC;;) {
                CLEANUP(error_done) Error error = {};

                if (manager_end_unit(manager, unit, identity, STOP_STEP_USEC, &error) >= 0)
                        break;
                log_debug("%s: %s", unit, error_text(&error));
                if (usec_monotonic() >= end_usec)
                        break;
                cgroup_touch(cgroup_fd);
        }
}

/* Containers of one id, of several state roots, have a unit of one name and description, but only one of them at a time. */
static bool has_other_mark(const char *control_group, const char *mark) {
        CLEANUP(fd_closep) int fd = cgroup_open(control_group, NULL);
        char found[CGROUP_MARK_SIZE];

        return fd >= 0 && cgroup_get_mark(fd, found) >= 0 && !streq(found, mark);
}

static bool is_of_record(const Record *record, const char *mark, const UnitIdentity *identity) {
        if (!identity->transient)
                return false;
        if (record->cgroup && identity->control_group[0] && !streq(record->cgroup, identity->control_group))
                return false;
        if (identity->control_group[0] && has_other_mark(identity->control_group, mark))
                return false;
        return description_is_of(identity->description, record->id, &record->annotations);
}

int unit_identify(const Record *record, const char *mark, UnitIdentity *ret, Error *error) {
        CLEANUP(unit_identity_done) UnitIdentity identity = {};
        CLEANUP(manager_closep) Manager *manager = NULL;
        int r;

        /* Somebody else may have written the record; systemd refuses such a name. */
        if (!record->unit || !unit_name_is_valid(record->unit))
                return -ENOENT;
        if (!endswith(record->unit, ".scope"))
                return error_set(error, -EPERM, "unit %s is not the container's", record->unit);
        r = manager_open(record->user_manager, &manager, error);
        if (r >= 0)
                r = manager_identify(manager, record->unit, &identity, error);
        if (r < 0)
                return r;
        if (!is_of_record(record, mark, &identity))
                return error_set(error, -EPERM, "unit %s is not the container's", record->unit);
        *ret = TAKE(identity, ((UnitIdentity) {}));
        return 0;
}

void unit_stop_abandoned(const Record *record, const char *mark) {
        CLEANUP(fd_closep) int fd = record->cgroup ? cgroup_open(record->cgroup, NULL) : -EBADF;
        CLEANUP(unit_identity_done) UnitIdentity identity = {};
        CLEANUP(error_done) Error error = {};
        int r = unit_identify(record, mark, &identity, &error);

        if (r >= 0)
                unit_stop(record->unit, &identity, record->user_manager, fd);
        else if (r != -ENOENT)
                log_info("%s: %s", record->id, error_text(&error));
}
