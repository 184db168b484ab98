/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hooks that run inside: createContainer and startContainer. Invariant: a hook has the state on its stdin, no descriptor of ours, and no more time
 * than its timeout; a startContainer hook may do no more than the payload. */

#include <linux/close_range.h>
#include <linux/memfd.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <linux/wait.h>
#include <signal.h>

#include "init/setup.h"

static int write_string(int fd, const char *string) {
        size_t length = strlen(string);

        while (length > 0) {
                long n = SYSCALL(write, fd, string, length);

                if (n < 0 && n != -EINTR)
                        return (int) n;
                if (n > 0) {
                        string += n;
                        length -= (size_t) n;
                }
        }
        return 0;
}

/* The state with our pid in it, as the namespace of the hook has it. */
static int make_state(Setup *setup, const PlanStep *step) {
        char number[24];
        int fd = SYSCALL_INT(memfd_create, "state", MFD_CLOEXEC), r;

        if (fd < 0)
                return fd;
        r = write_string(fd, step_type(setup, step));
        if (r >= 0)
                r = write_string(fd, number_text((unsigned long) SYSCALL(getpid), number));
        if (r >= 0)
                r = write_string(fd, step_data(setup, step));
        if (r >= 0)
                r = SYSCALL_INT(lseek, fd, 0, 0);
        if (r < 0) {
                SYSCALL(close, fd);
                return r;
        }
        return fd;
}

/* Why a hook was not executed, and in which step. */
typedef struct HookError {
        uint32_t index;
        int error;
} HookError;

static void hook_pointers(const Setup *setup, const PlanStep *step, char **arguments, char ***ret_environment) {
        char **environment = arguments + strings_to_pointers(&setup->plan, step->bytes, 0, step->value[0], arguments) + 1;

        if (step->options & PLAN_HOOK_ENVIRONMENT)
                payload_environment(setup, environment);
        else
                strings_to_pointers(&setup->plan, step->bytes, step->value[0], step->bytes.size, environment);
        *ret_environment = environment;
}

/* Its output is for whoever looks for a failure, not part of the payload's. Its working directory is the container's root, or the payload's, as with runc. */
static void __attribute__((noreturn)) exec_hook(Setup *setup, const PlanStep *step, int state_fd, int output_fd, int error_fd) {
        char **arguments = setup->pointers, **environment;
        uint32_t index = setup->index;
        HookError failure;
        int r;

        hook_pointers(setup, step, arguments, &environment);
        SYSCALL(dup3, state_fd, 0, 0);
        SYSCALL(dup3, output_fd, 1, 0);
        SYSCALL(dup3, output_fd, 2, 0);
        r = SYSCALL_INT(close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
        setup->descriptors_ready = true;
        if (r >= 0 && step->options & PLAN_HOOK_AS_PAYLOAD)
                r = setup_become_payload(setup);
        else if (r >= 0 && setup->root_fd >= 0)
                r = SYSCALL_INT(fchdir, setup->root_fd);
        if (r >= 0) {
                setup->index = index;
                r = SYSCALL_INT(execve, step_path(setup, step), arguments, environment);
        }
        failure = (HookError) { setup->index, r };
        SYSCALL(write, error_fd, &failure, sizeof failure);
        SYSCALL(exit_group, 127);
        __builtin_trap();
}

/* Its exit status, or 128 + signal; -ETIMEDOUT after killing it. */
static int wait_hook(int pid, int pidfd, uint64_t timeout_usec) {
        struct pollfd poll = { .fd = pidfd, .events = POLLIN };
        struct __kernel_timespec timeout = { (long long) (timeout_usec / 1000000), (long long) (timeout_usec % 1000000) * 1000 };
        int status = 0, r, waited;

        do /* Linux takes what is left of the time off the timeout itself */
                r = SYSCALL_INT(ppoll, &poll, 1, timeout_usec ? &timeout : NULL, 0, 0);
        while (r == -EINTR);
        if (r <= 0)
                SYSCALL(pidfd_send_signal, pidfd, SIGKILL, 0, 0);
        do
                waited = SYSCALL_INT(wait4, pid, &status, __WALL, 0);
        while (waited == -EINTR);
        if (r <= 0)
                return r < 0 ? r : -ETIMEDOUT;
        if (waited < 0)
                return waited;
        return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}

int step_hook(Setup *setup, const PlanStep *step) {
        CLEANUP(init_closep) int state_fd = make_state(setup, step), output_fd = -1, pidfd = -1, read_fd = -1, write_fd = -1;
        struct clone_args clone = { .flags = CLONE_PIDFD, .pidfd = (uint64_t) (uintptr_t) &pidfd, .exit_signal = SIGCHLD };
        HookError failure = {};
        int pid, ends[2], status, r;

        if (state_fd < 0)
                return state_fd;
        output_fd = SYSCALL_INT(memfd_create, "output", MFD_CLOEXEC);
        if (output_fd < 0)
                return output_fd;
        r = SYSCALL_INT(pipe2, ends, O_CLOEXEC);
        if (r < 0)
                return r;
        read_fd = ends[0];
        write_fd = ends[1];
        pid = SYSCALL_INT(clone3, &clone, sizeof clone);
        if (pid < 0)
                return pid;
        if (pid == 0)
                exec_hook(setup, step, state_fd, output_fd, write_fd);
        SYSCALL(close, TAKE(write_fd, -1));
        /* Ends with its execve(2), or brings why there was none. */
        do
                r = SYSCALL_INT(read, read_fd, &failure, sizeof failure);
        while (r == -EINTR);
        status = wait_hook(pid, pidfd, step->value[1]);
        if (r == sizeof failure && failure.error < 0 && failure.index < setup->plan.header->n_steps) {
                setup->index = failure.index;
                return failure.error;
        }
        if (status == 0)
                return 0;
        setup->failure_fd = TAKE_FD(output_fd);
        if (status < 0)
                return status;
        setup->failure_value = (uint32_t) status;
        return -ECHILD;
}
