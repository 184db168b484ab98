/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* berth-init: what it holds where others of the pid namespace can see it. */

#include <dirent.h>
#include <limits.h>

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
