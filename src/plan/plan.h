/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The plan: a flat list of set-up steps, compiled from the spec (plan/compile.c), sealed in a memfd, executed by berth-init. Freestanding: it
 * is the contract between the two, and the messages that they exchange meanwhile are defined here too.
 *
 *   PlanHeader | PlanStep[n_steps] | strings (each ends in NUL) | bytes
 *
 * Reader and writer are always of one build, so the structs are laid out as the compiler does it; a reader nevertheless checks every bound
 * (plan/reader.h), as a plan is made from hostile input. */

#include "base/macro.h"

#define PLAN_MAGIC UINT64_C(0x316e616c70687472) /* "rthplan1" */
#define PLAN_VERSION 1U
#define PLAN_SIZE_MAX (64U * 1024 * 1024)

/* Offset into the strings; 0 means absent. */
typedef uint32_t PlanString;

/* A piece of the bytes. Its offset is a multiple of 8. */
typedef struct PlanBytes {
        uint32_t offset;
        uint32_t size;
} PlanBytes;

typedef struct PlanHeader {
        uint64_t magic;
        uint32_t version;
        uint32_t size; /* of all */
        uint32_t steps_offset;
        uint32_t n_steps;
        uint32_t strings_offset;
        uint32_t strings_size;
        uint32_t bytes_offset;
        uint32_t bytes_size;
        uint64_t clone_flags;    /* namespaces to be made by clone3(2): the pid namespace, or 0; steps make the others */
        uint32_t n_sources;      /* how many descriptors the launcher opens for the plan's steps (PLAN_SOURCE) */
        uint32_t preserve_fds;   /* descriptors 3 to 2 + n that the payload inherits */
} PlanHeader;

typedef struct PlanStep {
        uint32_t kind;    /* StepKind */
        uint32_t options; /* PLAN_*, meaning by kind */
        PlanString path;  /* what the step acts on, as seen in the container */
        PlanString source;
        PlanString type;
        PlanString data;
        uint64_t flags;
        uint64_t value[3];
        PlanBytes bytes;
} PlanStep;

