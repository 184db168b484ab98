/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.berth1.Manager: finding containers, and the verbs by id. */

#include <errno.h>
#include <stdlib.h>

#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "config.h"
#include "daemon/authorize.h"
#include "daemon/errors.h"
#include "daemon/method.h"
#include "daemon/object.h"
#include "daemon/operation.h"
#include "daemon/view.h"

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply, void *userdata,
                       sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", BERTH_VERSION);
}

static int append_container(sd_bus_message *reply, const Entry *entry, bool private) {
        const Record *record = entry->container->record;

        return sd_bus_message_append(reply, "(sssuo)", entry->id, container_status_to_string(entry->status), record->unit ? record->unit : "",
                                     entry->status == STATUS_STOPPED || !private ? 0 : (uint32_t) record->pid, entry->path);
}

static int on_list(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Daemon *daemon = userdata;
        sd_bus_message *reply = NULL;
        int r;

        r = authorize(daemon, message, ACTION_INSPECT, on_list, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(message, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sssuo)");
        for (size_t i = 0; r >= 0 && i < daemon->n_entries; i++)
                if (daemon->entries[i]->announced)
                        r = append_container(reply, daemon->entries[i],
                                             caller_may_read(daemon, message, (uint32_t) daemon->entries[i]->container->record->uid));
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

static int reply_path(sd_bus_message *message, const Entry *entry) {
        return sd_bus_reply_method_return(message, "o", entry->path);
}

/* One that was made a moment ago by somebody else may not have been looked at yet. */
static int on_get(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Daemon *daemon = userdata;
        const char *id;
        Entry *entry;
        int r;

        r = authorize(daemon, message, ACTION_INSPECT, on_get, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_read(message, "s", &id);
        if (r < 0)
                return r;
        entry = view_refresh(daemon, id);
        if (!entry)
                return bus_error_no_container(error, id);
        return reply_path(message, entry);
}

/* Looking into procfs may have to wait for the kernel's cgroup_mutex (before Linux 6.8), which systemd holds for long at times. */
static int run_find_cgroup(Worker *worker, Container *unused, Text *result, Error *error) {
        CLEANUP(freep) char *cgroup = NULL;

        if (worker->request->pid > 0 && cgroup_of_process(worker->request->pid, &cgroup) >= 0)
                text_add(result, cgroup);
        text_add_bytes(result, "", 1);
        return 0;
}

static int reply_find_cgroup(Operation *operation, const Answer *answer) {
        const char *cgroup = answer->bytes;
        const Entry *entry = answer->size > 1 ? view_find_by_cgroup(operation->daemon, cgroup) : NULL;

        if (entry)
                return reply_path(operation->message, entry);
        return sd_bus_reply_method_errorf(operation->message, BUS_ERROR_NO_SUCH_CONTAINER, "process %ld is in no container", (long) operation->request.pid);
}

static const OperationKind operation_find_cgroup = {
        .name = "find by pid",
        .deadline_usec = 30 * USEC_PER_SEC,
        .plain = true,
        .run = run_find_cgroup,
        .reply = reply_find_cgroup,
};

static int on_get_by_pid(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        CLEANUP(request_done) Request request = {};
        Daemon *daemon = userdata;
        uint32_t pid;
        int r;

        r = authorize(daemon, message, ACTION_INSPECT, on_get_by_pid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_read(message, "u", &pid);
        if (r < 0)
                return r;
        if (pid > INT32_MAX)
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_CONTAINER, "process %u is in no container", pid);
        request.pid = (pid_t) pid;
        return operation_start(daemon, message, &operation_find_cgroup, &request, NULL, error);
}

static int on_get_by_unit(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Daemon *daemon = userdata;
        const char *unit;
        Entry *entry;
        int r;

        r = authorize(daemon, message, ACTION_INSPECT, on_get_by_unit, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_read(message, "s", &unit);
        if (r < 0)
                return r;
        entry = view_find_by_unit(daemon, unit);
        if (!entry)
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_CONTAINER, "unit %.255s is of no container", unit);
        return reply_path(message, entry);
}

/* Any verb, by its name; the id comes first. */
static int on_verb(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return method_call(userdata, message, NULL, on_verb, error);
}

/* clang-format off */
static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_METHOD_WITH_ARGS("ListContainers", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(sssuo)", containers), on_list, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetContainer", SD_BUS_ARGS("s", id), SD_BUS_RESULT("o", container), on_get, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetContainerByPID", SD_BUS_ARGS("u", pid), SD_BUS_RESULT("o", container), on_get_by_pid, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetContainerByUnit", SD_BUS_ARGS("s", unit), SD_BUS_RESULT("o", container), on_get_by_unit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("CreateContainer", SD_BUS_ARGS("s", id, "s", bundle, "a{sv}", options), SD_BUS_RESULT("o", container), method_on_create,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RestoreContainer", SD_BUS_ARGS("s", id, "s", bundle, "s", checkpoint, "a{sv}", options), SD_BUS_RESULT("o", container),
                                method_on_restore, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("StartContainer", SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("KillContainer", SD_BUS_ARGS("s", id, "i", signal), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("KillContainerProcess", SD_BUS_ARGS("s", id, "u", pid, "i", signal), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("StopContainer", SD_BUS_ARGS("s", id, "t", timeout), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("PauseContainer", SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ResumeContainer", SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("DeleteContainer", SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("UpdateContainer", SD_BUS_ARGS("s", id, "s", resources), SD_BUS_NO_RESULT, on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetContainerStats", SD_BUS_ARGS("s", id), SD_BUS_RESULT("a{st}", stats), on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetContainerProcesses", SD_BUS_ARGS("s", id), SD_BUS_RESULT("au", pids), on_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("ContainerNew", SD_BUS_ARGS("s", id, "o", container), 0),
        SD_BUS_SIGNAL_WITH_ARGS("ContainerRemoved", SD_BUS_ARGS("s", id, "o", container), 0),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int manager_register(Daemon *daemon) {
        return sd_bus_add_object_vtable(daemon->bus, NULL, BUS_PATH, BUS_MANAGER, manager_vtable, daemon);
}
