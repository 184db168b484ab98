/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* berth-init: what each step does, in real namespaces. */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/fd.h"
#include "base/strv.h"
#include "test-init.h"

TEST(container) {
        CLEANUP(run_done) Run run = run_new();

        add_container(&run, "echo $$ $(id -u); ls -1 /dev; cat /proc/1/comm; echo x > /dev/null && head -c 2 /dev/zero | wc -c");
        run_all_ok(&run);
        ASSERT_TRUE(run.created);
        ASSERT_STREQ(run.output, "1 0\nfd\nnull\nptmx\npts\nshm\nzero\nsh\n2\n");
}

/* What no descriptor of ours may be in: CVE-2024-21626. */
TEST(descriptors_of_payload) {
        CLEANUP(run_done) Run run = run_new();

        add_container(&run, "ls /proc/self/fd | tr '\\n' ' '");
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "0 1 2 3 "); /* 3 is the directory that ls reads */
}

TEST(preserved_descriptors) {
        CLEANUP(run_done) Run run = run_new();
        int pipe_fds[2];

        ASSERT_OK(pipe2(pipe_fds, O_CLOEXEC));
        run.keep_fd = pipe_fds[1];
        run.builder.preserve_fds = 1;
        add_container(&run, "echo kept >&3");
        run_all_ok(&run);
        fd_close(pipe_fds[1]);
        ASSERT_EQ(read(pipe_fds[0], run.output, 16), (ssize_t) 5);
        fd_close(pipe_fds[0]);
}

/* 4 to 6 are holes: nothing that berth-init opens is in one. 4 is the directory that ls reads. */
TEST(preserved_descriptors_with_holes) {
        CLEANUP(run_done) Run run = run_new();
        int fds[8];

        /* So that what berth-init is started with is above. */
        FOREACH_ELEMENT(fd, fds)
                *fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        run.keep_fd = fds[7];
        run.builder.preserve_fds = 4;
        add_container(&run, "ls /proc/self/fd | tr '\\n' ' '");
        run_all_ok(&run);
        FOREACH_ELEMENT(fd, fds)
                fd_close(*fd);
        ASSERT_STREQ(run.output, "0 1 2 3 4 ");
}

/* What would be inherited in the place of one of the caller's. */
TEST(preserved_descriptor_that_is_ours) {
        CLEANUP(run_done) Run run = run_new();

        run.builder.preserve_fds = 100;
        add_container(&run, "true");
        run_all(&run);
        ASSERT_EQ(run.failure.error, EBADF);
        ASSERT_EQ(run.failure.step, UINT32_MAX - PREPARE_DESCRIPTORS);
        ASSERT_FALSE(run.created);
}

TEST(names_and_sysctl) {
        CLEANUP(run_done) Run run = run_new();

        ADD(&run, STEP_HOSTNAME, .data = "box");
        ADD(&run, STEP_DOMAINNAME, .data = "example.org");
        ADD(&run, STEP_LOOPBACK, .path = NULL);
        ADD(&run, STEP_SYSCTL, .path = "net/ipv4/ip_forward", .data = "1");
        ADD(&run, STEP_SYSCTL, .path = "kernel/msgmax", .data = "8000");
        ADD(&run, STEP_KEYRING, .data = "_ses.test");
        ADD(&run, STEP_OOM_SCORE, .data = "500");
        add_container(&run, "cd /proc/sys; cat kernel/hostname kernel/domainname net/ipv4/ip_forward kernel/msgmax /proc/self/oom_score_adj; "
                            "grep -c lo: /proc/net/dev; grep -o _ses.test /proc/keys | sort -u");
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "box\nexample.org\n1\n8000\n500\n1\n_ses.test\n");
}

TEST(sysctl_of_host_is_refused) {
        CLEANUP(run_done) Run run = run_new();

        ADD(&run, STEP_SYSCTL, .path = "../sysrq-trigger", .data = "h");
        add_container(&run, "true");
        run_all(&run);
        ASSERT_EQ(run.failure.kind, (uint32_t) SYNC_FAILED);
        ASSERT_EQ(run.failure.step, 0);
}

