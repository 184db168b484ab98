/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/macro.h"
#include "base/strv.h"
#include "spec/value.h"

/* The model of a bundle's configuration: runtime-spec 1.3, config.md and config-linux.md, whichever format it was read from.
 *
 * Members have the specification's names in snake_case. Strings are NULL when absent; vectors of strings end in NULL
 * (base/strv.h); lists of objects are a pointer with a count n_<name>; objects that may be absent are pointers; scalars for
 * which absence means something are Optional structs; an enum is 0 when absent. What spec_parse() gives has the right shape,
 * what spec_check() (spec/check.h) passed also makes sense as a whole. */

#define SPEC_CONFIG_NAME "config.json"
/* The largest configuration that is read; runc's largest in the field are some 100 KB. */
#define SPEC_SIZE_MAX (16U * 1024U * 1024U)
/* What `features` tells and ociVersion is checked against. */
#define SPEC_VERSION_MIN "1.0.0"
#define SPEC_VERSION_MAX "1.3.0"

/* The name of an annotation that a bundle of before 1.0 gets when it is lowered: the version that it had. Its hooks read what they
 * read then, too, and limits that only cgroup v1 had are no errors. */
#define SPEC_LEGACY_ANNOTATION "org.berth.bundle-version"

typedef enum SpecFormat {
        SPEC_FORMAT_OCI = 1,    /* config.json, ociVersion 1.x */
        SPEC_FORMAT_LEGACY,     /* config.json and runtime.json, before 1.0 */
} SpecFormat;

/* ---- mounts and root ---- */

typedef struct SpecIdMap {
        uint32_t container_id;
        uint32_t host_id;
        uint32_t size;
} SpecIdMap;

typedef struct SpecRoot {
        char *path;     /* as written: relative to the bundle, or absolute */
        bool readonly;
} SpecRoot;

typedef struct SpecMount {
        char *destination;      /* may be relative to "/" (deprecated since 1.2 but read) */
        char *type;
        char *source;
        char **options;
        SpecIdMap *uid_mappings;
        size_t n_uid_mappings;
        SpecIdMap *gid_mappings;
        size_t n_gid_mappings;
        bool is_credentials;    /* added by the launcher: not from the source, but what that has made. No field of a bundle */
} SpecMount;

/* ---- process ---- */

typedef struct SpecConsoleSize {
        uint32_t height;        /* rows, at most 65535 */
        uint32_t width;
} SpecConsoleSize;

typedef struct SpecUser {
        uint32_t uid;
        uint32_t gid;
        OptionalU32 umask;      /* at most 0777 */
        uint32_t *additional_gids;
        size_t n_additional_gids;
        char *username;         /* Windows in 1.x; the legacy format's lowering resolves it */
} SpecUser;

/* Names as in capabilities(7), "CAP_KILL", in any case. Unknown names stay in; spec_check() warns of them. */
typedef struct SpecCapabilities {
        char **bounding;
        char **effective;
        char **inheritable;
        char **permitted;
        char **ambient;
} SpecCapabilities;

/* The kernel's number plus one, since 0 is "absent". */
typedef enum SpecRlimitType {
        SPEC_RLIMIT_ABSENT = 0,
        SPEC_RLIMIT_AS = RLIMIT_AS + 1,
        SPEC_RLIMIT_CORE = RLIMIT_CORE + 1,
        SPEC_RLIMIT_CPU = RLIMIT_CPU + 1,
        SPEC_RLIMIT_DATA = RLIMIT_DATA + 1,
        SPEC_RLIMIT_FSIZE = RLIMIT_FSIZE + 1,
        SPEC_RLIMIT_LOCKS = RLIMIT_LOCKS + 1,
        SPEC_RLIMIT_MEMLOCK = RLIMIT_MEMLOCK + 1,
        SPEC_RLIMIT_MSGQUEUE = RLIMIT_MSGQUEUE + 1,
        SPEC_RLIMIT_NICE = RLIMIT_NICE + 1,
        SPEC_RLIMIT_NOFILE = RLIMIT_NOFILE + 1,
        SPEC_RLIMIT_NPROC = RLIMIT_NPROC + 1,
        SPEC_RLIMIT_RSS = RLIMIT_RSS + 1,
        SPEC_RLIMIT_RTPRIO = RLIMIT_RTPRIO + 1,
        SPEC_RLIMIT_RTTIME = RLIMIT_RTTIME + 1,
        SPEC_RLIMIT_SIGPENDING = RLIMIT_SIGPENDING + 1,
        SPEC_RLIMIT_STACK = RLIMIT_STACK + 1,
} SpecRlimitType;

