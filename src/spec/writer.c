/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* JSON text for everything that berth prints or hands to hooks and agents. It never escapes a slash: hooks that match the
 * state with text tools break on "\/", which json-c's own printer writes. */

#include "spec/writer.h"

#include <inttypes.h>

#include "base/strv.h"

static void new_line(Writer *writer) {
        if (writer->compact)
                return;
        text_add(&writer->text, "\n");
        for (unsigned i = 0; i < writer->depth; i++)
                text_add(&writer->text, "  ");
}

static void begin_value(Writer *writer, const char *name) {
        if (writer->filled)
                text_add(&writer->text, ",");
        if (writer->depth > 0)
                new_line(writer);
        if (name) {
                text_add_json(&writer->text, name);
                text_add(&writer->text, writer->compact ? ":" : ": ");
        }
        writer->filled = true;
}

void writer_open(Writer *writer, const char *name, char bracket) {
        begin_value(writer, name);
        text_add_bytes(&writer->text, &bracket, 1);
        writer->depth++;
        writer->filled = false;
}

void writer_close(Writer *writer, char bracket) {
        writer->depth--;
        if (writer->filled)
                new_line(writer);
        text_add_bytes(&writer->text, &bracket, 1);
        writer->filled = true;
}

void writer_string(Writer *writer, const char *name, const char *value) {
        begin_value(writer, name);
        text_add_json(&writer->text, value);
}

void writer_bool(Writer *writer, const char *name, bool value) {
        writer_json(writer, name, value ? "true" : "false");
}

void writer_u64(Writer *writer, const char *name, uint64_t value) {
        begin_value(writer, name);
        text_addf(&writer->text, "%" PRIu64, value);
}

void writer_i64(Writer *writer, const char *name, int64_t value) {
        begin_value(writer, name);
        text_addf(&writer->text, "%" PRIi64, value);
}

void writer_strings(Writer *writer, const char *name, char *const *values) {
        writer_open(writer, name, '[');
        STRV_FOREACH(value, values)
                writer_string(writer, NULL, *value);
        writer_close(writer, ']');
}

void writer_json(Writer *writer, const char *name, const char *json) {
        begin_value(writer, name);
        text_add(&writer->text, json);
}

char *writer_take(Writer *writer) {
        return text_take(&writer->text);
}

void writer_done(Writer *writer) {
        text_done(&writer->text);
}
