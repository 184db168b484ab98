/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/view.h"

/* One container of the view. */

Entry *entry_new(Daemon *daemon, const char *id);
Entry *entry_free(Entry *entry);
DEFINE_CLEANUP(Entry *, entry_free)

/* Reads what the state directory and the kernel say now, and tells the bus what is different. -ENOENT: the container is gone. */
int entry_reload(Entry *entry);
/* Tells the bus that it is gone. */
void entry_gone(Entry *entry);
/* Takes a call of Wait(): it is answered with the exit status when the container has ended. */
int entry_wait(Entry *entry, sd_bus_message *message, sd_bus_error *error);
/* Takes back the calls of a client that has left the bus. */
void entry_forget_client(Entry *entry, const char *client);
/* Puts it into the queue of those to be looked at again. */
void entry_mark(Entry *entry);
/* Slice of its unit, "" without one; the caller frees it. */
char *entry_slice(const Entry *entry);
