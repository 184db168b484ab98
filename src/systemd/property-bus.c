/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties and sd-bus: the sink that writes them, and reading any of them as text. */

#include "systemd/property-bus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"

static int sink_open(void *object, char type, const char *contents) {
        return sd_bus_message_open_container(object, type, contents);
}

static int sink_basic(void *object, char type, const void *value) {
        return sd_bus_message_append_basic(object, type, value);
}

static int sink_close(void *object) {
        return sd_bus_message_close_container(object);
}

PropertySink property_bus_sink(sd_bus_message *message) {
        return (PropertySink) { .object = message, .open = sink_open, .basic = sink_basic, .close = sink_close };
}

static int read_basic(sd_bus_message *message, char type, Text *text) {
        union {
                uint8_t y;
                int b;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
                double d;
                const char *s;
        } value;
        int r;

        if (!strchr("ybnqiuxtdsog", type))
                return -EOPNOTSUPP;
        r = sd_bus_message_read_basic(message, type, &value);
        if (r < 0)
                return r;
        switch (type) {
        case 'y':
                text_addf(text, "%u", value.y);
                break;
        case 'b':
                text_add(text, value.b ? "yes" : "no");
                break;
        case 'n':
                text_addf(text, "%d", value.n);
                break;
        case 'q':
                text_addf(text, "%u", value.q);
                break;
        case 'i':
                text_addf(text, "%" PRIi32, value.i);
                break;
        case 'u':
                text_addf(text, "%" PRIu32, value.u);
                break;
        case 'x':
                text_addf(text, "%" PRIi64, value.x);
                break;
        case 't':
                if (value.t == UINT64_MAX)
                        text_add(text, "infinity");
                else
                        text_addf(text, "%" PRIu64, value.t);
                break;
        case 'd':
                text_addf(text, "%g", value.d);
                break;
        default:
                text_add(text, value.s);
        }
        return 0;
}

/* Recursion is bounded by D-Bus itself: containers nest at most 64 deep. */
static int read_any(sd_bus_message *message, Text *text) {
        const char *contents;
        bool first = true;
        char type;
        int r;

        r = sd_bus_message_peek_type(message, &type, &contents);
        if (r < 0)
                return r;
        if (!strchr("avre", type))
                return read_basic(message, type, text);
        r = sd_bus_message_enter_container(message, type, contents);
        if (r < 0)
                return r;
        while ((r = sd_bus_message_at_end(message, false)) == 0) {
                if (!first)
                        text_add(text, type == 'r' ? ":" : " ");
                first = false;
                r = read_any(message, text);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

int property_read_text(sd_bus_message *message, char **ret) {
        Text text = {};
        int r = read_any(message, &text);

        if (r >= 0) {
                *ret = text_take(&text);
                if (!*ret)
                        r = -ENOMEM;
        }
        text_done(&text);
        return r < 0 ? r : 0;
}
