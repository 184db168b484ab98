/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* What the service manager has kept for us since an earlier life (FDSTORE=1 of sd_notify(3)). */

#define STORED_PREFIX "berth-"
#define STORED_STDOUT STORED_PREFIX "stdout"
#define STORED_STDERR STORED_PREFIX "stderr"
#define STORED_CONSOLE STORED_PREFIX "console"

typedef struct Stored {
        int stdout_fd, stderr_fd, console_fd; /* or -EBADF */
} Stored;

#define STORED_NONE ((Stored) { -EBADF, -EBADF, -EBADF })

/* Takes them from among the descriptors of sd_listen_fds(3); what is left of those moves up, so that it is again 3 and following, and *inherited_fds is made less. */
int stored_take(uint32_t *inherited_fds, Stored *ret, Error *error);
void stored_done(Stored *stored);
