/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/* Diagnostics of the programs themselves. Errors go to stderr as bare text and, with a log file, there as one record each; the callers of
 * an OCI runtime read both (conmon takes stderr, containerd the last record with level "error", podman the only record). Debug and warning
 * records go to the log file, or to stderr without one. */
typedef enum LogLevel {
        LOG_LEVEL_ERROR,
        LOG_LEVEL_WARNING,
        LOG_LEVEL_INFO,
        LOG_LEVEL_DEBUG,
} LogLevel;

typedef enum LogFormat {
        LOG_FORMAT_TEXT,
        LOG_FORMAT_JSON,
} LogFormat;

/* Takes over fd (-EBADF: no log file). */
void log_open(int fd, LogFormat format, LogLevel maximum);
/* The log file's descriptor, or -EBADF. */
int log_fd(void);
/* Gives the log file another descriptor if its own is in the way: one that is greater than last. */
int log_move_above(int last);
/* Closes the log file. */
void log_close(void);
bool log_enabled(LogLevel level);

void log_record(LogLevel level, const char *format, ...) PRINTF(2, 3);

#define log_error(...) log_record(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_record(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_record(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) \
        do { \
                if (log_enabled(LOG_LEVEL_DEBUG)) \
                        log_record(LOG_LEVEL_DEBUG, __VA_ARGS__); \
        } while (0)
