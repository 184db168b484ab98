/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "resource/set.h"
#include "systemd/wire.h"

/* The only place where properties become parts of a message. */

/* Where they go to; the functions as sd_bus_message_open_container(3), _append_basic(3) and _close_container(3) have them. */
typedef struct PropertySink {
        void *object;
        int (*open)(void *object, char type, const char *contents);
        int (*basic)(void *object, char type, const void *value);
        int (*close)(void *object);
} PropertySink;

/* Into a message without libsystemd (systemd/wire.h); for one of sd-bus there is property_bus_sink(). */
PropertySink property_wire_sink(Wire *wire);
/* Appends one (sv). */
int property_append(const PropertySink *sink, const Property *property);
/* Appends the elements of an open a(sv), but not those named in skipped (a strv). */
int property_append_all(const PropertySink *sink, const Property *properties, size_t n_properties, char *const *skipped);
/* When a text of systemd's speaks of an unknown property that may be left out: adds it to *dropped (a strv), and the request is worth repeating. */
bool property_leave_out(const char *text, const Property *properties, size_t n_properties, char ***dropped);
/* The first property that a text of systemd's speaks of ("Cannot set property X, or unknown property."), or NULL. */
const Property *property_find_named_in(const char *text, const Property *properties, size_t n_properties);
