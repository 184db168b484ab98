/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Locks of whole files and directories (flock(2)), which end with the last descriptor that they were taken with. */

/* Takes it; -ETIME when somebody else still has it at the deadline (usec_monotonic()). */
int lock_take(int fd, uint64_t deadline_usec);
/* Who has it now, as /proc/locks tells; -ESRCH when nobody is seen there. */
int lock_holder(int fd, pid_t *ret);
