/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is asked of a unit that exists, or may exist. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "base/strv.h"
#include "systemd/connection.h"
#include "systemd/property-bus.h"

/* Where a unit type's own properties are; those that all types have are SYSTEMD_UNIT's. */
static const struct {
        const char *suffix, *interface;
} interfaces[] = {
        { ".scope", SYSTEMD_SCOPE },
        { ".service", "org.freedesktop.systemd1.Service" },
        { ".slice", "org.freedesktop.systemd1.Slice" },
};

static const char *unit_interface(const char *unit) {
        FOREACH_ELEMENT(entry, interfaces)
                if (endswith(unit, entry->suffix))
                        return entry->interface;
        return SYSTEMD_UNIT;
}

/* ---- reading ---- */

static const struct {
        const char *property;
        bool of_type;           /* of the type's interface */
        size_t offset;
} state_properties[] = {
        { "LoadState", false, offsetof(UnitState, load_state) },
        { "ActiveState", false, offsetof(UnitState, active_state) },
        { "SubState", false, offsetof(UnitState, sub_state) },
        { "FreezerState", false, offsetof(UnitState, freezer_state) },
        { "Result", true, offsetof(UnitState, result) },
        { "ControlGroup", true, offsetof(UnitState, control_group) },
        { "Controller", true, offsetof(UnitState, controller) },
};

void unit_state_done(UnitState *state) {
        FOREACH_ELEMENT(entry, state_properties)
                free(*(char **) ((char *) state + entry->offset));
        *state = (UnitState) {};
}

typedef struct Query {
        size_t n_pending;
        bool done;
        int number;             /* first failure */
        sd_bus_error error;
} Query;

typedef struct QueryField {
        Query *query;
        sd_bus_slot *slot;
        char **value;
} QueryField;

static int on_state_property(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const sd_bus_error *failure = sd_bus_message_get_error(message);
        QueryField *field = userdata;
        Query *query = field->query;
        const char *value = "";
        int r = 0;

        if (failure)
                r = bus_error_to_errno(failure, -EIO);
        else
                r = sd_bus_message_read(message, "v", "s", &value);
        if (r == -EROFS)
                r = 0; /* not one that this type of unit has: "" */
        *field->value = strdup(value);
        if (r >= 0 && !*field->value)
                r = -ENOMEM;
        if (r < 0 && query->number == 0) {
                query->number = r;
                if (failure)
                        sd_bus_error_copy(&query->error, failure);
        }
        query->done = --query->n_pending == 0;
        return 0;
}

static int send_get(Systemd *systemd, const char *path, const char *interface, const char *property, QueryField *field) {
        return sd_bus_call_method_async(systemd->bus, &field->slot, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties", "Get",
                                        on_state_property, field,
                                        "ss", interface, property);
}

/* All questions are sent before the first answer is waited for. GetAll would be one question, with some hundred answers. */
int unit_get_state(Systemd *systemd, const char *unit, UnitState *ret, Error *error) {
        CLEANUP(unit_state_done) UnitState state = {};
        CLEANUP(freep) char *path = NULL;
        QueryField fields[ELEMENTSOF(state_properties)] = {};
        Query query = { .n_pending = ELEMENTSOF(state_properties) };
        int r;

        r = sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(fields); i++) {
                fields[i].query = &query;
                fields[i].value = (char **) ((char *) &state + state_properties[i].offset);
                r = send_get(systemd, path, state_properties[i].of_type ? unit_interface(unit) : SYSTEMD_UNIT,
                             state_properties[i].property, &fields[i]);
        }
        if (r >= 0)
                r = connection_process_until(systemd, &query.done, usec_monotonic() + SYSTEMD_CALL_USEC);
        FOREACH_ELEMENT(field, fields)
                sd_bus_slot_unref(field->slot);
        if (r >= 0)
                r = query.number;
        if (r < 0)
                r = bus_error_report(&query.error, r, "state of", unit, error);
        sd_bus_error_free(&query.error);
        if (r < 0)
                return r;
        *ret = TAKE(state, ((UnitState) {}));
        return 0;
}

static int get_property(Systemd *systemd, const char *path, const char *interface, const char *property, sd_bus_error *bus_error,
                        sd_bus_message **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = sd_bus_message_new_method_call(systemd->bus, &message, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties",
                                               "Get");

        if (r >= 0)
                r = sd_bus_message_append(message, "ss", interface, property);
        return r < 0 ? r : connection_call(systemd, message, bus_error, ret);
}

int unit_get_property(Systemd *systemd, const char *unit, const char *property, char **ret, Error *error) {
        CLEANUP(sd_bus_error_free) sd_bus_error bus_error = SD_BUS_ERROR_NULL;
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        CLEANUP(freep) char *path = NULL;
        int r = sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path);

        if (r >= 0)
                r = get_property(systemd, path, unit_interface(unit), property, &bus_error, &reply);
        if (r == -EROFS) {
                sd_bus_error_free(&bus_error);
                r = get_property(systemd, path, SYSTEMD_UNIT, property, &bus_error, &reply);
        }
        if (r == -EROFS)
                return error_set(error, -ENOENT, "%s: systemd does not know property %s here", unit, property);
        if (r >= 0)
                r = property_read_text(reply, ret);
        return r < 0 ? bus_error_report(&bus_error, r, property, unit, error) : 0;
}