TEST(masked_and_readonly_paths) {
        CLEANUP(run_done) Run run = run_new();

        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        add_dev(&run);
        ADD(&run, STEP_MOUNT, .path = "/sys", .source = "sysfs", .type = "sysfs", .flags = LOCKED_ATTRIBUTES | MOUNT_ATTR_RDONLY);
        ADD(&run, STEP_READONLY, .path = "/proc/sys");
        ADD(&run, STEP_READONLY, .path = "/proc/absent");
        ADD(&run, STEP_MASK, .path = "/proc/meminfo");
        ADD(&run, STEP_MASK, .path = "/proc/cpuinfo/absent");
        ADD(&run, STEP_MASK, .path = "/proc/fs");
        ADD(&run, STEP_MASK, .path = "/proc/irq");
        ADD(&run, STEP_MASK, .path = "/sys/kernel");
        add_pivot(&run);
        add_shell(&run, "cat /proc/meminfo | wc -c; ls /proc/fs /proc/irq /sys/kernel; chmod 600 /proc/meminfo; touch /proc/irq/x; "
                        "echo a > /proc/sys/kernel/hostname; stat -c %a /dev/null; echo x > /proc/meminfo && echo sink");
        run_all_ok(&run);
        ASSERT_CONTAINS(run.output, "0\n/proc/fs:\n\n/proc/irq:\n\n/sys/kernel:\n");
        ASSERT_CONTAINS(run.output, "'/proc/meminfo': Read-only file system");
        ASSERT_CONTAINS(run.output, "'/proc/irq/x': Read-only file system");
        ASSERT_CONTAINS(run.output, "666\nsink\n");
        ASSERT_CONTAINS(run.output, "/proc/sys/kernel/hostname: Read-only");
}

TEST(root_readonly_and_bind_attributes) {
        CLEANUP(run_done) Run run = run_new();
        char source[128];

        snprintf(source, sizeof source, "%s/volume", run.directory);
        ASSERT_OK(mkdir(source, 0755));
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_BIND, .path = "/rw", .source = source);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_BIND | PLAN_MOUNT_FLAGS, .path = "/ro", .source = source, .flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_BIND, .path = "/etc/one", .source = "/etc/passwd");
        ADD(&run, STEP_MOUNT, .path = "/tmp", .source = "tmpfs", .type = "tmpfs");
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_REMOUNT, .path = "/tmp", .data = "size=1m", .flags = MOUNT_ATTR_RDONLY);
        add_pivot(&run);
        ADD(&run, STEP_ROOT_READONLY, .path = NULL);
        add_shell(&run, "touch /x; touch /ro/x; touch /tmp/x; touch /rw/y && echo written; test -s /etc/one && echo file; grep ' /tmp ' /proc/mounts");
        run_all_ok(&run);
        ASSERT_CONTAINS(run.output, "'/x': Read-only");
        ASSERT_CONTAINS(run.output, "'/ro/x': Read-only");
        ASSERT_CONTAINS(run.output, "'/tmp/x': Read-only");
        ASSERT_CONTAINS(run.output, "written\nfile\n");
        ASSERT_CONTAINS(run.output, "size=1024k");
}

TEST(tmpfs_mode_of_what_is_there) {
        CLEANUP(run_done) Run run = run_new();
        char path[128];

        snprintf(path, sizeof path, "%s/sticky", run.root);
        ASSERT_OK(mkdir(path, 0755));
        ASSERT_OK(chmod(path, 01770));
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        ADD(&run, STEP_MOUNT, .path = "/sticky", .source = "tmpfs", .type = "tmpfs");
        ADD(&run, STEP_MOUNT, .path = "/new", .source = "tmpfs", .type = "tmpfs");
        add_pivot(&run);
        add_shell(&run, "stat -c %a /sticky /new");
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "1770\n1777\n");
}

TEST(copy_up) {
        CLEANUP(run_done) Run run = run_new();
        char command[512];

        snprintf(command, sizeof command, "cd %s && mkdir -p data/sub/deep && echo one > data/file && ln -s file data/link && chmod 600 data/file && "
                                          "chown 7:8 data/file && chmod 2750 data/sub && mkfifo data/pipe && dd if=/dev/zero of=data/big bs=1M count=3 2>/dev/null", run.root);
        test_command(command);
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_COPY_UP, .path = "/data", .source = "tmpfs", .type = "tmpfs", .flags = MOUNT_ATTR_RDONLY);
        add_pivot(&run);
        add_shell(&run, "cd /data; cat file; readlink link; stat -c '%a %u:%g %F %s' file sub sub/deep pipe big | sed 's/ directory.*/ directory/'; ! touch x");
        run_all_ok(&run);
        ASSERT_CONTAINS(run.output, "one\nfile\n600 7:8 regular file 4\n2750 0:0 directory\n755 0:0 directory\n");
        ASSERT_CONTAINS(run.output, "644 0:0 fifo 0\n644 0:0 regular file 3145728\n");
        ASSERT_CONTAINS(run.output, "Read-only");
}

