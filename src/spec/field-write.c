/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tables to text. Invariant: what is written can be read again by the same table and gives the same object. */

#include "spec/field.h"

#include <stdlib.h>

#include "base/strv.h"

static void write_set(const Field *field, SpecSet set, Writer *writer) {
        writer_open(writer, field->name, '[');
        for (unsigned value = 1; value < 64; value++) {
                const char *word = spec_set_has(set, value) ? field_word_name(field->words, value) : NULL;

                if (word)
                        writer_string(writer, NULL, word);
        }
        writer_close(writer, ']');
}

static void write_map(const Field *field, const SpecMap *map, Writer *writer) {
        writer_open(writer, field->name, '{');
        for (size_t i = 0; i < map->n_items; i++)
                writer_string(writer, map->items[i].key, map->items[i].value);
        writer_close(writer, '}');
}

static void write_list(const Field *field, const void *object, Writer *writer) {
        const void *const *items = field_pointer_const(object, field->offset);
        size_t n_items = *(const size_t *) field_pointer_const(object, field->count_offset);
        bool by_key = field->kind == FIELD_KIND_OBJECT_MAP;

        writer_open(writer, field->name, by_key ? '{' : '[');
        for (size_t i = 0; i < n_items; i++) {
                const void *item = field_pointer_const(*items, i * field->type->size);

                object_write(field->type, item, by_key ? *(char *const *) item : NULL, writer);
        }
        writer_close(writer, by_key ? '}' : ']');
}

static void write_u32_list(const Field *field, const void *object, Writer *writer) {
        const uint32_t *const *items = field_pointer_const(object, field->offset);
        size_t n_items = *(const size_t *) field_pointer_const(object, field->count_offset);

        writer_open(writer, field->name, '[');
        for (size_t i = 0; i < n_items; i++)
                writer_u64(writer, NULL, (*items)[i]);
        writer_close(writer, ']');
}

/* Whether an object would have no members. */
static bool object_absent(const ObjectType *type, const void *object);

static bool field_absent(const Field *field, const void *object) {
        const void *member = field_pointer_const(object, field->offset);

        switch (field->kind) {
        case FIELD_KIND_STRING:
        case FIELD_KIND_STRINGS:
        case FIELD_KIND_OPTIONAL_OBJECT:
                return !*(const void *const *) member;
        case FIELD_KIND_BOOL:
                return !*(const bool *) member;
        case FIELD_KIND_U32:
                return *(const uint32_t *) member == 0;
        case FIELD_KIND_I32:
                return *(const int32_t *) member == 0;
        case FIELD_KIND_U64:
                return *(const uint64_t *) member == 0;
        case FIELD_KIND_I64:
                return *(const int64_t *) member == 0;
        case FIELD_KIND_OPTIONAL_BOOL:
                return !((const OptionalBool *) member)->set;
        case FIELD_KIND_OPTIONAL_U32:
                return !((const OptionalU32 *) member)->set;
        case FIELD_KIND_OPTIONAL_I32:
                return !((const OptionalI32 *) member)->set;
        case FIELD_KIND_OPTIONAL_U64:
                return !((const OptionalU64 *) member)->set;
        case FIELD_KIND_OPTIONAL_I64:
                return !((const OptionalI64 *) member)->set;
        case FIELD_KIND_ENUM:
                return *(const unsigned *) member == 0;
        case FIELD_KIND_SET:
                return !((const SpecSet *) member)->set;
        case FIELD_KIND_MAP:
                return ((const SpecMap *) member)->n_items == 0;
        case FIELD_KIND_OBJECT:
                return object_absent(field->type, member);
        case FIELD_KIND_U32_LIST:
        case FIELD_KIND_LIST:
        case FIELD_KIND_OBJECT_MAP:
                return *(const size_t *) field_pointer_const(object, field->count_offset) == 0;
        }
        return true;
}

static bool object_absent(const ObjectType *type, const void *object) {
        for (const Field *field = type->fields; field->name; field++)
                if (!field_absent(field, object))
                        return false;
        return true;
}

static void write_scalar(const Field *field, const void *member, Writer *writer) {
        switch (field->kind) {
        case FIELD_KIND_BOOL:
                return writer_bool(writer, field->name, *(const bool *) member);
        case FIELD_KIND_U32:
                return writer_u64(writer, field->name, *(const uint32_t *) member);
        case FIELD_KIND_I32:
                return writer_i64(writer, field->name, *(const int32_t *) member);
        case FIELD_KIND_U64:
                return writer_u64(writer, field->name, *(const uint64_t *) member);
        case FIELD_KIND_I64:
                return writer_i64(writer, field->name, *(const int64_t *) member);
        case FIELD_KIND_OPTIONAL_BOOL:
                return writer_bool(writer, field->name, ((const OptionalBool *) member)->value);
        case FIELD_KIND_OPTIONAL_U32:
                return writer_u64(writer, field->name, ((const OptionalU32 *) member)->value);
        case FIELD_KIND_OPTIONAL_I32:
                return writer_i64(writer, field->name, ((const OptionalI32 *) member)->value);
        case FIELD_KIND_OPTIONAL_U64:
                return writer_u64(writer, field->name, ((const OptionalU64 *) member)->value);
        case FIELD_KIND_OPTIONAL_I64:
                return writer_i64(writer, field->name, ((const OptionalI64 *) member)->value);
        default:
                return;
        }
}

static void write_word(const Field *field, const void *member, Writer *writer) {
        const char *word = field_word_name(field->words, *(const unsigned *) member);

        writer_string(writer, field->name, word ? word : "");
}

static void field_write(const Field *field, const void *object, Writer *writer) {
        const void *member = field_pointer_const(object, field->offset);
        const char *string;

        switch (field->kind) {
        case FIELD_KIND_STRING:
                string = *(const char *const *) member;
                return writer_string(writer, field->name, string ? string : "");
        case FIELD_KIND_ENUM:
                return write_word(field, member, writer);
        case FIELD_KIND_SET:
                return write_set(field, *(const SpecSet *) member, writer);
        case FIELD_KIND_STRINGS:
                return writer_strings(writer, field->name, *(char *const *const *) member);
        case FIELD_KIND_MAP:
                return write_map(field, member, writer);
        case FIELD_KIND_U32_LIST:
                return write_u32_list(field, object, writer);
        case FIELD_KIND_LIST:
        case FIELD_KIND_OBJECT_MAP:
                return write_list(field, object, writer);
        case FIELD_KIND_OBJECT:
                return object_write(field->type, member, field->name, writer);
        case FIELD_KIND_OPTIONAL_OBJECT:
                return object_write(field->type, *(const void *const *) member, field->name, writer);
        default:
                return write_scalar(field, member, writer);
        }
}

void object_write(const ObjectType *type, const void *object, const char *name, Writer *writer) {
        writer_open(writer, name, '{');
        for (const Field *field = type->fields; object && field->name; field++)
                if ((field->flags & (FIELD_REQUIRED | FIELD_ALWAYS)) || !field_absent(field, object))
                        field_write(field, object, writer);
        writer_close(writer, '}');
}

char *object_to_json(const ObjectType *type, const void *object, bool compact) {
        Writer writer = { .compact = compact };

        object_write(type, object, NULL, &writer);
        if (!compact)
                text_add(&writer.text, "\n");
        return writer_take(&writer);
}
