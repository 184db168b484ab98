/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/text.h"

/* Writes JSON text from front to back. Initialise with {}, or { .compact = true } for one line. Inside an object every value
 * has a name, in an array and at the top none (NULL). A failed allocation shows at the end, in writer_take(). */
typedef struct Writer {
        Text text;
        bool compact;
        bool filled;    /* the innermost object or array has a member */
        unsigned depth;
} Writer;

void writer_open(Writer *writer, const char *name, char bracket); /* '{' or '[' */
void writer_close(Writer *writer, char bracket);                  /* '}' or ']' */
void writer_string(Writer *writer, const char *name, const char *value);
void writer_bool(Writer *writer, const char *name, bool value);
void writer_u64(Writer *writer, const char *name, uint64_t value);
void writer_i64(Writer *writer, const char *name, int64_t value);
/* An array of strings; NULL is an empty one. */
void writer_strings(Writer *writer, const char *name, char *const *values);
/* A value that is JSON text already. */
void writer_json(Writer *writer, const char *name, const char *json);

/* Hands the text over, without a newline at the end; NULL without memory. */
char *writer_take(Writer *writer);
void writer_done(Writer *writer);
