/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* linux.seccomp to BPF, by libseccomp. Alone with its library. Names that libseccomp
 * does not know are skipped, as profiles are written for the newest kernel; whatever is skipped is denied then, or unknown to
 * the kernel as well. */

#include "plan/seccomp.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/strv.h"
#include "config.h"
#include "plan/seccomp-enosys.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* 5.19 */
#endif

#define X32_FIRST 0x40000000U           /* __X32_SYSCALL_BIT */
#define INSTRUCTIONS_MAX 4096U          /* BPF_MAXINSNS */
#define ARGUMENTS_MAX 6U

/* 0: this libseccomp has none. */
static const uint32_t architectures[] = {
        [SPEC_ARCHITECTURE_X86] = SCMP_ARCH_X86,
        [SPEC_ARCHITECTURE_X86_64] = SCMP_ARCH_X86_64,
        [SPEC_ARCHITECTURE_X32] = SCMP_ARCH_X32,
        [SPEC_ARCHITECTURE_ARM] = SCMP_ARCH_ARM,
        [SPEC_ARCHITECTURE_AARCH64] = SCMP_ARCH_AARCH64,
        [SPEC_ARCHITECTURE_MIPS] = SCMP_ARCH_MIPS,
        [SPEC_ARCHITECTURE_MIPS64] = SCMP_ARCH_MIPS64,
        [SPEC_ARCHITECTURE_MIPS64N32] = SCMP_ARCH_MIPS64N32,
        [SPEC_ARCHITECTURE_MIPSEL] = SCMP_ARCH_MIPSEL,
        [SPEC_ARCHITECTURE_MIPSEL64] = SCMP_ARCH_MIPSEL64,
        [SPEC_ARCHITECTURE_MIPSEL64N32] = SCMP_ARCH_MIPSEL64N32,
        [SPEC_ARCHITECTURE_PPC] = SCMP_ARCH_PPC,
        [SPEC_ARCHITECTURE_PPC64] = SCMP_ARCH_PPC64,
        [SPEC_ARCHITECTURE_PPC64LE] = SCMP_ARCH_PPC64LE,
        [SPEC_ARCHITECTURE_S390] = SCMP_ARCH_S390,
        [SPEC_ARCHITECTURE_S390X] = SCMP_ARCH_S390X,
        [SPEC_ARCHITECTURE_PARISC] = SCMP_ARCH_PARISC,
        [SPEC_ARCHITECTURE_PARISC64] = SCMP_ARCH_PARISC64,
        [SPEC_ARCHITECTURE_RISCV64] = SCMP_ARCH_RISCV64,
#ifdef SCMP_ARCH_LOONGARCH64
        [SPEC_ARCHITECTURE_LOONGARCH64] = SCMP_ARCH_LOONGARCH64, /* 2.6.0 */
#endif
#ifdef SCMP_ARCH_M68K
        [SPEC_ARCHITECTURE_M68K] = SCMP_ARCH_M68K, /* 2.6.0 */
#endif
#ifdef SCMP_ARCH_SH
        [SPEC_ARCHITECTURE_SH] = SCMP_ARCH_SH, /* 2.6.0 */
#endif
#ifdef SCMP_ARCH_SHEB
        [SPEC_ARCHITECTURE_SHEB] = SCMP_ARCH_SHEB, /* 2.6.0 */
#endif
};

