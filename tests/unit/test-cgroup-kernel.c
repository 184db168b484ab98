/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/cgroup against the kernel: a cgroup of its own, processes in it, the device program in force. Needs root and cgroup v2;
 * without them it fails when BERTH_MUST_WORK is set, else it is skipped. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/device.h"
#include "cgroup/stats.h"
#include "test.h"

typedef struct Cgroup {
        char path[64];
        int parent_fd, fd;
} Cgroup;

__attribute__((constructor)) static void need_root_and_cgroup2(void) {
        if (geteuid() == 0 && cgroup_mount())
                return;
        fprintf(stderr, "needs root and cgroup v2\n");
        exit(getenv("BERTH_MUST_WORK") ? 1 : 77);
}

static Cgroup cgroup_new(void) {
        Cgroup cgroup = {};

        snprintf(cgroup.path, sizeof cgroup.path, "/test-cgroup-%ld", (long) getpid());
        cgroup.parent_fd = cgroup_open("/", NULL);
        ASSERT_OK(cgroup.parent_fd);
        /* Left by one that failed with the same pid: in a pid namespace they repeat. */
        (void) unlinkat(cgroup.parent_fd, cgroup.path + 1, AT_REMOVEDIR);
        ASSERT_OK(mkdirat(cgroup.parent_fd, cgroup.path + 1, 0755));
        cgroup.fd = cgroup_open(cgroup.path, NULL);
        ASSERT_OK(cgroup.fd);
        return cgroup;
}

static void cgroup_done(Cgroup *cgroup) {
        (void) cgroup_kill(cgroup->fd, usec_monotonic() + 5 * USEC_PER_SEC);
        (void) unlinkat(cgroup->fd, "below", AT_REMOVEDIR);
        fd_close(cgroup->fd);
        (void) unlinkat(cgroup->parent_fd, cgroup->path + 1, AT_REMOVEDIR);
        fd_close(cgroup->parent_fd);
}

/* A child in the cgroup that runs function and exits with its result, or sleeps. */
static pid_t spawn_in(int cgroup_fd, int (*function)(void)) {
        char text[16];
        pid_t pid = fork();

        if (pid != 0)
                return pid;
        snprintf(text, sizeof text, "%d", (int) getpid());
        if (file_write_at(cgroup_fd, "cgroup.procs", text) < 0)
                _exit(100);
        if (function)
                _exit(function());
        for (;;)
                pause();
}

static void wait_until_populated(int fd) {
        for (unsigned i = 0; i < 5000 && cgroup_is_populated(fd) <= 0; i++)
                usec_sleep(1000);
        ASSERT_EQ(cgroup_is_populated(fd), 1);
}

TEST(find) {
        CLEANUP(cgroup_done) Cgroup cgroup = cgroup_new();
        CLEANUP(freep) char *path = NULL;
        pid_t pid = spawn_in(cgroup.fd, NULL);

        wait_until_populated(cgroup.fd);
        ASSERT_OK(cgroup_of_process(pid, &path));
        ASSERT_STREQ(path, cgroup.path);
        ASSERT_FAILS(cgroup_open("/../etc", NULL), EXDEV);
        ASSERT_FAILS(cgroup_open("/test-cgroup-none", NULL), ENOENT);
        ASSERT_OK(cgroup_kill(cgroup.fd, usec_monotonic() + 5 * USEC_PER_SEC));
        ASSERT_EQ(process_wait(pid), 128 + SIGKILL);
}

