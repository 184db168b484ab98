/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-bus.h>

#include "resource/set.h"

/* The only place where properties become parts of a message. */

/* Appends one (sv). */
int property_append(sd_bus_message *message, const Property *property);
/* Appends the elements of an open a(sv), but not those named in skipped (a strv). */
int property_append_all(sd_bus_message *message, const Property *properties, size_t n_properties, char *const *skipped);
/* The first property that a text of systemd's speaks of ("Cannot set property X, or unknown property."), or NULL. */
const Property *property_find_named_in(const char *text, const Property *properties, size_t n_properties);
/* Reads a variant as text; see SystemdFunctions.get_property. */
int property_read_text(sd_bus_message *message, char **ret);
