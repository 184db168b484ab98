/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages to and from berth-init. Invariant: everything received is of the one fixed size; descriptors that nobody asked for are closed. */

#include "container/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"

#define COMMIT_USEC (30 * USEC_PER_SEC)
#define START_SOCKET "start"

int sync_pair(int ret[2], Error *error) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0)
                return error_set(error, -errno, "socketpair: %m");
        return 0;
}

int sync_go(int fd) {
        SyncMessage message = { .kind = SYNC_GO };

        return socket_send_fds(fd, &message, sizeof message, NULL, 0);
}

/* Our end would be berth-init's, as long as it has not said that it will not be. */
int sync_commit(int fd) {
        SyncMessage message = { .kind = SYNC_GO, .value = 1 };
        int r = socket_send_fds(fd, &message, sizeof message, NULL, 0);

        if (r >= 0)
                r = sync_receive(fd, usec_monotonic() + COMMIT_USEC, &message, NULL);
        if (r < 0)
                return r;
        return r == 0 ? -ECHILD : message.kind == SYNC_SETTLED ? 0 : -EBADMSG;
}

int sync_receive(int fd, uint64_t deadline_usec, SyncMessage *ret, int *ret_fd) {
        int received_fd = -EBADF, r;
        size_t n_fds = 0;
        ssize_t n;

        if (deadline_usec != UINT64_MAX) {
                r = fd_wait_readable(fd, deadline_usec);
                if (r <= 0)
                        return r < 0 ? r : -ETIME;
        }
        n = socket_receive_fds(fd, ret, sizeof *ret, &received_fd, 1, &n_fds);
        /* ECONNRESET: the other end was closed with a message of ours unread. That is told once and before its own last words, which are still there. */
        if (n == -ECONNRESET)
                n = socket_receive_fds(fd, ret, sizeof *ret, &received_fd, 1, &n_fds);
        if (n == -ECONNRESET)
                n = 0;
        if (n < 0)
                return (int) n;
        if (n_fds == 0)
                received_fd = -EBADF;
        if (n != 0 && n != sizeof *ret) {
                fd_close(received_fd);
                return -EBADMSG;
        }
        if (ret_fd)
                *ret_fd = received_fd;
        else
                fd_close(received_fd);
        return n > 0;
}

/* Through /proc/self/fd, as a state directory's name may be longer than sun_path. */
static void start_socket_address(int dir_fd, struct sockaddr_un *ret) {
        *ret = (struct sockaddr_un) { .sun_family = AF_UNIX };
        snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/" START_SOCKET, dir_fd);
}

int start_socket_listen(int dir_fd, Error *error) {
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        struct sockaddr_un address;

        start_socket_address(dir_fd, &address);
        if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) < 0 || listen(fd, 4) < 0)
                return error_set(error, -errno, "start socket: %m");
        return TAKE_FD(fd);
}

int start_socket_connect(int dir_fd) {
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        struct sockaddr_un address;

        start_socket_address(dir_fd, &address);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int start_socket_exists(int dir_fd) {
        if (faccessat(dir_fd, START_SOCKET, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return 1;
        return errno == ENOENT ? 0 : -errno;
}

void start_socket_remove(int dir_fd) {
        (void) unlinkat(dir_fd, START_SOCKET, 0);
}
