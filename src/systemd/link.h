/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "systemd/wire.h"

/* A connection to a message bus, or to a peer without one, without libsystemd. Everything has a deadline (usec_monotonic()). */

typedef struct Link Link;

/* Takes the descriptor over, also on failure, and greets: that is only sent, and answered while the caller does something else. */
int link_new(int fd, bool on_bus, Link **ret);
Link *link_close(Link *link);
DEFINE_CLEANUP(Link *, link_close)

bool link_is_on_bus(const Link *link);
/* True once sending or receiving has said that the peer is gone. */
bool link_is_closed(const Link *link);
/* For poll(2), POLLIN. */
int link_fd(const Link *link);
/* Our name on the bus (":1.42"): waits for the bus to have given it. -EOPNOTSUPP: there is no bus. */
int link_get_name(Link *link, uint64_t deadline_usec, const char **ret);

/* A call in the making: begin it, put its body into the wire, send it; messages that were begun one after the other are sent together. */
Wire *link_begin(Link *link, WireCall *call);
/* The wire of the message that was begun last. */
Wire *link_wire(Link *link);
/* Sends what was begun. */
int link_send(Link *link, uint64_t deadline_usec);
/* The next message; its strings live until the next call of this. 0: none has come until the deadline. -ECONNRESET, -EACCES: it does not let us in. */
int link_receive(Link *link, uint64_t deadline_usec, WireMessage *ret);