/* fsconfig(2) takes 255 bytes. */
TEST(overlay_with_long_option) {
        CLEANUP(run_done) Run run = run_new();
        char command[2048], data[1024], part[101];

        memset(part, 'p', 100);
        part[100] = '\0';
        snprintf(command, sizeof command, "mount -t tmpfs tmpfs %s/ && mkdir -p %s/%s/%s/%s/lower %s/upper %s/work %s && echo hi > %s/%s/%s/%s/lower/file",
                 run.directory, run.directory, part, part, part, run.directory, run.directory, run.root, run.directory, part, part, part);
        test_command(command);
        snprintf(data, sizeof data, "lowerdir=%s/%s/%s/%s/lower,upperdir=%s/upper,workdir=%s/work", run.directory, part, part, part, run.directory,
                 run.directory);
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        ADD(&run, STEP_MOUNT, .path = "/merged", .source = "overlay", .type = "overlay", .data = data, .flags = MOUNT_ATTR_NOSUID, .value = { 0, PLAN_MS_PRIVATE });
        add_pivot(&run);
        add_shell(&run, "cat /merged/file");
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "hi\n");
        ASSERT_OK(umount2(run.directory, MNT_DETACH));
}

TEST(cgroup_without_namespace_is_read_only) {
        CLEANUP(run_done) Run run = run_new();

        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_CGROUP | PLAN_MOUNT_IN_HOST_CGROUP, .path = "/cgroup", .source = "cgroup", .type = "cgroup2",
            .flags = LOCKED_ATTRIBUTES | (uint64_t) MOUNT_ATTR_RDONLY << 32, .value = { (uint64_t) MOUNT_ATTR_RDONLY << 32 });
        add_pivot(&run);
        add_shell(&run, "ls /cgroup | grep -c . ; echo 1 > /cgroup/cgroup.procs; mkdir /cgroup/berth-test-must-not-be");
        run_all(&run);
        ASSERT_CONTAINS(run.output, "cgroup.procs: Read-only");
        ASSERT_CONTAINS(run.output, "must-not-be': Read-only");
}

TEST(cgroup_namespace) {
        CLEANUP(run_done) Run run = run_new();

        ADD(&run, STEP_UNSHARE, .flags = CLONE_NEWCGROUP);
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_CGROUP, .path = "/cgroup", .source = "cgroup", .type = "cgroup", .flags = LOCKED_ATTRIBUTES);
        add_pivot(&run);
        add_shell(&run, "test -e /cgroup/cgroup.procs && echo there");
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "there\n");
}

/* ---- processes ---- */

TEST(user_and_capabilities) {
        CLEANUP(run_done) Run run = run_new();
        static const uint32_t groups[] = { 20, 30 };
        const char *const arguments[] = { "/bin/sh", "-c", "id -u; id -G; umask; grep -E 'Cap|NoNew' /proc/self/status; pwd", NULL };

        ASSERT_OK(chmod(run.root, 0755));
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        add_pivot(&run);
        ADD(&run, STEP_UMASK, .flags = 027);
        ADD(&run, STEP_DIRECTORY_CHANGE, .options = PLAN_CREATE, .path = "/home/user");
        ADD(&run, STEP_CREATED, .path = NULL);
        ADD(&run, STEP_BOUNDING, .flags = 0x421);
        ADD(&run, STEP_GROUPS, .bytes = plan_add_bytes(&run.builder, groups, sizeof groups));
        ADD(&run, STEP_USER, .value = { 1000, 1001 });
        ADD(&run, STEP_CAPABILITIES, .flags = 0x421, .value = { 0x21, 0x20, 0x20 });
        ADD(&run, STEP_NO_NEW_PRIVILEGES, .path = NULL);
        add_exec(&run, arguments, NULL, 0);
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "1000\n1001 20 30\n0027\nCapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\n"
                                 "CapBnd:\t0000000000000421\nCapAmb:\t0000000000000020\nNoNewPrivs:\t1\n/home/user\n");
}

