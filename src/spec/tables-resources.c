/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object "linux.resources" of config.json (runtime-spec config-linux.md, Control groups). */

#include "spec/tables.h"

const FieldWord spec_device_rule_types[] = {
        { "a", SPEC_DEVICE_ALL },
        { "c", SPEC_DEVICE_CHARACTER },
        { "b", SPEC_DEVICE_BLOCK },
        {}
};

static const Field device_rule_fields[] = {
        FIELD_BOOL("allow", SpecDeviceRule, allow, FIELD_REQUIRED),
        FIELD_ENUM("type", SpecDeviceRule, type, 0, spec_device_rule_types),
        FIELD_OPTIONAL_I64_IN("major", SpecDeviceRule, major, 0, -1, UINT32_MAX),
        FIELD_OPTIONAL_I64_IN("minor", SpecDeviceRule, minor, 0, -1, UINT32_MAX),
        FIELD_STRING("access", SpecDeviceRule, access, 0),
        {}
};
static OBJECT_TYPE(device_rule_type, SpecDeviceRule, device_rule_fields);

static const Field memory_fields[] = {
        FIELD_OPTIONAL_I64("limit", SpecMemory, limit, 0),
        FIELD_OPTIONAL_I64("reservation", SpecMemory, reservation, 0),
        FIELD_OPTIONAL_I64("swap", SpecMemory, swap, 0),
        FIELD_OPTIONAL_I64("kernel", SpecMemory, kernel, 0),
        FIELD_OPTIONAL_I64("kernelTCP", SpecMemory, kernel_tcp, 0),
        FIELD_OPTIONAL_U64("swappiness", SpecMemory, swappiness, 0),
        FIELD_OPTIONAL_BOOL("disableOOMKiller", SpecMemory, disable_oom_killer, 0),
        FIELD_OPTIONAL_BOOL("useHierarchy", SpecMemory, use_hierarchy, 0),
        FIELD_OPTIONAL_BOOL("checkBeforeUpdate", SpecMemory, check_before_update, 0),
        {}
};
static OBJECT_TYPE(memory_type, SpecMemory, memory_fields);

static const Field cpu_fields[] = {
        FIELD_OPTIONAL_U64("shares", SpecCpu, shares, 0),
        FIELD_OPTIONAL_I64("quota", SpecCpu, quota, 0),
        FIELD_OPTIONAL_U64("burst", SpecCpu, burst, 0),
        FIELD_OPTIONAL_U64("period", SpecCpu, period, 0),
        FIELD_OPTIONAL_I64("realtimeRuntime", SpecCpu, realtime_runtime, 0),
        FIELD_OPTIONAL_U64("realtimePeriod", SpecCpu, realtime_period, 0),
        FIELD_STRING("cpus", SpecCpu, cpus, 0),
        FIELD_STRING("mems", SpecCpu, mems, 0),
        FIELD_OPTIONAL_I64_IN("idle", SpecCpu, idle, 0, 0, 1),
        {}
};
static OBJECT_TYPE(cpu_type, SpecCpu, cpu_fields);

static const Field pids_fields[] = {
        FIELD_OPTIONAL_I64("limit", SpecPids, limit, 0),
        {}
};
static OBJECT_TYPE(pids_type, SpecPids, pids_fields);

static const Field weight_device_fields[] = {
        FIELD_I64_IN("major", SpecBlockIoWeightDevice, major, FIELD_REQUIRED, 0, UINT32_MAX),
        FIELD_I64_IN("minor", SpecBlockIoWeightDevice, minor, FIELD_REQUIRED, 0, UINT32_MAX),
        FIELD_OPTIONAL_U32_TO("weight", SpecBlockIoWeightDevice, weight, 0, UINT16_MAX),
        FIELD_OPTIONAL_U32_TO("leafWeight", SpecBlockIoWeightDevice, leaf_weight, 0, UINT16_MAX),
        {}
};
static OBJECT_TYPE(weight_device_type, SpecBlockIoWeightDevice, weight_device_fields);

