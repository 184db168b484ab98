/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "plan/reader.h"

/* Sets error to what berth-init reported (SYNC_FAILED) in words, with what a failed hook wrote to output_fd (may be -EBADF); returns its negative errno. */
int step_failure(const Plan *plan, const SyncMessage *message, int output_fd, Error *error);
