/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading method calls. Invariants: nothing is read before the caller is authorized; what is read is bounded; whatever is wrong with it is an error that names
 * the argument, and nothing was begun by then. */

#include "daemon/method.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/strv.h"
#include "checkpoint/checkpoint.h"
#include "daemon/authorize.h"
#include "daemon/verbs.h"
#include "daemon/view.h"

#define STRINGS_MAX 8192
#define RESOURCES_MAX (1024U * 1024)
#define STOP_USEC_MAX (24 * 60 * 60 * USEC_PER_SEC)

int method_read_checkpoint_name(sd_bus_message *message, char **ret, sd_bus_error *error) {
        CLEANUP(error_done) Error name_error = {};
        const char *name;
        int r = sd_bus_message_read(message, "s", &name);

        if (r < 0)
                return r;
        if (checkpoint_check_name(name, &name_error) < 0)
                return sd_bus_error_set(error, BUS_ERROR_INVALID_ARGUMENT, error_text(&name_error));
        *ret = strdup(name);
        return *ret ? 0 : -ENOMEM;
}

int method_read_fd(sd_bus_message *message, Request *request, int *ret_index, sd_bus_error *error) {
        int fd, copy, r;

        r = sd_bus_message_read(message, "h", &fd);
        if (r < 0)
                return r;
        if (request->n_fds == REQUEST_FDS_MAX)
                return sd_bus_error_set(error, BUS_ERROR_INVALID_ARGUMENT, "too many descriptors");
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0)
                return -errno;
        *ret_index = (int) request->n_fds;
        request->fds[request->n_fds++] = copy;
        return 0;
}

int method_read_strv(sd_bus_message *message, char ***ret, sd_bus_error *error) {
        CLEANUP(strv_freep) char **strv = NULL;
        size_t n = 0, n_allocated = 0;
        const char *string;
        int r = sd_bus_message_enter_container(message, 'a', "s");

        /* Not sd_bus_message_read_strv(): its time is quadratic, and without a bound. */
        while (r >= 0 && (r = sd_bus_message_read(message, "s", &string)) > 0) {
                if (n == STRINGS_MAX)
                        return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "more than %d strings", STRINGS_MAX);
                if (n + 1 >= n_allocated) {
                        size_t wanted = n_allocated ? n_allocated * 2 : 16;
                        char **larger = reallocarray(strv, wanted, sizeof *larger);

                        if (!larger)
                                return -ENOMEM;
                        strv = larger;
                        n_allocated = wanted;
                }
                strv[n] = strdup(string);
                if (!strv[n])
                        return -ENOMEM;
                strv[++n] = NULL;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;
        strv_free(*ret);
        *ret = TAKE_PTR(strv);
        return 0;
}

static int read_option(sd_bus_message *message, const BusOption *row, Request *request, sd_bus_error *error) {
        const char *contents;
        char type;
        int r;

        r = sd_bus_message_peek_type(message, &type, &contents);
        if (r >= 0 && !streq(contents, row->signature))
                return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "option %s: must be of type %s, not %s", row->name, row->signature, contents);
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'v', row->signature);
        if (r >= 0)
                r = row->read(message, request, error);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        return r;
}

static int find_option(const BusOption *rows, const char *name, uint64_t *seen, const BusOption **ret, sd_bus_error *error) {
        for (size_t i = 0; rows[i].name; i++)
                if (streq(rows[i].name, name)) {
                        if (*seen & (UINT64_C(1) << i))
                                return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "option %s is there twice", name);
                        *seen |= UINT64_C(1) << i;
                        *ret = rows + i;
                        return 0;
                }
        return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "unknown option %.255s", name);
}

int method_read_options(sd_bus_message *message, const BusOption *rows, Request *request, sd_bus_error *error) {
        uint64_t seen = 0;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                const BusOption *row = NULL;
                const char *name;

                r = sd_bus_message_read(message, "s", &name);
                if (r >= 0)
                        r = find_option(rows, name, &seen, &row, error);
                if (r >= 0)
                        r = read_option(message, row, request, error);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* ---- what verbs take ---- */

static int read_signal(sd_bus_message *message, Request *request, sd_bus_error *error) {
        int32_t signal;
        int r;

        r = sd_bus_message_read(message, "i", &signal);
        if (r < 0)
                return r;
        if (signal <= 0 || signal > SIGRTMAX)
                return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "no signal %d", signal);
        request->number = signal;
        return 0;
}

