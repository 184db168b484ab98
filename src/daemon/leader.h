/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* How the process of a pidfd ended, from a kernel that tells it to others than the parent (Linux 6.15): the exit code, or 128 + signal. -ENODATA when
 * it lives, is not reaped yet, or the kernel does not tell. */
int leader_exit_status(int pidfd);

/* OOM kills that the last look at a cgroup found, from the file "final" of a state directory. -ENODATA when it does not say. */
int leader_final_oom_kills(int dir_fd, uint64_t *ret);
