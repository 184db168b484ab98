/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

/* The mounts that a process sees, proc_pid_mountinfo(5), and its root to look paths up in. */

typedef struct MountEntry {
        uint64_t id;
        dev_t device;
        bool read_only;         /* the mount, not the file system */
        char *root;             /* within the file system */
        char *point;            /* seen from the process's root */
        char *type;
} MountEntry;

typedef struct MountTable {
        int root_fd;
        MountEntry *entries;
        size_t n_entries;
} MountTable;

#define MOUNT_TABLE_NONE ((MountTable) { .root_fd = -EBADF })

int mount_table_read(pid_t pid, MountTable *ret);
void mount_table_done(MountTable *table);
const MountEntry *mount_table_find(const MountTable *table, uint64_t id);

/* The mount whose root the path is, as the process's root resolves it; NULL when it is no mount point. -ENOENT: no such path. */
int mount_table_at(const MountTable *table, const char *path, const MountEntry **ret);
