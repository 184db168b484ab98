/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mounts, by the API of descriptors (fsopen(2), open_tree(2), mount_setattr(2), move_mount(2)). Invariant: a mount has all its attributes before it is
 * attached, and it is attached to a descriptor, never to a name. */

#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include "init/copy.h"
#include "init/setup.h"

int mount_attach(int mount_fd, int target_fd) {
        return SYSCALL_INT(move_mount, mount_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mount_bind(int dir_fd, const char *path, unsigned flags) {
        return SYSCALL_INT(open_tree, dir_fd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags | (path[0] ? 0U : (unsigned) AT_EMPTY_PATH));
}

int mount_set(int fd, uint64_t attributes, uint64_t propagation, bool recursive) {
        struct mount_attr attr = {
                .attr_set = attributes & UINT32_MAX,
                .attr_clr = attributes >> 32,
                .propagation = propagation & ~PLAN_MS_REC,
        };
        unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
        int r;

        if (attr.attr_set == 0 && attr.attr_clr == 0 && attr.propagation == 0)
                return 0;
        r = SYSCALL_INT(mount_setattr, fd, "", flags, &attr, sizeof attr);
        /* What a user namespace inherited is locked: it may be kept, so the wish to clear it is given up. */
        if (r == -EPERM && attr.attr_clr != 0 && (attr.attr_clr & MOUNT_ATTR__ATIME) == 0) {
                attr.attr_clr = 0;
                if (attr.attr_set == 0 && attr.propagation == 0)
                        return 0;
                r = SYSCALL_INT(mount_setattr, fd, "", flags, &attr, sizeof attr);
        }
        return r;
}

/* Attributes and propagation of the step on a mount, attached or not. */
static int set_all(Setup *setup, int fd, const PlanStep *step) {
        int r;

        if ((step->options & PLAN_MOUNT_BIND) && !(step->options & PLAN_MOUNT_REMOUNT))
                return bind_set_all(setup, fd, step);
        r = mount_set(fd, step->value[0], 0, true);

        if (r >= 0)
                r = mount_set(fd, step->flags, 0, false);
        return r < 0 ? r : mount_set(fd, 0, step->value[1], (step->value[1] & PLAN_MS_REC) != 0);
}

/* Whatever the step says: read-only, with all that is below. */
static void force_read_only(PlanStep *step) {
        const uint64_t clear = (uint64_t) MOUNT_ATTR_RDONLY << 32;

        step->flags = (step->flags | MOUNT_ATTR_RDONLY) & ~clear;
        step->value[0] = (step->value[0] | MOUNT_ATTR_RDONLY) & ~clear;
}

#define BIRTH_ATTRIBUTES (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

/* What a user namespace is refused is taken from the host, with what is mounted below it, as it is locked there; the step's protection is for all of it. */
static int bind_host_instead(const char *type, PlanStep *step) {
        static const struct {
                const char *type, *path;
        } hosts[] = { { "sysfs", "/sys" }, { "proc", "/proc" }, { "mqueue", "/dev/mqueue" } };

        step->value[0] |= step->flags & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        FOREACH_ELEMENT(host, hosts)
                if (strcmp(host->type, type) == 0)
                        return mount_bind(AT_FDCWD, host->path, AT_RECURSIVE);
        return -EPERM;
}

/* A tmpfs over a directory that is there has the directory's mode unless its options say another, as with runc. */
static const char *inherited_mode(const Setup *setup, const char *type, const char *path, char option[static 24]) {
        CLEANUP(init_closep) int fd = strcmp(type, "tmpfs") == 0 ? path_open(setup, path, O_PATH | O_DIRECTORY) : -1;
        struct statx stx;

        if (fd < 0 || SYSCALL_INT(statx, fd, "", AT_EMPTY_PATH, STATX_MODE, &stx) < 0)
                return NULL;
        memcpy(option, "mode=0000", 10);
        for (unsigned i = 0; i < 4; i++)
                option[5 + i] = (char) ('0' + (stx.stx_mode >> (9 - 3 * i) & 7));
        return option;
}

/* An attribute wants a descriptor that is open for more than its path. */
static int set_label(int mount_fd, const char *label) {
        CLEANUP(init_closep) int fd = SYSCALL_INT(openat, mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? fd : SYSCALL_INT(fsetxattr, fd, "security.selinux", label, strlen(label) + 1, 0);
}

/* One that was made in the pid namespace that we join. */
static int take_procfs(Setup *setup, const char *type) {
        if (strcmp(type, "proc") == 0)
                FOREACH_ELEMENT(fd, setup->procfs_fds)
                        if (*fd >= 0)
                                return TAKE(*fd, -1);
        return -1;
}

static int make_mount(Setup *setup, PlanStep *step) {
        const char *type = step_type(setup, step);
        const char *label = (step->options & PLAN_MOUNT_LABEL) ? step_data(setup, step) : NULL;
        unsigned attributes = (unsigned) (step->flags & BIRTH_ATTRIBUTES);
        CLEANUP(init_closep) int fd = -1, fs_fd = -1;
        char option[24];
        int r;

        /* What is copied up or labelled first must be writable so long. */
        if (step->options & (PLAN_MOUNT_COPY_UP | PLAN_MOUNT_LABEL))
                attributes &= ~(unsigned) MOUNT_ATTR_RDONLY;
        if ((fs_fd = take_procfs(setup, type)) >= 0) {
                fd = file_system_create(fs_fd, step_source(setup, step), NULL, step_data(setup, step));
                if (fd >= 0)
                        fd = file_system_mount(fs_fd, attributes);
        } else
                fd = file_system_make(type, step_source(setup, step), inherited_mode(setup, type, step_path(setup, step), option),
                                      label ? NULL : step_data(setup, step), attributes);
        /* The host's keeps the host's label. */
        if (fd == -EPERM && (step->options & PLAN_MOUNT_FALLBACK_BIND))
                return bind_host_instead(type, step);
        if (fd < 0)
                return fd;
        r = label ? set_label(fd, label) : 0;
        return r < 0 ? r : TAKE_FD(fd);
}

/* cgroup2 as the container's cgroup namespace sees it: its root is the scope. Without such a namespace it is the host's whole tree, and not
 * mounted anew, as that would set the options of the host's (nsdelegate) too; writable only where root of the host asks for it (CVE-2023-25809). */
static int make_cgroup_mount(Setup *setup, PlanStep *step) {
        CLEANUP(init_closep) int fs_fd = TAKE_FD(setup->cgroup_fd);
        int fd = -EPERM;

        if (!(step->options & PLAN_MOUNT_IN_HOST_CGROUP)) {
                if (fs_fd < 0)
                        fs_fd = file_system_open("cgroup2", "cgroup", NULL, NULL);
                fd = fs_fd < 0 ? fs_fd : file_system_mount(fs_fd, (unsigned) (step->flags & BIRTH_ATTRIBUTES));
        }
        if (fd != -EPERM && fd != -EBUSY)
                return fd;
        if (!(step->options & PLAN_MOUNT_HOST_WRITABLE))
                force_read_only(step);
        return host_cgroup_bind(!(step->options & PLAN_MOUNT_HOST_WRITABLE));
}

/* Long before it is mounted: making it takes cgroup_mutex, which systemd holds for a whole grace period as soon as it moves the scope's anchor. A
 * failure is met again, and dealt with, where it is mounted. */
int step_cgroup_file_system(Setup *setup, const PlanStep *step) {
        setup->cgroup_fd = file_system_open("cgroup2", "cgroup", NULL, NULL);
        return 0;
}

/* From where an earlier mount may have put it. Mapping ids needs the rights of who owns the file system, which are the launcher's. */
static int bind_below(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int source_fd = -1, fd = -1;
        int r;

        source_fd = path_open(setup, step_source(setup, step), O_PATH | (step->options & PLAN_MOUNT_SOURCE_NOFOLLOW ? O_NOFOLLOW : 0));
        if (source_fd < 0)
                return source_fd;
        fd = mount_bind(source_fd, "", step->options & PLAN_MOUNT_RECURSIVE ? AT_RECURSIVE : 0);
        if (fd < 0 || !(step->options & PLAN_SOURCE))
                return TAKE_FD(fd);
        r = sync_send(setup, SYNC_IDMAP, (uint32_t) step->value[2], fd);
        if (r >= 0)
                r = sync_wait_go(setup, NULL);
        return r < 0 ? r : TAKE_FD(fd);
}

/* What the step mounts, attached nowhere; its attributes in *step are changed where they must be. */
static int make(Setup *setup, PlanStep *step) {
        unsigned flags = 0;

        if (step->options & PLAN_MOUNT_SOURCE_BELOW)
                return bind_below(setup, step);
        if (step->options & PLAN_SOURCE)
                return setup_take_source(setup, step->value[2]);
        if (step->options & PLAN_MOUNT_CGROUP)
                return make_cgroup_mount(setup, step);
        if (!(step->options & PLAN_MOUNT_BIND))
                return make_mount(setup, step);
        if (step->options & PLAN_MOUNT_RECURSIVE)
                flags |= AT_RECURSIVE;
        if (step->options & PLAN_MOUNT_SOURCE_NOFOLLOW)
                flags |= AT_SYMLINK_NOFOLLOW;
        return mount_bind(AT_FDCWD, step_source(setup, step), flags);
}

/* copy-symlink: a link is made again in the container instead of being followed. -EINVAL when the source is none. */
static int copy_link(Setup *setup, const PlanStep *step) {
        char target[SETUP_PATH_MAX], name[256];
        CLEANUP(init_closep) int parent_fd = -1;
        long n = SYSCALL(readlinkat, AT_FDCWD, step_source(setup, step), target, sizeof target - 1);
        int r;

        if (n < 0)
                return (int) n;
        target[n] = '\0';
        parent_fd = path_open_parent(setup, step_path(setup, step), name);
        if (parent_fd < 0)
                return parent_fd;
        r = SYSCALL_INT(symlinkat, target, parent_fd, name);
        return r == -EEXIST ? 0 : r;
}

/* Labels and sysctls are set through procfs, by us and by whoever is inside: what is there must be the kernel's (CVE-2019-16884, CVE-2015-3630). */
static int check_target(int target_fd, const PlanStep *step) {
        return !(step->options & PLAN_MOUNT_ON_PROC) && fd_is_on(target_fd, PROC_SUPER_MAGIC) ? -EPERM : 0;
}

/* And what is mounted on /proc itself must be a procfs, from its root. */
static int check_mount(int mount_fd, const struct statx *stx, const PlanStep *step) {
        if (!FLAGS_SET(step->options, PLAN_MOUNT_ON_PROC | PLAN_MOUNT_PROTECTED))
                return 0;
        return fd_is_on(mount_fd, PROC_SUPER_MAGIC) && stx->stx_ino == PROC_ROOT_INODE ? 0 : -EPERM;
}

/* Of what is mounted there already: its file system's options, its attributes. */
static int change_mount(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int fd = path_open(setup, step_path(setup, step), O_PATH);
        int r = fd < 0 ? fd : check_target(fd, step);

        if (r >= 0)
                r = file_system_change(fd, step_data(setup, step));
        return r < 0 ? r : set_all(setup, fd, step);
}

#define UMOUNT_DETACH 2 /* MNT_DETACH */

/* In a directory of a file system that nobody else can reach. Its flags are those of MOUNT_ATTR_* as far as the first four. */
static int make_at(int scratch_fd, const Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int fd = -1;
        int r = SYSCALL_INT(mkdirat, scratch_fd, "new", 0700);

        if (r >= 0)
                r = fd = SYSCALL_INT(openat, scratch_fd, "new", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (r >= 0)
                r = SYSCALL_INT(fchdir, fd);
        if (r >= 0)
                r = SYSCALL_INT(mount, step_source(setup, step), ".", step_type(setup, step), step->flags & 15, step_data(setup, step));
        return r < 0 ? r : mount_bind(scratch_fd, "new", 0);
}

/* fsconfig(2) takes no value of more than 255 bytes, which an overlay's layers may need. mount(2) does, but only at a place in the tree: over the container's
 * root, for that moment. */
static int make_long(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int scratch_fd = file_system_make("tmpfs", "tmpfs", "mode=0700", NULL, 0), fd = -1;
        int r = scratch_fd < 0 ? scratch_fd : mount_attach(scratch_fd, setup->root_fd);

        if (r < 0)
                return r;
        fd = make_at(scratch_fd, setup, step);
        r = SYSCALL_INT(fchdir, scratch_fd);
        if (r >= 0)
                r = SYSCALL_INT(umount2, ".", UMOUNT_DETACH);
        if (r >= 0)
                r = SYSCALL_INT(chdir, "/");
        return r < 0 ? r : TAKE_FD(fd);
}

/* One that is kept is resolved without links, so that its path is where it is. *keep is cleared where the image has one on the way. */
static int open_target(Setup *setup, const PlanStep *step, bool directory, bool *keep) {
        int fd = path_open_target(setup, step_path(setup, step), directory, step->options | (*keep ? PLAN_MOUNT_PROTECTED : 0));

        if (fd != -ELOOP || !*keep || (step->options & PLAN_MOUNT_PROTECTED))
                return fd;
        *keep = false;
        return path_open_target(setup, step_path(setup, step), directory, step->options);
}

int step_mount(Setup *setup, const PlanStep *original) {
        CLEANUP(init_closep) int mount_fd = -1, target_fd = -1;
        PlanStep step = *original;
        struct statx stx;
        bool directory, keep;
        int r;

        if (step.options & (PLAN_MOUNT_REMOUNT | PLAN_MOUNT_ONLY_PROPAGATION))
                return change_mount(setup, &step);
        if (FLAGS_SET(step.options, PLAN_MOUNT_BIND | PLAN_MOUNT_COPY_SYMLINK)) {
                r = copy_link(setup, &step);
                if (r != -EINVAL)
                        return r;
        }
        mount_fd = make(setup, &step);
        if (mount_fd == -E2BIG)
                mount_fd = make_long(setup, &step);
        if (mount_fd < 0)
                return mount_fd;
        r = SYSCALL_INT(statx, mount_fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID, &stx);
        if (r < 0)
                return r;
        directory = (stx.stx_mode & S_IFMT) == S_IFDIR;
        keep = directory && (step.options & PLAN_MOUNT_KEEP);
        target_fd = open_target(setup, &step, directory, &keep);
        if (target_fd < 0)
                return target_fd;
        r = check_target(target_fd, &step);
        if (r >= 0)
                r = check_mount(mount_fd, &stx, &step);
        if (r < 0)
                return r;
        if (step.options & PLAN_MOUNT_COPY_UP) {
                r = copy_directory(target_fd, mount_fd);
                if (r < 0)
                        return r;
        }
        r = set_all(setup, mount_fd, &step);
        if (r >= 0)
                r = mount_attach(mount_fd, target_fd);
        if (r >= 0 && keep)
                path_add_mount(setup, step_path(setup, &step), &mount_fd, stx.stx_mnt_id);
        return r;
}

int step_directory(Setup *setup, const PlanStep *step) {
        int fd = path_make_directory(setup, step_path(setup, step), (unsigned) step->flags);

        if (fd < 0)
                return fd;
        SYSCALL(close, fd);
        return 0;
}
