/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* Points of time as RFC 3339 text. In UTC alone, and so without the time zone files that libc's functions open, gmtime_r(3) too: `state` and `list` are
 * called often. */

typedef enum UtcPrecision {
        UTC_SECONDS,            /* 2026-01-31T12:00:00Z */
        UTC_NANOSECONDS,        /* 2026-01-31T12:00:00.123456000Z, as Go's callers parse it */
} UtcPrecision;

#define UTC_SIZE 32

/* usec: since 1970. Returns buffer, or NULL beyond the year 9999, for which there is no such text. */
const char *utc_to_string(uint64_t usec, UtcPrecision precision, char buffer[static UTC_SIZE]);
/* Any fraction of the second, of which microseconds count, and "Z" or an offset as "+01:00". -EINVAL for what is none, -ERANGE before 1970. */
int utc_from_string(const char *string, uint64_t *ret);
