/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "spec/field.h"
#include "spec/spec.h"

/* The bundle of before 1.0, as opencontainers/specs had it up to v0.2.0 (January 2016): config.json, which may travel, and
 * runtime.json, which belongs to one host. Both were only ever read by Go's encoding/json, and are read here as it does. The
 * structs below are what the two files say; legacy_lower() makes a Spec of them, and from there on no part of berth knows where
 * it came from, but by the annotation SPEC_LEGACY_ANNOTATION.
 *
 * Numbers of resources are 64 bits of either sign: the versions disagreed on signs, and the tools of the day wrote -1 into
 * unsigned ones. What is beyond INT64_MAX wraps to a negative number, as it did for their readers. 0 is "not set". */

#define LEGACY_RUNTIME_NAME "runtime.json"

/* ---- config.json ---- */

typedef struct LegacyUser {
        int64_t uid;
        int64_t gid;
        uint32_t *additional_gids;
        size_t n_additional_gids;
} LegacyUser;

typedef struct LegacyProcess {
        bool terminal;
        LegacyUser user;
        char **args;
        char **env;
        char *cwd;
} LegacyProcess;

typedef struct LegacyMountPoint {
        char *name;     /* a key of LegacyRuntime.mounts */
        char *path;
} LegacyMountPoint;

typedef struct LegacyPortable {
        char **capabilities;
} LegacyPortable;

typedef struct LegacyConfig {
        char *version;
        LegacyProcess process;
        SpecRoot root;
        char *hostname;
        LegacyMountPoint *mounts;
        size_t n_mounts;
        LegacyPortable os;
} LegacyConfig;

/* ---- runtime.json ---- */

typedef struct LegacyMount {
        char *name;
        char *type;
        char *source;
        char **options;
} LegacyMount;

typedef struct LegacyHook {
        char *path;
        char **args;    /* with argv[0] */
        char **env;     /* NULL: the runtime's own */
} LegacyHook;

typedef struct LegacyHooks {
        LegacyHook *prestart;
        size_t n_prestart;
        LegacyHook *poststart;
        size_t n_poststart;
        LegacyHook *poststop;
        size_t n_poststop;
} LegacyHooks;

typedef struct LegacyRlimit {
        char *type;
        int64_t hard;   /* all bits set: no limit */
        int64_t soft;
} LegacyRlimit;

typedef struct LegacyNamespace {
        char *type;
        char *path;
} LegacyNamespace;

typedef struct LegacyDevice {
        char *path;
        int64_t type;           /* the code point of a letter */
        int64_t major;          /* -1: all */
        int64_t minor;
        char *permissions;      /* of "rwm" */
        OptionalU32 file_mode;
        uint32_t uid;
        uint32_t gid;
} LegacyDevice;

typedef struct LegacyMemory {
        int64_t limit;
        int64_t reservation;
        int64_t swap;
        int64_t kernel;
        int64_t kernel_tcp;
        OptionalI64 swappiness;
} LegacyMemory;

typedef struct LegacyCpu {
        int64_t shares;
        int64_t quota;
        int64_t period;
        int64_t realtime_runtime;
        int64_t realtime_period;
        char *cpus;
        char *mems;
} LegacyCpu;

typedef struct LegacyPids {
        int64_t limit;
} LegacyPids;

typedef struct LegacyWeightDevice {
        int64_t major;
        int64_t minor;
        int64_t weight;
        int64_t leaf_weight;
} LegacyWeightDevice;

typedef struct LegacyThrottle {
        int64_t major;
        int64_t minor;
        int64_t rate;
} LegacyThrottle;

typedef struct LegacyBlockIo {
        int64_t weight;
        int64_t leaf_weight;
        LegacyWeightDevice *weight_device;
        size_t n_weight_device;
        LegacyThrottle *throttle_read_bps_device;
        size_t n_throttle_read_bps_device;
        LegacyThrottle *throttle_write_bps_device;
        size_t n_throttle_write_bps_device;
        LegacyThrottle *throttle_read_iops_device;
        size_t n_throttle_read_iops_device;
        LegacyThrottle *throttle_write_iops_device;
        size_t n_throttle_write_iops_device;
} LegacyBlockIo;

