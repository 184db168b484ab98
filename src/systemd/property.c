/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties into messages. Invariant: nothing else in berth appends a property, so what `berth plan` prints is what systemd is asked for, whichever of the two
 * ways it is asked: by the starter's own message or by sd-bus. */

#include "systemd/property.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/strv.h"

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

static int append_device_limits(const PropertySink *sink, const DeviceLimit *limits, size_t n_limits) {
        int r = sink->open(sink->object, 'a', "(st)");

        for (size_t i = 0; r >= 0 && i < n_limits; i++) {
                r = sink->open(sink->object, 'r', "st");
                if (r >= 0)
                        r = sink->basic(sink->object, 's', limits[i].path);
                if (r >= 0)
                        r = sink->basic(sink->object, 't', &limits[i].value);
                if (r >= 0)
                        r = sink->close(sink->object);
        }
        return r < 0 ? r : sink->close(sink->object);
}

static int append_strv(const PropertySink *sink, char *const *strv) {
        int r = sink->open(sink->object, 'a', "s");

        STRV_FOREACH(string, strv)
                r = r < 0 ? r : sink->basic(sink->object, 's', *string);
        return r < 0 ? r : sink->close(sink->object);
}

/* size: of an element. */
static int append_array(const PropertySink *sink, const char *type, const void *elements, size_t n, size_t size) {
        int r = sink->open(sink->object, 'a', type);

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sink->basic(sink->object, type[0], (const uint8_t *) elements + i * size);
        return r < 0 ? r : sink->close(sink->object);
}

static int append_value(const PropertySink *sink, const Property *property) {
        switch (property->type) {
        case PROPERTY_BOOL:
                return sink->basic(sink->object, 'b', &(const int) { property->boolean });
        case PROPERTY_I32:
                return sink->basic(sink->object, 'i', &(const int32_t) { (int32_t) property->i64 });
        case PROPERTY_U32:
                return sink->basic(sink->object, 'u', &(const uint32_t) { (uint32_t) property->u64 });
        case PROPERTY_I64:
                return sink->basic(sink->object, 'x', &property->i64);
        case PROPERTY_U64:
                return sink->basic(sink->object, 't', &property->u64);
        case PROPERTY_STRING:
                return sink->basic(sink->object, 's', property->string);
        case PROPERTY_STRV:
                return append_strv(sink, property->strv);
        case PROPERTY_BYTES:
                return append_array(sink, "y", property->bytes, property->n_bytes, 1);
        case PROPERTY_DEVICE_LIMITS:
                return append_device_limits(sink, property->limits, property->n_limits);
        case PROPERTY_PIDS:
                return append_array(sink, "u", property->pids, property->n_pids, sizeof(uint32_t));
        }
        return -EINVAL;
}

int property_append(const PropertySink *sink, const Property *property) {
        int r = sink->open(sink->object, 'r', "sv");

        if (r >= 0)
                r = sink->basic(sink->object, 's', property->name);
        if (r >= 0)
                r = sink->open(sink->object, 'v', signatures[property->type]);
        if (r >= 0)
                r = append_value(sink, property);
        if (r >= 0)
                r = sink->close(sink->object);
        return r < 0 ? r : sink->close(sink->object);
}

int property_append_all(const PropertySink *sink, const Property *properties, size_t n_properties, char *const *skipped) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n_properties; i++)
                if (!strv_contains(skipped, properties[i].name))
                        r = property_append(sink, &properties[i]);
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

bool property_leave_out(const char *text, const Property *properties, size_t n_properties, char ***dropped) {
        const Property *property = property_find_named_in(text, properties, n_properties);

        return property && property->optional && !strv_contains(*dropped, property->name) && strv_append(dropped, property->name) >= 0;
}

/* ---- into a message without libsystemd ---- */

static int wire_sink_open(void *object, char type, const char *contents) {
        wire_open(object, type, contents);
        return 0;
}

static int wire_sink_basic(void *object, char type, const void *value) {
        wire_basic(object, type, value);
        return 0;
}

static int wire_sink_close(void *object) {
        wire_close(object);
        return 0;
}

PropertySink property_wire_sink(Wire *wire) {
        return (PropertySink) { .object = wire, .open = wire_sink_open, .basic = wire_sink_basic, .close = wire_sink_close };
}
