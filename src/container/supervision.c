/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The exit file. Invariant: a status is in it completely or not at all, and is never changed. */

#include "container/supervision.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/process.h"
#include "container/figures.h"

#define EXIT_FILE "exit"
#define NAP_USEC (5 * USEC_PER_MSEC)

/* One that only looked lets go at once. */
#define BEGIN_USEC (USEC_PER_SEC)

int supervision_begin(Container *container, Error *error) {
        CLEANUP(fd_closep) int fd = openat(container->dir_fd, EXIT_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        uint64_t deadline_usec = usec_monotonic() + BEGIN_USEC;

        if (fd < 0)
                return error_set(error, -errno, "state directory: %m");
        while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return error_set(error, -errno, "state directory: %m");
                if (usec_monotonic() > deadline_usec)
                        return error_set(error, -EBUSY, "container %s has a supervisor", container->id);
                usec_sleep(NAP_USEC);
        }
        return TAKE_FD(fd);
}

int supervision_tell(int fd, int status) {
        char text[16];
        int n = snprintf(text, sizeof text, "%d\n", status);

        return pwrite(fd, text, (size_t) n, 0) == n ? 0 : -EIO;
}

static int read_status(int fd, int *ret) {
        char text[16];
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        uint64_t status;

        if (n <= 0 || text[n - 1] != '\n')
                return -ENODATA;
        text[n - 1] = '\0';
        if (number_parse_u64(text, 255, &status) < 0)
                return -ENODATA;
        *ret = (int) status;
        return 0;
}

int supervision_exists(const Container *container) {
        CLEANUP(fd_closep) int fd = file_open_regular_at(container->dir_fd, EXIT_FILE, O_RDONLY | O_NOFOLLOW);

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (flock(fd, LOCK_SH | LOCK_NB) >= 0)
                return 0;
        return errno == EWOULDBLOCK ? 1 : -errno;
}

/* Until no supervisor has it. Without a deadline the kernel wakes us; with one we have to look. */
static int wait_lock(int fd, uint64_t deadline_usec) {
        while (flock(fd, LOCK_SH | (deadline_usec == UINT64_MAX ? 0 : LOCK_NB)) < 0) {
                if (errno != EINTR && errno != EWOULDBLOCK)
                        return -errno;
                if (usec_monotonic() >= deadline_usec)
                        return -ETIME;
                if (deadline_usec != UINT64_MAX)
                        usec_sleep(NAP_USEC);
        }
        (void) flock(fd, LOCK_UN);
        return 0;
}

int container_wait_exit(Container *container, uint64_t deadline_usec, int *ret_status, Error *error) {
        CLEANUP(fd_closep) int fd = file_open_regular_at(container->dir_fd, EXIT_FILE, O_RDONLY | O_NOFOLLOW);
        int r = 0;

        *ret_status = -1;
        if (fd >= 0)
                r = wait_lock(fd, deadline_usec);
        if (r >= 0 && fd >= 0 && read_status(fd, ret_status) >= 0)
                return 0;
        /* No supervisor, or none any more; another may come meanwhile. */
        if (r >= 0)
                r = container_wait_stopped(container, deadline_usec);
        if (r >= 0 && fd < 0)
                fd = file_open_regular_at(container->dir_fd, EXIT_FILE, O_RDONLY | O_NOFOLLOW);
        if (r >= 0 && fd >= 0)
                r = wait_lock(fd, deadline_usec);
        if (r < 0)
                return r == -ETIME ? r : error_set(error, r, "waiting for %s: %m", container->id);
        if (fd >= 0 && read_status(fd, ret_status) >= 0)
                return 0;
        r = container_wait_exit_status(container);
        *ret_status = r < 0 ? -1 : r;
        return 0;
}