/* What we do not have cannot be granted, which is no failure (config.md, capabilities). */
TEST(all_capabilities) {
        CLEANUP(run_done) Run run = run_new();

        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_pivot(&run);
        ADD(&run, STEP_BOUNDING, .flags = UINT64_MAX);
        ADD(&run, STEP_CAPABILITIES, .flags = UINT64_MAX, .value = { UINT64_MAX, UINT64_MAX, 0 });
        add_shell(&run, "true");
        run_all_ok(&run);
}

TEST(lookup) {
        static const struct {
                const char *name, *path;
                int error;
        } rows[] = {
                { "absent", "/usr/bin", ENOENT },
                { "sh", NULL, ENOENT },
                { "", "/usr/bin", ENOENT },
                { "/usr/bin/absent", NULL, ENOENT },
                { "/usr", NULL, EISDIR },
                { "/plain", NULL, EACCES },
                { "plain", "/", ENOENT },
                { "/plain/x", NULL, ENOTDIR },
        };

        FOREACH_ELEMENT(row, rows) {
                CLEANUP(run_done) Run run = run_new();
                const char *const arguments[] = { "x", NULL };
                uint32_t step;

                run.builder.clone_flags = ALL_NAMESPACES;
                add_root(&run);
                add_usr(&run);
                ADD(&run, STEP_MOUNT, .options = PLAN_MOUNT_BIND, .path = "/plain", .source = "/etc/passwd");
                add_pivot(&run);
                step = plan_next_step(&run.builder);
                ADD(&run, STEP_LOOKUP, .data = row->name, .source = row->path);
                add_exec(&run, arguments, NULL, 0);
                run_all_fails(&run, step, row->error);
        }
}

TEST(exec_format) {
        CLEANUP(run_done) Run run = run_new();
        const char *const arguments[] = { "/empty", NULL };
        char path[128];

        snprintf(path, sizeof path, "%s/empty", run.root);
        ASSERT_OK(fd_close(open(path, O_CREAT | O_CLOEXEC, 0755)) == -EBADF ? 0 : -1);
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_pivot(&run);
        ADD(&run, STEP_LOOKUP, .data = "/empty");
        ADD(&run, STEP_CREATED, .path = NULL);
        add_exec(&run, arguments, NULL, 0);
        run_all_fails(&run, 5, ENOEXEC);
        ASSERT_TRUE(run.created);
}

static void check_home(const char *passwd, const char *const *environment, uint64_t uid, const char *expected) {
        CLEANUP(run_done) Run run = run_new();
        const char *const arguments[] = { "/usr/bin/printenv", "HOME", NULL };
        char path[128];
        PlanStep *step;

        snprintf(path, sizeof path, "%s/etc", run.root);
        ASSERT_OK(mkdir(path, 0755));
        ASSERT_OK(symlink("real", strcat(path, "/passwd")));
        strcpy(strrchr(path, '/'), "/real");
        ASSERT_OK(file_replace_at(AT_FDCWD, path, passwd, strlen(passwd), 0600));
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_pivot(&run);
        ADD(&run, STEP_LOOKUP, .data = "/usr/bin/printenv");
        add_exec(&run, arguments, environment, PLAN_EXEC_HOME);
        step = run.builder.steps + run.builder.n_steps - 1;
        step->flags = uid;
        run_all_ok(&run);
        ASSERT_STREQ(run.output, expected);
}

TEST(home) {
        static const char *const none[] = { "A=b", NULL }, *const empty[] = { "A=b", "HOME=", "C=d", NULL };
        const char *passwd = "root:x:0:0:root:/root:/bin/sh\n\nbroken:x:12\nuser:x:1000:1000::/home/user:/bin/sh\nlast:x:7:7::/seven";

        check_home(passwd, none, 0, "/root\n");
        check_home(passwd, none, 1000, "/home/user\n");
        check_home(passwd, empty, 1000, "/home/user\n");
        check_home(passwd, none, 12, "/\n");
        check_home(passwd, none, 7, "/seven\n");
        check_home("", none, 0, "/\n");
}

/* Behind the first MiB, and behind a line that is longer than any buffer. */
TEST(home_in_a_large_file) {
        static const char *const none[] = { "A=b", NULL };
        CLEANUP(text_done) Text text = {};

        for (unsigned uid = 2000; uid < 42000; uid++)
                text_addf(&text, "u%u:x:%u:%u::/home/u%u:/bin/sh\n", uid, uid, uid, uid);
        for (unsigned i = 0; i < 9000; i++)
                text_add(&text, "9:x:9:9:");
        text_add(&text, "\nlast:x:7:7::/seven:/bin/sh\n");
        check_home(text.string, none, 41999, "/home/u41999\n");
        check_home(text.string, none, 7, "/seven\n");
        check_home(text.string, none, 9, "/\n");
        check_home(text.string, none, 1, "/\n");
}

