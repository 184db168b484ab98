/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pid files and pidfd sockets. Invariant: a pid file is there whole or not at all. */

#include "launch/pidfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"

int pid_file_write(const char *path, pid_t pid, Error *error) {
        char text[16];
        int n = snprintf(text, sizeof text, "%ld", (long) pid), r;

        r = file_replace_at(AT_FDCWD, path, text, (size_t) n, 0644);
        return r < 0 ? error_set(error, r, "pid file %s: %m", path) : 0;
}

int pidfd_socket_send(const char *path, const char *kind, int pidfd, Error *error) {
        CLEANUP(fd_closep) int fd = socket_connect_unix(path);
        int r = fd < 0 ? fd : socket_send_fds(fd, kind, strlen(kind), &pidfd, 1);

        return r < 0 ? error_set(error, r, "pidfd socket %s: %m", path) : 0;
}
