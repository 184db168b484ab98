/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The socket by which a payload tells its state, sd_notify(3). Invariant: it is in the container's own directory and goes with it. Called by the launch, and by
 * the relay when it listens again. */

#include "launch/notify-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"

int state_path(int root_fd, const char *name, char **ret, Error *error) {
        char link[48], root[4096];
        ssize_t n;

        snprintf(link, sizeof link, "/proc/self/fd/%d", root_fd);
        n = readlink(link, root, sizeof root);
        if (n <= 0 || (size_t) n == sizeof root)
                return error_set(error, -ENAMETOOLONG, "state directory: its path is too long to be mounted");
        if (asprintf(ret, "%.*s/%s", (int) n, root, name) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

int notify_directory(int root_fd, const char *id, char **ret, Error *error) {
        CLEANUP(freep) char *name = NULL;

        if (asprintf(&name, "%s/notify", id) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        return state_path(root_fd, name, ret, error);
}

/* bind(2) knows no directory descriptors: the name is made through /proc. */
int notify_listen(int dir_fd, Error *error) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return error_set(error, -errno, "notify socket: %m");
        if (mkdirat(dir_fd, "notify", 0755) < 0 && errno != EEXIST)
                return error_set(error, -errno, "notify socket: %m");
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/notify/notify.sock", dir_fd);
        if (bind(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return error_set(error, -errno, "notify socket: %m");
        if (fchmodat(dir_fd, "notify", 0755, 0) < 0 || fchmodat(dir_fd, "notify/notify.sock", 0666, 0) < 0)
                return error_set(error, -errno, "notify socket: %m");
        return TAKE_FD(fd);
}
