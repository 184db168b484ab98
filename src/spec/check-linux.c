/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sense of the object "linux" (runtime-spec config-linux.md), but for sysctl, resources and seccomp. */

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/number.h"
#include "base/path.h"
#include "base/strv.h"
#include "spec/check-parts.h"
#include "spec/tables.h"

/* user_namespaces(7): lines of an id map since Linux 4.15. */
#define ID_MAPS_MAX 340

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size) {
        return a < (uint64_t) b + b_size && b < (uint64_t) a + a_size;
}

int check_id_maps(const SpecIdMap *maps, size_t n_maps, const char *place, Error *error) {
        if (n_maps > ID_MAPS_MAX)
                return error_set(error, -EINVAL, "%s: has more than %d entries", place, ID_MAPS_MAX);
        for (size_t i = 0; i < n_maps; i++) {
                const SpecIdMap *map = maps + i;

                if (map->size == 0)
                        return error_set(error, -EINVAL, "%s[%zu].size: must not be zero", place, i);
                if (map->size - 1 > UINT32_MAX - map->container_id || map->size - 1 > UINT32_MAX - map->host_id)
                        return error_set(error, -EINVAL, "%s[%zu].size: goes beyond 32 bits", place, i);
                for (const SpecIdMap *other = maps; other < map; other++)
                        if (overlap(map->container_id, map->size, other->container_id, other->size) ||
                            overlap(map->host_id, map->size, other->host_id, other->size))
                                return error_set(error, -EINVAL, "%s[%zu]: overlaps with entry %zu", place, i,
                                                 (size_t) (other - maps));
        }
        return 0;
}

static int check_user_namespace(const Spec *spec, Error *error) {
        const SpecNamespace *user = spec_namespace(spec, SPEC_NAMESPACE_USER);
        const SpecOs *os = &spec->os;
        int r;

        if (!user && (os->n_uid_mappings > 0 || os->n_gid_mappings > 0))
                return error_set(error, -EINVAL, "linux.%s: needs a user namespace in linux.namespaces",
                                 os->n_uid_mappings > 0 ? "uidMappings" : "gidMappings");
        if (user && isempty(user->path) && (os->n_uid_mappings == 0 || os->n_gid_mappings == 0))
                return error_set(error, -EINVAL, "linux.%s: is required with a new user namespace",
                                 os->n_uid_mappings == 0 ? "uidMappings" : "gidMappings");
        r = check_id_maps(os->uid_mappings, os->n_uid_mappings, "linux.uidMappings", error);
        return r < 0 ? r : check_id_maps(os->gid_mappings, os->n_gid_mappings, "linux.gidMappings", error);
}

int check_namespaces(const Spec *spec, Error *error) {
        uint64_t seen = 0;

        for (size_t i = 0; i < spec->os.n_namespaces; i++) {
                const SpecNamespace *namespace = spec->os.namespaces + i;
                uint64_t bit = UINT64_C(1) << namespace->type;

                if (seen & bit)
                        return error_set(error, -EINVAL, "linux.namespaces[%zu].type: %s is there already", i,
                                         field_word_name(spec_namespace_types, namespace->type));
                if (!isempty(namespace->path) && namespace->path[0] != '/')
                        return error_set(error, -EINVAL, "linux.namespaces[%zu].path: must be absolute", i);
                seen |= bit;
        }
        if (spec->os.time_offsets && !spec_has_namespace(spec, SPEC_NAMESPACE_TIME))
                return error_set(error, -EINVAL, "linux.timeOffsets: needs a time namespace in linux.namespaces");
        return check_user_namespace(spec, error);
}

static int check_paths(const Spec *spec, char *const *paths, const char *name, Error *error) {
        size_t i = 0;

        if (paths && paths[0] && !spec_has_namespace(spec, SPEC_NAMESPACE_MOUNT))
                return error_set(error, -EINVAL, "linux.%s: needs a mount namespace in linux.namespaces", name);
        STRV_FOREACH(path, paths) {
                if (**path != '/')
                        return error_set(error, -EINVAL, "linux.%s[%zu]: must be absolute", name, i);
                i++;
        }
        return 0;
}

static int check_devices(const SpecOs *os, Error *error) {
        for (size_t i = 0; i < os->n_devices; i++) {
                const SpecDevice *device = os->devices + i;

                if (device->path[0] != '/' || path_has_dotdot(device->path))
                        return error_set(error, -EINVAL, "linux.devices[%zu].path: must be absolute and without \"..\"", i);
                if (device->type != SPEC_DEVICE_FIFO && (!device->major.set || !device->minor.set))
                        return error_set(error, -EINVAL, "linux.devices[%zu].%s: is required", i,
                                         device->major.set ? "minor" : "major");
                /* Callers pass stat(2)'s mode, with the file type. */
                if (device->file_mode.value & ~(uint32_t) (S_IFMT | 07777))
                        return error_set(error, -EINVAL, "linux.devices[%zu].fileMode: is no file mode", i);
        }
        return 0;
}

/* dev_valid_name() of the kernel. */
static bool interface_name_valid(const char *name) {
        return path_is_component(name) && strlen(name) < IFNAMSIZ && !strpbrk(name, ": \t\n\v\f\r");
}

