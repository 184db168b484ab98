/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls of systemd's manager (org.freedesktop.systemd1(5)). Invariant: a failure says what was asked, of which unit, and what systemd said. */

#include "systemd/manager.h"

#include <errno.h>
#include <stdlib.h>

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

static int ask(Manager *manager, ClientQuestion question, const void *userdata) {
        return client_ask(manager, question, userdata, usec_monotonic() + SYSTEMD_CALL_USEC);
}

typedef struct UnitCall {
        const char *method, *unit;
} UnitCall;

static int ask_with_unit(Client *client, const void *userdata, uint64_t deadline_usec) {
        const UnitCall *call = userdata;

        return client_call_with_unit(client, call->method, call->unit, deadline_usec);
}

static int call_with_unit(Manager *manager, const char *method, const char *unit) {
        int r = client_set_unit(manager, unit);

        return r < 0 ? r : ask(manager, ask_with_unit, &(UnitCall) { method, unit });
}

/* userdata: the unit's name, or NULL for the one that the conversation is about. */
static int ask_stop(Client *client, const void *userdata, uint64_t deadline_usec) {
        Wire *wire;

        client_hear_jobs(client);
        wire = userdata ? client_begin(client, "StopUnit", "ss") : client_begin_unit(client, "Stop", "s");
        if (userdata)
                wire_string(wire, userdata);
        wire_string(wire, "replace");
        return client_call(client, deadline_usec);
}

/* unit: what it is called in errors; object: what is addressed. */
static int stop(Manager *manager, const char *unit, const char *object, uint64_t timeout_usec, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + timeout_usec;
        int r = client_set_unit(manager, object);

        if (r < 0)
                return r;
        r = ask(manager, ask_stop, unit == object ? unit : NULL);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return report(manager, r, "stop of", unit, error);
        if (timeout_usec == 0)
                return 0;
        r = client_take_job(manager);
        if (r >= 0)
                r = client_wait_state(manager, false, deadline_usec);
        if (r == 1 || r == -ENOENT)
                return 0;
        if (r < 0)
                return error_set(error, r, "stop of %s: waiting for systemd's job: %m", unit);
        return job_result_report(manager->result, "stop of", unit, error);
}

int manager_stop_unit(Manager *manager, const char *unit, uint64_t timeout_usec, Error *error) {
        return stop(manager, unit, unit, timeout_usec, error);
}

int manager_reset_failed(Manager *manager, const char *unit, Error *error) {
        int r = call_with_unit(manager, "ResetFailedUnit", unit);

        return r == -ENOENT ? 0 : report(manager, r, "reset of", unit, error);
}

int manager_set_frozen(Manager *manager, const char *unit, bool frozen, Error *error) {
        int r = call_with_unit(manager, frozen ? "FreezeUnit" : "ThawUnit", unit);

        return report(manager, r, frozen ? "freeze of" : "thaw of", unit, error);
}

typedef struct Change {
        const char *unit;
        const Property *properties;
        size_t n_properties;
        char **dropped;
} Change;

static int ask_change(Client *client, const void *userdata, uint64_t deadline_usec) {
        const Change *change = userdata;
        const int runtime = true;
        PropertySink sink;
        Wire *wire;
        int r;

        wire = client_begin(client, "SetUnitProperties", "sba(sv)");
        sink = property_wire_sink(wire);
        wire_string(wire, change->unit);
        wire_basic(wire, 'b', &runtime);
        wire_open(wire, 'a', "(sv)");
        r = property_append_all(&sink, change->properties, change->n_properties, change->dropped);
        wire_close(wire);
        return r < 0 ? r : client_call(client, deadline_usec);
}

/* With the field of the bundle in front when the text speaks of a property that came from there. */
static int report_change(Manager *manager, int r, const Change *change, Error *error) {
        const Property *property = property_find_named_in(manager->answer.text, change->properties, change->n_properties);

        if (r < 0 && property && property->field)
                return error_set(error, r, "%s: systemd: %s", property->field, manager->answer.text);
        return report(manager, r, "properties of", change->unit, error);
}

int manager_set_properties(Manager *manager, const char *unit, const Property *properties, size_t n_properties, Error *error) {
        Change change = { .unit = unit, .properties = properties, .n_properties = n_properties };
        int r = client_set_unit(manager, unit);

        if (r >= 0)
                do
                        r = ask(manager, ask_change, &change);
                while (r == -EROFS && property_leave_out(manager->answer.text, properties, n_properties, &change.dropped));
        r = report_change(manager, r, &change, error);
        strv_free(change.dropped);
        return r;
}

/* ---- who is it ---- */

void unit_identity_done(UnitIdentity *identity) {
        free(identity->invocation);
        free(identity->description);
        free(identity->control_group);
        *identity = (UnitIdentity) {};
}

static int get(Manager *manager, const char *interface, const char *property, char **ret) {
        int r = client_get(manager, interface, property, usec_monotonic() + SYSTEMD_CALL_USEC);

        if (r >= 0)
                *ret = TAKE_PTR(manager->answer.text);
        return r;
}

static int identify(Manager *manager, UnitIdentity *identity) {
        CLEANUP(freep) char *transient = NULL, *load_state = NULL;
        int r = get(manager, SYSTEMD_UNIT, "InvocationID", &identity->invocation);

        /* From here on that one, and not a namesake that comes later. */
        if (r >= 0 && identity->invocation[0])
                r = client_set_unit(manager, identity->invocation);
        else if (r >= 0) {
                r = get(manager, SYSTEMD_UNIT, "LoadState", &load_state);
                if (r >= 0 && streq(load_state, "not-found"))
                        return -ENOENT;
        }
        if (r >= 0)
                r = get(manager, SYSTEMD_UNIT, "Transient", &transient);
        if (r >= 0)
                r = get(manager, SYSTEMD_UNIT, "Description", &identity->description);
        if (r >= 0)
                r = get(manager, SYSTEMD_SCOPE, "ControlGroup", &identity->control_group);
        identity->transient = r >= 0 && streq(transient, "yes");
        return r;
}

int manager_identify(Manager *manager, const char *unit, UnitIdentity *ret, Error *error) {
        CLEANUP(unit_identity_done) UnitIdentity identity = {};
        int r = client_set_unit(manager, unit);

        if (r >= 0)
                r = identify(manager, &identity);
        if (r < 0)
                return r == -ENOENT ? r : report(manager, r, "identity of", unit, error);
        *ret = TAKE(identity, ((UnitIdentity) {}));
        return 0;
}

static int ask_reset(Client *client, const void *userdata, uint64_t deadline_usec) {
        (void) client_begin_unit(client, "ResetFailed", NULL);
        return client_call(client, deadline_usec);
}

int manager_end_unit(Manager *manager, const char *unit, const UnitIdentity *identity, uint64_t timeout_usec, Error *error) {
        const char *object = identity->invocation[0] ? identity->invocation : unit;
        int r = stop(manager, unit, object, timeout_usec, error);

        if (r < 0)
                return r;
        r = client_set_unit(manager, object);
        if (r >= 0)
                (void) ask(manager, ask_reset, NULL);
        return r;
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
