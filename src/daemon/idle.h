/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/daemon.h"

/* Who needs the daemon. It stays while an operation runs, a call of Wait() or an authorization is open, a process that it was asked to execute lives, or a
 * client that has called it is still on the bus, as that may listen to its signals; and goes some time after. */

int idle_start(Daemon *daemon);
void idle_done(Daemon *daemon);
/* Notes who sent the message. Until the next call of this; NULL without memory, or for one without a unique name. */
Client *idle_add_client(Daemon *daemon, sd_bus_message *message);
/* Who sent it, if that is noted and still on the bus. */
Client *idle_find_client(Daemon *daemon, sd_bus_message *message);
/* To be called when something has ended. */
void idle_check(Daemon *daemon);
