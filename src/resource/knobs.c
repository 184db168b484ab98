/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of knobs. Invariant: a knob that systemd has a property for is never written as a file, so nothing that systemd
 * does later (daemon-reload, set-property) takes it back. The exception are properties newer than the oldest systemd that
 * berth runs on: they are asked for, and the file is written with the same value, which is what counts where the property is
 * not known.
 *
 * Fields that only cgroup v1 had: what means "unset" is ignored, as old bundles are full of it; what would have had an effect
 * is an error or, where the specification lets a runtime ignore it, or the bundle is of the time of v1, a warning. */

#include "resource/knobs.h"

#include <stddef.h>

#include "base/strv.h"
#include "resource/knob-rows.h"

#define MEMBER(section_, type_, member_) .section = offsetof(SpecResources, section_), .member = offsetof(type_, member_)

const Knob knobs[] = {
        { "linux.resources.memory.limit", "memory.max", "MemoryMax", PROPERTY_U64, 0, "memory", MEMBER(memory, SpecMemory, limit),
          compile_bytes, parse_bytes, .lower = lower_number },
        { "linux.resources.memory.reservation", "memory.low", "MemoryLow", PROPERTY_U64, 0, "memory",
          MEMBER(memory, SpecMemory, reservation),
          compile_bytes, parse_bytes, .lower = lower_number },
        { "linux.resources.memory.swap", "memory.swap.max", "MemorySwapMax", PROPERTY_U64, 0, "memory",
          MEMBER(memory, SpecMemory, swap),
          compile_swap, parse_bytes, .lower = lower_number },
        { NULL, "memory.min", "MemoryMin", PROPERTY_U64, 0, "memory", .parse = parse_bytes, .lower = lower_number },
        { NULL, "memory.high", "MemoryHigh", PROPERTY_U64, 0, "memory", .parse = parse_bytes, .lower = lower_number },
        { NULL, "memory.zswap.max", "MemoryZSwapMax", PROPERTY_U64, 253, "memory", .parse = parse_bytes },
        { NULL, "memory.zswap.writeback", "MemoryZSwapWriteback", PROPERTY_BOOL, 256, "memory", .parse = parse_bool },
        { NULL, "memory.oom.group", "OOMPolicy", PROPERTY_STRING, 0, "memory", .parse = parse_oom_group,
          .lower = lower_oom_group },
        { "linux.resources.memory.kernel", .controller = "memory", MEMBER(memory, SpecMemory, kernel),
          .compile = compile_ignored_i64 },
        { "linux.resources.memory.kernelTCP", .controller = "memory", MEMBER(memory, SpecMemory, kernel_tcp),
          .compile = compile_ignored_i64 },
        { "linux.resources.memory.swappiness", .controller = "memory", MEMBER(memory, SpecMemory, swappiness),
          .compile = compile_refused_u64 },
        { "linux.resources.memory.disableOOMKiller", .controller = "memory", MEMBER(memory, SpecMemory, disable_oom_killer),
          .compile = compile_refused_bool },
        /* memory.useHierarchy is what v2 always does; memory.checkBeforeUpdate is no limit but how update goes about it. */

        { "linux.resources.cpu.shares", "cpu.weight", "CPUWeight", PROPERTY_U64, 0, "cpu", MEMBER(cpu, SpecCpu, shares),
          compile_shares, parse_weight, .lower = lower_weight },
        { "linux.resources.cpu.idle", "cpu.idle", "CPUWeight", PROPERTY_U64, 0, "cpu", MEMBER(cpu, SpecCpu, idle), compile_idle,
          parse_idle, .lower = lower_weight },
        { "linux.resources.cpu.period", "cpu.max", "CPUQuotaPeriodUSec", PROPERTY_U64, 0, "cpu", MEMBER(cpu, SpecCpu, period),
          compile_period, .lower = lower_cpu_max },
        { "linux.resources.cpu.quota", "cpu.max", "CPUQuotaPerSecUSec", PROPERTY_U64, 0, "cpu", MEMBER(cpu, SpecCpu, quota),
          compile_quota, parse_cpu_max, .lower = lower_cpu_max },
        { "linux.resources.cpu.burst", "cpu.max.burst", NULL, .controller = NULL, MEMBER(cpu, SpecCpu, burst), compile_burst,
          parse_file },
        { "linux.resources.cpu.realtimeRuntime", .controller = "cpu", MEMBER(cpu, SpecCpu, realtime_runtime),
          .compile = compile_refused_i64 },
        { "linux.resources.cpu.realtimePeriod", .controller = "cpu", MEMBER(cpu, SpecCpu, realtime_period),
          .compile = compile_refused_u64 },
        { "linux.resources.cpu.cpus", "cpuset.cpus", "AllowedCPUs", PROPERTY_BYTES, 0, "cpuset", MEMBER(cpu, SpecCpu, cpus),
          compile_number_set, parse_number_set, .lower = lower_number_set },
        { "linux.resources.cpu.mems", "cpuset.mems", "AllowedMemoryNodes", PROPERTY_BYTES, 0, "cpuset",
          MEMBER(cpu, SpecCpu, mems),
          compile_number_set, parse_number_set, .lower = lower_number_set },
        { NULL, "cpuset.cpus.partition", "CPUSetPartition", PROPERTY_STRING, 261, "cpuset", .parse = parse_string },
        { NULL, "cpu.weight.nice", .controller = "cpu", .parse = parse_nice },

        { "linux.resources.pids.limit", "pids.max", "TasksMax", PROPERTY_U64, 0, "pids", MEMBER(pids, SpecPids, limit),
          compile_tasks, parse_tasks, .lower = lower_number },

        { "linux.resources.blockIO.weight", "io.weight", "IOWeight", PROPERTY_U64, 0, "io", MEMBER(block_io, SpecBlockIo, weight),
          compile_io_weight, parse_io_weight, .lower = lower_io_weight },
        { "linux.resources.blockIO.weightDevice", "io.bfq.weight", "IODeviceWeight", PROPERTY_DEVICE_LIMITS, 0, "io",
          MEMBER(block_io, SpecBlockIo, weight_device), compile_io_weight_devices, parse_bfq_weight,
          .lower = lower_io_weight_devices },
        { "linux.resources.blockIO.leafWeight", .controller = "io", MEMBER(block_io, SpecBlockIo, leaf_weight),
          .compile = compile_ignored_u32 },
        { "linux.resources.blockIO.throttleReadBpsDevice", "io.max", "IOReadBandwidthMax", PROPERTY_DEVICE_LIMITS, 0, "io",
          MEMBER(block_io, SpecBlockIo, throttle_read_bps_device), compile_throttle, parse_io_max,
          .lower = lower_throttle },
        { "linux.resources.blockIO.throttleWriteBpsDevice", "io.max", "IOWriteBandwidthMax", PROPERTY_DEVICE_LIMITS, 0, "io",
          MEMBER(block_io, SpecBlockIo, throttle_write_bps_device), compile_throttle, .lower = lower_throttle },
        { "linux.resources.blockIO.throttleReadIOPSDevice", "io.max", "IOReadIOPSMax", PROPERTY_DEVICE_LIMITS, 0, "io",
          MEMBER(block_io, SpecBlockIo, throttle_read_iops_device), compile_throttle, .lower = lower_throttle },
        { "linux.resources.blockIO.throttleWriteIOPSDevice", "io.max", "IOWriteIOPSMax", PROPERTY_DEVICE_LIMITS, 0, "io",
          MEMBER(block_io, SpecBlockIo, throttle_write_iops_device), compile_throttle, .lower = lower_throttle },
        { NULL, "io.latency", "IODeviceLatencyTargetUSec", PROPERTY_DEVICE_LIMITS, 0, "io", .parse = parse_io_latency,
          .lower = lower_io_latency },

        { "linux.resources.hugepageLimits", "hugetlb.%s.max", NULL, .controller = "hugetlb", .compile = compile_hugepages },
        { "linux.resources.rdma", "rdma.max", NULL, .controller = "rdma", .compile = compile_rdma, .parse = parse_file },
        { NULL, "misc.max", NULL, .controller = "misc", .parse = parse_file },
        { NULL, "memory.swap.high", NULL, .parse = parse_file },
        { "linux.resources.network.classID", MEMBER(network, SpecNetwork, class_id), .compile = compile_refused_u32 },
        { "linux.resources.network.priorities", MEMBER(network, SpecNetwork, n_priorities), .compile = compile_refused_list },
        {}
};

