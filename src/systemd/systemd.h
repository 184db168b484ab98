/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "resource/set.h"

/* systemd's D-Bus interface (org.freedesktop.systemd1(5)) through libsystemd, for what people ask: pages, services. A container's life does without
 * (systemd/starter.h, systemd/manager.h). One connection belongs to one thread of one process: after fork(2) neither side may go on using it but the one that
 * opened it, and the other must close its descriptors.
 *
 * Every call has a deadline: PID 1 answers nobody while it reloads its configuration, and must not be able to hang berth for good. */

/* What a method call may take, with all its repetitions where an answer was lost. */
#define SYSTEMD_CALL_USEC (5 * 1000000ULL)

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

#define MACHINE_ID_SIZE 16

typedef struct MachineRegistration {
        const char *name;
        const uint8_t *id;      /* MACHINE_ID_SIZE bytes; NULL: the payload has none that systemd would know */
        pid_t leader;
        int pidfd;              /* of the leader */
        const char *root;       /* of its file system, seen from the host */
} MachineRegistration;

typedef struct SystemdFunctions {
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
        /* Starts it and waits until it is what its Type= promises. */
        int (*start_service)(Systemd *systemd, const ServiceRequest *request, uint64_t timeout_usec, Error *error);
        /* Makes the unit in which the leader is known to systemd-machined, until it goes. */
        int (*register_machine)(Systemd *systemd, const MachineRegistration *machine, Error *error);
} SystemdFunctions;

/* NULL (its address) in a program without libsystemd. Such a one is berth itself, which hands what has to have it over to a program that does
 * before it begins with anything (cli/handover.h). */
extern const SystemdFunctions systemd_functions __attribute__((weak));

static inline bool has_libsystemd(void) {
        return &systemd_functions;
}
