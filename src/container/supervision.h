/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "container/container.h"

/* Who supervises a container, and its exit status for whoever waits. The file "exit" in the container's directory is locked while a supervisor lives, and
 * holds the status once it is known: the kernel tells those who wait for the lock, whether the supervisor has written or was killed. */

/* Becomes the supervisor; returns the descriptor to be kept. -EBUSY: there is one. */
int supervision_begin(Container *container, Error *error);
/* Tells the status; before the directory is removed. */
int supervision_tell(int fd, int status);

/* 1 while a supervisor lives, 0 when none does, or negative errno. */
int supervision_exists(const Container *container);
/* Waits, until the deadline (usec_monotonic(), UINT64_MAX: never), for the container's end, and for what its supervisor has to do after it. *ret_status: -1
 * when nobody knows. -ETIME. */
int container_wait_exit(Container *container, uint64_t deadline_usec, int *ret_status, Error *error);
