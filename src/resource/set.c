/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The list that the compiler fills. Invariant: an entry that was added is complete enough to be freed, whatever its type. */

#include "resource/set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"

Property *resource_set_add_property(ResourceSet *set, const char *name, PropertyType type) {
        Property *properties = reallocarray(set->properties, set->n_properties + 1, sizeof *properties);

        if (!properties)
                return NULL;
        set->properties = properties;
        properties[set->n_properties] = (Property) { .name = name, .type = type };
        return &properties[set->n_properties++];
}

CgroupFile *resource_set_add_file(ResourceSet *set, const char *name) {
        CgroupFile *files = reallocarray(set->files, set->n_files + 1, sizeof *files);
        char *copy = strdup(name);

        if (files)
                set->files = files;
        if (!files || !copy) {
                free(copy);
                return NULL;
        }
        files[set->n_files] = (CgroupFile) { .name = copy };
        return &files[set->n_files++];
}

int resource_set_rotate_files(ResourceSet *set, size_t n) {
        CgroupFile *files = n > 0 && n < set->n_files ? calloc(set->n_files, sizeof *files) : NULL;

        if (n == 0 || n >= set->n_files)
                return 0;
        if (!files)
                return -ENOMEM;
        memcpy(files, set->files + n, (set->n_files - n) * sizeof *files);
        memcpy(files + set->n_files - n, set->files, n * sizeof *files);
        free(set->files);
        set->files = files;
        return 0;
}

const Property *resource_set_find(const ResourceSet *set, const char *name) {
        for (size_t i = 0; i < set->n_properties; i++)
                if (streq(set->properties[i].name, name))
                        return &set->properties[i];
        return NULL;
}

static bool limits_equal(const Property *a, const Property *b) {
        if (a->n_limits != b->n_limits)
                return false;
        for (size_t i = 0; i < a->n_limits; i++)
                if (a->limits[i].value != b->limits[i].value || !streq(a->limits[i].path, b->limits[i].path))
                        return false;
        return true;
}

static bool strvs_equal(char *const *a, char *const *b) {
        size_t n = strv_length(a);

        if (n != strv_length(b))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!streq(a[i], b[i]))
                        return false;
        return true;
}

bool property_equal(const Property *a, const Property *b) {
        if (!streq(a->name, b->name) || a->type != b->type)
                return false;
        switch (a->type) {
        case PROPERTY_BOOL:
                return a->boolean == b->boolean;
        case PROPERTY_I32:
        case PROPERTY_I64:
                return a->i64 == b->i64;
        case PROPERTY_U32:
        case PROPERTY_U64:
                return a->u64 == b->u64;
        case PROPERTY_STRING:
                return streq(a->string, b->string);
        case PROPERTY_STRV:
                return strvs_equal(a->strv, b->strv);
        case PROPERTY_BYTES:
                return a->n_bytes == b->n_bytes && memcmp(a->bytes, b->bytes, a->n_bytes) == 0;
        case PROPERTY_DEVICE_LIMITS:
                return limits_equal(a, b);
        case PROPERTY_PIDS:
                return a->n_pids == b->n_pids && memcmp(a->pids, b->pids, a->n_pids * sizeof *a->pids) == 0;
        }
        return false;
}

void property_done(Property *property) {
        switch (property->type) {
        case PROPERTY_STRING:
                free(property->string);
                break;
        case PROPERTY_STRV:
                strv_free(property->strv);
                break;
        case PROPERTY_BYTES:
                free(property->bytes);
                break;
        case PROPERTY_DEVICE_LIMITS:
                for (size_t i = 0; i < property->n_limits; i++)
                        free(property->limits[i].path);
                free(property->limits);
                break;
        case PROPERTY_PIDS:
                free(property->pids);
                break;
        case PROPERTY_BOOL:
        case PROPERTY_I32:
        case PROPERTY_U32:
        case PROPERTY_I64:
        case PROPERTY_U64:
                break;
        }
        free(property->owned_name);
        *property = (Property) {};
}

ResourceSet *resource_set_free(ResourceSet *set) {
        if (!set)
                return NULL;
        for (size_t i = 0; i < set->n_properties; i++)
                property_done(&set->properties[i]);
        for (size_t i = 0; i < set->n_files; i++) {
                free(set->files[i].name);
                free(set->files[i].value);
        }
        free(set->properties);
        free(set->files);
        free(set->devices);
        strv_free(set->payload_files);
        free(set->unit);
        free(set->slice);
        free(set->cgroup);
        free(set->supervising_unit);
        free(set->delegated_cgroup);
        free(set);
        return NULL;
}
