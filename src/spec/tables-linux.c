/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object "linux" of config.json (runtime-spec config-linux.md), but for resources and seccomp. */

#include "spec/tables.h"

const FieldWord spec_namespace_types[] = {
        { "pid", SPEC_NAMESPACE_PID },
        { "network", SPEC_NAMESPACE_NETWORK },
        { "mount", SPEC_NAMESPACE_MOUNT },
        { "ipc", SPEC_NAMESPACE_IPC },
        { "uts", SPEC_NAMESPACE_UTS },
        { "user", SPEC_NAMESPACE_USER },
        { "cgroup", SPEC_NAMESPACE_CGROUP },
        { "time", SPEC_NAMESPACE_TIME },
        {}
};

const FieldWord spec_device_types[] = {
        { "c", SPEC_DEVICE_CHARACTER },
        { "u", SPEC_DEVICE_CHARACTER }, /* unbuffered: mknod(1) makes the same node of both */
        { "b", SPEC_DEVICE_BLOCK },
        { "p", SPEC_DEVICE_FIFO },
        {}
};

const FieldWord spec_propagations[] = {
        { "private", SPEC_PROPAGATION_PRIVATE },
        { "shared", SPEC_PROPAGATION_SHARED },
        { "slave", SPEC_PROPAGATION_SLAVE },
        { "unbindable", SPEC_PROPAGATION_UNBINDABLE },
        { "rprivate", SPEC_PROPAGATION_RPRIVATE },
        { "rshared", SPEC_PROPAGATION_RSHARED },
        { "rslave", SPEC_PROPAGATION_RSLAVE },
        { "runbindable", SPEC_PROPAGATION_RUNBINDABLE },
        {}
};

const FieldWord spec_personality_domains[] = {
        { "LINUX", SPEC_PERSONALITY_LINUX },
        { "LINUX32", SPEC_PERSONALITY_LINUX32 },
        {}
};

const FieldWord spec_memory_policy_modes[] = {
        { "MPOL_DEFAULT", SPEC_MEMORY_POLICY_DEFAULT },
        { "MPOL_PREFERRED", SPEC_MEMORY_POLICY_PREFERRED },
        { "MPOL_BIND", SPEC_MEMORY_POLICY_BIND },
        { "MPOL_INTERLEAVE", SPEC_MEMORY_POLICY_INTERLEAVE },
        { "MPOL_LOCAL", SPEC_MEMORY_POLICY_LOCAL },
        { "MPOL_PREFERRED_MANY", SPEC_MEMORY_POLICY_PREFERRED_MANY },
        { "MPOL_WEIGHTED_INTERLEAVE", SPEC_MEMORY_POLICY_WEIGHTED_INTERLEAVE },
        {}
};

const FieldWord spec_memory_policy_flags[] = {
        { "MPOL_F_NUMA_BALANCING", SPEC_MEMORY_POLICY_FLAG_NUMA_BALANCING },
        { "MPOL_F_RELATIVE_NODES", SPEC_MEMORY_POLICY_FLAG_RELATIVE_NODES },
        { "MPOL_F_STATIC_NODES", SPEC_MEMORY_POLICY_FLAG_STATIC_NODES },
        {}
};

static const Field namespace_fields[] = {
        FIELD_ENUM("type", SpecNamespace, type, FIELD_REQUIRED, spec_namespace_types),
        FIELD_STRING("path", SpecNamespace, path, 0),
        {}
};
static OBJECT_TYPE(namespace_type, SpecNamespace, namespace_fields);

static const Field id_map_fields[] = {
        FIELD_U32("containerID", SpecIdMap, container_id, FIELD_REQUIRED),
        FIELD_U32("hostID", SpecIdMap, host_id, FIELD_REQUIRED),
        FIELD_U32("size", SpecIdMap, size, FIELD_REQUIRED),
        {}
};
OBJECT_TYPE(spec_id_map_type, SpecIdMap, id_map_fields);

static const Field time_offset_fields[] = {
        FIELD_I64("secs", SpecTimeOffset, secs, FIELD_ALWAYS),
        FIELD_U32_TO("nanosecs", SpecTimeOffset, nanosecs, FIELD_ALWAYS, 999999999),
        {}
};
static OBJECT_TYPE(time_offset_type, SpecTimeOffset, time_offset_fields);

static const Field time_offsets_fields[] = {
        FIELD_OPTIONAL_OBJECT("monotonic", SpecTimeOffsets, monotonic, 0, time_offset_type),
        FIELD_OPTIONAL_OBJECT("boottime", SpecTimeOffsets, boottime, 0, time_offset_type),
        {}
};
static OBJECT_TYPE(time_offsets_type, SpecTimeOffsets, time_offsets_fields);

