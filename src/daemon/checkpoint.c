/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Named checkpoints. What CRIU does is done by berth(1) in a unit of its own; looking is done here. */

#include "checkpoint/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "base/strv.h"
#include "base/utc.h"
#include "daemon/authorize.h"
#include "daemon/method.h"
#include "daemon/service.h"

/* All memory of a container is written. */
#define CHECKPOINT_USEC (30 * 60 * USEC_PER_SEC)
#define QUICK_USEC (30 * USEC_PER_SEC)

/* ---- reading the calls ---- */

static int read_name(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return method_read_checkpoint_name(message, &request->text, error);
}

/* A switch of berth checkpoint. */
static int read_switch(sd_bus_message *message, Request *request, const char *option) {
        int value, r = sd_bus_message_read(message, "b", &value);

        return r < 0 || !value ? r : strv_append(&request->strv, option);
}

#define SWITCH(function, option) \
        static int function(sd_bus_message *message, Request *request, sd_bus_error *error) { \
                return read_switch(message, request, option); \
        }

SWITCH(read_leave_running, "--leave-running")
SWITCH(read_tcp, "--tcp-established")
SWITCH(read_unix_sockets, "--ext-unix-sk")
SWITCH(read_shell, "--shell-job")
SWITCH(read_file_locks, "--file-locks")

static const BusOption checkpoint_options[] = {
        { "LeaveRunning", "b", read_leave_running },
        { "TCP", "b", read_tcp },
        { "UnixSockets", "b", read_unix_sockets },
        { "Shell", "b", read_shell },
        { "FileLocks", "b", read_file_locks },
        {}
};

static int read_checkpoint(sd_bus_message *message, Request *request, sd_bus_error *error) {
        int r = read_name(message, request, error);

        return r < 0 ? r : method_read_options(message, checkpoint_options, request, error);
}

/* ---- the workers ---- */

/* 1: it is there. */
static int find(Container *container, const char *name, Error *error) {
        CLEANUP(checkpoint_freep) Checkpoint *checkpoint = NULL;
        CLEANUP(freep) char *path = NULL;
        int r = checkpoint_find(container->record->bundle, name, &path, &checkpoint, error);

        if (r != -ENOENT)
                return r < 0 ? r : 1;
        error_done(error);
        return 0;
}

static int run_checkpoint(Worker *worker, Container *container, Text *result, Error *error) {
        const Request *request = worker->request;
        CLEANUP(strv_freep) char **arguments = NULL;
        const char *const fixed[] = { "checkpoint", "--quiet", "--name", request->text };
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (status != STATUS_RUNNING)
                return error_set(error, status & (STATUS_STOPPED | STATUS_CREATING) ? -ESRCH : -EBUSY, "cannot checkpoint a %s container",
                                 container_status_to_string(status));
        if (find(container, request->text, error) > 0)
                return error_set(error, -EEXIST, "checkpoint already exists: %s", request->text);
        FOREACH_ELEMENT(argument, fixed)
                r = r < 0 ? r : strv_append(&arguments, *argument);
        STRV_FOREACH(option, request->strv)
                r = r < 0 ? r : strv_append(&arguments, *option);
        if (r >= 0)
                r = strv_append(&arguments, "--");
        if (r >= 0)
                r = strv_append(&arguments, container->id);
        return r < 0 ? r : service_run_verb(worker, "checkpoint", arguments, CHECKPOINT_USEC, error);
}

static int run_delete(Worker *worker, Container *container, Text *result, Error *error) {
        char *const arguments[] = {
                (char *) (uintptr_t) "checkpoints", (char *) (uintptr_t) "--bundle",      container->record->bundle,
                (char *) (uintptr_t) "--delete",    worker->request->text, NULL,
        };
        int r = find(container, worker->request->text, error);

        if (r == 0)
                return error_set(error, -ENOKEY, "checkpoint does not exist for container: %s", worker->request->text);
        return r < 0 ? r : service_run_verb(worker, "checkpoints", arguments, QUICK_USEC, error);
}

/* For each its name, time and switches, as a line. */
static int run_list(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(checkpoint_list_done) CheckpointList list = {};
        int r = checkpoint_list(container->record->bundle, &list, error);

        for (size_t i = 0; r >= 0 && i < list.n_items; i++) {
                const Checkpoint *item = list.items + i;
                uint64_t created = 0;

                (void) utc_from_string(item->created, &created);
                text_addf(result, "%s %llu %d %d %d %d\n", item->name, (unsigned long long) (created / USEC_PER_SEC), item->exit, item->tcp,
                          item->unix_sockets, item->shell);
        }
        text_add_bytes(result, "", 1);
        return r;
}

static int reply_list(Operation *operation, const Answer *answer) {
        const char *line = answer->bytes;
        sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(operation->message, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(stbbbb)");
        for (; r >= 0 && answer->size > 0 && *line; line = strchr(line, '\n') + 1) {
                int exit, tcp, unix_sockets, shell;
                long long created;
                char name[80];

                if (!strchr(line, '\n') || sscanf(line, "%79s %lld %d %d %d %d", name, &created, &exit, &tcp, &unix_sockets, &shell) != 6)
                        break;
                r = sd_bus_message_append(reply, "(stbbbb)", name, (uint64_t) created * USEC_PER_SEC, exit, tcp, unix_sockets, shell);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

static const BusErrorName checkpoint_errors[] = {
        { EEXIST, BUS_ERROR_CHECKPOINT_EXISTS },
        { ENOKEY, BUS_ERROR_NO_SUCH_CHECKPOINT },
        {}
};

static const OperationKind operation_checkpoint = {
        .name = "checkpoint", .deadline_usec = CHECKPOINT_USEC, .lock = CONTAINER_UNLOCKED, .run = run_checkpoint, .errors = checkpoint_errors };
static const OperationKind operation_delete_checkpoint = {
        .name = "delete checkpoint", .deadline_usec = QUICK_USEC, .lock = CONTAINER_UNLOCKED, .run = run_delete, .errors = checkpoint_errors };
static const OperationKind operation_list_checkpoints = {
        .name = "checkpoints", .deadline_usec = QUICK_USEC, .lock = CONTAINER_UNLOCKED, .run = run_list, .reply = reply_list };

const Method checkpoint_methods[] = {
        { "Checkpoint", NULL, ACTION_MANAGE, &operation_checkpoint, read_checkpoint },
        { "DeleteCheckpoint", NULL, ACTION_MANAGE, &operation_delete_checkpoint, read_name },
        { "ListCheckpoints", NULL, ACTION_INSPECT_PRIVATE, &operation_list_checkpoints, NULL },
        {}
};
