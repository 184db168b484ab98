/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices and limits of before 1.0. A limit of 0 was none, in every version; -1 is "unlimited" where a limit can be taken off,
 * and "not set" elsewhere. A device stood for two things, the node and the right to use it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "spec/legacy.h"

/* What the old runtime allowed besides the bundle's devices. */
static const struct {
        SpecDeviceType type;
        int64_t major;
        int64_t minor;
        const char *access;
} default_rules[] = {
        { SPEC_DEVICE_CHARACTER, -1, -1, "m" },
        { SPEC_DEVICE_BLOCK, -1, -1, "m" },
        { SPEC_DEVICE_CHARACTER, 5, 1, "rwm" },         /* console */
        { SPEC_DEVICE_CHARACTER, 4, 0, "rwm" },         /* tty0 */
        { SPEC_DEVICE_CHARACTER, 4, 1, "rwm" },         /* tty1 */
        { SPEC_DEVICE_CHARACTER, 136, -1, "rwm" },      /* pts/N */
        { SPEC_DEVICE_CHARACTER, 5, 2, "rwm" },         /* ptmx */
        { SPEC_DEVICE_CHARACTER, 10, 200, "rwm" },      /* net/tun */
};

/* ---- devices ---- */

static int add_rule(SpecResources *resources, SpecDeviceType type, int64_t major, int64_t minor, const char *access) {
        SpecDeviceRule *rule = resources->devices + resources->n_devices;

        rule->allow = type != SPEC_DEVICE_ALL;
        rule->type = type;
        if (major >= 0)
                rule->major = (OptionalI64) { major, true };
        if (minor >= 0)
                rule->minor = (OptionalI64) { minor, true };
        rule->access = strdup(access);
        if (!rule->access)
                return -ENOMEM;
        resources->n_devices++;
        return 0;
}

static int add_node(LegacyDevice *from, size_t index, SpecDeviceType type, bool mapped, Spec *spec, Error *error) {
        SpecDevice *device = spec->os.devices + spec->os.n_devices;

        if (from->major < 0 || from->minor < 0)
                return error_set(error, -EINVAL, "linux.devices[%zu].%s: a node needs a number, -1 is for rules", index,
                                 from->major < 0 ? "major" : "minor");
        device->type = type;
        device->path = TAKE_PTR(from->path);
        spec->os.n_devices++;
        device->major = (OptionalI64) { from->major, true };
        device->minor = (OptionalI64) { from->minor, true };
        /* Go's bits above the permissions are not the kernel's. */
        if (from->file_mode.set)
                device->file_mode = (OptionalU32) { from->file_mode.value & 0777, true };
        /* With maps all belong to root, whatever the bundle says. */
        device->uid = (OptionalU32) { mapped ? 0 : from->uid, true };
        device->gid = (OptionalU32) { mapped ? 0 : from->gid, true };
        return 0;
}

static int lower_device(LegacyDevice *from, size_t index, bool mapped, Spec *spec, Error *error) {
        SpecDeviceType type = from->type == 'c' ? SPEC_DEVICE_CHARACTER : from->type == 'b' ? SPEC_DEVICE_BLOCK : 0;
        int r;

        if (!type)
                return error_set(error, -EINVAL, "%c is not a valid device type for device %.200s",
                                 from->type > ' ' && from->type < 0x7f ? (char) from->type : '?', from->path ? from->path : "");
        if (isempty(from->permissions))
                return error_set(error, -EINVAL, "linux.devices[%zu].permissions: must not be empty", index);
        if (from->major < -1 || from->major > UINT32_MAX || from->minor < -1 || from->minor > UINT32_MAX)
                return error_set(error, -EINVAL, "linux.devices[%zu]: major and minor must be from -1 to %u", index, UINT32_MAX);
        r = add_rule(spec->os.resources, type, from->major, from->minor, from->permissions);
        if (r < 0 || isempty(from->path))
                return r;
        return add_node(from, index, type, mapped, spec, error);
}

int legacy_lower_devices(LegacyOs *from, Spec *spec, Error *error) {
        SpecResources *resources = spec->os.resources;
        int r;

        resources->devices = calloc(1 + from->n_devices + ELEMENTSOF(default_rules), sizeof(*resources->devices));
        spec->os.devices = calloc(from->n_devices + 1, sizeof(*spec->os.devices));
        if (!resources->devices || !spec->os.devices)
                return -ENOMEM;
        r = add_rule(resources, SPEC_DEVICE_ALL, -1, -1, "rwm");
        for (size_t i = 0; i < from->n_devices && r >= 0; i++)
                r = lower_device(from->devices + i, i, spec->os.n_uid_mappings > 0, spec, error);
        for (size_t i = 0; i < ELEMENTSOF(default_rules) && r >= 0; i++)
                r = add_rule(resources, default_rules[i].type, default_rules[i].major, default_rules[i].minor,
                             default_rules[i].access);
        return r;
}

