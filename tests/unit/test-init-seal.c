/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* berth-init: what it holds where others of the pid namespace can see it. */

#include <dirent.h>
#include <limits.h>
#include <stdio.h>

#include "base/strv.h"
#include "test-init.h"

#define KILL_AND_SETUID UINT64_C(0xa0)

/* No descriptor but the root of the container, the socket and the standard ones; no capability but the two. */
static void is_sealed(Run *run) {
        char path[PATH_MAX], target[PATH_MAX];
        CLEANUP(freep) char *status = NULL;
        unsigned n = 0;
        DIR *directory;

        snprintf(path, sizeof path, "/proc/%d/fd", run->pid);
        directory = opendir(path);
        ASSERT_NOT_NULL(directory);
        for (const struct dirent *entry; (entry = readdir(directory));) {
                ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);

                if (length < 0)
                        continue;
                target[length] = '\0';
                ASSERT_NE(strcmp(target, "/proc"), 0);
                if (strtoul(entry->d_name, NULL, 10) > 2) {
                        ASSERT_TRUE(strncmp(target, "socket:", 7) == 0 || target[0] == '/');
                        n++;
                }
        }
        (void) closedir(directory);
        ASSERT_EQ(n, 2);
        snprintf(path, sizeof path, "/proc/%d/status", run->pid);
        ASSERT_OK(file_read_at(AT_FDCWD, path, 65536, &status, NULL));
        ASSERT_CONTAINS(status, "CapPrm:\t00000000000000a0\nCapEff:\t00000000000000a0\n");
}

TEST(nothing_of_the_host_is_held) {
        CLEANUP(run_done) Run run = run_new();
        const char *const arguments[] = { "/bin/sh", "-c", "grep -E 'Cap(Prm|Eff)' /proc/self/status", NULL };

        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        add_dev(&run);
        ADD(&run, STEP_MASK, .path = "/proc/fs");
        ADD(&run, STEP_CGROUP_FILE_SYSTEM, .path = NULL);
        run.source_fds[run.n_source_fds++] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        add_pivot(&run);
        ADD(&run, STEP_LOOKUP, .data = "/bin/sh");
        ADD(&run, STEP_BOUNDING, .flags = KILL_AND_SETUID);
        ADD(&run, STEP_SEAL, .flags = KILL_AND_SETUID);
        ADD(&run, STEP_CREATED, .path = NULL);
        /* What was given up cannot be had any more. */
        ADD(&run, STEP_CAPABILITIES, .flags = UINT64_MAX, .value = { UINT64_MAX, UINT64_MAX, 0 });
        add_exec(&run, arguments, NULL, 0);
        run.on_created = is_sealed;
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "CapPrm:\t00000000000000a0\nCapEff:\t00000000000000a0\n");
}

/* A procfs of it is mounted from outside; the process is in it from STEP_FORK on. */
static void join_pid(uint32_t options) {
        CLEANUP(run_done) Run first = run_new(), run = run_new();
        char path[64];

        add_container(&first, "sleep 100");
        first.hold = true;
        run_all(&first);
        ASSERT_TRUE(first.created);
        snprintf(path, sizeof path, "/proc/%d/ns/pid", first.pid);
        run.source_fds[run.n_source_fds++] = open(path, O_RDONLY | O_CLOEXEC);
        run.builder.clone_flags = 0;
        ADD(&run, STEP_JOIN, .options = options, .path = "the first", .flags = CLONE_NEWPID, .value = { 0, 2 });
        ADD(&run, STEP_UNSHARE, .flags = CLONE_NEWNS);
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        ADD(&run, STEP_MOUNT, .path = "/second", .source = "proc", .type = "proc", .data = "hidepid=2");
        add_pivot(&run);
        ADD(&run, STEP_LOOKUP, .data = "/bin/sh");
        ADD(&run, STEP_SEAL, .flags = UINT64_MAX);
        ADD(&run, STEP_FORK, .path = NULL);
        ADD(&run, STEP_SESSION, .path = NULL);
        ADD(&run, STEP_CREATED, .path = NULL);
        add_exec(&run, (const char *const[]) { "/bin/sh", "-c", "cat /proc/1/comm; echo $$; ls -d /proc/$$ /second/$$; grep -c hidepid /proc/self/mountinfo", NULL }, NULL, 0);
        run_all_ok(&run);
        ASSERT_TRUE(run.forked);
        ASSERT_STREQ(run.output, "berth-init\n4\n/proc/4\n/second/4\n1\n");
}

TEST(pid_namespace_joined_last) {
        join_pid(PLAN_JOIN_LAST);
}

