/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "spec/value.h"
#include "spec/writer.h"

/* The table engine. A JSON object is described by one table with one row for each property; the same table reads text into a
 * struct, frees the struct and writes it as text again. A row macro fails to compile when the struct's member has not the type
 * that its kind writes.
 *
 *         static const Field point_fields[] = {
 *                 FIELD_I64("x", Point, x, FIELD_REQUIRED),
 *                 FIELD_STRING("label", Point, label, 0),
 *                 {}
 *         };
 *         static OBJECT_TYPE(point_type, Point, point_fields);
 */

typedef enum FieldKind {
        FIELD_KIND_STRING = 1,          /* char *, NULL when absent */
        FIELD_KIND_BOOL,
        FIELD_KIND_U32,
        FIELD_KIND_I32,
        FIELD_KIND_U64,
        FIELD_KIND_I64,
        FIELD_KIND_OPTIONAL_BOOL,       /* the structs of spec/value.h */
        FIELD_KIND_OPTIONAL_U32,
        FIELD_KIND_OPTIONAL_I32,
        FIELD_KIND_OPTIONAL_U64,
        FIELD_KIND_OPTIONAL_I64,
        FIELD_KIND_ENUM,                /* any enum, 0 when absent; "" is absent too, as Go's callers write it */
        FIELD_KIND_SET,                 /* SpecSet: an array of words */
        FIELD_KIND_STRINGS,             /* char **, NULL when absent */
        FIELD_KIND_U32_LIST,            /* uint32_t * with n_ */
        FIELD_KIND_MAP,                 /* SpecMap: an object whose values are strings */
        FIELD_KIND_OBJECT,              /* a struct inside the struct */
        FIELD_KIND_OPTIONAL_OBJECT,     /* pointer to a struct */
        FIELD_KIND_LIST,                /* pointer to structs with n_: an array of objects */
        FIELD_KIND_OBJECT_MAP,          /* the same from an object of objects, whose keys go to the struct's first member */
} FieldKind;

typedef enum FieldFlags {
        FIELD_REQUIRED = 1 << 0,        /* reading fails when it is absent; writing never leaves it out */
        FIELD_ALWAYS = 1 << 1,          /* written even when false or 0 */
        FIELD_NOT_EMPTY = 1 << 2,       /* "" and [] are refused */
} FieldFlags;

typedef struct FieldWord {
        const char *name;       /* NULL ends the table */
        unsigned value;         /* below 64; when two names have one value, the first is written */
} FieldWord;

typedef struct ObjectType ObjectType;

typedef struct Field {
        const char *name;       /* NULL ends the table */
        FieldKind kind;
        unsigned flags;
        size_t offset;
        size_t count_offset;    /* of n_<member> */
        int64_t minimum;        /* of numbers */
        uint64_t maximum;
        const FieldWord *words;
        const ObjectType *type;
        /* Of lists that may be written as a string of lines: one line into a zeroed item; false for what is none. */
        bool (*read_line)(const char *line, void *item);
} Field;

struct ObjectType {
        size_t size;
        const Field *fields;    /* at most 64 */
        const char *complaint;  /* words that begin each error about a member, before its name; NULL: none */
};

/* How text is read. The OCI form is strict where JSON is; the older form was only ever read by Go, whose encoding/json is lax. */
typedef enum ObjectOptions {
        OBJECT_ANY_CASE = 1 << 0,       /* names match without regard to case, the last one counts; objects are merged */
        OBJECT_TRAILING_DATA = 1 << 1,  /* what follows the object is not looked at */
        OBJECT_DUPLICATES = 1 << 2,     /* the last of several properties of one name counts */
        OBJECT_INVALID_UTF8 = 1 << 3,
        OBJECT_NULL_ITEMS = 1 << 4,     /* null in a list or map is "", 0 or an object without properties */
        OBJECT_LIKE_GO = OBJECT_ANY_CASE | OBJECT_TRAILING_DATA | OBJECT_DUPLICATES | OBJECT_INVALID_UTF8 | OBJECT_NULL_ITEMS,
} ObjectOptions;

/* Reads the text of one object into a new struct. place is what the paths in errors begin with (NULL for nothing). null means
 * absent: Go's callers write it for empty lists. Unknown properties are skipped with a debug message (config.md, Extensibility).
 * Text is read up to size_max bytes. -EINVAL with the path of the property, or for text that is no JSON with its line; -EFBIG;
 * -ENOMEM. */
int object_parse(
                const ObjectType *type, const char *text, size_t size, size_t size_max, unsigned options, const char *place,
                void **ret, Error *error);

/* Frees what one member owns; it is absent then. */
void field_clear(const Field *field, void *object);
/* Frees what the members own and zeroes the struct. */
void object_done(const ObjectType *type, void *object);
/* The same, and the struct. Takes NULL, returns NULL. */
void *object_free(const ObjectType *type, void *object);

