/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a descriptor is; the host's /proc; text. Invariant: what is written to /proc goes through the descriptor of the host's, to a file of that very
 * procfs, whatever is mounted anywhere (CVE-2019-16884, CVE-2025-52881). */

#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "init/setup.h"

int string_copy(char *to, size_t size, const char *from) {
        size_t length = strlen(from);

        if (length >= size)
                return -ENAMETOOLONG;
        memcpy(to, from, length + 1);
        return 0;
}

char *number_text(unsigned long number, char buffer[static 24]) {
        char *p = buffer + 23;

        *p = '\0';
        do
                *--p = (char) ('0' + number % 10);
        while ((number /= 10) > 0);
        return p;
}

int fd_file_type(int fd, unsigned *ret) {
        struct statx stx;
        int r = SYSCALL_INT(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &stx);

        if (r >= 0)
                *ret = stx.stx_mode & S_IFMT;
        return r;
}

bool fd_is_character_device(int fd, unsigned major, unsigned minor) {
        struct statx stx;

        return SYSCALL_INT(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE, &stx) >= 0 && (stx.stx_mode & S_IFMT) == S_IFCHR &&
                stx.stx_rdev_major == major && stx.stx_rdev_minor == minor;
}

bool fd_is_on(int fd, uint64_t file_system_magic) {
        struct statfs fs;

        return SYSCALL_INT(fstatfs, fd, &fs) >= 0 && (uint64_t) fs.f_type == file_system_magic;
}

static int proc_open(const Setup *setup, const char *path) {
        /* "self" and "thread-self" are ordinary links; what they and the rest lead to must be on the same procfs. */
        struct open_how how = {
                .flags = O_WRONLY | O_NOCTTY | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
        };

        return SYSCALL_INT(openat2, setup->proc_fd, path, &how, sizeof how);
}

static int write_and_close(int fd, const char *text) {
        long r;

        if (fd < 0)
                return fd;
        r = SYSCALL(write, fd, text, strlen(text));
        SYSCALL(close, fd);
        return r < 0 ? (int) r : 0;
}

int proc_write(const Setup *setup, const char *path, const char *text) {
        return write_and_close(proc_open(setup, path), text);
}

/* The files of a process that is not dumpable belong to the host's root, so without privileges it may not open its own. For that moment it is, as long
 * as nobody of the container is there who could make use of it. */
int proc_write_own(const Setup *setup, const char *path, const char *text) {
        int fd = proc_open(setup, path);

        if (fd == -EACCES) {
                SYSCALL(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
                fd = proc_open(setup, path);
                SYSCALL(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
        }
        return write_and_close(fd, text);
}

int proc_reopen(const Setup *setup, int fd, int flags) {
        char path[32] = "self/fd/", number[24];
        int r = string_copy(path + 8, sizeof path - 8, number_text((unsigned long) fd, number));

        return r < 0 ? r : SYSCALL_INT(openat, setup->proc_fd, path, flags | O_CLOEXEC);
}