TEST(pid_namespace_joined_first) {
        join_pid(0);
}

TEST(pid_namespace_that_is_none) {
        CLEANUP(run_done) Run run = run_new();

        run.source_fds[run.n_source_fds++] = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
        ADD(&run, STEP_UNSHARE, .flags = CLONE_NEWNS);
        ADD(&run, STEP_JOIN, .options = PLAN_JOIN_LAST, .path = "none", .flags = CLONE_NEWPID, .value = { 0, 0 });
        add_root(&run);
        add_usr(&run);
        add_pivot(&run);
        add_shell(&run, "true");
        run_all_fails(&run, 1, EINVAL);
}

/* ---- somebody else changes the root file system meanwhile ---- */

static void exchange(const Run *run, const char *a, const char *b) {
        CLEANUP(fd_closep) int root_fd = open(run->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

        ASSERT_OK(renameat2(root_fd, a, root_fd, b, RENAME_EXCHANGE));
}

static void exchange_proc(Run *run) {
        exchange(run, "proc", "proc2");
}

static void exchange_dev(Run *run) {
        exchange(run, "dev", "dev2");
}

#define KEPT_PROC PLAN_MOUNT_PROTECTED | PLAN_MOUNT_ON_PROC | PLAN_MOUNT_KEEP

/* The name of the one directory is exchanged for the other's at STEP_ASK_HOOKS. */
static void add_exchanged(Run *run, const char *name, void (*on_hooks)(Run *run)) {
        char path[128];

        for (unsigned i = 0; i < 2; i++) {
                snprintf(path, sizeof path, "%s/%s%s", run->root, name, i > 0 ? "2" : "");
                ASSERT_OK(mkdir(path, 0755));
        }
        run->builder.clone_flags = ALL_NAMESPACES;
        run->on_hooks = on_hooks;
        add_root(run);
        add_usr(run);
}

TEST(masks_are_on_the_mount_that_was_made) {
        CLEANUP(run_done) Run run = run_new();

        add_exchanged(&run, "proc", exchange_proc);
        ADD(&run, STEP_MOUNT, .options = KEPT_PROC, .path = "/proc", .source = "proc", .type = "proc", .flags = LOCKED_ATTRIBUTES);
        ADD(&run, STEP_ASK_HOOKS, .path = NULL);
        ADD(&run, STEP_READONLY, .path = "/proc/sys");
        ADD(&run, STEP_MASK, .path = "/proc/meminfo");
        ADD(&run, STEP_MASK, .path = "/proc//cpuinfo");
        ADD(&run, STEP_MASK, .path = "/proc/fs");
        ADD(&run, STEP_MASK, .path = "/proc/absent");
        add_pivot(&run);
        add_shell(&run, "cat /proc2/meminfo /proc2/cpuinfo | wc -c; ls /proc2/fs; echo a > /proc2/sys/kernel/hostname; ls /proc");
        run_all(&run);
        ASSERT_TRUE(run.created);
        ASSERT_CONTAINS(run.output, "0\n");
        ASSERT_CONTAINS(run.output, "/proc2/sys/kernel/hostname: Read-only");
}

TEST(mount_whose_name_was_exchanged) {
        CLEANUP(run_done) Run run = run_new();

        add_exchanged(&run, "proc", exchange_proc);
        ADD(&run, STEP_MOUNT, .options = KEPT_PROC, .path = "/proc", .source = "proc", .type = "proc", .flags = LOCKED_ATTRIBUTES);
        ADD(&run, STEP_MOUNTED, .path = "/proc");
        ADD(&run, STEP_ASK_HOOKS, .path = NULL);
        ADD(&run, STEP_MOUNTED, .path = "/proc");
        add_pivot(&run);
        add_shell(&run, "true");
        run_all(&run);
        ASSERT_EQ(run.failure.error, ESTALE);
        ASSERT_TRUE(run.hooks);
        ASSERT_FALSE(run.created);
}

/* Mounts, devices, links and attributes below a mount of ours, and nothing of them in the directory that has its name now. */
TEST(what_is_made_below_a_mount) {
        CLEANUP(run_done) Run run = run_new();
        char path[128];

        add_exchanged(&run, "dev", exchange_dev);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_KEEP, .path = "/dev", .source = "tmpfs", .type = "tmpfs", .data = "mode=755");
        ADD(&run, STEP_ASK_HOOKS, .path = NULL);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_KEEP, .path = "/dev/shm/deep", .source = "shm", .type = "tmpfs", .data = "mode=1777");
        ADD(&run, STEP_DEVICE, .path = "/dev/null", .flags = S_IFCHR | 0666, .value = { 1, 3 });
        ADD(&run, STEP_DIRECTORY, .path = "/dev/net", .flags = 0755);
        ADD(&run, STEP_SYMLINK, .path = "/dev/fd", .source = "/proc/self/fd");
        ADD(&run, STEP_MASK, .path = "/dev/shm/deep");
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_REMOUNT, .path = "/dev", .flags = MOUNT_ATTR_RDONLY);
        add_pivot(&run);
        add_shell(&run, "cd /dev2; echo *; : > null; touch shm/deep/x x; ls /dev");
        run_all(&run);
        ASSERT_TRUE(run.created);
        ASSERT_CONTAINS(run.output, "fd net null shm\n");
        ASSERT_CONTAINS(run.output, "'shm/deep/x': Read-only");
        ASSERT_CONTAINS(run.output, "'x': Read-only");
        snprintf(path, sizeof path, "%s/dev", run.root);
        ASSERT_OK(rmdir(path));
}

