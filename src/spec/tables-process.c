/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object "process" of config.json (runtime-spec config.md, Process), and hooks. */

#include "spec/tables.h"

const FieldWord spec_rlimit_types[] = {
        { "RLIMIT_AS", SPEC_RLIMIT_AS },
        { "RLIMIT_CORE", SPEC_RLIMIT_CORE },
        { "RLIMIT_CPU", SPEC_RLIMIT_CPU },
        { "RLIMIT_DATA", SPEC_RLIMIT_DATA },
        { "RLIMIT_FSIZE", SPEC_RLIMIT_FSIZE },
        { "RLIMIT_LOCKS", SPEC_RLIMIT_LOCKS },
        { "RLIMIT_MEMLOCK", SPEC_RLIMIT_MEMLOCK },
        { "RLIMIT_MSGQUEUE", SPEC_RLIMIT_MSGQUEUE },
        { "RLIMIT_NICE", SPEC_RLIMIT_NICE },
        { "RLIMIT_NOFILE", SPEC_RLIMIT_NOFILE },
        { "RLIMIT_NPROC", SPEC_RLIMIT_NPROC },
        { "RLIMIT_RSS", SPEC_RLIMIT_RSS },
        { "RLIMIT_RTPRIO", SPEC_RLIMIT_RTPRIO },
        { "RLIMIT_RTTIME", SPEC_RLIMIT_RTTIME },
        { "RLIMIT_SIGPENDING", SPEC_RLIMIT_SIGPENDING },
        { "RLIMIT_STACK", SPEC_RLIMIT_STACK },
        {}
};

const FieldWord spec_scheduler_policies[] = {
        { "SCHED_OTHER", SPEC_SCHEDULER_OTHER },
        { "SCHED_FIFO", SPEC_SCHEDULER_FIFO },
        { "SCHED_RR", SPEC_SCHEDULER_RR },
        { "SCHED_BATCH", SPEC_SCHEDULER_BATCH },
        { "SCHED_ISO", SPEC_SCHEDULER_ISO },
        { "SCHED_IDLE", SPEC_SCHEDULER_IDLE },
        { "SCHED_DEADLINE", SPEC_SCHEDULER_DEADLINE },
        {}
};

const FieldWord spec_scheduler_flags[] = {
        { "SCHED_FLAG_RESET_ON_FORK", SPEC_SCHEDULER_FLAG_RESET_ON_FORK },
        { "SCHED_FLAG_RECLAIM", SPEC_SCHEDULER_FLAG_RECLAIM },
        { "SCHED_FLAG_DL_OVERRUN", SPEC_SCHEDULER_FLAG_DL_OVERRUN },
        { "SCHED_FLAG_KEEP_POLICY", SPEC_SCHEDULER_FLAG_KEEP_POLICY },
        { "SCHED_FLAG_KEEP_PARAMS", SPEC_SCHEDULER_FLAG_KEEP_PARAMS },
        { "SCHED_FLAG_UTIL_CLAMP_MIN", SPEC_SCHEDULER_FLAG_UTIL_CLAMP_MIN },
        { "SCHED_FLAG_UTIL_CLAMP_MAX", SPEC_SCHEDULER_FLAG_UTIL_CLAMP_MAX },
        {}
};

const FieldWord spec_io_priority_classes[] = {
        { "IOPRIO_CLASS_RT", SPEC_IO_PRIORITY_RT },
        { "IOPRIO_CLASS_BE", SPEC_IO_PRIORITY_BE },
        { "IOPRIO_CLASS_IDLE", SPEC_IO_PRIORITY_IDLE },
        {}
};

const char *const spec_capabilities[] = {
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
        "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
        "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE", NULL
};

static const Field console_size_fields[] = {
        /* struct winsize has 16 bits. */
        FIELD_U32_TO("height", SpecConsoleSize, height, FIELD_REQUIRED, UINT16_MAX),
        FIELD_U32_TO("width", SpecConsoleSize, width, FIELD_REQUIRED, UINT16_MAX),
        {}
};
static OBJECT_TYPE(console_size_type, SpecConsoleSize, console_size_fields);

/* uid and gid are required by the text of the specification, but not by its schema: absent is 0. */
static const Field user_fields[] = {
        FIELD_U32("uid", SpecUser, uid, FIELD_ALWAYS),
        FIELD_U32("gid", SpecUser, gid, FIELD_ALWAYS),
        FIELD_OPTIONAL_U32_TO("umask", SpecUser, umask, 0, 0777),
        FIELD_U32_LIST("additionalGids", SpecUser, additional_gids, 0),
        FIELD_STRING("username", SpecUser, username, 0),
        {}
};
static OBJECT_TYPE(user_type, SpecUser, user_fields);

static const Field capabilities_fields[] = {
        FIELD_STRINGS("bounding", SpecCapabilities, bounding, 0),
        FIELD_STRINGS("effective", SpecCapabilities, effective, 0),
        FIELD_STRINGS("inheritable", SpecCapabilities, inheritable, 0),
        FIELD_STRINGS("permitted", SpecCapabilities, permitted, 0),
        FIELD_STRINGS("ambient", SpecCapabilities, ambient, 0),
        {}
};
static OBJECT_TYPE(capabilities_type, SpecCapabilities, capabilities_fields);

