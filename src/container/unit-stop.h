/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "container/record.h"
#include "systemd/manager.h"

/* Stops this very unit and waits until systemd has forgotten it; for when no process lives in it any more. cgroup_fd: its cgroup, or -EBADF. */
void unit_stop(const char *unit, const UnitIdentity *identity, bool user_manager, int cgroup_fd);

/* Whether the unit that the record names is the container's, where no pid and no cgroup's inode can tell: its launcher was killed, or the record is a ruin. It
 * is when it is a transient scope with the container's Description= and control group, and no other's mark (Container.mark). -ENOENT: there is no such unit;
 * -EPERM: it is somebody else's. */
int unit_identify(const Record *record, const char *mark, UnitIdentity *ret, Error *error);
/* The same for the unit of a container whose launcher was killed, whether or not systemd has come to its request. One that is not the container's is left alone. */
void unit_stop_abandoned(const Record *record, const char *mark);