/* Writes the object's braces and members, without what is absent. */
void object_write(const ObjectType *type, const void *object, const char *name, Writer *writer);
/* The object as text, indented with a newline at the end, or compact; NULL without memory. */
char *object_to_json(const ObjectType *type, const void *object, bool compact);

/* The word's value or 0; the value's first word or NULL. */
unsigned field_word_value(const FieldWord *words, const char *name);
const char *field_word_name(const FieldWord *words, unsigned value);

/* Where a member is. */
static inline void *field_pointer(void *object, size_t offset) {
        return (uint8_t *) object + offset;
}
static inline const void *field_pointer_const(const void *object, size_t offset) {
        return (const uint8_t *) object + offset;
}

/* 0, if the member's type is right. */
#define FIELD_MEMBER(type_, member_) (((type_ *) 0)->member_)
#define FIELD_ASSERT(condition) \
        (0 * sizeof(struct { _Static_assert(condition, "the member has another type than the row's kind"); int unused; }))
#define FIELD_IS(type_, member_, wanted) \
        FIELD_ASSERT(__builtin_types_compatible_p(__typeof__(FIELD_MEMBER(type_, member_)), wanted))
/* A pointer to const data would be freed all the same: such a struct is only ever filled by its owner, or by the engine. */
#define FIELD_IS_STRING(type_, member_) \
        FIELD_ASSERT(__builtin_types_compatible_p(__typeof__(FIELD_MEMBER(type_, member_)), char *) || \
                     __builtin_types_compatible_p(__typeof__(FIELD_MEMBER(type_, member_)), const char *))

#define FIELD_ROW(name_, kind_, type_, member_, flags_, check) \
        .name = (name_), .kind = (kind_), .flags = (flags_), .offset = offsetof(type_, member_) + (check)
#define FIELD_NUMBER(name_, kind_, wanted, type_, member_, flags_, minimum_, maximum_) \
        { FIELD_ROW(name_, kind_, type_, member_, flags_, FIELD_IS(type_, member_, wanted)), \
          .minimum = (minimum_), .maximum = (maximum_) }
