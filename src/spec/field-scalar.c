/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Strings, numbers, booleans and words of a text. json-c's getters convert silently, so the type of every value is looked at before the value. Invariant: what
 * is wrong is said with the path of the place. */

#include "spec/field-scalar.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strv.h"

void place_write(const Place *place, Text *text) {
        CLEANUP(freep) char *key = NULL;

        if (!place)
                return;
        place_write(place->up, text);
        if (!place->name)
                text_addf(text, "[%zu]", place->index);
        else if (place->key) {
                key = strndup(place->name, 80);
                text_add(text, "[");
                text_add_json(text, key ? key : "");
                text_add(text, "]");
        } else
                text_addf(text, "%s%s", text->length > 0 ? "." : "", place->name);
}

int scalar_fail(const Reader *reader, const Place *place, const char *format, ...) {
        CLEANUP(text_done) Text text = {};
        va_list arguments;

        place_write(place, &text);
        if (text.length == 0)
                text_add(&text, "JSON");
        text_add(&text, ": ");
        va_start(arguments, format);
        text_addv(&text, format, arguments);
        va_end(arguments);
        return text_failed(&text) ? -ENOMEM : error_set(reader->error, -EINVAL, "%s", text.string);
}

static const char *kind_of(json_object *json) {
        switch (json_object_get_type(json)) {
        case json_type_null:
                return "null";
        case json_type_boolean:
                return "a boolean";
        case json_type_double:
        case json_type_int:
                return "a number";
        case json_type_object:
                return "an object";
        case json_type_array:
                return "an array";
        case json_type_string:
                return "a string";
        }
        return "something else";
}

int scalar_expect(const Reader *reader, json_object *json, json_type type, const char *wanted, const Place *place) {
        if (json_object_is_type(json, type))
                return 0;
        if (type == json_type_int && json_object_is_type(json, json_type_double))
                return scalar_fail(reader, place, "must be a whole number, written without point and exponent");
        return scalar_fail(reader, place, "must be %s, not %s", wanted, kind_of(json));
}

int scalar_get_string(const Reader *reader, json_object *json, const Place *place, const char **ret) {
        int r;

        if (!json && (reader->options & OBJECT_NULL_ITEMS)) {
                *ret = "";
                return 0;
        }
        r = scalar_expect(reader, json, json_type_string, "a string", place);
        if (r < 0)
                return r;
        *ret = json_object_get_string(json);
        if (strlen(*ret) != (size_t) json_object_get_string_len(json))
                return scalar_fail(reader, place, "must not contain NUL");
        return 0;
}

int scalar_read_string(const Reader *reader, const Field *field, json_object *json, const Place *place, char **ret) {
        const char *string;
        int r;

        r = scalar_get_string(reader, json, place, &string);
        if (r < 0)
                return r;
        if (!*string && (field->flags & FIELD_NOT_EMPTY))
                return scalar_fail(reader, place, "must not be empty");
        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

static int fail_range(const Reader *reader, const Field *field, bool negative, const Place *place) {
        if (negative && field->minimum == 0)
                return scalar_fail(reader, place, "must not be negative");
        if (field->maximum == UINT64_MAX || (field->maximum == INT64_MAX && field->minimum == INT64_MIN))
                return scalar_fail(reader, place, "does not fit in 64 bits");
        if (field->maximum == UINT32_MAX || (field->maximum == INT32_MAX && field->minimum == INT32_MIN))
                return scalar_fail(reader, place, "does not fit in 32 bits");
        return scalar_fail(reader, place, "must be from %jd to %ju", (intmax_t) field->minimum, (uintmax_t) field->maximum);
}

/* One value of either sign, as 64 bits of which the row's kind takes the lower part. json-c keeps numbers beyond INT64_MAX
 * as uint64_t, and its getters clamp instead of failing. */
int scalar_read_number(const Reader *reader, const Field *field, json_object *json, const Place *place, uint64_t *ret) {
        int64_t as_signed;
        uint64_t as_unsigned;
        bool fits;
        int r;

        if (!json && (reader->options & OBJECT_NULL_ITEMS)) {
                *ret = 0;
                return 0;
        }
        r = scalar_expect(reader, json, json_type_int, "a number", place);
        if (r < 0)
                return r;
        as_signed = json_object_get_int64(json);
        as_unsigned = json_object_get_uint64(json);
        if (as_signed < 0)
                fits = as_signed >= field->minimum;
        else
                fits = as_unsigned <= field->maximum && (field->minimum <= 0 || as_unsigned >= (uint64_t) field->minimum);
        if (!fits)
                return fail_range(reader, field, as_signed < 0, place);
        *ret = as_signed < 0 ? (uint64_t) as_signed : as_unsigned;
        return 0;
}

int scalar_read_any_number(const Reader *reader, const Field *field, json_object *json, const Place *place, void *member) {
        uint64_t number;
        int r;

        r = scalar_read_number(reader, field, json, place, &number);
        if (r < 0)
                return r;
        switch (field->kind) {
        case FIELD_KIND_U32:
                *(uint32_t *) member = (uint32_t) number;
                break;
        case FIELD_KIND_I32:
                *(int32_t *) member = (int32_t) number;
                break;
        case FIELD_KIND_U64:
                *(uint64_t *) member = number;
                break;
        case FIELD_KIND_I64:
                *(int64_t *) member = (int64_t) number;
                break;
        case FIELD_KIND_OPTIONAL_U32:
                *(OptionalU32 *) member = (OptionalU32) { (uint32_t) number, true };
                break;
        case FIELD_KIND_OPTIONAL_I32:
                *(OptionalI32 *) member = (OptionalI32) { (int32_t) number, true };
                break;
        case FIELD_KIND_OPTIONAL_U64:
                *(OptionalU64 *) member = (OptionalU64) { number, true };
                break;
        case FIELD_KIND_OPTIONAL_I64:
                *(OptionalI64 *) member = (OptionalI64) { (int64_t) number, true };
                break;
        default:
                return -EINVAL;
        }
        return 0;
}

int scalar_read_boolean(const Reader *reader, const Field *field, json_object *json, const Place *place, void *member) {
        bool value;
        int r;

        r = scalar_expect(reader, json, json_type_boolean, "true or false", place);
        if (r < 0)
                return r;
        value = json_object_get_boolean(json);
        if (field->kind == FIELD_KIND_BOOL)
                *(bool *) member = value;
        else
                *(OptionalBool *) member = (OptionalBool) { value, true };
        return 0;
}

int scalar_read_word(const Reader *reader, const Field *field, json_object *json, const Place *place, unsigned *ret) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *shown = NULL;
        const char *word;
        unsigned value;
        int r;

        r = scalar_get_string(reader, json, place, &word);
        if (r < 0)
                return r;
        value = field_word_value(field->words, word);
        if (value == 0 && (*word || (field->flags & FIELD_REQUIRED) || field->kind == FIELD_KIND_SET)) {
                shown = strndup(word, 80);
                text_add_json(&text, shown ? shown : "");
                return scalar_fail(reader, place, "unknown value %s", text_failed(&text) ? "" : text.string);
        }
        *ret = value;
        return 0;
}
