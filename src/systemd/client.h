/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "systemd/link.h"

/* A conversation with systemd about one unit, without libsystemd: one call at a time and its answer, the end of one job, and the signals that tell that
 * systemd stops the unit. Private to this folder. Deadlines are usec_monotonic(). */

/* What a call was answered with. */
typedef struct Answer {
        bool there;
        int number;             /* of an error, as a negative errno */
        char *text;             /* what it says; of a reply: its first string, or NULL */
} Answer;

typedef struct Client {
        Link *link;
        bool can_reopen;        /* it was opened by an address, so that it can be opened again */
        bool user;              /* to the calling user's manager */
        bool reopened;          /* what the first connection was known by is forgotten: a controller's name */
        char *unit_path;        /* NULL: none yet */
        Answer answer;          /* to the last call */
        char *job;              /* path of the job whose end is waited for */
        char *result;           /* "done", ...; NULL until it has gone */
        bool stop;              /* systemd stops the unit, or wants it stopped; whoever acts on it clears it */

        /* Of client.c alone. */
        uint32_t serial;        /* of the call whose answer is waited for */
        bool hears_jobs;
        char *owner;            /* the name on the bus behind systemd's; NULL without a bus, and before its first answer */
        char *suspect;          /* who sent a signal and is not known to be systemd */
        uint32_t owner_serial;  /* of the question who systemd is now */
} Client;

/* Connects to the system's or the calling user's manager. Waits for nothing. */
int client_open(bool user, Client **ret, Error *error);
/* With a connection that is there already, to a peer without a bus. Takes the descriptor over, also on failure. */
int client_new(int fd, bool on_bus, Client **ret);
/* Takes NULL; returns NULL. */
Client *client_close(Client *client);
DEFINE_CLEANUP(Client *, client_close)

/* What the conversation is about from now on; forgets what there was to say about another, or an earlier one of the name. */
int client_set_unit(Client *client, const char *unit);

/* ---- calls ---- */

/* Begins a call whose answer will be waited for; its body goes to the wire. Of the manager: a method; of the unit: one property of it. */
Wire *client_begin(Client *client, const char *method, const char *signature);
void client_begin_get(Client *client, const char *interface, const char *property);
/* A method of the unit itself. */
Wire *client_begin_unit(Client *client, const char *method, const char *signature);
/* A call to the manager whose answer nobody waits for. */
Wire *client_begin_silent(Client *client, const char *method, const char *signature);
/* Asks the bus for systemd's signals; on the private socket all come. What is begun after it is sent after it. */
void client_match(Client *client, const char *path, const char *interface, const char *member);
int client_send(Client *client, uint64_t deadline_usec);
/* Waits for the answer; the error that it is, as a negative errno. */
int client_wait_answer(Client *client, uint64_t deadline_usec);
/* Both. */
int client_call(Client *client, uint64_t deadline_usec);

/* A call of the manager's with a unit's name for its body, and its answer. */
int client_call_with_unit(Client *client, const char *method, const char *unit, uint64_t deadline_usec);

/* ---- lost answers ---- */

/* True when an answer was lost on its way, so that nobody knows whether systemd did what it was asked for: it executes itself anew (daemon-reexec), or the bus
 * is restarted. */
bool client_is_lost(const Client *client, int r);
/* Waits a moment, and connects again if the connection is gone. False when that cannot help any more. */
bool client_recover(Client *client, uint64_t deadline_usec);
/* Sends a call and gets its answer, and does so again when the answer was lost. For what may be done twice. */
typedef int (*ClientQuestion)(Client *client, const void *userdata, uint64_t deadline_usec);
int client_ask(Client *client, ClientQuestion question, const void *userdata, uint64_t deadline_usec);
/* One property of the unit, in the answer's text. */
int client_get(Client *client, const char *interface, const char *property, uint64_t deadline_usec);

/* ---- jobs ---- */

/* To be called before the call that makes the job is begun: the match is on its way then, and the end of a short job never missed. */
void client_hear_jobs(Client *client);
/* The answer was a job's path: takes it. -EBADMSG: it was none. */
int client_take_job(Client *client);
/* Waits until it has gone; result is set then. */
int client_wait_job(Client *client, uint64_t deadline_usec);
/* The same for a job after which the unit is "active", or is not; the news of a job's end can be lost, so that the unit's state is asked for from time to time.
 * 1: the job's end was not heard of, and the unit is as it was to be. -EIO: the unit has failed, or is gone. */
int client_wait_state(Client *client, bool active, uint64_t deadline_usec);

/* ---- signals ---- */

/* Handles one message, or waits for one. -ETIME: none has come. */
int client_turn(Client *client, uint64_t deadline_usec);
/* Handles all that has come, and waits for nothing. -ECONNRESET: the connection is gone, and nothing is left to be told. */
int client_process(Client *client, Error *error);
