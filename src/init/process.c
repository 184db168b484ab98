/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the payload is: its user, privileges, scheduling, labels and standard descriptors. Names have become numbers in the plan. */

#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include "init/setup.h"

/* These are the launcher's: a user namespace may not ask for as much. */
int step_rlimit(Setup *setup, const PlanStep *step) {
        return 0;
}

int step_oom_score(Setup *setup, const PlanStep *step) {
        return proc_write(setup, "self/oom_score_adj", step_data(setup, step));
}

int step_scheduler(Setup *setup, const PlanStep *step) {
        return 0;
}

int step_io_priority(Setup *setup, const PlanStep *step) {
        return 0;
}

int step_memory_policy(Setup *setup, const PlanStep *step) {
        return SYSCALL_INT(set_mempolicy, step->flags, plan_bytes(&setup->plan, step->bytes), step->value[0]);
}

#define AFFINITY_SIZE 1024 /* 8192 processors, CONFIG_NR_CPUS of all architectures */

int step_affinity(Setup *setup, const PlanStep *step) {
        unsigned char all[AFFINITY_SIZE];

        if (step->bytes.size > 0)
                return SYSCALL_INT(sched_setaffinity, 0, step->bytes.size, plan_bytes(&setup->plan, step->bytes));
        memset(all, 0xff, sizeof all);
        return SYSCALL_INT(sched_setaffinity, 0, sizeof all, all);
}

int step_personality(Setup *setup, const PlanStep *step) {
        int r = SYSCALL_INT(personality, step->flags);

        return r < 0 ? r : 0;
}

/* Takes effect at the next execve(2). Linux 5.8 gave AppArmor a directory of its own beside other modules. */
int step_apparmor(Setup *setup, const PlanStep *step) {
        char text[SETUP_PATH_MAX] = "exec ";
        int r = string_copy(text + 5, sizeof text - 5, step_data(setup, step));

        if (r >= 0)
                r = proc_write(setup, "thread-self/attr/apparmor/exec", text);
        return r == -ENOENT ? proc_write(setup, "thread-self/attr/exec", text) : r;
}

int step_selinux(Setup *setup, const PlanStep *step) {
        return proc_write(setup, "thread-self/attr/exec", step_data(setup, step));
}

int step_umask(Setup *setup, const PlanStep *step) {
        SYSCALL(umask, step->flags);
        return 0;
}

/* Pipes and sockets were made for the payload and become its user's, who may then open /dev/stdout again. A file, a device or a terminal that somebody
 * redirected to does not (CVE-2026-88265); a terminal that we made has its owner from STEP_CONSOLE. */
static bool may_change_owner(const struct statx *stx) {
        unsigned type = stx->stx_mode & S_IFMT;

        return type == S_IFIFO || type == S_IFSOCK;
}

/* The host's /dev/null would be a descriptor of the host's file system in the container. What is verified is what is opened; a root that has something
 * else in its place keeps what it was given. */
static int replace_null(Setup *setup, int fd) {
        CLEANUP(init_closep) int path_fd = path_open_null(setup), null_fd = -1;
        int flags;

        if (path_fd < 0)
                return 0;
        flags = SYSCALL_INT(fcntl, fd, F_GETFL);
        null_fd = proc_reopen(setup, path_fd, (flags < 0 ? O_RDWR : flags & O_ACCMODE) | O_NOCTTY);
        return null_fd < 0 ? null_fd : SYSCALL_INT(dup3, null_fd, fd, 0);
}

int step_stdio(Setup *setup, const PlanStep *step) {
        unsigned uid = (unsigned) step->value[0], gid = (unsigned) (step->value[0] >> 32);

        for (int fd = 0; fd <= 2; fd++) {
                struct statx stx;
                int r = SYSCALL_INT(statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx);

                if (r < 0)
                        continue;
                if (fd_is_character_device(fd, 1, 3)) {
                        r = replace_null(setup, fd);
                        if (r < 0)
                                return r;
                } else if (may_change_owner(&stx) && (stx.stx_uid != uid || (gid != UINT32_MAX && stx.stx_gid != gid)))
                        SYSCALL(fchown, fd, uid, gid); /* refused for what a user namespace does not map: as well */
        }
        return 0;
}

