/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

#include "base/error.h"
#include "base/macro.h"
#include "systemd/job.h"
#include "systemd/names.h"
#include "systemd/systemd.h"

/* The connection, and what is under way on it. Private to this folder. */

struct Systemd {
        sd_bus *bus;
        bool on_bus;                    /* a message bus, not PID 1's private socket */
};

/* sd-bus, with the address and the kind of peer decided. */
int connection_open(bool user, Systemd **ret, Error *error);
/* Takes a connection that somebody else made: for tests. Takes over a reference. */
int connection_new(sd_bus *bus, bool on_bus, Systemd **ret);
Systemd *connection_close(Systemd *systemd);
DEFINE_CLEANUP(Systemd *, connection_close)

/* Handles messages until *done. -ETIME when the deadline (usec_monotonic()) has passed. */
int connection_process_until(Systemd *systemd, const bool *done, uint64_t deadline_usec);

/* A message to the manager. */
int connection_new_message(Systemd *systemd, const char *method, sd_bus_message **ret);
/* Sends it and waits; reply may be NULL. A failure is returned as errno and left in bus_error. */
int connection_call(Systemd *systemd, sd_bus_message *message, sd_bus_error *bus_error, sd_bus_message **reply);

/* The errno that callers decide by, for an error that came over the bus or from sd-bus itself. */
int bus_error_to_errno(const sd_bus_error *bus_error, int r);
/* Sets "action unit: what systemd said". */
int bus_error_report(const sd_bus_error *bus_error, int r, const char *action, const char *unit, Error *error);

int unit_get_state(Systemd *systemd, const char *unit, UnitState *ret, Error *error);
void unit_state_done(UnitState *state);
int unit_get_property(Systemd *systemd, const char *unit, const char *property, char **ret, Error *error);

int service_start(Systemd *systemd, const ServiceRequest *request, uint64_t timeout_usec, Error *error);
int machine_register(Systemd *systemd, const MachineRegistration *machine, Error *error);
