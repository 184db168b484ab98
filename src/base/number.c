/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Numbers from text. Invariant: what is not wholly a number in range is refused, never cut or wrapped (CVE-2026-30892: "-u 1" read as 0:0). */

#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int parse_unsigned(const char *string, int base, const char **end, uint64_t *ret) {
        unsigned long long value;
        char *e;

        if (!isdigit((unsigned char) string[0]))
                return -EINVAL;
        errno = 0;
        value = strtoull(string, &e, base);
        if (e == string)
                return -EINVAL;
        if (errno != 0)
                return -errno;
        *end = e;
        *ret = value;
        return 0;
}

int number_parse_u64(const char *string, uint64_t maximum, uint64_t *ret) {
        const char *end;
        uint64_t value;
        int r = parse_unsigned(string, 10, &end, &value);

        if (r < 0)
                return r;
        if (*end)
                return -EINVAL;
        if (value > maximum)
                return -ERANGE;
        *ret = value;
        return 0;
}

int number_parse_i64(const char *string, int64_t minimum, int64_t maximum, int64_t *ret) {
        bool negative = string[0] == '-';
        uint64_t magnitude;
        int64_t value;
        int r = number_parse_u64(string + negative, (uint64_t) INT64_MAX + negative, &magnitude);

        if (r < 0)
                return r;
        value = negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
        if (value < minimum || value > maximum)
                return -ERANGE;
        *ret = value;
        return 0;
}

int number_parse_u32(const char *string, uint32_t *ret) {
        uint64_t value;
        int r = number_parse_u64(string, UINT32_MAX, &value);

        if (r < 0)
                return r;
        *ret = (uint32_t) value;
        return 0;
}

int number_parse_pid(const char *string, pid_t *ret) {
        uint64_t value;
        int r = number_parse_u64(string, INT_MAX, &value);

        if (r < 0)
                return r;
        if (value == 0)
                return -ERANGE;
        *ret = (pid_t) value;
        return 0;
}

int number_parse_mode(const char *string, mode_t *ret) {
        const char *end;
        uint64_t value;
        int r = parse_unsigned(string, 8, &end, &value);

        if (r < 0)
                return r;
        if (*end)
                return -EINVAL;
        if (value > 07777)
                return -ERANGE;
        *ret = (mode_t) value;
        return 0;
}

int number_parse_size(const char *string, uint64_t *ret) {
        static const char units[] = "kmgt";
        const char *end, *unit;
        uint64_t value;
        unsigned shift = 0;
        int r = parse_unsigned(string, 10, &end, &value);

        if (r < 0)
                return r;
        unit = *end ? strchr(units, tolower((unsigned char) *end)) : NULL;
        if (unit) {
                shift = (unsigned) (unit - units + 1) * 10;
                end++;
                if (strcasecmp(end, "b") == 0 || strcasecmp(end, "ib") == 0)
                        end += strlen(end);
        } else if (strcasecmp(end, "b") == 0)
                end++;
        if (*end)
                return -EINVAL;
        if (shift > 0 && value > (UINT64_MAX >> shift))
                return -ERANGE;
        *ret = value << shift;
        return 0;
}

int number_set_parse(const char *string, NumberSet *ret) {
        NumberSet set = {};

        for (const char *p = string; *p;) {
                uint64_t first, last;
                int r = parse_unsigned(p, 10, &p, &first);

                if (r < 0)
                        return r;
                last = first;
                if (*p == '-') {
                        r = parse_unsigned(p + 1, 10, &p, &last);
                        if (r < 0)
                                return r;
                }
                if (last < first)
                        return -EINVAL;
                if (last >= NUMBER_SET_MAX)
                        return -ERANGE;
                for (uint64_t i = first; i <= last; i++)
                        set.bits[i / 8] |= (uint8_t) (1U << (i % 8));
                if (last / 8 + 1 > set.n_bytes)
                        set.n_bytes = last / 8 + 1;
                if (*p == ',' && p[1])
                        p++;
                else if (*p)
                        return -EINVAL;
        }
        *ret = set;
        return 0;
}
