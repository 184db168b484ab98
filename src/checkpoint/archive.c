/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of a checkpoint. Invariant: what passes holds regular files of bounded size, besides directories that CRIU does not look into; nothing was opened in a way
 * that waits. restore.c calls this before anything of the container is made. What is exchanged after the check can do no more than make CRIU wait, which has a
 * deadline. */

#include "checkpoint/archive.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "checkpoint/criu-message.h"

#define MIB (1024ULL * 1024)
#define FILES_MAX 1000000U
/* Pre-dumps, each of which names the one before. */
#define PARENTS_MAX 64
#define INVENTORY_MAGIC 0x58313116U
#define INVENTORY_MAX (64U * 1024)

/* What CRIU reads into memory whole. Contents of memory and of files, which have other names, are as large as they are. */
static const struct {
        const char *prefix;
        uint64_t size_max;
} limits[] = {
        { "inventory.img", INVENTORY_MAX },
        { "config.json", 1 * MIB },
        { "descriptors.json", 1 * MIB },
        { "core-", 64 * MIB },
        { "ids-", 1 * MIB },
        { "fs-", 1 * MIB },
        { "pstree.img", 64 * MIB },
        { "seccomp.img", 64 * MIB },
        { "cgroup.img", 64 * MIB },
        { "mountpoints-", 64 * MIB },
};

static int check_size(const char *name, uint64_t size, Error *error) {
        FOREACH_ELEMENT(limit, limits)
                if (startswith(name, limit->prefix) && size > limit->size_max)
                        return error_set(error, -EFBIG, "checkpoint: %s: larger than %llu bytes", name, (unsigned long long) limit->size_max);
        return 0;
}

/* What CRIU writes anew, and berth removes before that (criu.c): what is there is not opened. */
static bool is_written_anew(const char *name) {
        return endswith(name, ".log") || streq(name, "stats-restore") || streq(name, "stats-dump");
}

static int check_file(int fd, const char *name, uint64_t *bytes, Error *error) {
        CLEANUP(fd_closep) int file_fd = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (file_fd < 0 || fstat(file_fd, &st) < 0)
                return error_set(error, -errno, "checkpoint: %s: %m", name);
        if (S_ISDIR(st.st_mode) && !endswith(name, ".img"))
                return 0;
        if (!S_ISREG(st.st_mode))
                return error_set(error, -EBADMSG, "checkpoint: %s: is no regular file", name);
        *bytes += (uint64_t) st.st_size;
        return check_size(name, (uint64_t) st.st_size, error);
}

/* Magic, length, and a message of that length. */
int archive_check_inventory(const void *bytes, size_t size) {
        const uint8_t *at = bytes;
        MessageReader reader;
        MessageField field;
        uint32_t head[2];
        int r;

        if (size < sizeof head)
                return -EBADMSG;
        memcpy(head, bytes, sizeof head);
        if (le32toh(head[0]) != INVENTORY_MAGIC || le32toh(head[1]) > size - sizeof head)
                return -EBADMSG;
        reader = (MessageReader) { at + sizeof head, at + sizeof head + le32toh(head[1]) };
        while ((r = message_next(&reader, &field)) > 0)
                ;
        return r;
}

static int check_inventory(int fd, Error *error) {
        CLEANUP(fd_closep) int file_fd = openat(fd, "inventory.img", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        CLEANUP(freep) char *bytes = NULL;
        size_t size;

        if (file_fd < 0)
                return error_set(error, -errno, "is no checkpoint: inventory.img: %m");
        if (fd_read_file(file_fd, INVENTORY_MAX, &bytes, &size) < 0 || archive_check_inventory(bytes, size) < 0)
                return error_set(error, -EBADMSG, "is no checkpoint: inventory.img is none of CRIU's");
        return 0;
}

static int check_directory(int fd, bool *ret_parent, uint64_t *bytes, Error *error) {
        CLEANUP(strv_freep) char **names = NULL;
        size_t n = 0;
        int r = directory_read_names(fd, &names);

        if (r < 0)
                return error_set(error, r, "checkpoint: %m");
        *ret_parent = false;
        STRV_FOREACH(name, names) {
                if (++n > FILES_MAX)
                        return error_set(error, -E2BIG, "checkpoint: more than %u files", FILES_MAX);
                if (streq(*name, "parent")) {
                        *ret_parent = true;
                        continue;
                }
                r = is_written_anew(*name) ? 0 : check_file(fd, *name, bytes, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

int archive_check(int images_fd, uint64_t *ret_bytes, Error *error) {
        CLEANUP(fd_closep) int fd = fcntl(images_fd, F_DUPFD_CLOEXEC, 3);
        bool parent;
        int r;

        *ret_bytes = 0;
        if (fd < 0)
                return -errno;
        r = check_directory(fd, &parent, ret_bytes, error);
        if (r >= 0)
                r = check_inventory(fd, error);
        /* CRIU follows this link by itself: the one name here that may lead elsewhere. */
        for (int i = 0; r >= 0 && parent; i++) {
                int next = openat(fd, "parent", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

                if (next < 0 || i == PARENTS_MAX) {
                        r = error_set(error, next < 0 ? -errno : -ELOOP, "checkpoint: parent: %m");
                        fd_close(next);
                        return r;
                }
                fd_close(fd);
                fd = next;
                r = check_directory(fd, &parent, ret_bytes, error);
        }
        return r;
}
