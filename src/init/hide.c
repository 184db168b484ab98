/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a root that is not left (--no-pivot) has of procfs and sysfs. Below the container's root it cannot be reached, but as long as one of them is anywhere in
 * the mount namespace with nothing over it, the kernel lets a user namespace inside mount a new one without the container's masks
 * (mount_namespaces(7), mnt_already_visible()). Invariant: each that is not the container's own is unmounted or covered when this returns without an error.
 * Called by STEP_PIVOT, before the move. */

#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/stat.h>

#include "init/setup.h"

#define UMOUNT_DETACH 2 /* MNT_DETACH */
#define ROUNDS_MAX 4096U

typedef struct Reader {
        int fd;
        long size, at;
        char buffer[4096];
} Reader;

/* A negative number at the end. */
static int next_character(Reader *reader) {
        if (reader->at >= reader->size) {
                reader->size = SYSCALL(read, reader->fd, reader->buffer, sizeof reader->buffer);
                reader->at = 0;
                if (reader->size <= 0)
                        return reader->size < 0 ? (int) reader->size : -ENODATA;
        }
        return (unsigned char) reader->buffer[reader->at++];
}

/* Up to a space or the end of the line, which is returned; "\040" and its like are one character. What does not fit is no name that could be opened. */
static int next_word(Reader *reader, char *word, size_t size) {
        size_t n = 0;
        int c;

        while ((c = next_character(reader)) >= 0 && c != ' ' && c != '\n') {
                if (c == '\\') {
                        c = 0;
                        for (unsigned digit = 0; digit < 3; digit++)
                                c = c << 3 | (next_character(reader) & 7);
                }
                if (n + 1 < size)
                        word[n++] = (char) c;
        }
        word[n] = '\0';
        return c;
}

static bool is_below(const char *path, const char *directory) {
        size_t length = strlen(directory);

        return strlen(path) >= length && memcmp(path, directory, length) == 0 && (path[length] == '/' || !path[length]);
}

/* proc(5), /proc/PID/mountinfo: "36 35 98:0 ROOT PATH options shared:1 - TYPE source options". 1: a whole procfs or sysfs. */
static int next_mount(Reader *reader, char path[static SETUP_PATH_MAX]) {
        char word[16], root[16], type[16];
        int c = 0;

        for (unsigned field = 1; field <= 3 && c >= 0; field++)
                c = next_word(reader, word, sizeof word);
        if (c >= 0)
                c = next_word(reader, root, sizeof root);
        if (c >= 0)
                c = next_word(reader, path, SETUP_PATH_MAX);
        do
                c = c < 0 ? c : next_word(reader, word, sizeof word);
        while (c >= 0 && strcmp(word, "-") != 0);
        if (c >= 0)
                c = next_word(reader, type, sizeof type);
        while (c >= 0 && c != '\n')
                c = next_character(reader);
        if (c < 0)
                return c;
        return strcmp(root, "/") == 0 && (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0);
}

/* The host must not lose it, whatever its mount there is shared with. 1: it had to be covered, as what a user namespace inherited is locked. */
static int hide(const char *path) {
        CLEANUP(init_closep) int fd = SYSCALL_INT(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), parent_fd = -1, cover_fd = -1;
        int r;

        if (fd < 0)
                return fd;
        /* Something else is over it, but not on it. */
        if (!fd_is_on(fd, PROC_SUPER_MAGIC) && !fd_is_on(fd, SYSFS_MAGIC))
                return -EBUSY;
        parent_fd = SYSCALL_INT(openat, fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = parent_fd < 0 ? parent_fd : mount_unshare_parent(parent_fd, PLAN_MS_PRIVATE);
        if (r >= 0)
                r = SYSCALL_INT(fchdir, fd);
        if (r >= 0)
                r = SYSCALL_INT(umount2, ".", UMOUNT_DETACH);
        if (r != -EINVAL && r != -EPERM)
                return r;
        cover_fd = file_system_make("tmpfs", "tmpfs", "nr_blocks=1,nr_inodes=1,mode=0555", NULL,
                                    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV);
        r = cover_fd < 0 ? cover_fd : mount_attach(cover_fd, fd);
        return r < 0 ? r : 1;
}

/* The first one behind those that are covered. 1: there may be more; 0: there is none. */
static int hide_next(const Setup *setup, const char *root, unsigned *covered) {
        Reader reader = { .fd = SYSCALL_INT(openat, setup->proc_fd, "self/mountinfo", O_RDONLY | O_CLOEXEC) };
        CLEANUP(init_closep) int fd = reader.fd;
        char path[SETUP_PATH_MAX];
        unsigned n = 0;
        int r;

        if (fd < 0)
                return fd;
        while ((r = next_mount(&reader, path)) >= 0) {
                if (r == 0 || is_below(path, root) || n++ < *covered)
                        continue;
                r = hide(path);
                *covered += r > 0;
                return r < 0 ? r : 1;
        }
        return r == -ENODATA ? 0 : r;
}

int hide_procfs_and_sysfs(Setup *setup) {
        char link[32] = "self/fd/", number[24], root[SETUP_PATH_MAX];
        unsigned covered = 0;
        long n;
        int r = string_copy(link + 8, sizeof link - 8, number_text((unsigned long) setup->root_fd, number));

        if (r < 0)
                return r;
        n = SYSCALL(readlinkat, setup->proc_fd, link, root, sizeof root - 1);
        if (n < 0)
                return (int) n;
        root[n] = '\0';
        r = 1;
        for (unsigned round = 0; r > 0 && round < ROUNDS_MAX; round++)
                r = hide_next(setup, root, &covered);
        return r > 0 ? -ELOOP : r;
}
