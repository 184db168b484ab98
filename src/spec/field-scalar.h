/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "base/text.h"
#include "spec/field.h"

/* Single values of a text, each looked at before it is taken. Private to field-scalar.c and field-read.c. */

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

void place_write(const Place *place, Text *text);
/* Puts the place in front. Always negative: -EINVAL, or -ENOMEM. */
int scalar_fail(const Reader *reader, const Place *place, const char *format, ...) PRINTF(3, 4);
/* -EINVAL when the value is of another type; wanted: "a string". */
int scalar_expect(const Reader *reader, json_object *json, json_type type, const char *wanted, const Place *place);

/* *ret belongs to json. */
int scalar_get_string(const Reader *reader, json_object *json, const Place *place, const char **ret);
/* A copy, by the rules of the row. */
int scalar_read_string(const Reader *reader, const Field *field, json_object *json, const Place *place, char **ret);
int scalar_read_number(const Reader *reader, const Field *field, json_object *json, const Place *place, uint64_t *ret);
/* Into a member of the row's kind. */
int scalar_read_any_number(const Reader *reader, const Field *field, json_object *json, const Place *place, void *member);
int scalar_read_boolean(const Reader *reader, const Field *field, json_object *json, const Place *place, void *member);
/* The place of the word in the row's list. */
int scalar_read_word(const Reader *reader, const Field *field, json_object *json, const Place *place, unsigned *ret);
