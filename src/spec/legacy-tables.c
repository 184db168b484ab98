/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables of the two files of before 1.0. Names are those of v0.2.0; case does not matter, so that they also match v0.1.1's
 * classId and blkioThrottleReadIopsDevice. Words are read as strings: the lowering refuses an unknown one in the words and the
 * order of the old runtime. */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "spec/legacy.h"
#include "spec/tables.h"

/* Any number of 64 bits; beyond INT64_MAX it wraps. */
#define FIELD_ANY_I64(name_, type_, member_) FIELD_I64_IN(name_, type_, member_, 0, INT64_MIN, UINT64_MAX)
#define FIELD_OPTIONAL_ANY_I64(name_, type_, member_) FIELD_OPTIONAL_I64_IN(name_, type_, member_, 0, INT64_MIN, UINT64_MAX)

static const Field user_fields[] = {
        FIELD_I64_IN("uid", LegacyUser, uid, 0, INT32_MIN, UINT32_MAX),
        FIELD_I64_IN("gid", LegacyUser, gid, 0, INT32_MIN, UINT32_MAX),
        FIELD_U32_LIST("additionalGids", LegacyUser, additional_gids, 0),
        {}
};
static OBJECT_TYPE(user_type, LegacyUser, user_fields);

static const Field process_fields[] = {
        FIELD_BOOL("terminal", LegacyProcess, terminal, 0),
        FIELD_OBJECT("user", LegacyProcess, user, 0, user_type),
        FIELD_STRINGS("args", LegacyProcess, args, 0),
        FIELD_STRINGS("env", LegacyProcess, env, 0),
        FIELD_STRING("cwd", LegacyProcess, cwd, 0),
        {}
};
static OBJECT_TYPE(process_type, LegacyProcess, process_fields);

static const Field root_fields[] = {
        FIELD_STRING("path", SpecRoot, path, 0),
        FIELD_BOOL("readonly", SpecRoot, readonly, 0),
        {}
};
static OBJECT_TYPE(root_type, SpecRoot, root_fields);

static const Field mount_point_fields[] = {
        FIELD_STRING("name", LegacyMountPoint, name, 0),
        FIELD_STRING("path", LegacyMountPoint, path, 0),
        {}
};
static OBJECT_TYPE(mount_point_type, LegacyMountPoint, mount_point_fields);

static const Field portable_fields[] = {
        FIELD_STRINGS("capabilities", LegacyPortable, capabilities, 0),
        {}
};
static OBJECT_TYPE(portable_type, LegacyPortable, portable_fields);

static const Field config_fields[] = {
        FIELD_STRING("version", LegacyConfig, version, 0),
        FIELD_OBJECT("process", LegacyConfig, process, 0, process_type),
        FIELD_OBJECT("root", LegacyConfig, root, 0, root_type),
        FIELD_STRING("hostname", LegacyConfig, hostname, 0),
        FIELD_LIST("mounts", LegacyConfig, mounts, 0, mount_point_type),
        FIELD_OBJECT("linux", LegacyConfig, os, 0, portable_type),
        {}
};
OBJECT_TYPE(legacy_config_type, LegacyConfig, config_fields);

static const Field mount_fields[] = {
        FIELD_STRING("type", LegacyMount, type, 0),
        FIELD_STRING("source", LegacyMount, source, 0),
        FIELD_STRINGS("options", LegacyMount, options, 0),
        {}
};
static OBJECT_TYPE(mount_type, LegacyMount, mount_fields);

static const Field hook_fields[] = {
        FIELD_STRING("path", LegacyHook, path, 0),
        FIELD_STRINGS("args", LegacyHook, args, 0),
        FIELD_STRINGS("env", LegacyHook, env, 0),
        {}
};
static OBJECT_TYPE(hook_type, LegacyHook, hook_fields);

static const Field hooks_fields[] = {
        FIELD_LIST("prestart", LegacyHooks, prestart, 0, hook_type),
        FIELD_LIST("poststart", LegacyHooks, poststart, 0, hook_type),
        FIELD_LIST("poststop", LegacyHooks, poststop, 0, hook_type),
        {}
};
static OBJECT_TYPE(hooks_type, LegacyHooks, hooks_fields);

static const Field id_map_fields[] = {
        FIELD_U32("hostID", SpecIdMap, host_id, 0),
        FIELD_U32("containerID", SpecIdMap, container_id, 0),
        FIELD_U32("size", SpecIdMap, size, 0),
        {}
};
static OBJECT_TYPE(id_map_type, SpecIdMap, id_map_fields);

static const Field rlimit_fields[] = {
        FIELD_STRING("type", LegacyRlimit, type, 0),
        FIELD_ANY_I64("hard", LegacyRlimit, hard),
        FIELD_ANY_I64("soft", LegacyRlimit, soft),
        {}
};
static OBJECT_TYPE(rlimit_type, LegacyRlimit, rlimit_fields);

static const Field namespace_fields[] = {
        FIELD_STRING("type", LegacyNamespace, type, 0),
        FIELD_STRING("path", LegacyNamespace, path, 0),
        {}
};
static OBJECT_TYPE(namespace_type, LegacyNamespace, namespace_fields);