const Knob *knob_by_property(const char *property) {
        for (const Knob *knob = knobs; knob->field || knob->file; knob++)
                if (knob->property && streq(knob->property, property))
                        return knob;
        return NULL;
}

int knobs_lower(const Compile *compile) {
        ResourceSet *set = compile->set;
        size_t n_before = set->n_files;
        int r = 0;

        for (size_t i = 0; i < set->n_properties && r >= 0; i++) {
                const Knob *knob = knob_by_property(set->properties[i].name);

                /* A newer property has its file beside it. */
                if (knob && knob->lower)
                        r = knob->lower(knob, &set->properties[i], compile);
        }
        if (r < 0)
                return r;
        for (size_t i = 0; i < set->n_properties; i++)
                property_done(&set->properties[i]);
        set->n_properties = 0;
        /* cpu.max.burst must be within the quota: in a new cgroup the quota comes first, and container/update.c puts a larger burst behind the rest. */
        return compile->update ? 0 : resource_set_rotate_files(set, n_before);
}

static const Knob *find_unified(const char *key) {
        for (const Knob *knob = knobs; knob->field || knob->file; knob++)
                if (knob->parse && streq(knob->file, key))
                        return knob;
        return NULL;
}

static int compile_unified(const Compile *compile, Error *error) {
        for (size_t i = 0; i < compile->resources->unified.n_items; i++) {
                const SpecPair *pair = &compile->resources->unified.items[i];
                const Knob *knob = find_unified(pair->key);
                int r = knob ? knob->parse(knob, pair->value, compile, error)
                                : put_unknown_file(pair->key, pair->value, compile, error);

                if (r < 0)
                        return r;
        }
        return 0;
}

int knobs_compile(const Compile *compile, Error *error) {
        int r;

        if (!compile->resources)
                return 0;
        for (const Knob *knob = knobs; knob->field || knob->file; knob++) {
                r = knob->compile ? knob->compile(knob, compile, error) : 0;
                if (r < 0)
                        return r;
        }
        r = compile_unified(compile, error);
        return r < 0 || compile->files ? r : keep_period(compile);
}
