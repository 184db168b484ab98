/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

/* How a process ended, from its pidfd, for others than its parent: <linux/pidfd.h> of Linux 6.15, which older systems do not have. The kernel knows once the
 * process is reaped; poll(2) says POLLHUP then. Before that the bit is missing from mask; older kernels answer ENOTTY. */

struct pidfd_information {
        uint64_t mask, cgroup_id;
        uint32_t pid, tgid, ppid, ids[8];
        int32_t exit_code;              /* as of wait(2) */
};
#define PIDFD_INFORMATION_EXIT (UINT64_C(1) << 3)
#define PIDFD_GET_INFORMATION _IOWR(0xff, 11, struct pidfd_information)
_Static_assert(sizeof(struct pidfd_information) == 64, "PIDFD_INFO_SIZE_VER0");
