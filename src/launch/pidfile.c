/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pid files and pidfd sockets. Invariant: a pid file is there whole or not at all. */

#include "launch/pidfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"

int pid_file_write(const char *path, pid_t pid, Error *error) {
        char text[16];
        int n = snprintf(text, sizeof text, "%ld", (long) pid), r;

        r = file_replace_at(AT_FDCWD, path, text, (size_t) n, 0644);
        return r < 0 ? error_set(error, r, "pid file %s: %m", path) : 0;
}

/* One that has another pid in it was there before, or is somebody else's by now. */
void pid_file_remove(const char *path, pid_t pid) {
        CLEANUP(freep) char *text = NULL;
        char ours[16];

        snprintf(ours, sizeof ours, "%ld", (long) pid);
        if (pid > 0 && file_read_regular_at(AT_FDCWD, path, sizeof ours, &text, NULL) >= 0 && streq(text, ours))
                (void) unlink(path);
}

int pidfd_socket_send(const char *path, const char *kind, int pidfd, Error *error) {
        CLEANUP(fd_closep) int fd = socket_connect_unix(path);
        int r = fd < 0 ? fd : socket_send_fds(fd, kind, strlen(kind), &pidfd, 1);

        return r < 0 ? error_set(error, r, "pidfd socket %s: %m", path) : 0;
}
