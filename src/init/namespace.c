/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Namespaces and what lives in new ones. */

#include <asm/ioctls.h>
#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sys/socket.h>

#include "init/setup.h"

/* Search by the user, on top of what the kernel gives: possessor all, user view, read and link (as runc has it). */
#define SESSION_KEYRING_PERMISSIONS 0x3f1b0000

int step_unshare(Setup *setup, const PlanStep *step) {
        int r = SYSCALL_INT(unshare, step->flags);

        setup_protect(setup);
        return r;
}

int step_join(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int fd = setup_take_source(setup, step->value[0]);
        int r = 0;

        for (uint64_t i = 0; i < step->value[1]; i++) {
                r = setup->procfs_fds[i] = procfs_open(setup, fd);
                if (r < 0)
                        return r;
        }
        if (step->options & PLAN_JOIN_LAST) {
                setup->pid_ns_fd = TAKE_FD(fd);
                setup->pid_ns_index = setup->index;
                return 0;
        }
        r = SYSCALL_INT(setns, fd, step->flags);
        setup_protect(setup);
        /* In another mount namespace our root is its root, and paths are resolved from there. */
        if (r >= 0 && (step->flags & CLONE_NEWNS)) {
                init_closep(&setup->root_fd);
                setup->root_fd = SYSCALL_INT(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
                return setup->root_fd < 0 ? setup->root_fd : 0;
        }
        return r;
}

/* Inside, we are nobody until the maps are written, and root of the namespace after that; or, if it has none, another one with root's rights. */
int step_maps(Setup *setup, const PlanStep *step) {
        int r;

        /* A launcher without privileges may write the maps of a dumpable process only; nobody else can see this one yet. */
        SYSCALL(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
        r = sync_send(setup, SYNC_MAPS, (uint32_t) SYSCALL(getpid), -1);
        if (r >= 0)
                r = sync_wait_go(setup, NULL);
        setup_protect(setup);
        /* The caller's groups mean nothing inside. EPERM: a map written without privileges forbids it; they stay then. */
        if (r >= 0)
                r = SYSCALL_INT(setgroups, 0, 0);
        if (r >= 0 || r == -EPERM)
                r = SYSCALL_INT(setresgid, step->value[1], step->value[1], step->value[1]);
        if (r >= 0)
                r = SYSCALL_INT(setresuid, step->value[0], step->value[0], step->value[0]);
        setup_protect(setup);
        return r;
}

/* The child says nothing before its parent has told who it is. */
static int wait_for_parent(Setup *setup, int pipe_fd) {
        char byte;
        long n;

        setup_protect(setup);
        do
                n = SYSCALL(read, pipe_fd, &byte, 1);
        while (n == -EINTR);
        if (n != 1)
                SYSCALL(exit_group, PLAN_EXIT_FAILED);
        return 0;
}

/* The child is the launcher's, as we are, so that its end is the launcher's to reap. */
int step_fork(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int pidfd = -1, read_fd = -1, write_fd = -1;
        struct clone_args clone = { .flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uint64_t) (uintptr_t) &pidfd };
        int pid, ends[2], r;

        r = SYSCALL_INT(pipe2, ends, O_CLOEXEC);
        if (r < 0)
                return r;
        read_fd = ends[0];
        write_fd = ends[1];
        pid = SYSCALL_INT(clone3, &clone, sizeof clone);
        if (pid < 0)
                return pid;
        if (pid == 0) {
                SYSCALL(close, TAKE(write_fd, -1));
                return wait_for_parent(setup, read_fd);
        }
        r = sync_send(setup, SYNC_FORKED, (uint32_t) pid, pidfd);
        if (r >= 0)
                SYSCALL(write, write_fd, "", 1);
        for (;;)
                SYSCALL(exit_group, r < 0 ? PLAN_EXIT_FAILED : 0);
}

/* The offsets hold for children and for who enters; we are the latter. */
int step_time_offsets(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int fd = -1;
        const char *offsets = step_data(setup, step);
        int r = offsets[0] ? proc_write_own(setup, "self/timens_offsets", offsets) : 0;

        if (r < 0)
                return r;
        fd = SYSCALL_INT(openat, setup->proc_fd, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
        return fd < 0 ? fd : SYSCALL_INT(setns, fd, CLONE_NEWTIME);
}

int step_session(Setup *setup, const PlanStep *step) {
        int r = SYSCALL_INT(setsid);

        return r == -EPERM ? 0 : r < 0 ? r : 0; /* EPERM: we lead one already */
}

int step_terminal(Setup *setup, const PlanStep *step) {
        return SYSCALL_INT(ioctl, 0, TIOCSCTTY, 0);
}

/* The label for new keys is given back by the next execve(2). */
int step_keyring(Setup *setup, const PlanStep *step) {
        const char *label = step_source(setup, step);
        int r = label ? proc_write(setup, "thread-self/attr/keycreate", label) : 0;

        if (r >= 0)
                r = SYSCALL_INT(keyctl, KEYCTL_JOIN_SESSION_KEYRING, step_data(setup, step));
        if (r >= 0)
                r = SYSCALL_INT(keyctl, KEYCTL_SETPERM, r, SESSION_KEYRING_PERMISSIONS);
        return r == -ENOSYS ? 0 : r; /* CONFIG_KEYS=n */
}

int step_loopback(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int fd = SYSCALL_INT(socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

        return fd < 0 ? fd : SYSCALL_INT(ioctl, fd, SIOCSIFFLAGS, &request);
}

int step_hostname(Setup *setup, const PlanStep *step) {
        const char *name = step_data(setup, step);

        return SYSCALL_INT(sethostname, name, strlen(name));
}

int step_domainname(Setup *setup, const PlanStep *step) {
        const char *name = step_data(setup, step);

        return SYSCALL_INT(setdomainname, name, strlen(name));
}

/* The host's procfs shows each process the sysctls of its own namespaces. */
int step_sysctl(Setup *setup, const PlanStep *step) {
        char path[SETUP_PATH_MAX] = "sys/";
        int r = string_copy(path + 4, sizeof path - 4, step_path(setup, step));

        return r < 0 ? r : proc_write(setup, path, step_data(setup, step));
}