#define FIELD_COUNTED(name_, kind_, type_, member_, flags_, check) \
        FIELD_ROW(name_, kind_, type_, member_, flags_, (check) + FIELD_IS(type_, n_##member_, size_t)), \
                .count_offset = offsetof(type_, n_##member_)

#define FIELD_STRING(name_, type_, member_, flags_) \
        { FIELD_ROW(name_, FIELD_KIND_STRING, type_, member_, flags_, FIELD_IS_STRING(type_, member_)) }
#define FIELD_STRINGS(name_, type_, member_, flags_) \
        { FIELD_ROW(name_, FIELD_KIND_STRINGS, type_, member_, flags_, FIELD_IS(type_, member_, char **)) }
#define FIELD_MAP(name_, type_, member_, flags_) \
        { FIELD_ROW(name_, FIELD_KIND_MAP, type_, member_, flags_, FIELD_IS(type_, member_, SpecMap)) }
#define FIELD_BOOL(name_, type_, member_, flags_) \
        { FIELD_ROW(name_, FIELD_KIND_BOOL, type_, member_, flags_, FIELD_IS(type_, member_, bool)) }
#define FIELD_OPTIONAL_BOOL(name_, type_, member_, flags_) \
        { FIELD_ROW(name_, FIELD_KIND_OPTIONAL_BOOL, type_, member_, flags_, FIELD_IS(type_, member_, OptionalBool)) }

#define FIELD_U32_TO(name_, type_, member_, flags_, maximum_) \
        FIELD_NUMBER(name_, FIELD_KIND_U32, uint32_t, type_, member_, flags_, 0, maximum_)
#define FIELD_U32(name_, type_, member_, flags_) FIELD_U32_TO(name_, type_, member_, flags_, UINT32_MAX)
#define FIELD_I32_IN(name_, type_, member_, flags_, minimum_, maximum_) \
        FIELD_NUMBER(name_, FIELD_KIND_I32, int32_t, type_, member_, flags_, minimum_, maximum_)
#define FIELD_U64(name_, type_, member_, flags_) \
        FIELD_NUMBER(name_, FIELD_KIND_U64, uint64_t, type_, member_, flags_, 0, UINT64_MAX)
#define FIELD_I64_IN(name_, type_, member_, flags_, minimum_, maximum_) \
        FIELD_NUMBER(name_, FIELD_KIND_I64, int64_t, type_, member_, flags_, minimum_, maximum_)
#define FIELD_I64(name_, type_, member_, flags_) FIELD_I64_IN(name_, type_, member_, flags_, INT64_MIN, INT64_MAX)
#define FIELD_OPTIONAL_U32_TO(name_, type_, member_, flags_, maximum_) \
        FIELD_NUMBER(name_, FIELD_KIND_OPTIONAL_U32, OptionalU32, type_, member_, flags_, 0, maximum_)
#define FIELD_OPTIONAL_U32(name_, type_, member_, flags_) FIELD_OPTIONAL_U32_TO(name_, type_, member_, flags_, UINT32_MAX)
#define FIELD_OPTIONAL_I32_IN(name_, type_, member_, flags_, minimum_, maximum_) \
        FIELD_NUMBER(name_, FIELD_KIND_OPTIONAL_I32, OptionalI32, type_, member_, flags_, minimum_, maximum_)
#define FIELD_OPTIONAL_U64_TO(name_, type_, member_, flags_, maximum_) \
        FIELD_NUMBER(name_, FIELD_KIND_OPTIONAL_U64, OptionalU64, type_, member_, flags_, 0, maximum_)
#define FIELD_OPTIONAL_U64(name_, type_, member_, flags_) FIELD_OPTIONAL_U64_TO(name_, type_, member_, flags_, UINT64_MAX)
#define FIELD_OPTIONAL_I64_IN(name_, type_, member_, flags_, minimum_, maximum_) \
        FIELD_NUMBER(name_, FIELD_KIND_OPTIONAL_I64, OptionalI64, type_, member_, flags_, minimum_, maximum_)
#define FIELD_OPTIONAL_I64(name_, type_, member_, flags_) \
        FIELD_OPTIONAL_I64_IN(name_, type_, member_, flags_, INT64_MIN, INT64_MAX)

/* An enum is an unsigned int unless it has negative values, for which there is no word. */
#define FIELD_ENUM(name_, type_, member_, flags_, words_) \
        { FIELD_ROW(name_, FIELD_KIND_ENUM, type_, member_, flags_, \
                    FIELD_ASSERT(sizeof(FIELD_MEMBER(type_, member_)) == sizeof(unsigned) && \
                                 (__typeof__(FIELD_MEMBER(type_, member_))) -1 > 0)), .words = (words_) }
#define FIELD_SET(name_, type_, member_, flags_, words_) \
        { FIELD_ROW(name_, FIELD_KIND_SET, type_, member_, flags_, FIELD_IS(type_, member_, SpecSet)), .words = (words_) }

#define FIELD_U32_LIST(name_, type_, member_, flags_) \
        { FIELD_COUNTED(name_, FIELD_KIND_U32_LIST, type_, member_, flags_, FIELD_IS(type_, member_, uint32_t *)), \
          .maximum = UINT32_MAX }
#define FIELD_OBJECT(name_, type_, member_, flags_, object_) \
        { FIELD_ROW(name_, FIELD_KIND_OBJECT, type_, member_, flags_, FIELD_IS(type_, member_, object_##_struct)), \
          .type = &(object_) }
#define FIELD_OPTIONAL_OBJECT(name_, type_, member_, flags_, object_) \
        { FIELD_ROW(name_, FIELD_KIND_OPTIONAL_OBJECT, type_, member_, flags_, FIELD_IS(type_, member_, object_##_struct *)), \
          .type = &(object_) }
#define FIELD_LIST(name_, type_, member_, flags_, object_) \
        { FIELD_COUNTED(name_, FIELD_KIND_LIST, type_, member_, flags_, FIELD_IS(type_, member_, object_##_struct *)), \
          .type = &(object_) }
/* An array of objects, or a string of lines. */
#define FIELD_LIST_OR_LINES(name_, type_, member_, object_, read_line_) \
        { FIELD_COUNTED(name_, FIELD_KIND_LIST, type_, member_, 0, FIELD_IS(type_, member_, object_##_struct *)), \
          .type = &(object_), .read_line = (read_line_) }
/* key_ is the struct's first member. */
#define FIELD_OBJECT_MAP(name_, type_, member_, flags_, key_, object_) \
        { FIELD_COUNTED(name_, FIELD_KIND_OBJECT_MAP, type_, member_, flags_, \
                        FIELD_IS(type_, member_, object_##_struct *) + FIELD_IS(object_##_struct, key_, char *) + \
                                FIELD_ASSERT(offsetof(object_##_struct, key_) == 0)), \
          .type = &(object_) }

/* Defines a type ("static OBJECT_TYPE(...);"), or declares one in a header. Rows check their member against struct_. */
#define OBJECT_TYPE_COMPLAINING(name_, struct_, fields_, complaint_) \
        const ObjectType name_ = { sizeof(struct_), fields_, complaint_ }; \
        typedef struct_ name_##_struct
#define OBJECT_TYPE(name_, struct_, fields_) OBJECT_TYPE_COMPLAINING(name_, struct_, fields_, NULL)
#define OBJECT_TYPE_DECLARE(name_, struct_) \
        extern const ObjectType name_; \
        typedef struct_ name_##_struct