typedef struct LegacyHugepageLimit {
        char *page_size;
        int64_t limit;
} LegacyHugepageLimit;

typedef struct LegacyPriority {
        char *name;
        int64_t priority;
} LegacyPriority;

typedef struct LegacyNetwork {
        char *class_id; /* a number of any base, as text */
        LegacyPriority *priorities;
        size_t n_priorities;
} LegacyNetwork;

typedef struct LegacyResources {
        bool disable_oom_killer;
        int64_t oom_score_adj;
        LegacyMemory memory;
        LegacyCpu cpu;
        LegacyPids pids;
        LegacyBlockIo block_io;
        LegacyHugepageLimit *hugepage_limits;
        size_t n_hugepage_limits;
        LegacyNetwork network;
} LegacyResources;

typedef struct LegacySeccompArgument {
        uint32_t index;
        uint64_t value;
        uint64_t value_two;
        char *op;
} LegacySeccompArgument;

typedef struct LegacySeccompSyscall {
        char *name;
        char *action;
        LegacySeccompArgument *args;
        size_t n_args;
} LegacySeccompSyscall;

typedef struct LegacySeccomp {
        char *default_action;
        char **architectures;
        LegacySeccompSyscall *syscalls;
        size_t n_syscalls;
} LegacySeccomp;

/* The object "linux" of runtime.json. */
typedef struct LegacyOs {
        SpecIdMap *uid_mappings;
        size_t n_uid_mappings;
        SpecIdMap *gid_mappings;
        size_t n_gid_mappings;
        LegacyRlimit *rlimits;
        size_t n_rlimits;
        SpecMap sysctl;
        LegacyResources resources;
        char *cgroups_path;
        LegacyNamespace *namespaces;
        size_t n_namespaces;
        LegacyDevice *devices;
        size_t n_devices;
        char *apparmor_profile;
        char *selinux_label;
        LegacySeccomp seccomp;
        char *rootfs_propagation;
} LegacyOs;

typedef struct LegacyRuntime {
        LegacyMount *mounts;    /* from an object; the order is not the order of mounting */
        size_t n_mounts;
        LegacyHooks hooks;
        LegacyOs os;
} LegacyRuntime;

OBJECT_TYPE_DECLARE(legacy_config_type, LegacyConfig);
OBJECT_TYPE_DECLARE(legacy_runtime_type, LegacyRuntime);

/* One of the two files: its text and the path that errors name. text NULL: absent. */
typedef struct LegacyFile {
        const char *path;
        const char *text;
        size_t size;
} LegacyFile;

/* Whether a config.json is of the old form: it has no ociVersion, but a version, or a runtime.json stands beside it. */
bool legacy_recognize(const char *text, size_t size, bool has_runtime);
/* Reads both files. bundle is the absolute path of the directory. The errors' wording is that of the runtime of the day where it
 * had one. */
int legacy_parse(const LegacyFile *config, const LegacyFile *runtime, const char *bundle, Spec **ret, Error *error);

/* The parts of the lowering. Each moves what it can out of its source and fills its part of the Spec. */
int legacy_lower(LegacyConfig *config, LegacyRuntime *runtime, Spec *spec, Error *error);
int legacy_lower_mounts(LegacyConfig *config, const LegacyRuntime *runtime, Spec *spec, Error *error);
int legacy_lower_process(LegacyConfig *config, LegacyRuntime *runtime, SpecProcess *process, Error *error);
int legacy_lower_devices(LegacyOs *from, Spec *spec, Error *error);
int legacy_lower_resources(LegacyResources *from, SpecResources *resources, Error *error);
int legacy_lower_seccomp(LegacySeccomp *from, SpecSeccomp **ret, Error *error);
