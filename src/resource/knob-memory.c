/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory and tasks, and the fields that only cgroup v1 had an effect for. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/number.h"
#include "base/strv.h"
#include "resource/entries.h"
#include "resource/knob-rows.h"

#define PAGE_SIZE_MAX 65536 /* of the architectures that systemd runs on */

const void *knob_value(const Knob *knob, const Compile *compile) {
        const uint8_t *section = *(const uint8_t *const *) ((const uint8_t *) compile->resources + knob->section);

        return section ? section + knob->member : NULL;
}

int knob_put_u64(const Knob *knob, const Compile *compile, const char *field, uint64_t value) {
        Property *property = put_property(compile->set, knob->property, PROPERTY_U64);
        char text[24];

        if (!property)
                return -ENOMEM;
        property->u64 = value;
        property->field = field;
        property->controller = value == UINT64_MAX ? NULL : knob->controller;
        property->optional = knob->since > 0;
        if (knob->since == 0)
                return 0;
        snprintf(text, sizeof text, value == UINT64_MAX ? "max" : "%" PRIu64, value);
        return put_file(compile->set, knob->file, text, NULL, property->field, false);
}

int unified_error(const Knob *knob, const char *value, const char *expected, Error *error) {
        return error_set(error, -EINVAL, "linux.resources.unified[%s]: \"%s\" is not %s", knob->file, value, expected);
}

/* What was set before had its answer then. */
static bool is_old(const Knob *knob, const Compile *compile) {
        return compile->changes && spec_resources_has(compile->changes, knob->field) <= 0;
}

/* ---- memory ---- */

static int check_limit(const Knob *knob, int64_t value, Error *error) {
        return value < -1 ? error_set(error, -EINVAL, "%s: must be -1 (unlimited) or more, not %" PRIi64, knob->field, value) : 0;
}

int compile_bytes(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalI64 *value = knob_value(knob, compile);
        int r;

        if (!value || !value->set || value->value == 0)
                return 0;
        r = check_limit(knob, value->value, error);
        return r < 0 ? r : knob_put_u64(knob, compile, knob->field, value->value < 0 ? UINT64_MAX : (uint64_t) value->value);
}

/* The number that cgroup v1 had for "no limit", the largest multiple of a page; old callers still write it. */
static bool is_v1_unlimited(int64_t value) {
        return value >= INT64_MAX / PAGE_SIZE_MAX * PAGE_SIZE_MAX;
}

/* The field counts memory and swap together, as cgroup v1 did; v2 and systemd count swap alone. */
int compile_swap(const Knob *knob, const Compile *compile, Error *error) {
        const SpecMemory *memory = compile->resources->memory;
        int64_t limit, swap;
        int r;

        if (!memory)
                return 0;
        limit = memory->limit.set ? memory->limit.value : 0;
        swap = memory->swap.set ? memory->swap.value : 0;
        if (limit == -1 && swap == 0)
                return memory->swap.set || compile->update ? knob_put_u64(knob, compile, knob->field, UINT64_MAX) : 0;
        if (swap == 0)
                return 0;
        r = check_limit(knob, swap, error);
        if (r < 0)
                return r;
        if (swap == -1 || is_v1_unlimited(swap))
                return knob_put_u64(knob, compile, knob->field, UINT64_MAX);
        if (limit == -1)
                return knob_put_u64(knob, compile, knob->field, (uint64_t) swap);
        if (limit == 0)
                return error_set(error, -EINVAL, "%s: unable to set swap limit without memory limit", knob->field);
        if (swap < limit)
                return error_set(error, -EINVAL, "%s: memory+swap limit should be >= memory limit", knob->field);
        return knob_put_u64(knob, compile, knob->field, (uint64_t) (swap - limit));
}

int parse_bytes(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        uint64_t bytes = UINT64_MAX;

        if (!streq(value, "max") && number_parse_size(value, &bytes) < 0)
                return unified_error(knob, value, "a number of bytes or \"max\"", error);
        return knob_put_u64(knob, compile, UNIFIED, bytes);
}

