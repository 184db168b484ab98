/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* tmpcopyup: what a tmpfs will hide is copied into it first. Invariant: nothing is followed out of either directory. */

#include "init/copy.h"

#include <linux/stat.h>
#include <sys/stat.h>

#include "init/setup.h"

#define DEPTH_MAX 64

struct directory_entry {
        uint64_t inode;
        int64_t offset;
        uint16_t length;
        uint8_t type;
        char name[];
};

static int copy_level(int from_fd, int to_fd, unsigned depth);

static int copy_owner(int fd, const struct statx *stx) {
        int r = SYSCALL_INT(fchownat, fd, "", stx->stx_uid, stx->stx_gid, AT_EMPTY_PATH);

        return r == -EPERM || r == -EINVAL ? 0 : r; /* an id that the user namespace does not know */
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct statx *stx) {
        CLEANUP(init_closep) int from = SYSCALL_INT(openat, from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), to = -1;
        long n;
        int r;

        if (from < 0)
                return from;
        to = SYSCALL_INT(openat, to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (to < 0)
                return to;
        do
                n = SYSCALL(sendfile, to, from, 0, 1 << 20);
        while (n > 0 || n == -EINTR);
        r = n < 0 ? (int) n : copy_owner(to, stx);
        return r < 0 ? r : SYSCALL_INT(fchmod, to, stx->stx_mode & 07777);
}

static int copy_subdirectory(int from_dir, int to_dir, const char *name, const struct statx *stx, unsigned depth) {
        CLEANUP(init_closep) int from = SYSCALL_INT(openat, from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), to = -1;
        int r;

        if (from < 0)
                return from;
        r = SYSCALL_INT(mkdirat, to_dir, name, 0700);
        if (r < 0)
                return r;
        to = SYSCALL_INT(openat, to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (to < 0)
                return to;
        r = copy_level(from, to, depth + 1);
        if (r >= 0)
                r = copy_owner(to, stx);
        return r < 0 ? r : SYSCALL_INT(fchmod, to, stx->stx_mode & 07777);
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct statx *stx) {
        char target[SETUP_PATH_MAX];
        long n = SYSCALL(readlinkat, from_dir, name, target, sizeof target - 1);
        int r;

        if (n < 0)
                return (int) n;
        target[n] = '\0';
        r = SYSCALL_INT(symlinkat, target, to_dir, name);
        if (r >= 0)
                r = SYSCALL_INT(fchownat, to_dir, name, stx->stx_uid, stx->stx_gid, AT_SYMLINK_NOFOLLOW);
        return r == -EPERM || r == -EINVAL ? 0 : r;
}

/* Devices, pipes, sockets; what a user namespace may not make is left out. */
static int copy_node(int to_dir, const char *name, const struct statx *stx) {
        uint64_t device = (stx->stx_rdev_minor & 0xff) | (uint64_t) stx->stx_rdev_major << 8 | (uint64_t) (stx->stx_rdev_minor & ~0xffU) << 12;
        int r = SYSCALL_INT(mknodat, to_dir, name, stx->stx_mode, device);

        if (r >= 0)
                r = SYSCALL_INT(fchownat, to_dir, name, stx->stx_uid, stx->stx_gid, AT_SYMLINK_NOFOLLOW);
        return r == -EPERM || r == -EINVAL ? 0 : r;
}

static int copy_entry(int from_dir, int to_dir, const char *name, unsigned depth) {
        struct statx stx;
        int r = SYSCALL_INT(statx, from_dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stx);

        if (r < 0)
                return r;
        switch (stx.stx_mode & S_IFMT) {
        case S_IFREG:
                return copy_file(from_dir, to_dir, name, &stx);
        case S_IFDIR:
                return copy_subdirectory(from_dir, to_dir, name, &stx, depth);
        case S_IFLNK:
                return copy_link(from_dir, to_dir, name, &stx);
        default:
                return copy_node(to_dir, name, &stx);
        }
}

static int copy_level(int from_fd, int to_fd, unsigned depth) {
        _Alignas(struct directory_entry) char buffer[4096];
        long n;

        if (depth > DEPTH_MAX)
                return -ELOOP;
        while ((n = SYSCALL(getdents64, from_fd, buffer, sizeof buffer)) > 0)
                for (long at = 0; at < n;) {
                        struct directory_entry *entry = (struct directory_entry *) (void *) (buffer + at);
                        int r = 0;

                        if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
                                r = copy_entry(from_fd, to_fd, entry->name, depth);
                        if (r < 0)
                                return r;
                        at += entry->length;
                }
        return (int) n;
}

int copy_directory(int from_fd, int to_fd) {
        CLEANUP(init_closep) int from = SYSCALL_INT(openat, from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = -1;
        struct statx stx;
        int r;

        if (from < 0)
                return from;
        to = SYSCALL_INT(openat, to_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (to < 0)
                return to;
        r = copy_level(from, to, 0);
        if (r >= 0)
                r = SYSCALL_INT(statx, from, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx);
        if (r >= 0)
                r = copy_owner(to, &stx);
        return r < 0 ? r : SYSCALL_INT(fchmod, to, stx.stx_mode & 07777);
}
