/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Putting entries into a set. Invariant: a property is in it once, so systemd never sees two opinions of ours. */

#include "resource/entries.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"

static Property *find(ResourceSet *set, const char *name) {
        for (size_t i = 0; i < set->n_properties; i++)
                if (streq(set->properties[i].name, name))
                        return &set->properties[i];
        return NULL;
}

Property *put_property(ResourceSet *set, const char *name, PropertyType type) {
        Property *property = find(set, name);

        if (!property)
                return resource_set_add_property(set, name, type);
        property_done(property);
        property->name = name;
        property->type = type;
        return property;
}

int put_bool(ResourceSet *set, const char *name, bool value) {
        Property *property = put_property(set, name, PROPERTY_BOOL);

        if (!property)
                return -ENOMEM;
        property->boolean = value;
        return 0;
}

int put_u64(ResourceSet *set, const char *name, uint64_t value) {
        Property *property = put_property(set, name, PROPERTY_U64);

        if (!property)
                return -ENOMEM;
        property->u64 = value;
        return 0;
}

int put_string(ResourceSet *set, const char *name, const char *value) {
        char *copy = strdup(value);
        Property *property = copy ? put_property(set, name, PROPERTY_STRING) : NULL;

        if (!property) {
                free(copy);
                return -ENOMEM;
        }
        property->string = copy;
        return 0;
}

int put_device_limit(ResourceSet *set, const char *name, const char *field, int64_t major, int64_t minor, uint64_t value) {
        Property *property = find(set, name);
        DeviceLimit *limits;
        char *path;

        if (!property)
                property = resource_set_add_property(set, name, PROPERTY_DEVICE_LIMITS);
        if (!property)
                return -ENOMEM;
        property->field = field;
        property->controller = "io";
        limits = reallocarray(property->limits, property->n_limits + 1, sizeof *limits);
        if (!limits)
                return -ENOMEM;
        property->limits = limits;
        if (asprintf(&path, "/dev/block/%" PRIi64 ":%" PRIi64, major, minor) < 0)
                return -ENOMEM;
        limits[property->n_limits++] = (DeviceLimit) { .path = path, .value = value };
        return 0;
}

int put_file(ResourceSet *set, const char *name, const char *value, const char *controller, const char *field, bool optional) {
        CgroupFile *file = resource_set_add_file(set, name);

        if (!file)
                return -ENOMEM;
        file->value = strdup(value);
        file->controller = controller;
        file->field = field;
        file->optional = optional;
        return file->value ? 0 : -ENOMEM;
}
