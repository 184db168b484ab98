/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Waits until PID 1 has made a unit's cgroup and written all its limits: then, and before it moves processes there, it makes
 * the symlink /run/systemd/units/invocation:UNIT. Ask only after the reply to the unit's start, else it may be a namesake's.
 * For units of the system's manager. deadline_usec: usec_monotonic(). -ETIME when it has passed. */
int systemd_wait_realized(const char *unit, uint64_t deadline_usec);
