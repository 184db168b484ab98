/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From a spec to a resource set: berth's own properties first, then the limits, then what annotations change. */

#include "resource/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strv.h"
#include "base/text.h"
#include "resource/annotations.h"
#include "resource/devices.h"
#include "resource/entries.h"
#include "resource/knobs.h"
#include "resource/name.h"

#define DESCRIPTION_BEGIN "berth container "
#define DESCRIPTION_MAX 256

/* Of which image, in the words of those who start containers. */
static const char *const image_annotations[] = {
        "org.opencontainers.image.ref.name",
        "io.kubernetes.cri-o.ImageName",
        "io.kubernetes.cri.image-name",
        "io.kubernetes.cri.container-name",
        "org.opencontainers.image.title",
};

/* For systemctl's lists: one line of plain text, whatever the annotations are. */
static int put_description(const Spec *spec, const char *id, ResourceSet *set) {
        CLEANUP(freep) char *description = NULL;
        const char *image = NULL;
        Text text = {};

        FOREACH_ELEMENT(key, image_annotations)
                if (isempty(image))
                        image = spec_map_get(&spec->annotations, *key);
        text_addf(&text, DESCRIPTION_BEGIN "%s", id);
        if (!isempty(image))
                text_addf(&text, " (%s)", image);
        description = text_take(&text);
        if (!description)
                return -ENOMEM;
        if (strlen(description) > DESCRIPTION_MAX)
                description[DESCRIPTION_MAX] = '\0';
        for (char *p = description; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '_';
        return put_string(set, "Description", description);
}

bool description_is_of(const char *description, const char *id, const SpecMap *annotations) {
        const char *asked_for = spec_map_get(annotations, "org.systemd.property.Description");
        const char *rest = startswith(description, DESCRIPTION_BEGIN);
        size_t length = strlen(id);

        /* In GVariant text format, so with quotes around it. */
        if (asked_for && strlen(asked_for) == strlen(description) + 2 && strncmp(asked_for + 1, description, strlen(description)) == 0)
                return true;
        if (!rest || strlen(description) > DESCRIPTION_MAX)
                return false;
        if (strlen(description) == DESCRIPTION_MAX)
                return strncmp(rest, id, strlen(rest) < length ? strlen(rest) : length) == 0;
        return strncmp(rest, id, length) == 0 && (!rest[length] || startswith(rest + length, " ("));
}

static int put_accounting(ResourceSet *set) {
        static const char *const switches[] = { "CPUAccounting", "IOAccounting", "MemoryAccounting", "TasksAccounting" };

        FOREACH_ELEMENT(name, switches) {
                int r = put_bool(set, *name, true);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* DefaultDependencies stays true, so that a container is stopped in order at shutdown and does not die in the last kill of
 * all. A failed scope is collected at once: what went wrong is in the journal and in the exit record, and its name is free. An
 * OOM kill is the container's affair (OOMPolicy=continue): it may live on. */
static int put_scope_properties(ResourceSet *set) {
        Property *policy;
        int r;

        r = put_string(set, "Slice", set->slice);
        if (r >= 0)
                r = put_bool(set, "Delegate", true);
        if (r >= 0)
                r = put_bool(set, "DefaultDependencies", true);
        if (r >= 0)
                r = put_string(set, "CollectMode", "inactive-or-failed");
        if (r >= 0)
                r = put_string(set, "OOMPolicy", "continue");
        if (r < 0)
                return r;
        policy = &set->properties[set->n_properties - 1];
        policy->optional = true; /* on scopes since 253, and in 252.10 */
        return 0;
}

/* Who is that on the host? */
static bool host_uid(const Spec *spec, uint32_t uid, uint32_t *ret) {
        *ret = uid;
        return !spec_has_namespace(spec, SPEC_NAMESPACE_USER) ||
               spec_map_id(spec->os.uid_mappings, spec->os.n_uid_mappings, uid, ret);
}

/* The last word counts. */
static bool is_writable(char *const *options) {
        bool writable = true;

        STRV_FOREACH(option, options)
                if (streq(*option, "ro") || streq(*option, "rro"))
                        writable = false;
                else if (streq(*option, "rw") || streq(*option, "rrw"))
                        writable = true;
        return writable;
}

static bool is_cgroup_mount(const SpecMount *mount) {
        return mount->type && (streq(mount->type, "cgroup") || streq(mount->type, "cgroup2"));
}

/* The host's tree as a bind mount, or what it is below. */
static bool has_cgroup_tree(const SpecMount *mount) {
        static const char *const above[] = { "/", "/sys", "/sys/fs" };
        const char *rest = mount->source ? startswith(mount->source, "/sys/fs/cgroup") : NULL;

        FOREACH_ELEMENT(path, above)
                if (mount->source && streq(mount->source, *path))
                        return true;
        return rest && (!*rest || *rest == '/');
}

/* Whom the kernel lets mount cgroup2 once more, and as writable as it likes. */
static bool may_mount(const Spec *spec) {
        if (spec_namespace(spec, SPEC_NAMESPACE_USER) || !spec->process || !spec->process->capabilities)
                return false;
        STRV_FOREACH(name, spec->process->capabilities->bounding)
                if (strcasecmp(*name, "CAP_SYS_ADMIN") == 0)
                        return true;
        return false;
}

/* Who may make cgroups below its own, and pass controllers on to them. Without a cgroup namespace a mount of the type is the
 * host's tree, and never writable in a user namespace (plan/mounts.c). config-linux.md, Cgroup ownership: the payload's user owns
 * the cgroup if it has one of its own that it may write to. */
static void compile_management(const Spec *spec, ResourceSet *set) {
        const SpecNamespace *cgroup = spec_namespace(spec, SPEC_NAMESPACE_CGROUP);

        set->managed_inside = may_mount(spec);
        set->has_payload_user = spec->process && host_uid(spec, spec->process->user.uid, &set->payload_user);
        for (size_t i = 0; i < spec->n_mounts; i++) {
                const SpecMount *mount = spec->mounts + i;

                if (!is_writable(mount->options))
                        continue;
                if (is_cgroup_mount(mount) ? cgroup || !spec_namespace(spec, SPEC_NAMESPACE_USER) : has_cgroup_tree(mount))
                        set->managed_inside = true;
                if (is_cgroup_mount(mount) && cgroup && isempty(cgroup->path) && spec->process)
                        set->has_owner = host_uid(spec, spec->process->user.uid, &set->owner);
        }
}

/* The unit, but for its limits. */
static int put_unit(const Spec *spec, const char *id, const Placement *placement, ResourceSet *set, Error *error) {
        int r = resource_name(spec->os.cgroups_path, id, placement, &set->slice, &set->unit, error);

        if (r >= 0)
                r = put_description(spec, id, set);
        if (r >= 0)
                r = put_scope_properties(set);
        if (r >= 0)
                r = put_accounting(set);
        /* Else it would be DefaultTasksMax=, 15 percent of what the machine can have. */
        if (r >= 0)
                r = put_u64(set, "TasksMax", UINT64_MAX);
        return r;
}

static int put_cgroup(const Placement *placement, ResourceSet *set) {
        set->cgroup = strdup(placement->cgroup);
        set->supervising_unit = strdup(placement->supervising_unit);
        set->delegated_cgroup = strdup(placement->delegated_cgroup);
        return set->cgroup && set->supervising_unit && set->delegated_cgroup ? 0 : -ENOMEM;
}

int resource_compile(const Spec *spec, const char *id, const Placement *placement, ResourceSet **ret, Error *error) {
        CLEANUP(resource_set_freep) ResourceSet *set = calloc(1, sizeof *set);
        int r;

        if (!set)
                return -ENOMEM;

        Compile compile = { .resources = spec->os.resources, .set = set, .lenient = spec_is_legacy(spec), .files = placement->cgroup };

        r = compile.files ? put_cgroup(placement, set) : put_unit(spec, id, placement, set, error);
        if (r >= 0)
                r = knobs_compile(&compile, error);
        /* Properties of a unit have nothing to be set on. */
        if (r >= 0)
                r = compile.files ? knobs_lower(&compile) : annotations_compile(&spec->annotations, set, error);
        if (r >= 0)
                r = devices_compile(spec->os.resources, set, error);
        if (r < 0)
                return r == -ENOMEM ? error_set(error, r, "out of memory") : r;
        compile_management(spec, set);
        *ret = TAKE_PTR(set);
        return 0;
}