static const Field device_fields[] = {
        FIELD_STRING("path", LegacyDevice, path, 0),
        FIELD_I64_IN("type", LegacyDevice, type, 0, INT32_MIN, INT32_MAX),
        FIELD_I64("major", LegacyDevice, major, 0),
        FIELD_I64("minor", LegacyDevice, minor, 0),
        FIELD_STRING("permissions", LegacyDevice, permissions, 0),
        FIELD_OPTIONAL_U32("fileMode", LegacyDevice, file_mode, 0),
        FIELD_U32("uid", LegacyDevice, uid, 0),
        FIELD_U32("gid", LegacyDevice, gid, 0),
        {}
};
static OBJECT_TYPE(device_type, LegacyDevice, device_fields);

static const Field memory_fields[] = {
        FIELD_ANY_I64("limit", LegacyMemory, limit),
        FIELD_ANY_I64("reservation", LegacyMemory, reservation),
        FIELD_ANY_I64("swap", LegacyMemory, swap),
        FIELD_ANY_I64("kernel", LegacyMemory, kernel),
        FIELD_ANY_I64("kernelTCP", LegacyMemory, kernel_tcp),
        FIELD_OPTIONAL_ANY_I64("swappiness", LegacyMemory, swappiness),
        {}
};
static OBJECT_TYPE(memory_type, LegacyMemory, memory_fields);

static const Field cpu_fields[] = {
        FIELD_ANY_I64("shares", LegacyCpu, shares),
        FIELD_ANY_I64("quota", LegacyCpu, quota),
        FIELD_ANY_I64("period", LegacyCpu, period),
        FIELD_ANY_I64("realtimeRuntime", LegacyCpu, realtime_runtime),
        FIELD_ANY_I64("realtimePeriod", LegacyCpu, realtime_period),
        FIELD_STRING("cpus", LegacyCpu, cpus, 0),
        FIELD_STRING("mems", LegacyCpu, mems, 0),
        {}
};
static OBJECT_TYPE(cpu_type, LegacyCpu, cpu_fields);

static const Field pids_fields[] = {
        FIELD_ANY_I64("limit", LegacyPids, limit),
        {}
};
static OBJECT_TYPE(pids_type, LegacyPids, pids_fields);

static const Field weight_device_fields[] = {
        FIELD_I64("major", LegacyWeightDevice, major, 0),
        FIELD_I64("minor", LegacyWeightDevice, minor, 0),
        FIELD_I64_IN("weight", LegacyWeightDevice, weight, 0, -1, UINT16_MAX),
        FIELD_I64_IN("leafWeight", LegacyWeightDevice, leaf_weight, 0, -1, UINT16_MAX),
        {}
};
static OBJECT_TYPE(weight_device_type, LegacyWeightDevice, weight_device_fields);

static const Field throttle_fields[] = {
        FIELD_I64("major", LegacyThrottle, major, 0),
        FIELD_I64("minor", LegacyThrottle, minor, 0),
        FIELD_ANY_I64("rate", LegacyThrottle, rate),
        {}
};
static OBJECT_TYPE(throttle_type, LegacyThrottle, throttle_fields);

/* v0.1.1 had the kernel's own lines, "8:0 1048576". */
static bool read_line(const char *line, int64_t *ret_major, int64_t *ret_minor, int64_t *ret_value) {
        int end = 0;

        return sscanf(line, "%10" SCNi64 ":%10" SCNi64 " %19" SCNi64 "%n", ret_major, ret_minor, ret_value, &end) == 3 &&
                line[end] == '\0' && isdigit((unsigned char) line[0]) && *ret_minor >= 0 && *ret_value >= 0;
}

static bool read_weight_line(const char *line, void *item) {
        LegacyWeightDevice *device = item;

        return read_line(line, &device->major, &device->minor, &device->weight) && device->weight <= UINT16_MAX;
}

static bool read_throttle_line(const char *line, void *item) {
        LegacyThrottle *throttle = item;

        return read_line(line, &throttle->major, &throttle->minor, &throttle->rate);
}

static const Field block_io_fields[] = {
        FIELD_I64_IN("blkioWeight", LegacyBlockIo, weight, 0, -1, UINT16_MAX),
        FIELD_I64_IN("blkioLeafWeight", LegacyBlockIo, leaf_weight, 0, -1, UINT16_MAX),
        FIELD_LIST_OR_LINES("blkioWeightDevice", LegacyBlockIo, weight_device, weight_device_type, read_weight_line),
        FIELD_LIST_OR_LINES("blkioThrottleReadBpsDevice", LegacyBlockIo, throttle_read_bps_device, throttle_type,
                            read_throttle_line),
        FIELD_LIST_OR_LINES("blkioThrottleWriteBpsDevice", LegacyBlockIo, throttle_write_bps_device, throttle_type,
                            read_throttle_line),
        FIELD_LIST_OR_LINES("blkioThrottleReadIOPSDevice", LegacyBlockIo, throttle_read_iops_device, throttle_type,
                            read_throttle_line),
        FIELD_LIST_OR_LINES("blkioThrottleWriteIOPSDevice", LegacyBlockIo, throttle_write_iops_device, throttle_type,
                            read_throttle_line),
        {}
};
static OBJECT_TYPE(block_io_type, LegacyBlockIo, block_io_fields);

