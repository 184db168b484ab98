/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macro.h"

/* File descriptors. "No descriptor" is any negative number, -EBADF by habit. All descriptors that these functions make are close-on-exec. */

/* Closes fd unless it is negative, keeps errno; returns -EBADF. */
int fd_close(int fd);
static inline void fd_closep(int *fd) {
        *fd = fd_close(*fd);
}

/* Writes all bytes, going on after EINTR and short writes. */
int fd_write_all(int fd, const void *bytes, size_t size);
/* Reads up to size bytes until end of file; returns how many. */
ssize_t fd_read_all(int fd, void *bytes, size_t size);

/* Reads a whole file into *ret (NUL-terminated, the caller frees it), at most maximum bytes, else -EFBIG. ret_size may be NULL. */
int fd_read_file(int fd, size_t maximum, char **ret, size_t *ret_size);
/* The same by name, below directory dir_fd (AT_FDCWD for the working directory). */
int file_read_at(int dir_fd, const char *path, size_t maximum, char **ret, size_t *ret_size);
/* Opens a regular file that somebody else may have put there, and waits for nobody: -EBADFD for what is a FIFO, a socket or a device. flags: O_RDONLY,
 * O_NOFOLLOW (-ELOOP for a link), ... */
int file_open_regular_at(int dir_fd, const char *path, int flags);
/* file_read_at() of such a file; no link is followed. For what is in a directory of our own. */
int file_read_regular_at(int dir_fd, const char *path, size_t maximum, char **ret, size_t *ret_size);
/* Writes a string to an existing file with one write(2), as files of /proc and cgroups want it. */
int file_write_at(int dir_fd, const char *path, const char *string);
/* Creates or replaces the file path below dir_fd in one step (temporary name, then renameat). */
int file_replace_at(int dir_fd, const char *path, const void *bytes, size_t size, mode_t mode);

/* A memfd that holds the bytes and is sealed against every change. Returns the descriptor. */
int memfd_sealed(const char *name, const void *bytes, size_t size);

/* Sets or clears close-on-exec. */
int fd_set_cloexec(int fd, bool on);

/* Sends bytes (at least one) with up to 253 descriptors (SCM_MAX_FD) in one message over a unix socket. */
int socket_send_fds(int socket, const void *bytes, size_t size, const int *fds, size_t n_fds);
/* Receives one message. Descriptors are stored in fds (room for maximum_fds), their number in *ret_n_fds; more than fit are closed and -EMSGSIZE.
 * Returns the message's size, 0 at end of file. */
ssize_t socket_receive_fds(int socket, void *bytes, size_t size, int *fds, size_t maximum_fds, size_t *ret_n_fds);
/* Connects a unix stream socket to path, through a descriptor of its directory when path is longer than sun_path (108 bytes). */
int socket_connect_unix(const char *path);
/* Waits until fd is readable; 0 when the deadline (usec_monotonic(), UINT64_MAX for never) has passed, 1 when it is, else negative errno. */
int fd_wait_readable(int fd, uint64_t deadline_usec);
