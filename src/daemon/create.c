/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CreateContainer, RestoreContainer: a transient service whose main process is the container's supervisor, berth run --no-start. The same thing as berth@.service, for a bundle
 * anywhere. Invariant: on success the container is created and its supervisor lives; on failure there is neither. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "checkpoint/checkpoint.h"
#include "container/supervision.h"
#include "daemon/authorize.h"
#include "daemon/method.h"
#include "daemon/service.h"
#include "daemon/verbs.h"
#include "daemon/view.h"

#define LAST_SUPERVISOR_USEC (10 * USEC_PER_SEC)
#define CREATE_USEC (2 * 60 * USEC_PER_SEC)
#define REMOVE_USEC (30 * USEC_PER_SEC)

/* ---- reading the call ---- */

static int read_stdin(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return method_read_fd(message, request, &request->stdio[0], error);
}

static int read_stdout(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return method_read_fd(message, request, &request->stdio[1], error);
}

static int read_stderr(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return method_read_fd(message, request, &request->stdio[2], error);
}

/* An option of ours that is one of berth run's. */
static int add_option(Request *request, const char *name, const char *value) {
        char *argument = NULL;

        return asprintf(&argument, "--%s=%s", name, value) < 0 ? -ENOMEM : strv_append_take(&request->strv, argument);
}

static int read_as(sd_bus_message *message, Request *request, const char *name) {
        const char *value;
        int r = sd_bus_message_read(message, "s", &value);

        return r < 0 ? r : add_option(request, name, value);
}

static int read_log_driver(sd_bus_message *message, Request *request, sd_bus_error *error) {
        request->flag = true;
        return read_as(message, request, "log-driver");
}

static int read_log_tag(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_as(message, request, "log-tag");
}

static int read_console_socket(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_as(message, request, "console-socket");
}

static int read_stop_signal(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_as(message, request, "stop-signal");
}

static int read_stop_timeout(sd_bus_message *message, Request *request, sd_bus_error *error) {
        char text[32];
        uint64_t usec;
        int r = sd_bus_message_read(message, "t", &usec);

        if (r < 0)
                return r;
        snprintf(text, sizeof text, "%llums", (unsigned long long) (usec / USEC_PER_MSEC));
        return add_option(request, "stop-timeout", text);
}

static int read_annotations(sd_bus_message *message, Request *request, sd_bus_error *error) {
        const char *key, *value;
        int r = sd_bus_message_enter_container(message, 'a', "{ss}");

        while (r >= 0 && (r = sd_bus_message_read(message, "{ss}", &key, &value)) > 0) {
                CLEANUP(freep) char *assignment = NULL;

                if (!key[0] || strchr(key, '='))
                        return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "option Annotations: no key: \"%s\"", key);
                if (asprintf(&assignment, "%s=%s", key, value) < 0)
                        return -ENOMEM;
                r = add_option(request, "annotation", assignment);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int read_start(sd_bus_message *message, Request *request, sd_bus_error *error) {
        int start, r = sd_bus_message_read(message, "b", &start);

        request->number = start;
        return r;
}

#define SUPERVISOR_OPTIONS \
        { "Stdin", "h", read_stdin }, \
        { "Stdout", "h", read_stdout }, \
        { "Stderr", "h", read_stderr }, \
        { "LogDriver", "s", read_log_driver }, \
        { "LogTag", "s", read_log_tag }, \
        { "ConsoleSocket", "s", read_console_socket }, \
        { "StopSignal", "s", read_stop_signal }, \
        { "StopTimeout", "t", read_stop_timeout }

static const BusOption create_options[] = {
        SUPERVISOR_OPTIONS,
        { "Annotations", "a{ss}", read_annotations },
        { "Start", "b", read_start },
        {}
};
/* A restored one runs. */
static const BusOption restore_options[] = { SUPERVISOR_OPTIONS, {} };

static int check_size(char *const *arguments, sd_bus_error *error) {
        size_t size = 0;

        STRV_FOREACH(argument, arguments)
                size += strlen(*argument) + 1;
        return size > METHOD_ARGUMENTS_MAX ?
                        sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "options are longer than %u bytes", METHOD_ARGUMENTS_MAX) : 0;
}

