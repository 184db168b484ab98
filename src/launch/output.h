/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Where a container's output goes: what the payload gets as stdout and stderr, and the other ends that its supervisor reads. */

typedef enum LogDriver {
        LOG_DRIVER_PASSTHROUGH, /* the caller's own, as OCI callers want it */
        LOG_DRIVER_JOURNAL,     /* pipes, or the terminal, that the supervisor pumps into the journal with CONTAINER_* fields */
        LOG_DRIVER_JOURNAL_DIRECT, /* journald's stream sockets: nobody stands between */
        LOG_DRIVER_NONE,
} LogDriver;

/* NULL: passthrough. */
int log_driver_from_string(const char *word, LogDriver *ret, Error *error);

typedef struct Output {
        int stdio[3];           /* for the payload; -EBADF: the caller's */
        int pump_fds[2];        /* reading ends for stdout and stderr, or -EBADF */
} Output;

#define OUTPUT_NONE ((Output) { { -EBADF, -EBADF, -EBADF }, { -EBADF, -EBADF } })

/* terminal: the payload gets a pty instead. identifier, unit: of the lines that are written directly. On failure *ret is OUTPUT_NONE. */
int output_open(LogDriver driver, bool terminal, const char *identifier, const char *unit, Output *ret, Error *error);
/* Closes the payload's side, once it is started. */
void output_release(Output *output);
void output_done(Output *output);
