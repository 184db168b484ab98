/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/daemon.h"

/* Answers to calls above a user's limits, held back until the bus has nothing else for us. A caller who floods us waits for its answers, since the bus lets a
 * connection have 128 calls under way: an answer at once would only bring the next call. */

/* Takes note of an answer of LimitExceeded; the handler returns 1. What is kept is small, whatever the call was; a call that expects no answer gets none. */
int refuse_later(Daemon *daemon, sd_bus_message *message, const char *text);
/* Sends the oldest, if there is one. */
void refusal_send_next(Daemon *daemon);
void refusals_done(Daemon *daemon);
