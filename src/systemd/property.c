/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties into messages and out of them. Invariant: nothing else in berth appends a property, so what `berth plan` prints
 * is what systemd gets. */

#include "systemd/property.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"

static const char *const signatures[] = {
        [PROPERTY_BOOL] = "b",
        [PROPERTY_I32] = "i",
        [PROPERTY_U32] = "u",
        [PROPERTY_I64] = "x",
        [PROPERTY_U64] = "t",
        [PROPERTY_STRING] = "s",
        [PROPERTY_STRV] = "as",
        [PROPERTY_BYTES] = "ay",
        [PROPERTY_DEVICE_LIMITS] = "a(st)",
        [PROPERTY_PIDS] = "au",
};

static int append_device_limits(sd_bus_message *message, const DeviceLimit *limits, size_t n_limits) {
        int r = sd_bus_message_open_container(message, 'a', "(st)");

        for (size_t i = 0; r >= 0 && i < n_limits; i++)
                r = sd_bus_message_append(message, "(st)", limits[i].path, limits[i].value);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_value(sd_bus_message *message, const Property *property) {
        switch (property->type) {
        case PROPERTY_BOOL:
                return sd_bus_message_append(message, "b", (int) property->boolean);
        case PROPERTY_I32:
                return sd_bus_message_append(message, "i", (int32_t) property->i64);
        case PROPERTY_U32:
                return sd_bus_message_append(message, "u", (uint32_t) property->u64);
        case PROPERTY_I64:
                return sd_bus_message_append(message, "x", property->i64);
        case PROPERTY_U64:
                return sd_bus_message_append(message, "t", property->u64);
        case PROPERTY_STRING:
                return sd_bus_message_append(message, "s", property->string);
        case PROPERTY_STRV:
                return sd_bus_message_append_strv(message, property->strv);
        case PROPERTY_BYTES:
                return sd_bus_message_append_array(message, 'y', property->bytes, property->n_bytes);
        case PROPERTY_DEVICE_LIMITS:
                return append_device_limits(message, property->limits, property->n_limits);
        case PROPERTY_PIDS:
                return sd_bus_message_append_array(message, 'u', property->pids, property->n_pids * sizeof(uint32_t));
        }
        return -EINVAL;
}

int property_append(sd_bus_message *message, const Property *property) {
        int r = sd_bus_message_open_container(message, 'r', "sv");

        if (r >= 0)
                r = sd_bus_message_append(message, "s", property->name);
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'v', signatures[property->type]);
        if (r >= 0)
                r = append_value(message, property);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

int property_append_all(sd_bus_message *message, const Property *properties, size_t n_properties, char *const *skipped) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n_properties; i++)
                if (!strv_contains(skipped, properties[i].name))
                        r = property_append(message, &properties[i]);
        return r;
}

static bool has_word(const char *text, const char *word) {
        size_t length = strlen(word);

        for (const char *p = text; (p = strstr(p, word)); p += length)
                if ((p == text || !isalnum((unsigned char) p[-1])) && !isalnum((unsigned char) p[length]))
                        return true;
        return false;
}

const Property *property_find_named_in(const char *text, const Property *properties, size_t n_properties) {
        if (!text)
                return NULL;
        for (size_t i = 0; i < n_properties; i++)
                if (has_word(text, properties[i].name))
                        return &properties[i];
        return NULL;
}

/* ---- reading ---- */

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
