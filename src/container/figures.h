/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "container/container.h"

/* What the kernel counted of a container and how it ended, also after its cgroup has gone: the anchor has written it down. */

/* Processes that were killed for want of memory. 0 too where nobody counts. */
uint64_t container_oom_kills(const Container *container);
/* The same without waiting for an anchor that is about to write. */
uint64_t container_oom_kills_now(const Container *container);
/* The exit status (the code, or 128 + signal) of one that has ended, as far as it is known by now, whoever saw it: its supervisor, we by its pidfd, the
 * anchor. -ENODATA: not known, or not yet. */
int container_exit_status(const Container *container);
/* The same, waiting a moment for who is to know it soon: its parent may not have reaped it. */
int container_wait_exit_status(const Container *container);
/* When it ended, CLOCK_REALTIME; 0: not known. */
uint64_t container_exited_usec(const Container *container);
/* Before the anchor is killed: waits, when there was such a kill and the anchor has not told the journal yet, until it has. */
void container_wait_told(const Container *container);