/* ---- limits ---- */

/* Negative: unlimited. */
static OptionalI64 limit_of(int64_t value) {
        return (OptionalI64) { value < 0 ? -1 : value, value != 0 };
}

/* Where nothing can be unlimited. */
static OptionalI64 positive_of(int64_t value) {
        return (OptionalI64) { value > 0 ? value : 0, value > 0 };
}

static OptionalU64 positive_u64_of(int64_t value) {
        return (OptionalU64) { value > 0 ? (uint64_t) value : 0, value > 0 };
}

static OptionalU32 weight_of(int64_t value) {
        return (OptionalU32) { value > 0 ? (uint32_t) value : 0, value > 0 };
}

static int lower_memory(const LegacyMemory *from, bool disable_oom_killer, SpecResources *resources, Error *error) {
        SpecMemory memory = {
                .limit = limit_of(from->limit),
                .reservation = limit_of(from->reservation),
                .swap = positive_of(from->swap),
                .kernel = positive_of(from->kernel),
                .kernel_tcp = positive_of(from->kernel_tcp),
                .disable_oom_killer = { disable_oom_killer, disable_oom_killer },
        };
        OptionalI64 swappiness = from->swappiness;

        /* 0 was what an absent one became, and cannot be told from it. */
        if (swappiness.set && swappiness.value != -1 && (swappiness.value < 0 || swappiness.value > 100))
                return error_set(error, -EINVAL, "invalid value:%jd. valid memory swappiness range is 0-100",
                                 (intmax_t) swappiness.value);
        memory.swappiness = positive_u64_of(swappiness.value);
        resources->memory = malloc(sizeof(memory));
        if (!resources->memory)
                return -ENOMEM;
        *resources->memory = memory;
        return 0;
}

static int lower_cpu(LegacyCpu *from, SpecResources *resources) {
        SpecCpu *cpu = calloc(1, sizeof(*cpu));

        if (!cpu)
                return -ENOMEM;
        resources->cpu = cpu;
        cpu->shares = positive_u64_of(from->shares);
        cpu->quota = limit_of(from->quota);
        cpu->period = positive_u64_of(from->period);
        cpu->realtime_runtime = positive_of(from->realtime_runtime);
        cpu->realtime_period = positive_u64_of(from->realtime_period);
        if (!isempty(from->cpus))
                cpu->cpus = TAKE_PTR(from->cpus);
        if (!isempty(from->mems))
                cpu->mems = TAKE_PTR(from->mems);
        return 0;
}

static int lower_pids(const LegacyPids *from, SpecResources *resources) {
        if (from->limit == 0)
                return 0;
        resources->pids = calloc(1, sizeof(*resources->pids));
        if (!resources->pids)
                return -ENOMEM;
        resources->pids->limit = limit_of(from->limit);
        return 0;
}

static int check_number(int64_t major, int64_t minor, const char *name, size_t index, Error *error) {
        if (major >= 0 && major <= UINT32_MAX && minor >= 0 && minor <= UINT32_MAX)
                return 0;
        return error_set(error, -EINVAL, "linux.resources.blockIO.%s[%zu]: is no device's number", name, index);
}

static int lower_weights(const LegacyBlockIo *from, SpecBlockIo *block_io, Error *error) {
        if (from->n_weight_device == 0)
                return 0;
        block_io->weight_device = calloc(from->n_weight_device, sizeof(*block_io->weight_device));
        if (!block_io->weight_device)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_weight_device; i++) {
                const LegacyWeightDevice *device = from->weight_device + i;
                int r = check_number(device->major, device->minor, "blkioWeightDevice", i, error);

                if (r < 0)
                        return r;
                block_io->weight_device[block_io->n_weight_device++] = (SpecBlockIoWeightDevice) {
                        .major = device->major,
                        .minor = device->minor,
                        .weight = weight_of(device->weight),
                        .leaf_weight = weight_of(device->leaf_weight),
                };
        }
        return 0;
}

static int lower_throttles(
                const LegacyThrottle *from, size_t n_from, const char *name, SpecBlockIoThrottle **ret, size_t *ret_n, Error *error) {
        if (n_from == 0)
                return 0;
        *ret = calloc(n_from, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < n_from; i++) {
                int r = check_number(from[i].major, from[i].minor, name, i, error);

                if (r < 0)
                        return r;
                /* 0 takes a limit off. */
                (*ret)[(*ret_n)++] = (SpecBlockIoThrottle) {
                        from[i].major,
                        from[i].minor,
                        from[i].rate > 0 ? (uint64_t) from[i].rate : 0,
                };
        }
        return 0;
}

