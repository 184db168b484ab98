/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* berth-init: executes a plan, step by step, and then the payload; or is a container's anchor. Invariants: nothing is allocated after start; nothing is
 * resolved by name inside the container's root but through openat2(2) below its descriptor; whatever fails is reported as {step, errno}. */

#include <linux/magic.h>
#include <linux/prctl.h>
#include <linux/stat.h>
#include <signal.h>
#include <sys/mman.h>

#include "init/setup.h"

static const StepFunction steps[_STEP_MAX] = {
        [STEP_UNSHARE] = step_unshare,
        [STEP_JOIN] = step_join,
        [STEP_MAPS] = step_maps,
        [STEP_FORK] = step_fork,
        [STEP_TIME_OFFSETS] = step_time_offsets,
        [STEP_SCOPE] = step_scope,
        [STEP_CGROUP_FILE_SYSTEM] = step_cgroup_file_system,
        [STEP_SESSION] = step_session,
        [STEP_TERMINAL] = step_terminal,
        [STEP_KEYRING] = step_keyring,
        [STEP_LOOPBACK] = step_loopback,
        [STEP_HOSTNAME] = step_hostname,
        [STEP_DOMAINNAME] = step_domainname,
        [STEP_SYSCTL] = step_sysctl,
        [STEP_NET_DEVICES] = step_net_devices,
        [STEP_ASK_HOOKS] = step_ask_hooks,
        [STEP_PROPAGATION] = step_propagation,
        [STEP_ROOT] = step_root,
        [STEP_MOUNT] = step_mount,
        [STEP_DIRECTORY] = step_directory,
        [STEP_DEVICE] = step_device,
        [STEP_SYMLINK] = step_symlink,
        [STEP_CONSOLE] = step_console,
        [STEP_MOUNTED] = step_mounted,
        [STEP_MASK] = step_mask,
        [STEP_READONLY] = step_readonly,
        [STEP_WRITABLE] = step_writable,
        [STEP_HOOK] = step_hook,
        [STEP_PIVOT] = step_pivot,
        [STEP_ROOT_READONLY] = step_root_readonly,
        [STEP_ROOT_PROPAGATION] = step_root_propagation,
        [STEP_RLIMIT] = step_rlimit,
        [STEP_OOM_SCORE] = step_oom_score,
        [STEP_SCHEDULER] = step_scheduler,
        [STEP_IO_PRIORITY] = step_io_priority,
        [STEP_MEMORY_POLICY] = step_memory_policy,
        [STEP_AFFINITY] = step_affinity,
        [STEP_PERSONALITY] = step_personality,
        [STEP_APPARMOR] = step_apparmor,
        [STEP_SELINUX] = step_selinux,
        [STEP_UMASK] = step_umask,
        [STEP_STDIO] = step_stdio,
        [STEP_LOOKUP] = step_lookup,
        [STEP_SEAL] = step_seal,
        [STEP_CREATED] = step_created,
        [STEP_NO_NEW_PRIVILEGES] = step_no_new_privileges,
        [STEP_SECCOMP] = step_seccomp,
        [STEP_BOUNDING] = step_bounding,
        [STEP_GROUPS] = step_groups,
        [STEP_USER] = step_user,
        [STEP_CAPABILITIES] = step_capabilities,
        [STEP_DIRECTORY_CHANGE] = step_directory_change,
        [STEP_EXEC] = step_exec,
};

int berth_init_main(int argc, char **argv);

static int parse_fd(const char *text, int *ret) {
        int value = 0;

        if (text[0] == '-') {
                *ret = -1;
                return text[1] == '1' && !text[2] ? 0 : -EINVAL;
        }
        if (!text[0])
                return -EINVAL;
        for (; *text; text++) {
                if (*text < '0' || *text > '9' || value > 99999999)
                        return -EINVAL;
                value = value * 10 + (*text - '0');
        }
        *ret = value;
        return SYSCALL_INT(fcntl, value, F_SETFD, FD_CLOEXEC);
}

