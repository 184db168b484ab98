/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.berth1.Container. Invariant: properties are what the view holds, so that Get needs nothing but memory; methods are operations. */

#include "daemon/object.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strv.h"
#include "daemon/authorize.h"
#include "daemon/entry.h"
#include "daemon/idle.h"
#include "daemon/method.h"
#include "daemon/process.h"
#include "daemon/property.h"

/* ---- properties ---- */

#define PROPERTY(function) \
        static int function(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply, void *userdata, \
                            sd_bus_error *error)

static const char *or_empty(const char *string) {
        return string ? string : "";
}

PROPERTY(get_id) {
        return sd_bus_message_append(reply, "s", ((Entry *) userdata)->id);
}

PROPERTY(get_state) {
        return sd_bus_message_append(reply, "s", container_status_to_string(((Entry *) userdata)->status));
}

PROPERTY(get_bundle) {
        return sd_bus_message_append(reply, "s", or_empty(((Entry *) userdata)->container->record->bundle));
}

PROPERTY(get_unit) {
        return sd_bus_message_append(reply, "s", or_empty(((Entry *) userdata)->container->record->unit));
}

PROPERTY(get_supervising_unit) {
        return sd_bus_message_append(reply, "s", or_empty(((Entry *) userdata)->container->record->supervising_unit));
}

PROPERTY(get_slice) {
        CLEANUP(freep) char *slice = entry_slice(userdata);

        return slice ? sd_bus_message_append(reply, "s", slice) : -ENOMEM;
}

PROPERTY(get_leader_pid) {
        const Entry *entry = userdata;

        return sd_bus_message_append(reply, "u", entry->status == STATUS_STOPPED ? 0 : (uint32_t) entry->container->record->pid);
}

PROPERTY(get_created) {
        return sd_bus_message_append(reply, "t", ((Entry *) userdata)->container->record->created_usec);
}

PROPERTY(get_started) {
        return sd_bus_message_append(reply, "t", ((Entry *) userdata)->container->record->started_usec);
}

PROPERTY(get_exited) {
        return sd_bus_message_append(reply, "t", ((Entry *) userdata)->exited_usec);
}

PROPERTY(get_exit_status) {
        return sd_bus_message_append(reply, "i", (int32_t) ((Entry *) userdata)->exit_status);
}

PROPERTY(get_oom_kills) {
        return sd_bus_message_append(reply, "t", ((Entry *) userdata)->oom_kills);
}

PROPERTY(get_annotations) {
        const SpecMap *map = &((Entry *) userdata)->container->record->annotations;
        int r = sd_bus_message_open_container(reply, 'a', "{ss}");

        for (size_t i = 0; r >= 0 && i < map->n_items; i++)
                r = sd_bus_message_append(reply, "{ss}", map->items[i].key, map->items[i].value);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* ---- methods ---- */

/* Any verb, by its name. */
static int on_verb(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Entry *entry = userdata;

        return method_call(entry->daemon, message, entry->id, on_verb, error);
}

static int on_wait(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Entry *entry = userdata;
        int r;

        r = authorize(entry->daemon, message, ACTION_INSPECT, on_wait, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return entry_wait(entry, message, error);
}

/* clang-format off */
const sd_bus_vtable container_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Id", "s", get_id, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Bundle", "s", get_bundle, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Unit", "s", get_unit, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("SupervisingUnit", "s", get_supervising_unit, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Slice", "s", get_slice, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("LeaderPID", "u", get_leader_pid, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CreatedTimestamp", "t", get_created, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("StartedTimestamp", "t", get_started, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("ExitedTimestamp", "t", get_exited, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("ExitStatus", "i", get_exit_status, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("OOMKills", "t", get_oom_kills, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Annotations", "a{ss}", get_annotations, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_METHOD("Start", NULL, NULL, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Kill", SD_BUS_ARGS("i", signal), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("KillProcess", SD_BUS_ARGS("u", pid, "i", signal), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Stop", SD_BUS_ARGS("t", timeout), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Pause", NULL, NULL, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Resume", NULL, NULL, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Delete", NULL, NULL, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Update", SD_BUS_ARGS("s", resources), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Wait", SD_BUS_NO_ARGS, SD_BUS_RESULT("i", status), on_wait, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetStats", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{st}", stats), on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetProcesses", SD_BUS_NO_ARGS, SD_BUS_RESULT("au", pids), on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("OpenPTY", SD_BUS_NO_ARGS, SD_BUS_RESULT("h", pty, "s", path), on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Checkpoint", SD_BUS_ARGS("s", name, "a{sv}", options), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListCheckpoints", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(stbbbb)", checkpoints), on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Restore", SD_BUS_ARGS("s", checkpoint, "a{sv}", options), SD_BUS_RESULT("o", container), on_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("DeleteCheckpoint", SD_BUS_ARGS("s", name), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Exec", SD_BUS_ARGS("as", arguments, "a{sv}", options), SD_BUS_RESULT("o", process), on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ExecTerminal", SD_BUS_ARGS("as", arguments, "a{sv}", options), SD_BUS_RESULT("o", process, "h", pty), on_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Exited", SD_BUS_ARGS("i", status), 0),
        SD_BUS_SIGNAL_WITH_ARGS("OOM", SD_BUS_ARGS("t", kills), 0),
        SD_BUS_SIGNAL_WITH_ARGS("ProcessExited", SD_BUS_ARGS("o", process, "u", pid, "i", status), 0),
        SD_BUS_VTABLE_END
};
/* clang-format on */

/* ---- paths ---- */

static int find_container(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret, sd_bus_error *error) {
        Daemon *daemon = userdata;
        CLEANUP(freep) char *id = NULL;
        int r = sd_bus_path_decode(path, BUS_PATH_CONTAINER, &id);

        if (r <= 0)
                return r;
        *ret = view_find(daemon, id);
        return *ret != NULL;
}

static int list_containers(sd_bus *bus, const char *prefix, void *userdata, char ***ret, sd_bus_error *error) {
        CLEANUP(strv_freep) char **paths = NULL;
        Daemon *daemon = userdata;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < daemon->n_entries; i++)
                if (daemon->entries[i]->announced)
                        r = strv_append(&paths, daemon->entries[i]->path);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(paths);
        return 1;
}

int container_object_register(Daemon *daemon) {
        int r = sd_bus_add_fallback(daemon->bus, NULL, BUS_PATH_CONTAINER, property_on_call, daemon);

        if (r >= 0)
                r = sd_bus_add_fallback_vtable(daemon->bus, NULL, BUS_PATH_CONTAINER, BUS_CONTAINER, container_vtable, find_container, daemon);
        return r < 0 ? r : sd_bus_add_node_enumerator(daemon->bus, NULL, BUS_PATH_CONTAINER, list_containers, daemon);
}

int object_find(Daemon *daemon, const char *path, void **ret, sd_bus_error *error) {
        int r = 0;

        if (path && streq(path, BUS_PATH)) {
                *ret = daemon;
                return 0;
        }
        if (path && startswith(path, BUS_PATH_CONTAINER "/"))
                r = find_container(daemon->bus, path, NULL, daemon, ret, error);
        else if (path && startswith(path, BUS_PATH_PROCESS "/"))
                r = (*ret = process_find(daemon, path)) != NULL;
        return r > 0 ? 0 : sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_OBJECT, "there is no object %s", path);
}