static const Field hugepage_limit_fields[] = {
        FIELD_STRING("pageSize", LegacyHugepageLimit, page_size, 0),
        FIELD_ANY_I64("limit", LegacyHugepageLimit, limit),
        {}
};
static OBJECT_TYPE(hugepage_limit_type, LegacyHugepageLimit, hugepage_limit_fields);

static const Field priority_fields[] = {
        FIELD_STRING("name", LegacyPriority, name, 0),
        FIELD_I64_IN("priority", LegacyPriority, priority, 0, INT64_MIN, UINT32_MAX),
        {}
};
static OBJECT_TYPE(priority_type, LegacyPriority, priority_fields);

static const Field network_fields[] = {
        FIELD_STRING("classID", LegacyNetwork, class_id, 0),
        FIELD_LIST("priorities", LegacyNetwork, priorities, 0, priority_type),
        {}
};
static OBJECT_TYPE(network_type, LegacyNetwork, network_fields);

static const Field resources_fields[] = {
        FIELD_BOOL("disableOOMKiller", LegacyResources, disable_oom_killer, 0),
        FIELD_I64("oomScoreAdj", LegacyResources, oom_score_adj, 0),
        FIELD_OBJECT("memory", LegacyResources, memory, 0, memory_type),
        FIELD_OBJECT("cpu", LegacyResources, cpu, 0, cpu_type),
        FIELD_OBJECT("pids", LegacyResources, pids, 0, pids_type),
        FIELD_OBJECT("blockIO", LegacyResources, block_io, 0, block_io_type),
        FIELD_LIST("hugepageLimits", LegacyResources, hugepage_limits, 0, hugepage_limit_type),
        FIELD_OBJECT("network", LegacyResources, network, 0, network_type),
        {}
};
static OBJECT_TYPE(resources_type, LegacyResources, resources_fields);

static const Field argument_fields[] = {
        FIELD_U32("index", LegacySeccompArgument, index, 0),
        FIELD_U64("value", LegacySeccompArgument, value, 0),
        FIELD_U64("valueTwo", LegacySeccompArgument, value_two, 0),
        FIELD_STRING("op", LegacySeccompArgument, op, 0),
        {}
};
static OBJECT_TYPE(argument_type, LegacySeccompArgument, argument_fields);

static const Field syscall_fields[] = {
        FIELD_STRING("name", LegacySeccompSyscall, name, 0),
        FIELD_STRING("action", LegacySeccompSyscall, action, 0),
        FIELD_LIST("args", LegacySeccompSyscall, args, 0, argument_type),
        {}
};
static OBJECT_TYPE(syscall_type, LegacySeccompSyscall, syscall_fields);

static const Field seccomp_fields[] = {
        FIELD_STRING("defaultAction", LegacySeccomp, default_action, 0),
        FIELD_STRINGS("architectures", LegacySeccomp, architectures, 0),
        FIELD_LIST("syscalls", LegacySeccomp, syscalls, 0, syscall_type),
        {}
};
static OBJECT_TYPE(seccomp_type, LegacySeccomp, seccomp_fields);

static const Field os_fields[] = {
        FIELD_LIST("uidMappings", LegacyOs, uid_mappings, 0, id_map_type),
        FIELD_LIST("gidMappings", LegacyOs, gid_mappings, 0, id_map_type),
        FIELD_LIST("rlimits", LegacyOs, rlimits, 0, rlimit_type),
        FIELD_MAP("sysctl", LegacyOs, sysctl, 0),
        FIELD_OBJECT("resources", LegacyOs, resources, 0, resources_type),
        FIELD_STRING("cgroupsPath", LegacyOs, cgroups_path, 0),
        FIELD_LIST("namespaces", LegacyOs, namespaces, 0, namespace_type),
        FIELD_LIST("devices", LegacyOs, devices, 0, device_type),
        FIELD_STRING("apparmorProfile", LegacyOs, apparmor_profile, 0),
        FIELD_STRING("selinuxProcessLabel", LegacyOs, selinux_label, 0),
        FIELD_OBJECT("seccomp", LegacyOs, seccomp, 0, seccomp_type),
        FIELD_STRING("rootfsPropagation", LegacyOs, rootfs_propagation, 0),
        {}
};
static OBJECT_TYPE(os_type, LegacyOs, os_fields);

static const Field runtime_fields[] = {
        FIELD_OBJECT_MAP("mounts", LegacyRuntime, mounts, 0, name, mount_type),
        FIELD_OBJECT("hooks", LegacyRuntime, hooks, 0, hooks_type),
        FIELD_OBJECT("linux", LegacyRuntime, os, 0, os_type),
        {}
};
OBJECT_TYPE(legacy_runtime_type, LegacyRuntime, runtime_fields);
