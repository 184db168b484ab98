/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macro.h"
#include "resource/set.h"

/* Asks systemd for a container's scope, and hears as its controller when it is to be stopped; all else that is asked of systemd goes through
 * systemd/systemd.h. For the fast start: this needs no libsystemd. One start for each. */

typedef struct Starter Starter;

typedef enum StarterFlags {
        STARTER_CONTROL = 1 << 0,       /* we become the scope's controller: systemd asks us to stop it, and does not do so itself */
        STARTER_JOB = 1 << 1,           /* the job's end will be waited for, by starter_wait_job() */
} StarterFlags;

#define STARTER_PIDS_MAX 2

/* Connects to the system's or the calling user's manager. Waits for nothing. */
int starter_open(bool user, Starter **ret, Error *error);
/* With a connection that is there already, to a peer without a bus: for tests. Takes the descriptor over. */
int starter_new(int fd, Starter **ret);
/* Takes NULL; returns NULL. */
Starter *starter_close(Starter *starter);
DEFINE_CLEANUP(Starter *, starter_close)

/* False where systemd is talked to without a bus, as where dbus-daemon is down: nobody can be a controller then. */
bool starter_is_on_bus(const Starter *starter);
/* True when the scope was started with us as its controller, and we are that still. */
bool starter_is_controller(const Starter *starter);

/* Asks for the set's unit with these processes (pids as systemd sees them, not reaped yet). The message is sent when this returns; no answer is waited for.
 * The set must live until the start is done; starter_process() does not need it. -EOPNOTSUPP: STARTER_CONTROL without a bus. */
int starter_send(Starter *starter, const ResourceSet *set, const pid_t *pids, size_t n_pids, StarterFlags flags, Error *error);
/* Waits for the answer, at most SYSTEMD_CALL_USEC: the unit is known and its job queued. Optional properties that this systemd does not know are left out and
 * the request repeated. A failed unit of the same name is reset and the request repeated once. When the answer is lost, as systemd executes itself anew or the
 * bus is restarted, systemd is asked what became of the unit, by the first of the processes, and the request is repeated when there is none. -EEXIST: a unit of
 * the name is there (active, or not yet collected); -ESRCH: a process is gone; -EROFS: unknown property; -EINVAL: bad value; -EACCES; -ETIME. */
int starter_reply(Starter *starter, Error *error);
/* True when the answer was an error of systemd's: there is no unit of this start. Otherwise there is one, or nobody knows. */
bool starter_is_refused(const Starter *starter);
/* After the reply: waits, at most so long, until the job has ended well: the processes are in the scope, it is running. Without STARTER_JOB, and where the news
 * of the job's end was lost, the unit's state is asked for. -ETIME, -ECANCELED, -EIO, ... */
int starter_wait_job(Starter *starter, uint64_t timeout_usec, Error *error);
/* True when the start left out this property, as this systemd does not know it. */
bool starter_dropped(const Starter *starter, const char *property);

/* The controller's side: what to wait for with poll(2) (POLLIN), and what to do then. *ret_stop: systemd wants the scope stopped. -ECONNRESET: the bus is
 * gone, and with it the controller, for good. */
int starter_fd(const Starter *starter);
int starter_process(Starter *starter, bool *ret_stop, Error *error);
