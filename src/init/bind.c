/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Flags of a bind mount, as runc has them: without words for flags it has those of its source; with one, all that are not named are cleared, and access
 * time stays as it is unless a word names it. Invariant: no flag is cleared that the kernel locks, or would lock had the user namespace cloned the mount
 * itself (mount_namespaces(7)); whoever asks for that by name gets an error. Called by step_mount(), for a mount that is not attached yet. */

#include <asm/statfs.h>
#include <linux/mount.h>

#include "init/setup.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000 /* 5.14 */
#endif

#define LOCKABLE (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define ACCESS_TIME (MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

/* ST_* of statfs(2), which a header without a libc does not have. */
static const struct {
        unsigned statfs_flag;
        unsigned attribute;
} flag_rows[] = {
        { 1, MOUNT_ATTR_RDONLY },
        { 2, MOUNT_ATTR_NOSUID },
        { 4, MOUNT_ATTR_NODEV },
        { 8, MOUNT_ATTR_NOEXEC },
        { 1024, MOUNT_ATTR_NOATIME },
        { 2048, MOUNT_ATTR_NODIRATIME },
};
#define STATFS_RELATIME 4096

static int set_attributes(int fd, uint64_t set, uint64_t clear, bool recursive) {
        struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

        if (set == 0 && clear == 0)
                return 0;
        return SYSCALL_INT(mount_setattr, fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U), &attr, sizeof attr);
}

static int read_attributes(int fd, uint64_t *ret) {
        struct statfs fs;
        int r = SYSCALL_INT(fstatfs, fd, &fs);

        if (r < 0)
                return r;
        *ret = 0;
        FOREACH_ELEMENT(row, flag_rows)
                if (fs.f_flags & row->statfs_flag)
                        *ret |= row->attribute;
        if (!(*ret & MOUNT_ATTR_NOATIME) && !(fs.f_flags & STATFS_RELATIME))
                *ret |= MOUNT_ATTR_STRICTATIME;
        return 0;
}

/* statfs(2) does not tell a read-only mount from a read-only file system, whose mounts may well be writable ones. Where clearing it makes no difference it
 * is the file system. */
static int forget_read_only_file_system(int fd, uint64_t *has) {
        uint64_t without;
        int r = set_attributes(fd, 0, MOUNT_ATTR_RDONLY, false);

        if (r >= 0)
                r = read_attributes(fd, &without);
        if (r < 0)
                return r;
        if (without & MOUNT_ATTR_RDONLY) {
                *has &= ~(uint64_t) MOUNT_ATTR_RDONLY;
                return 0;
        }
        return set_attributes(fd, MOUNT_ATTR_RDONLY, 0, false);
}

static int refuse(Setup *setup, uint64_t locked) {
        setup->failure_value = (uint32_t) locked;
        return -EPERM;
}

/* What is locked stays unless it was to be cleared by name. */
static int set_beside_locked(Setup *setup, int fd, const PlanStep *step, uint64_t has, bool has_access_time) {
        uint64_t set = step->flags & UINT32_MAX, clear = step->flags >> 32;
        uint64_t cleared = has & clear & (LOCKABLE | MOUNT_ATTR_NODIRATIME);

        if (cleared != 0)
                return refuse(setup, cleared);
        if (has_access_time && (set & ACCESS_TIME) != (has & ACCESS_TIME))
                return refuse(setup, (has & ACCESS_TIME) != 0 ? has & ACCESS_TIME : MOUNT_ATTR__ATIME);
        set = (set & ~(uint64_t) ACCESS_TIME) | (has & LOCKABLE);
        return set_attributes(fd, set, (LOCKABLE | MOUNT_ATTR_NOSYMFOLLOW) & ~set, false);
}

static int set_flags(Setup *setup, int fd, const PlanStep *step) {
        uint64_t set = step->flags & UINT32_MAX, clear = LOCKABLE | MOUNT_ATTR_NOSYMFOLLOW, has;
        bool has_access_time = (step->flags >> 32 & MOUNT_ATTR__ATIME) != 0 || (set & MOUNT_ATTR_NODIRATIME) != 0;
        int r;

        if (!(step->options & PLAN_MOUNT_FLAGS))
                return 0;
        if (has_access_time)
                clear |= ACCESS_TIME;
        if (step->options & PLAN_MOUNT_LOCKED) {
                r = read_attributes(fd, &has);
                if (r >= 0 && (has & ~set & MOUNT_ATTR_RDONLY))
                        r = forget_read_only_file_system(fd, &has);
                if (r < 0)
                        return r;
                if ((has & LOCKABLE & ~set) != 0 || (has_access_time && (set & ACCESS_TIME) != (has & ACCESS_TIME)))
                        return set_beside_locked(setup, fd, step, has, has_access_time);
        }
        r = set_attributes(fd, set, clear & ~(set & ~(uint64_t) MOUNT_ATTR__ATIME), false);
        if (r != -EPERM)
                return r;
        r = read_attributes(fd, &has);
        return r < 0 ? r : set_beside_locked(setup, fd, step, has, has_access_time);
}

/* Of the mounts below nobody can say what they have; the kernel knows of those that it has locked. */
static int set_recursive(Setup *setup, int fd, const PlanStep *step) {
        uint64_t clear = step->value[0] >> 32, has = 0;
        int r = 0;

        if (clear != 0 && (step->options & PLAN_MOUNT_LOCKED)) {
                r = read_attributes(fd, &has);
                if (r >= 0 && (has & clear & MOUNT_ATTR_RDONLY))
                        r = forget_read_only_file_system(fd, &has);
                if (r >= 0 && (has & clear & LOCKABLE) != 0)
                        return refuse(setup, has & clear & LOCKABLE);
        }
        return r < 0 ? r : set_attributes(fd, step->value[0] & UINT32_MAX, clear, true);
}

int bind_set_all(Setup *setup, int fd, const PlanStep *step) {
        int r = set_flags(setup, fd, step);

        if (r >= 0)
                r = set_recursive(setup, fd, step);
        return r < 0 ? r : mount_set(fd, 0, step->value[1], (step->value[1] & PLAN_MS_REC) != 0);
}
