/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One entry of the journal as text. Invariant: what a container wrote reaches a terminal with its control characters made visible; into a pipe or a file
 * go the very bytes in the form "cat". */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/process.h"
#include "base/show.h"
#include "base/strv.h"
#include "base/text.h"
#include "journal/reader.h"

/* Value of a field of this entry; not terminated. -ENOENT. */
static int get_field(sd_journal *journal, const char *name, const char **ret, size_t *ret_size) {
        size_t prefix = strlen(name) + 1;
        const void *data;
        size_t size;
        int r = sd_journal_get_data(journal, name, &data, &size);

        if (r < 0)
                return r;
        if (size < prefix)
                return -EBADMSG;
        *ret = (const char *) data + prefix;
        *ret_size = size - prefix;
        return 0;
}

static void add_visible(Text *text, const char *bytes, size_t size) {
        text_add_visible(text, bytes, size, "\t");
}

static int add_cat(sd_journal *journal, Text *text) {
        const char *message = "", *partial;
        size_t size = 0, partial_size;

        (void) get_field(journal, "MESSAGE", &message, &size);
        text_add_bytes(text, message, size);
        /* Of a long line that was cut, the pieces are put together again. */
        if (get_field(journal, "CONTAINER_PARTIAL_MESSAGE", &partial, &partial_size) < 0)
                text_add(text, "\n");
        return 0;
}

static int add_short(sd_journal *journal, Text *text) {
        const char *message = "", *identifier = "berth";
        size_t size = 0, identifier_size = 5;
        uint64_t usec = 0;
        char stamp[32], zone[8];
        time_t seconds;
        struct tm tm;

        (void) sd_journal_get_realtime_usec(journal, &usec);
        seconds = (time_t) (usec / USEC_PER_SEC);
        localtime_r(&seconds, &tm);
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
        strftime(zone, sizeof zone, "%z", &tm);
        (void) get_field(journal, "MESSAGE", &message, &size);
        (void) get_field(journal, "SYSLOG_IDENTIFIER", &identifier, &identifier_size);
        text_addf(text, "%s.%06llu%s ", stamp, (unsigned long long) (usec % USEC_PER_SEC), zone);
        add_visible(text, identifier, identifier_size);
        text_add(text, ": ");
        add_visible(text, message, size);
        text_add(text, "\n");
        return 0;
}

static bool is_text(const char *bytes, size_t size) {
        for (size_t i = 0; i < size; i++)
                if ((unsigned char) bytes[i] < ' ' && bytes[i] != '\t' && bytes[i] != '\n')
                        return false;
        return true;
}

/* A string, or, as journalctl has it, an array of numbers for what is no text. */
static void add_json_value(Text *text, const char *bytes, size_t size) {
        CLEANUP(text_done) Text value = {};

        if (is_text(bytes, size)) {
                text_add_bytes(&value, bytes, size);
                text_add_json(text, value.string ? value.string : "");
                return;
        }
        for (size_t i = 0; i < size; i++)
                text_addf(text, "%s%u", i ? "," : "[", (unsigned char) bytes[i]);
        text_add(text, "]");
}

static int add_json(sd_journal *journal, Text *text) {
        CLEANUP(freep) char *cursor = NULL;
        uint64_t usec = 0;
        const void *data;
        size_t size;

        (void) sd_journal_get_cursor(journal, &cursor);
        (void) sd_journal_get_realtime_usec(journal, &usec);
        text_addf(text, "{\"__REALTIME_TIMESTAMP\":\"%llu\",\"__CURSOR\":", (unsigned long long) usec);
        text_add_json(text, cursor ? cursor : "");
        sd_journal_restart_data(journal);
        while (sd_journal_enumerate_data(journal, &data, &size) > 0) {
                const char *equals = memchr(data, '=', size), *field = data;
                CLEANUP(text_done) Text name = {};

                if (!equals)
                        continue;
                text_add_bytes(&name, field, (size_t) (equals - field));
                text_add(text, ",");
                text_add_json(text, name.string);
                text_add(text, ":");
                add_json_value(text, equals + 1, size - (size_t) (equals + 1 - field));
        }
        text_add(text, "}\n");
        return 0;
}

int print_entry(sd_journal *journal, LogsFormat format) {
        static int (*const add[])(sd_journal *journal, Text *text) = {
                [LOGS_CAT] = add_cat,
                [LOGS_SHORT] = add_short,
                [LOGS_JSON] = add_json,
        };
        CLEANUP(text_done) Text text = {};
        int r = add[format](journal, &text);

        if (r < 0 || text_failed(&text))
                return r < 0 ? r : -ENOMEM;
        return show(stdout, text.string, text.length) < 0 ? -EPIPE : 0;
}