static int read_pid_and_signal(sd_bus_message *message, Request *request, sd_bus_error *error) {
        uint32_t pid;
        int r;

        r = sd_bus_message_read(message, "u", &pid);
        if (r < 0)
                return r;
        if (pid == 0 || pid > INT32_MAX)
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_PROCESS, "no process %u in container %s", pid, request->id);
        request->pid = (pid_t) pid;
        return read_signal(message, request, error);
}

static int read_timeout(sd_bus_message *message, Request *request, sd_bus_error *error) {
        uint64_t usec;
        int r;

        r = sd_bus_message_read(message, "t", &usec);
        if (r < 0)
                return r;
        /* Its own. */
        if (usec == UINT64_MAX) {
                request->number = -1;
                return 0;
        }
        if (usec > STOP_USEC_MAX)
                return sd_bus_error_set(error, BUS_ERROR_INVALID_ARGUMENT, "timeout: more than a day");
        request->usec = usec;
        return 0;
}

static int read_resources(sd_bus_message *message, Request *request, sd_bus_error *error) {
        const char *text;
        int r = sd_bus_message_read(message, "s", &text);

        if (r < 0)
                return r;
        if (strlen(text) > RESOURCES_MAX)
                return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "resources: longer than %u bytes", RESOURCES_MAX);
        request->text = strdup(text);
        return request->text ? 0 : -ENOMEM;
}

static const Method own_methods[] = {
        { "Start", "StartContainer", ACTION_MANAGE, &operation_start_kind, NULL },
        { "Kill", "KillContainer", ACTION_MANAGE, &operation_kill, read_signal },
        { "KillProcess", "KillContainerProcess", ACTION_MANAGE, &operation_kill_process, read_pid_and_signal },
        { "Stop", "StopContainer", ACTION_MANAGE, &operation_stop, read_timeout },
        { "Pause", "PauseContainer", ACTION_MANAGE, &operation_pause, NULL },
        { "Resume", "ResumeContainer", ACTION_MANAGE, &operation_resume, NULL },
        { "Delete", "DeleteContainer", ACTION_MANAGE, &operation_delete, NULL },
        { "Update", "UpdateContainer", ACTION_MANAGE, &operation_update, read_resources },
        { "GetStats", "GetContainerStats", ACTION_INSPECT, &operation_get_stats, NULL },
        { "GetProcesses", "GetContainerProcesses", ACTION_INSPECT_PRIVATE, &operation_get_processes, NULL },
        { "OpenPTY", NULL, ACTION_MANAGE, &operation_open_pty, NULL },
        {}
};

/* ---- calls ---- */

static const Method *find_method(const char *member, bool of_manager) {
        static const Method *const tables[] = { own_methods, checkpoint_methods, restore_methods, exec_methods };

        FOREACH_ELEMENT(table, tables)
                for (const Method *method = *table; method->name; method++) {
                        const char *name = of_manager ? method->manager_name : method->name;

                        if (name && streq(name, member))
                                return method;
                }
        return NULL;
}

const char *method_action(const char *member) {
        const Method *method = find_method(member, false);

        return method ? method->action : NULL;
}

static uint32_t owner_of(Daemon *daemon, const char *id) {
        const Entry *entry = view_find(daemon, id);

        return entry ? (uint32_t) entry->container->record->uid : OWNER_NONE;
}

int method_call(Daemon *daemon, sd_bus_message *message, const char *id, sd_bus_message_handler_t handler, sd_bus_error *error) {
        const Method *method = find_method(sd_bus_message_get_member(message), !id);
        CLEANUP(request_done) Request request = {};
        int r;

        if (!method)
                return sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_METHOD, NULL);
        r = authorize_owned(daemon, message, method->action, id ? owner_of(daemon, id) : OWNER_NONE, handler, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!id) {
                r = sd_bus_message_read(message, "s", &id);
                if (r < 0)
                        return r;
                if (container_check_id(id, NULL) < 0)
                        return bus_error_no_container(error, id);
        }
        request.id = strdup(id);
        if (!request.id)
                return -ENOMEM;
        if (method->read) {
                r = method->read(message, &request, error);
                if (r < 0)
                        return r;
        }
        return operation_start(daemon, message, method->kind, &request, NULL, error);
}
