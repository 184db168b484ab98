/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/daemon.h"

/* Who may do what: polkit's actions, of which the administrator decides. */

#define ACTION_INSPECT "org.berth1.inspect"
#define ACTION_MANAGE "org.berth1.manage"

/* To be called first by a method handler, before it reads from the message. 1: go on. 0: polkit was asked; the handler returns 1 and is called again, with
 * the message rewound, when the answer is there. Negative: refused, error is set. Without polkit only root may, and on a user's bus that user. */
int authorize(Daemon *daemon, sd_bus_message *message, const char *action, sd_bus_message_handler_t handler, sd_bus_error *error);
void authorizations_done(Daemon *daemon);
/* Root, or on a user's bus that user, as far as that is known: true for whom authorize() let through without asking polkit. */
bool caller_is_privileged(Daemon *daemon, sd_bus_message *message);
