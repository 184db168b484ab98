/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The seccomp filter. Invariant: behind it this process makes only the system calls of plan/filtered.c. What a listener needs is done by a thread that is
 * not filtered: it shares our descriptors, so it has the listener as soon as the kernel has made it, and it gives it away while we wait in memory. Our own
 * calls could be asked about, or refused. Called by STEP_SECCOMP, of the payload and of the hooks that run as it. */

#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/time_types.h>

#include "init/setup.h"

#define LISTENER_PENDING INT32_MIN
#define HANDOVER_PENDING 1

typedef struct Handover {
        Setup *setup;
        int listener;           /* LISTENER_PENDING until the filter is loaded; what seccomp(2) returned */
        int result;             /* HANDOVER_PENDING until the launcher has it; 0 or negative errno */
} Handover;

int step_no_new_privileges(Setup *setup, const PlanStep *step) {
        return SYSCALL_INT(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Somebody must listen before we go on. */
static int give_away(Setup *setup, int listener) {
        int r = sync_send(setup, SYNC_SECCOMP, 0, listener);

        if (r >= 0)
                r = sync_wait_go(setup, NULL);
        SYSCALL(close, listener);
        return r;
}

#if defined(__x86_64__) || defined(__aarch64__)
static void __attribute__((noreturn, used)) thread_main(Handover *handover) {
        int listener;

        while ((listener = __atomic_load_n(&handover->listener, __ATOMIC_ACQUIRE)) == LISTENER_PENDING)
                SYSCALL(sched_yield);
        __atomic_store_n(&handover->result, listener < 0 ? listener : give_away(handover->setup, listener), __ATOMIC_RELEASE);
        for (;;)
                SYSCALL(exit, 0);
}

static long start_thread(Handover *handover) {
        struct clone_args clone = {
                .flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
                .stack = (uint64_t) (uintptr_t) handover->setup->thread_stack,
                .stack_size = SETUP_STACK_SIZE,
        };
#if defined(__x86_64__)
        register Handover *argument __asm__("r8") = handover;
        register void (*function)(Handover *) __asm__("r9") = thread_main;
        long thread;

        __asm__ volatile("syscall\n\t"
                         "test %%rax, %%rax\n\t"
                         "jnz 1f\n\t"
                         "xor %%ebp, %%ebp\n\t"
                         "mov %[argument], %%rdi\n\t"
                         "call *%[function]\n"
                         "1:"
                         : "=a"(thread)
                         : "0"((long) __NR_clone3), "D"(&clone), "S"(sizeof clone), [argument] "r"(argument), [function] "r"(function)
                         : "rcx", "r11", "memory", "cc");
#else
        register long thread __asm__("x0") = (long) (uintptr_t) &clone;
        register size_t size __asm__("x1") = sizeof clone;
        register void (*function)(Handover *) __asm__("x2") = thread_main;
        register Handover *argument __asm__("x3") = handover;
        register long number __asm__("x8") = __NR_clone3;

        __asm__ volatile("svc #0\n\t"
                         "cbnz x0, 1f\n\t"
                         "mov x29, #0\n\t"
                         "mov x0, x3\n\t"
                         "blr x2\n"
                         "1:"
                         : "+r"(thread)
                         : "r"(size), "r"(function), "r"(argument), "r"(number)
                         : "memory", "cc");
#endif
        return thread;
}

/* Without a system call. A real-time policy keeps the processor from everybody whom we wait for until we sleep: with it the profile has to let us. */
static void relax(bool real_time) {
        const struct __kernel_timespec nap = { .tv_nsec = 1000000 };

        if (real_time)
                SYSCALL(nanosleep, &nap, 0);
#if defined(__x86_64__)
        __asm__ volatile("pause");
#else
        __asm__ volatile("yield");
#endif
}
#else
static long start_thread(Handover *handover) {
        return -ENOSYS;
}

static void relax(bool real_time) {
}
#endif

static int load(Setup *setup, const PlanStep *step) {
        struct sock_fprog program = {
                .len = (unsigned short) (step->bytes.size / sizeof(struct sock_filter)),
                .filter = (struct sock_filter *) (uintptr_t) plan_bytes(&setup->plan, step->bytes),
        };

        return SYSCALL_INT(seccomp, SECCOMP_SET_MODE_FILTER, step->flags, &program);
}

static int load_with_listener(Setup *setup, const PlanStep *step) {
        Handover handover = { .setup = setup, .listener = LISTENER_PENDING, .result = HANDOVER_PENDING };
        int policy = SYSCALL_INT(sched_getscheduler, 0);
        long thread = start_thread(&handover);
        int listener = load(setup, step), result;

        __atomic_store_n(&handover.listener, listener, __ATOMIC_RELEASE);
        /* No thread for want of tasks (pids.max), or under SCHED_DEADLINE: then our own calls, and the profile has to allow them. */
        if (thread < 0)
                return listener < 0 ? listener : give_away(setup, listener);
        while ((result = __atomic_load_n(&handover.result, __ATOMIC_ACQUIRE)) == HANDOVER_PENDING)
                relax(policy == SCHED_FIFO || policy == SCHED_RR);
        return result;
}

int step_seccomp(Setup *setup, const PlanStep *step) {
        int r = descriptors_prepare(setup);

        if (r < 0)
                return r;
        /* For who finds us dead before we became the payload. */
        SYSCALL(prctl, PR_SET_NAME, PLAN_INIT_NAME, 0, 0, 0);
        return step->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? load_with_listener(setup, step) : load(setup, step);
}
