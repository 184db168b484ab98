/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* pause and resume, through the unit's freezer, so that systemctl shows what berth did, and berth what systemctl freeze did. */

#include <errno.h>

#include "base/fd.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include "systemd/manager.h"

/* What systemd does to a unit that it answers for; a container without one is frozen by its cgroup's file. */
int container_set_frozen(Container *container, bool frozen, Error *error) {
        CLEANUP(manager_closep) Manager *manager = NULL;
        int r;

        if (!container->record->unit)
                return error_set(error, -EOPNOTSUPP, "container %s has no unit that could be frozen", container->id);
        r = manager_open(container->record->user_manager, &manager, error);
        return r < 0 ? r : manager_set_frozen(manager, container->record->unit, frozen, error);
}