static int lower_block_io(const LegacyBlockIo *from, SpecResources *resources, Error *error) {
        SpecBlockIo *to = calloc(1, sizeof(*to));
        int r;

        if (!to)
                return -ENOMEM;
        resources->block_io = to;
        to->weight = weight_of(from->weight);
        to->leaf_weight = weight_of(from->leaf_weight);
        r = lower_weights(from, to, error);
        if (r >= 0)
                r = lower_throttles(from->throttle_read_bps_device, from->n_throttle_read_bps_device, "blkioThrottleReadBpsDevice",
                                    &to->throttle_read_bps_device, &to->n_throttle_read_bps_device, error);
        if (r >= 0)
                r = lower_throttles(from->throttle_write_bps_device, from->n_throttle_write_bps_device,
                                    "blkioThrottleWriteBpsDevice", &to->throttle_write_bps_device,
                                    &to->n_throttle_write_bps_device, error);
        if (r >= 0)
                r = lower_throttles(from->throttle_read_iops_device, from->n_throttle_read_iops_device,
                                    "blkioThrottleReadIOPSDevice", &to->throttle_read_iops_device,
                                    &to->n_throttle_read_iops_device, error);
        if (r >= 0)
                r = lower_throttles(from->throttle_write_iops_device, from->n_throttle_write_iops_device,
                                    "blkioThrottleWriteIOPSDevice", &to->throttle_write_iops_device,
                                    &to->n_throttle_write_iops_device, error);
        return r;
}

static int lower_hugepages(LegacyResources *from, SpecResources *resources) {
        if (from->n_hugepage_limits == 0)
                return 0;
        resources->hugepage_limits = calloc(from->n_hugepage_limits, sizeof(*resources->hugepage_limits));
        if (!resources->hugepage_limits)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_hugepage_limits; i++) {
                LegacyHugepageLimit *limit = from->hugepage_limits + i;
                SpecHugepageLimit *to = resources->hugepage_limits + resources->n_hugepage_limits;

                if (limit->limit < 0)
                        continue;
                to->page_size = limit->page_size ? TAKE_PTR(limit->page_size) : strdup("");
                if (!to->page_size)
                        return -ENOMEM;
                to->limit = (uint64_t) limit->limit;
                resources->n_hugepage_limits++;
        }
        return 0;
}

/* As the kernel's file took it: any base, "0x100001". */
static int read_class(const char *string, OptionalU32 *ret, Error *error) {
        unsigned long long value;
        char *end;

        if (isempty(string))
                return 0;
        errno = 0;
        value = strtoull(string, &end, 0);
        if (errno != 0 || *end || !strchr("0123456789", *string) || value > UINT32_MAX)
                return error_set(error, -EINVAL, "linux.resources.network.classID: \"%.40s\" is no number of 32 bits", string);
        *ret = (OptionalU32) { (uint32_t) value, true };
        return 0;
}

static int lower_network(LegacyNetwork *from, SpecResources *resources, Error *error) {
        SpecNetwork *network;

        if (isempty(from->class_id) && from->n_priorities == 0)
                return 0;
        network = calloc(1, sizeof(*network));
        if (!network)
                return -ENOMEM;
        resources->network = network;
        network->priorities = from->n_priorities > 0 ? calloc(from->n_priorities, sizeof(*network->priorities)) : NULL;
        if (from->n_priorities > 0 && !network->priorities)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_priorities; i++) {
                LegacyPriority *priority = from->priorities + i;
                SpecInterfacePriority *to = network->priorities + network->n_priorities;

                if (priority->priority < 0)
                        continue;
                to->name = priority->name ? TAKE_PTR(priority->name) : strdup("");
                if (!to->name)
                        return -ENOMEM;
                to->priority = (uint32_t) priority->priority;
                network->n_priorities++;
        }
        return read_class(from->class_id, &network->class_id, error);
}

int legacy_lower_resources(LegacyResources *from, SpecResources *resources, Error *error) {
        int r;

        r = lower_memory(&from->memory, from->disable_oom_killer, resources, error);
        if (r >= 0)
                r = lower_cpu(&from->cpu, resources);
        if (r >= 0)
                r = lower_pids(&from->pids, resources);
        if (r >= 0)
                r = lower_block_io(&from->block_io, resources, error);
        if (r >= 0)
                r = lower_hugepages(from, resources);
        if (r >= 0)
                r = lower_network(&from->network, resources, error);
        return r;
}