/* RLIMIT_* for setrlimit(2). */
static inline int spec_rlimit_resource(SpecRlimitType type) {
        return (int) type - 1;
}

typedef struct SpecRlimit {
        SpecRlimitType type;
        uint64_t soft;  /* UINT64_MAX is RLIM_INFINITY */
        uint64_t hard;
} SpecRlimit;

typedef enum SpecSchedulerPolicy {
        SPEC_SCHEDULER_OTHER = 1,
        SPEC_SCHEDULER_FIFO,
        SPEC_SCHEDULER_RR,
        SPEC_SCHEDULER_BATCH,
        SPEC_SCHEDULER_ISO,
        SPEC_SCHEDULER_IDLE,
        SPEC_SCHEDULER_DEADLINE,
} SpecSchedulerPolicy;

typedef enum SpecSchedulerFlag {
        SPEC_SCHEDULER_FLAG_RESET_ON_FORK = 1,
        SPEC_SCHEDULER_FLAG_RECLAIM,
        SPEC_SCHEDULER_FLAG_DL_OVERRUN,
        SPEC_SCHEDULER_FLAG_KEEP_POLICY,
        SPEC_SCHEDULER_FLAG_KEEP_PARAMS,
        SPEC_SCHEDULER_FLAG_UTIL_CLAMP_MIN,
        SPEC_SCHEDULER_FLAG_UTIL_CLAMP_MAX,
} SpecSchedulerFlag;

typedef struct SpecScheduler {
        SpecSchedulerPolicy policy;
        int32_t nice;
        int32_t priority;
        SpecSet flags;          /* of SpecSchedulerFlag */
        OptionalU64 runtime;    /* nanoseconds */
        OptionalU64 deadline;
        OptionalU64 period;
} SpecScheduler;

typedef enum SpecIoPriorityClass {
        SPEC_IO_PRIORITY_RT = 1,        /* as in ioprio_set(2) */
        SPEC_IO_PRIORITY_BE,
        SPEC_IO_PRIORITY_IDLE,
} SpecIoPriorityClass;

typedef struct SpecIoPriority {
        SpecIoPriorityClass class;
        int32_t priority;       /* 0 to 7 */
} SpecIoPriority;

/* Lists of CPUs as in cpuset(7), for exec: before and after it enters the container's cgroup. */
typedef struct SpecExecCpuAffinity {
        char *initial;
        char *final;
} SpecExecCpuAffinity;

typedef struct SpecProcess {
        bool terminal;
        SpecConsoleSize *console_size;
        SpecUser user;
        char **args;
        char **env;
        char *cwd;
        SpecCapabilities *capabilities; /* absent: none are kept */
        SpecRlimit *rlimits;
        size_t n_rlimits;
        bool no_new_privileges;
        char *apparmor_profile;
        char *selinux_label;
        OptionalI32 oom_score_adj;      /* -1000 to 1000 */
        SpecScheduler *scheduler;
        SpecIoPriority *io_priority;
        SpecExecCpuAffinity *exec_cpu_affinity;
} SpecProcess;

/* ---- hooks ---- */

typedef struct SpecHook {
        char *path;             /* absolute */
        char **args;            /* with argv[0]; NULL: the path alone */
        char **env;
        OptionalI64 timeout;    /* seconds, > 0 */
} SpecHook;

typedef struct SpecHooks {
        SpecHook *prestart;
        size_t n_prestart;
        SpecHook *create_runtime;
        size_t n_create_runtime;
        SpecHook *create_container;
        size_t n_create_container;
        SpecHook *start_container;
        size_t n_start_container;
        SpecHook *poststart;
        size_t n_poststart;
        SpecHook *poststop;
        size_t n_poststop;
} SpecHooks;

/* ---- linux: namespaces, devices, the rest ---- */

