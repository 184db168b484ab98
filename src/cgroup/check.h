/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "resource/set.h"

/* What systemd takes without a word although it can have no effect. Both name the OCI field in the error. */

/* Before the unit is asked for: every block device with a limit is there and is a whole disk (systemd would limit the disk for
 * a partition, and the kernel refuses it). -ENODEV, -EINVAL. */
int cgroup_check_devices(const ResourceSet *set, Error *error);
/* Before an update: nothing that the kernel is known to refuse, as systemd would have taken it by then. -ENOENT, -ERANGE. */
int cgroup_check_possible(int cgroup_fd, const ResourceSet *set, Error *error);
/* Afterwards: the files hold what was asked for; systemd only logs what the kernel refuses. -EIO. */
int cgroup_check_applied(int cgroup_fd, const ResourceSet *set, Error *error);
/* The file of a limit is not there: an error, or a warning where the caller said that he knows (berth(1), ENVIRONMENT). */
int cgroup_limit_is_unmet(const CgroupFile *file, Error *error);
/* Also before an update: the controllers of all limits are in the cgroup. -EOPNOTSUPP. */
int cgroup_check_controllers(int cgroup_fd, const ResourceSet *set, Error *error);
