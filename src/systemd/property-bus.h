/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "systemd/property.h"

/* Appends to a message of sd-bus. */
PropertySink property_bus_sink(sd_bus_message *message);
/* Reads a variant as text; see SystemdFunctions.get_property. */
int property_read_text(sd_bus_message *message, char **ret);