static const Field device_fields[] = {
        FIELD_ENUM("type", SpecDevice, type, FIELD_REQUIRED, spec_device_types),
        FIELD_STRING("path", SpecDevice, path, FIELD_REQUIRED),
        FIELD_OPTIONAL_I64_IN("major", SpecDevice, major, 0, 0, UINT32_MAX),
        FIELD_OPTIONAL_I64_IN("minor", SpecDevice, minor, 0, 0, UINT32_MAX),
        FIELD_OPTIONAL_U32("fileMode", SpecDevice, file_mode, 0),
        FIELD_OPTIONAL_U32("uid", SpecDevice, uid, 0),
        FIELD_OPTIONAL_U32("gid", SpecDevice, gid, 0),
        {}
};
static OBJECT_TYPE(device_type, SpecDevice, device_fields);

static const Field net_device_fields[] = {
        FIELD_STRING("name", SpecNetDevice, name, 0),
        {}
};
static OBJECT_TYPE(net_device_type, SpecNetDevice, net_device_fields);

static const Field intel_rdt_fields[] = {
        FIELD_STRING("closID", SpecIntelRdt, clos_id, 0),
        FIELD_STRINGS("schemata", SpecIntelRdt, schemata, 0),
        FIELD_STRING("l3CacheSchema", SpecIntelRdt, l3_cache_schema, 0),
        FIELD_STRING("memBwSchema", SpecIntelRdt, mem_bw_schema, 0),
        FIELD_BOOL("enableMonitoring", SpecIntelRdt, enable_monitoring, 0),
        {}
};
static OBJECT_TYPE(intel_rdt_type, SpecIntelRdt, intel_rdt_fields);

static const Field memory_policy_fields[] = {
        FIELD_ENUM("mode", SpecMemoryPolicy, mode, FIELD_REQUIRED, spec_memory_policy_modes),
        FIELD_STRING("nodes", SpecMemoryPolicy, nodes, 0),
        FIELD_SET("flags", SpecMemoryPolicy, flags, 0, spec_memory_policy_flags),
        {}
};
/* runc's words: its tests look for "invalid memory policy mode", "... flag" and "... node". */
static OBJECT_TYPE_COMPLAINING(memory_policy_type, SpecMemoryPolicy, memory_policy_fields, "invalid memory policy");

static const Field personality_fields[] = {
        FIELD_ENUM("domain", SpecPersonality, domain, FIELD_REQUIRED, spec_personality_domains),
        FIELD_STRINGS("flags", SpecPersonality, flags, 0),
        {}
};
static OBJECT_TYPE(personality_type, SpecPersonality, personality_fields);

static const Field os_fields[] = {
        FIELD_LIST("uidMappings", SpecOs, uid_mappings, 0, spec_id_map_type),
        FIELD_LIST("gidMappings", SpecOs, gid_mappings, 0, spec_id_map_type),
        FIELD_MAP("sysctl", SpecOs, sysctl, 0),
        FIELD_OPTIONAL_OBJECT("resources", SpecOs, resources, 0, spec_resources_type),
        FIELD_STRING("cgroupsPath", SpecOs, cgroups_path, 0),
        FIELD_LIST("namespaces", SpecOs, namespaces, 0, namespace_type),
        FIELD_LIST("devices", SpecOs, devices, 0, device_type),
        FIELD_OBJECT_MAP("netDevices", SpecOs, net_devices, 0, host_name, net_device_type),
        FIELD_OPTIONAL_OBJECT("seccomp", SpecOs, seccomp, 0, spec_seccomp_type),
        FIELD_ENUM("rootfsPropagation", SpecOs, rootfs_propagation, 0, spec_propagations),
        FIELD_STRINGS("maskedPaths", SpecOs, masked_paths, 0),
        FIELD_STRINGS("readonlyPaths", SpecOs, readonly_paths, 0),
        FIELD_STRING("mountLabel", SpecOs, mount_label, 0),
        FIELD_OPTIONAL_OBJECT("intelRdt", SpecOs, intel_rdt, 0, intel_rdt_type),
        FIELD_OPTIONAL_OBJECT("memoryPolicy", SpecOs, memory_policy, 0, memory_policy_type),
        FIELD_OPTIONAL_OBJECT("personality", SpecOs, personality, 0, personality_type),
        FIELD_OPTIONAL_OBJECT("timeOffsets", SpecOs, time_offsets, 0, time_offsets_type),
        {}
};
OBJECT_TYPE(spec_os_type, SpecOs, os_fields);
