/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs the real berth-init (BERTH_INIT names it) on plans made by hand, as a launcher would: a bench for the tests of src/init. The container's root is
 * an empty directory on which the host's /usr is bound, so that there is a shell; what the payload writes is collected. Needs root. */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "plan/builder.h"
#include "plan/reader.h"
#include "test.h"

#define ALL_NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)
#define TIMEOUT_USEC (20 * USEC_PER_SEC)

typedef struct Run {
        PlanBuilder builder;
        char directory[64];             /* of the test, removed at its end */
        char root[80];
        int source_fds[8];
        size_t n_source_fds;
        const char *maps;               /* for SYNC_MAPS */
        int start_fd;                   /* start socket for berth-init */
        int keep_fd;                    /* becomes descriptor 3 of berth-init, -1: none is open there */
        int cgroup_fd;
        void (*on_created)(struct Run *run); /* at SYNC_CREATED */
        void (*on_hooks)(struct Run *run); /* at SYNC_HOOKS: between two steps */
        bool hold;                      /* stop talking at SYNC_CREATED, before SYNC_GO */
        bool no_commit;                 /* SYNC_GO starts the payload (0), instead of the start socket */
        /* what came of it */
        int sync_fd, output_fd;
        pid_t pid;
        int pidfd;
        bool created, forked, hooks, seccomp;
        SyncMessage failure;            /* kind is SYNC_FAILED if it failed */
        int console_fd;
        int status;                     /* exit status, or 128 + signal */
        char output[16384];
} Run;

static inline void test_command(const char *command) {
        ASSERT_EQ(system(command), 0);
}

static inline Run run_new(void) {
        Run run = { .start_fd = -1, .keep_fd = -1, .cgroup_fd = -1, .sync_fd = -1, .output_fd = -1, .pidfd = -1, .console_fd = -1 };

        strcpy(run.directory, "/tmp/berth-test-init-XXXXXX");
        ASSERT_NOT_NULL(mkdtemp(run.directory));
        snprintf(run.root, sizeof run.root, "%s/root", run.directory);
        ASSERT_OK(chmod(run.directory, 0755));
        ASSERT_OK(mkdir(run.root, 0755));
        return run;
}

static inline void run_done(Run *run) {
        char command[128];

        if (run->pid > 0) {
                (void) kill(run->pid, SIGKILL);
                (void) waitpid(run->pid, NULL, __WALL);
        }
        fd_close(run->sync_fd);
        fd_close(run->output_fd);
        fd_close(run->console_fd);
        fd_close(run->pidfd);
        fd_close(run->start_fd);
        for (size_t i = 0; i < run->n_source_fds; i++)
                fd_close(run->source_fds[i]);
        plan_builder_done(&run->builder);
        snprintf(command, sizeof command, "rm -rf --one-file-system %s", run->directory);
        (void) !system(command);
}

/* A step with what the arguments are: .path = "...", .flags = ... */
typedef struct StepArguments {
        uint32_t options;
        const char *path, *source, *type, *data;
        uint64_t flags, value[3];
        PlanBytes bytes;
} StepArguments;

static inline void run_add(Run *run, StepKind kind, StepArguments arguments) {
        PlanStep step = {
                .kind = kind,
                .options = arguments.options,
                .path = plan_add_string(&run->builder, arguments.path),
                .source = plan_add_string(&run->builder, arguments.source),
                .type = plan_add_string(&run->builder, arguments.type),
                .data = plan_add_string(&run->builder, arguments.data),
                .flags = arguments.flags,
                .value = { arguments.value[0], arguments.value[1], arguments.value[2] },
                .bytes = arguments.bytes,
        };

        plan_add_step(&run->builder, &step);
}

#define ADD(run_, kind_, ...) run_add(run_, kind_, (StepArguments) { __VA_ARGS__ })
#define LOCKED_ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Without arguments: the mount namespace is one of berth-init's own. */
static inline void add_root(Run *run) {
        ADD(run, STEP_PROPAGATION, .path = "/", .flags = PLAN_MS_SLAVE | PLAN_MS_REC);
        ADD(run, STEP_ROOT, .path = run->root);
}

