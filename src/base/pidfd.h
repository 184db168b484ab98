/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
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

/* The exit code, or 128 + the signal, of what wait(2) gives. first: of the first process of a pid namespace. SIGINT and
 * SIGHUP end one only when reboot(2) is called inside (pid_namespaces(7)): SIGINT is power off or halt, and success;
 * SIGHUP is a restart, and has the status that systemd-nspawn gives it. */
static inline int exit_code_from_wait(int status, bool first) {
        int signal = status & 0x7f;

        if (signal == 0)
                return status >> 8 & 0xff;
        if (first && signal == 2 /* SIGINT */)
                return 0;
        return first && signal == 1 /* SIGHUP */ ? 133 : 128 + signal;
}
