/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* berth-init: executes a plan, step by step, and then the payload; or is a container's anchor. Invariants: nothing is allocated after start; nothing is
 * resolved by name inside the container's root but through openat2(2) below its descriptor; whatever fails is reported as {step, errno}. */

#include <linux/memfd.h>
#include <linux/prctl.h>
#include <linux/stat.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "init/setup.h"

#define PROC_SUPER_MAGIC 0x9fa0
#define SIGNAL_KILL 9

static const StepFunction steps[_STEP_MAX] = {
        [STEP_UNSHARE] = step_unshare,
        [STEP_JOIN] = step_join,
        [STEP_MAPS] = step_maps,
        [STEP_FORK] = step_fork,
        [STEP_TIME_OFFSETS] = step_time_offsets,
        [STEP_SCOPE] = step_scope,
        [STEP_SESSION] = step_session,
        [STEP_KEYRING] = step_keyring,
        [STEP_LOOPBACK] = step_loopback,
        [STEP_HOSTNAME] = step_hostname,
        [STEP_DOMAINNAME] = step_domainname,
        [STEP_SYSCTL] = step_sysctl,
        [STEP_ASK_HOOKS] = step_ask_hooks,
        [STEP_PROPAGATION] = step_propagation,
        [STEP_ROOT] = step_root,
        [STEP_MOUNT] = step_mount,
        [STEP_DIRECTORY] = step_directory,
        [STEP_DEVICE] = step_device,
        [STEP_SYMLINK] = step_symlink,
        [STEP_CONSOLE] = step_console,
        [STEP_MASK] = step_mask,
        [STEP_READONLY] = step_readonly,
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

static int open_plan(Setup *setup) {
        const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
        struct statx stx;
        uint64_t n_pointers;
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
        memory = SYSCALL(mmap, 0, stx.stx_size, PROT_READ, MAP_PRIVATE, setup->plan_fd, 0);
        if (memory < 0 && memory > -4096)
                return (int) memory;
        r = plan_open((const void *) memory, stx.stx_size, &setup->plan);
        if (r < 0)
                return r;
        /* Every string of argv and environment has at least its NUL; HOME and two ends come on top. */
        n_pointers = (uint64_t) setup->plan.header->bytes_size + setup->plan.header->n_sources + 4;
        memory = SYSCALL(mmap, 0, n_pointers * sizeof(char *), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory < 0 && memory > -4096)
                return (int) memory;
        setup->sources = (int *) memory;
        setup->pointers = (char **) memory + setup->plan.header->n_sources;
        return 0;
}

/* The host's, before any mount of the container can be in its place (CVE-2019-16884, CVE-2025-52881). */
static int open_proc(Setup *setup) {
        struct statfs fs;
        int r;

        setup->proc_fd = SYSCALL_INT(openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (setup->proc_fd < 0)
                return setup->proc_fd;
        r = SYSCALL_INT(fstatfs, setup->proc_fd, &fs);
        return r < 0 ? r : fs.f_type == PROC_SUPER_MAGIC ? 0 : -ENOTTY;
}

static int run_steps(Setup *setup) {
        for (setup->index = 0; setup->index < setup->plan.header->n_steps; setup->index++) {
                const PlanStep *step = &setup->plan.steps[setup->index];
                int r = steps[step->kind] ? steps[step->kind](setup, step) : -ENOSYS;

                if (r < 0 && !(step->options & PLAN_OPTIONAL))
                        return r;
        }
        return -ENOEXEC; /* a plan ends with STEP_EXEC, which does not come back */
}

static int init_main(int argc, char **argv) {
        Setup setup = { .start_fd = -1, .proc_fd = -1, .root_fd = -1, .null_fd = -1, .mask_fd = -1 };
        int r;

        if (argc != 5)
                return -EINVAL;
        r = parse_fd(argv[2], &setup.plan_fd);
        if (r >= 0)
                r = parse_fd(argv[3], &setup.sync_fd);
        if (r >= 0)
                r = parse_fd(argv[4], &setup.start_fd);
        if (r < 0)
                return r;
        SYSCALL(prctl, PR_SET_PDEATHSIG, SIGNAL_KILL);
        r = open_plan(&setup);
        if (r >= 0)
                r = open_proc(&setup);
        if (r >= 0) {
                setup.null_fd = SYSCALL_INT(openat, AT_FDCWD, "/dev/null", O_PATH | O_CLOEXEC | O_NOFOLLOW);
                r = sync_receive_sources(&setup);
        }
        SYSCALL(umask, 0);
        if (r >= 0)
                r = run_steps(&setup);
        sync_report(&setup, -r);
        return r;
}

int berth_init_main(int argc, char **argv) {
        /* Before a namespace is joined in which somebody could look at us (CVE-2016-9962). */
        SYSCALL(prctl, PR_SET_DUMPABLE, 0);
        if (argc >= 2 && strcmp(argv[1], PLAN_MODE_INIT) == 0)
                return init_main(argc, argv) < 0 ? PLAN_EXIT_FAILED : 0;
        if (argc >= 2 && strcmp(argv[1], PLAN_MODE_ANCHOR) == 0)
                return anchor_main(argc, argv) < 0 ? PLAN_EXIT_FAILED : 0;
        return PLAN_EXIT_FAILED;
}