static inline void add_usr_links(Run *run) {
        static const char *const links[] = { "bin", "lib", "lib64", "sbin" };

        FOREACH_ELEMENT(link, links) {
                char path[16], target[16];

                snprintf(path, sizeof path, "/%s", *link);
                snprintf(target, sizeof target, "usr/%s", *link);
                ADD(run, STEP_SYMLINK, .path = path, .source = target);
        }
}

/* The host's /usr, and the links to it that the host has as well. */
static inline void add_usr(Run *run) {
        ADD(run, STEP_MOUNT, .options = PLAN_MOUNT_BIND | PLAN_MOUNT_RECURSIVE, .path = "/usr", .source = "/usr", .flags = MOUNT_ATTR_RDONLY);
        add_usr_links(run);
}

static inline void add_proc(Run *run) {
        ADD(run, STEP_MOUNT, .options = PLAN_MOUNT_PROTECTED, .path = "/proc", .source = "proc", .type = "proc", .flags = LOCKED_ATTRIBUTES);
}

static inline void add_dev(Run *run) {
        ADD(run, STEP_MOUNT, .path = "/dev", .source = "tmpfs", .type = "tmpfs", .data = "mode=755,size=65536k",
            .flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME | (uint64_t) MOUNT_ATTR__ATIME << 32);
        ADD(run, STEP_MOUNT, .path = "/dev/pts", .source = "devpts", .type = "devpts", .data = "newinstance,ptmxmode=0666,mode=0620",
            .flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
        ADD(run, STEP_MOUNT, .path = "/dev/shm", .source = "shm", .type = "tmpfs", .data = "mode=1777,size=65536k", .flags = LOCKED_ATTRIBUTES);
        ADD(run, STEP_DEVICE, .path = "/dev/null", .flags = S_IFCHR | 0666, .value = { 1, 3 });
        ADD(run, STEP_DEVICE, .path = "/dev/zero", .flags = S_IFCHR | 0666, .value = { 1, 5 });
        ADD(run, STEP_SYMLINK, .path = "/dev/fd", .source = "/proc/self/fd");
        ADD(run, STEP_SYMLINK, .options = PLAN_REPLACE, .path = "/dev/ptmx", .source = "pts/ptmx");
}

static inline void add_exec(Run *run, const char *const *arguments, const char *const *environment, uint32_t options) {
        PlanStep step = { .kind = STEP_EXEC, .options = options };
        static const char *const standard[] = { "PATH=/usr/bin:/bin", NULL };

        step.bytes = plan_add_argv(&run->builder, (char **) (uintptr_t) arguments,
                                   (char **) (uintptr_t) (environment ? environment : standard), &step.value[0]);
        plan_add_step(&run->builder, &step);
}

/* From the pivot on: the payload is a shell with this script. */
static inline void add_shell(Run *run, const char *script) {
        const char *const arguments[] = { "sh", "-c", script, NULL };

        ADD(run, STEP_LOOKUP, .data = "sh", .source = "/nowhere:/usr/bin");
        ADD(run, STEP_SEAL, .flags = UINT64_MAX);
        ADD(run, STEP_CREATED, .path = NULL);
        add_exec(run, arguments, NULL, 0);
}

static inline void add_pivot(Run *run) {
        ADD(run, STEP_PIVOT, .path = NULL);
}

/* The usual container: as little as a shell needs. */
static inline void add_container(Run *run, const char *script) {
        run->builder.clone_flags = ALL_NAMESPACES;
        ADD(run, STEP_SESSION, .path = NULL);
        add_root(run);
        add_usr(run);
        add_proc(run);
        add_dev(run);
        add_pivot(run);
        add_shell(run, script);
}

/* ---- the launcher ---- */

static inline const char *init_path(void) {
        return getenv("BERTH_INIT");
}

__attribute__((constructor)) static inline void need_root_and_init(void) {
        if (geteuid() == 0 && init_path() && access(init_path(), X_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
                return;
        fprintf(stderr, "needs root, and berth-init in BERTH_INIT\n");
        exit(getenv("BERTH_MUST_WORK") ? 1 : 77);
}

/* Clones and executes berth-init with these arguments; only the descriptors in fds and 0-2 are open in it. */
static inline void run_spawn(Run *run, uint64_t clone_flags, const char *const *arguments, const int *fds, size_t n_fds, int output_fd) {
        struct clone_args clone = { .flags = CLONE_PIDFD | clone_flags, .exit_signal = SIGCHLD };
        int pidfd = -1;
        pid_t pid;

        clone.pidfd = (uint64_t) (uintptr_t) &pidfd;
        if (run->cgroup_fd >= 0) {
                clone.flags |= CLONE_INTO_CGROUP;
                clone.cgroup = (uint64_t) run->cgroup_fd;
        }
        pid = (pid_t) syscall(SYS_clone3, &clone, sizeof clone);
        ASSERT_GE(pid, 0);
        if (pid == 0) {
                static const char *const sanitizer_environment[] = { "ASAN_OPTIONS=detect_leaks=0", NULL };

                (void) syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
                for (size_t i = 0; i < n_fds; i++)
                        (void) fcntl(fds[i], F_SETFD, 0);
                if (output_fd >= 0) {
                        (void) dup2(output_fd, 1);
                        (void) dup2(output_fd, 2);
                }
                if (run->keep_fd >= 0)
                        (void) dup2(run->keep_fd, 3);
                (void) execve(init_path(), (char **) (uintptr_t) arguments, (char **) (uintptr_t) sanitizer_environment);
                _exit(99);
        }
        run->pid = pid;
        run->pidfd = pidfd;
}

static inline int sync_send_go(int fd, uint32_t value) {
        SyncMessage message = { .kind = SYNC_GO, .value = value };

        return socket_send_fds(fd, &message, sizeof message, NULL, 0);
}

/* "0 100000 65536" for both. */
static inline void write_maps(const Run *run) {
        static const char *const files[] = { "uid_map", "gid_map" };

        FOREACH_ELEMENT(file, files) {
                char path[64];

                snprintf(path, sizeof path, "/proc/%d/%s", run->pid, *file);
                ASSERT_OK(file_write_at(AT_FDCWD, path, run->maps));
        }
}

/* Answers one message; true when there is more to come. */
static inline bool run_answer(Run *run) {
        SyncMessage message = {};
        int fd = -1;
        size_t n_fds = 0;
        ssize_t n;

        ASSERT_EQ(fd_wait_readable(run->sync_fd, usec_monotonic() + TIMEOUT_USEC), 1);
        n = socket_receive_fds(run->sync_fd, &message, sizeof message, &fd, 1, &n_fds);
        if (n == 0 || n == -ECONNRESET)
                return false;
        ASSERT_EQ(n, (ssize_t) sizeof message);
        switch (message.kind) {
        case SYNC_MAPS:
                write_maps(run);
                ASSERT_OK(sync_send_go(run->sync_fd, 0));
                return true;
        case SYNC_FORKED:
                ASSERT_EQ(waitpid(run->pid, NULL, __WALL), run->pid);
                fd_close(run->pidfd);
                run->pidfd = fd;
                run->pid = (pid_t) message.value;
                run->forked = true;
                return true;
        case SYNC_HOOKS:
                run->hooks = true;
                if (run->on_hooks)
                        run->on_hooks(run);
                ASSERT_OK(sync_send_go(run->sync_fd, 0));
                return true;
        case SYNC_SECCOMP:
                run->seccomp = fd >= 0;
                fd_close(fd);
                ASSERT_OK(sync_send_go(run->sync_fd, 0));
                return true;
        case SYNC_CONSOLE:
                run->console_fd = fd;
                return true;
        case SYNC_CREATED:
                run->created = true;
                if (run->on_created)
                        run->on_created(run);
                if (run->hold)
                        return false;
                ASSERT_OK(sync_send_go(run->sync_fd, 0));
                return true;
        case SYNC_FAILED:
                run->failure = message;
                return true;
        default:
                FAIL("message %u", message.kind);
        }
}

/* The payload's output and its end. */
static inline void run_finish(Run *run) {
        size_t length = 0;
        siginfo_t info = {};
        int status = 0;

        for (;;) {
                ssize_t n;

                ASSERT_GE(fd_wait_readable(run->output_fd, usec_monotonic() + TIMEOUT_USEC), 1);
                n = read(run->output_fd, run->output + length, sizeof run->output - 1 - length);
                if (n <= 0)
                        break;
                length += (size_t) n;
        }
        run->output[length] = '\0';
        ASSERT_EQ(fd_wait_readable(run->pidfd, usec_monotonic() + TIMEOUT_USEC), 1);
        ASSERT_EQ(waitpid(run->pid, &status, __WALL), run->pid);
        (void) info;
        run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        run->pid = 0;
}

static inline void run_start(Run *run) {
        CLEANUP(plan_image_freep) PlanImage *image = NULL;
        Plan plan;
        char numbers[3][16];
        const char *arguments[6] = { "berth-init", PLAN_MODE_INIT };
        int sync[2], output[2], plan_fd, fds[3];
        size_t n_fds = 2;

        for (size_t i = 0; i < run->n_source_fds; i++) {
                PlanSource source = { .kind = PLAN_SOURCE_MOUNT, .path = (char *) (uintptr_t) "" };

                (void) plan_add_source(&run->builder, &source);
        }
        ASSERT_OK(plan_builder_finish(&run->builder, &image));
        ASSERT_OK(plan_open(image->bytes, image->size, &plan));
        plan_fd = memfd_sealed("plan", image->bytes, image->size);
        ASSERT_OK(plan_fd);
        ASSERT_OK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync));
        ASSERT_OK(pipe2(output, O_CLOEXEC));
        /* Numbers that no test's descriptors to be inherited have. */
        fds[0] = fcntl(plan_fd, F_DUPFD_CLOEXEC, 50);
        fds[1] = fcntl(sync[1], F_DUPFD_CLOEXEC, 50);
        fds[2] = run->start_fd < 0 ? -1 : fcntl(run->start_fd, F_DUPFD_CLOEXEC, 50);
        n_fds = run->start_fd < 0 ? 2 : 3;
        for (size_t i = 0; i < 3; i++) {
                snprintf(numbers[i], sizeof numbers[i], "%d", fds[i]);
                arguments[2 + i] = numbers[i];
        }
        run_spawn(run, plan.header->clone_flags, arguments, fds, n_fds, output[1]);
        run->sync_fd = sync[0];
        run->output_fd = output[0];
        fd_close(sync[1]);
        fd_close(output[1]);
        fd_close(plan_fd);
        for (size_t i = 0; i < 3; i++)
                fd_close(fds[i]);
        if (run->n_source_fds > 0) {
                SyncMessage message = { .kind = SYNC_SOURCES, .value = (uint32_t) run->n_source_fds };

                ASSERT_OK(socket_send_fds(run->sync_fd, &message, sizeof message, run->source_fds, run->n_source_fds));
        }
}

/* The whole way. */
static inline void run_all(Run *run) {
        run_start(run);
        while (run_answer(run))
                ;
        if (!run->hold)
                run_finish(run);
}

/* It ran, and succeeded. */
static inline void run_all_ok(Run *run) {
        run_all(run);
        if (run->failure.kind == SYNC_FAILED)
                FAIL("step %u: %s", run->failure.step, strerror(run->failure.error));
        if (run->status != 0)
                FAIL("status %d: %s", run->status, run->output);
}

/* It failed at the last step that was added by then, as a launcher would see it. */
static inline void run_all_fails(Run *run, uint32_t step, int error) {
        run_all(run);
        ASSERT_EQ(run->failure.kind, (uint32_t) SYNC_FAILED);
        ASSERT_EQ(run->failure.step, step);
        ASSERT_EQ(run->failure.error, error);
        ASSERT_EQ(run->status, PLAN_EXIT_FAILED);
}