static int read_call(sd_bus_message *message, bool restore, Request *request, sd_bus_error *error) {
        CLEANUP(error_done) Error id_error = {};
        const char *id, *bundle;
        int r;

        for (int i = 0; i < 3; i++)
                request->stdio[i] = -1;
        r = sd_bus_message_read(message, "ss", &id, &bundle);
        if (r < 0)
                return r;
        if (container_check_id(id, &id_error) < 0)
                return sd_bus_error_set(error, BUS_ERROR_INVALID_ARGUMENT, error_text(&id_error));
        if (!bundle[0])
                return sd_bus_error_set(error, BUS_ERROR_INVALID_ARGUMENT, "empty bundle path");
        if (bundle[0] != '/')
                return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "bundle %.255s: must be an absolute path", bundle);
        request->id = strdup(id);
        request->text = strdup(bundle);
        if (!request->id || !request->text)
                return -ENOMEM;
        r = restore ? method_read_checkpoint_name(message, &request->checkpoint, error) : 0;
        if (r >= 0)
                r = method_read_options(message, restore ? restore_options : create_options, request, error);
        return r < 0 ? r : check_size(request->strv, error);
}

/* ---- the worker ---- */

static int check_checkpoint(const Request *request, Error *error) {
        CLEANUP(checkpoint_freep) Checkpoint *checkpoint = NULL;
        CLEANUP(error_done) Error ours = {};
        CLEANUP(freep) char *path = NULL;
        int r = checkpoint_find(request->text, request->checkpoint, &path, &checkpoint, &ours);

        return r < 0 ? error_set(error, r == -ENOENT ? -ENOKEY : r, "%s", error_text(&ours)) : 0;
}

/* A directory without a record is no container: who makes one of that name clears it away. */
static bool is_taken(const Worker *worker) {
        CLEANUP(container_freep) Container *container = NULL;

        return container_open(worker->root_fd, worker->request->id, CONTAINER_UNLOCKED, &container, NULL) != -ENOENT;
}

static int check_free(const Worker *worker, Error *error) {
        CLEANUP(freep) char *config = path_join(worker->request->text, "config.json");

        if (!config)
                return -ENOMEM;
        if (is_taken(worker))
                return error_set(error, -EEXIST, "container with given ID already exists: %s", worker->request->id);
        if (access(config, F_OK) < 0)
                return error_set(error, -ENOENT, "JSON specification file %s not found", config);
        return worker->request->checkpoint ? check_checkpoint(worker->request, error) : 0;
}

static int make_arguments(const Request *request, const char *log, char ***ret) {
        CLEANUP(strv_freep) char **arguments = NULL;
        const char *const fixed[] = {
                "--root", request->root, "--log", log, request->checkpoint ? "restore" : "run", "--keep", "--bundle", request->text,
                request->checkpoint ? "--name" : "--no-start", request->checkpoint,
                /* Where the caller gave descriptors they are the container's, else its output goes to the journal. */
                request->flag || request->n_fds > 0 ? NULL : "--log-driver=journal",
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(fixed); i++)
                if (fixed[i])
                        r = strv_append(&arguments, fixed[i]);
        STRV_FOREACH(option, request->strv)
                r = r < 0 ? r : strv_append(&arguments, *option);
        if (r >= 0)
                r = strv_append(&arguments, "--");
        if (r >= 0)
                r = strv_append(&arguments, request->id);
        if (r >= 0)
                *ret = TAKE_PTR(arguments);
        return r;
}

/* The supervisor of one that was deleted a moment ago may be just about to go. */
static int start_when_free(const Worker *worker, sd_bus *bus, const Service *service, Error *error) {
        uint64_t deadline = usec_monotonic() + LAST_SUPERVISOR_USEC;

        for (;;) {
                int r = service_start(bus, service, usec_monotonic() + CREATE_USEC, error);

                if (r != -EEXIST || usec_monotonic() > deadline || is_taken(worker))
                        return r;
                error_done(error);
                usec_sleep(20 * USEC_PER_MSEC);
        }
}

/* What its supervisor had made when it was killed. Hooks may be part of removing it, which run outside of our sandbox. */
static void remove_half_made(Worker *worker, const char *unit) {
        CLEANUP(container_freep) Container *container = NULL;
        char *const arguments[] = { (char *) (uintptr_t) "delete", (char *) (uintptr_t) "--force", (char *) (uintptr_t) "--", worker->request->id, NULL };

        if (container_open(worker->root_fd, worker->request->id, CONTAINER_UNLOCKED, &container, NULL) >= 0 && container->record->service &&
            streq(container->record->service, unit) && supervision_exists(container) == 0)
                (void) service_run_verb(worker, "delete", arguments, REMOVE_USEC, NULL);
}

