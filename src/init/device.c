/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Device nodes, links in /dev, the console. Invariant: /dev is what openat2(2) finds below the root, opened once for each entry, and no entry is
 * followed (CVE-2026-41579, CVE-2026-88264). */

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include "init/setup.h"

struct window_size {
        unsigned short rows, columns, width, height;
};

static uint64_t device_number(uint64_t major, uint64_t minor) {
        return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~UINT64_C(0xff)) << 12 | (major & ~UINT64_C(0xfff)) << 32;
}

static bool is_same_node(int fd, const PlanStep *step) {
        struct statx stx;

        if (SYSCALL_INT(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE, &stx) < 0 || (stx.stx_mode & S_IFMT) != (step->flags & S_IFMT))
                return false;
        return (step->flags & S_IFMT) == S_IFIFO || (stx.stx_rdev_major == step->value[0] && stx.stx_rdev_minor == step->value[1]);
}

/* A file to bind on, or what is there, never through a link. */
static int open_entry(int parent_fd, const char *name, unsigned mode) {
        int r = SYSCALL_INT(openat, parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

        if (r >= 0)
                SYSCALL(close, r);
        else if (r != -EEXIST)
                return r;
        return SYSCALL_INT(openat, parent_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* A node that the launcher has made, or the host's of the same name, where mknod(2) is refused, as in a user namespace.
 * It must be the one that was asked for. Of a node nobody needs more than to open it. */
static int bind_device(Setup *setup, const PlanStep *step, const char *path, int parent_fd, const char *name) {
        const bool given = (step->options & PLAN_SOURCE) != 0;
        CLEANUP(init_closep) int target_fd = -1, mount_fd = -1;
        int r;

        mount_fd = given ? setup_take_source(setup, step->value[2]) : mount_bind(AT_FDCWD, path, 0);
        if (mount_fd < 0)
                return mount_fd;
        if (!is_same_node(mount_fd, step))
                return -ENODEV;
        /* The launcher has done it for its own. */
        r = given ? 0 : mount_set(mount_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, false);
        if (r < 0)
                return r;
        target_fd = open_entry(parent_fd, name, 0666);
        return target_fd < 0 ? target_fd : mount_attach(mount_fd, target_fd);
}

int step_device(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int parent_fd = -1, fd = -1;
        const char *path = step_path(setup, step);
        char name[256];
        bool made;
        int r;

        parent_fd = path_open_parent(setup, path, name);
        if (parent_fd < 0)
                return parent_fd;
        if (step->options & PLAN_DEVICE_BIND)
                return bind_device(setup, step, path, parent_fd, name);
        r = SYSCALL_INT(mknodat, parent_fd, name, step->flags, device_number(step->value[0], step->value[1]));
        if (r == -EPERM)
                return bind_device(setup, step, path, parent_fd, name);
        if (r < 0 && r != -EEXIST)
                return r;
        made = r >= 0;
        fd = SYSCALL_INT(openat, parent_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return fd;
        /* A node that the image or a mount brought is taken when it is the one that was asked for. */
        if (!is_same_node(fd, step))
                return -EEXIST;
        if (!made || step->value[2] == 0)
                return 0;
        return SYSCALL_INT(fchownat, fd, "", (unsigned) step->value[2], (unsigned) (step->value[2] >> 32), AT_EMPTY_PATH);
}

int step_symlink(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int parent_fd = -1;
        char name[256];
        int r;

        parent_fd = path_open_parent(setup, step_path(setup, step), name);
        if (parent_fd < 0)
                return parent_fd;
        r = SYSCALL_INT(symlinkat, step_source(setup, step), parent_fd, name);
        if (r != -EEXIST)
                return r;
        if (!(step->options & PLAN_REPLACE))
                return 0;
        r = SYSCALL_INT(unlinkat, parent_fd, name, 0);
        return r < 0 ? r : SYSCALL_INT(symlinkat, step_source(setup, step), parent_fd, name);
}

/* The container's own devpts: its ptmx, not the image's idea of one. */
static int open_master(Setup *setup) {
        CLEANUP(init_closep) int path_fd = path_open(setup, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW);
        int fd, zero = 0, r;

        if (path_fd < 0)
                return path_fd;
        /* Before it is opened, which other devices may take for more than a look. */
        if (!fd_is_on(path_fd, DEVPTS_SUPER_MAGIC) || !fd_is_character_device(path_fd, 5, 2))
                return -ENOTTY;
        fd = proc_reopen(setup, path_fd, O_RDWR | O_NOCTTY);
        if (fd < 0)
                return fd;
        r = SYSCALL_INT(ioctl, fd, TIOCSPTLCK, &zero);
        if (r < 0) {
                SYSCALL(close, fd);
                return r;
        }
        return fd;
}

static int bind_console(Setup *setup, int slave_fd) {
        CLEANUP(init_closep) int dev_fd = path_open(setup, "/dev", O_PATH | O_DIRECTORY), target_fd = -1, mount_fd = -1;

        if (dev_fd < 0)
                return dev_fd;
        if (fd_is_on(dev_fd, PROC_SUPER_MAGIC))
                return -EPERM;
        target_fd = open_entry(dev_fd, "console", 0620);
        if (target_fd < 0)
                return target_fd;
        mount_fd = mount_bind(slave_fd, "", 0);
        return mount_fd < 0 ? mount_fd : mount_attach(mount_fd, target_fd);
}

int step_console(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int master_fd = open_master(setup), slave_fd = -1;
        int r;

        if (master_fd < 0)
                return master_fd;
        /* The peer of this very master, not a name below /dev/pts that could be exchanged (CVE-2025-52565). */
        slave_fd = SYSCALL_INT(ioctl, master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave_fd < 0)
                return slave_fd;
        if (step->value[0] > 0 || step->value[1] > 0) {
                struct window_size size = { .columns = (unsigned short) step->value[0], .rows = (unsigned short) step->value[1] };

                SYSCALL(ioctl, master_fd, TIOCSWINSZ, &size);
        }
        SYSCALL(fchown, slave_fd, (unsigned) step->value[2], (unsigned) (step->value[2] >> 32));
        if (step->options & PLAN_CONSOLE_DEVICE) {
                r = bind_console(setup, slave_fd);
                if (r < 0)
                        return r;
        }
        r = sync_send(setup, SYNC_CONSOLE, 0, master_fd);
        for (int fd = 0; r >= 0 && fd <= 2; fd++)
                r = SYSCALL_INT(dup3, slave_fd, fd, 0);
        return r < 0 ? r : 0;
}
