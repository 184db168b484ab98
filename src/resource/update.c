/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The resource set of an update. Invariant: it has no more than was asked for and what follows from that, so that two who change different things
 * (or an administrator with systemctl set-property) do not undo each other. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "resource/compile.h"
#include "resource/devices.h"
#include "resource/knobs.h"

static int compile(const SpecResources *resources, const SpecResources *changes, bool files, ResourceSet **ret, Error *error) {
        CLEANUP(resource_set_freep) ResourceSet *set = calloc(1, sizeof *set);
        int r;

        if (!set)
                return -ENOMEM;

        Compile compilation = { .resources = resources, .set = set, .update = true, .changes = changes, .files = files };

        r = knobs_compile(&compilation, error);
        if (r >= 0 && files)
                r = knobs_lower(&compilation);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(set);
        return 0;
}

static const CgroupFile *find_file(const ResourceSet *set, const CgroupFile *file) {
        for (size_t i = 0; i < set->n_files; i++)
                if (streq(set->files[i].name, file->name) && streq(set->files[i].value, file->value))
                        return &set->files[i];
        return NULL;
}

typedef struct Sets {
        ResourceSet *before, *after;
        ResourceSet *unified;           /* of changes.unified alone */
} Sets;

static void sets_done(Sets *sets) {
        resource_set_free(sets->before);
        resource_set_free(sets->after);
        resource_set_free(sets->unified);
}

/* Whether the changes name the field; what came from unified is decided by its key. */
static int names_field(const SpecResources *changes, const char *field) {
        return field && !streq(field, "linux.resources.unified") ? spec_resources_has(changes, field) : 0;
}

/* 1: belongs to the update. */
static int keeps_property(const Sets *sets, const SpecResources *changes, const Property *property) {
        const Property *old = resource_set_find(sets->before, property->name);

        if (!old || !property_equal(old, property) || resource_set_find(sets->unified, property->name))
                return 1;
        return names_field(changes, property->field);
}

static int keeps_file(const Sets *sets, const SpecResources *changes, const CgroupFile *file) {
        if (!find_file(sets->before, file) || find_file(sets->unified, file))
                return 1;
        return names_field(changes, file->field);
}

static int filter_properties(const Sets *sets, const SpecResources *changes) {
        ResourceSet *set = sets->after;
        size_t kept = 0;

        for (size_t i = 0; i < set->n_properties; i++) {
                int r = keeps_property(sets, changes, &set->properties[i]);

                if (r < 0) {
                        set->n_properties = kept;
                        return r;
                }
                if (r > 0)
                        set->properties[kept++] = set->properties[i];
                else
                        property_done(&set->properties[i]);
        }
        set->n_properties = kept;
        return 0;
}

static int filter_files(const Sets *sets, const SpecResources *changes) {
        ResourceSet *set = sets->after;
        size_t kept = 0;

        for (size_t i = 0; i < set->n_files; i++) {
                int r = keeps_file(sets, changes, &set->files[i]);

                if (r < 0)
                        return r;
                if (r > 0) {
                        CgroupFile file = set->files[kept];

                        set->files[kept++] = set->files[i];
                        set->files[i] = file;
                }
        }
        for (size_t i = kept; i < set->n_files; i++) {
                free(set->files[i].name);
                free(set->files[i].value);
        }
        set->n_files = kept;
        return 0;
}

int resource_compile_update(
                const SpecResources *before, const SpecResources *changes, const SpecResources *merged, bool files, ResourceSet **ret, Error *error) {
        static const SpecResources nothing = {};
        const SpecResources unified = { .unified = changes->unified };
        CLEANUP(sets_done) Sets sets = {};
        int r;

        r = compile(before ? before : &nothing, &nothing, files, &sets.before, NULL);
        if (r >= 0)
                r = compile(&unified, NULL, files, &sets.unified, error);
        if (r >= 0)
                r = compile(merged, changes, files, &sets.after, error);
        if (r >= 0)
                r = filter_properties(&sets, changes);
        if (r >= 0)
                r = filter_files(&sets, changes);
        if (r >= 0 && changes->n_devices > 0)
                r = devices_compile(changes, sets.after, error);
        if (r < 0)
                return r == -ENOMEM ? error_set(error, r, "out of memory") : r;
        *ret = TAKE_PTR(sets.after);
        return 0;
}

int resource_compile_devices(const SpecResources *resources, ResourceSet **ret, Error *error) {
        CLEANUP(resource_set_freep) ResourceSet *set = calloc(1, sizeof *set);
        int r = set ? devices_compile(resources, set, error) : -ENOMEM;

        if (r < 0)
                return r;
        *ret = TAKE_PTR(set);
        return 0;
}
