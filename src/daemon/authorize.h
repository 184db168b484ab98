/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/daemon.h"
#include "daemon/user.h"

/* Who may do what: polkit's actions, of which the administrator decides. */

/* Id, state and unit of containers, figures, the exit status. */
#define ACTION_INSPECT "org.berth1.inspect"
/* All else that is told of a container. Its owner needs ACTION_INSPECT alone. */
#define ACTION_INSPECT_PRIVATE "org.berth1.inspect-private"
#define ACTION_MANAGE "org.berth1.manage"

#define OWNER_NONE UINT32_MAX

/* To be called first by a method handler, before it reads from the message. 1: go on. 0: the caller has to be asked about; the handler returns 1 and is called
 * again, with the message rewound, when the answer is there and it is this caller's turn. Negative: refused, error is set. Without polkit only root may, and
 * on a user's bus that user. */
int authorize(Daemon *daemon, sd_bus_message *message, const char *action, sd_bus_message_handler_t handler, sd_bus_error *error);
/* The same for something of a container that belongs to that user. */
int authorize_owned(Daemon *daemon, sd_bus_message *message, const char *action, uint32_t owner, sd_bus_message_handler_t handler, sd_bus_error *error);
/* There is something for users without privileges: a granted call, or an answer that was held back. */
void turn_schedule(Daemon *daemon);
/* A client has left the bus: its calls that polkit was not asked about need no answer any more. */
void authorizations_forget(Daemon *daemon, const char *client);
int authorizations_start(Daemon *daemon);
void authorizations_done(Daemon *daemon);

/* Who has sent a message that authorize() has let through, in the order in which they are served. */
typedef enum CallerRank {
        CALLER_PRIVILEGED,              /* root, or on a user's bus that user */
        CALLER_MANAGER,                 /* somebody whom polkit allows to manage */
        CALLER_GUEST,                   /* who may only look */
} CallerRank;
CallerRank caller_rank(Daemon *daemon, sd_bus_message *message);
/* NULL for the privileged; no reference is taken. */
User *caller_user(Daemon *daemon, sd_bus_message *message);
/* Whether what is private of a container of that owner may be told. */
bool caller_may_read(Daemon *daemon, sd_bus_message *message, uint32_t owner);