int step_bounding(Setup *setup, const PlanStep *step) {
        for (unsigned capability = 0; capability < 64; capability++) {
                int r;

                if (step->flags >> capability & 1)
                        continue;
                r = SYSCALL_INT(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
                if (r == -EINVAL)
                        return 0; /* behind the last one that this kernel has */
                if (r < 0)
                        return r;
        }
        return 0;
}

int step_groups(Setup *setup, const PlanStep *step) {
        int r;

        if (step->options & PLAN_KEEP_GROUPS)
                return 0;
        r = SYSCALL_INT(setgroups, step->bytes.size / sizeof(uint32_t), plan_bytes(&setup->plan, step->bytes));
        /* A map that was written without privileges forbids it; there is nothing then that could be dropped. */
        return r == -EPERM && step->bytes.size == 0 ? 0 : r;
}

int step_user(Setup *setup, const PlanStep *step) {
        int r = SYSCALL_INT(prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);

        if (r >= 0)
                r = SYSCALL_INT(setresgid, step->value[1], step->value[1], step->value[1]);
        if (r >= 0)
                r = SYSCALL_INT(setresuid, step->value[0], step->value[0], step->value[0]);
        if (r >= 0)
                r = SYSCALL_INT(prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
        /* A change of ids makes us dumpable where fs.suid_dumpable says so. */
        setup_protect(setup);
        return r;
}

static int capabilities_get(Setup *setup) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];
        int r = SYSCALL_INT(capget, &header, data);

        if (r < 0)
                return r;
        setup->permitted = data[0].permitted | (uint64_t) data[1].permitted << 32;
        setup->inheritable = data[0].inheritable | (uint64_t) data[1].inheritable << 32;
        return 0;
}

static int capabilities_set(Setup *setup, uint64_t permitted, uint64_t effective, uint64_t inheritable) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];
        int r;

        for (unsigned i = 0; i < 2; i++)
                data[i] = (struct __user_cap_data_struct) { (uint32_t) (effective >> 32 * i), (uint32_t) (permitted >> 32 * i), (uint32_t) (inheritable >> 32 * i) };
        r = SYSCALL_INT(capset, &header, data);
        if (r < 0)
                return r;
        setup->permitted = permitted;
        setup->inheritable = inheritable;
        return 0;
}

/* The pid namespace in which the next step makes a child. */
static int join_last(Setup *setup) {
        int r = SYSCALL_INT(setns, setup->pid_ns_fd, CLONE_NEWPID);

        if (r < 0)
                setup->index = setup->pid_ns_index;
        return r;
}

/* Whoever can see us from here on and may trace us (CAP_SYS_PTRACE) has what we have: no descriptor of the host's (CVE-2016-9962), no capability that is
 * neither the payload's nor needed to become it. */
int step_seal(Setup *setup, const PlanStep *step) {
        int *const fds[] = { &setup->mask_fd, &setup->null_fd, &setup->cgroup_fd, &setup->proc_fd, &setup->pid_ns_fd };
        int r = capabilities_get(setup);

        if (r >= 0 && setup->pid_ns_fd >= 0)
                r = join_last(setup);
        if (r < 0)
                return r;
        for (uint32_t i = 0; i < setup->plan.header->n_sources; i++) {
                int fd = setup_take_source(setup, i);

                init_closep(&fd);
        }
        FOREACH_ELEMENT(fd, fds) {
                init_closep(*fd);
                **fd = -1;
        }
        while (setup->n_mounts > 0)
                init_closep(&setup->mounts[--setup->n_mounts].fd);
        FOREACH_ELEMENT(fd, setup->procfs_fds) {
                init_closep(fd);
                *fd = -1;
        }
        setup->sealed = true;
        return capabilities_set(setup, step->flags & setup->permitted, step->flags & setup->permitted, setup->inheritable);
}

/* The specification: what cannot be granted is no reason to fail. What we do not have ourselves is left out; the kernel would refuse all. */
int step_capabilities(Setup *setup, const PlanStep *step) {
        uint64_t for_filter = step->options & PLAN_CAPABILITIES_FILTER ? UINT64_C(1) << CAP_SYS_ADMIN : 0, permitted;
        int r = setup->sealed ? 0 : capabilities_get(setup);

        if (r < 0)
                return r;
        permitted = (step->flags | for_filter) & setup->permitted;
        r = capabilities_set(setup, permitted, (step->value[0] | for_filter) & permitted, step->value[1] & (setup->permitted | setup->inheritable));
        if (r < 0)
                return r;
        /* CVE-2016-8867: none but those asked for. */
        SYSCALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        for (unsigned capability = 0; capability < 64; capability++)
                if ((step->value[2] & step->flags & permitted) >> capability & 1) {
                        r = SYSCALL_INT(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
                        if (r < 0)
                                return r;
                }
        return 0;
}

/* CVE-2024-21626: a working directory may only be what is below the root. Who has entered it stays: a user who could not may be meant to be there. */
int step_directory_change(Setup *setup, const PlanStep *step) {
        const char *path = step_path(setup, step);
        CLEANUP(init_closep) int fd = -1;
        char cwd[SETUP_PATH_MAX];
        int r;

        if (setup->directory_entered)
                return 0;
        fd = path_open(setup, path, O_PATH | O_DIRECTORY);
        if (fd == -ENOENT && (step->options & PLAN_CREATE))
                fd = path_make_directory(setup, path, 0755);
        if (fd < 0)
                return fd;
        r = SYSCALL_INT(fchdir, fd);
        if (r >= 0)
                r = SYSCALL_INT(getcwd, cwd, sizeof cwd);
        if (r >= 0 && cwd[0] != '/')
                r = -EXDEV; /* "(unreachable)/..." */
        setup->directory_entered = r >= 0;
        return r < 0 ? r : 0;
}
