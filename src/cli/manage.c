/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* wait, stop, up: containers as a person, or a unit file, manages them. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/installed.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cli/verb.h"
#include "config.h"
#include "container/container.h"
#include "container/stop.h"
#include "container/supervision.h"
#include "journal/journal.h"
#include "resource/name.h"
#include "systemd/manager.h"
#include "systemd/systemd.h"

/* For the end of the service after the container's: the last output, the hooks. */
#define SETTLE_USEC (60 * USEC_PER_SEC)
#define UP_USEC (180 * USEC_PER_SEC)

/* ---- wait ---- */

static int wait_one(const Arguments *arguments, uint64_t deadline_usec, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int status, r = open_named_container(arguments, false, &container, error);

        if (r >= 0)
                r = container_wait_exit(container, deadline_usec, &status, error);
        if (r == -ETIME)
                return error_set(error, r, "container %s has not ended in time", arguments->positional[0]);
        if (r < 0)
                return r;
        if (status < 0)
                return error_set(error, -ENODATA, "container %s has ended, and its status was seen by nobody but the process that started it",
                                 arguments->positional[0]);
        printf("%d\n", status);
        return fflush(stdout) == 0 ? 0 : -EIO;
}

int verb_wait(const Arguments *arguments, Error *error) {
        uint64_t timeout_usec = arguments->stop_timeout_usec;
        uint64_t deadline_usec = timeout_usec == UINT64_MAX ? UINT64_MAX : usec_monotonic() + timeout_usec;

        for (size_t i = 0; i < arguments->n_positional; i++) {
                Arguments one = *arguments;
                int r;

                one.positional = arguments->positional + i;
                r = wait_one(&one, deadline_usec, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- stop ---- */

static int stop_rule(const Arguments *arguments, const Container *container, StopRule *ret, Error *error) {
        stop_rule_from_record(container->record, ret);
        if (arguments->stop_timeout_usec != UINT64_MAX)
                ret->grace_usec = arguments->stop_timeout_usec;
        if (arguments->stop_signal) {
                ret->signal = signal_from_string(arguments->stop_signal);
                if (ret->signal <= 0)
                        return error_set(error, -EINVAL, "--signal %s: unknown signal", arguments->stop_signal);
        }
        return 0;
}

/* The service is stopped, so that it is not started again, and its supervisor does what is to be done; we only see to the time. */
static int stop_service(Container *container, const StopRule *rule, Error *error) {
        CLEANUP(manager_closep) Manager *manager = NULL;
        uint64_t deadline_usec = rule->grace_usec == UINT64_MAX ? UINT64_MAX : usec_monotonic() + rule->grace_usec;
        int r = manager_open(container->record->user_manager, &manager, error);

        if (r >= 0)
                r = manager_stop_unit(manager, container->record->service, 0, error);
        if (r < 0)
                return r;
        r = container_wait_stopped(container, deadline_usec);
        if (r == -ETIME)
                r = container_destroy_processes(container, error);
        return r < 0 ? error_set(error, r, "waiting for %s: %m", container->id) : 0;
}

int verb_stop(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        bool managed;
        StopRule rule;
        int status, r;

        r = open_named_container(arguments, false, &container, error);
        if (r >= 0)
                r = stop_rule(arguments, container, &rule, error);
        if (r < 0)
                return r;
        managed = container->record->service && supervision_exists(container) > 0;
        if (managed && arguments->stop_signal)
                return error_set(error, -EINVAL, "--signal: container %s is stopped with its service %s, which has its own", container->id,
                                 container->record->service);
        r = managed ? stop_service(container, &rule, error) : container_stop(container, &rule, "berth stop", error);
        if (r < 0)
                return r;
        r = container_wait_exit(container, usec_monotonic() + SETTLE_USEC, &status, error);
        return r == -ETIME ? error_set(error, r, "container %s has ended, and its supervisor is not done yet", container->id) : r;
}

/* ---- up ---- */

/* What is put together for the request, freed as one. */
typedef struct Up {
        char *bundle;
        char *id;
        char *object;           /* the id as part of a unit's name */
        char *unit;
        char *description;
        char *root;
        char *program;
        char **command;
        ResourceSet properties; /* only its list */
} Up;

static void up_done(Up *up) {
        free(up->bundle);
        free(up->id);
        free(up->object);
        free(up->unit);
        free(up->description);
        free(up->root);
        free(up->program);
        strv_free(up->command);
        for (size_t i = 0; i < up->properties.n_properties; i++)
                property_done(&up->properties.properties[i]);
        free(up->properties.properties);
}

static int up_name(const Arguments *arguments, Up *up, Error *error) {
        const char *slash;
        int r = path_make_absolute(arguments->positional[0], &up->bundle);

        if (r < 0)
                return error_set(error, r, "bundle: %m");
        slash = strrchr(up->bundle, '/');
        up->id = strdup(arguments->name ? arguments->name : slash ? slash + 1 : up->bundle);
        if (!up->id)
                return -ENOMEM;
        r = container_check_id(up->id, error);
        if (r < 0)
                return r;
        up->object = unit_name_escape(up->id, UNIT_NAME_LENGTH_MAX - strlen("berth-.service"));
        up->root = arguments->root ? NULL : state_root_default();
        if (!up->object || asprintf(&up->unit, "berth-%s.service", up->object) < 0)
                return -ENOMEM;
        if (arguments->root) {
                r = path_make_absolute(arguments->root, &up->root);
                if (r < 0)
                        return r;
        }
        if (!up->root)
                return error_set(error, -ENOENT, "no state directory: XDG_RUNTIME_DIR is not set (give --root)");
        if (asprintf(&up->description, "Container %s", up->id) < 0)
                return -ENOMEM;
        return 0;
}

static int add_option(char ***command, const char *name, const char *value) {
        char *text;

        if (!value)
                return 0;
        return asprintf(&text, "--%s=%s", name, value) < 0 ? -ENOMEM : strv_append_take(command, text);
}

static int up_command(const Arguments *arguments, Up *up, Error *error) {
        char timeout[32];
        int r;

        up->program = installed_path("src/cli/berth", BERTH_BIN_DIR "/berth");
        if (!up->program)
                return -ENOMEM;
        snprintf(timeout, sizeof timeout, "%lluus", (unsigned long long) arguments->stop_timeout_usec);
        r = strv_append(&up->command, "berth");
        if (r >= 0)
                r = add_option(&up->command, "root", up->root);
        if (r >= 0)
                r = strv_append(&up->command, "run");
        if (r >= 0)
                r = strv_append(&up->command, "--adopt");
        if (r >= 0)
                r = add_option(&up->command, "log-driver", arguments->log_driver ? arguments->log_driver : "journal");
        if (r >= 0)
                r = add_option(&up->command, "log-tag", arguments->log_tag);
        if (r >= 0)
                r = add_option(&up->command, "notify", arguments->notify);
        if (r >= 0)
                r = add_option(&up->command, "stop-signal", arguments->stop_signal);
        if (r >= 0)
                r = add_option(&up->command, "stop-timeout", arguments->stop_timeout_usec == UINT64_MAX ? NULL : timeout);
        if (r >= 0 && arguments->register_machine)
                r = strv_append(&up->command, "--register");
        if (r >= 0)
                r = add_option(&up->command, "bundle", up->bundle);
        return r < 0 ? r : strv_append(&up->command, up->id);
}

/* As in units/berth@.service. */
static int up_properties(const Arguments *arguments, Up *up) {
        const struct {
                const char *name, *value;
        } strings[] = {
                { "Description", up->description },
                { "Type", "notify" },
                { "KillMode", "mixed" },
                { "CollectMode", "inactive-or-failed" },
                { "StandardInput", "null" },
                { "StandardOutput", "journal" },
                { "StandardError", "journal" },
                { "Restart", arguments->restart ? arguments->restart : "no" },
        };
        const struct {
                const char *name;
                PropertyType type;
                uint64_t value;
        } numbers[] = {
                { "FileDescriptorStoreMax", PROPERTY_U32, 4 },
                { "RestartUSec", PROPERTY_U64, USEC_PER_SEC / 4 },
                { "WatchdogUSec", PROPERTY_U64, 180 * USEC_PER_SEC },
                { "LogRateLimitIntervalUSec", PROPERTY_U64, 0 },
                { "TimeoutStopUSec", PROPERTY_U64, 90 * USEC_PER_SEC },
        };
        Property *property;

        FOREACH_ELEMENT(string, strings) {
                property = resource_set_add_property(&up->properties, string->name, PROPERTY_STRING);
                if (!property || !(property->string = strdup(string->value)))
                        return -ENOMEM;
        }
        FOREACH_ELEMENT(number, numbers) {
                property = resource_set_add_property(&up->properties, number->name, number->type);
                if (!property)
                        return -ENOMEM;
                property->u64 = number->value;
        }
        if (process_is_system_root()) {
                property = resource_set_add_property(&up->properties, "After", PROPERTY_STRV);
                if (!property || strv_append(&property->strv, "dbus.service") < 0 || strv_append(&property->strv, "dbus.socket") < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* Why the supervisor gave up: what it said last. */
static int up_failure(const Up *up, uint64_t since_usec, const Error *failure, Error *error) {
        CLEANUP(freep) char *line = NULL;

        if (journal_functions.last_line(up->unit, !process_is_system_root(), since_usec, &line) < 0)
                return error_set(error, failure->number, "%s", error_text(failure));
        return error_set(error, failure->number, "%s", line);
}

static int check_restart(const Arguments *arguments, Error *error) {
        static const char *const words[] = { "no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always" };

        if (!arguments->restart)
                return 0;
        FOREACH_ELEMENT(word, words)
                if (streq(*word, arguments->restart))
                        return 0;
        return error_set(error, -EINVAL, "--restart %s: must be as Restart= of systemd.service(5)", arguments->restart);
}

int verb_up(const Arguments *arguments, Error *error) {
        Systemd *systemd;
        CLEANUP(up_done) Up up = {};
        CLEANUP(error_done) Error failure = {};
        ServiceRequest request;
        uint64_t since_usec;
        int root_fd, r;

        r = check_restart(arguments, error);
        if (r >= 0)
                r = up_name(arguments, &up, error);
        if (r >= 0)
                r = up_command(arguments, &up, error);
        if (r >= 0)
                r = up_properties(arguments, &up);
        if (r >= 0)
                r = root_fd = state_root_open(arguments->root, true, error);
        if (r < 0)
                return r;
        fd_close(root_fd);
        r = systemd_functions.open(!process_is_system_root(), &systemd, error);
        if (r < 0)
                return r;
        request = (ServiceRequest) {
                .unit = up.unit,
                .program = up.program,
                .arguments = up.command,
                .properties = up.properties.properties,
                .n_properties = up.properties.n_properties,
        };
        since_usec = usec_realtime();
        r = systemd_functions.start_service(systemd, &request, UP_USEC, &failure);
        systemd_functions.close(systemd);
        if (r == -EEXIST)
                return error_set(error, r, "container %s is up already: %s", up.id, up.unit);
        if (r < 0)
                return up_failure(&up, since_usec, &failure, error);
        printf("%s\n", up.unit);
        return fflush(stdout) == 0 ? 0 : -EIO;
}
