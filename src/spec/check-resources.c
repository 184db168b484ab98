/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sense of "linux.resources" (runtime-spec config-linux.md, Control groups), as far as it holds for create and update
 * alike: what depends on the limits that are in force is the business of those who apply them. */

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/path.h"
#include "base/strv.h"
#include "spec/check.h"

static int check_device_rules(const SpecResources *resources, Error *error) {
        for (size_t i = 0; i < resources->n_devices; i++) {
                const char *access = resources->devices[i].access;

                /* Callers write "rwa", where the last letter is of cgroup v1's "a" for all types. runc takes it, and it
                 * stands for no access. */
                if (access && access[strspn(access, "rwma")])
                        return error_set(error, -EINVAL,
                                         "linux.resources.devices[%zu].access: \"%.40s\" is not made of r, w and m", i, access);
        }
        return 0;
}

static int check_memory(const SpecMemory *memory, Error *error) {
        const struct {
                const char *name;
                OptionalI64 value;
        } limits[] = {
                { "limit", memory->limit }, { "reservation", memory->reservation }, { "swap", memory->swap },
                { "kernel", memory->kernel }, { "kernelTCP", memory->kernel_tcp },
        };

        FOREACH_ELEMENT(limit, limits)
                if (limit->value.set && limit->value.value < -1)
                        return error_set(error, -EINVAL,
                                         "linux.resources.memory.%s: must not be negative, but for -1 (unlimited)",
                                         limit->name);
        /* -1 in 64 bits is how callers wrote "not set" before the field could be left out. */
        if (memory->swappiness.set && memory->swappiness.value > 100 && memory->swappiness.value != UINT64_MAX)
                return error_set(error, -EINVAL, "linux.resources.memory.swappiness: must be from 0 to 100");
        return 0;
}

static int check_set(const char *list, const char *name, Error *error) {
        NumberSet set;

        if (isempty(list) || number_set_parse(list, &set) >= 0)
                return 0;
        return error_set(error, -EINVAL, "linux.resources.cpu.%s: \"%.80s\" is no list of numbers", name, list);
}

static int check_weights(const SpecBlockIo *block_io, Error *error) {
        OptionalU32 weight = block_io->weight;

        if (weight.value != 0 && (weight.value < 10 || weight.value > 1000))
                return error_set(error, -EINVAL, "linux.resources.blockIO.weight: must be from 10 to 1000");
        for (size_t i = 0; i < block_io->n_weight_device; i++) {
                weight = block_io->weight_device[i].weight;
                if (!weight.set && !block_io->weight_device[i].leaf_weight.set)
                        return error_set(error, -EINVAL, "linux.resources.blockIO.weightDevice[%zu]: needs weight or leafWeight", i);
                if (weight.value != 0 && (weight.value < 10 || weight.value > 1000))
                        return error_set(error, -EINVAL,
                                         "linux.resources.blockIO.weightDevice[%zu].weight: must be from 10 to 1000", i);
        }
        return 0;
}

/* "64KB", "2MB", "1GB": the hugetlb controller's files have this in their names. */
static bool page_size_valid(const char *size) {
        size_t digits = strspn(size, "0123456789");
        const char *unit = size + digits;

        return digits > 0 && *size != '0' && (streq(unit, "KB") || streq(unit, "MB") || streq(unit, "GB"));
}

static int check_names(const SpecResources *resources, Error *error) {
        for (size_t i = 0; i < resources->n_hugepage_limits; i++)
                if (!page_size_valid(resources->hugepage_limits[i].page_size))
                        return error_set(error, -EINVAL,
                                         "linux.resources.hugepageLimits[%zu].pageSize: \"%.40s\" is not of the form 2MB", i,
                                         resources->hugepage_limits[i].page_size);
        for (size_t i = 0; i < resources->n_rdma; i++)
                if (isempty(resources->rdma[i].device) || strpbrk(resources->rdma[i].device, " \t\n"))
                        return error_set(error, -EINVAL, "linux.resources.rdma: \"%.40s\" is no name of a device",
                                         resources->rdma[i].device);
        for (size_t i = 0; i < resources->n_rdma; i++)
                if (!resources->rdma[i].hca_handles.set && !resources->rdma[i].hca_objects.set)
                        return error_set(error, -EINVAL, "linux.resources.rdma[\"%.40s\"]: needs hcaHandles or hcaObjects",
                                         resources->rdma[i].device);
        /* The keys are names of files of the container's cgroup. */
        for (size_t i = 0; i < resources->unified.n_items; i++)
                if (!path_is_component(resources->unified.items[i].key) || !strchr(resources->unified.items[i].key, '.'))
                        return error_set(
                                error, -EINVAL, "linux.resources.unified: unified resource \"%.80s\" must be %s",
                                resources->unified.items[i].key,
                                strchr(resources->unified.items[i].key, '/') ? "a file name (no slashes)"
                                                                             : "in the form CONTROLLER.PARAMETER");
        return 0;
}

int spec_check_resources(const SpecResources *resources, Error *error) {
        int r;

        r = check_device_rules(resources, error);
        if (r >= 0 && resources->memory)
                r = check_memory(resources->memory, error);
        if (r >= 0 && resources->cpu) {
                r = check_set(resources->cpu->cpus, "cpus", error);
                if (r >= 0)
                        r = check_set(resources->cpu->mems, "mems", error);
        }
        if (r >= 0 && resources->block_io)
                r = check_weights(resources->block_io, error);
        if (r >= 0)
                r = check_names(resources, error);
        return r;
}