/* A limit is an error, and reached soon: here of a file without content that is as large as one can be. */
TEST(home_in_a_file_without_end) {
        const char *const arguments[] = { "/usr/bin/printenv", "HOME", NULL };
        uint64_t begin_usec = usec_monotonic();
        CLEANUP(run_done) Run run = run_new();
        char path[128];
        int fd;

        snprintf(path, sizeof path, "%s/etc", run.root);
        ASSERT_OK(mkdir(path, 0755));
        fd = open(strcat(path, "/passwd"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        ASSERT_OK(ftruncate(fd, INT64_C(1) << 40));
        ASSERT_EQ(fd_close(fd), -EBADF);
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_pivot(&run);
        ADD(&run, STEP_LOOKUP, .data = "/usr/bin/printenv");
        add_exec(&run, arguments, NULL, PLAN_EXEC_HOME);
        run.builder.steps[run.builder.n_steps - 1].flags = 1000;
        run_all_fails(&run, run.builder.n_steps - 2, EFBIG);
        ASSERT_LT(usec_monotonic() - begin_usec, 20 * USEC_PER_SEC);
}

/* ---- hooks ---- */

static void add_hook(Run *run, const char *path, const char *const *arguments, uint64_t timeout_usec) {
        static const char *const environment[] = { "HOOK=yes", NULL };
        PlanStep step = {
                .kind = STEP_HOOK,
                .path = plan_add_string(&run->builder, path),
                .source = plan_add_string(&run->builder, "createContainer"),
                .type = plan_add_string(&run->builder, "{\"pid\":"),
                .data = plan_add_string(&run->builder, "}"),
                .value = { [1] = timeout_usec },
        };

        step.bytes = plan_add_argv(&run->builder, (char **) (uintptr_t) arguments, (char **) (uintptr_t) environment, &step.value[0]);
        plan_add_step(&run->builder, &step);
}

TEST(hook) {
        CLEANUP(run_done) Run run = run_new();
        CLEANUP(freep) char *script = NULL, *output = NULL, *path = NULL;
        const char *arguments[] = { "sh", "-c", NULL, "a", "b", NULL };
        size_t size;

        ASSERT_TRUE(asprintf(&path, "%s/hook", run.directory) > 0);
        ASSERT_TRUE(asprintf(&script, "{ cat; echo \" $HOOK $0 $1\"; ls /proc/self/fd | tr '\\n' ' '; } >%s; echo not shown; echo nor this >&2", path) > 0);
        arguments[2] = script;
        add_hook(&run, "/bin/sh", arguments, 0);
        add_container(&run, "echo payload");
        run_all_ok(&run);
        ASSERT_STREQ(run.output, "payload\n");
        ASSERT_OK(file_read_at(AT_FDCWD, path, 1024, &output, &size));
        ASSERT_STREQ(output, "{\"pid\":1} yes a b\n0 1 2 3 ");
}

TEST(hook_failures) {
        static const struct {
                const char *path, *script;
                uint64_t timeout_usec;
                int error;
                uint32_t value;
        } rows[] = {
                { "/bin/sh", "exit 3", 0, ECHILD, 3 },
                { "/bin/sh", "kill -9 $$", 0, ECHILD, 137 },
                { "/bin/sh", "sleep 30", 200000, ETIMEDOUT, 0 },
                { "/absent", "", 0, ENOENT, 0 },
                { "/etc/passwd", "", 0, EACCES, 0 },
        };

        FOREACH_ELEMENT(row, rows) {
                CLEANUP(run_done) Run run = run_new();
                const char *const arguments[] = { "hook", "-c", row->script, NULL };

                add_hook(&run, row->path, arguments, row->timeout_usec);
                add_container(&run, "true");
                run_all_fails(&run, 0, row->error);
                ASSERT_EQ(run.failure.value, row->value);
        }
}

/* ---- filters ---- */

static PlanBytes add_filter(Run *run, unsigned number, uint32_t action) {
        const struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, action),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };

        return plan_add_bytes(&run->builder, filter, sizeof filter);
}

