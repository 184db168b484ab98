/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mounts of a container as the kernel tells them. Paths of the configuration are resolved below the container's root, as they were
 * when it was made: what is compared with mountinfo is the mount, not the text. */

#include "checkpoint/mount-table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"

#define MOUNTS_MAX (16U * 1024U * 1024U)

/* "\040", in place. */
static void unescape(char *text) {
        char *to = text;

        for (const char *from = text; *from; from++)
                if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] && from[3]) {
                        *to++ = (char) ((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
                        from += 3;
                } else
                        *to++ = *from;
        *to = '\0';
}

static bool has_option(const char *options, const char *name) {
        size_t length = strlen(name);

        for (const char *p = options; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
                if (strncmp(p, name, length) == 0 && (p[length] == ',' || !p[length]))
                        return true;
        return false;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw". */
static int read_entry(const char *line, MountEntry *ret) {
        CLEANUP(strv_freep) char **words = NULL;
        unsigned device_major, device_minor;
        size_t n = 0;

        if (strv_split(line, " ", &words) < 0)
                return -ENOMEM;
        while (words && words[n] && !streq(words[n], "-"))
                n++;
        if (n < 6 || !words[n] || !words[n + 1] || sscanf(words[2], "%u:%u", &device_major, &device_minor) != 2)
                return -EBADMSG;
        unescape(words[3]);
        unescape(words[4]);
        *ret = (MountEntry) {
                .id = strtoull(words[0], NULL, 10),
                .device = makedev(device_major, device_minor),
                .read_only = has_option(words[5], "ro"),
                .root = strdup(words[3]),
                .point = strdup(words[4]),
                .type = strdup(words[n + 1]),
        };
        return 0;
}

int mount_table_read(pid_t pid, MountTable *ret) {
        CLEANUP(freep) char *text = NULL;
        CLEANUP(strv_freep) char **lines = NULL;
        MountTable table = MOUNT_TABLE_NONE;
        char path[64];
        int r;

        (void) snprintf(path, sizeof path, "/proc/%ld/mountinfo", (long) pid);
        r = file_read_at(AT_FDCWD, path, MOUNTS_MAX, &text, NULL);
        if (r >= 0)
                r = strv_split(text, "\n", &lines);
        if (r < 0)
                return r;
        (void) snprintf(path, sizeof path, "/proc/%ld/root", (long) pid);
        table.root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (table.root_fd < 0)
                return -errno;
        table.entries = calloc(strv_length(lines) + 1, sizeof *table.entries);
        r = table.entries ? 0 : -ENOMEM;
        STRV_FOREACH(line, lines) {
                if (r >= 0)
                        r = read_entry(*line, table.entries + table.n_entries);
                if (r >= 0) {
                        const MountEntry *entry = table.entries + table.n_entries++;

                        r = entry->root && entry->point && entry->type ? 0 : -ENOMEM;
                }
        }
        if (r < 0) {
                mount_table_done(&table);
                return r;
        }
        *ret = table;
        return 0;
}

void mount_table_done(MountTable *table) {
        for (size_t i = 0; i < table->n_entries; i++) {
                free(table->entries[i].root);
                free(table->entries[i].point);
                free(table->entries[i].type);
        }
        free(table->entries);
        fd_close(table->root_fd);
        *table = MOUNT_TABLE_NONE;
}

const MountEntry *mount_table_find(const MountTable *table, uint64_t id) {
        for (size_t i = 0; i < table->n_entries; i++)
                if (table->entries[i].id == id)
                        return table->entries + i;
        return NULL;
}

int mount_table_at(const MountTable *table, const char *path, const MountEntry **ret) {
        CLEANUP(fd_closep) int fd = path_open_in_root(table->root_fd, path, O_PATH | O_CLOEXEC, 0);
        struct statx stx;

        *ret = NULL;
        if (fd == -ENOTDIR)
                return -ENOENT;
        if (fd < 0)
                return fd;
        if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
                return -errno;
        if (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
                *ret = mount_table_find(table, stx.stx_mnt_id);
        return 0;
}
