/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A procfs of a pid namespace that others live in. The kernel makes one only for the namespace of who asks, and whoever asks there is seen by those others,
 * who may be allowed to trace (CAP_SYS_PTRACE) and then have all that it has. So two processes stand between: one that stays outside, and gives away all that
 * is the host's first, and its child, which is inside for three system calls. Invariant: what is visible has an empty root and no mount besides, one socket,
 * and no capability outside of a user namespace of its own. */

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>

#include "init/setup.h"

#define UMOUNT_DETACH 2 /* MNT_DETACH */

static int clone_process(uint64_t flags) {
        struct clone_args clone = { .flags = flags, .exit_signal = SIGCHLD };

        return SYSCALL_INT(clone3, &clone, sizeof clone);
}

static int wait_process(int pid) {
        int status = 0, r;

        do
                r = SYSCALL_INT(wait4, pid, &status, 0, 0);
        while (r == -EINTR);
        return r < 0 ? r : status != 0 ? -ECHILD : 0;
}

/* The mount namespace is a copy of our own. */
static int empty_root(void) {
        CLEANUP(init_closep) int old_fd = SYSCALL_INT(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC), target_fd = -1, fd = -1;
        int r = old_fd < 0 ? old_fd : mount_set(old_fd, 0, PLAN_MS_PRIVATE, true);

        if (r < 0)
                return r;
        target_fd = SYSCALL_INT(openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (target_fd < 0)
                return target_fd;
        fd = file_system_make("tmpfs", "tmpfs", "nr_blocks=1,nr_inodes=1,mode=0555", NULL, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV);
        r = fd < 0 ? fd : mount_attach(fd, target_fd);
        if (r >= 0)
                r = SYSCALL_INT(fchdir, fd);
        if (r >= 0)
                r = SYSCALL_INT(pivot_root, ".", ".");
        /* The initramfs is not left by that. */
        if (r == -EINVAL)
                return root_move();
        if (r >= 0)
                r = SYSCALL_INT(fchdir, old_fd);
        if (r >= 0)
                r = SYSCALL_INT(umount2, ".", UMOUNT_DETACH);
        return r < 0 ? r : SYSCALL_INT(chdir, "/");
}

/* fsopen(2) wants CAP_SYS_ADMIN where the mount namespace is from. */
static int drop_power(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = { { 1U << CAP_SYS_ADMIN, 1U << CAP_SYS_ADMIN, 0 } };

        if (SYSCALL_INT(unshare, CLONE_NEWUSER | CLONE_NEWNS) >= 0)
                return 0;
        /* Who forbids user namespaces (user.max_user_namespaces) has that one capability seen. */
        return SYSCALL_INT(capset, &header, data);
}

/* Visible. The descriptor is one of the file system only, not of a mount. */
static int open_inside(Setup *setup) {
        int fd = SYSCALL_INT(fsopen, "proc", FSOPEN_CLOEXEC);

        return fd < 0 ? fd : sync_send(setup, SYNC_GO, 0, fd);
}

static int stand_between(Setup *setup, int ns_fd, int socket_fd) {
        int r, pid;

        setup_protect(setup);
        r = SYSCALL_INT(setns, ns_fd, CLONE_NEWPID);
        if (r >= 0)
                r = empty_root();
        if (r >= 0)
                r = SYSCALL_INT(dup3, socket_fd, 0, O_CLOEXEC);
        if (r >= 0)
                r = SYSCALL_INT(close_range, 1, ~0U, 0);
        if (r >= 0)
                r = drop_power();
        if (r < 0)
                return r;
        setup_protect(setup);
        setup->sync_fd = 0;
        pid = clone_process(0);
        return pid == 0 ? open_inside(setup) : pid < 0 ? pid : wait_process(pid);
}

int procfs_open(Setup *setup, int ns_fd) {
        CLEANUP(init_closep) int here_fd = -1, there_fd = -1;
        int ends[2], pid, r = SYSCALL_INT(socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), fd;

        if (r < 0)
                return r;
        here_fd = ends[0];
        there_fd = ends[1];
        pid = clone_process(CLONE_NEWNS);
        if (pid < 0)
                return pid;
        if (pid == 0) {
                r = stand_between(setup, ns_fd, there_fd);
                for (;;)
                        SYSCALL(exit_group, r < 0 ? -r : 0);
        }
        SYSCALL(close, TAKE(there_fd, -1));
        fd = sync_receive_fd(here_fd);
        r = wait_process(pid);
        if (r < 0 && fd >= 0)
                SYSCALL(close, fd);
        return r < 0 ? r : fd;
}
