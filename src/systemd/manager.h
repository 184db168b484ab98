/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "resource/set.h"

/* What a container's life asks of systemd after its start (systemd/starter.h): to change its unit, freeze and stop it, and to tell when it is stopped. It is
 * on the way of the small verbs and of undoing, so it needs no libsystemd. Every call has a deadline: PID 1 answers nobody while it reloads its configuration. */
typedef struct Client Manager;

/* Connects to the system's or the calling user's manager. Does not wait: the first call does. */
int manager_open(bool user, Manager **ret, Error *error);
/* With a connection that is there already, to a peer without a bus: for tests. Takes the descriptor over. */
int manager_new(int fd, Manager **ret);
/* Takes NULL; returns NULL. */
Manager *manager_close(Manager *manager);
DEFINE_CLEANUP(Manager *, manager_close)

/* Stops a unit; with a timeout, waits until that is done, with 0 only asks. A unit that does not exist is stopped: 0. */
int manager_stop_unit(Manager *manager, const char *unit, uint64_t timeout_usec, Error *error);
/* Forgets that a unit failed, and so the unit. A unit that does not exist: 0. */
int manager_reset_failed(Manager *manager, const char *unit, Error *error);
/* Through the unit's freezer, so that systemctl shows it. Returns when all processes are frozen, or thawed. -EBUSY: a job is under way; -ESRCH: the unit
 * does not run. */
int manager_set_frozen(Manager *manager, const char *unit, bool frozen, Error *error);
/* Changes a unit while it runs, all or nothing, until the next boot. Unknown optional properties are left out. */
int manager_set_properties(Manager *manager, const char *unit, const Property *properties, size_t n_properties, Error *error);

/* What tells a unit from another of its name. */
typedef struct UnitIdentity {
        char *invocation;       /* its InvocationID: no other unit ever has it; "" while its start job waits */
        char *description;
        char *control_group;    /* "" while it has none */
        bool transient;
} UnitIdentity;
/* Of a scope that is to run, runs, or has run and is not forgotten. -ENOENT: there is none of that name. Free with unit_identity_done(). */
int manager_identify(Manager *manager, const char *unit, UnitIdentity *ret, Error *error);
void unit_identity_done(UnitIdentity *identity);
/* manager_stop_unit() and manager_reset_failed() of that very one, by its invocation (systemd 233). */
int manager_end_unit(Manager *manager, const char *unit, const UnitIdentity *identity, uint64_t timeout_usec, Error *error);

/* Tells systemd that the scope has no controller any more: it still believes so after the bus was restarted, and would ask nobody to stop it and wait for its
 * timeout. Only sends. */
int manager_abandon_scope(Manager *manager, const char *unit, Error *error);
/* For who is not, or no more, the controller: from now on manager_process() tells when systemd stops the unit by itself. Only sends. It makes systemd tell the
 * whole bus of all units (Subscribe), so it is not for everybody. */
int manager_watch_unit(Manager *manager, const char *unit, Error *error);
/* What to wait for with poll(2) (POLLIN), and what to do then. *ret_stop: the unit is being stopped. -ECONNRESET: the bus is gone. */
int manager_fd(const Manager *manager);
int manager_process(Manager *manager, bool *ret_stop, Error *error);
