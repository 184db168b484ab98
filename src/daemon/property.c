/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls to the objects of containers and processes, before sd-bus looks at them: it would answer Get and GetAll at once, and say of an object that is not there
 * that it is not. Invariant: who is not authorized does not even learn whether the object exists. object.c and process.c register this for their paths. */

#include "daemon/property.h"

#include <errno.h>

#include "base/strv.h"
#include "daemon/authorize.h"
#include "daemon/method.h"
#include "daemon/object.h"
#include "daemon/process.h"
#include "daemon/view.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"

/* What everybody may see who may look at containers. All else is private. */
static const char *const public_properties[] = { "Id", "State", "Unit" };

static bool is_public(const char *name) {
        FOREACH_ELEMENT(property, public_properties)
                if (streq(*property, name))
                        return true;
        return false;
}

typedef struct Call {
        const char *interface;          /* of the property */
        const char *name;               /* NULL: all */
} Call;

static int read_call(sd_bus_message *message, Call *ret) {
        *ret = (Call) {};
        return streq(sd_bus_message_get_member(message), "Get") ? sd_bus_message_read(message, "ss", &ret->interface, &ret->name)
                                                                : sd_bus_message_read(message, "s", &ret->interface);
}

/* ---- the answer ---- */

typedef struct Object {
        const char *path;
        const char *interface;
        const sd_bus_vtable *vtable;
        void *userdata;
} Object;

static int find_object(Daemon *daemon, const char *path, Object *ret, sd_bus_error *error) {
        bool process = startswith(path, BUS_PATH_PROCESS "/");

        *ret = (Object) { path, process ? BUS_PROCESS : BUS_CONTAINER, process ? process_vtable : container_vtable, NULL };
        return object_find(daemon, path, &ret->userdata, error);
}

static int append_value(sd_bus_message *reply, const Object *object, const sd_bus_vtable *row, sd_bus_error *error) {
        int r = sd_bus_message_open_container(reply, 'v', row->x.property.signature);

        if (r >= 0)
                r = row->x.property.get(sd_bus_message_get_bus(reply), object->path, object->interface, row->x.property.member, reply, object->userdata, error);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_one(sd_bus_message *reply, const Object *object, const char *name, sd_bus_error *error) {
        for (const sd_bus_vtable *row = object->vtable; row->type != _SD_BUS_VTABLE_END; row++)
                if (row->type == _SD_BUS_VTABLE_PROPERTY && streq(row->x.property.member, name))
                        return append_value(reply, object, row, error);
        return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "no property %.255s", name);
}

static int append_all(sd_bus_message *reply, const Object *object, bool private, sd_bus_error *error) {
        int r = sd_bus_message_open_container(reply, 'a', "{sv}");

        for (const sd_bus_vtable *row = object->vtable; r >= 0 && row->type != _SD_BUS_VTABLE_END; row++) {
                if (row->type != _SD_BUS_VTABLE_PROPERTY || !(private || is_public(row->x.property.member)))
                        continue;
                r = sd_bus_message_open_container(reply, 'e', "sv");
                if (r >= 0)
                        r = sd_bus_message_append(reply, "s", row->x.property.member);
                if (r >= 0)
                        r = append_value(reply, object, row, error);
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int tell(sd_bus_message *message, const Object *object, bool private, sd_bus_error *error) {
        sd_bus_message *reply = NULL;
        Call call;
        int r = read_call(message, &call);

        if (r >= 0 && !isempty(call.interface) && !streq(call.interface, object->interface))
                return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_INTERFACE, "no properties of interface %.255s", call.interface);
        if (r >= 0)
                r = sd_bus_message_new_method_return(message, &reply);
        if (r >= 0)
                r = call.name ? append_one(reply, object, call.name, error) : append_all(reply, object, private, error);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r < 0 ? r : 1;
}

/* ---- the question ---- */

static uint32_t owner_of(Daemon *daemon, const char *path) {
        void *object = NULL;

        if (!startswith(path, BUS_PATH_CONTAINER "/") || object_find(daemon, path, &object, NULL) < 0)
                return OWNER_NONE;
        return (uint32_t) ((const Entry *) object)->container->record->uid;
}

static int on_authorized(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *path = sd_bus_message_get_path(message);
        bool process = startswith(path, BUS_PATH_PROCESS "/");
        Daemon *daemon = process ? ((BusProcess *) userdata)->daemon : ((Entry *) userdata)->daemon;
        Object object;
        int r = find_object(daemon, path, &object, error);

        return r < 0 ? r : tell(message, &object, process || caller_may_read(daemon, message, owner_of(daemon, path)), error);
}

/* Of one property, what it takes to see it; of all, those are told that the caller may see without being asked further. */
static const char *action_for(sd_bus_message *message, sd_bus_error *error) {
        Call call;

        if (startswith(sd_bus_message_get_path(message), BUS_PATH_PROCESS "/"))
                return ACTION_INSPECT_PRIVATE;
        if (read_call(message, &call) < 0 || sd_bus_message_rewind(message, true) < 0) {
                sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "the name of an interface, and for Get of a property");
                return NULL;
        }
        return !call.name || is_public(call.name) ? ACTION_INSPECT : ACTION_INSPECT_PRIVATE;
}

/* Not reached: authorize() has found out by then that there is no such object. */
static int on_missing(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return -ENOENT;
}

/* A method of an object that is not there needs what it needs of one that is. */
static int guard_missing(Daemon *daemon, sd_bus_message *message, sd_bus_error *error) {
        const char *member = sd_bus_message_get_member(message), *path = sd_bus_message_get_path(message), *action = member ? method_action(member) : NULL;
        void *object;
        int r;

        /* The node above them all. */
        if (streq(path, BUS_PATH_CONTAINER) || streq(path, BUS_PATH_PROCESS) || object_find(daemon, path, &object, NULL) >= 0)
                return 0;
        r = authorize(daemon, message, action ? action : ACTION_INSPECT, on_missing, error);
        return r == 0 ? 1 : r < 0 ? r : object_find(daemon, path, &object, error);
}

int property_on_call(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Daemon *daemon = userdata;
        const char *path = sd_bus_message_get_path(message), *action;
        int r;

        if (!sd_bus_message_is_method_call(message, PROPERTIES, "Get") && !sd_bus_message_is_method_call(message, PROPERTIES, "GetAll"))
                return guard_missing(daemon, message, error);
        action = action_for(message, error);
        if (!action)
                return -EINVAL;
        r = authorize_owned(daemon, message, action, owner_of(daemon, path), on_authorized, error);
        /* 0: those who may see all get the answer of sd-bus. */
        return r < 0 ? r : r == 0;
}
