/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the programs say what they do. Invariant: one write(2) a record, so that records of processes that share a log file never mix. This is
 * the only state at file scope below the programs, as a log that every function would have to be handed is a log that nobody writes to. */

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "base/utc.h"

static struct {
        int fd;
        LogFormat format;
        LogLevel maximum;
} log_target = { -EBADF, LOG_FORMAT_TEXT, LOG_LEVEL_WARNING };

static const char *const level_names[] = {
        [LOG_LEVEL_ERROR] = "error",
        [LOG_LEVEL_WARNING] = "warning",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_DEBUG] = "debug",
};

void log_open(int fd, LogFormat format, LogLevel maximum) {
        log_close();
        log_target.fd = fd;
        log_target.format = format;
        log_target.maximum = maximum;
}

int log_fd(void) {
        return log_target.fd;
}

int log_move_above(int last) {
        int fd;

        if (log_target.fd < 0 || log_target.fd > last)
                return 0;
        fd = fcntl(log_target.fd, F_DUPFD_CLOEXEC, last + 1);
        if (fd < 0)
                return -errno;
        fd_close(log_target.fd);
        log_target.fd = fd;
        return 0;
}

void log_close(void) {
        log_target.fd = fd_close(log_target.fd);
}

bool log_enabled(LogLevel level) {
        return level <= log_target.maximum;
}

static void write_record(int fd, LogLevel level, const char *message) {
        CLEANUP(text_done) Text record = {};
        char buffer[UTC_SIZE];
        /* go-runc drops a record whose time does not parse. */
        const char *stamp = utc_to_string(usec_realtime(), UTC_SECONDS, buffer) ?: "9999-12-31T23:59:59Z";

        if (log_target.format == LOG_FORMAT_JSON) {
                text_addf(&record, "{\"level\":\"%s\",\"msg\":\"", level_names[level]);
                text_add_json_escaped(&record, message);
                text_addf(&record, "\",\"time\":\"%s\"}\n", stamp);
        } else {
                text_addf(&record, "time=\"%s\" level=%s msg=\"", stamp, level_names[level]);
                text_add_json_escaped(&record, message);
                text_add(&record, "\"\n");
        }
        if (!text_failed(&record))
                (void) fd_write_all(fd, record.string, record.length);
}

static void write_stderr(LogLevel level, const char *message) {
        CLEANUP(text_done) Text line = {};

        if (level != LOG_LEVEL_ERROR)
                text_addf(&line, "%s: ", level_names[level]);
        /* What it tells of is often somebody else's: an id, a path, what a tool has said. */
        if (isatty(STDERR_FILENO))
                text_add_visible(&line, message, strlen(message), "\n\t");
        else
                text_add(&line, message);
        text_add(&line, "\n");
        if (!text_failed(&line))
                (void) fd_write_all(STDERR_FILENO, line.string, line.length);
}

void log_record(LogLevel level, const char *format, ...) {
        CLEANUP(text_done) Text message = {};
        va_list arguments;
        int saved_errno = errno;

        if (!log_enabled(level))
                return;

        va_start(arguments, format);
        text_addv(&message, format, arguments);
        va_end(arguments);
        if (text_failed(&message))
                return;

        if (log_target.fd >= 0)
                write_record(log_target.fd, level, message.string);
        if (level == LOG_LEVEL_ERROR || log_target.fd < 0)
                write_stderr(level, message.string);
        errno = saved_errno;
}