/* Each kind with the members that it uses. Order in this list is not order of execution: that is plan/compile.c. */
typedef enum StepKind {
        _STEP_NONE,

        /* namespaces */
        STEP_UNSHARE,        /* flags: CLONE_NEW* */
        STEP_JOIN,           /* source index value[0]; flags: CLONE_NEW* that it is (all at once for a pidfd); path: for the text; value[1]: so many procfs of it are mounted later; PLAN_JOIN_LAST: a pid namespace, joined by STEP_SEAL */
        STEP_MAPS,           /* the launcher writes uid_map and gid_map; then become {uid, gid} of value inside. Sync: SYNC_MAPS, answered with SYNC_GO */
        STEP_FORK,           /* a child (CLONE_PARENT) goes on inside the pid namespace that was unshared or joined. Sync: SYNC_FORKED with its pidfd */
        STEP_TIME_OFFSETS,   /* data: lines for /proc/self/timens_offsets; then enter the new time namespace */
        STEP_SCOPE,          /* wait for SYNC_GO: the process is in its scope, so that a cgroup namespace made now has it as root */
        STEP_CGROUP_FILE_SYSTEM, /* make the one that a later STEP_MOUNT with PLAN_MOUNT_CGROUP mounts */

        /* the kernel objects of the new namespaces */
        STEP_SESSION,        /* setsid(2) */
        STEP_TERMINAL,       /* 0 becomes the controlling terminal of the session */
        STEP_KEYRING,        /* data: name of a new session keyring; source: its SELinux label, absent for that of whoever makes it */
        STEP_LOOPBACK,       /* "lo" up */
        STEP_HOSTNAME,       /* data */
        STEP_DOMAINNAME,     /* data */
        STEP_SYSCTL,         /* path: below /proc/sys, with slashes; data: value */
        STEP_NET_DEVICES,    /* the launcher moves interfaces into the network namespace. Sync: SYNC_NET_DEVICES, answered with SYNC_GO */
        STEP_ASK_HOOKS,      /* the launcher runs prestart and createRuntime hooks. Sync: SYNC_HOOKS, answered with SYNC_GO */

        /* file systems */
        STEP_PROPAGATION,    /* of "/": flags: MS_SHARED and its like, MS_REC */
        STEP_ROOT,           /* path: the root file system on the host; it is cloned onto itself and becomes the root of all paths below. PLAN_ROOT_PLAIN: only opened, for want of a mount namespace */
        STEP_MOUNT,          /* see PLAN_MOUNT_* */
        STEP_DIRECTORY,      /* path; flags: mode. mkdir -p below the root */
        STEP_DEVICE,         /* path; flags: mode with S_IFMT; value: {major, minor, uid | gid << 32}; PLAN_DEVICE_BIND: bind the host's node, or (PLAN_SOURCE) source number value[2], which has owner and mode */
        STEP_SYMLINK,        /* path; source: what the link says; PLAN_REPLACE */
        STEP_CONSOLE,        /* pty from the container's devpts onto 0, 1, 2 (see STEP_TERMINAL) and (PLAN_CONSOLE_DEVICE) /dev/console; value: {columns, rows, uid | gid << 32}. Sync: SYNC_CONSOLE with the master */
        STEP_MOUNTED,        /* path: a name in the root that still leads to what was mounted there (PLAN_MOUNT_KEEP) */
        STEP_MASK,           /* path: /dev/null over a file, an empty read-only tmpfs over a directory; absent is fine. data: options of that tmpfs */
        STEP_READONLY,       /* path: bind onto itself, read-only; absent is fine */
        STEP_WRITABLE,       /* path: bind onto itself, writable; absent is fine */
        STEP_HOOK,           /* a hook inside (PLAN_HOOK_*): path: program, opened on the root of the moment (before the pivot the host's); bytes: argv, then the environment, strings one after the other; value: {size of the argv part, timeout in usec (0: none), its place in its list}; type, data: state JSON before and behind the number of the pid; source: kind of hook, for the text */
        STEP_PIVOT,          /* pivot_root(2), old root detached; PLAN_PIVOT_MOVE: MS_MOVE and chroot(2) instead */
        STEP_ROOT_READONLY,  /* the root mount read-only */
        STEP_ROOT_PROPAGATION, /* of the new root: flags */

        /* the process */
        STEP_RLIMIT,         /* value: {resource, soft, hard}; the launcher does it by prlimit(2), as the limits may be above what the namespace may set */
        STEP_OOM_SCORE,      /* data: number for oom_score_adj */
        STEP_SCHEDULER,      /* bytes: PlanScheduler; by the launcher, as STEP_RLIMIT */
        STEP_IO_PRIORITY,    /* value[0]: class << 13 | level; by the launcher */
        STEP_MEMORY_POLICY,  /* flags: mode with its flags; value[0]: number of node bits; bytes: the node mask */
        STEP_AFFINITY,       /* bytes: cpu mask; none: all processors, of which the cgroup's cpuset leaves its own */
        STEP_PERSONALITY,    /* flags */
        STEP_APPARMOR,       /* data: profile */
        STEP_SELINUX,        /* data: label */
        STEP_UMASK,          /* flags */
        STEP_STDIO,          /* 0-2 that are the host's /dev/null become the container's; owner of pipes and terminals: value[0]: uid | gid << 32 */
        STEP_LOOKUP,         /* data: args[0]; source: $PATH of the container, absent when there is none. Finds what STEP_EXEC runs */
        STEP_SEAL,           /* nothing of the host is held from here on: descriptors are closed; flags: the capabilities that stay permitted and effective, as far as there are any */
        STEP_CREATED,        /* Sync: SYNC_CREATED; then wait for SYNC_GO on the sync socket or for a connection on the start socket */
        STEP_NO_NEW_PRIVILEGES,
        STEP_SECCOMP,        /* bytes: struct sock_filter[]; flags: SECCOMP_FILTER_FLAG_*; with a listener Sync: SYNC_SECCOMP with it. What comes behind it: plan/filtered.h */
        STEP_BOUNDING,       /* flags: capability mask that stays */
        STEP_GROUPS,         /* bytes: gid_t[]; PLAN_KEEP_GROUPS: leave them */
        STEP_USER,           /* value: {uid, gid}; capabilities are kept until STEP_CAPABILITIES */
        STEP_CAPABILITIES,   /* flags: permitted; value: {effective, inheritable, ambient}; PLAN_CAPABILITIES_FILTER */
        STEP_DIRECTORY_CHANGE, /* path: working directory; checked to be below the root; made when absent (PLAN_CREATE). A second step of it does nothing when one before has succeeded */
        STEP_EXEC,           /* bytes: argv, then the environment, strings one after the other; value[0]: size of the argv part; PLAN_EXEC_HOME: add HOME from /etc/passwd for the uid in flags ("/" without an entry) */
        _STEP_MAX,
} StepKind;

