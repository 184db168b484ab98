/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The only door to json-c's parser. Invariant: a tree that comes out is what the text says by RFC 8259, at most DEPTH_MAX
 * deep. */

#include "spec/tree.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "spec/field.h"
#include "spec/scan.h"

/* Nothing sensible is deeper; json-c recurses. */
#define DEPTH_MAX 32

static void tokener_freep(json_tokener **tokener) {
        if (*tokener)
                json_tokener_free(*tokener);
}

static size_t count_members(json_object *json) {
        size_t n = 0;

        if (json_object_is_type(json, json_type_object)) {
                json_object_object_foreach(json, key, value) {
                        (void) key;
                        n += 1 + count_members(value);
                }
        } else if (json_object_is_type(json, json_type_array))
                for (size_t i = 0; i < json_object_array_length(json); i++)
                        n += count_members(json_object_array_get_idx(json, i));
        return n;
}

static int tokenize(const char *text, const ScanResult *scan, unsigned options, json_object **ret, Error *error) {
        CLEANUP(tokener_freep) json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
        enum json_tokener_error result;
        size_t at;

        if (!tokener)
                return error_set(error, -ENOMEM, "%m");
        /* Without JSON_TOKENER_STRICT: see spec/scan.c, which refuses what that would. */
        json_tokener_set_flags(tokener, options & OBJECT_INVALID_UTF8 ? 0 : JSON_TOKENER_VALIDATE_UTF8);
        *ret = json_tokener_parse_ex(tokener, text, (int) scan->end);
        result = json_tokener_get_error(tokener);
        if (result == json_tokener_continue) {
                /* A word or a number alone only ends with what follows it. */
                *ret = json_tokener_parse_ex(tokener, " ", 1);
                result = json_tokener_get_error(tokener);
        }
        if (result == json_tokener_success)
                return 0;
        at = json_tokener_get_parse_end(tokener);
        return error_set(error, -EINVAL, "JSON, line %zu: %s", scan_line(text, at < scan->end ? at : scan->end),
                         result == json_tokener_continue ? "the text ends too early" : json_tokener_error_desc(result));
}

int tree_parse(const char *text, size_t size, size_t size_max, unsigned options, json_object **ret, Error *error) {
        CLEANUP(tree_freep) json_object *json = NULL;
        ScanResult scan;
        int r;

        if (size > size_max || size > INT32_MAX)
                return error_set(error, -EFBIG, "JSON: the text is larger than %zu bytes", size_max);
        r = scan_json(text, size, &scan, error);
        if (r < 0)
                return r;
        for (size_t i = scan.end; i < size && !(options & OBJECT_TRAILING_DATA); i++)
                if (!text[i] || !strchr(" \t\r\n", text[i]))
                        return error_set(error, -EINVAL, "JSON, line %zu: text after the end of the value", scan_line(text, i));
        r = tokenize(text, &scan, options, &json, error);
        if (r < 0)
                return r;
        if (!(options & OBJECT_DUPLICATES) && count_members(json) != scan.n_members)
                return error_set(error, -EINVAL, "JSON: an object has two properties of the same name");
        *ret = TAKE_PTR(json);
        return 0;
}
