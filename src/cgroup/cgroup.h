/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "resource/set.h"

/* A container's cgroup (cgroup v2: Documentation/admin-guide/cgroup-v2.rst), by descriptor of its directory. Paths are
 * absolute and below the cgroup2 mount, as /proc/PID/cgroup and systemd's ControlGroup give them:
 * "/berth.slice/berth-web.scope". A cgroup that has gone gives -ENODEV or -ENOENT. */

/* The directory on which cgroup2 is mounted: /sys/fs/cgroup, or /sys/fs/cgroup/unified beside v1. Static; NULL when there is
 * none. */
const char *cgroup_mount(void);
/* Opens a cgroup. error may be NULL. */
int cgroup_open(const char *path, Error *error);
/* What tells a cgroup from any other, as long as the machine runs: the inode of its directory. */
int cgroup_id(int cgroup_fd, uint64_t *ret);
/* A word that tells whose it is, where the payload cannot write it; at most CGROUP_MARK_SIZE with its NUL. -ENODATA: it has none. */
#define CGROUP_MARK_SIZE 64
int cgroup_set_mark(int cgroup_fd, const char *mark);
int cgroup_get_mark(int cgroup_fd, char ret[static CGROUP_MARK_SIZE]);
/* The cgroup of a process (0: the caller). The caller frees it. -ENODATA when it is in no cgroup v2 that we can see. */
int cgroup_of_process(pid_t pid, char **ret);

/* Writes the set's files. What a file's controller needs is enabled above path first, as well as that can be done (systemd
 * leaves controllers alone that it does not know); path NULL: nothing is, as what is above is not ours. An error names the OCI field. */
int cgroup_write_files(int cgroup_fd, const char *path, const ResourceSet *set, Error *error);

/* Gives the cgroup to a user, as far as a user may have it: the directory and the files of /sys/kernel/cgroup/delegate. */
int cgroup_set_owner(int cgroup_fd, uid_t uid);

/* Reads a file that holds one number; "max" is UINT64_MAX. */
int cgroup_read_u64(int cgroup_fd, const char *name, uint64_t *ret);
/* Reads the number of one key of a flat keyed file ("oom_kill 3"). -ENODATA when the key is not there. */
int cgroup_read_key(int cgroup_fd, const char *name, const char *key, uint64_t *ret);

typedef struct CgroupEvents {
        bool populated, frozen;                 /* cgroup.events */
        bool memory;                            /* the memory controller is here, so the rest means something */
        uint64_t low, high, max, oom, oom_kill, oom_group_kill; /* memory.events, with everything below */
} CgroupEvents;
int cgroup_read_events(int cgroup_fd, CgroupEvents *ret);
/* 1 when all processes are frozen, by this cgroup or one above; 0, or negative errno. */
int cgroup_is_frozen(int cgroup_fd);
/* 1 when a process lives in it or below; 0, or negative errno. */
int cgroup_is_populated(int cgroup_fd);

/* All processes in it and below; the caller frees them. */
int cgroup_processes(int cgroup_fd, pid_t **ret, size_t *ret_n);

/* Removes what is below it, where no process is left; however deep. Returns how many levels there were, or 0 where there was nothing below. */
int cgroup_trim(int cgroup_fd);

/* Removes an empty cgroup, when path still leads to it. */
int cgroup_remove_own(const char *path, int cgroup_fd);

/* Kills all of them, frozen or not, new ones too (cgroup.kill, Linux 5.14), and waits until none is left. deadline_usec:
 * usec_monotonic(). -ETIME when it passed. A cgroup that is gone has nobody: 0. */
int cgroup_kill(int cgroup_fd, uint64_t deadline_usec);

/* Lets a process come and go in it, so that the kernel tells again that it is empty. -EBADF: nothing. */
void cgroup_touch(int cgroup_fd);
