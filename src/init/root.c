/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The root: from the host's tree to the container's. Invariant: after the pivot no descriptor of the host's tree is open but those that STEP_CREATED
 * closes, and none of them is a directory that leads out (CVE-2024-21626). */

#include <linux/mount.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include "init/setup.h"

#define UMOUNT_DETACH 2 /* MNT_DETACH */
#define MOVE_MS 8192    /* MS_MOVE */

int step_propagation(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int fd = SYSCALL_INT(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

        /* A slave's root has the master that it asks for (runc since 1.4). */
        if ((step->flags & PLAN_MS_SHARED) != 0 || (step->flags & PLAN_MS_REC) == 0)
                setup->parent_propagation = (step->flags & PLAN_MS_SLAVE) != 0 ? PLAN_MS_SLAVE : PLAN_MS_PRIVATE;
        return fd < 0 ? fd : mount_set(fd, 0, step->flags, (step->flags & PLAN_MS_REC) != 0);
}

/* pivot_root(2) refuses when the mount that the root lies on is shared, and ours would be mounted on the host too: it is made private, or a slave. That is the mount
 * of the nearest directory above that is a mount's root, found by descriptor, as the path may have links in it. */
int mount_unshare_parent(int directory_fd, uint64_t propagation) {
        CLEANUP(init_closep) int fd = SYSCALL_INT(openat, directory_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

        for (unsigned depth = 0; fd >= 0 && depth < SETUP_PATH_MAX / 2; depth++) {
                int r = mount_set(fd, 0, propagation, false), up;

                if (r != -EINVAL) /* no mount's root */
                        return r;
                up = SYSCALL_INT(openat, fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
                init_closep(&fd);
                fd = up;
        }
        return fd < 0 ? fd : -ELOOP;
}

int step_root(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int target_fd = -1;
        const char *path = step_path(setup, step);
        int r;

        target_fd = SYSCALL_INT(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (target_fd < 0)
                return target_fd;
        if (step->options & PLAN_ROOT_PLAIN) {
                setup->root_fd = target_fd;
                target_fd = -1;
                return 0;
        }
        if (setup->parent_propagation != 0) {
                r = mount_unshare_parent(target_fd, setup->parent_propagation);
                if (r < 0)
                        return r;
        }
        setup->root_fd = mount_bind(target_fd, "", AT_RECURSIVE);
        return setup->root_fd < 0 ? setup->root_fd : mount_attach(setup->root_fd, target_fd);
}

/* --no-pivot: for a host whose root is an initramfs, which cannot be left by pivot_root(2). */
static int move_root(Setup *setup) {
        int r = hide_procfs_and_sysfs(setup);

        if (r >= 0)
                r = SYSCALL_INT(fchdir, setup->root_fd);
        return r < 0 ? r : root_move();
}

static int enter_root(Setup *setup) {
        int r = SYSCALL_INT(fchdir, setup->root_fd);

        if (r >= 0)
                r = SYSCALL_INT(chroot, ".");
        return r < 0 ? r : SYSCALL_INT(chdir, "/");
}

int root_move(void) {
        int r = SYSCALL_INT(mount, ".", "/", 0, MOVE_MS, 0);

        if (r >= 0)
                r = SYSCALL_INT(chroot, ".");
        return r < 0 ? r : SYSCALL_INT(chdir, "/");
}

int step_pivot(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int old_fd = -1;
        int r;

        if (step->options & PLAN_PIVOT_NONE)
                return enter_root(setup);
        if (step->options & PLAN_PIVOT_MOVE)
                return move_root(setup);
        old_fd = SYSCALL_INT(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (old_fd < 0)
                return old_fd;
        r = SYSCALL_INT(fchdir, setup->root_fd);
        /* Old root on top of the new one: no directory is needed for it, and it is the one that goes (pivot_root(2), NOTES). */
        if (r >= 0)
                r = SYSCALL_INT(pivot_root, ".", ".");
        /* What we unmount must not be unmounted on the host, where it may be shared with. */
        if (r >= 0)
                r = mount_set(old_fd, 0, PLAN_MS_SLAVE, true);
        if (r >= 0)
                r = SYSCALL_INT(fchdir, old_fd);
        if (r >= 0)
                r = SYSCALL_INT(umount2, ".", UMOUNT_DETACH);
        return r < 0 ? r : SYSCALL_INT(chdir, "/");
}

int step_root_readonly(Setup *setup, const PlanStep *step) {
        return mount_set(setup->root_fd, MOUNT_ATTR_RDONLY, 0, false);
}

int step_root_propagation(Setup *setup, const PlanStep *step) {
        return mount_set(setup->root_fd, 0, step->flags, (step->flags & PLAN_MS_REC) != 0);
}
