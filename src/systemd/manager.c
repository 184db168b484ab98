/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls of systemd's manager (org.freedesktop.systemd1(5)). Invariant: a failure says what was asked, of which unit, and what systemd said. */

#include "systemd/manager.h"

#include <errno.h>

#include "base/process.h"
#include "base/strv.h"
#include "systemd/bus-error.h"
#include "systemd/client.h"
#include "systemd/names.h"
#include "systemd/property.h"
#include "systemd/systemd.h"

#define SEND_USEC USEC_PER_SEC

/* ---- life ---- */

int manager_open(bool user, Manager **ret, Error *error) {
        return client_open(user, ret, error);
}

int manager_new(int fd, Manager **ret) {
        return client_new(fd, false, ret);
}

Manager *manager_close(Manager *manager) {
        return client_close(manager);
}

/* ---- changing ---- */

/* r may be of the call, or of what was to be sent. */
static int report(const Manager *manager, int r, const char *action, const char *unit, Error *error) {
        const Answer *answer = &manager->answer;

        if (r >= 0)
                return 0;
        if (answer->there && answer->number < 0 && answer->text)
                return error_set(error, r, "%s %s: %s", action, unit, answer->text);
        return error_set(error, r, "%s %s: %m", action, unit);
}

static int call(Manager *manager) {
        return client_call(manager, usec_monotonic() + SYSTEMD_CALL_USEC);
}

static int call_with_unit(Manager *manager, const char *method, const char *unit) {
        int r = client_set_unit(manager, unit);

        if (r < 0)
                return r;
        return client_call_with_unit(manager, method, unit, usec_monotonic() + SYSTEMD_CALL_USEC);
}

int manager_stop_unit(Manager *manager, const char *unit, uint64_t timeout_usec, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + timeout_usec;
        int r = client_set_unit(manager, unit);
        Wire *wire;

        if (r < 0)
                return r;
        if (timeout_usec > 0)
                client_hear_jobs(manager);
        wire = client_begin(manager, "StopUnit", "ss");
        wire_string(wire, unit);
        wire_string(wire, "replace");
        r = call(manager);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return report(manager, r, "stop of", unit, error);
        if (timeout_usec == 0)
                return 0;
        r = client_take_job(manager);
        if (r >= 0)
                r = client_wait_job(manager, deadline_usec);
        if (r < 0)
                return error_set(error, r, "stop of %s: waiting for systemd's job: %m", unit);
        return job_result_report(manager->result, "stop of", unit, error);
}

int manager_reset_failed(Manager *manager, const char *unit, Error *error) {
        int r = call_with_unit(manager, "ResetFailedUnit", unit);

        return r == -ENOENT ? 0 : report(manager, r, "reset of", unit, error);
}

int manager_set_frozen(Manager *manager, const char *unit, bool frozen, Error *error) {
        int r = call_with_unit(manager, frozen ? "FreezeUnit" : "ThawUnit", unit);

        return report(manager, r, frozen ? "freeze of" : "thaw of", unit, error);
}

static int send_properties(Manager *manager, const char *unit, const Property *properties, size_t n_properties, char *const *dropped) {
        const int runtime = true;
        PropertySink sink;
        Wire *wire;
        int r;

        wire = client_begin(manager, "SetUnitProperties", "sba(sv)");
        sink = property_wire_sink(wire);
        wire_string(wire, unit);
        wire_basic(wire, 'b', &runtime);
        wire_open(wire, 'a', "(sv)");
        r = property_append_all(&sink, properties, n_properties, dropped);
        wire_close(wire);
        return r < 0 ? r : call(manager);
}

int manager_set_properties(Manager *manager, const char *unit, const Property *properties, size_t n_properties, Error *error) {
        CLEANUP(strv_freep) char **dropped = NULL;
        const Answer *answer = &manager->answer;
        const Property *property;
        int r = client_set_unit(manager, unit);

        while (r >= 0) {
                r = send_properties(manager, unit, properties, n_properties, dropped);
                if (r >= 0)
                        return 0;
                if (r == -EROFS && property_leave_out(answer->text, properties, n_properties, &dropped))
                        r = 0;
                else if ((property = property_find_named_in(answer->text, properties, n_properties)) && property->field)
                        return error_set(error, r, "%s: systemd: %s", property->field, answer->text);
        }
        return report(manager, r, "properties of", unit, error);
}

/* ---- watching ---- */

int manager_abandon_scope(Manager *manager, const char *unit, Error *error) {
        int r;

        wire_string(client_begin_silent(manager, "AbandonScope", "s"), unit);
        r = client_send(manager, usec_monotonic() + SEND_USEC);
        return r < 0 ? error_set(error, r, "abandoning %s: %m", unit) : 0;
}

/* The answer to Subscribe tells who systemd is, and whose signals count. */
int manager_watch_unit(Manager *manager, const char *unit, Error *error) {
        int r = client_set_unit(manager, unit);

        if (r >= 0) {
                client_match(manager, manager->unit_path, "org.freedesktop.DBus.Properties", "PropertiesChanged");
                (void) client_begin(manager, "Subscribe", NULL);
                r = client_send(manager, usec_monotonic() + SEND_USEC);
        }
        return r < 0 ? error_set(error, r, "watching %s: %m", unit) : 0;
}

int manager_fd(const Manager *manager) {
        return link_fd(manager->link);
}

int manager_process(Manager *manager, bool *ret_stop, Error *error) {
        int r = client_process(manager, error);

        if (r >= 0)
                *ret_stop = TAKE(manager->stop, false);
        return r;
}