typedef enum SpecNamespaceType {
        SPEC_NAMESPACE_PID = 1,
        SPEC_NAMESPACE_NETWORK,
        SPEC_NAMESPACE_MOUNT,
        SPEC_NAMESPACE_IPC,
        SPEC_NAMESPACE_UTS,
        SPEC_NAMESPACE_USER,
        SPEC_NAMESPACE_CGROUP,
        SPEC_NAMESPACE_TIME,
} SpecNamespaceType;

typedef struct SpecNamespace {
        SpecNamespaceType type;
        char *path;     /* absolute; NULL: a new one */
} SpecNamespace;

typedef struct SpecTimeOffset {
        int64_t secs;
        uint32_t nanosecs;      /* below 10^9 */
} SpecTimeOffset;

typedef struct SpecTimeOffsets {
        SpecTimeOffset *monotonic;
        SpecTimeOffset *boottime;
} SpecTimeOffsets;

typedef enum SpecDeviceType {
        SPEC_DEVICE_ALL = 1,    /* "a", in rules only */
        SPEC_DEVICE_CHARACTER,  /* "c", and "u" in linux.devices */
        SPEC_DEVICE_BLOCK,      /* "b" */
        SPEC_DEVICE_FIFO,       /* "p", in linux.devices only */
} SpecDeviceType;

typedef struct SpecDevice {
        SpecDeviceType type;
        char *path;             /* absolute in the container */
        OptionalI64 major;      /* both present unless it is a FIFO (spec_check) */
        OptionalI64 minor;
        OptionalU32 file_mode;  /* permission bits; absent: 0666 */
        OptionalU32 uid;        /* absent: 0 */
        OptionalU32 gid;
} SpecDevice;

/* linux.netDevices is a map; host_name is its key. */
typedef struct SpecNetDevice {
        char *host_name;
        char *name;     /* in the container; NULL: unchanged */
} SpecNetDevice;

/* ---- linux.resources ---- */

typedef struct SpecDeviceRule {
        bool allow;
        SpecDeviceType type;    /* absent: all */
        OptionalI64 major;      /* absent or -1: all */
        OptionalI64 minor;
        char *access;           /* of "rwm"; NULL: all */
} SpecDeviceRule;

typedef struct SpecMemory {
        OptionalI64 limit;      /* bytes, -1 unlimited */
        OptionalI64 reservation;
        OptionalI64 swap;       /* memory plus swap */
        OptionalI64 kernel;
        OptionalI64 kernel_tcp;
        OptionalU64 swappiness; /* 0 to 100 */
        OptionalBool disable_oom_killer;
        OptionalBool use_hierarchy;
        OptionalBool check_before_update;
} SpecMemory;

typedef struct SpecCpu {
        OptionalU64 shares;
        OptionalI64 quota;      /* microseconds in each period, -1 (any negative) unlimited */
        OptionalU64 burst;      /* microseconds */
        OptionalU64 period;     /* microseconds */
        OptionalI64 realtime_runtime;
        OptionalU64 realtime_period;
        char *cpus;
        char *mems;
        OptionalI64 idle;       /* 0 or 1 */
} SpecCpu;

typedef struct SpecPids {
        OptionalI64 limit;      /* -1 unlimited; 0: see spec_resources_of_version() */
} SpecPids;

typedef struct SpecBlockIoWeightDevice {
        int64_t major;
        int64_t minor;
        OptionalU32 weight;     /* 16 bits */
        OptionalU32 leaf_weight;
} SpecBlockIoWeightDevice;

typedef struct SpecBlockIoThrottle {
        int64_t major;
        int64_t minor;
        uint64_t rate;          /* bytes or operations per second */
} SpecBlockIoThrottle;

typedef struct SpecBlockIo {
        OptionalU32 weight;     /* 10 to 1000, 16 bits */
        OptionalU32 leaf_weight;
        SpecBlockIoWeightDevice *weight_device;
        size_t n_weight_device;
        SpecBlockIoThrottle *throttle_read_bps_device;
        size_t n_throttle_read_bps_device;
        SpecBlockIoThrottle *throttle_write_bps_device;
        size_t n_throttle_write_bps_device;
        SpecBlockIoThrottle *throttle_read_iops_device;
        size_t n_throttle_read_iops_device;
        SpecBlockIoThrottle *throttle_write_iops_device;
        size_t n_throttle_write_iops_device;
} SpecBlockIo;

