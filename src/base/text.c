/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A string that grows; see the header for how failures are kept. Invariant: string[length] is NUL whenever string is set. */

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(Text *text, size_t more) {
        size_t needed = text->length + more + 1, size = text->allocated ? text->allocated : 64;
        char *string;

        if (text->failed)
                return false;
        if (needed <= text->allocated)
                return true;
        while (size < needed)
                size *= 2;
        string = realloc(text->string, size);
        if (!string) {
                text->failed = true;
                return false;
        }
        text->string = string;
        text->allocated = size;
        return true;
}

void text_add_bytes(Text *text, const void *bytes, size_t size) {
        if (!reserve(text, size))
                return;
        if (size > 0)
                memcpy(text->string + text->length, bytes, size);
        text->length += size;
        text->string[text->length] = '\0';
}

void text_add(Text *text, const char *string) {
        text_add_bytes(text, string, strlen(string));
}

void text_addv(Text *text, const char *format, va_list arguments) {
        va_list again;
        int length;

        va_copy(again, arguments);
        length = vsnprintf(NULL, 0, format, arguments);
        if (length < 0)
                text->failed = true;
        else if (reserve(text, (size_t) length)) {
                vsnprintf(text->string + text->length, (size_t) length + 1, format, again);
                text->length += (size_t) length;
        }
        va_end(again);
}

void text_addf(Text *text, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        text_addv(text, format, arguments);
        va_end(arguments);
}

/* Length of the UTF-8 sequence at s, or 0 for bytes that are none (overlong, surrogate, cut short). */
static size_t utf8_length(const unsigned char *s) {
        if (s[0] < 0x80)
                return 1;
        if (s[0] >= 0xc2 && s[0] < 0xe0)
                return (s[1] & 0xc0) == 0x80 ? 2 : 0;
        if ((s[0] & 0xf0) == 0xe0) {
                if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
                        return 0;
                if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
                        return 0;
                return 3;
        }
        if (s[0] >= 0xf0 && s[0] < 0xf5) {
                if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 || (s[3] & 0xc0) != 0x80)
                        return 0;
                if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
                        return 0;
                return 4;
        }
        return 0;
}

static unsigned code_point(const unsigned char *s, size_t length) {
        if (length == 1)
                return s[0];
        if (length == 2)
                return (s[0] & 0x1fU) << 6 | (s[1] & 0x3fU);
        if (length == 3)
                return (s[0] & 0x0fU) << 12 | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU);
        return (s[0] & 0x07U) << 18 | (s[1] & 0x3fU) << 12 | (s[2] & 0x3fU) << 6 | (s[3] & 0x3fU);
}

/* What a terminal obeys instead of showing it: C0, DEL and C1; and the marks and overrides of direction, by which text reads as what it is not. */
static bool is_control(const unsigned char *s, size_t length) {
        unsigned point = code_point(s, length);

        return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c || point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
                (point >= 0x2066 && point <= 0x2069);
}

void text_add_visible(Text *text, const void *bytes, size_t size, const char *kept) {
        for (const unsigned char *s = bytes, *end = s + size; s < end;) {
                unsigned char whole[5] = {};
                size_t length;

                memcpy(whole, s, (size_t) (end - s) < 4 ? (size_t) (end - s) : 4);
                length = utf8_length(whole);
                if (length > 0 && (!is_control(whole, length) || (*s && strchr(kept, *s))))
                        text_add_bytes(text, s, length);
                else
                        for (size_t i = 0; i < (length ? length : 1); i++)
                                text_addf(text, "\\x%02x", s[i]);
                s += length ? length : 1;
        }
}

void text_add_json_escaped(Text *text, const char *string) {
        static const char short_escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";

        for (const unsigned char *s = (const unsigned char *) string; *s;) {
                const char *escape = NULL;
                size_t length = utf8_length(s);

                for (const char *e = short_escapes; *e && !escape; e += 2)
                        if ((unsigned char) *e == *s)
                                escape = e + 1;
                if (escape)
                        text_addf(text, "\\%c", *escape);
                else if (length == 0)
                        text_add(text, "\\ufffd");
                else if (is_control(s, length))
                        text_addf(text, "\\u%04x", code_point(s, length));
                else
                        text_add_bytes(text, s, length);
                s += length ? length : 1;
        }
}

void text_add_json(Text *text, const char *string) {
        text_add(text, "\"");
        text_add_json_escaped(text, string);
        text_add(text, "\"");
}

void text_add_bits(Text *text, const uint8_t *bytes, size_t size) {
        const char *separator = "";

        for (size_t i = 0; i < 8 * size; i++) {
                size_t first = i;

                while (i < 8 * size && (bytes[i / 8] & 1U << i % 8))
                        i++;
                if (i == first)
                        continue;
                text_addf(text, i - first > 1 ? "%s%zu-%zu" : "%s%zu", separator, first, i - 1);
                separator = ",";
        }
}

char *text_take(Text *text) {
        if (text->failed || !reserve(text, 0)) {
                text_done(text);
                return NULL;
        }
        text->string[text->length] = '\0';
        text->length = text->allocated = 0;
        return TAKE_PTR(text->string);
}

void text_done(Text *text) {
        free(text->string);
        *text = (Text) {};
}
