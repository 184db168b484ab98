/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The calendar (proleptic Gregorian, no leap seconds, as POSIX counts). Invariant: what utc_to_string() writes, utc_from_string() reads back. */

#include "base/utc.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/process.h"

#define SECONDS_PER_DAY 86400
#define YEAR_FIRST 1970
#define YEAR_LAST 9999

/* Days of a year before each month; the leap day is added where it counts. */
static const unsigned days_before_month[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

static bool is_leap(unsigned year) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* From the first day of the year 1 on. */
static unsigned days_before_year(unsigned year) {
        unsigned past = year - 1;

        return past * 365 + past / 4 - past / 100 + past / 400;
}

/* month: 0 to 12, where 12 is the length of the year. */
static unsigned days_in_year_before(unsigned year, unsigned month) {
        return days_before_month[month] + (month >= 2 && is_leap(year));
}

const char *utc_to_string(uint64_t usec, UtcPrecision precision, char buffer[static UTC_SIZE]) {
        uint64_t seconds = usec / USEC_PER_SEC, days = seconds / SECONDS_PER_DAY;
        unsigned second = (unsigned) (seconds % SECONDS_PER_DAY), year, month = 0, day;
        int length;

        if (days >= days_before_year(YEAR_LAST + 1) - days_before_year(YEAR_FIRST))
                return NULL;
        day = (unsigned) days + days_before_year(YEAR_FIRST);
        /* Never too late, and a few years early at most. */
        year = day / 366 + 1;
        while (day >= days_before_year(year + 1))
                year++;
        day -= days_before_year(year);
        while (day >= days_in_year_before(year, month + 1))
                month++;
        day -= days_in_year_before(year, month);
        length = snprintf(buffer, UTC_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u", year, month + 1, day + 1, second / 3600, second / 60 % 60, second % 60);
        if (precision == UTC_NANOSECONDS)
                snprintf(buffer + length, UTC_SIZE - (size_t) length, ".%09uZ", (unsigned) (usec % USEC_PER_SEC) * 1000U);
        else
                snprintf(buffer + length, UTC_SIZE - (size_t) length, "Z");
        return buffer;
}

/* So many digits as one number between two bounds, and then a character (0: whatever comes). */
static bool read_number(const char **string, unsigned digits, unsigned minimum, unsigned maximum, char behind, unsigned *ret) {
        unsigned number = 0;
        const char *p = *string;

        for (; digits > 0; digits--, p++) {
                if (*p < '0' || *p > '9')
                        return false;
                number = number * 10 + (unsigned) (*p - '0');
        }
        if (number < minimum || number > maximum || (behind && *p++ != behind))
                return false;
        *string = p;
        *ret = number;
        return true;
}

static bool read_fraction(const char **string, uint64_t *ret_usec) {
        uint64_t usec = 0, unit = USEC_PER_SEC / 10;
        const char *p = *string;

        *ret_usec = 0;
        if (*p != '.')
                return true;
        if (p[1] < '0' || p[1] > '9')
                return false;
        for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
                usec += (uint64_t) (*p - '0') * unit;
        *string = p;
        *ret_usec = usec;
        return true;
}

/* Up to the end of the string. */
static bool read_offset(const char *string, int64_t *ret_seconds) {
        bool west = *string == '-';
        unsigned hours, minutes;

        *ret_seconds = 0;
        if (*string == 'Z')
                return string[1] == '\0';
        if (*string != '+' && !west)
                return false;
        string++;
        if (!read_number(&string, 2, 0, 23, ':', &hours) || !read_number(&string, 2, 0, 59, 0, &minutes) || *string)
                return false;
        *ret_seconds = (int64_t) (hours * 3600 + minutes * 60) * (west ? -1 : 1);
        return true;
}

int utc_from_string(const char *string, uint64_t *ret) {
        unsigned year, month, day, hour, minute, second;
        int64_t offset, seconds;
        uint64_t usec;

        if (!read_number(&string, 4, 1, YEAR_LAST, '-', &year) || !read_number(&string, 2, 1, 12, '-', &month) ||
            !read_number(&string, 2, 1, days_in_year_before(year, month) - days_in_year_before(year, month - 1), 'T', &day) ||
            !read_number(&string, 2, 0, 23, ':', &hour) || !read_number(&string, 2, 0, 59, ':', &minute) ||
            /* A leap second is the next one's first. */
            !read_number(&string, 2, 0, 60, 0, &second) || !read_fraction(&string, &usec) || !read_offset(string, &offset))
                return -EINVAL;
        seconds = ((int64_t) days_before_year(year) - days_before_year(YEAR_FIRST) + days_in_year_before(year, month - 1) + day - 1) * SECONDS_PER_DAY +
                  hour * 3600 + minute * 60 + second - offset;
        if (seconds < 0)
                return -ERANGE;
        *ret = (uint64_t) seconds * USEC_PER_SEC + usec;
        return 0;
}
