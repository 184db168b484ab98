/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The start of a scope, in three steps of which the caller may do others in between. Invariant: a property that berth was told
 * to set is set or the start fails; only what berth itself could do without (optional) is left out, once systemd has said that
 * it does not know it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "base/strv.h"
#include "systemd/connection.h"
#include "systemd/property.h"

void start_forget(Systemd *systemd) {
        job_done(&systemd->job);
        systemd->set = NULL;
        systemd->n_pids = 0;
        free(TAKE_PTR(systemd->pids));
        free(TAKE_PTR(systemd->controller));
        systemd->dropped = strv_free(systemd->dropped);
        systemd->was_reset = false;
}

static int append_properties(Systemd *systemd, sd_bus_message *message) {
        const ResourceSet *set = systemd->set;
        Property pids = { .name = "PIDs", .type = PROPERTY_PIDS, .pids = systemd->pids, .n_pids = systemd->n_pids };
        Property controller = { .name = "Controller", .type = PROPERTY_STRING, .string = systemd->controller };
        int r;

        r = sd_bus_message_open_container(message, 'a', "(sv)");
        if (r >= 0)
                r = property_append_all(message, set->properties, set->n_properties, systemd->dropped);
        if (r >= 0 && systemd->n_pids > 0)
                r = property_append(message, &pids);
        if (r >= 0 && systemd->controller)
                r = property_append(message, &controller);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int send_start(Systemd *systemd) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = connection_new_message(systemd, "StartTransientUnit", &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "ss", systemd->set->unit, "fail");
        if (r >= 0)
                r = append_properties(systemd, message);
        if (r >= 0)
                r = sd_bus_message_append(message, "a(sa(sv))", 0);
        return r < 0 ? r : job_send(&systemd->job, systemd, systemd->set->unit, message);
}

int start_scope_send(Systemd *systemd, const ResourceSet *set, const pid_t *pids, size_t n_pids, const char *controller,
                     Error *error) {
        int r;

        start_forget(systemd);
        if (controller && !systemd->on_bus)
                return error_set(error, -EOPNOTSUPP, "start of %s: a controller needs the message bus", set->unit);
        systemd->set = set;
        systemd->pids = calloc(n_pids + 1, sizeof *systemd->pids);
        systemd->controller = controller ? strdup(controller) : NULL;
        if (!systemd->pids || (controller && !systemd->controller))
                return -ENOMEM;
        for (size_t i = 0; i < n_pids; i++)
                systemd->pids[systemd->n_pids++] = (uint32_t) pids[i];
        r = send_start(systemd);
        return r < 0 ? error_set(error, r, "start of %s: %m", set->unit) : 0;
}

/* True when the request is worth repeating without a property that this systemd does not know. */
static bool drop_unknown(Systemd *systemd) {
        const Property *property = property_find_named_in(systemd->job.error.message, systemd->set->properties,
                                                          systemd->set->n_properties);

        return property && property->optional && !strv_contains(systemd->dropped, property->name) &&
                strv_append(&systemd->dropped, property->name) >= 0;
}

/* True when a unit of the name was only a failed one, left behind, and is gone now. */
static bool reset_namesake(Systemd *systemd) {
        UnitState state = {};
        bool left_behind;

        if (systemd->was_reset || unit_get_state(systemd, systemd->set->unit, &state, NULL) < 0)
                return false;
        left_behind = streq(state.active_state, "failed") || streq(state.active_state, "inactive");
        unit_state_done(&state);
        systemd->was_reset = true;
        return left_behind && unit_reset_failed(systemd, systemd->set->unit, NULL) >= 0;
}

/* With the field of the bundle in front when the text speaks of a property that came from there. */
static int report(Systemd *systemd, int r, Error *error) {
        const ResourceSet *set = systemd->set;
        const sd_bus_error *bus_error = &systemd->job.error;
        const Property *property;

        if (r == -EEXIST)
                return error_set(error, r, "start of %s: a unit of that name exists already", set->unit);
        property = property_find_named_in(bus_error->message, set->properties, set->n_properties);
        if (property && property->field)
                return error_set(error, r, "%s: systemd: %s", property->field, bus_error->message);
        return bus_error_report(bus_error, r, "start of", set->unit, error);
}

int start_scope_reply(Systemd *systemd, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + SYSTEMD_CALL_USEC;

        if (!systemd->set)
                return error_set(error, -ESTALE, "no start is under way");
        for (;;) {
                int r = job_wait_reply(&systemd->job, systemd, deadline_usec);

                if (r >= 0)
                        return 0;
                if (!(r == -EROFS && drop_unknown(systemd)) && !(r == -EEXIST && reset_namesake(systemd)))
                        return report(systemd, r, error);
                r = send_start(systemd);
                if (r < 0)
                        return error_set(error, r, "start of %s: %m", systemd->set->unit);
        }
}

int start_scope_wait(Systemd *systemd, uint64_t timeout_usec, Error *error) {
        if (!systemd->set)
                return error_set(error, -ESTALE, "no start is under way");
        return job_wait_end(&systemd->job, systemd, "start of", systemd->set->unit, usec_monotonic() + timeout_usec, error);
}

bool start_scope_dropped(Systemd *systemd, const char *property) {
        return strv_contains(systemd->dropped, property);
}
