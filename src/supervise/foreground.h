/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "launch/spawn.h"

/* Blocks the signals that foreground_wait() will forward. To be called before the process is started, so that none is lost. */
int foreground_prepare(int *ret_signal_fd, Error *error);
/* True for a signal that is sent on to the process; not for what is ours, or the kernel's about us. */
bool foreground_forwards(int signal);

/* Waits for a child as its foreground: signals that arrive are sent on to it; with a terminal (console_fd, taken over; -EBADF for none) bytes
 * and window sizes are copied. Reaps it. Returns its exit code, or 128 + signal; negative errno. */
int foreground_wait(Process *process, int signal_fd, int console_fd, Error *error);
