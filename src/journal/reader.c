/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds a container's entries and follows them. Invariant: an entry counts as the container's only by what journald itself says of it (the unit, the uid
 * of the sender), never by a field alone that anybody may send. */

#include "journal/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macro.h"
#include "base/process.h"
#include "base/strv.h"

/* After the container's end its last lines are still on their way: this long at most, and no longer than until it is said that it has exited. */
#define TAIL_USEC (2 * USEC_PER_SEC)

static void close_journal(sd_journal **journal) {
        sd_journal_close(*journal);
}

static int add_match(sd_journal *journal, const char *name, const char *value) {
        char match[512];

        if ((size_t) snprintf(match, sizeof match, "%s=%s", name, value) >= sizeof match)
                return -ENAMETOOLONG;
        return sd_journal_add_match(journal, match, 0);
}

/* Output and events (sent by root, or the user who runs it, in the container's name), or what a process of the unit has written. */
static int add_matches(sd_journal *journal, const LogsQuery *query) {
        const struct {
                const char *field, *value;
        } matches[] = {
                { "CONTAINER_ID_FULL", query->id },
                { "BERTH_CONTAINER_ID", query->id },
                { query->user_manager ? "_SYSTEMD_USER_UNIT" : "_SYSTEMD_UNIT", query->unit },
        };
        char uid[16];
        int r = 0;

        snprintf(uid, sizeof uid, "%u", query->user_manager ? (unsigned) getuid() : 0U);
        FOREACH_ELEMENT(match, matches) {
                if (!match->value)
                        continue;
                if (match > matches)
                        r = sd_journal_add_disjunction(journal);
                if (r >= 0)
                        r = add_match(journal, match->field, match->value);
                /* A system unit's processes may be of any user. */
                if (r >= 0 && (match->value == query->id || query->user_manager))
                        r = add_match(journal, "_UID", uid);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool has_field(sd_journal *journal, const char *name) {
        const void *data;
        size_t size;

        return sd_journal_get_data(journal, name, &data, &size) >= 0;
}

static bool is_exit(sd_journal *journal) {
        const void *data;
        size_t size;

        return sd_journal_get_data(journal, "BERTH_EVENT", &data, &size) >= 0 && size == strlen("BERTH_EVENT=exited") &&
                memcmp(data, "BERTH_EVENT=exited", size) == 0;
}

static bool is_wanted(sd_journal *journal, const LogsQuery *query) {
        return query->events || !has_field(journal, "BERTH_EVENT");
}

/* Stands before the first entry to print. */
static int seek(sd_journal *journal, const LogsQuery *query) {
        uint64_t n = 0, usec;
        int r;

        if (query->n_lines == UINT64_MAX)
                return query->since_usec > 0 ? sd_journal_seek_realtime_usec(journal, query->since_usec) : sd_journal_seek_head(journal);
        r = sd_journal_seek_tail(journal);
        while (r >= 0 && n < query->n_lines) {
                r = sd_journal_previous(journal);
                if (r < 0)
                        return r;
                if (r == 0)
                        return sd_journal_seek_head(journal);
                if (sd_journal_get_realtime_usec(journal, &usec) >= 0 && usec < query->since_usec)
                        return 0;
                if (is_wanted(journal, query))
                        n++;
        }
        /* The next step forward is to come to this very entry. */
        if (r >= 0 && n > 0)
                r = sd_journal_previous(journal);
        return r == 0 && n > 0 ? sd_journal_seek_head(journal) : r < 0 ? r : 0;
}

typedef struct Reading {
        const LogsQuery *query;
        sd_journal *journal;
        uint64_t n_entries;
        bool exited;
} Reading;

static int print_new(Reading *reading) {
        int r;

        while ((r = sd_journal_next(reading->journal)) > 0) {
                uint64_t usec;

                if (sd_journal_get_realtime_usec(reading->journal, &usec) >= 0 && usec < reading->query->since_usec)
                        continue;
                if (is_exit(reading->journal))
                        reading->exited = true;
                reading->n_entries++;
                if (!is_wanted(reading->journal, reading->query))
                        continue;
                r = print_entry(reading->journal, reading->query->format);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : fflush(stdout) == 0 ? 0 : -EPIPE;
}

static int follow(Reading *reading) {
        uint64_t deadline_usec = UINT64_MAX;
        int fd = sd_journal_get_fd(reading->journal), r;

        if (fd < 0)
                return fd;
        while (!reading->exited) {
                bool watched = deadline_usec == UINT64_MAX && reading->query->pidfd >= 0;
                struct pollfd polls[] = {
                        { .fd = fd, .events = (short) sd_journal_get_events(reading->journal) },
                        { .fd = watched ? reading->query->pidfd : -1, .events = POLLIN },
                };
                uint64_t now = usec_monotonic();

                if (reading->query->pidfd < 0 && deadline_usec == UINT64_MAX)
                        deadline_usec = now + USEC_PER_SEC / 2;
                if (now >= deadline_usec)
                        break;
                r = poll(polls, ELEMENTSOF(polls), deadline_usec == UINT64_MAX ? 1000 : 100);
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (polls[1].revents)
                        deadline_usec = usec_monotonic() + TAIL_USEC;
                r = sd_journal_process(reading->journal);
                if (r >= 0)
                        r = print_new(reading);
                if (r < 0)
                        return r;
        }
        return 0;
}

int reader_print(const LogsQuery *query, uint64_t *ret_entries, Error *error) {
        CLEANUP(close_journal) sd_journal *journal = NULL;
        Reading reading = { .query = query };
        int r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);

        if (r < 0)
                return error_set(error, r, "journal: %m");
        reading.journal = journal;
        /* Nothing is cut off when a line is long. */
        (void) sd_journal_set_data_threshold(journal, 0);
        r = add_matches(journal, query);
        if (r >= 0)
                r = seek(journal, query);
        if (r >= 0)
                r = print_new(&reading);
        /* Of an earlier life, when that is shown too. */
        if (query->pidfd >= 0)
                reading.exited = false;
        if (r >= 0 && query->follow)
                r = follow(&reading);
        *ret_entries = reading.n_entries;
        /* A reader that has enough, as head(1), is no failure. */
        return r < 0 && r != -EPIPE ? error_set(error, r, "journal: %m") : 0;
}

/* Only what came by stderr: events have fields of their own. */
static int find_last_line(sd_journal *journal, uint64_t since_usec, char **ret) {
        const void *data;
        uint64_t usec;
        size_t size;
        int r = sd_journal_seek_tail(journal);

        while (r >= 0 && (r = sd_journal_previous(journal)) > 0) {
                if (sd_journal_get_realtime_usec(journal, &usec) < 0 || usec < since_usec)
                        return -ENODATA;
                if (sd_journal_get_data(journal, "MESSAGE", &data, &size) < 0 || size <= strlen("MESSAGE="))
                        continue;
                *ret = strndup((const char *) data + strlen("MESSAGE="), size - strlen("MESSAGE="));
                return *ret ? 0 : -ENOMEM;
        }
        return r < 0 ? r : -ENODATA;
}

int reader_last_line(const char *unit, bool user_manager, uint64_t since_usec, char **ret) {
        CLEANUP(close_journal) sd_journal *journal = NULL;
        uint64_t deadline_usec = usec_monotonic() + USEC_PER_SEC;
        int r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);

        if (r >= 0)
                r = add_match(journal, user_manager ? "_SYSTEMD_USER_UNIT" : "_SYSTEMD_UNIT", unit);
        if (r >= 0)
                r = add_match(journal, "_TRANSPORT", "stdout");
        if (r >= 0)
                r = add_match(journal, "SYSLOG_IDENTIFIER", "berth");
        while (r >= 0) {
                r = find_last_line(journal, since_usec, ret);
                if (r != -ENODATA || usec_monotonic() >= deadline_usec)
                        return r;
                r = sd_journal_wait(journal, USEC_PER_SEC / 20);
        }
        return r;
}
