/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* pause and resume, through the unit's freezer, so that systemctl shows what berth did, and berth what systemctl freeze did. */

#include <errno.h>

#include "base/fd.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include "systemd/systemd.h"

/* What systemd does to a unit that it answers for; a container without one is frozen by its cgroup's file. */
int container_set_frozen(Container *container, bool frozen, Error *error) {
        const SystemdFunctions *functions;
        Systemd *systemd;
        int r;

        if (!container->record->unit)
                return error_set(error, -EOPNOTSUPP, "container %s has no unit that could be frozen", container->id);
        functions = systemd_load(error);
        if (!functions)
                return -ELIBACC;
        r = functions->open(container->record->user_manager, &systemd, error);
        if (r < 0)
                return r;
        r = frozen ? functions->freeze_unit(systemd, container->record->unit, error) : functions->thaw_unit(systemd, container->record->unit, error);
        functions->close(systemd);
        return r;
}
