/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "container/container.h"

/* What the kernel counted of a container, also after its cgroup has gone: the anchor has written it down. */

/* Processes that were killed for want of memory. 0 too where nobody counts. */
uint64_t container_oom_kills(const Container *container);
/* Before the anchor is killed: waits, when there was such a kill and the anchor has not told the journal yet, until it has. */
void container_wait_told(const Container *container);
