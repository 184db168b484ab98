/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object "linux.seccomp" of config.json (runtime-spec config-linux.md, Seccomp). */

#include "spec/tables.h"

const FieldWord spec_seccomp_actions[] = {
        { "SCMP_ACT_KILL", SPEC_SECCOMP_KILL },
        { "SCMP_ACT_KILL_PROCESS", SPEC_SECCOMP_KILL_PROCESS },
        { "SCMP_ACT_KILL_THREAD", SPEC_SECCOMP_KILL_THREAD },
        { "SCMP_ACT_TRAP", SPEC_SECCOMP_TRAP },
        { "SCMP_ACT_ERRNO", SPEC_SECCOMP_ERRNO },
        { "SCMP_ACT_TRACE", SPEC_SECCOMP_TRACE },
        { "SCMP_ACT_ALLOW", SPEC_SECCOMP_ALLOW },
        { "SCMP_ACT_LOG", SPEC_SECCOMP_LOG },
        { "SCMP_ACT_NOTIFY", SPEC_SECCOMP_NOTIFY },
        {}
};

const FieldWord spec_seccomp_operators[] = {
        { "SCMP_CMP_NE", SPEC_SECCOMP_NE },
        { "SCMP_CMP_LT", SPEC_SECCOMP_LT },
        { "SCMP_CMP_LE", SPEC_SECCOMP_LE },
        { "SCMP_CMP_EQ", SPEC_SECCOMP_EQ },
        { "SCMP_CMP_GE", SPEC_SECCOMP_GE },
        { "SCMP_CMP_GT", SPEC_SECCOMP_GT },
        { "SCMP_CMP_MASKED_EQ", SPEC_SECCOMP_MASKED_EQ },
        {}
};

const FieldWord spec_seccomp_architectures[] = {
        { "SCMP_ARCH_X86", SPEC_ARCHITECTURE_X86 },
        { "SCMP_ARCH_X86_64", SPEC_ARCHITECTURE_X86_64 },
        { "SCMP_ARCH_X32", SPEC_ARCHITECTURE_X32 },
        { "SCMP_ARCH_ARM", SPEC_ARCHITECTURE_ARM },
        { "SCMP_ARCH_AARCH64", SPEC_ARCHITECTURE_AARCH64 },
        { "SCMP_ARCH_MIPS", SPEC_ARCHITECTURE_MIPS },
        { "SCMP_ARCH_MIPS64", SPEC_ARCHITECTURE_MIPS64 },
        { "SCMP_ARCH_MIPS64N32", SPEC_ARCHITECTURE_MIPS64N32 },
        { "SCMP_ARCH_MIPSEL", SPEC_ARCHITECTURE_MIPSEL },
        { "SCMP_ARCH_MIPSEL64", SPEC_ARCHITECTURE_MIPSEL64 },
        { "SCMP_ARCH_MIPSEL64N32", SPEC_ARCHITECTURE_MIPSEL64N32 },
        { "SCMP_ARCH_PPC", SPEC_ARCHITECTURE_PPC },
        { "SCMP_ARCH_PPC64", SPEC_ARCHITECTURE_PPC64 },
        { "SCMP_ARCH_PPC64LE", SPEC_ARCHITECTURE_PPC64LE },
        { "SCMP_ARCH_S390", SPEC_ARCHITECTURE_S390 },
        { "SCMP_ARCH_S390X", SPEC_ARCHITECTURE_S390X },
        { "SCMP_ARCH_PARISC", SPEC_ARCHITECTURE_PARISC },
        { "SCMP_ARCH_PARISC64", SPEC_ARCHITECTURE_PARISC64 },
        { "SCMP_ARCH_RISCV64", SPEC_ARCHITECTURE_RISCV64 },
        { "SCMP_ARCH_LOONGARCH64", SPEC_ARCHITECTURE_LOONGARCH64 },
        { "SCMP_ARCH_M68K", SPEC_ARCHITECTURE_M68K },
        { "SCMP_ARCH_SH", SPEC_ARCHITECTURE_SH },
        { "SCMP_ARCH_SHEB", SPEC_ARCHITECTURE_SHEB },
        {}
};

const FieldWord spec_seccomp_flags[] = {
        { "SECCOMP_FILTER_FLAG_TSYNC", SPEC_SECCOMP_FLAG_TSYNC },
        { "SECCOMP_FILTER_FLAG_LOG", SPEC_SECCOMP_FLAG_LOG },
        { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SPEC_SECCOMP_FLAG_SPEC_ALLOW },
        { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SPEC_SECCOMP_FLAG_WAIT_KILLABLE_RECV },
        {}
};

static const Field argument_fields[] = {
        FIELD_U32_TO("index", SpecSeccompArgument, index, FIELD_REQUIRED, 5),
        FIELD_U64("value", SpecSeccompArgument, value, FIELD_REQUIRED),
        FIELD_U64("valueTwo", SpecSeccompArgument, value_two, 0),
        FIELD_ENUM("op", SpecSeccompArgument, op, FIELD_REQUIRED, spec_seccomp_operators),
        {}
};
static OBJECT_TYPE(argument_type, SpecSeccompArgument, argument_fields);

static const Field syscall_fields[] = {
        FIELD_STRINGS("names", SpecSeccompSyscall, names, FIELD_REQUIRED | FIELD_NOT_EMPTY),
        FIELD_ENUM("action", SpecSeccompSyscall, action, FIELD_REQUIRED, spec_seccomp_actions),
        FIELD_OPTIONAL_U32("errnoRet", SpecSeccompSyscall, errno_ret, 0),
        FIELD_LIST("args", SpecSeccompSyscall, args, 0, argument_type),
        {}
};
static OBJECT_TYPE(syscall_type, SpecSeccompSyscall, syscall_fields);

static const Field seccomp_fields[] = {
        FIELD_ENUM("defaultAction", SpecSeccomp, default_action, FIELD_REQUIRED, spec_seccomp_actions),
        FIELD_OPTIONAL_U32("defaultErrnoRet", SpecSeccomp, default_errno_ret, 0),
        FIELD_SET("architectures", SpecSeccomp, architectures, 0, spec_seccomp_architectures),
        FIELD_SET("flags", SpecSeccomp, flags, 0, spec_seccomp_flags),
        FIELD_STRING("listenerPath", SpecSeccomp, listener_path, 0),
        FIELD_STRING("listenerMetadata", SpecSeccomp, listener_metadata, 0),
        FIELD_LIST("syscalls", SpecSeccomp, syscalls, 0, syscall_type),
        {}
};
OBJECT_TYPE(spec_seccomp_type, SpecSeccomp, seccomp_fields);