/* What is attached over a mount of ours is what is met from then on. */
TEST(read_only_path_that_is_the_mount_itself) {
        CLEANUP(run_done) Run run = run_new();

        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        ADD(&run, STEP_MOUNT, .options = KEPT_PROC, .path = "/proc", .source = "proc", .type = "proc", .flags = LOCKED_ATTRIBUTES);
        ADD(&run, STEP_READONLY, .path = "/proc");
        ADD(&run, STEP_MASK, .path = "/proc/meminfo");
        ADD(&run, STEP_READONLY, .path = "/proc/");
        ADD(&run, STEP_MASK, .path = "/proc/cpuinfo");
        add_pivot(&run);
        add_shell(&run, "cat /proc/meminfo /proc/cpuinfo | wc -c; echo a > /proc/sys/kernel/hostname");
        run_all(&run);
        ASSERT_CONTAINS(run.output, "0\n");
        ASSERT_CONTAINS(run.output, "Read-only");
}

/* An image's link: what lies below its name is where it leads. */
TEST(mount_behind_a_link) {
        CLEANUP(run_done) Run run = run_new();
        char path[128];

        snprintf(path, sizeof path, "%s/dev", run.root);
        ASSERT_OK(symlink("devices", path));
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_KEEP, .path = "/dev", .source = "tmpfs", .type = "tmpfs", .data = "mode=755");
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_KEEP, .path = "/dev/link/x", .source = "tmpfs", .type = "tmpfs", .data = "mode=755");
        ADD(&run, STEP_DEVICE, .path = "/dev/null", .flags = S_IFCHR | 0666, .value = { 1, 3 });
        ADD(&run, STEP_MOUNTED, .path = "/dev");
        add_pivot(&run);
        add_shell(&run, "cd /devices; echo *");
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "link null\n");
}

/* ---- the root that is not left ---- */

/* A procfs or sysfs without the masks, in a user namespace that the payload makes. */
static void mount_kernel_file_systems(uint32_t pivot) {
        CLEANUP(run_done) Run run = run_new();
        char path[256];

        run.builder.clone_flags = ALL_NAMESPACES;
        /* The host's is elsewhere too. */
        snprintf(path, sizeof path, "mkdir -p '%s/a b' && mount -t proc proc '%s/a b'", run.directory, run.directory);
        test_command(path);
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        ADD(&run, STEP_MOUNT, .path = "/sys", .source = "sysfs", .type = "sysfs", .flags = LOCKED_ATTRIBUTES);
        ADD(&run, STEP_MASK, .path = "/proc/fs");
        ADD(&run, STEP_MASK, .path = "/sys/kernel");
        ADD(&run, STEP_PIVOT, .options = pivot);
        add_shell(&run, "mkdir /new; mount -t proc none /new && umount /new && echo own; "
                        "unshare -mrpfn sh -c 'mount -t proc none /new || echo refused; mount -t sysfs none /new || echo refused' 2>&1 | grep -cx refused; "
                        "grep -cE ' - (proc|sysfs) ' /proc/self/mountinfo");
        run_all(&run);
        snprintf(path, sizeof path, "%s/a b", run.directory);
        ASSERT_OK(umount2(path, MNT_DETACH));
        ASSERT_STREQ(run.output, "own\n2\n2\n");
        /* The host has its own still. */
        ASSERT_OK(access("/proc/self", F_OK));
        ASSERT_OK(access("/sys/kernel", F_OK));
}

TEST(no_new_procfs_after_the_pivot) {
        mount_kernel_file_systems(0);
}

TEST(no_new_procfs_after_moving_the_root) {
        mount_kernel_file_systems(PLAN_PIVOT_MOVE);
}