static const Field rlimit_fields[] = {
        FIELD_ENUM("type", SpecRlimit, type, FIELD_REQUIRED, spec_rlimit_types),
        FIELD_U64("soft", SpecRlimit, soft, FIELD_REQUIRED),
        FIELD_U64("hard", SpecRlimit, hard, FIELD_REQUIRED),
        {}
};
static OBJECT_TYPE(rlimit_type, SpecRlimit, rlimit_fields);

static const Field scheduler_fields[] = {
        FIELD_ENUM("policy", SpecScheduler, policy, FIELD_REQUIRED, spec_scheduler_policies),
        FIELD_I32_IN("nice", SpecScheduler, nice, 0, -20, 19),
        FIELD_I32_IN("priority", SpecScheduler, priority, 0, 0, 99),
        FIELD_SET("flags", SpecScheduler, flags, 0, spec_scheduler_flags),
        FIELD_OPTIONAL_U64("runtime", SpecScheduler, runtime, 0),
        FIELD_OPTIONAL_U64("deadline", SpecScheduler, deadline, 0),
        FIELD_OPTIONAL_U64("period", SpecScheduler, period, 0),
        {}
};
static OBJECT_TYPE(scheduler_type, SpecScheduler, scheduler_fields);

static const Field io_priority_fields[] = {
        FIELD_ENUM("class", SpecIoPriority, class, FIELD_REQUIRED, spec_io_priority_classes),
        FIELD_I32_IN("priority", SpecIoPriority, priority, FIELD_ALWAYS, 0, 7),
        {}
};
static OBJECT_TYPE(io_priority_type, SpecIoPriority, io_priority_fields);

static const Field exec_cpu_affinity_fields[] = {
        FIELD_STRING("initial", SpecExecCpuAffinity, initial, 0),
        FIELD_STRING("final", SpecExecCpuAffinity, final, 0),
        {}
};
static OBJECT_TYPE(exec_cpu_affinity_type, SpecExecCpuAffinity, exec_cpu_affinity_fields);

static const Field process_fields[] = {
        FIELD_BOOL("terminal", SpecProcess, terminal, FIELD_ALWAYS),
        FIELD_OPTIONAL_OBJECT("consoleSize", SpecProcess, console_size, 0, console_size_type),
        FIELD_OBJECT("user", SpecProcess, user, FIELD_ALWAYS, user_type),
        FIELD_STRINGS("args", SpecProcess, args, 0),
        FIELD_STRINGS("env", SpecProcess, env, 0),
        FIELD_STRING("cwd", SpecProcess, cwd, 0),
        FIELD_OPTIONAL_OBJECT("capabilities", SpecProcess, capabilities, 0, capabilities_type),
        FIELD_LIST("rlimits", SpecProcess, rlimits, 0, rlimit_type),
        FIELD_BOOL("noNewPrivileges", SpecProcess, no_new_privileges, FIELD_ALWAYS),
        FIELD_STRING("apparmorProfile", SpecProcess, apparmor_profile, 0),
        FIELD_STRING("selinuxLabel", SpecProcess, selinux_label, 0),
        FIELD_OPTIONAL_I32_IN("oomScoreAdj", SpecProcess, oom_score_adj, 0, -1000, 1000),
        FIELD_OPTIONAL_OBJECT("scheduler", SpecProcess, scheduler, 0, scheduler_type),
        FIELD_OPTIONAL_OBJECT("ioPriority", SpecProcess, io_priority, 0, io_priority_type),
        FIELD_OPTIONAL_OBJECT("execCPUAffinity", SpecProcess, exec_cpu_affinity, 0, exec_cpu_affinity_type),
        {}
};
OBJECT_TYPE(spec_process_type, SpecProcess, process_fields);

static const Field hook_fields[] = {
        FIELD_STRING("path", SpecHook, path, FIELD_REQUIRED),
        FIELD_STRINGS("args", SpecHook, args, 0),
        FIELD_STRINGS("env", SpecHook, env, 0),
        FIELD_OPTIONAL_I64("timeout", SpecHook, timeout, 0),
        {}
};
static OBJECT_TYPE(hook_type, SpecHook, hook_fields);

static const Field hooks_fields[] = {
        FIELD_LIST("prestart", SpecHooks, prestart, 0, hook_type),
        FIELD_LIST("createRuntime", SpecHooks, create_runtime, 0, hook_type),
        FIELD_LIST("createContainer", SpecHooks, create_container, 0, hook_type),
        FIELD_LIST("startContainer", SpecHooks, start_container, 0, hook_type),
        FIELD_LIST("poststart", SpecHooks, poststart, 0, hook_type),
        FIELD_LIST("poststop", SpecHooks, poststop, 0, hook_type),
        {}
};
OBJECT_TYPE(spec_hooks_type, SpecHooks, hooks_fields);