static const Field throttle_fields[] = {
        FIELD_I64_IN("major", SpecBlockIoThrottle, major, FIELD_REQUIRED, 0, UINT32_MAX),
        FIELD_I64_IN("minor", SpecBlockIoThrottle, minor, FIELD_REQUIRED, 0, UINT32_MAX),
        FIELD_U64("rate", SpecBlockIoThrottle, rate, FIELD_REQUIRED),
        {}
};
static OBJECT_TYPE(throttle_type, SpecBlockIoThrottle, throttle_fields);

static const Field block_io_fields[] = {
        FIELD_OPTIONAL_U32_TO("weight", SpecBlockIo, weight, 0, UINT16_MAX),
        FIELD_OPTIONAL_U32_TO("leafWeight", SpecBlockIo, leaf_weight, 0, UINT16_MAX),
        FIELD_LIST("weightDevice", SpecBlockIo, weight_device, 0, weight_device_type),
        FIELD_LIST("throttleReadBpsDevice", SpecBlockIo, throttle_read_bps_device, 0, throttle_type),
        FIELD_LIST("throttleWriteBpsDevice", SpecBlockIo, throttle_write_bps_device, 0, throttle_type),
        FIELD_LIST("throttleReadIOPSDevice", SpecBlockIo, throttle_read_iops_device, 0, throttle_type),
        FIELD_LIST("throttleWriteIOPSDevice", SpecBlockIo, throttle_write_iops_device, 0, throttle_type),
        {}
};
static OBJECT_TYPE(block_io_type, SpecBlockIo, block_io_fields);

static const Field hugepage_limit_fields[] = {
        FIELD_STRING("pageSize", SpecHugepageLimit, page_size, FIELD_REQUIRED | FIELD_NOT_EMPTY),
        FIELD_U64("limit", SpecHugepageLimit, limit, FIELD_REQUIRED),
        {}
};
static OBJECT_TYPE(hugepage_limit_type, SpecHugepageLimit, hugepage_limit_fields);

static const Field interface_priority_fields[] = {
        FIELD_STRING("name", SpecInterfacePriority, name, FIELD_REQUIRED),
        FIELD_U32("priority", SpecInterfacePriority, priority, FIELD_REQUIRED),
        {}
};
static OBJECT_TYPE(interface_priority_type, SpecInterfacePriority, interface_priority_fields);

static const Field network_fields[] = {
        FIELD_OPTIONAL_U32("classID", SpecNetwork, class_id, 0),
        FIELD_LIST("priorities", SpecNetwork, priorities, 0, interface_priority_type),
        {}
};
static OBJECT_TYPE(network_type, SpecNetwork, network_fields);

static const Field rdma_fields[] = {
        FIELD_OPTIONAL_U32("hcaHandles", SpecRdma, hca_handles, 0),
        FIELD_OPTIONAL_U32("hcaObjects", SpecRdma, hca_objects, 0),
        {}
};
static OBJECT_TYPE(rdma_type, SpecRdma, rdma_fields);

static const Field resources_fields[] = {
        FIELD_LIST("devices", SpecResources, devices, 0, device_rule_type),
        FIELD_OPTIONAL_OBJECT("memory", SpecResources, memory, 0, memory_type),
        FIELD_OPTIONAL_OBJECT("cpu", SpecResources, cpu, 0, cpu_type),
        FIELD_OPTIONAL_OBJECT("pids", SpecResources, pids, 0, pids_type),
        FIELD_OPTIONAL_OBJECT("blockIO", SpecResources, block_io, 0, block_io_type),
        FIELD_LIST("hugepageLimits", SpecResources, hugepage_limits, 0, hugepage_limit_type),
        FIELD_OPTIONAL_OBJECT("network", SpecResources, network, 0, network_type),
        FIELD_OBJECT_MAP("rdma", SpecResources, rdma, 0, device, rdma_type),
        FIELD_MAP("unified", SpecResources, unified, 0),
        {}
};
OBJECT_TYPE(spec_resources_type, SpecResources, resources_fields);
