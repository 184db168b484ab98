/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

#include "base/error.h"
#include "base/macro.h"
#include "systemd/job.h"
#include "systemd/systemd.h"

/* The connection, and what is under way on it. Private to this folder. */

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNIT "org.freedesktop.systemd1.Unit"
#define SYSTEMD_SCOPE "org.freedesktop.systemd1.Scope"

struct Systemd {
        sd_bus *bus;
        bool on_bus;                    /* a message bus, not PID 1's private socket */

        /* the start under way */
        const ResourceSet *set;         /* not owned */
        uint32_t *pids;
        size_t n_pids;
        char *controller;
        char **dropped;                 /* properties that this systemd does not know */
        bool was_reset;                 /* a failed namesake was reset already */
        Job job;

        sd_bus_slot *stop_match;
        bool stop_requested;

        sd_bus_slot *unit_match;
        bool stop_under_way;
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

int start_scope_send(Systemd *systemd, const ResourceSet *set, const pid_t *pids, size_t n_pids, const char *controller,
                     Error *error);
int start_scope_reply(Systemd *systemd, Error *error);
int start_scope_wait(Systemd *systemd, uint64_t timeout_usec, Error *error);
bool start_scope_dropped(Systemd *systemd, const char *property);
void start_forget(Systemd *systemd);

int unit_get_state(Systemd *systemd, const char *unit, UnitState *ret, Error *error);
void unit_state_done(UnitState *state);
int unit_get_property(Systemd *systemd, const char *unit, const char *property, char **ret, Error *error);
int unit_set_properties(Systemd *systemd, const char *unit, const Property *properties, size_t n_properties, bool runtime,
                        Error *error);
int unit_stop(Systemd *systemd, const char *unit, uint64_t timeout_usec, Error *error);
int unit_reset_failed(Systemd *systemd, const char *unit, Error *error);
int unit_freeze(Systemd *systemd, const char *unit, Error *error);
int unit_thaw(Systemd *systemd, const char *unit, Error *error);
int unit_kill(Systemd *systemd, const char *unit, int signal, Error *error);

int service_start(Systemd *systemd, const ServiceRequest *request, uint64_t timeout_usec, Error *error);
int machine_register(Systemd *systemd, const char *name, pid_t leader, const char *root, Error *error);

const char *watch_bus_name(Systemd *systemd, Error *error);
int watch_stop(Systemd *systemd, const char *unit, Error *error);
int watch_abandon(Systemd *systemd, const char *unit, Error *error);
int watch_unit(Systemd *systemd, const char *unit, Error *error);
bool watch_stop_under_way(const Systemd *systemd);
int watch_get_poll(Systemd *systemd, int *ret_fd, short *ret_events, uint64_t *ret_deadline_usec);
int watch_process(Systemd *systemd, bool *ret_stop, Error *error);
