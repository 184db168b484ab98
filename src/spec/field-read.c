/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text to structs, by table. Invariant: what a row says (type, range, words, presence) holds for every object that this file gave away. */

#include "spec/field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/text.h"
#include "spec/field-scalar.h"
#include "spec/tree.h"

/* A byte or three of text become hundreds of memory. */
#define OBJECTS_MAX 65536U
#define STRINGS_MAX 1048576U

static int read_object(const Reader *reader, const ObjectType *type, json_object *json, const Place *place, void *object);

/* The number of items of an array, after the checks that all kinds of lists share. */
static int begin_list(const Reader *reader, const Field *field, json_object *json, const Place *place, size_t maximum,
                      size_t *ret) {
        int r;

        r = scalar_expect(reader, json, json_type_array, "an array", place);
        if (r < 0)
                return r;
        if (json_object_array_length(json) > maximum)
                return scalar_fail(reader, place, "has more than %zu items", maximum);
        if (json_object_array_length(json) == 0 && (field->flags & FIELD_NOT_EMPTY))
                return scalar_fail(reader, place, "must not be empty");
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

                r = scalar_read_word(reader, field, json_object_array_get_idx(json, i), &item, &value);
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

                r = scalar_read_string(reader, &any_string, json_object_array_get_idx(json, i), &item, *member + i);
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

                r = scalar_read_number(reader, field, json_object_array_get_idx(json, i), &item, &number);
                if (r < 0)
                        return r;
                (*items)[i] = (uint32_t) number;
        }
        *count = n_items;
        return 0;
}

static int read_map(const Reader *reader, const Field *field, json_object *json, const Place *place, SpecMap *member) {
        int r;

        r = scalar_expect(reader, json, json_type_object, "an object", place);
        if (r < 0)
                return r;
        if ((size_t) json_object_object_length(json) > OBJECTS_MAX)
                return scalar_fail(reader, place, "has more than %u properties", OBJECTS_MAX);
        member->items = calloc((size_t) json_object_object_length(json) + 1, sizeof(SpecPair));
        if (!member->items)
                return -ENOMEM;
        json_object_object_foreach(json, key, value) {
                Place item = { .up = place, .name = key, .key = true };
                SpecPair *pair = member->items + member->n_items++;

                pair->key = strdup(key);
                r = pair->key ? scalar_read_string(reader, field, value, &item, &pair->value) : -ENOMEM;
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

        r = scalar_get_string(reader, json, place, &string);
        if (r >= 0)
                r = strv_split(string, "\n", &lines);
        if (r < 0)
                return r;
        if (strv_length(lines) > OBJECTS_MAX)
                return scalar_fail(reader, place, "has more than %u lines", OBJECTS_MAX);
        *items = calloc(strv_length(lines) + 1, field->type->size);
        if (!*items)
                return -ENOMEM;
        STRV_FOREACH(line, lines) {
                if (!field->read_line(*line, field_pointer(*items, *count * field->type->size)))
                        return scalar_fail(reader, place, "\"%.40s\" is not of the form MAJOR:MINOR VALUE", *line);
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

        r = scalar_expect(reader, json, json_type_object, "an object", place);
        if (r < 0)
                return r;
        n_items = (size_t) json_object_object_length(json);
        if (n_items > OBJECTS_MAX)
                return scalar_fail(reader, place, "has more than %u properties", OBJECTS_MAX);
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
                return scalar_read_string(reader, field, json, place, member);
        case FIELD_KIND_BOOL:
        case FIELD_KIND_OPTIONAL_BOOL:
                return scalar_read_boolean(reader, field, json, place, member);
        case FIELD_KIND_ENUM:
                return scalar_read_word(reader, field, json, place, member);
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
                return scalar_read_any_number(reader, field, json, place, member);
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
        r = scalar_expect(reader, json, json_type_object, "an object", place);
        if (r < 0)
                return r;
        for (const Field *field = type->fields; field->name; field++) {
                Place at = { .up = place, .name = field->name };
                json_object *value = find_value(reader, json, field->name);

                r = !value && (field->flags & FIELD_REQUIRED) ? scalar_fail(reader, &at, "is required") : 0;
                if (r >= 0 && value && (reader->options & OBJECT_ANY_CASE)) {
                        /* There before: a second object of the same name. */
                        if (field->kind != FIELD_KIND_OBJECT)
                                field_clear(field, object);
                        else
                                r = read_earlier(reader, field, json, value, &at, object);
                }
                if (r >= 0 && value)
                        r = read_field(reader, field, value, &at, object);
                if (r < 0 && r != -ENOMEM && type->complaint)
                        (void) error_prefix(reader->error, "%s %s", type->complaint, field->name);
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
