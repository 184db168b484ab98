/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A resource set as text. Invariant: everything that systemd and the kernel will be told is in it. */

#include "resource/print.h"

#include <inttypes.h>

#include "base/strv.h"

static void add_device_limits(const Property *property, Text *text) {
        for (size_t i = 0; i < property->n_limits; i++) {
                text_addf(text, "%s%s ", i > 0 ? " " : "", property->limits[i].path);
                if (property->limits[i].value == UINT64_MAX)
                        text_add(text, "infinity");
                else
                        text_addf(text, "%" PRIu64, property->limits[i].value);
        }
}

void property_value_to_text(const Property *property, Text *text) {
        switch (property->type) {
        case PROPERTY_BOOL:
                text_add(text, property->boolean ? "yes" : "no");
                break;
        case PROPERTY_I32:
        case PROPERTY_I64:
                text_addf(text, "%" PRIi64, property->i64);
                break;
        case PROPERTY_U64:
                if (property->u64 == UINT64_MAX) {
                        text_add(text, "infinity");
                        break;
                }
                text_addf(text, "%" PRIu64, property->u64);
                break;
        case PROPERTY_U32:
                text_addf(text, "%" PRIu64, property->u64);
                break;
        case PROPERTY_STRING:
                text_add(text, property->string);
                break;
        case PROPERTY_STRV:
                STRV_FOREACH(string, property->strv)
                        text_addf(text, "%s%s", string == property->strv ? "" : " ", *string);
                break;
        case PROPERTY_BYTES:
                text_add_bits(text, property->bytes, property->n_bytes);
                break;
        case PROPERTY_DEVICE_LIMITS:
                add_device_limits(property, text);
                break;
        case PROPERTY_PIDS:
                for (size_t i = 0; i < property->n_pids; i++)
                        text_addf(text, "%s%" PRIu32, i > 0 ? " " : "", property->pids[i]);
                break;
        }
}

static void add_number_or_any(int64_t number, Text *text) {
        if (number < 0)
                text_add(text, "*");
        else
                text_addf(text, "%" PRIi64, number);
}

static void add_rule(const DeviceRule *rule, Text *text) {
        text_addf(text, "%s %c ", rule->allow ? "allow" : "deny", rule->type);
        add_number_or_any(rule->major, text);
        text_add(text, ":");
        add_number_or_any(rule->minor, text);
        text_addf(text, " %s%s%s", rule->read ? "r" : "", rule->write ? "w" : "", rule->mknod ? "m" : "");
}

void resource_to_text(const ResourceSet *set, Text *text) {
        if (set->unit)
                text_addf(text, "unit %s\n", set->unit);
        if (set->cgroup)
                text_addf(text, "cgroup %s\nsupervising-unit %s\n", set->cgroup, set->supervising_unit);
        for (size_t i = 0; i < set->n_properties; i++) {
                text_addf(text, "%s=", set->properties[i].name);
                property_value_to_text(&set->properties[i], text);
                text_add(text, "\n");
        }
        for (size_t i = 0; i < set->n_files; i++)
                text_addf(text, "%s = %s\n", set->files[i].name, set->files[i].value);
        for (size_t i = 0; i < set->n_devices; i++) {
                text_add(text, "device ");
                add_rule(&set->devices[i], text);
                text_add(text, "\n");
        }
}

static void add_member(const char *name, const char *value, bool first, Text *text) {
        text_add(text, first ? "" : ",");
        text_add_json(text, name);
        text_add(text, ":");
        text_add_json(text, value ? value : "");
}

void resource_to_json(const ResourceSet *set, Text *text) {
        text_add(text, "{");
        if (set->unit)
                add_member("unit", set->unit, true, text);
        if (set->slice)
                add_member("slice", set->slice, !set->unit, text);
        if (set->cgroup) {
                add_member("cgroup", set->cgroup, true, text);
                add_member("supervisingUnit", set->supervising_unit, false, text);
        }
        text_add(text, set->unit || set->slice || set->cgroup ? ",\"properties\":{" : "\"properties\":{");
        for (size_t i = 0; i < set->n_properties; i++) {
                Text value = {};

                property_value_to_text(&set->properties[i], &value);
                if (text_failed(&value))
                        text->failed = true;
                add_member(set->properties[i].name, value.string, i == 0, text);
                text_done(&value);
        }
        text_add(text, "},\"files\":[");
        for (size_t i = 0; i < set->n_files; i++) {
                text_add(text, i == 0 ? "{" : ",{");
                add_member("name", set->files[i].name, true, text);
                add_member("value", set->files[i].value, false, text);
                text_add(text, "}");
        }
        text_add(text, "],\"devices\":[");
        for (size_t i = 0; i < set->n_devices; i++) {
                Text rule = {};

                add_rule(&set->devices[i], &rule);
                if (text_failed(&rule))
                        text->failed = true;
                text_add(text, i == 0 ? "" : ",");
                text_add_json(text, rule.string ? rule.string : "");
                text_done(&rule);
        }
        text_add(text, "]}");
}
