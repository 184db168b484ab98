/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "resource/set.h"

/* systemd's D-Bus interface (org.freedesktop.systemd1(5)) as far as berth needs it, but for the start of scopes (systemd/starter.h). libsystemd costs more to load than most
 * commands take, so what uses it is a private module that is opened when first needed, and this table is all it exports. One
 * connection belongs to one thread of one process: after fork(2) neither side may go on using it but the one that opened it,
 * and the other must close its descriptors.
 *
 * Every call has a deadline: PID 1 answers nobody while it reloads its configuration, and must not be able to hang berth for
 * good. */

/* What a method call may take. */
#define SYSTEMD_CALL_USEC (30 * 1000000ULL)

typedef struct Systemd Systemd;

/* The strings are systemd's own words (systemctl show); none is NULL. Free with unit_state_done(). */
typedef struct UnitState {
        char *load_state;       /* "loaded"; "not-found" when systemd has no such unit, and then the rest are defaults */
        char *active_state;     /* "active", "activating", "deactivating", "inactive", "failed" */
        char *sub_state;        /* "running", "dead", "stop-sigterm", ... */
        char *result;           /* "success", "oom-kill", "timeout", "resources"; "" for what is no scope */
        char *control_group;    /* "/berth.slice/berth-web.scope"; "" when there is none */
        char *freezer_state;    /* "running", "freezing", "frozen", "thawing" */
        char *controller;       /* bus name that is asked to stop the scope; "" for none */
} UnitState;

/* A program to be run as a transient service. */
typedef struct ServiceRequest {
        const char *unit;
        const char *program;
        char *const *arguments;         /* with argv[0] */
        const Property *properties;
        size_t n_properties;
} ServiceRequest;

typedef struct SystemdFunctions {
        const char *version;    /* of berth; a module of another version is refused */

        /* Connects to the system's or the calling user's manager. Does not wait: the first call does. */
        int (*open)(bool user, Systemd **ret, Error *error);
        /* Takes NULL; returns NULL. */
        Systemd *(*close)(Systemd *systemd);

        /* The states of a unit, also of one that does not exist; in one round trip. */
        int (*unit_state)(Systemd *systemd, const char *unit, UnitState *ret, Error *error);
        void (*unit_state_done)(UnitState *state);
        /* One property of a unit or scope, as text: numbers in decimal, UINT64_MAX and USEC_INFINITY as "infinity", booleans
         * "yes" or "no", arrays with spaces between. -ENOENT for an unknown one. */
        int (*get_property)(Systemd *systemd, const char *unit, const char *property, char **ret, Error *error);
        /* Changes a unit while it runs, all or nothing. runtime: gone after the next boot (transient units always are).
         * Unknown optional ones are left out. */
        int (*set_properties)(Systemd *systemd, const char *unit, const Property *properties, size_t n_properties, bool runtime,
                              Error *error);

        /* Stops a unit; with a timeout, waits until that is done, with 0 only asks. A unit that does not exist is stopped: 0. */
        int (*stop_unit)(Systemd *systemd, const char *unit, uint64_t timeout_usec, Error *error);
        /* Forgets that a unit failed, and so the unit. A unit that does not exist: 0. */
        int (*reset_failed)(Systemd *systemd, const char *unit, Error *error);
        /* Through the unit's freezer, so that systemctl shows it. Return when all processes are frozen, thawed. -EBUSY: a job
         * is under way; -ESRCH: the unit does not run. */
        int (*freeze_unit)(Systemd *systemd, const char *unit, Error *error);
        int (*thaw_unit)(Systemd *systemd, const char *unit, Error *error);
        /* Sends a signal to all processes of a unit. */
        int (*kill_unit)(Systemd *systemd, const char *unit, int signal, Error *error);

        /* Starts it and waits until it is what its Type= promises. */
        int (*start_service)(Systemd *systemd, const ServiceRequest *request, uint64_t timeout_usec, Error *error);
        /* Makes the unit in which the process is known to systemd-machined, until it goes; root: of its file system, seen from the host. */
        int (*register_machine)(Systemd *systemd, const char *name, pid_t leader, const char *root, Error *error);

        /* Tells systemd that the scope has no controller any more: it still believes so after the bus was restarted, and would ask nobody to stop it and
         * wait for its timeout. Only sends, and waits for nothing; process() does the rest. */
        int (*abandon_scope)(Systemd *systemd, const char *unit, Error *error);
        /* For who is not, or no more, the controller: from now on stop_under_way() is true once systemd stops the unit by itself. Only sends. It makes
         * systemd tell the whole bus of all units (Subscribe), so it is not for everybody. */
        int (*watch_unit)(Systemd *systemd, const char *unit, Error *error);
        bool (*stop_under_way)(const Systemd *systemd);
        /* What to wait for with poll(2), and until when (CLOCK_MONOTONIC, UINT64_MAX: no limit), before process() is called
         * again. */
        int (*get_poll)(Systemd *systemd, int *ret_fd, short *ret_events, uint64_t *ret_deadline_usec);
        /* Handles what has arrived, without waiting. -ECONNRESET: the bus is gone. */
        int (*process)(Systemd *systemd, Error *error);
} SystemdFunctions;

/* The module's only symbol; programs take it from systemd_load(), tests may link it. */
extern const SystemdFunctions systemd_functions;

/* Opens the module; what it takes stays loaded. NULL with error set when that fails. */
const SystemdFunctions *systemd_load(Error *error);
