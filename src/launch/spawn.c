/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starting berth-init. Invariant: between clone3(2) and execveat(2) the child makes nothing but system calls; it has the caller's memory, which waits for
 * it meanwhile, and a stack of its own. */

#include "launch/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/installed.h"
#include "base/process.h"
#include "base/strv.h"
#include "config.h"
#include "plan/plan.h"

#define SPAWN_FDS_MAX 8

static int open_helper_file(char **ret_path, Error *error) {
        CLEANUP(freep) char *path = installed_path("src/init/berth-init", BERTH_LIBEXEC_DIR "/berth-init");
        int fd;

        if (!path)
                return -ENOMEM;
        fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return error_set(error, -errno, "helper %s: %m", path);
        *ret_path = TAKE_PTR(path);
        return fd;
}

/* A clone of the mount below the file alone, attached nowhere. Not even root inside the container can remount what has no place in its tree. */
static int clone_read_only(int file_fd) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
        CLEANUP(fd_closep) int fd =
                (int) syscall(SYS_open_tree, file_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

        if (fd < 0)
                return -errno;
        if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int copy_sealed(const char *path) {
        CLEANUP(fd_closep) int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        CLEANUP(fd_closep) int to = memfd_create("berth-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        ssize_t n;

        if (from < 0 || to < 0)
                return -errno;
        do
                n = sendfile(to, from, NULL, 1 << 20);
        while (n > 0 || (n < 0 && errno == EINTR));
        if (n < 0)
                return -errno;
        if (fchmod(to, 0500) < 0 || fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -errno;
        return TAKE_FD(to);
}

int helper_open(Error *error) {
        CLEANUP(freep) char *path = NULL;
        CLEANUP(fd_closep) int file_fd = open_helper_file(&path, error);
        int fd;

        if (file_fd < 0)
                return file_fd;
        fd = clone_read_only(file_fd);
        if (fd == -EPERM || fd == -EINVAL || fd == -ENOSYS)
                fd = copy_sealed(path);
        if (fd < 0)
                return error_set(error, fd, "helper %s: %m", path);
        return fd;
}

typedef struct Child {
        const SpawnRequest *request;
        char *const *arguments;
} Child;

/* Runs in the child. */
static void __attribute__((noreturn, used)) child_exec(const Child *child) {
        static char *const no_environment[] = { NULL };
        const SpawnRequest *request = child->request;
        sigset_t none;

        for (int i = 0; request->stdio && i < 3; i++)
                if (request->stdio[i] >= 0 && dup2(request->stdio[i], i) < 0)
                        _exit(PLAN_EXIT_FAILED);
        (void) syscall(SYS_close_range, 3 + request->preserve_fds, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
        for (size_t i = 0; i < request->n_fds; i++)
                if (request->fds[i] >= 0)
                        (void) fcntl(request->fds[i], F_SETFD, 0);
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        (void) syscall(SYS_execveat, request->helper_fd, "", child->arguments, no_environment, AT_EMPTY_PATH);
        _exit(PLAN_EXIT_FAILED);
}

/* The child calls a handful of system calls. Not cleared: a page that is not touched costs nothing. */
#define CHILD_STACK_SIZE 8192

/* clone3(2) whose child calls child_exec(). As with vfork(2) nothing is copied: for a process of our size that, and the faults on what was copied, is a
 * tenth of a start. libc has no such call, and in C a child cannot leave the stack that it shares. */
static long clone_child(struct clone_args *clone, const Child *child) {
#if defined __x86_64__
        register const Child *argument __asm__("r8") = child;
        register void (*function)(const Child *) __asm__("r9") = child_exec;
        long pid;

        __asm__ volatile("syscall\n\t"
                         "test %%rax, %%rax\n\t"
                         "jnz 1f\n\t"
                         "xor %%ebp, %%ebp\n\t"
                         "mov %[argument], %%rdi\n\t"
                         "call *%[function]\n"
                         "1:"
                         : "=a"(pid)
                         : "0"(SYS_clone3), "D"(clone), "S"(sizeof *clone), [argument] "r"(argument), [function] "r"(function)
                         : "rcx", "r11", "memory", "cc");
#elif defined __aarch64__
        register long pid __asm__("x0") = (long) clone;
        register size_t size __asm__("x1") = sizeof *clone;
        register void (*function)(const Child *) __asm__("x2") = child_exec;
        register const Child *argument __asm__("x3") = child;
        register long number __asm__("x8") = SYS_clone3;

        __asm__ volatile("svc #0\n\t"
                         "cbnz x0, 1f\n\t"
                         "mov x29, #0\n\t"
                         "mov x0, x3\n\t"
                         "blr x2\n"
                         "1:"
                         : "+r"(pid)
                         : "r"(size), "r"(function), "r"(argument), "r"(number)
                         : "memory", "cc");
#else
        long pid;

        clone->flags &= ~(uint64_t) (CLONE_VM | CLONE_VFORK);
        clone->stack = clone->stack_size = 0;
        pid = syscall(SYS_clone3, clone, sizeof *clone);
        if (pid == 0)
                child_exec(child);
        if (pid < 0)
                pid = -errno;
#endif
        return pid;
}

int spawn(const SpawnRequest *request, Process *ret, Error *error) {
        __attribute__((aligned(16), uninitialized)) char stack[CHILD_STACK_SIZE];
        char numbers[SPAWN_FDS_MAX][12], *arguments[SPAWN_FDS_MAX + 4];
        char name[] = "berth-init", mode[16], last[32];
        size_t n_arguments = 0;
        struct clone_args clone = {};
        sigset_t all, before;
        Child child = { request, arguments };
        int pidfd = -EBADF;
        long pid;

        if (request->n_fds > SPAWN_FDS_MAX || strlen(request->mode) >= sizeof mode)
                return -EINVAL;
        strcpy(mode, request->mode);
        arguments[n_arguments++] = name;
        arguments[n_arguments++] = mode;
        for (size_t i = 0; i < request->n_fds; i++) {
                snprintf(numbers[i], sizeof numbers[i], "%d", request->fds[i] < 0 ? -1 : request->fds[i]);
                arguments[n_arguments++] = numbers[i];
        }
        if (request->last_argument) {
                snprintf(last, sizeof last, "%s", request->last_argument);
                arguments[n_arguments++] = last;
        }
        arguments[n_arguments] = NULL;

        clone.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | request->clone_flags;
        clone.stack = (uint64_t) (uintptr_t) stack;
        clone.stack_size = sizeof stack;
        clone.pidfd = (uint64_t) (uintptr_t) &pidfd;
        clone.exit_signal = SIGCHLD;
        if (request->cgroup_fd >= 0) {
                clone.flags |= CLONE_INTO_CGROUP;
                clone.cgroup = (uint64_t) request->cgroup_fd;
        }
        /* The child must not run a handler of ours on our memory. */
        sigfillset(&all);
        (void) sigprocmask(SIG_SETMASK, &all, &before);
        pid = clone_child(&clone, &child);
        (void) sigprocmask(SIG_SETMASK, &before, NULL);
        if (pid < 0)
                return error_set(error, (int) pid, "cannot start berth-init: %m");

        ret->pid = (pid_t) pid;
        ret->pidfd = pidfd;
        return 0;
}

void process_release(Process *process) {
        fd_close(process->pidfd);
        *process = PROCESS_NONE;
}

void process_kill(Process *process) {
        if (process->pidfd >= 0)
                (void) pidfd_signal(process->pidfd, SIGKILL);
        if (process->pid > 0)
                (void) process_wait(process->pid);
        process_release(process);
}
