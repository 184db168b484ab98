/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entries in the native protocol. Invariant: no value, whatever bytes it has, becomes a field of its own. */

#include "journal/entry.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

void entry_add_bytes(Text *entry, const char *name, const void *value, size_t size) {
        text_add(entry, name);
        if (memchr(value, '\n', size)) {
                uint64_t length = htole64(size);

                text_add_bytes(entry, "\n", 1);
                text_add_bytes(entry, &length, sizeof length);
        } else
                text_add_bytes(entry, "=", 1);
        text_add_bytes(entry, value, size);
        text_add_bytes(entry, "\n", 1);
}

void entry_add(Text *entry, const char *name, const char *value) {
        if (value)
                entry_add_bytes(entry, name, value, strlen(value));
}

void entry_addf(Text *entry, const char *name, const char *format, ...) {
        CLEANUP(text_done) Text value = {};
        va_list arguments;

        va_start(arguments, format);
        text_addv(&value, format, arguments);
        va_end(arguments);
        if (text_failed(&value))
                entry->failed = true;
        else
                entry_add(entry, name, value.string);
}
