/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program as a transient service, and a container as a machine of systemd-machined. */

#include <errno.h>
#include <string.h>

#include "base/process.h"
#include "base/strv.h"
#include "systemd/command.h"
#include "systemd/connection.h"
#include "systemd/property-bus.h"

static int send_service(Systemd *systemd, const ServiceRequest *request, Job *job) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = connection_new_message(systemd, "StartTransientUnit", &message);
        PropertySink sink = property_bus_sink(message);

        if (r >= 0)
                r = sd_bus_message_append(message, "ss", request->unit, "fail");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'a', "(sv)");
        if (r >= 0)
                r = property_append_all(&sink, request->properties, request->n_properties, NULL);
        if (r >= 0)
                r = command_append(message, request->program, NULL, (char *const *) (uintptr_t) request->arguments);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        if (r >= 0)
                r = sd_bus_message_append(message, "a(sa(sv))", 0);
        return r < 0 ? r : job_send(job, systemd, request->unit, message);
}

int service_start(Systemd *systemd, const ServiceRequest *request, uint64_t timeout_usec, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + timeout_usec;
        Job job = {};
        int r = send_service(systemd, request, &job);

        if (r < 0)
                error_set(error, r, "start of %s: %m", request->unit);
        else {
                r = job_wait_reply(&job, systemd, deadline_usec);
                if (r < 0)
                        bus_error_report(&job.error, r, "start of", request->unit, error);
                else
                        r = job_wait_end(&job, systemd, "start of", request->unit, deadline_usec, error);
        }
        job_done(&job);
        return r;
}

static int machine_call(Systemd *systemd, const char *method, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(systemd->bus, ret, "org.freedesktop.machine1", "/org/freedesktop/machine1",
                                              "org.freedesktop.machine1.Manager", method);
}

static int append_id(sd_bus_message *message, const uint8_t *id) {
        return sd_bus_message_append_array(message, 'y', id, id ? MACHINE_ID_SIZE : 0);
}

/* By pidfd (systemd 259): a pid may be another's by the time that machined looks. */
static int register_by_pidfd(Systemd *systemd, const MachineRegistration *machine, sd_bus_error *bus_error) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = machine_call(systemd, "RegisterMachineEx", &message);

        if (r >= 0)
                r = sd_bus_message_append(message, "s", machine->name);
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'a', "(sv)");
        if (r >= 0)
                r = sd_bus_message_append(message, "(sv)(sv)(sv)(sv)", "Service", "s", "berth", "Class", "s", "container", "LeaderPIDFD", "h",
                                          machine->pidfd, "RootDirectory", "s", machine->root);
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", "Id");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'v', "ay");
        if (r >= 0)
                r = append_id(message, machine->id);
        for (unsigned i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(message);
        return r < 0 ? r : sd_bus_call(systemd->bus, message, SYSTEMD_CALL_USEC, bus_error, NULL);
}

static int register_by_pid(Systemd *systemd, const MachineRegistration *machine, sd_bus_error *bus_error) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = machine_call(systemd, "RegisterMachine", &message);

        if (r >= 0)
                r = sd_bus_message_append(message, "s", machine->name);
        if (r >= 0)
                r = append_id(message, machine->id);
        if (r >= 0)
                r = sd_bus_message_append(message, "ssus", "berth", "container", (uint32_t) machine->leader, machine->root);
        return r < 0 ? r : sd_bus_call(systemd->bus, message, SYSTEMD_CALL_USEC, bus_error, NULL);
}

int machine_register(Systemd *systemd, const MachineRegistration *machine, Error *error) {
        CLEANUP(sd_bus_error_free) sd_bus_error bus_error = SD_BUS_ERROR_NULL;
        int r;

        if (!systemd->on_bus)
                return error_set(error, -EHOSTDOWN, "registration with systemd-machined needs the message bus");
        r = register_by_pidfd(systemd, machine, &bus_error);
        if (r < 0 && sd_bus_error_has_name(&bus_error, SD_BUS_ERROR_UNKNOWN_METHOD)) {
                sd_bus_error_free(&bus_error);
                r = register_by_pid(systemd, machine, &bus_error);
        }
        if (r >= 0)
                return 0;
        r = bus_error_to_errno(&bus_error, r);
        return error_set(error, r, "systemd-machined, machine %s: %s", machine->name, bus_error.message ? bus_error.message : strerror(-r));
}
