/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table engine's common part: the words of enums, and freeing. Invariant: any zeroed or half-read object can be freed. */

#include "spec/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/strv.h"

unsigned field_word_value(const FieldWord *words, const char *name) {
        for (; words->name; words++)
                if (streq(words->name, name))
                        return words->value;
        return 0;
}

const char *field_word_name(const FieldWord *words, unsigned value) {
        for (; words->name; words++)
                if (words->value == value)
                        return words->name;
        return NULL;
}

static size_t field_size(const Field *field) {
        switch (field->kind) {
        case FIELD_KIND_MAP:
                return sizeof(SpecMap);
        case FIELD_KIND_OBJECT:
                return field->type->size;
        case FIELD_KIND_STRING:
        case FIELD_KIND_U32_LIST:
        case FIELD_KIND_STRINGS:
        case FIELD_KIND_OPTIONAL_OBJECT:
        case FIELD_KIND_LIST:
        case FIELD_KIND_OBJECT_MAP:
                return sizeof(void *);
        default:
                return 0; /* owns nothing, the next value replaces it */
        }
}

static void list_done(const Field *field, void *object) {
        void **items = field_pointer(object, field->offset);
        size_t *n_items = field_pointer(object, field->count_offset);

        for (size_t i = 0; i < *n_items; i++) {
                void *item = field_pointer(*items, i * field->type->size);

                if (field->kind == FIELD_KIND_OBJECT_MAP)
                        free(*(char **) item);
                object_done(field->type, item);
        }
        free(*items);
}

static void field_done(const Field *field, void *object) {
        void *member = field_pointer(object, field->offset);

        switch (field->kind) {
        case FIELD_KIND_STRING:
        case FIELD_KIND_U32_LIST:
                free(*(void **) member);
                break;
        case FIELD_KIND_STRINGS:
                strv_free(*(char ***) member);
                break;
        case FIELD_KIND_MAP:
                spec_map_done(member);
                break;
        case FIELD_KIND_OBJECT:
                object_done(field->type, member);
                break;
        case FIELD_KIND_OPTIONAL_OBJECT:
                object_free(field->type, *(void **) member);
                break;
        case FIELD_KIND_LIST:
        case FIELD_KIND_OBJECT_MAP:
                list_done(field, object);
                break;
        case FIELD_KIND_BOOL:
        case FIELD_KIND_U32:
        case FIELD_KIND_I32:
        case FIELD_KIND_U64:
        case FIELD_KIND_I64:
        case FIELD_KIND_OPTIONAL_BOOL:
        case FIELD_KIND_OPTIONAL_U32:
        case FIELD_KIND_OPTIONAL_I32:
        case FIELD_KIND_OPTIONAL_U64:
        case FIELD_KIND_OPTIONAL_I64:
        case FIELD_KIND_ENUM:
        case FIELD_KIND_SET:
                break;
        }
}

void field_clear(const Field *field, void *object) {
        field_done(field, object);
        memset(field_pointer(object, field->offset), 0, field_size(field));
        if (field->count_offset > 0)
                *(size_t *) field_pointer(object, field->count_offset) = 0;
}

void object_done(const ObjectType *type, void *object) {
        for (const Field *field = type->fields; field->name; field++)
                field_done(field, object);
        memset(object, 0, type->size);
}

void *object_free(const ObjectType *type, void *object) {
        if (!object)
                return NULL;
        object_done(type, object);
        free(object);
        return NULL;
}
