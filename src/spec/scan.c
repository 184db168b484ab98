/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Refuses what json-c accepts although RFC 8259 does not, or changes without a word:
 *   - NaN, Infinity, 'quoted so', comments
 *   - a comma before a closing bracket, numbers such as 01, 1. and 1e
 *   - integers beyond 64 bits, which saturate
 *   - names with an escaped NUL, which end there, so that "root\u0000x" is read as "root"
 *   - a name twice in an object, of which the last wins (here members are counted, the caller compares with what json-c kept)
 * json-c's strict mode refuses some of these, but strict mode of json-c 0.18 also refuses every character above 0x7f (json-c issue 892).
 * Only these are looked for; all other grammar is json-c's. Called by spec/tree.c alone. Invariant: never reads at or past text + size. */

#include "spec/scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct Scan {
        const char *text;
        size_t size;
        size_t offset;
        bool nul_in_string;     /* the last string had one */
} Scan;

size_t scan_line(const char *text, size_t offset) {
        size_t line = 1;

        for (size_t i = 0; i < offset; i++)
                line += text[i] == '\n';
        return line;
}

static int scan_error(const Scan *scan, const char *what, Error *error) {
        size_t start = scan->offset;

        while (start > 0 && scan->text[start - 1] != '\n')
                start--;
        return error_set(error, -EINVAL, "JSON, line %zu, column %zu: %s", scan_line(scan->text, scan->offset),
                         scan->offset - start + 1, what);
}

/* From the opening quote to behind the closing one. */
static int scan_string(Scan *scan, Error *error) {
        static const char nul[] = "\\u0000";
        size_t start = scan->offset++;

        scan->nul_in_string = false;
        for (; scan->offset < scan->size; scan->offset++) {
                unsigned char c = (unsigned char) scan->text[scan->offset];

                if (c == '"') {
                        scan->offset++;
                        return 0;
                }
                if (c < 0x20)
                        return scan_error(scan, "a control character in a string", error);
                if (c != '\\')
                        continue;
                if (scan->size - scan->offset >= strlen(nul) && memcmp(scan->text + scan->offset, nul, strlen(nul)) == 0)
                        scan->nul_in_string = true;
                scan->offset++;
        }
        scan->offset = start;
        return scan_error(scan, "a string without an end", error);
}

static bool number_character(char c) {
        return isdigit((unsigned char) c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Digits from text on, at most length of them. */
static size_t count_digits(const char *text, size_t length) {
        size_t n = 0;

        while (n < length && isdigit((unsigned char) text[n]))
                n++;
        return n;
}

/* RFC 8259, section 6: [-] digits [. digits] [e [+-] digits]; *ret_whole: neither fraction nor exponent. */
static const char *check_number(const char *text, size_t length, bool *ret_whole) {
        size_t at = text[0] == '-', n = count_digits(text + at, length - at);

        if (n == 0)
                return "a number without digits";
        /* Someone means octal. */
        if (n > 1 && text[at] == '0')
                return "a number with a leading zero";
        at += n;
        *ret_whole = at == length;
        if (at < length && text[at] == '.') {
                n = count_digits(text + at + 1, length - at - 1);
                if (n == 0)
                        return "a number without digits after its point";
                at += 1 + n;
        }
        if (at < length && (text[at] == 'e' || text[at] == 'E')) {
                at++;
                at += at < length && (text[at] == '+' || text[at] == '-');
                n = count_digits(text + at, length - at);
                if (n == 0)
                        return "a number without digits in its exponent";
                at += n;
        }
        return at < length ? "not a number" : NULL;
}

static bool fits_64_bits(const char *text, size_t length) {
        char digits[32];

        if (length >= sizeof digits)
                return false;
        memcpy(digits, text, length);
        digits[length] = '\0';
        errno = 0;
        if (digits[0] == '-')
                (void) strtoll(digits, NULL, 10);
        else
                (void) strtoull(digits, NULL, 10);
        return errno != ERANGE;
}

static int scan_number(Scan *scan, Error *error) {
        const char *text = scan->text + scan->offset, *fault;
        size_t length = 0;
        bool whole;

        while (scan->offset + length < scan->size && number_character(text[length]))
                length++;
        fault = check_number(text, length, &whole);
        if (!fault && whole && !fits_64_bits(text, length))
                fault = "a number that does not fit in 64 bits";
        if (fault)
                return scan_error(scan, fault, error);
        scan->offset += length;
        return 0;
}

/* true, false or null. */
static int scan_word(Scan *scan, Error *error) {
        static const char *const words[] = { "true", "false", "null" };

        FOREACH_ELEMENT(word, words)
                if (scan->size - scan->offset >= strlen(*word) && memcmp(scan->text + scan->offset, *word, strlen(*word)) == 0) {
                        scan->offset += strlen(*word);
                        return 0;
                }
        return scan_error(scan, "neither a value nor punctuation", error);
}

static int scan_token(Scan *scan, Error *error) {
        char c = scan->text[scan->offset];

        if (c == '"')
                return scan_string(scan, error);
        if (isdigit((unsigned char) c) || c == '-')
                return scan_number(scan, error);
        if (c != '\0' && strchr("{}[]:, \t\r\n", c)) {
                scan->offset++;
                return 0;
        }
        return scan_word(scan, error);
}

int scan_json(const char *text, size_t size, ScanResult *ret, Error *error) {
        Scan scan = { .text = text, .size = size };
        size_t depth = 0, n_members = 0;
        bool filled = false, after_comma = false;
        int r;

        while (scan.offset < size) {
                char c = text[scan.offset];

                if (c == ':' && scan.nul_in_string)
                        return scan_error(&scan, "the name of a property contains NUL", error);
                if (c == ':')
                        n_members++;
                if (c == '{' || c == '[')
                        depth++;
                if ((c == '}' || c == ']') && after_comma)
                        return scan_error(&scan, "a comma before the end of an object or array", error);
                if ((c == '}' || c == ']') && depth > 0)
                        depth--;
                if (!strchr(" \t\r\n", c) || c == '\0') {
                        filled = true;
                        after_comma = c == ',';
                }
                r = scan_token(&scan, error);
                if (r < 0)
                        return r;
                if (filled && depth == 0) {
                        *ret = (ScanResult) { .end = scan.offset, .n_members = n_members };
                        return 0;
                }
        }
        return scan_error(&scan, filled ? "the text ends too early" : "the text is empty", error);
}
