/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/daemon.h"

/* The objects on the bus, each with its vtable beside its handlers. */

/* /org/berth1 */
int manager_register(Daemon *daemon);
/* /org/berth1/container/ID */
int container_object_register(Daemon *daemon);
/* /org/berth1/process/N */
int process_register(Daemon *daemon);

extern const sd_bus_vtable container_vtable[], process_vtable[];

/* What is the userdata of a method call on path: the daemon, an Entry, a BusProcess. Negative when there is no such object any more, with error set. */
int object_find(Daemon *daemon, const char *path, void **ret, sd_bus_error *error);
