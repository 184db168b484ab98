/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.berth1.Process. Invariant: for each process that a caller was told of there is one ProcessExited, as long as this berthd lives. */

#include "daemon/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "daemon/authorize.h"
#include "daemon/idle.h"
#include "daemon/object.h"
#include "daemon/property.h"

/* How long an ended one stays on the bus. */
#define LINGER_USEC (60 * USEC_PER_SEC)
#define PROCESSES_MAX 4096

static BusProcess *process_free(BusProcess *process) {
        for (BusProcess **link = &process->daemon->processes; *link; link = &(*link)->next)
                if (*link == process) {
                        *link = process->next;
                        break;
                }
        sd_event_source_disable_unref(process->timer);
        fd_close(process->pidfd);
        free(process->path);
        free(process->container);
        free(process);
        return NULL;
}

void processes_done(Daemon *daemon) {
        while (daemon->processes)
                process_free(daemon->processes);
}

int process_new(Daemon *daemon, const char *container, uint32_t pid, int pidfd, BusProcess **ret) {
        BusProcess *process = NULL;
        size_t n = 0;

        for (BusProcess *p = daemon->processes; p; p = p->next)
                n++;
        if (n < PROCESSES_MAX)
                process = calloc(1, sizeof *process);
        if (!process) {
                fd_close(pidfd);
                return -ENOMEM;
        }
        *process = (BusProcess) { .daemon = daemon, .next = daemon->processes, .pid = pid, .pidfd = pidfd, .status = -1 };
        daemon->processes = process;
        process->container = strdup(container);
        /* With our start in it, so that a path is not used again for another process by the next berthd. */
        if (!process->container ||
            asprintf(&process->path, BUS_PATH_PROCESS "/%llx_%llu", (unsigned long long) daemon->started_usec, (unsigned long long) daemon->next_process++) < 0) {
                process->path = NULL;
                process_free(process);
                return -ENOMEM;
        }
        *ret = process;
        return 0;
}

static int on_linger(sd_event_source *source, uint64_t usec, void *userdata) {
        Daemon *daemon = ((BusProcess *) userdata)->daemon;

        process_free(userdata);
        idle_check(daemon);
        return 0;
}

void process_ended(BusProcess *process, int status) {
        CLEANUP(freep) char *container = NULL;
        sd_bus *bus = process->daemon->bus;

        process->status = status;
        process->ended = true;
        process->pidfd = fd_close(process->pidfd);
        (void) sd_bus_emit_properties_changed(bus, process->path, BUS_PROCESS, "PID", "ExitStatus", NULL);
        (void) sd_bus_emit_signal(bus, process->path, BUS_PROCESS, "Exited", "i", status);
        if (sd_bus_path_encode(BUS_PATH_CONTAINER, process->container, &container) >= 0)
                (void) sd_bus_emit_signal(bus, container, BUS_CONTAINER, "ProcessExited", "oui", process->path, process->pid, status);
        if (sd_event_add_time_relative(process->daemon->event, &process->timer, CLOCK_MONOTONIC, LINGER_USEC, 0, on_linger, process) < 0)
                process_free(process);
}

/* ---- the object ---- */

static int get_container(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply, void *userdata,
                         sd_bus_error *error) {
        CLEANUP(freep) char *container = NULL;
        int r = sd_bus_path_encode(BUS_PATH_CONTAINER, ((BusProcess *) userdata)->container, &container);

        return r < 0 ? r : sd_bus_message_append(reply, "o", container);
}

static int get_pid(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const BusProcess *process = userdata;

        return sd_bus_message_append(reply, "u", process->ended ? 0 : process->pid);
}

static int get_exit_status(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply, void *userdata,
                           sd_bus_error *error) {
        return sd_bus_message_append(reply, "i", ((BusProcess *) userdata)->status);
}

/* A signal delays nobody. */
static int on_kill(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        BusProcess *process = userdata;
        int32_t signal;
        int r;

        r = authorize(process->daemon, message, ACTION_MANAGE, on_kill, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_read(message, "i", &signal);
        if (r < 0)
                return r;
        if (signal <= 0 || signal > SIGRTMAX)
                return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "no signal %d", signal);
        r = process->pidfd < 0 ? -ESRCH : pidfd_signal(process->pidfd, signal);
        if (r == -ESRCH)
                return sd_bus_error_set(error, BUS_ERROR_NO_SUCH_PROCESS, "the process has ended");
        return r < 0 ? bus_error_fill(error, r, NULL, NULL) : sd_bus_reply_method_return(message, NULL);
}

/* clang-format off */
const sd_bus_vtable process_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Container", "o", get_container, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("PID", "u", get_pid, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("ExitStatus", "i", get_exit_status, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_METHOD_WITH_ARGS("Kill", SD_BUS_ARGS("i", signal), SD_BUS_NO_RESULT, on_kill, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Exited", SD_BUS_ARGS("i", status), 0),
        SD_BUS_VTABLE_END
};
/* clang-format on */

BusProcess *process_find(Daemon *daemon, const char *path) {
        for (BusProcess *process = daemon->processes; process; process = process->next)
                if (streq(process->path, path))
                        return process;
        return NULL;
}

static int find_object(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret, sd_bus_error *error) {
        *ret = process_find(userdata, path);
        return *ret != NULL;
}

static int list_objects(sd_bus *bus, const char *prefix, void *userdata, char ***ret, sd_bus_error *error) {
        CLEANUP(strv_freep) char **paths = NULL;
        Daemon *daemon = userdata;
        int r = 0;

        for (BusProcess *process = daemon->processes; r >= 0 && process; process = process->next)
                r = strv_append(&paths, process->path);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(paths);
        return 1;
}

int process_register(Daemon *daemon) {
        int r = sd_bus_add_fallback(daemon->bus, NULL, BUS_PATH_PROCESS, property_on_call, daemon);

        if (r >= 0)
                r = sd_bus_add_fallback_vtable(daemon->bus, NULL, BUS_PATH_PROCESS, BUS_PROCESS, process_vtable, find_object, daemon);
        return r < 0 ? r : sd_bus_add_node_enumerator(daemon->bus, NULL, BUS_PATH_PROCESS, list_objects, daemon);
}