static int start_supervisor(Worker *worker, const char *unit, const ServiceLog *log, Error *error) {
        const Request *request = worker->request;
        CLEANUP(strv_freep) char **arguments = NULL;
        CLEANUP(freep) char *description = NULL;
        CLEANUP(error_done) Error failure = {};
        Service service = { .unit = unit, .type = "notify", .session = request->session, .supervisor = true };
        sd_bus *bus = NULL;
        int r = make_arguments(request, log->path, &arguments);

        if (r < 0 || asprintf(&description, "Container %s", request->id) < 0)
                return -ENOMEM;
        service.description = description;
        service.arguments = arguments;
        service.output_default = request->n_fds > 0 ? "null" : "journal";
        for (int i = 0; i < 3; i++)
                service.stdio[i] = request->stdio[i] < 0 ? -EBADF : request->fds[request->stdio[i]];
        r = service_connect(request->session, &bus, error);
        if (r < 0)
                return r;
        r = start_when_free(worker, bus, &service, &failure);
        if (r == -EEXIST)
                (void) error_set(error, r, "container with given ID already exists: %s", request->id);
        else if (r < 0) {
                service_stop(bus, unit);
                r = service_log_error(log, r, error_text(&failure), error);
                remove_half_made(worker, unit);
        }
        sd_bus_close_unref(bus);
        return r;
}

static int start_container(Worker *worker, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r = container_open(worker->root_fd, worker->request->id, CONTAINER_LOCKED, &container, error);

        if (r >= 0)
                r = verb_start_container(worker, container, error);
        if (r < 0 && container)
                verb_remove_container(worker, container);
        return r;
}

static int run_create(Worker *worker, Container *unused, Text *result, Error *error) {
        CLEANUP(service_log_done) ServiceLog log = {};
        CLEANUP(freep) char *unit = service_name(NULL, worker->request->id);
        int r;

        if (!unit)
                return -ENOMEM;
        r = check_free(worker, error);
        if (r >= 0)
                r = service_log_open(worker->root_fd, worker->request->root, &log, error);
        if (r >= 0)
                r = start_supervisor(worker, unit, &log, error);
        if (r >= 0 && worker->request->number)
                r = start_container(worker, error);
        return r;
}

/* What was is deleted first; its bundle and its name are what remains. */
static int run_restore(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(freep) char *bundle = strdup(container->record->bundle);
        Request request = *worker->request;
        Worker again = *worker;
        ContainerStatus status;
        int r;

        if (!bundle)
                return -ENOMEM;
        r = container_status(container, &status, error);
        if (r < 0)
                return r;
        if (status & (STATUS_RUNNING | STATUS_PAUSED))
                return error_set(error, -EBUSY, "cannot restore container %s, which is not stopped", container->id);
        request.text = bundle;
        again.request = &request;
        r = check_checkpoint(&request, error);
        if (r >= 0)
                r = verb_delete_container(worker, container, error);
        return r < 0 ? r : run_create(&again, NULL, result, error);
}

/* ---- the daemon ---- */

static int reply_create(Operation *operation, const Answer *answer) {
        Entry *entry = view_find(operation->daemon, operation->request.id);

        /* Deleted by somebody meanwhile. */
        if (!entry)
                return -ENOENT;
        return sd_bus_reply_method_return(operation->message, "o", entry->path);
}

static const BusErrorName create_errors[] = { { ENOENT, BUS_ERROR_NO_SUCH_BUNDLE }, { ENOKEY, BUS_ERROR_NO_SUCH_CHECKPOINT }, {} };

static const OperationKind operation_create = {
        .name = "create",
        .deadline_usec = CREATE_USEC + 60 * USEC_PER_SEC,
        .plain = true,
        .run = run_create,
        .reply = reply_create,
        .errors = create_errors,
};

static int on_call(sd_bus_message *message, Daemon *daemon, bool restore, sd_bus_message_handler_t handler, sd_bus_error *error) {
        CLEANUP(request_done) Request request = {};
        int r = authorize(daemon, message, ACTION_MANAGE, handler, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        r = read_call(message, restore, &request, error);
        return r < 0 ? r : operation_start(daemon, message, &operation_create, &request, NULL, error);
}

static const OperationKind operation_restore = {
        .name = "restore",
        .deadline_usec = CREATE_USEC + 60 * USEC_PER_SEC,
        .lock = CONTAINER_LOCKED,
        .run = run_restore,
        .reply = reply_create,
        .errors = create_errors,
};

static int read_restore(sd_bus_message *message, Request *request, sd_bus_error *error) {
        int r;

        for (int i = 0; i < 3; i++)
                request->stdio[i] = -1;
        r = method_read_checkpoint_name(message, &request->checkpoint, error);
        if (r >= 0)
                r = method_read_options(message, restore_options, request, error);
        return r < 0 ? r : check_size(request->strv, error);
}

const Method restore_methods[] = { { "Restore", NULL, ACTION_MANAGE, &operation_restore, read_restore }, {} };

int method_on_create(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return on_call(message, userdata, false, method_on_create, error);
}

int method_on_restore(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return on_call(message, userdata, true, method_on_restore, error);
}
