/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "container/record.h"
#include "spec/spec.h"

/* linux.intelRdt: classes of service and monitoring groups of the resctrl file system (Documentation/filesystems/resctrl.rst). */

/* Its mount point; -ENOENT when there is none. */
int resctrl_open(void);
/* Makes or checks the group of the container and puts a process into it. What was made is in the record, and removed again on failure. Errors name
 * the field. */
int resctrl_enter(int root_fd, const SpecIntelRdt *rdt, const char *id, pid_t pid, Record *record, Error *error);
/* Puts another process into the container's groups. 0 also when it has none. */
int resctrl_join(int root_fd, const Record *record, pid_t pid);
/* Removes what resctrl_enter() has made. */
void resctrl_leave(int root_fd, Record *record);