typedef struct SpecHugepageLimit {
        char *page_size;        /* "2MB" */
        uint64_t limit;         /* bytes */
} SpecHugepageLimit;

typedef struct SpecInterfacePriority {
        char *name;
        uint32_t priority;
} SpecInterfacePriority;

typedef struct SpecNetwork {
        OptionalU32 class_id;
        SpecInterfacePriority *priorities;
        size_t n_priorities;
} SpecNetwork;

/* linux.resources.rdma is a map; device is its key. */
typedef struct SpecRdma {
        char *device;
        OptionalU32 hca_handles;
        OptionalU32 hca_objects;
} SpecRdma;

typedef struct SpecResources {
        SpecDeviceRule *devices;        /* in order, each overrides those before it */
        size_t n_devices;
        SpecMemory *memory;
        SpecCpu *cpu;
        SpecPids *pids;
        SpecBlockIo *block_io;
        SpecHugepageLimit *hugepage_limits;
        size_t n_hugepage_limits;
        SpecNetwork *network;
        SpecRdma *rdma;
        size_t n_rdma;
        SpecMap unified;
} SpecResources;

/* ---- linux.seccomp ---- */

typedef enum SpecSeccompAction {
        SPEC_SECCOMP_KILL = 1,
        SPEC_SECCOMP_KILL_PROCESS,
        SPEC_SECCOMP_KILL_THREAD,
        SPEC_SECCOMP_TRAP,
        SPEC_SECCOMP_ERRNO,
        SPEC_SECCOMP_TRACE,
        SPEC_SECCOMP_ALLOW,
        SPEC_SECCOMP_LOG,
        SPEC_SECCOMP_NOTIFY,
} SpecSeccompAction;

typedef enum SpecSeccompOperator {
        SPEC_SECCOMP_NE = 1,
        SPEC_SECCOMP_LT,
        SPEC_SECCOMP_LE,
        SPEC_SECCOMP_EQ,
        SPEC_SECCOMP_GE,
        SPEC_SECCOMP_GT,
        SPEC_SECCOMP_MASKED_EQ,
} SpecSeccompOperator;

typedef enum SpecSeccompArchitecture {
        SPEC_ARCHITECTURE_X86 = 1,
        SPEC_ARCHITECTURE_X86_64,
        SPEC_ARCHITECTURE_X32,
        SPEC_ARCHITECTURE_ARM,
        SPEC_ARCHITECTURE_AARCH64,
        SPEC_ARCHITECTURE_MIPS,
        SPEC_ARCHITECTURE_MIPS64,
        SPEC_ARCHITECTURE_MIPS64N32,
        SPEC_ARCHITECTURE_MIPSEL,
        SPEC_ARCHITECTURE_MIPSEL64,
        SPEC_ARCHITECTURE_MIPSEL64N32,
        SPEC_ARCHITECTURE_PPC,
        SPEC_ARCHITECTURE_PPC64,
        SPEC_ARCHITECTURE_PPC64LE,
        SPEC_ARCHITECTURE_S390,
        SPEC_ARCHITECTURE_S390X,
        SPEC_ARCHITECTURE_PARISC,
        SPEC_ARCHITECTURE_PARISC64,
        SPEC_ARCHITECTURE_RISCV64,
        SPEC_ARCHITECTURE_LOONGARCH64,
        SPEC_ARCHITECTURE_M68K,
        SPEC_ARCHITECTURE_SH,
        SPEC_ARCHITECTURE_SHEB,
} SpecSeccompArchitecture;

typedef enum SpecSeccompFlag {
        SPEC_SECCOMP_FLAG_TSYNC = 1,
        SPEC_SECCOMP_FLAG_LOG,
        SPEC_SECCOMP_FLAG_SPEC_ALLOW,
        SPEC_SECCOMP_FLAG_WAIT_KILLABLE_RECV,
} SpecSeccompFlag;

