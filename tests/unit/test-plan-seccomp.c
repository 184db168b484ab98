/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/plan/seccomp.c: filters are loaded into children, which then try what they may. */

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "plan/seccomp.h"
#include "test.h"

/* Larger than any number of today. */
#define SYSCALL_OF_THE_FUTURE 900

static char allowed_names[][20] = { "exit_group", "exit", "read", "write", "rt_sigreturn", "no_such_call" };

/* Allows what a child needs to say how it went, and what the test asks for. */
typedef struct Profile {
        SpecSeccomp seccomp;
        SpecSeccompSyscall syscalls[2];
        SpecSeccompArgument arguments[2];
        char *base[ELEMENTSOF(allowed_names) + 1];
        char *asked[2];
} Profile;

static void profile_make(Profile *profile, char *name, SpecSeccompAction action) {
        *profile = (Profile) {
                .seccomp = { .default_action = SPEC_SECCOMP_ERRNO, .flags = { .set = true } },
                .syscalls = { { .action = SPEC_SECCOMP_ALLOW }, { .action = action } },
                .asked = { name },
        };
        for (size_t i = 0; i < ELEMENTSOF(allowed_names); i++)
                profile->base[i] = allowed_names[i];
        profile->syscalls[0].names = profile->base;
        profile->syscalls[1].names = profile->asked;
        profile->seccomp.syscalls = profile->syscalls;
        profile->seccomp.n_syscalls = 2;
}

/* Not _exit(2), nor anything else that does not return: a sanitizer would do more there than the filter allows. */
static void leave(int status) {
        (void) syscall(SYS_exit_group, status);
}

/* errno (0 for success) of a system call behind the filter, or 1000 + the signal that ended the child. */
static int try_syscall(const SpecSeccomp *seccomp, long number, long a, long b) {
        CLEANUP(freep) void *bpf = NULL;
        CLEANUP(error_done) Error error = {};
        struct sock_fprog program;
        uint32_t flags;
        size_t size;
        int status;
        pid_t pid;

        ASSERT_OK_ERROR(seccomp_compile(seccomp, &bpf, &size, &flags, &error), &error);
        ASSERT_EQ(size % sizeof(struct sock_filter), 0);
        program = (struct sock_fprog) { .len = (unsigned short) (size / sizeof(struct sock_filter)), .filter = bpf };
        pid = fork();
        ASSERT_GE(pid, 0);
        if (pid == 0) {
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0)
                        leave(255);
                leave(syscall(number, a, b, 0L) < 0 ? errno : 0);
        }
        ASSERT_EQ(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status))
                return 1000 + WTERMSIG(status);
        ASSERT_NE(WEXITSTATUS(status), 255);
        return WEXITSTATUS(status);
}

static char getpid_name[] = "getpid", personality_name[] = "personality", keyctl_name[] = "keyctl";

TEST(allowed_and_denied) {
        Profile profile;

        profile_make(&profile, getpid_name, SPEC_SECCOMP_ALLOW);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_getpid, 0, 0), 0);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_getuid, 0, 0), EPERM);
        profile.seccomp.default_errno_ret = (OptionalU32) { ENOTTY, true };
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_getuid, 0, 0), ENOTTY);
}

TEST(errno_of_a_rule) {
        Profile profile;

        profile_make(&profile, getpid_name, SPEC_SECCOMP_ERRNO);
        profile.syscalls[1].errno_ret = (OptionalU32) { EXDEV, true };
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_getpid, 0, 0), EXDEV);
}

TEST(killed) {
        Profile profile;

        profile_make(&profile, getpid_name, SPEC_SECCOMP_KILL_PROCESS);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_getpid, 0, 0), 1000 + SIGSYS);
}

/* A call that is newer than the profile is answered as an older kernel would: libcs fall back on ENOSYS only. */
TEST(future_calls_do_not_exist) {
        Profile profile;

        profile_make(&profile, getpid_name, SPEC_SECCOMP_ALLOW);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYSCALL_OF_THE_FUTURE, 0, 0), ENOSYS);
        profile_make(&profile, keyctl_name, SPEC_SECCOMP_ALLOW);
        /* Above getpid, below keyctl. */
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0xffffffff, 0), SYS_personality < SYS_keyctl ? EPERM : ENOSYS);
}

