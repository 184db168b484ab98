/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Log drivers. Invariant: what the payload gets is opened before it is started, so that a journal that is not there is an error of the start and no silence. */

#include "launch/output.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macro.h"
#include "base/strv.h"
#include "journal/socket.h"

/* As in syslog(3): what conmon and dockerd give the two streams. */
#define PRIORITY_STDOUT 6
#define PRIORITY_STDERR 3

int log_driver_from_string(const char *word, LogDriver *ret, Error *error) {
        static const char *const words[] = {
                [LOG_DRIVER_PASSTHROUGH] = "passthrough",
                [LOG_DRIVER_JOURNAL] = "journal",
                [LOG_DRIVER_JOURNAL_DIRECT] = "journal-direct",
                [LOG_DRIVER_NONE] = "none",
        };

        *ret = LOG_DRIVER_PASSTHROUGH;
        for (size_t i = 0; word && i < ELEMENTSOF(words); i++)
                if (streq(words[i], word)) {
                        *ret = (LogDriver) i;
                        return 0;
                }
        return word ? error_set(error, -EINVAL, "--log-driver %s: must be passthrough, journal, journal-direct or none", word) : 0;
}

static int open_pipes(Output *output) {
        for (size_t i = 0; i < ELEMENTSOF(output->pump_fds); i++) {
                int pair[2];

                if (pipe2(pair, O_CLOEXEC) < 0)
                        return -errno;
                output->pump_fds[i] = pair[0];
                output->stdio[1 + i] = pair[1];
        }
        return 0;
}

static int open_streams(Output *output, const char *identifier, const char *unit) {
        int r = output->stdio[1] = journal_stream_open(identifier, unit, PRIORITY_STDOUT);

        if (r >= 0)
                r = output->stdio[2] = journal_stream_open(identifier, unit, PRIORITY_STDERR);
        return r;
}

static int open_null(Output *output) {
        for (int i = 1; i <= 2; i++) {
                output->stdio[i] = open("/dev/null", O_WRONLY | O_CLOEXEC | O_NOCTTY);
                if (output->stdio[i] < 0)
                        return -errno;
        }
        return 0;
}

int output_open(LogDriver driver, bool terminal, const char *identifier, const char *unit, Output *ret, Error *error) {
        CLEANUP(output_done) Output output = OUTPUT_NONE;
        int r = 0;

        *ret = OUTPUT_NONE;
        if (terminal && driver == LOG_DRIVER_JOURNAL_DIRECT)
                return error_set(error, -EINVAL, "--log-driver=journal-direct: process.terminal is set; use journal");
        if (driver == LOG_DRIVER_JOURNAL && !terminal)
                r = open_pipes(&output);
        if (driver == LOG_DRIVER_JOURNAL_DIRECT)
                r = open_streams(&output, identifier, unit);
        if (driver == LOG_DRIVER_NONE && !terminal)
                r = open_null(&output);
        if (r < 0)
                return error_set(error, r, "log driver: %m");
        *ret = output;
        output = OUTPUT_NONE;
        return 0;
}

void output_release(Output *output) {
        FOREACH_ELEMENT(fd, output->stdio)
                *fd = fd_close(*fd);
}

void output_done(Output *output) {
        output_release(output);
        FOREACH_ELEMENT(fd, output->pump_fds)
                *fd = fd_close(*fd);
}
