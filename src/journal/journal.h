/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Reading a container's lines back. It takes libsystemd's sd-journal, which only berth-full has. */

typedef enum LogsFormat {
        LOGS_CAT,               /* the lines as they were written */
        LOGS_SHORT,             /* with time and name in front */
        LOGS_JSON,              /* an object with all fields of the entry a line, as journalctl -o json has it */
} LogsFormat;

typedef struct LogsQuery {
        const char *id;
        const char *unit;       /* the container's, or NULL */
        bool user_manager;
        bool events;            /* what berth says about the container, too */
        uint64_t since_usec;    /* CLOCK_REALTIME; 0: all */
        uint64_t n_lines;       /* the last ones; UINT64_MAX: all */
        LogsFormat format;
        bool follow;
        int pidfd;              /* of the init: following ends some time after it; -EBADF: at the first lull */
} LogsQuery;

typedef struct JournalFunctions {
        /* Prints to stdout. *ret_entries: how many there are, with those about the container that were not asked for. */
        int (*print)(const LogsQuery *query, uint64_t *ret_entries, Error *error);
        /* The last line that a service's main program berth wrote since then (CLOCK_REALTIME), which may still be on its way: waits for a second at most.
         * -ENODATA. The caller frees it. */
        int (*last_line)(const char *unit, bool user_manager, uint64_t since_usec, char **ret);
} JournalFunctions;

/* NULL (its address) in a program without libsystemd; see systemd/systemd.h. */
extern const JournalFunctions journal_functions __attribute__((weak));
