/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "container/record.h"

/* Stops a unit and waits until systemd has forgotten it; for when no process lives in it any more. cgroup_fd: its cgroup, or -EBADF. */
void unit_stop(const char *unit, bool user_manager, int cgroup_fd);
/* The same for the unit of a container whose launcher was killed, whether or not systemd has come to its request. */
void unit_stop_abandoned(const Record *record);
