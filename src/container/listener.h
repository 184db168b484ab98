/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "container/container.h"

/* Hands the seccomp listener of a process of the container, the descriptor that came with SYNC_SECCOMP, to linux.seccomp.listenerPath, and lets berth-init
 * go on. The container's spec is loaded. */
int listener_hand_over(Container *container, pid_t pid, int sync_fd, int listener_fd, Error *error);
