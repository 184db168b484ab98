/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/daemon.h"

/* What is called first for every message to a container's or process's path: answers Get and GetAll where the caller has to be authorized. userdata is the
 * Daemon. */
int property_on_call(sd_bus_message *message, void *userdata, sd_bus_error *error);