static const enum scmp_compare operators[] = {
        [SPEC_SECCOMP_NE] = SCMP_CMP_NE,
        [SPEC_SECCOMP_LT] = SCMP_CMP_LT,
        [SPEC_SECCOMP_LE] = SCMP_CMP_LE,
        [SPEC_SECCOMP_EQ] = SCMP_CMP_EQ,
        [SPEC_SECCOMP_GE] = SCMP_CMP_GE,
        [SPEC_SECCOMP_GT] = SCMP_CMP_GT,
        [SPEC_SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

/* SECCOMP_FILTER_FLAG_*. TSYNC is missing: berth-init has one thread, and with a listener the kernel refuses it. */
static const uint32_t filter_flags[] = {
        [SPEC_SECCOMP_FLAG_LOG] = SECCOMP_FILTER_FLAG_LOG,
        [SPEC_SECCOMP_FLAG_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        [SPEC_SECCOMP_FLAG_WAIT_KILLABLE_RECV] = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
};

static void release_context(scmp_filter_ctx *context) {
        if (*context)
                seccomp_release(*context);
}

/* config-linux.md: errnoRet is EPERM when absent, and goes to a tracer too. 0 for no action. */
static int action_number(SpecSeccompAction action, const OptionalU32 *errno_ret, const char *place, uint32_t *ret, Error *error) {
        uint32_t number = errno_ret->set ? errno_ret->value : EPERM;

        if (number > UINT16_MAX)
                return error_set(error, -EINVAL, "linux.seccomp.%s: %u does not fit in 16 bits", place, number);
        switch (action) {
        case SPEC_SECCOMP_KILL:
        case SPEC_SECCOMP_KILL_THREAD:
                *ret = SCMP_ACT_KILL_THREAD;
                return 0;
        case SPEC_SECCOMP_KILL_PROCESS:
                *ret = SCMP_ACT_KILL_PROCESS;
                return 0;
        case SPEC_SECCOMP_TRAP:
                *ret = SCMP_ACT_TRAP;
                return 0;
        case SPEC_SECCOMP_ERRNO:
                *ret = SCMP_ACT_ERRNO(number);
                return 0;
        case SPEC_SECCOMP_TRACE:
                *ret = SCMP_ACT_TRACE(number);
                return 0;
        case SPEC_SECCOMP_ALLOW:
                *ret = SCMP_ACT_ALLOW;
                return 0;
        case SPEC_SECCOMP_LOG:
                *ret = SCMP_ACT_LOG;
                return 0;
        case SPEC_SECCOMP_NOTIFY:
                *ret = SCMP_ACT_NOTIFY;
                return 0;
        }
        return error_set(error, -EINVAL, "linux.seccomp: an action is missing");
}

static int add_architectures(scmp_filter_ctx context, const SpecSeccomp *seccomp, Error *error) {
        for (unsigned i = 0; i < 64; i++) {
                int r;

                if (!spec_set_has(seccomp->architectures, i))
                        continue;
                r = -EINVAL;
                if (i < ELEMENTSOF(architectures) && architectures[i] != 0)
                        r = seccomp_arch_add(context, architectures[i]);
                if (r < 0 && r != -EEXIST)
                        return error_set(error, r,
                                         "linux.seccomp.architectures: one of them cannot be had with this libseccomp: %m");
        }
        return 0;
}

static int add_rule(scmp_filter_ctx context,
                    uint32_t action,
                    const char *name,
                    const struct scmp_arg_cmp *arguments,
                    unsigned n,
                    Error *error) {
        int number = seccomp_syscall_resolve_name(name), r;

        if (number == __NR_SCMP_ERROR) {
                log_debug("linux.seccomp: system call %s is unknown here, skipped", name);
                return 0;
        }
        r = seccomp_rule_add_array(context, action, number, n, arguments);
        /* Twice the same rule is one; EDOM: not on this architecture. */
        if (r < 0 && r != -EEXIST && r != -EDOM)
                return error_set(error, r, "linux.seccomp: rule for %s: %m", name);
        return 0;
}

int seccomp_check_names(const SpecSeccomp *seccomp, Error *error) {
        for (size_t i = 0; i < seccomp->n_syscalls; i++)
                STRV_FOREACH(name, seccomp->syscalls[i].names)
                        if (seccomp_syscall_resolve_name(*name) == __NR_SCMP_ERROR)
                                return error_set(
                                        error, -EINVAL,
                                        "linux.seccomp.syscalls[%zu].names: unknown system call \"%.80s\", and "
                                        "annotation run.oci.seccomp_fail_unknown_syscall is set",
                                        i, *name);
        return 0;
}

/* Conditions of one rule are ANDed and there can be one for each argument; several for one argument have always meant "any of
 * these". */
static int add_rules(scmp_filter_ctx context,
                     uint32_t action,
                     const char *name,
                     const struct scmp_arg_cmp *arguments,
                     unsigned n,
                     Error *error) {
        bool seen[ARGUMENTS_MAX] = {}, repeated = n > ARGUMENTS_MAX;
        int r = 0;

        for (unsigned i = 0; i < n; i++) {
                repeated = repeated || seen[arguments[i].arg];
                seen[arguments[i].arg] = true;
        }
        if (!repeated)
                return add_rule(context, action, name, arguments, n, error);
        for (unsigned i = 0; r >= 0 && i < n; i++)
                r = add_rule(context, action, name, arguments + i, 1, error);
        return r;
}

static int add_syscall(
                scmp_filter_ctx context, const SpecSeccompSyscall *syscall, size_t index, uint32_t default_action, Error *error) {
        CLEANUP(freep) struct scmp_arg_cmp *arguments = calloc(syscall->n_args + 1, sizeof(struct scmp_arg_cmp));
        uint32_t action;
        int r;

        if (!arguments)
                return error_set(error, -ENOMEM, "linux.seccomp: out of memory");
        r = action_number(syscall->action, &syscall->errno_ret, "syscalls[].errnoRet", &action, error);
        if (r < 0)
                return r;
        /* libseccomp refuses what changes nothing. */
        if (action == default_action)
                return 0;
        for (size_t i = 0; i < syscall->n_args; i++) {
                const SpecSeccompArgument *argument = syscall->args + i;

                if (argument->index >= ARGUMENTS_MAX || argument->op == 0 || argument->op >= ELEMENTSOF(operators))
                        return error_set(error, -EINVAL, "linux.seccomp.syscalls[%zu].args[%zu]: no such argument or operator",
                                         index, i);
                arguments[i] = (struct scmp_arg_cmp) { argument->index, operators[argument->op], argument->value,
                                                      argument->value_two };
        }
        STRV_FOREACH(name, syscall->names) {
                r = add_rules(context, action, *name, arguments, (unsigned) syscall->n_args, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The largest number that the profile names for an architecture; false when it names none. */
static bool largest_number(const SpecSeccomp *seccomp, uint32_t architecture, uint32_t *ret) {
        int largest = -1;

        for (size_t i = 0; i < seccomp->n_syscalls; i++)
                STRV_FOREACH(name, seccomp->syscalls[i].names) {
                        int number = seccomp_syscall_resolve_name_arch(architecture, *name);

                        if (number > largest)
                                largest = number;
                }
        if (largest < 0)
                return false;
        /* libseccomp gives x32 numbers with or without their bit, depending on its version. */
        *ret = (uint32_t) largest | (architecture == SCMP_ARCH_X32 ? X32_FIRST : 0);
        return true;
}

static bool is_permissive(SpecSeccompAction action) {
        /* A tracer can answer ENOSYS by itself. */
        return action == SPEC_SECCOMP_ALLOW || action == SPEC_SECCOMP_LOG || action == SPEC_SECCOMP_TRACE;
}

static size_t find_limits(const SpecSeccomp *seccomp, EnosysLimit *limits) {
        uint32_t native = seccomp_arch_native();
        size_t n = 0;

        if (is_permissive(seccomp->default_action))
                return 0;
        for (unsigned i = 0; i < ELEMENTSOF(architectures); i++) {
                uint32_t architecture = architectures[i];
                EnosysLimit limit = { .audit_arch = architecture, .end = UINT32_MAX };

                if (architecture == 0 || (!spec_set_has(seccomp->architectures, i) && architecture != native))
                        continue;
                if (!largest_number(seccomp, architecture, &limit.largest))
                        continue;
                if (architecture == SCMP_ARCH_X32) {
                        limit.audit_arch = SCMP_ARCH_X86_64;
                        limit.first = X32_FIRST;
                } else if (architecture == SCMP_ARCH_X86_64)
                        limit.end = X32_FIRST;
                limits[n++] = limit;
        }
        return n;
}

static int export_filter(scmp_filter_ctx context, const SpecSeccomp *seccomp, void **ret_bpf, size_t *ret_size, Error *error) {
        EnosysLimit limits[ELEMENTSOF(architectures)];
        size_t n_limits = find_limits(seccomp, limits), prefix, size;
        CLEANUP(fd_closep) int fd = memfd_create("seccomp", MFD_CLOEXEC);
        CLEANUP(freep) struct sock_filter *bpf = NULL;
        ssize_t n;
        off_t end;
        int r;

        if (fd < 0)
                return error_set(error, -errno, "linux.seccomp: memfd: %m");
        /* seccomp_export_bpf_mem() came with 2.6.0. */
        r = seccomp_export_bpf(context, fd);
        if (r < 0)
                return error_set(error, r, "linux.seccomp: filter cannot be made: %m");
        end = lseek(fd, 0, SEEK_END);
        if (end <= 0 || (size_t) end % sizeof(struct sock_filter) != 0 || lseek(fd, 0, SEEK_SET) < 0)
                return error_set(error, -EIO, "linux.seccomp: the exported filter cannot be read");
        prefix = n_limits * ENOSYS_LIMIT_INSTRUCTIONS;
        size = prefix * sizeof(struct sock_filter) + (size_t) end;
        if (size > INSTRUCTIONS_MAX * sizeof(struct sock_filter))
                return error_set(error, -E2BIG, "linux.seccomp: the filter has %zu instructions, the kernel takes %u",
                                 size / sizeof(struct sock_filter), INSTRUCTIONS_MAX);
        bpf = malloc(size);
        if (!bpf)
                return error_set(error, -ENOMEM, "linux.seccomp: out of memory");
        (void) seccomp_enosys_write(limits, n_limits, bpf);
        n = fd_read_all(fd, bpf + prefix, (size_t) end);
        if (n != end)
                return error_set(error, -EIO, "linux.seccomp: the exported filter cannot be read");
        *ret_bpf = TAKE_PTR(bpf);
        *ret_size = size;
        return 0;
}

static uint32_t flags_number(const SpecSeccomp *seccomp) {
        bool listener = seccomp->default_action == SPEC_SECCOMP_NOTIFY;
        uint32_t flags = 0;

        for (size_t i = 0; i < seccomp->n_syscalls; i++)
                listener = listener || seccomp->syscalls[i].action == SPEC_SECCOMP_NOTIFY;
        /* Without any word on flags, not even an empty list: do not switch speculation mitigations on for who does not ask, as
         * runc has it. */
        if (!seccomp->flags.set)
                flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        for (unsigned i = 0; i < ELEMENTSOF(filter_flags); i++)
                if (spec_set_has(seccomp->flags, i))
                        flags |= filter_flags[i];
        if (listener)
                return flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
        return flags & ~(uint32_t) SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
}

int seccomp_compile(const SpecSeccomp *seccomp, void **ret_bpf, size_t *ret_size, uint32_t *ret_flags, Error *error) {
        CLEANUP(release_context) scmp_filter_ctx context = NULL;
        uint32_t default_action;
        int r;

        r = action_number(seccomp->default_action, &seccomp->default_errno_ret, "defaultErrnoRet", &default_action, error);
        if (r < 0)
                return r;
        context = seccomp_init(default_action);
        if (!context)
                return error_set(error, -EINVAL, "linux.seccomp.defaultAction: libseccomp does not take it");
        /* A tree over the numbers in place of a list: system calls cost less (2.5.0). */
        (void) seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        r = add_architectures(context, seccomp, error);
        for (size_t i = 0; r >= 0 && i < seccomp->n_syscalls; i++)
                r = add_syscall(context, seccomp->syscalls + i, i, default_action, error);
        if (r < 0)
                return r;
        r = export_filter(context, seccomp, ret_bpf, ret_size, error);
        if (r < 0)
                return r;
        *ret_flags = flags_number(seccomp);
        return 0;
}

#if BERTH_STATIC
char *seccomp_library_path(void) {
        return realpath("/proc/self/exe", NULL);
}
#else
char *seccomp_library_path(void) {
        Dl_info info;
        const void *function = (const void *) (uintptr_t) seccomp_version;

        return dladdr(function, &info) != 0 && info.dli_fname ? strdup(info.dli_fname) : NULL;
}
#endif