void setup_protect(const Setup *setup) {
        SYSCALL(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
        if (!setup->settled)
                SYSCALL(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* How many strings the largest argv with its environment has; a hook may have the payload's. Every string of both has at least its NUL. */
static uint64_t count_pointers(const Plan *plan) {
        uint64_t hook = 0, payload = 0;

        for (uint32_t i = 0; i < plan->header->n_steps; i++) {
                const PlanStep *step = &plan->steps[i];
                uint64_t offset = 0, n = 0;

                if (step->kind != STEP_EXEC && step->kind != STEP_HOOK)
                        continue;
                while (plan_next_string(plan, step->bytes, &offset, step->bytes.size))
                        n++;
                if (step->kind == STEP_EXEC)
                        payload = n;
                else if (n > hook)
                        hook = n;
        }
        return hook + payload;
}

static uint64_t count_mounts(const Plan *plan) {
        uint64_t n = 0;

        for (uint32_t i = 0; i < plan->header->n_steps; i++)
                n += plan->steps[i].kind == STEP_MOUNT && (plan->steps[i].options & PLAN_MOUNT_KEEP);
        return n;
}

/* All the memory that is needed besides the stack. */
static int make_arena(Setup *setup) {
        uint64_t n_sources = setup->plan.header->n_sources;
        uint64_t n_pointers = count_pointers(&setup->plan) + 3; /* HOME and two ends */
        uint64_t n_mounts = count_mounts(&setup->plan);
        uint64_t size = n_pointers * sizeof(char *) + n_mounts * sizeof(OwnMount) + n_sources * sizeof(int) + 2 * SETUP_PATH_MAX + SETUP_STACK_SIZE;
        long memory = SYSCALL(mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory < 0 && memory > -4096)
                return (int) memory;
        setup->thread_stack = (char *) memory; /* first, as it has to be aligned */
        setup->pointers = (char **) (memory + SETUP_STACK_SIZE);
        setup->mounts = (OwnMount *) (void *) (setup->pointers + n_pointers);
        setup->sources = (int *) (void *) (setup->mounts + n_mounts);
        setup->executable = (char *) (setup->sources + n_sources);
        setup->home = setup->executable + SETUP_PATH_MAX;
        for (uint64_t i = 0; i < n_sources; i++)
                setup->sources[i] = -1;
        return 0;
}

static int open_plan(Setup *setup) {
        const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
        struct statx stx;
        long memory;
        int r;

        r = SYSCALL_INT(fcntl, setup->plan_fd, F_GET_SEALS);
        if (r < 0 || !FLAGS_SET(r, seals))
                return -EPERM;
        r = SYSCALL_INT(statx, setup->plan_fd, "", AT_EMPTY_PATH, STATX_SIZE, &stx);
        if (r < 0)
                return r;
        if (stx.stx_size > PLAN_SIZE_MAX)
                return -E2BIG;
        memory = SYSCALL(mmap, 0, stx.stx_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, setup->plan_fd, 0);
        if (memory < 0 && memory > -4096)
                return (int) memory;
        SYSCALL(close, setup->plan_fd);
        r = plan_open((const void *) memory, stx.stx_size, &setup->plan);
        return r < 0 ? r : make_arena(setup);
}

/* Those that the payload inherits are there now. What is not is a hole, and stays one: what we open ourselves would otherwise get its number, and be
 * inherited. So something that is nothing to anybody has it until execve(2) closes it; the kernel gives the lowest number that is free. */
static int check_descriptors(Setup *setup) {
        int end = (int) (3 + setup->plan.header->preserve_fds);

        if (setup->sync_fd < end || (setup->start_fd >= 0 && setup->start_fd < end))
                return -EBADF;
        for (int fd = 3; fd < end; fd++)
                if (SYSCALL(fcntl, fd, F_GETFD) < 0) {
                        int r = SYSCALL_INT(eventfd2, 0, O_CLOEXEC);

                        if (r != fd)
                                return r < 0 ? r : -EBADF;
                }
        return 0;
}

/* The same for 0 to 2. */
static int open_stdio(void) {
        for (int fd = 0; fd <= 2; fd++)
                if (SYSCALL(fcntl, fd, F_GETFD) < 0) {
                        int r = SYSCALL_INT(openat, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY);

                        if (r != fd)
                                return r < 0 ? r : -EBADF;
                }
        return 0;
}

/* The host's, before any mount of the container can be in its place (CVE-2019-16884, CVE-2025-52881). */
static int open_proc(Setup *setup) {
        struct statx stx;
        int r;

        setup->proc_fd = SYSCALL_INT(openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (setup->proc_fd < 0)
                return setup->proc_fd;
        r = SYSCALL_INT(statx, setup->proc_fd, "", AT_EMPTY_PATH, STATX_INO, &stx);
        if (r < 0)
                return r;
        return fd_is_on(setup->proc_fd, PROC_SUPER_MAGIC) && stx.stx_ino == PROC_ROOT_INODE ? 0 : -EXDEV;
}

static int run_step(Setup *setup) {
        const PlanStep *step = &setup->plan.steps[setup->index];
        int r = steps[step->kind] ? steps[step->kind](setup, step) : -ENOSYS;

        return r < 0 && !(step->options & PLAN_OPTIONAL) ? r : 0;
}

static int run_steps(Setup *setup) {
        for (setup->index = 0; setup->index < setup->plan.header->n_steps; setup->index++) {
                int r = run_step(setup);

                if (r < 0)
                        return r;
        }
        return -ENOEXEC; /* a plan ends with STEP_EXEC, which does not come back */
}

int setup_become_payload(Setup *setup) {
        for (setup->index++; setup->index < setup->plan.header->n_steps; setup->index++) {
                uint32_t kind = setup->plan.steps[setup->index].kind;
                int r = kind == STEP_EXEC || kind == STEP_HOOK ? 0 : run_step(setup);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int receive_sources(Setup *setup) {
        signals_reset(setup);
        SYSCALL(umask, 0);
        return sync_receive_sources(setup);
}

static int (*const preparations[_PREPARATION_MAX])(Setup *setup) = {
        [PREPARE_PLAN] = open_plan,
        [PREPARE_DESCRIPTORS] = check_descriptors,
        [PREPARE_PROC] = open_proc,
        [PREPARE_SOURCES] = receive_sources,
};

static int prepare(Setup *setup) {
        for (uint32_t i = 0; i < _PREPARATION_MAX; i++) {
                int r;

                setup->index = UINT32_MAX - i;
                r = preparations[i](setup);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int init_main(char **argv) {
        Setup setup = { .start_fd = -1, .proc_fd = -1, .root_fd = -1, .mask_fd = -1, .null_fd = -1, .cgroup_fd = -1, .pid_ns_fd = -1, .failure_fd = -1 };
        int r;

        FOREACH_ELEMENT(fd, setup.procfs_fds)
                *fd = -1;
        r = open_stdio();
        if (r >= 0)
                r = parse_fd(argv[2], &setup.plan_fd);
        if (r >= 0)
                r = parse_fd(argv[3], &setup.sync_fd);
        if (r >= 0)
                r = parse_fd(argv[4], &setup.start_fd);
        if (r < 0)
                return PLAN_EXIT_FAILED;
        /* Before a namespace is joined in which somebody could look at us (CVE-2016-9962). */
        setup_protect(&setup);
        r = prepare(&setup);
        if (r >= 0)
                r = run_steps(&setup);
        return sync_report(&setup, -r) || -r >= PLAN_EXIT_FAILED ? PLAN_EXIT_FAILED : -r;
}

/* Called by hand, or by something else than berth: nothing was begun, and there is nobody on a socket to tell. */
static int misused(void) {
        static const char text[] = "berth-init: is a part of berth(1), which starts it for a container\n";

        SYSCALL(write, 2, text, sizeof text - 1);
        return PLAN_EXIT_FAILED;
}

int berth_init_main(int argc, char **argv) {
        if (argc == 5 && strcmp(argv[1], PLAN_MODE_INIT) == 0)
                return init_main(argv);
        if (argc == 6 && strcmp(argv[1], PLAN_MODE_ANCHOR) == 0)
                return anchor_main(argv) < 0 ? PLAN_EXIT_FAILED : 0;
        return misused();
}
