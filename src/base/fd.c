/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading, writing and passing file descriptors. Invariant: every descriptor made here is close-on-exec from birth. */

#include "base/fd.h"

#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/process.h"

int fd_close(int fd) {
        int saved_errno = errno;

        if (fd >= 0)
                (void) close(fd); /* Linux has released the number even when this says EINTR */
        errno = saved_errno;
        return -EBADF;
}

int fd_write_all(int fd, const void *bytes, size_t size) {
        const char *p = bytes;

        while (size > 0) {
                ssize_t n = write(fd, p, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                p += n;
                size -= (size_t) n;
        }
        return 0;
}

ssize_t fd_read_all(int fd, void *bytes, size_t size) {
        char *p = bytes;
        size_t done = 0;

        while (done < size) {
                ssize_t n = read(fd, p + done, size - done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                done += (size_t) n;
        }
        return (ssize_t) done;
}

int fd_read_file(int fd, size_t maximum, char **ret, size_t *ret_size) {
        size_t allocated = 4096, size = 0;
        char *bytes = NULL;
        struct stat st;

        /* The size is a hint only: files of /proc say 0. */
        if (fstat(fd, &st) >= 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t) st.st_size <= maximum)
                allocated = (size_t) st.st_size + 2;
        for (;;) {
                char *larger = realloc(bytes, allocated);
                ssize_t n;

                if (!larger) {
                        free(bytes);
                        return -ENOMEM;
                }
                bytes = larger;
                n = fd_read_all(fd, bytes + size, allocated - size - 1);
                if (n < 0 || size + (size_t) n > maximum) {
                        free(bytes);
                        return n < 0 ? (int) n : -EFBIG;
                }
                size += (size_t) n;
                if (size < allocated - 1)
                        break;
                allocated *= 2;
        }
        bytes[size] = '\0';
        *ret = bytes;
        if (ret_size)
                *ret_size = size;
        return 0;
}

int file_read_at(int dir_fd, const char *path, size_t maximum, char **ret, size_t *ret_size) {
        CLEANUP(fd_closep) int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0)
                return -errno;
        return fd_read_file(fd, maximum, ret, ret_size);
}

int file_open_regular_at(int dir_fd, const char *path, int flags) {
        CLEANUP(fd_closep) int fd = openat(dir_fd, path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        return S_ISREG(st.st_mode) ? TAKE_FD(fd) : S_ISDIR(st.st_mode) ? -EISDIR : -EBADFD;
}

int file_read_regular_at(int dir_fd, const char *path, size_t maximum, char **ret, size_t *ret_size) {
        CLEANUP(fd_closep) int fd = file_open_regular_at(dir_fd, path, O_RDONLY | O_NOFOLLOW);

        return fd < 0 ? fd : fd_read_file(fd, maximum, ret, ret_size);
}

int file_write_at(int dir_fd, const char *path, const char *string) {
        CLEANUP(fd_closep) int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        ssize_t n;

        if (fd < 0)
                return -errno;
        do
                n = write(fd, string, strlen(string));
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : 0;
}

int file_replace_at(int dir_fd, const char *path, const void *bytes, size_t size, mode_t mode) {
        CLEANUP(fd_closep) int fd = -EBADF;
        char temporary[4096];
        int r;

        /* The pid makes the name ours; O_EXCL keeps a link that somebody left there from being followed. */
        if (snprintf(temporary, sizeof temporary, "%s.%ld~", path, (long) getpid()) >= (int) sizeof temporary)
                return -ENAMETOOLONG;
        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0 && errno == EEXIST && unlinkat(dir_fd, temporary, 0) >= 0)
                fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, bytes, size);
        if (r >= 0 && renameat(dir_fd, temporary, dir_fd, path) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, temporary, 0);
        return r;
}

int memfd_sealed(const char *name, const void *bytes, size_t size) {
        CLEANUP(fd_closep) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int r;

        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, bytes, size);
        if (r < 0)
                return r;
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int fd_set_cloexec(int fd, bool on) {
        int flags = fcntl(fd, F_GETFD);

        if (flags < 0)
                return -errno;
        flags = on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
        return fcntl(fd, F_SETFD, flags) < 0 ? -errno : 0;
}

#define SCM_FDS_MAX 253 /* the kernel's SCM_MAX_FD */

int socket_send_fds(int socket, const void *bytes, size_t size, const int *fds, size_t n_fds) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int) * SCM_FDS_MAX)];
        } control = {};
        struct iovec iov = { (void *) (uintptr_t) bytes, size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        ssize_t n;

        if (n_fds > SCM_FDS_MAX)
                return -E2BIG;
        if (n_fds > 0) {
                message.msg_control = control.bytes;
                message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
                memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n_fds);
        }
        do
                n = sendmsg(socket, &message, MSG_NOSIGNAL);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        return (size_t) n == size ? 0 : -EMSGSIZE;
}

ssize_t socket_receive_fds(int socket, void *bytes, size_t size, int *fds, size_t maximum_fds, size_t *ret_n_fds) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int) * SCM_FDS_MAX)];
        } control;
        struct iovec iov = { bytes, size };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof control.bytes,
        };
        size_t n_fds = 0;
        bool too_many = false;
        ssize_t n;

        do
                n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
                size_t count;

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < count; i++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
                        if (n_fds < maximum_fds)
                                fds[n_fds++] = fd;
                        else {
                                too_many = true;
                                fd_close(fd);
                        }
                }
        }
        if (too_many || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
                while (n_fds > 0)
                        fd_close(fds[--n_fds]);
                return -EMSGSIZE;
        }
        if (ret_n_fds)
                *ret_n_fds = n_fds;
        return n;
}

int socket_connect_unix(const char *path) {
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CLEANUP(fd_closep) int dir_fd = -EBADF;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *slash;

        if (fd < 0)
                return -errno;
        if (strlen(path) < sizeof address.sun_path)
                strcpy(address.sun_path, path);
        else {
                char directory[4096];

                slash = strrchr(path, '/');
                if (!slash || (size_t) (slash - path) >= sizeof directory)
                        return -ENAMETOOLONG;
                memcpy(directory, path, (size_t) (slash - path));
                directory[slash - path] = '\0';
                dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (dir_fd < 0)
                        return -errno;
                if (snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir_fd, slash + 1) >=
                    (int) sizeof address.sun_path)
                        return -ENAMETOOLONG;
        }
        if (connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int fd_wait_readable(int fd, uint64_t deadline_usec) {
        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                uint64_t now = usec_monotonic();
                struct timespec timeout = {};
                int r;

                if (deadline_usec != UINT64_MAX && deadline_usec > now) {
                        timeout.tv_sec = (time_t) ((deadline_usec - now) / 1000000);
                        timeout.tv_nsec = (long) ((deadline_usec - now) % 1000000) * 1000;
                }
                r = ppoll(&p, 1, deadline_usec == UINT64_MAX ? NULL : &timeout, NULL);
                if (r < 0 && errno == EINTR)
                        continue;
                return r < 0 ? -errno : r;
        }
}
