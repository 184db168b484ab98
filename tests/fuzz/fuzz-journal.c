/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as an entry of the journal, a field on each line, "NAME=value": the lines that "berth logs" makes of it. The journal's own files are libsystemd's, so
 * its functions are played here. "short" is one line of which a terminal obeys nothing; JSON is JSON. */

#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "base/strv.h"
#include "journal/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sd_journal {
        const char *bytes, *end, *at;
};

static const char *end_of_field(const sd_journal *journal, const char *field) {
        const char *newline = memchr(field, '\n', (size_t) (journal->end - field));

        return newline ? newline : journal->end;
}

int sd_journal_get_data(sd_journal *journal, const char *name, const void **ret, size_t *ret_size) {
        size_t length = strlen(name);

        for (const char *field = journal->bytes, *end; field < journal->end; field = end + 1) {
                end = end_of_field(journal, field);
                if ((size_t) (end - field) > length && memcmp(field, name, length) == 0 && field[length] == '=') {
                        *ret = field;
                        *ret_size = (size_t) (end - field);
                        return 0;
                }
        }
        return -ENOENT;
}

int sd_journal_enumerate_data(sd_journal *journal, const void **ret, size_t *ret_size) {
        const char *end;

        if (journal->at >= journal->end)
                return 0;
        end = end_of_field(journal, journal->at);
        *ret = journal->at;
        *ret_size = (size_t) (end - journal->at);
        journal->at = end + 1;
        return 1;
}

void sd_journal_restart_data(sd_journal *journal) {
        journal->at = journal->bytes;
}

int sd_journal_get_realtime_usec(sd_journal *journal, uint64_t *ret) {
        *ret = 1000000000000000;
        return 0;
}

int sd_journal_get_cursor(sd_journal *journal, char **ret) {
        *ret = strdup("s=1;i=\"2\"");
        return *ret ? 0 : -ENOMEM;
}

static char *print(sd_journal *journal, LogsFormat format, size_t *ret_size) {
        FILE *real = stdout, *memory;
        char *text = NULL;

        memory = open_memstream(&text, ret_size);
        if (!memory)
                abort();
        stdout = memory;
        if (print_entry(journal, format) < 0)
                abort();
        stdout = real;
        fclose(memory);
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        sd_journal journal = { (const char *) data, (const char *) data + size, (const char *) data };
        CLEANUP(freep) char *cat = NULL, *line = NULL, *json = NULL;
        struct json_object *object;
        size_t n;

        cat = print(&journal, LOGS_CAT, &n);
        if (!cat)
                abort();
        line = print(&journal, LOGS_SHORT, &n);
        for (size_t i = 0; i < n; i++)
                if ((line[i] == '\n' && i + 1 != n) || ((unsigned char) line[i] < ' ' && line[i] != '\n' && line[i] != '\t') || line[i] == 127)
                        abort();
        json = print(&journal, LOGS_JSON, &n);
        object = json_tokener_parse(json);
        if (!object)
                abort();
        json_object_put(object);
        return 0;
}
