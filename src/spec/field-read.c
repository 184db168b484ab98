/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text to structs, by table. json-c's getters convert silently, so the type of every value is looked at before the value.
 * Invariant: what a row says (type, range, words, presence) holds for every object that this file gave away. */

#include "spec/field.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/text.h"
#include "spec/tree.h"

/* A byte or three of text become hundreds of memory. */
#define OBJECTS_MAX 65536U
#define STRINGS_MAX 1048576U

/* Where in the text a value is; the path is only written when somebody needs it. */
typedef struct Place {
        const struct Place *up;
        const char *name;       /* NULL: an index */
        size_t index;
        bool key;               /* the name is a map's key: quoted, since it may hold anything */
} Place;

typedef struct Reader {
        unsigned options;
        Error *error;
} Reader;

static int read_object(const Reader *reader, const ObjectType *type, json_object *json, const Place *place, void *object);

static void place_write(const Place *place, Text *text) {
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

static int PRINTF(3, 4) fail(const Reader *reader, const Place *place, const char *format, ...) {
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

static int expect(const Reader *reader, json_object *json, json_type type, const char *wanted, const Place *place) {
        if (json_object_is_type(json, type))
                return 0;
        if (type == json_type_int && json_object_is_type(json, json_type_double))
                return fail(reader, place, "must be a whole number, written without point and exponent");
        return fail(reader, place, "must be %s, not %s", wanted, kind_of(json));
}

static int get_string(const Reader *reader, json_object *json, const Place *place, const char **ret) {
        int r;

        if (!json && (reader->options & OBJECT_NULL_ITEMS)) {
                *ret = "";
                return 0;
        }
        r = expect(reader, json, json_type_string, "a string", place);
        if (r < 0)
                return r;
        *ret = json_object_get_string(json);
        if (strlen(*ret) != (size_t) json_object_get_string_len(json))
                return fail(reader, place, "must not contain NUL");
        return 0;
}

static int read_string(const Reader *reader, const Field *field, json_object *json, const Place *place, char **ret) {
        const char *string;
        int r;

        r = get_string(reader, json, place, &string);
        if (r < 0)
                return r;
        if (!*string && (field->flags & FIELD_NOT_EMPTY))
                return fail(reader, place, "must not be empty");
        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

static int fail_range(const Reader *reader, const Field *field, bool negative, const Place *place) {
        if (negative && field->minimum == 0)
                return fail(reader, place, "must not be negative");
        if (field->maximum == UINT64_MAX || (field->maximum == INT64_MAX && field->minimum == INT64_MIN))
                return fail(reader, place, "does not fit in 64 bits");
        if (field->maximum == UINT32_MAX || (field->maximum == INT32_MAX && field->minimum == INT32_MIN))
                return fail(reader, place, "does not fit in 32 bits");
        return fail(reader, place, "must be from %jd to %ju", (intmax_t) field->minimum, (uintmax_t) field->maximum);
}

/* One value of either sign, as 64 bits of which the row's kind takes the lower part. json-c keeps numbers beyond INT64_MAX
 * as uint64_t, and its getters clamp instead of failing. */
static int read_number(const Reader *reader, const Field *field, json_object *json, const Place *place, uint64_t *ret) {
        int64_t as_signed;
        uint64_t as_unsigned;
        bool fits;
        int r;

        if (!json && (reader->options & OBJECT_NULL_ITEMS)) {
                *ret = 0;
                return 0;
        }
        r = expect(reader, json, json_type_int, "a number", place);
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

static int read_any_number(const Reader *reader, const Field *field, json_object *json, const Place *place, void *member) {
        uint64_t number;
        int r;

        r = read_number(reader, field, json, place, &number);
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

static int read_boolean(const Reader *reader, const Field *field, json_object *json, const Place *place, void *member) {
        bool value;
        int r;

        r = expect(reader, json, json_type_boolean, "true or false", place);
        if (r < 0)
                return r;
        value = json_object_get_boolean(json);
        if (field->kind == FIELD_KIND_BOOL)
                *(bool *) member = value;
        else
                *(OptionalBool *) member = (OptionalBool) { value, true };
        return 0;
}

static int read_word(const Reader *reader, const Field *field, json_object *json, const Place *place, unsigned *ret) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *shown = NULL;
        const char *word;
        unsigned value;
        int r;

        r = get_string(reader, json, place, &word);
        if (r < 0)
                return r;
        value = field_word_value(field->words, word);
        if (value == 0 && (*word || (field->flags & FIELD_REQUIRED) || field->kind == FIELD_KIND_SET)) {
                shown = strndup(word, 80);
                text_add_json(&text, shown ? shown : "");
                return fail(reader, place, "unknown value %s", text_failed(&text) ? "" : text.string);
        }
        *ret = value;
        return 0;
}

/* The number of items of an array, after the checks that all kinds of lists share. */
static int begin_list(const Reader *reader, const Field *field, json_object *json, const Place *place, size_t maximum,
                      size_t *ret) {
        int r;

        r = expect(reader, json, json_type_array, "an array", place);
        if (r < 0)
                return r;
        if (json_object_array_length(json) > maximum)
                return fail(reader, place, "has more than %zu items", maximum);
        if (json_object_array_length(json) == 0 && (field->flags & FIELD_NOT_EMPTY))
                return fail(reader, place, "must not be empty");
        *ret = json_object_array_length(json);
        return 0;
}

static int read_set(const Reader *reader, const Field *field, json_object *json, const Place *place, SpecSet *member) {
        size_t n_items;
        int r;

        r = begin_list(reader, field, json, place, OBJECTS_MAX, &n_items);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_items; i++) {
                Place item = { .up = place, .index = i };
                unsigned value;

                r = read_word(reader, field, json_object_array_get_idx(json, i), &item, &value);
                if (r < 0)
                        return r;
                member->mask |= UINT64_C(1) << value;
        }
        member->set = true;
        return 0;
}

static int read_strings(const Reader *reader, const Field *field, json_object *json, const Place *place, char ***member) {
        size_t n_items;
        int r;

        r = begin_list(reader, field, json, place, STRINGS_MAX, &n_items);
        if (r < 0)
                return r;
        *member = calloc(n_items + 1, sizeof(char *));
        if (!*member)
                return -ENOMEM;
        for (size_t i = 0; i < n_items; i++) {
                Place item = { .up = place, .index = i };
                static const Field any_string = {};

                r = read_string(reader, &any_string, json_object_array_get_idx(json, i), &item, *member + i);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_u32_list(const Reader *reader, const Field *field, json_object *json, const Place *place, void *object) {
        uint32_t **items = field_pointer(object, field->offset);
        size_t *count = field_pointer(object, field->count_offset);
        size_t n_items;
        int r;

        r = begin_list(reader, field, json, place, OBJECTS_MAX, &n_items);
        if (r < 0 || n_items == 0)
                return r;
        *items = calloc(n_items, sizeof(uint32_t));
        if (!*items)
                return -ENOMEM;
        for (size_t i = 0; i < n_items; i++) {
                Place item = { .up = place, .index = i };
                uint64_t number;

                r = read_number(reader, field, json_object_array_get_idx(json, i), &item, &number);
                if (r < 0)
                        return r;
                (*items)[i] = (uint32_t) number;
        }
        *count = n_items;
        return 0;
}

static int read_map(const Reader *reader, const Field *field, json_object *json, const Place *place, SpecMap *member) {
        int r;

        r = expect(reader, json, json_type_object, "an object", place);
        if (r < 0)
                return r;
        if ((size_t) json_object_object_length(json) > OBJECTS_MAX)
                return fail(reader, place, "has more than %u properties", OBJECTS_MAX);
        member->items = calloc((size_t) json_object_object_length(json) + 1, sizeof(SpecPair));
        if (!member->items)
                return -ENOMEM;
        json_object_object_foreach(json, key, value) {
                Place item = { .up = place, .name = key, .key = true };
                SpecPair *pair = member->items + member->n_items++;

                pair->key = strdup(key);
                r = pair->key ? read_string(reader, field, value, &item, &pair->value) : -ENOMEM;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_optional_object(const Reader *reader, const Field *field, json_object *json, const Place *place, void **member) {
        *member = calloc(1, field->type->size);
        return *member ? read_object(reader, field->type, json, place, *member) : -ENOMEM;
}

/* A list whose text is a string, one item a line. */
static int read_lines(const Reader *reader, const Field *field, json_object *json, const Place *place, void *object) {
        void **items = field_pointer(object, field->offset);
        size_t *count = field_pointer(object, field->count_offset);
        CLEANUP(strv_freep) char **lines = NULL;
        const char *string;
        int r;

        r = get_string(reader, json, place, &string);
        if (r >= 0)
                r = strv_split(string, "\n", &lines);
        if (r < 0)
                return r;
        if (strv_length(lines) > OBJECTS_MAX)
                return fail(reader, place, "has more than %u lines", OBJECTS_MAX);
        *items = calloc(strv_length(lines) + 1, field->type->size);
        if (!*items)
                return -ENOMEM;
        STRV_FOREACH(line, lines) {
                if (!field->read_line(*line, field_pointer(*items, *count * field->type->size)))
                        return fail(reader, place, "\"%.40s\" is not of the form MAJOR:MINOR VALUE", *line);
                (*count)++;
        }
        return 0;
}

static int read_list(const Reader *reader, const Field *field, json_object *json, const Place *place, void *object) {
        void **items = field_pointer(object, field->offset);
        size_t *count = field_pointer(object, field->count_offset);
        size_t n_items;
        int r;

        if (field->read_line && json_object_is_type(json, json_type_string))
                return read_lines(reader, field, json, place, object);
        r = begin_list(reader, field, json, place, OBJECTS_MAX, &n_items);
        if (r < 0 || n_items == 0)
                return r;
        *items = calloc(n_items, field->type->size);
        if (!*items)
                return -ENOMEM;
        *count = n_items;
        for (size_t i = 0; i < n_items; i++) {
                Place item = { .up = place, .index = i };

                r = read_object(reader, field->type, json_object_array_get_idx(json, i), &item,
                                field_pointer(*items, i * field->type->size));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_object_map(const Reader *reader, const Field *field, json_object *json, const Place *place, void *object) {
        void **items = field_pointer(object, field->offset);
        size_t *count = field_pointer(object, field->count_offset);
        size_t n_items;
        int r;

        r = expect(reader, json, json_type_object, "an object", place);
        if (r < 0)
                return r;
        n_items = (size_t) json_object_object_length(json);
        if (n_items > OBJECTS_MAX)
                return fail(reader, place, "has more than %u properties", OBJECTS_MAX);
        *items = calloc(n_items + 1, field->type->size);
        if (!*items)
                return -ENOMEM;
        json_object_object_foreach(json, key, value) {
                Place at = { .up = place, .name = key, .key = true };
                void *item = field_pointer(*items, *count * field->type->size);

                (*count)++;
                *(char **) item = strdup(key);
                r = *(char **) item ? read_object(reader, field->type, value, &at, item) : -ENOMEM;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_field(const Reader *reader, const Field *field, json_object *json, const Place *place, void *object) {
        void *member = field_pointer(object, field->offset);

        switch (field->kind) {
        case FIELD_KIND_STRING:
                return read_string(reader, field, json, place, member);
        case FIELD_KIND_BOOL:
        case FIELD_KIND_OPTIONAL_BOOL:
                return read_boolean(reader, field, json, place, member);
        case FIELD_KIND_ENUM:
                return read_word(reader, field, json, place, member);
        case FIELD_KIND_SET:
                return read_set(reader, field, json, place, member);
        case FIELD_KIND_STRINGS:
                return read_strings(reader, field, json, place, member);
        case FIELD_KIND_U32_LIST:
                return read_u32_list(reader, field, json, place, object);
        case FIELD_KIND_MAP:
                return read_map(reader, field, json, place, member);
        case FIELD_KIND_OBJECT:
                return read_object(reader, field->type, json, place, member);
        case FIELD_KIND_OPTIONAL_OBJECT:
                return read_optional_object(reader, field, json, place, member);
        case FIELD_KIND_LIST:
                return read_list(reader, field, json, place, object);
        case FIELD_KIND_OBJECT_MAP:
                return read_object_map(reader, field, json, place, object);
        default:
                return read_any_number(reader, field, json, place, member);
        }
}

/* NULL when absent, or null. */
static json_object *find_value(const Reader *reader, json_object *json, const char *name) {
        json_object *found = NULL;

        if (!(reader->options & OBJECT_ANY_CASE))
                return json_object_object_get(json, name);
        json_object_object_foreach(json, key, value)
                if (value && strcasecmp(key, name) == 0)
                        found = value;
        return found;
}

/* The objects before the last one of that name: what they say counts where the last one says nothing. Lists in them would be
 * read twice, so each is given up when it comes again (read_object()). */
static int read_earlier(const Reader *reader, const Field *field, json_object *json, json_object *last, const Place *place,
                        void *object) {
        json_object_object_foreach(json, key, value) {
                int r;

                if (!value || value == last || strcasecmp(key, field->name) != 0)
                        continue;
                r = read_field(reader, field, value, place, object);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_known(const Reader *reader, const ObjectType *type, const char *name) {
        for (const Field *field = type->fields; field->name; field++)
                if (streq(field->name, name) || ((reader->options & OBJECT_ANY_CASE) && strcasecmp(field->name, name) == 0))
                        return true;
        return false;
}

static void log_unknown(const Reader *reader, const ObjectType *type, json_object *json, const Place *place) {
        json_object_object_foreach(json, key, value) {
                Place at = { .up = place, .name = key };
                CLEANUP(text_done) Text text = {};

                (void) value;
                if (is_known(reader, type, key))
                        continue;
                place_write(&at, &text);
                log_debug("%s: unknown property, ignored", text_failed(&text) ? "" : text.string);
        }
}

static int read_object(const Reader *reader, const ObjectType *type, json_object *json, const Place *place, void *object) {
        int r;

        if (!json && (reader->options & OBJECT_NULL_ITEMS) && place)
                return 0;
        r = expect(reader, json, json_type_object, "an object", place);
        if (r < 0)
                return r;
        for (const Field *field = type->fields; field->name; field++) {
                Place at = { .up = place, .name = field->name };
                json_object *value = find_value(reader, json, field->name);

                if (!value && (field->flags & FIELD_REQUIRED))
                        return fail(reader, &at, "is required");
                r = 0;
                if (value && (reader->options & OBJECT_ANY_CASE)) {
                        /* There before: a second object of the same name. */
                        if (field->kind != FIELD_KIND_OBJECT)
                                field_clear(field, object);
                        else
                                r = read_earlier(reader, field, json, value, &at, object);
                }
                if (r >= 0 && value)
                        r = read_field(reader, field, value, &at, object);
                if (r < 0)
                        return r;
        }
        if (log_enabled(LOG_LEVEL_DEBUG))
                log_unknown(reader, type, json, place);
        return 0;
}

int object_parse(
                const ObjectType *type, const char *text, size_t size, size_t size_max, unsigned options, const char *place,
                void **ret, Error *error) {
        CLEANUP(tree_freep) json_object *json = NULL;
        const Reader reader = { .options = options, .error = error };
        const Place top = { .name = place };
        void *object;
        int r;

        r = tree_parse(text, size, size_max, options, &json, error);
        if (r < 0)
                return r;
        object = calloc(1, type->size);
        if (!object)
                return error_set(error, -ENOMEM, "%m");
        r = read_object(&reader, type, json, place ? &top : NULL, object);
        if (r < 0) {
                object_free(type, object);
                return r == -ENOMEM ? error_set(error, r, "%m") : r;
        }
        *ret = object;
        return 0;
}
