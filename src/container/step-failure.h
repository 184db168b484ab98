/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "plan/reader.h"

/* Sets error to what berth-init reported (SYNC_FAILED) in words, with what a failed hook wrote to output_fd (may be -EBADF); returns its negative errno. */
int step_failure(const Plan *plan, const SyncMessage *message, int output_fd, Error *error);
/* True when the process has ended: the payload already, or berth-init. */
bool step_may_be_unfinished(pid_t pid);
/* berth-init has closed its end under a seccomp filter: 0 when it became the payload; else it could not say why it did not, and its exit tells. 0 also when
 * somebody else has reaped it already. */
int step_unfinished(const Plan *plan, pid_t pid, int pidfd, Error *error);
