/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Connects to the system's or the calling user's message bus, or where there is none to the manager's private socket. *ret_on_bus: a message bus.
 * Returns a descriptor. */
int bus_connect(bool user, bool *ret_on_bus);
/* One address of a list as $DBUS_SESSION_BUS_ADDRESS has it ("unix:path=/run/user/1000/bus,guid=...;unix:abstract=..."): the first that is a unix socket.
 * *ret: its path, with '@' in front for an abstract one. -EPROTONOSUPPORT: none is. */
int bus_address_parse(const char *addresses, char **ret);
