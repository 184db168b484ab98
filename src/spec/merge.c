/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* linux.resources of an update on top of what was set before. Invariant: what the update does not speak of stays as it was, to the member of
 * an object and to the device of a list; a value that means "not set" is not spoken of. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "spec/spec.h"
#include "spec/tree.h"

/* Members whose 0 (or "") every caller writes for "leave it": Go has no other way to say so in a plain struct. */
static const char *const unset_when_zero[] = {
        "memory.limit", "memory.reservation", "memory.swap", "cpu.shares", "cpu.quota", "cpu.period", "cpu.cpus", "cpu.mems", "blockIO.weight",
};

/* What tells the items of a list apart. A list without is replaced as a whole: the order of device rules has a meaning. */
static const char *const keys[] = { "major", "minor", "pageSize", "name" };

static bool is_unset(const char *path, json_object *value) {
        if (!value)
                return true;
        if (json_object_is_type(value, json_type_string) ? json_object_get_string_len(value) > 0 : json_object_get_int64(value) != 0)
                return false;
        FOREACH_ELEMENT(name, unset_when_zero)
                if (streq(*name, path))
                        return true;
        return false;
}

static bool have_same_keys(json_object *a, json_object *b) {
        bool any = false;

        FOREACH_ELEMENT(key, keys) {
                json_object *left = json_object_object_get(a, *key), *right = json_object_object_get(b, *key);

                if (!left && !right)
                        continue;
                any = true;
                if (!json_object_equal(left, right))
                        return false;
        }
        return any;
}

static int merge_list(const char *path, json_object *into, json_object *from) {
        if (streq(path, "devices"))
                json_object_array_del_idx(into, 0, json_object_array_length(into));
        for (size_t i = 0; i < json_object_array_length(from); i++) {
                json_object *item = json_object_array_get_idx(from, i);
                size_t n = json_object_array_length(into), at = n;

                for (size_t j = 0; j < n && !streq(path, "devices"); j++)
                        if (have_same_keys(json_object_array_get_idx(into, j), item))
                                at = j;
                if (json_object_array_put_idx(into, at, json_object_get(item)) < 0) {
                        json_object_put(item);
                        return -ENOMEM;
                }
        }
        return 0;
}

static int merge_object(const char *path, json_object *into, json_object *from) {
        json_object_object_foreach(from, key, value) {
                json_object *present = json_object_object_get(into, key);
                char below[64];
                int r = 0;

                /* A path that does not fit is none of those that matter. */
                snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key);
                if (is_unset(below, value))
                        continue;
                if (present && json_object_is_type(present, json_type_object) && json_object_is_type(value, json_type_object))
                        r = merge_object(below, present, value);
                else if (present && json_object_is_type(present, json_type_array) && json_object_is_type(value, json_type_array))
                        r = merge_list(below, present, value);
                else if (json_object_object_add(into, key, json_object_get(value)) < 0) {
                        json_object_put(value);
                        r = -ENOMEM;
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

static int to_tree(const SpecResources *resources, json_object **ret) {
        CLEANUP(freep) char *text = spec_resources_to_json(resources);

        return text ? tree_parse(text, strlen(text), SPEC_SIZE_MAX, 0, ret, NULL) : -ENOMEM;
}

/* As runc has it: memory that becomes unlimited takes the sum of memory and swap with it, unless that is named too. */
static int free_swap(json_object *into, json_object *from) {
        json_object *memory = json_object_object_get(from, "memory"), *limit = json_object_object_get(memory, "limit"),
                    *number;

        if (!limit || json_object_get_int64(limit) != -1 ||
            !is_unset("memory.swap", json_object_object_get(memory, "swap")))
                return 0;
        number = json_object_new_int64(-1);
        if (number && json_object_object_add(json_object_object_get(into, "memory"), "swap", number) >= 0)
                return 0;
        json_object_put(number);
        return -ENOMEM;
}

int spec_resources_merge(const SpecResources *before, const SpecResources *changes, SpecResources **ret) {
        static const SpecResources nothing = {};
        CLEANUP(tree_freep) json_object *into = NULL, *from = NULL;
        const char *text;
        int r;

        r = to_tree(before ? before : &nothing, &into);
        if (r >= 0)
                r = to_tree(changes, &from);
        if (r >= 0)
                r = merge_object("", into, from);
        if (r >= 0 && before)
                r = free_swap(into, from);
        if (r < 0)
                return r;
        text = json_object_to_json_string_ext(into, JSON_C_TO_STRING_PLAIN);
        return text ? spec_parse_resources(text, strlen(text), ret, NULL) : -ENOMEM;
}

int spec_resources_has(const SpecResources *resources, const char *field) {
        CLEANUP(tree_freep) json_object *tree = NULL;
        const char *path = startswith(field, "linux.resources.");
        CLEANUP(strv_freep) char **names = NULL;
        json_object *at;
        int r;

        if (!path)
                return 0;
        r = to_tree(resources, &tree);
        if (r >= 0)
                r = strv_split(path, ".", &names);
        if (r < 0)
                return r;
        at = tree;
        STRV_FOREACH(name, names)
                if (!json_object_is_type(at, json_type_object) || !json_object_object_get_ex(at, *name, &at))
                        return 0;
        return !is_unset(path, at);
}