/* mount(2) has these numbers, and glibc's header of them does not go together with linux/mount.h before 2.37. */
#define PLAN_MS_RDONLY (UINT64_C(1) << 0)
#define PLAN_MS_REC (UINT64_C(1) << 14)
#define PLAN_MS_UNBINDABLE (UINT64_C(1) << 17)
#define PLAN_MS_PRIVATE (UINT64_C(1) << 18)
#define PLAN_MS_SLAVE (UINT64_C(1) << 19)
#define PLAN_MS_SHARED (UINT64_C(1) << 20)

/* options by kind */
#define PLAN_SOURCE (1U << 31)          /* STEP_MOUNT, STEP_DEVICE: what is mounted is source number value[2], a descriptor that the launcher made (plan/source.h) */
#define PLAN_OPTIONAL (1U << 30)        /* any: a failure is not one */

/* STEP_MOUNT: path: destination; source; type: of the file system; data: its options, comma-separated, for fsconfig(2); in a value in double
 * quotes, which are not part of it, a comma is an ordinary character (context="system_u:object_r:container_file_t:s0:c1,c2").
 * flags: MOUNT_ATTR_* to set | to clear << 32; value[0]: the same, recursively; value[1]: MS_SHARED and its like | MS_REC; value[2]: source index. */
#define PLAN_MOUNT_BIND (1U << 0)
#define PLAN_MOUNT_RECURSIVE (1U << 1)  /* bind with what is mounted below */
#define PLAN_MOUNT_REMOUNT (1U << 2)    /* only the attributes of what is mounted there */
#define PLAN_MOUNT_COPY_UP (1U << 3)    /* tmpcopyup */
#define PLAN_MOUNT_CGROUP (1U << 4)     /* type cgroup: cgroup2 of the cgroup namespace; see step_mount_cgroup() */
#define PLAN_MOUNT_SOURCE_NOFOLLOW (1U << 5)
#define PLAN_MOUNT_DESTINATION_NOFOLLOW (1U << 6)
#define PLAN_MOUNT_COPY_SYMLINK (1U << 7)
#define PLAN_MOUNT_PROTECTED (1U << 8)  /* proc and sysfs: the destination must be a real directory, no link on the way (CVE-2019-19921) */
#define PLAN_MOUNT_FALLBACK_BIND (1U << 9) /* sysfs, proc, mqueue: when a user namespace may not mount it (EPERM), bind the host's */
#define PLAN_MOUNT_ONLY_PROPAGATION (1U << 10)
#define PLAN_MOUNT_IN_HOST_CGROUP (1U << 11) /* no cgroup namespace */
#define PLAN_MOUNT_ON_PROC (1U << 12)   /* the destination is /proc, or one of its files that tools replace; else nothing is mounted on a procfs, whatever links lead there */
#define PLAN_MOUNT_SHARED (1U << 14)    /* of a source: stays what it is, so that mounts go both ways as was asked for */
#define PLAN_MOUNT_FLAGS (1U << 15)     /* bind: has words for flags, so those that are not named are cleared */
#define PLAN_MOUNT_LOCKED (1U << 16)    /* bind: the host's mount in a user namespace: what protects it stays (init/bind.c) */
#define PLAN_MOUNT_HOST_WRITABLE (1U << 17) /* with PLAN_MOUNT_IN_HOST_CGROUP: may be writable. Never in a user namespace (CVE-2023-25809) */
#define PLAN_MOUNT_KEEP (1U << 18)      /* what is below the destination is resolved from the mount itself, as long as no link is on the way */
#define PLAN_MOUNT_SOURCE_BELOW (1U << 19) /* bind: source is a path below the root, where an earlier mount may have put it */
#define PLAN_MOUNT_LABEL (1U << 13)     /* data is no option, but the SELinux label of the file system's root */

#define PLAN_JOIN_LAST (1U << 0)
#define PLAN_PROCFS_MAX 4U              /* STEP_JOIN: value[1] at most */

