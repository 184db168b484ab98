/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A small reader of GVariant text. The texts are hostile: nothing is guessed, and the whole text must be the value. */

#include "resource/variant.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"

#define USEC 1000000

static void skip_space(const char **p) {
        while (isspace((unsigned char) **p))
                (*p)++;
}

/* A quoted string; the quote is ' or ". */
static int read_string(const char **p, char **ret) {
        Text text = {};
        char quote = **p;

        if (quote != '\'' && quote != '"')
                return -EINVAL;
        for ((*p)++; **p != quote; (*p)++) {
                static const char escapes[] = "n\nt\tr\r\\\\''\"\"";

                if (!**p) {
                        text_done(&text);
                        return -EINVAL;
                }
                if (**p == '\\') {
                        const char *escape = NULL;

                        (*p)++;
                        for (const char *e = escapes; *e && !escape; e += 2)
                                if (*e == **p)
                                        escape = e + 1;
                        if (!escape) {
                                text_done(&text);
                                return -EINVAL;
                        }
                        text_add_bytes(&text, escape, 1);
                } else
                        text_add_bytes(&text, *p, 1);
        }
        (*p)++;
        *ret = text_take(&text);
        return *ret ? 0 : -ENOMEM;
}

static int read_strings(const char **p, char ***ret) {
        CLEANUP(strv_freep) char **strings = NULL;

        if (**p != '[')
                return -EINVAL;
        (*p)++;
        skip_space(p);
        while (**p != ']') {
                char *string;
                int r = read_string(p, &string);

                if (r < 0)
                        return r;
                r = strv_append_take(&strings, string);
                if (r < 0)
                        return r;
                skip_space(p);
                if (**p == ',')
                        (*p)++;
                else if (**p != ']')
                        return -EINVAL;
                skip_space(p);
        }
        (*p)++;
        *ret = TAKE_PTR(strings);
        return 0;
}

/* A number as sign and magnitude, with the type that its prefix says. */
typedef struct Number {
        bool negative, bare, fraction;
        uint64_t magnitude;
        double real;
        PropertyType type;
} Number;

static int read_number(const char **p, Number *ret) {
        static const struct {
                const char *word;
                PropertyType type;
        } prefixes[] = {
                { "uint64 ", PROPERTY_U64 }, { "int64 ", PROPERTY_I64 }, { "uint32 ", PROPERTY_U32 }, { "int32 ", PROPERTY_I32 },
                { "uint16 ", PROPERTY_U32 }, { "int16 ", PROPERTY_I32 }, { "byte ", PROPERTY_U32 },
        };
        Number number = { .bare = true, .type = PROPERTY_I32 };
        char *end;

        FOREACH_ELEMENT(prefix, prefixes) {
                const char *rest = number.bare ? startswith(*p, prefix->word) : NULL;

                if (rest) {
                        *p = rest;
                        number.bare = false;
                        number.type = prefix->type;
                }
        }
        skip_space(p);
        if (**p == '-' || **p == '+')
                number.negative = *(*p)++ == '-';
        if (!isdigit((unsigned char) **p))
                return -EINVAL;
        errno = 0;
        number.magnitude = strtoull(*p, &end, startswith(*p, "0x") ? 16 : 10);
        if (errno != 0)
                return -ERANGE;
        if (*end == '.' && number.bare) {
                number.fraction = true;
                number.real = strtod(*p, &end);
        }
        *p = end;
        *ret = number;
        return 0;
}

/* Seconds become microseconds whatever integer type they had. */
static int set_usec(const Number *number, Property *property) {
        if (number->negative)
                return -ERANGE;
        if (number->fraction) {
                if (!(number->real * USEC < 9e18))
                        return -ERANGE;
                property->u64 = (uint64_t) (number->real * USEC + 0.5);
        } else if (__builtin_mul_overflow(number->magnitude, (uint64_t) USEC, &property->u64))
                return -ERANGE;
        return 0;
}

static int set_number(const Number *number, PropertyType wanted, Property *property) {
        static const struct {
                PropertyType type;
                uint64_t below, above; /* magnitudes */
        } ranges[] = {
                { PROPERTY_I32, (uint64_t) INT32_MAX + 1, INT32_MAX },
                { PROPERTY_U32, 0, UINT32_MAX },
                { PROPERTY_I64, (uint64_t) INT64_MAX + 1, INT64_MAX },
                { PROPERTY_U64, 0, UINT64_MAX },
        };

        if (number->fraction || (!number->bare && number->type != wanted))
                return -EPROTOTYPE;
        FOREACH_ELEMENT(range, ranges)
                if (range->type == wanted) {
                        if (number->magnitude > (number->negative ? range->below : range->above))
                                return -ERANGE;
                        property->u64 = number->negative ? 0 - number->magnitude : number->magnitude;
                        if (wanted == PROPERTY_I32 || wanted == PROPERTY_I64)
                                property->i64 = (int64_t) property->u64;
                        return 0;
                }
        return -EPROTOTYPE;
}

static int read_boolean(const char **p, bool *ret) {
        const char *rest;

        if ((rest = startswith(*p, "true")))
                *ret = true;
        else if ((rest = startswith(*p, "false")))
                *ret = false;
        else
                return -EINVAL;
        *p = rest;
        return 0;
}

static int read_value(const char **p, PropertyType wanted, bool as_usec, Property *property) {
        Number number;
        bool boolean;
        int r;

        if (**p == '\'' || **p == '"')
                return wanted == PROPERTY_STRING ? read_string(p, &property->string) : -EPROTOTYPE;
        if (**p == '[')
                return wanted == PROPERTY_STRV ? read_strings(p, &property->strv) : -EPROTOTYPE;
        if (read_boolean(p, &boolean) >= 0) {
                property->boolean = boolean;
                return wanted == PROPERTY_BOOL ? 0 : -EPROTOTYPE;
        }
        r = read_number(p, &number);
        if (r < 0)
                return r;
        return as_usec ? set_usec(&number, property) : set_number(&number, wanted, property);
}

int variant_parse(const char *text, PropertyType wanted, bool as_usec, Property *property) {
        Property value = { .type = wanted };
        const char *p = text;
        int r;

        skip_space(&p);
        r = read_value(&p, wanted, as_usec, &value);
        if (r >= 0) {
                skip_space(&p);
                if (*p)
                        r = -EINVAL;
        }
        if (r < 0) {
                property_done(&value);
                return r;
        }
        value.name = property->name;
        value.owned_name = property->owned_name;
        value.field = property->field;
        value.optional = property->optional;
        *property = value;
        return 0;
}
