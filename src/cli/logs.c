/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* logs: what a container wrote, from the journal; also of a container that is gone. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"
#include "cli/verb.h"
#include "container/container.h"
#include "journal/journal.h"
#include "resource/name.h"

static const struct {
        char letter;
        uint64_t usec;
} units[] = {
        { 's', USEC_PER_SEC },
        { 'm', 60 * USEC_PER_SEC },
        { 'h', 3600 * USEC_PER_SEC },
        { 'd', 24 * 3600 * USEC_PER_SEC },
};

/* "90s", "5m", "2h", "1d" ago. */
static bool parse_ago(const char *text, uint64_t *ret_usec) {
        size_t length = strlen(text);
        CLEANUP(freep) char *digits = length > 1 ? strndup(text, length - 1) : NULL;
        uint64_t number, now = usec_realtime();

        if (!digits || number_parse_u64(digits, 100000000, &number) < 0)
                return false;
        FOREACH_ELEMENT(unit, units)
                if (unit->letter == text[length - 1]) {
                        *ret_usec = number * unit->usec < now ? now - number * unit->usec : 1;
                        return true;
                }
        return false;
}

static bool parse_date(const char *text, uint64_t *ret_usec) {
        static const char *const formats[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y-%m-%d" };

        FOREACH_ELEMENT(format, formats) {
                struct tm tm = { .tm_isdst = -1 };
                const char *end = strptime(text, *format, &tm);
                time_t seconds;

                if (!end || *end)
                        continue;
                seconds = endswith(*format, "Z") ? timegm(&tm) : mktime(&tm);
                if (seconds <= 0)
                        return false;
                *ret_usec = (uint64_t) seconds * USEC_PER_SEC;
                return true;
        }
        return false;
}

static int parse_since(const char *text, uint64_t *ret_usec, Error *error) {
        uint64_t seconds;

        if (text[0] == '@' && number_parse_u64(text + 1, UINT32_MAX, &seconds) >= 0) {
                *ret_usec = seconds * USEC_PER_SEC;
                return 0;
        }
        if (parse_ago(text, ret_usec) || parse_date(text, ret_usec))
                return 0;
        return error_set(error, -EINVAL, "--since %s: must be a date (2026-01-31 or 2026-01-31 12:00:00), @SECONDS, or how long ago (90s, 5m, 2h, 1d)", text);
}

static int parse_output(const char *word, LogsFormat *ret, Error *error) {
        static const char *const words[] = { [LOGS_CAT] = "cat", [LOGS_SHORT] = "short", [LOGS_JSON] = "json" };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(words[i], word)) {
                        *ret = (LogsFormat) i;
                        return 0;
                }
        return error_set(error, -EINVAL, "--output %s: must be cat, short or json", word);
}

static int parse_query(const Arguments *arguments, LogsQuery *query, Error *error) {
        int r = 0;

        if (arguments->output)
                r = parse_output(arguments->output, &query->format, error);
        if (r >= 0 && arguments->since)
                r = parse_since(arguments->since, &query->since_usec, error);
        if (r >= 0 && arguments->lines && !streq(arguments->lines, "all") &&
            number_parse_u64(arguments->lines, UINT64_MAX - 1, &query->n_lines) < 0)
                r = error_set(error, -EINVAL, "--lines %s: must be a number, or all", arguments->lines);
        return r;
}

int verb_logs(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(error_done) Error unknown = {};
        CLEANUP(freep) char *slice = NULL, *unit = NULL;
        LogsQuery query = {
                .id = arguments->positional[0],
                .user_manager = !process_is_system_root(),
                .events = arguments->events,
                .n_lines = UINT64_MAX,
                .follow = arguments->follow,
                .pidfd = -EBADF,
        };
        const Placement placement = { .user_manager = query.user_manager };
        uint64_t n_entries = 0;
        int r;

        r = container_check_id(query.id, error);
        if (r >= 0)
                r = parse_query(arguments, &query, error);
        if (r < 0)
                return r;
        /* A container that was deleted has its lines in the journal still. */
        r = resource_name(NULL, query.id, &placement, &slice, &unit, error);
        if (r < 0)
                return r;
        query.unit = unit;
        if (open_named_container(arguments, false, &container, &unknown) >= 0) {
                query.unit = container->record->unit;
                query.pidfd = container->pidfd;
                /* Its own, not those of earlier ones of its name. */
                if (query.since_usec == 0)
                        query.since_usec = container->record->created_usec;
        } else if (unknown.number != -ENOENT)
                return error_set(error, unknown.number, "%s", error_text(&unknown));
        r = journal_functions.print(&query, &n_entries, error);
        if (r >= 0 && !container && n_entries == 0)
                return error_set(error, -ENOENT, "container %s does not exist, and the journal has nothing of it", query.id);
        return r;
}
