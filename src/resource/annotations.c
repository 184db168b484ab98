/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Unit properties from annotations. Invariant: what the list does not have never reaches systemd. The list has what concerns
 * the scope alone: how it is stopped, when relative to others, and limits. It has nothing that makes systemd start, stop or
 * run something else (Wants=, Conflicts=, OnFailure=, *Action=, Exec*=), that moves the scope (Slice=, Delegate=, PIDs=), that
 * names files (BPFProgram=, RequiresMountsFor=), or that berth needs to be as it is (Controller=). */

#include "resource/annotations.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "resource/entries.h"
#include "resource/knobs.h"
#include "resource/name.h"
#include "resource/variant.h"

typedef struct Allowed {
        const char *name;
        PropertyType type;
        bool units;             /* the strings are names of units */
} Allowed;

static const Allowed allowed[] = {
        { "After", PROPERTY_STRV, true },
        { "Before", PROPERTY_STRV, true },
        { "PartOf", PROPERTY_STRV, true },
        { "CollectMode", PROPERTY_STRING },
        { "DefaultDependencies", PROPERTY_BOOL },
        { "Description", PROPERTY_STRING },
        { "FinalKillSignal", PROPERTY_I32 },
        { "KillMode", PROPERTY_STRING },
        { "KillSignal", PROPERTY_I32 },
        { "RuntimeMaxUSec", PROPERTY_U64 },
        { "SendSIGHUP", PROPERTY_BOOL },
        { "SendSIGKILL", PROPERTY_BOOL },
        { "TimeoutStopUSec", PROPERTY_U64 },
        { "CPUAccounting", PROPERTY_BOOL },
        { "IOAccounting", PROPERTY_BOOL },
        { "IPAccounting", PROPERTY_BOOL },
        { "MemoryAccounting", PROPERTY_BOOL },
        { "TasksAccounting", PROPERTY_BOOL },
        { "OOMPolicy", PROPERTY_STRING },
        { "StartupCPUWeight", PROPERTY_U64 },
        { "StartupIOWeight", PROPERTY_U64 },
        { "ManagedOOMSwap", PROPERTY_STRING },
        { "ManagedOOMMemoryPressure", PROPERTY_STRING },
        { "ManagedOOMMemoryPressureLimit", PROPERTY_U32 },
};

/* Also every knob that is one value: a limit set by annotation is a limit. */
static bool find_allowed(const char *name, Allowed *ret) {
        const Knob *knob = knob_by_property(name);

        FOREACH_ELEMENT(entry, allowed)
                if (streq(entry->name, name)) {
                        *ret = *entry;
                        return true;
                }
        if (!knob || knob->type == PROPERTY_BYTES || knob->type == PROPERTY_DEVICE_LIMITS)
                return false;
        *ret = (Allowed) { knob->property, knob->type, false };
        return true;
}

/* "TimeoutStopSec" is "TimeoutStopUSec" in seconds; "TimeoutStopUSec" is itself. */
static char *without_seconds(const char *name, bool *ret_seconds) {
        const char *end = endswith(name, "Sec");
        char *result;

        *ret_seconds = end && end > name && end[-1] != 'U';
        if (!*ret_seconds)
                return strdup(name);
        return asprintf(&result, "%.*sUSec", (int) (end - name), name) < 0 ? NULL : result;
}

static bool strings_are_units(char *const *strings) {
        STRV_FOREACH(string, strings)
                if (!unit_name_is_valid(*string))
                        return false;
        return true;
}

static bool is_printable(const char *string) {
        for (const char *p = string; *p; p++)
                if (*p < ' ' || *p > '~')
                        return false;
        return true;
}

/* What linux.resources says is the caller's word; an annotation, which may come from an image or a pod, does not loosen it (CVE-2023-6476). */
static bool is_limited(const ResourceSet *set, const char *name) {
        if (!knob_by_property(name))
                return false;
        for (size_t i = 0; i < set->n_properties; i++) {
                const Property *property = set->properties + i;

                /* OOMPolicy= is berth's own choice where no field asks for it. */
                if (streq(property->name, name) && property->type == PROPERTY_STRING && !property->field)
                        return false;
                if (streq(property->name, name))
                        return property->type != PROPERTY_U64 || property->u64 != UINT64_MAX;
        }
        return false;
}

static int compile_annotation(const SpecPair *pair, const char *name, ResourceSet *set, Error *error) {
        CLEANUP(freep) char *property_name = NULL;
        Property *property, value = {};
        Allowed entry;
        bool seconds;
        int r;

        property_name = without_seconds(name, &seconds);
        if (!property_name)
                return -ENOMEM;
        if (!find_allowed(property_name, &entry))
                return error_set(error, -EPERM, "annotations[%s]: this property cannot be set by annotation", pair->key);
        if (is_limited(set, entry.name))
                return error_set(error, -EPERM, "annotations[%s]: linux.resources has set this limit already", pair->key);
        r = variant_parse(pair->value, entry.type, seconds, &value);
        if (r == -EPROTOTYPE)
                return error_set(error, -EINVAL, "annotations[%s]: \"%s\" is not of the type that systemd expects", pair->key,
                                 pair->value);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return error_set(error, -EINVAL, "annotations[%s]: \"%s\" is no value in GVariant text format, or out of range",
                                 pair->key, pair->value);
        if ((entry.units && !strings_are_units(value.strv)) || (entry.type == PROPERTY_STRING && !is_printable(value.string))) {
                property_done(&value);
                return error_set(error, -EINVAL, "annotations[%s]: \"%s\" has something that cannot be in this property",
                                 pair->key, pair->value);
        }
        property = put_property(set, entry.name, entry.type);
        if (!property) {
                property_done(&value);
                return -ENOMEM;
        }
        value.name = entry.name;
        value.field = "annotations[" ANNOTATION_PROPERTY_PREFIX "*]";
        *property = value;
        return 0;
}

int annotations_compile(const SpecMap *annotations, ResourceSet *set, Error *error) {
        for (size_t i = 0; i < annotations->n_items; i++) {
                const char *name = startswith(annotations->items[i].key, ANNOTATION_PROPERTY_PREFIX);
                int r = name ? compile_annotation(&annotations->items[i], name, set, error) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}