static void add_seccomp(Run *run, unsigned number, uint32_t action, uint64_t flags) {
        ADD(run, STEP_NO_NEW_PRIVILEGES, .path = NULL);
        ADD(run, STEP_SECCOMP, .flags = flags, .bytes = add_filter(run, number, action));
}

/* Nothing but execve(2) is left to do behind the filter. */
TEST(seccomp) {
        static const unsigned calls[] = { SYS_close_range, SYS_openat2, SYS_prctl, SYS_fcntl, SYS_mkdirat };

        FOREACH_ELEMENT(call, calls) {
                CLEANUP(run_done) Run run = run_new();
                const char *const arguments[] = { "/usr/bin/mkdir", "/made", NULL };

                run.builder.clone_flags = ALL_NAMESPACES;
                add_root(&run);
                add_usr(&run);
                add_pivot(&run);
                ADD(&run, STEP_LOOKUP, .data = "/usr/bin/mkdir");
                add_seccomp(&run, *call == SYS_mkdirat ? SYS_mkdir : *call, SECCOMP_RET_ERRNO | EACCES, 0);
                add_exec(&run, arguments, NULL, 0);
                run_all(&run);
                ASSERT_EQ(run.failure.kind, 0);
                ASSERT_EQ(run.status, *call == SYS_mkdirat ? 1 : 0);
        }
}

TEST(seccomp_listener) {
        CLEANUP(run_done) Run run = run_new();
        const char *const arguments[] = { "/usr/bin/true", NULL };

        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_pivot(&run);
        ADD(&run, STEP_LOOKUP, .data = "/usr/bin/true");
        ADD(&run, STEP_CREATED, .path = NULL);
        /* The listener is closed at once, and then the call does not exist. */
        add_seccomp(&run, SYS_sendmsg, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
        add_exec(&run, arguments, NULL, 0);
        run_all_ok(&run);
        ASSERT_TRUE(run.seccomp);
}

/* ---- terminal ---- */

TEST(console) {
        CLEANUP(run_done) Run run = run_new();
        char buffer[256] = {};
        struct winsize size;
        ssize_t n, length = 0;

        run.builder.clone_flags = ALL_NAMESPACES;
        ADD(&run, STEP_SESSION, .path = NULL);
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        add_dev(&run);
        ADD(&run, STEP_CONSOLE, .options = PLAN_CONSOLE_DEVICE, .value = { 100, 40, 1000 | (uint64_t) UINT32_MAX << 32 });
        ADD(&run, STEP_TERMINAL, .path = NULL);
        add_pivot(&run);
        add_shell(&run, "tty; stat -c '%t %u' /dev/console; stty size < /dev/console; echo written > /dev/console");
        run_start(&run);
        while (run_answer(&run))
                ;
        ASSERT_GE(run.console_fd, 0);
        ASSERT_OK(ioctl(run.console_fd, TIOCGWINSZ, &size));
        ASSERT_EQ(size.ws_col, 100);
        while (length < (ssize_t) sizeof buffer - 1 && (n = read(run.console_fd, buffer + length, sizeof buffer - 1 - (size_t) length)) > 0)
                length += n;
        run_finish(&run);
        ASSERT_EQ(run.status, 0);
        ASSERT_STREQ(buffer, "/dev/pts/0\r\n88 1000\r\n40 100\r\nwritten\r\n");
        ASSERT_STREQ(run.output, "");
}

/* ---- stdio ---- */

TEST(stdio) {
        CLEANUP(run_done) Run run = run_new();
        const char *const arguments[] = { "/bin/sh", "-c", "stat -L -c '%t:%T %d' /proc/self/fd/0 /dev/null | sort -u | wc -l; stat -L -c %u:%g /proc/self/fd/1", NULL };
        int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC), old = fcntl(0, F_DUPFD_CLOEXEC, 10);

        ASSERT_OK(dup2(null_fd, 0));
        run.builder.clone_flags = ALL_NAMESPACES;
        add_root(&run);
        add_usr(&run);
        add_proc(&run);
        add_dev(&run);
        add_pivot(&run);
        ADD(&run, STEP_STDIO, .value = { 1234 | (uint64_t) UINT32_MAX << 32 });
        add_exec(&run, arguments, NULL, 0);
        run_all(&run);
        (void) dup2(old, 0);
        fd_close(old);
        fd_close(null_fd);
        ASSERT_STREQ(run.output, "1\n1234:0\n");
}