typedef struct SpecSeccompArgument {
        uint32_t index;         /* 0 to 5 */
        uint64_t value;
        uint64_t value_two;
        SpecSeccompOperator op;
} SpecSeccompArgument;

typedef struct SpecSeccompSyscall {
        char **names;           /* at least one */
        SpecSeccompAction action;
        OptionalU32 errno_ret;
        SpecSeccompArgument *args;
        size_t n_args;
} SpecSeccompSyscall;

typedef struct SpecSeccomp {
        SpecSeccompAction default_action;
        OptionalU32 default_errno_ret;
        SpecSet architectures;  /* of SpecSeccompArchitecture */
        SpecSet flags;          /* of SpecSeccompFlag; not set is not the same as empty */
        char *listener_path;
        char *listener_metadata;
        SpecSeccompSyscall *syscalls;
        size_t n_syscalls;
} SpecSeccomp;

/* ---- linux: other objects ---- */

typedef enum SpecPropagation {
        SPEC_PROPAGATION_PRIVATE = 1,
        SPEC_PROPAGATION_SHARED,
        SPEC_PROPAGATION_SLAVE,
        SPEC_PROPAGATION_UNBINDABLE,
        SPEC_PROPAGATION_RPRIVATE,
        SPEC_PROPAGATION_RSHARED,
        SPEC_PROPAGATION_RSLAVE,
        SPEC_PROPAGATION_RUNBINDABLE,
} SpecPropagation;

typedef struct SpecIntelRdt {
        char *clos_id;
        char **schemata;
        char *l3_cache_schema;
        char *mem_bw_schema;
        bool enable_monitoring;
} SpecIntelRdt;

typedef enum SpecPersonalityDomain {
        SPEC_PERSONALITY_LINUX = 1,
        SPEC_PERSONALITY_LINUX32,
} SpecPersonalityDomain;

typedef struct SpecPersonality {
        SpecPersonalityDomain domain;
        char **flags;   /* reserved by the specification; nothing reads them */
} SpecPersonality;

/* The kernel's number plus one. */
typedef enum SpecMemoryPolicyMode {
        SPEC_MEMORY_POLICY_DEFAULT = 1,
        SPEC_MEMORY_POLICY_PREFERRED,
        SPEC_MEMORY_POLICY_BIND,
        SPEC_MEMORY_POLICY_INTERLEAVE,
        SPEC_MEMORY_POLICY_LOCAL,
        SPEC_MEMORY_POLICY_PREFERRED_MANY,
        SPEC_MEMORY_POLICY_WEIGHTED_INTERLEAVE,
} SpecMemoryPolicyMode;

typedef enum SpecMemoryPolicyFlag {
        SPEC_MEMORY_POLICY_FLAG_NUMA_BALANCING = 1,
        SPEC_MEMORY_POLICY_FLAG_RELATIVE_NODES,
        SPEC_MEMORY_POLICY_FLAG_STATIC_NODES,
} SpecMemoryPolicyFlag;

typedef struct SpecMemoryPolicy {
        SpecMemoryPolicyMode mode;
        char *nodes;    /* as in cpuset(7), may be "" */
        SpecSet flags;  /* of SpecMemoryPolicyFlag */
} SpecMemoryPolicy;

/* The object "linux" of the specification. */
typedef struct SpecOs {
        SpecNamespace *namespaces;
        size_t n_namespaces;
        SpecIdMap *uid_mappings;
        size_t n_uid_mappings;
        SpecIdMap *gid_mappings;
        size_t n_gid_mappings;
        SpecTimeOffsets *time_offsets;
        SpecDevice *devices;
        size_t n_devices;
        SpecNetDevice *net_devices;
        size_t n_net_devices;
        char *cgroups_path;
        SpecResources *resources;
        SpecIntelRdt *intel_rdt;
        SpecMemoryPolicy *memory_policy;
        SpecSeccomp *seccomp;
        SpecMap sysctl;
        char **masked_paths;
        char **readonly_paths;
        SpecPropagation rootfs_propagation;
        char *mount_label;
        SpecPersonality *personality;
} SpecOs;

