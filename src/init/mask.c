/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths that are hidden or read-only in the container. Invariant: only the path itself may be absent; what hides it is verified to be what it should
 * be (CVE-2025-31133). */

#include <linux/mount.h>
#include <sys/stat.h>

#include "init/setup.h"

static bool is_absent(int r) {
        return r == -ENOENT || r == -ENOTDIR;
}

static int bind_again(Setup *setup, const PlanStep *step, uint64_t attributes) {
        CLEANUP(init_closep) int target_fd = path_open(setup, step_path(setup, step), O_PATH), mount_fd = -1;
        int r;

        if (target_fd < 0)
                return is_absent(target_fd) ? 0 : target_fd;
        mount_fd = mount_bind(target_fd, "", AT_RECURSIVE);
        if (mount_fd < 0)
                return mount_fd;
        r = mount_set(mount_fd, attributes, 0, false);
        if (r >= 0)
                r = mount_attach(mount_fd, target_fd);
        return r < 0 ? r : path_cover_mount(setup, step_path(setup, step), &mount_fd);
}

int step_readonly(Setup *setup, const PlanStep *step) {
        return bind_again(setup, step, MOUNT_ATTR_RDONLY);
}

int step_writable(Setup *setup, const PlanStep *step) {
        return bind_again(setup, step, (uint64_t) MOUNT_ATTR_RDONLY << 32);
}

/* The container's own null device: no mount in it should lead to a node of the host's. A root without one gets that nevertheless. */
static int open_null(const Setup *setup) {
        CLEANUP(init_closep) int null_fd = path_open_null(setup);

        if (null_fd == -ENOENT) {
                null_fd = SYSCALL_INT(openat, AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
                if (null_fd >= 0 && !fd_is_character_device(null_fd, 1, 3))
                        return -ENODEV;
        }
        return TAKE_FD(null_fd);
}

static int make_file_mask(Setup *setup) {
        if (setup->null_fd < 0)
                setup->null_fd = open_null(setup);
        return setup->null_fd < 0 ? setup->null_fd : mount_bind(setup->null_fd, "", 0);
}

/* One file system for all directories: the first mask is made, the others are clones of it (of the attached one: a mount that is nowhere cannot be
 * cloned before Linux 6.15). */
static int open_mask(Setup *setup, const PlanStep *step, unsigned type) {
        if (type != S_IFDIR)
                return make_file_mask(setup);
        if (setup->mask_fd >= 0)
                return mount_bind(setup->mask_fd, "", 0);
        setup->mask_fd = file_system_make("tmpfs", "tmpfs", "nr_blocks=1,nr_inodes=1,mode=0755", step_data(setup, step), 0);
        return setup->mask_fd < 0 ? setup->mask_fd : SYSCALL_INT(fcntl, setup->mask_fd, F_DUPFD_CLOEXEC, 3);
}

int step_mask(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int target_fd = path_open(setup, step_path(setup, step), O_PATH), mount_fd = -1;
        unsigned type;
        int r;

        if (target_fd < 0)
                return is_absent(target_fd) ? 0 : target_fd;
        r = fd_file_type(target_fd, &type);
        if (r < 0)
                return r;
        mount_fd = open_mask(setup, step, type);
        if (mount_fd < 0)
                return mount_fd;
        /* Read-only for the node too: its mode is not to be changed through here. */
        r = mount_set(mount_fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | (type == S_IFDIR ? MOUNT_ATTR_NODEV : 0), 0, false);
        if (r >= 0)
                r = mount_attach(mount_fd, target_fd);
        return r < 0 ? r : path_cover_mount(setup, step_path(setup, step), &mount_fd);
}