#define PLAN_ROOT_PLAIN (1U << 0)
#define PLAN_DEVICE_BIND (1U << 0)
#define PLAN_REPLACE (1U << 0)          /* STEP_SYMLINK: what stands there is removed first */
#define PLAN_CONSOLE_DEVICE (1U << 0)
#define PLAN_PIVOT_MOVE (1U << 0)
#define PLAN_PIVOT_NONE (1U << 1)       /* STEP_PIVOT without a mount namespace: chroot(2) */
#define PLAN_KEEP_GROUPS (1U << 0)
#define PLAN_CREATE (1U << 0)
#define PLAN_EXEC_HOME (1U << 0)
#define PLAN_HOOK_AS_PAYLOAD (1U << 0)  /* the hook's process executes the later steps but other hooks first: it has the payload's user, capabilities and filter */
#define PLAN_HOOK_ENVIRONMENT (1U << 1) /* the payload's environment, in place of the one in bytes */
#define PLAN_CAPABILITIES_FILTER (1U << 0) /* CAP_SYS_ADMIN besides, which STEP_SECCOMP needs without no_new_privs. Nothing takes it away again: execve(2)
                                         * makes the payload's capabilities of the inheritable, bounding and ambient sets and the file's alone */

/* Messages between berth-init and who launched it, one SOCK_SEQPACKET, fixed size. */
typedef enum SyncKind {
        _SYNC_NONE,
        /* from berth-init */
        SYNC_MAPS,      /* write my maps; value: pid as it sees itself */
        SYNC_FORKED,    /* descriptor: pidfd of the child; value: its pid in the launcher's pid namespace */
        SYNC_NET_DEVICES, /* move interfaces here */
        SYNC_HOOKS,     /* run prestart and createRuntime hooks */
        SYNC_CONSOLE,   /* descriptor: pty master */
        SYNC_SECCOMP,   /* descriptor: seccomp listener; answered with SYNC_GO */
        SYNC_CREATED,   /* everything is prepared; waiting */
        SYNC_SETTLED,   /* the answer to SYNC_GO with value 1: the launcher may end */
        SYNC_IDMAP,     /* descriptor: a mount whose ids the launcher maps; value: source with the user namespace for it; answered with SYNC_GO */
        SYNC_FAILED,    /* step, error (positive errno); descriptor: what a failed hook wrote; the sender exits */
        /* to berth-init */
        SYNC_GO,
        SYNC_SOURCES,   /* descriptors of the plan's sources, in order, at most SYNC_FDS_MAX in a message; value: how many */
} SyncKind;

/* struct sched_attr of sched_setattr(2), as far as SCHED_ATTR_SIZE_VER0 (3.14): glibc had none before 2.41. */
typedef struct PlanScheduler {
        uint32_t size;
        uint32_t policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
} PlanScheduler;

#define SYNC_FDS_MAX 253U

/* What berth-init does before the first step of the plan; as SyncMessage.step it is UINT32_MAX less this. */
typedef enum Preparation {
        PREPARE_PLAN,           /* map it and look through it */
        PREPARE_DESCRIPTORS,    /* find those that the payload inherits */
        PREPARE_PROC,           /* open the host's /proc */
        PREPARE_SOURCES,        /* receive the plan's sources */
        _PREPARATION_MAX,
} Preparation;

typedef struct SyncMessage {
        uint32_t kind;  /* SyncKind */
        uint32_t step;  /* index in the plan, or a Preparation */
        int32_t error;
        uint32_t value;
} SyncMessage;

/* What berth-init is started with: argv is {"berth-init", mode, ...}.
 *   "init"   PLAN SYNC START   descriptors; START is the start socket (SOCK_SEQPACKET, listening) or -1
 *   "anchor" SOCKET FINAL ENTRY GRACE
 *            SOCKET: SYNC_GO comes from there, with the pidfd of the container's init, the directory of its cgroup, and flags as the value; it is closed
 *            when the anchor watches; FINAL: file that receives the last figures; ENTRY: entry for the journal when the kernel kills for want of
 *            memory, without its last field; all but the first may be -1; GRACE: milliseconds */
#define PLAN_MODE_INIT "init"
#define PLAN_MODE_ANCHOR "anchor"
#define ANCHOR_OUTSIDE (1U << 0)        /* of the container's cgroup */
#define ANCHOR_FIRST (1U << 1)          /* the container's init is the first process of a pid namespace */

/* Exit status of berth-init when it failed before the payload, with the reason sent as SYNC_FAILED. When a filter refuses even write(2), the status is
 * the errno of STEP_EXEC, below this. Its name tells that it never became the payload. */
#define PLAN_EXIT_FAILED 125
#define PLAN_INIT_NAME "berth-init"
