/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/error.h"

/* Running berth(1) as a transient service: whatever lives longer than a call, or runs what is not ours (hooks, processes in containers), does so in a unit
 * of its own and not in berthd's, whose sandbox and fate it must not share. Used by workers, and waits. */

typedef struct Service {
        const char *unit;
        const char *description;
        const char *type;               /* "notify": ready when it says so; "exec": when it runs; "oneshot": when it has ended well */
        bool session;                   /* of the user's manager */
        char *const *arguments;         /* of berth, without argv[0] */
        int stdio[3];                   /* -EBADF: as by_default says */
        const char *output_default;     /* "journal", "null" */
        bool supervisor;                /* a container's supervisor: what berth@.service is given */
} Service;

/* Where the program berth is. */
const char *berth_program(char *buffer, size_t size);

int service_connect(bool session, sd_bus **ret, Error *error);
/* Starts it and waits, until the deadline (usec_monotonic()), for what its type promises. The text of what berth said is not there yet: service_log_take(). */
int service_start(sd_bus *bus, const Service *service, uint64_t deadline_usec, Error *error);
/* The pid of its main process, 0 when it has ended. */
int service_main_pid(sd_bus *bus, const char *unit, pid_t *ret, Error *error);
/* Waits for its end, however long that takes. Returns its exit code, or 128 + signal. */
int service_wait(sd_bus *bus, const char *unit, pid_t main_pid, Error *error);
/* Stops it and forgets it. */
void service_stop(sd_bus *bus, const char *unit);

/* What workers leave for a moment in the state root: with a dot before, so it is no container. */
#define SERVICE_FILE_PREFIX ".berthd-"
/* Removes what workers that were killed have left. */
void service_sweep(int root_fd);

/* A file for --log, below the state root. */
typedef struct ServiceLog {
        int root_fd;
        char *name;                     /* below the root */
        char *path;
} ServiceLog;
int service_log_open(int root_fd, const char *root, ServiceLog *ret, Error *error);
/* The last line of it that is an error, into error; else text. Returns number. */
int service_log_error(const ServiceLog *log, int number, const char *text, Error *error);
void service_log_done(ServiceLog *log);

/* Writes text to a new file in the state root, for a verb to read. The caller removes it by *ret_name, and frees both. */
struct Worker;
int service_file_write(const struct Worker *worker, const char *text, char **ret_name, char **ret_path, Error *error);

/* Runs one verb of berth to its end, as a service. error gets what berth said. */
int service_run_verb(const struct Worker *worker, const char *kind, char *const *arguments, uint64_t timeout_usec, Error *error);

/* "berth-KIND-ID-UNIQUE.service", or without KIND and UNIQUE "berth-ID.service". NULL without memory. */
char *service_name(const char *kind, const char *id);