TEST(kill_all) {
        CLEANUP(cgroup_done) Cgroup cgroup = cgroup_new();
        CLEANUP(freep) pid_t *pids = NULL;
        int below;
        pid_t a, b;
        size_t n;

        ASSERT_OK(mkdirat(cgroup.fd, "below", 0755));
        below = openat(cgroup.fd, "below", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        a = spawn_in(cgroup.fd, NULL);
        b = spawn_in(below, NULL);
        for (unsigned i = 0; i < 5000; i++) {
                free(TAKE_PTR(pids));
                ASSERT_OK(cgroup_processes(cgroup.fd, &pids, &n));
                if (n == 2)
                        break;
                usec_sleep(1000);
        }
        ASSERT_EQ(n, 2U);
        /* frozen ones too */
        ASSERT_OK(file_write_at(cgroup.fd, "cgroup.freeze", "1"));
        for (unsigned i = 0; i < 5000 && cgroup_is_frozen(cgroup.fd) == 0; i++)
                usec_sleep(1000);
        ASSERT_EQ(cgroup_is_frozen(cgroup.fd), 1);
        ASSERT_OK(cgroup_kill(cgroup.fd, usec_monotonic() + 5 * USEC_PER_SEC));
        ASSERT_EQ(process_wait(a), 128 + SIGKILL);
        ASSERT_EQ(process_wait(b), 128 + SIGKILL);
        ASSERT_OK(unlinkat(cgroup.fd, "below", AT_REMOVEDIR));
        fd_close(below);
        /* and again, with nobody there */
        ASSERT_OK(cgroup_kill(cgroup.fd, usec_monotonic()));
}

TEST(kill_what_is_gone) {
        Cgroup cgroup = cgroup_new();

        ASSERT_OK(unlinkat(cgroup.parent_fd, cgroup.path + 1, AT_REMOVEDIR));
        ASSERT_OK(cgroup_kill(cgroup.fd, usec_monotonic() + USEC_PER_SEC));
        fd_close(cgroup.fd);
        fd_close(cgroup.parent_fd);
}

TEST(stats) {
        CLEANUP(cgroup_done) Cgroup cgroup = cgroup_new();
        CLEANUP(cgroup_stats_done) CgroupStats stats = {};

        ASSERT_OK(cgroup_stats_read(cgroup.fd, &stats));
        ASSERT_TRUE(stats.has_cpu);
}

/* Bit 0: null can be read, bit 1: written, bit 2: zero can be read, bit 3: null can be made. */
static int try_devices(void) {
        int fd, result = 0;

        fd = open("/dev/null", O_RDONLY);
        result |= fd >= 0;
        fd = open("/dev/null", O_WRONLY);
        result |= (fd >= 0) << 1;
        fd = open("/dev/zero", O_RDONLY);
        result |= (fd >= 0) << 2;
        (void) unlink("/tmp/test-cgroup-node");
        result |= (mknod("/tmp/test-cgroup-node", S_IFCHR | 0600, 1 << 8 | 3) >= 0) << 3;
        (void) unlink("/tmp/test-cgroup-node");
        return result;
}

static int tried(const Cgroup *cgroup) {
        return process_wait(spawn_in(cgroup->fd, try_devices));
}

TEST(device_program) {
        static const DeviceRule null_read[] = { { .allow = true, .type = 'c', .major = 1, .minor = 3, .read = true } };
        static const DeviceRule all_but_zero[] = {
                { .allow = true, .type = 'a', .major = -1, .minor = -1, .read = true, .write = true, .mknod = true },
                { .allow = false, .type = 'c', .major = 1, .minor = 5, .read = true },
        };
        CLEANUP(cgroup_done) Cgroup cgroup = cgroup_new();
        Error error = {};

        ASSERT_EQ(tried(&cgroup), 15);
        ASSERT_OK_ERROR(cgroup_device_attach(cgroup.fd, null_read, 1, &error), &error);
        ASSERT_EQ(tried(&cgroup), 1);
        /* replaced, not added: together they would allow no more than the first alone */
        ASSERT_OK_ERROR(cgroup_device_attach(cgroup.fd, all_but_zero, 2, &error), &error);
        ASSERT_EQ(tried(&cgroup), 11);
        ASSERT_OK_ERROR(cgroup_device_attach(cgroup.fd, NULL, 0, &error), &error);
        ASSERT_EQ(tried(&cgroup), 0);
}

TEST(device_program_of_many_rules) {
        CLEANUP(cgroup_done) Cgroup cgroup = cgroup_new();
        CLEANUP(freep) DeviceRule *rules = calloc(2000, sizeof *rules);
        Error error = {};

        for (size_t i = 0; i < 2000; i++)
                rules[i] = (DeviceRule) { .allow = i % 2, .type = "abc"[i % 3], .major = (int64_t) (i % 7) - 1,
                                          .minor = (int64_t) (i % 5) - 1,
                                          .read = i & 1, .write = i & 2, .mknod = i & 4 };
        ASSERT_OK_ERROR(cgroup_device_attach(cgroup.fd, rules, 2000, &error), &error);
}