TEST(conditions_of_different_arguments_are_anded) {
        Profile profile;

        profile_make(&profile, personality_name, SPEC_SECCOMP_ALLOW);
        profile.arguments[0] = (SpecSeccompArgument) { .index = 0, .value = 0xffffffff, .op = SPEC_SECCOMP_EQ };
        profile.arguments[1] = (SpecSeccompArgument) { .index = 1, .value = 7, .op = SPEC_SECCOMP_GT };
        profile.syscalls[1].args = profile.arguments;
        profile.syscalls[1].n_args = 2;
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0xffffffff, 8), 0);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0xffffffff, 7), EPERM);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0, 8), EPERM);
}

TEST(conditions_of_one_argument_are_ored) {
        Profile profile;

        profile_make(&profile, personality_name, SPEC_SECCOMP_ALLOW);
        profile.arguments[0] = (SpecSeccompArgument) { .index = 0, .value = 0, .op = SPEC_SECCOMP_EQ };
        profile.arguments[1] = (SpecSeccompArgument) { .index = 0, .value = 0xffffffff, .op = SPEC_SECCOMP_EQ };
        profile.syscalls[1].args = profile.arguments;
        profile.syscalls[1].n_args = 2;
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0xffffffff, 0), 0);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0, 0), 0);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 8, 0), EPERM);
}

TEST(masked) {
        Profile profile;

        profile_make(&profile, personality_name, SPEC_SECCOMP_ALLOW);
        profile.arguments[0] =
                        (SpecSeccompArgument){ .index = 0, .value = 0xf0, .value_two = 0x00, .op = SPEC_SECCOMP_MASKED_EQ };
        profile.syscalls[1].args = profile.arguments;
        profile.syscalls[1].n_args = 1;
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0, 0), 0);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_personality, 0x10, 0), EPERM);
}

TEST(rule_that_says_the_default) {
        Profile profile;

        profile_make(&profile, getpid_name, SPEC_SECCOMP_ERRNO);
        ASSERT_EQ(try_syscall(&profile.seccomp, SYS_getpid, 0, 0), EPERM);
}

static uint32_t flags_of(const SpecSeccomp *seccomp) {
        CLEANUP(freep) void *bpf = NULL;
        uint32_t flags = 0;
        size_t size;

        ASSERT_OK(seccomp_compile(seccomp, &bpf, &size, &flags, NULL));
        return flags;
}

TEST(flags) {
        Profile profile;

        profile_make(&profile, getpid_name, SPEC_SECCOMP_ALLOW);
        ASSERT_EQ(flags_of(&profile.seccomp), 0);
        profile.seccomp.flags = (SpecSet) {};
        ASSERT_EQ(flags_of(&profile.seccomp), SECCOMP_FILTER_FLAG_SPEC_ALLOW);
        profile.seccomp.flags = (SpecSet){
                1U << SPEC_SECCOMP_FLAG_LOG | 1U << SPEC_SECCOMP_FLAG_TSYNC | 1U << SPEC_SECCOMP_FLAG_WAIT_KILLABLE_RECV, true
        };
        ASSERT_EQ(flags_of(&profile.seccomp), SECCOMP_FILTER_FLAG_LOG);
        profile.syscalls[1].action = SPEC_SECCOMP_NOTIFY;
        ASSERT_EQ(flags_of(&profile.seccomp), SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_NEW_LISTENER | 1U << 5);
}

TEST(bad_profiles) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(freep) void *bpf = NULL;
        uint32_t flags;
        size_t size;
        Profile profile;

        profile_make(&profile, getpid_name, SPEC_SECCOMP_ERRNO);
        profile.syscalls[1].errno_ret = (OptionalU32) { 70000, true };
        ASSERT_LT(seccomp_compile(&profile.seccomp, &bpf, &size, &flags, &error), 0);
        ASSERT_ERROR_CONTAINS(&error, "16 bits");
        profile_make(&profile, getpid_name, SPEC_SECCOMP_ALLOW);
        profile.arguments[0] = (SpecSeccompArgument) { .index = 6, .op = SPEC_SECCOMP_EQ };
        profile.syscalls[1].args = profile.arguments;
        profile.syscalls[1].n_args = 1;
        ASSERT_LT(seccomp_compile(&profile.seccomp, &bpf, &size, &flags, &error), 0);
        ASSERT_ERROR_CONTAINS(&error, "linux.seccomp.syscalls[1].args[0]");
}
