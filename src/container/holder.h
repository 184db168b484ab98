/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/* Ends the berth that holds the lock on this directory, and all that it has started: hooks and berth-init. 0 also when nobody holds it any more. -EPERM: who
 * holds it is no berth. */
int holder_end(int lock_fd, Error *error);