static int check_net_devices(const Spec *spec, Error *error) {
        const SpecOs *os = &spec->os;

        if (os->n_net_devices > 0 && !spec_has_namespace(spec, SPEC_NAMESPACE_NETWORK))
                return error_set(error, -EINVAL, "linux.netDevices: needs a network namespace in linux.namespaces");
        for (size_t i = 0; i < os->n_net_devices; i++) {
                const SpecNetDevice *device = os->net_devices + i;
                const char *name = isempty(device->name) ? device->host_name : device->name;

                if (!interface_name_valid(device->host_name))
                        return error_set(error, -EINVAL, "linux.netDevices: \"%.40s\" is no name of an interface",
                                         device->host_name);
                if (!interface_name_valid(name))
                        return error_set(error, -EINVAL, "linux.netDevices[\"%s\"].name: \"%.40s\" is no name of an interface",
                                         device->host_name, name);
                for (const SpecNetDevice *other = os->net_devices; other < device; other++)
                        if (streq(isempty(other->name) ? other->host_name : other->name, name))
                                return error_set(error, -EINVAL, "linux.netDevices[\"%s\"].name: %s is there already",
                                                 device->host_name, name);
        }
        return 0;
}

/* set_mempolicy(2): which modes take nodes. */
static int check_memory_policy(const SpecMemoryPolicy *policy, Error *error) {
        bool without = policy->mode == SPEC_MEMORY_POLICY_DEFAULT || policy->mode == SPEC_MEMORY_POLICY_LOCAL;
        const char *mode = field_word_name(spec_memory_policy_modes, policy->mode);
        unsigned n_nodes = 0;
        NumberSet set = {};

        if (!isempty(policy->nodes) && number_set_parse(policy->nodes, &set) < 0)
                return error_set(error, -EINVAL,
                                 "invalid memory policy nodes: linux.memoryPolicy.nodes: \"%.80s\" is no list of nodes",
                                 policy->nodes);
        for (size_t i = 0; i < set.n_bytes; i++)
                n_nodes += (unsigned) __builtin_popcount(set.bits[i]);
        /* The words of both are runc's. */
        if (without && n_nodes > 0)
                return error_set(error, -EINVAL,
                                 "memory policy mode requires 0 nodes but got %u: linux.memoryPolicy.nodes: must be "
                                 "empty with %s",
                                 n_nodes, mode);
        if (!without && policy->mode != SPEC_MEMORY_POLICY_PREFERRED && n_nodes == 0)
                return error_set(error, -EINVAL,
                                 "memory policy mode requires at least one node but got 0: linux.memoryPolicy.nodes: "
                                 "is required with %s",
                                 mode);
        if (spec_set_has(policy->flags, SPEC_MEMORY_POLICY_FLAG_STATIC_NODES) &&
            spec_set_has(policy->flags, SPEC_MEMORY_POLICY_FLAG_RELATIVE_NODES))
                return error_set(error, -EINVAL,
                                 "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
        return 0;
}

static int check_intel_rdt(const SpecIntelRdt *rdt, Error *error) {
        size_t i = 0;

        /* It becomes the name of a directory; "/" is the default class. */
        if (!isempty(rdt->clos_id) && !streq(rdt->clos_id, "/") &&
            (!path_is_component(rdt->clos_id) || streq(rdt->clos_id, "info") || streq(rdt->clos_id, "mon_groups") || streq(rdt->clos_id, "mon_data")))
                return error_set(error, -EINVAL, "linux.intelRdt.closID: must be one component of a path, or \"/\"");
        if (!isempty(rdt->l3_cache_schema) && strchr(rdt->l3_cache_schema, '\n'))
                return error_set(error, -EINVAL, "linux.intelRdt.l3CacheSchema: must be one line");
        if (!isempty(rdt->mem_bw_schema) && (!startswith(rdt->mem_bw_schema, "MB:") || strchr(rdt->mem_bw_schema, '\n')))
                return error_set(error, -EINVAL, "linux.intelRdt.memBwSchema: must be one line that starts with MB:");
        STRV_FOREACH(line, rdt->schemata) {
                if (strchr(*line, '\n'))
                        return error_set(error, -EINVAL, "linux.intelRdt.schemata[%zu]: must be one line", i);
                i++;
        }
        return 0;
}

/* A container's unit is a scope of its own: what else is named would not be started by berth, and must not be stopped by it. A path is no name of a unit. */
static int check_cgroups_path(const char *path, Error *error) {
        static const char *const kinds[] = { ".slice", ".service" };
        const char *name = strrchr(path, ':');

        if (strchr(path, '/'))
                return 0;
        name = name ? name + 1 : path;
        FOREACH_ELEMENT(kind, kinds)
                if (endswith(name, *kind))
                        return error_set(error, -EINVAL, "linux.cgroupsPath: \"%s\" is a name for a %s, and a container's unit is a scope", name, *kind + 1);
        /* Of PID 1 itself, the only scope that is not transient. */
        if ((streq(name, "init") || streq(name, "init.scope")) && (name == path || name[-2] == ':'))
                return error_set(error, -EINVAL, "linux.cgroupsPath: init.scope is systemd's own");
        return 0;
}

int check_linux(const Spec *spec, Error *error) {
        const SpecOs *os = &spec->os;
        int r;

        if (os->cgroups_path) {
                r = check_cgroups_path(os->cgroups_path, error);
                if (r < 0)
                        return r;
        }

        if (os->intel_rdt) {
                r = check_intel_rdt(os->intel_rdt, error);
                if (r < 0)
                        return r;
        }
        if (os->personality && os->personality->flags && os->personality->flags[0])
                log_warning("linux.personality.flags: the specification defines none, ignored");
        r = check_paths(spec, os->masked_paths, "maskedPaths", error);
        if (r >= 0)
                r = check_paths(spec, os->readonly_paths, "readonlyPaths", error);
        if (r >= 0)
                r = check_devices(os, error);
        if (r >= 0)
                r = check_net_devices(spec, error);
        if (r >= 0 && os->memory_policy)
                r = check_memory_policy(os->memory_policy, error);
        return r;
}
