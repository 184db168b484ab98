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

#define SIGNAL_KILL 9

int step_unshare(Setup *setup, const PlanStep *step) {
        return SYSCALL_INT(unshare, step->flags);
}

int step_join(Setup *setup, const PlanStep *step) {
        int r = SYSCALL_INT(setns, setup->sources[step->value[0]], step->flags);

        /* In another mount namespace our root is its root, and paths are resolved from there. */
        if (r >= 0 && (step->flags & CLONE_NEWNS)) {
                init_closep(&setup->root_fd);
                setup->root_fd = SYSCALL_INT(openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
                return setup->root_fd < 0 ? setup->root_fd : 0;
        }
        return r;
}

/* Inside, we are nobody until the maps are written, and root of the namespace after that. */
int step_maps(Setup *setup, const PlanStep *step) {
        int r;

        /* A launcher without privileges may write the maps of a dumpable process only; nobody else can see this one yet. */
        SYSCALL(prctl, PR_SET_DUMPABLE, 1);
        r = sync_send(setup, SYNC_MAPS, 0, -1);
        if (r >= 0)
                r = sync_wait_go(setup, NULL);
        SYSCALL(prctl, PR_SET_DUMPABLE, 0);
        if (r >= 0)
                r = SYSCALL_INT(setresgid, 0, 0, 0);
        if (r >= 0)
                r = SYSCALL_INT(setresuid, 0, 0, 0);
        SYSCALL(prctl, PR_SET_DUMPABLE, 0);
        SYSCALL(prctl, PR_SET_PDEATHSIG, SIGNAL_KILL); /* a change of ids clears it */
        return r;
}

/* The child is the launcher's, as we are, so that its end is the launcher's to reap. */
int step_fork(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int pidfd = -1;
        struct clone_args clone = { .flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uint64_t) (uintptr_t) &pidfd };
        int pid = SYSCALL_INT(clone3, &clone, sizeof clone), r;

        if (pid < 0)
                return pid;
        if (pid == 0) {
                SYSCALL(prctl, PR_SET_PDEATHSIG, SIGNAL_KILL);
                return 0;
        }
        r = sync_send(setup, SYNC_FORKED, (uint32_t) pid, pidfd);
        SYSCALL(exit_group, r < 0 ? PLAN_EXIT_FAILED : 0);
        return r;
}

/* The offsets hold for children and for who enters; we are the latter. */
int step_time_offsets(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int fd = -1;
        int r = proc_write(setup, "self/timens_offsets", step_data(setup, step));

        if (r < 0)
                return r;
        fd = SYSCALL_INT(openat, setup->proc_fd, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
        return fd < 0 ? fd : SYSCALL_INT(setns, fd, CLONE_NEWTIME);
}

int step_session(Setup *setup, const PlanStep *step) {
        int r = SYSCALL_INT(setsid);

        return r == -EPERM ? 0 : r < 0 ? r : 0; /* EPERM: we lead one already */
}

int step_keyring(Setup *setup, const PlanStep *step) {
        int r = SYSCALL_INT(keyctl, KEYCTL_JOIN_SESSION_KEYRING, step_data(setup, step));

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