typedef struct Spec {
        SpecFormat format;      /* not from the text */
        char *bundle;           /* absolute path; not from the text */
        char *oci_version;
        SpecRoot root;
        SpecMount *mounts;
        size_t n_mounts;
        SpecProcess *process;   /* never NULL after spec_check() */
        char *hostname;
        char *domainname;
        SpecHooks hooks;
        SpecMap annotations;
        SpecOs os;              /* "linux"; not named so because gnu11 predefines that word as a macro */
} Spec;

/* Reads the text of a config.json. The text need not end in NUL. bundle is the bundle's absolute path, copied. -EINVAL and a
 * text that names the property for what has not the right shape. */
int spec_parse(const char *text, size_t size, const char *bundle, Spec **ret, Error *error);
/* Reads bundle/config.json, or bundle/config_name unless that is NULL (an absolute name replaces the bundle). bundle is made
 * absolute. A bundle of before 1.0 is known by its shape (spec/legacy.h), and its runtime.json is read too. */
int spec_load(const char *bundle, const char *config_name, Spec **ret, Error *error);
/* The same, and the text of the whole configuration in the OCI form: as it was read, or as an older one was lowered to. */
int spec_load_text(
                const char *bundle, const char *config_name, Spec **ret, char **ret_text, size_t *ret_size, Error *error);
Spec *spec_free(Spec *spec);
DEFINE_CLEANUP(Spec *, spec_free)

/* The configuration as config.json has it, without what is absent; NULL without memory. The caller frees it. */
char *spec_to_json(const Spec *spec);

/* The object "process" alone, for exec --process; to be checked by spec_check_process(). */
int spec_parse_process(const char *text, size_t size, SpecProcess **ret, Error *error);
SpecProcess *spec_process_free(SpecProcess *process);
DEFINE_CLEANUP(SpecProcess *, spec_process_free)
/* A deep copy, for exec without --process. */
int spec_process_copy(const SpecProcess *process, SpecProcess **ret);

/* The object "linux.resources" alone, for update; to be checked by spec_check_resources(). */
int spec_parse_resources(const char *text, size_t size, SpecResources **ret, Error *error);
SpecResources *spec_resources_free(SpecResources *resources);
DEFINE_CLEANUP(SpecResources *, spec_resources_free)
char *spec_resources_to_json(const SpecResources *resources);
/* What is in force after an update: changes on top of before (NULL: nothing). Objects are merged, and lists by device, page size or name, but for the
 * device rules, which are replaced. Values that mean "not set" (a memory limit of 0) change nothing. */
int spec_resources_merge(const SpecResources *before, const SpecResources *changes, SpecResources **ret);
/* What a value means depends on the ociVersion of the config.json that the resources are of, or that the container was
 * made from. */
void spec_resources_of_version(SpecResources *resources, const char *version);
/* 1 when the field ("linux.resources.memory.limit") is there and set, 0, -ENOMEM. */
int spec_resources_has(const SpecResources *resources, const char *field);

/* True for what was a bundle of before 1.0, also when it was converted since. */
bool spec_is_legacy(const Spec *spec);

/* The namespace of that type, or NULL. */
const SpecNamespace *spec_namespace(const Spec *spec, SpecNamespaceType type);
/* True when the container has one of its own, new or by path. */
/* The host's number of an id in a user namespace of these maps; false when it has none. */
bool spec_map_id(const SpecIdMap *maps, size_t n_maps, uint32_t id, uint32_t *ret);

static inline bool spec_has_namespace(const Spec *spec, SpecNamespaceType type) {
        return spec_namespace(spec, type) != NULL;
}

/* By its type or one of its options. */
bool spec_mount_is_bind(const SpecMount *mount);
/* A file of /proc that may be mounted over. The path is one of path_lexical(). */
bool spec_proc_file_is_replaceable(const char *path);

/* The key of linux.sysctl as a path below /proc/sys, by the rules of sysctl(8): "net.ipv4.ip_forward",
 * "net/ipv4/conf/eth0.1/forwarding". The caller frees it; NULL without memory. */
char *spec_sysctl_path(const char *key);

/* Properties that are read and checked but change nothing, each with the reason. Ends with a row without a path. */
typedef struct SpecNotEffected {
        const char *path;
        const char *reason;
} SpecNotEffected;
extern const SpecNotEffected spec_not_effected[];