int parse_bool(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        Property *property;

        if (!streq(value, "0") && !streq(value, "1"))
                return unified_error(knob, value, "0 or 1", error);
        property = put_property(compile->set, knob->property, PROPERTY_BOOL);
        if (!property)
                return -ENOMEM;
        property->boolean = value[0] == '1';
        property->field = UNIFIED;
        property->optional = knob->since > 0;
        return knob->since > 0 ? put_file(compile->set, knob->file, value, NULL, property->field, false) : 0;
}

/* systemd writes the file from OOMPolicy= whenever it realizes the unit, and takes OOMPolicy= only for a new one. */
int parse_oom_group(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        Property *property;
        int r;

        if (!streq(value, "0") && !streq(value, "1"))
                return unified_error(knob, value, "0 or 1", error);
        if (compile->changes && !compile->files)
                return 0;
        if (compile->update && !compile->files)
                return error_set(error, -EOPNOTSUPP, "linux.resources.unified[%s]: cannot be changed while the container runs",
                                 knob->file);
        r = put_string(compile->set, knob->property, value[0] == '1' ? "kill" : "continue");
        if (r < 0)
                return r;
        property = &compile->set->properties[resource_set_find(compile->set, knob->property) - compile->set->properties];
        property->field = UNIFIED;
        property->optional = value[0] == '0';
        return 0;
}

/* ---- tasks ---- */

int compile_tasks(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalI64 *limit = knob_value(knob, compile);

        if (!limit || !limit->set)
                return 0;
        if (limit->value == 0 && !is_old(knob, compile))
                log_warning(
                        "%s: 0 is a limit since OCI 1.3: the container cannot make a process or thread; -1 is no limit",
                        knob->field);
        /* systemd refuses 0, and a container that has started has one task. */
        return knob_put_u64(knob, compile, knob->field,
                            limit->value < 0 ? UINT64_MAX : limit->value == 0 ? 1 : (uint64_t) limit->value);
}

int parse_tasks(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        uint64_t tasks = UINT64_MAX;

        if (!streq(value, "max") && number_parse_u64(value, INT64_MAX, &tasks) < 0)
                return unified_error(knob, value, "a number or \"max\"", error);
        return knob_put_u64(knob, compile, UNIFIED, tasks == 0 ? 1 : tasks);
}

/* ---- cgroup v1 ---- */

static int ignored(const Knob *knob, const Compile *compile) {
        if (is_old(knob, compile))
                return 0;
        log_warning("%s: cgroup v2 has nothing like it, ignored", knob->field);
        return 0;
}

static int refused(const Knob *knob, const Compile *compile, Error *error) {
        if (compile->lenient || is_old(knob, compile))
                return ignored(knob, compile);
        return error_set(error, -EOPNOTSUPP, "%s: cgroup v2 has nothing like it", knob->field);
}

int compile_ignored_i64(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalI64 *value = knob_value(knob, compile);

        return value && value->set && value->value > 0 ? ignored(knob, compile) : 0;
}

int compile_ignored_u32(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalU32 *value = knob_value(knob, compile);

        return value && value->set && value->value > 0 ? ignored(knob, compile) : 0;
}

int compile_refused_i64(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalI64 *value = knob_value(knob, compile);

        return value && value->set && value->value > 0 ? refused(knob, compile, error) : 0;
}

int compile_refused_u64(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalU64 *value = knob_value(knob, compile);

        /* -1, as a caller in Go writes it for a *uint64 */
        return value && value->set && value->value > 0 && value->value < UINT64_MAX ? refused(knob, compile, error) : 0;
}

int compile_refused_u32(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalU32 *value = knob_value(knob, compile);

        return value && value->set && value->value > 0 ? refused(knob, compile, error) : 0;
}

int compile_refused_bool(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalBool *value = knob_value(knob, compile);

        return value && value->set && value->value ? refused(knob, compile, error) : 0;
}

int compile_refused_list(const Knob *knob, const Compile *compile, Error *error) {
        const size_t *n = knob_value(knob, compile);

        return n && *n > 0 ? refused(knob, compile, error) : 0;
}
