/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

/* A string that grows. A failed allocation is remembered and everything after it does nothing, so a writer checks once, at the end. */
typedef struct Text {
        char *string;   /* always ends in NUL once something was added; NULL before */
        size_t length;  /* bytes without the NUL */
        size_t allocated;
        bool failed;
} Text;

void text_add(Text *text, const char *string);
void text_add_bytes(Text *text, const void *bytes, size_t size);
void text_addf(Text *text, const char *format, ...) PRINTF(2, 3);
void text_addv(Text *text, const char *format, va_list arguments) PRINTF(2, 0);
/* Adds what stands between the quotes of a JSON string (RFC 8259); bytes that are no UTF-8 become U+FFFD, and what a terminal would obey is escaped. */
void text_add_json_escaped(Text *text, const char *string);
/* Adds a JSON string with its quotes. */
void text_add_json(Text *text, const char *string);
/* A bit mask, lowest byte first, as the list of its bits: "0-3,7". */
void text_add_bits(Text *text, const uint8_t *bytes, size_t size);

/* Adds text of somebody else's that a terminal must not obey: control characters (C0 but for those in kept, DEL, C1), marks that change the direction of writing,
 * and bytes that are no UTF-8 become "\x1b" and the like. */
void text_add_visible(Text *text, const void *bytes, size_t size, const char *kept);

static inline bool text_failed(const Text *text) {
        return text->failed;
}

/* Hands the string over ("" when nothing was added), or NULL if an allocation failed. */
char *text_take(Text *text);
void text_done(Text *text);
