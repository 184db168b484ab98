/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/base/utc.h, against known dates and against libc. */

#include <errno.h>
#include <time.h>

#include "base/process.h"
#include "base/utc.h"
#include "test.h"

static const struct {
        uint64_t seconds;
        const char *text;
} known[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 86399, "1970-01-01T23:59:59Z" },
        { 68169599, "1972-02-28T23:59:59Z" },
        { 68169600, "1972-02-29T00:00:00Z" },
        { 68256000, "1972-03-01T00:00:00Z" },
        { 94694399, "1972-12-31T23:59:59Z" },
        { 951782399, "2000-02-28T23:59:59Z" },
        { 951782400, "2000-02-29T00:00:00Z" }, /* divisible by 400: a leap year */
        { 1450196520, "2015-12-15T16:22:00Z" },
        { 2147483647, "2038-01-19T03:14:07Z" }, /* the last one of a signed 32-bit time */
        { 2147483648, "2038-01-19T03:14:08Z" },
        { 4107542399, "2100-02-28T23:59:59Z" },
        { 4107542400, "2100-03-01T00:00:00Z" }, /* divisible by 100: none */
        { 4294967296, "2106-02-07T06:28:16Z" }, /* and past an unsigned one */
        { 253402300799, "9999-12-31T23:59:59Z" },
};

TEST(known_dates) {
        FOREACH_ELEMENT(row, known) {
                char buffer[UTC_SIZE];
                uint64_t usec;

                ASSERT_STREQ(utc_to_string(row->seconds * USEC_PER_SEC, UTC_SECONDS, buffer), row->text);
                ASSERT_STREQ(utc_to_string(row->seconds * USEC_PER_SEC + USEC_PER_SEC - 1, UTC_SECONDS, buffer), row->text);
                ASSERT_OK(utc_from_string(row->text, &usec));
                ASSERT_EQ(usec, row->seconds * USEC_PER_SEC);
        }
}

TEST(beyond_the_calendar) {
        char buffer[UTC_SIZE];

        ASSERT_NULL(utc_to_string(253402300800 * USEC_PER_SEC, UTC_SECONDS, buffer));
        ASSERT_NULL(utc_to_string(UINT64_MAX, UTC_NANOSECONDS, buffer));
}

TEST(fraction) {
        char buffer[UTC_SIZE];
        uint64_t usec;

        ASSERT_STREQ(utc_to_string(1123456, UTC_NANOSECONDS, buffer), "1970-01-01T00:00:01.123456000Z");
        ASSERT_STREQ(utc_to_string(1000001, UTC_NANOSECONDS, buffer), "1970-01-01T00:00:01.000001000Z");
        ASSERT_STREQ(utc_to_string(253402300799 * USEC_PER_SEC + 999999, UTC_NANOSECONDS, buffer), "9999-12-31T23:59:59.999999000Z");
        ASSERT_OK(utc_from_string("1970-01-01T00:00:01.5Z", &usec));
        ASSERT_EQ(usec, 1500000);
        ASSERT_OK(utc_from_string("1970-01-01T00:00:01.123456789012345678901234567890Z", &usec));
        ASSERT_EQ(usec, 1123456);
}

TEST(offset) {
        uint64_t usec;

        ASSERT_OK(utc_from_string("2015-12-15T16:22:00-08:00", &usec));
        ASSERT_EQ(usec, UINT64_C(1450225320) * USEC_PER_SEC);
        ASSERT_OK(utc_from_string("1970-01-01T05:30:00.25+05:30", &usec));
        ASSERT_EQ(usec, 250000);
        ASSERT_OK(utc_from_string("2016-12-31T23:59:60Z", &usec));
        ASSERT_EQ(usec, UINT64_C(1483228800) * USEC_PER_SEC);
        ASSERT_FAILS(utc_from_string("1970-01-01T00:00:00+00:01", &usec), ERANGE);
        ASSERT_FAILS(utc_from_string("1969-12-31T23:59:59Z", &usec), ERANGE);
}

TEST(no_times) {
        static const char *const texts[] = {
                "", "yesterday", "2016-01-01", "2016-01-01T00:00:00", "2016-01-01 00:00:00Z", "2016-01-01T00:00:00Zx", "2016-01-01T00:00:00+0100",
                "2016-01-01T00:00:00+24:00", "2016-01-01T00:00:00+01:60", "2016-01-01T00:00:00+01:00Z", "2016-00-01T00:00:00Z", "2016-13-01T00:00:00Z",
                "2016-01-00T00:00:00Z", "2016-01-32T00:00:00Z", "2016-04-31T00:00:00Z", "2016-02-30T00:00:00Z", "2015-02-29T00:00:00Z",
                "2100-02-29T00:00:00Z", "2016-01-01T24:00:00Z", "2016-01-01T00:60:00Z", "2016-01-01T00:00:61Z", "2016-01-01T00:00:00.Z",
                "16-01-01T00:00:00Z", "2016-1-01T00:00:00Z", "+016-01-01T00:00:00Z", " 2016-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
        };

        FOREACH_ELEMENT(text, texts) {
                uint64_t usec;

                if (utc_from_string(*text, &usec) != -EINVAL)
                        FAIL("\"%s\" was taken", *text);
        }
}

/* Each day of all years, at a time that differs from day to day. */
TEST(as_libc_has_it) {
        for (uint64_t seconds = 0; seconds < 253402300800; seconds += 86400 + 1) {
                char ours[UTC_SIZE], theirs[UTC_SIZE];
                time_t time = (time_t) seconds;
                struct tm tm;
                uint64_t usec;

                ASSERT_NOT_NULL(gmtime_r(&time, &tm));
                ASSERT_GT(strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", &tm), 0U);
                if (!test_strings_equal(utc_to_string(seconds * USEC_PER_SEC, UTC_SECONDS, ours), theirs))
                        FAIL("%ju is %s, not %s", (uintmax_t) seconds, theirs, ours);
                if (utc_from_string(ours, &usec) < 0 || usec != seconds * USEC_PER_SEC)
                        FAIL("%s is not read back", ours);
        }
}
