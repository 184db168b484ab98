/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fake.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "base/process.h"
#include "base/strv.h"
#include "systemd/connection.h"
#include "systemd/property-bus.h"

#define JOB_PATH "/org/freedesktop/systemd1/job/7"
#define OTHER_JOB_PATH "/org/freedesktop/systemd1/job/6"
#define LATE_USEC (100 * USEC_PER_MSEC)

struct Fake {
        FakeScript script;
        FakeRecord record;
        int fd;
        pthread_t thread;
        atomic_bool ended;
        char *_Atomic stop_unit;        /* RequestStop is to be sent for */
        char *_Atomic changed_unit;     /* PropertiesChanged is to be sent for; its script's state was set before */
        sd_bus *bus;
        uint64_t late_usec;             /* when a late JobRemoved is due */
        bool hang_up;
};

static const char *unit_of(Fake *fake) {
        return fake->record.unit;
}

static void remove_job(Fake *fake, const char *path, const char *unit, const char *result) {
        (void) sd_bus_emit_signal(fake->bus, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved", "uoss", 7U, path, unit, result);
}

static void end_job(Fake *fake) {
        remove_job(fake, JOB_PATH, unit_of(fake), fake->script.result ? fake->script.result : "done");
}

/* Answers with the job's path and lets it end as the script says. */
static int answer_job(Fake *fake, sd_bus_message *message) {
        int r = sd_bus_reply_method_return(message, "o", JOB_PATH);

        if (r < 0)
                return r;
        switch (fake->script.job) {
        case FAKE_JOB_ENDS:
                end_job(fake);
                break;
        case FAKE_JOB_LATE:
                fake->late_usec = usec_monotonic() + LATE_USEC;
                break;
        case FAKE_JOB_OTHER_FIRST:
                remove_job(fake, OTHER_JOB_PATH, "other.scope", "failed");
                remove_job(fake, OTHER_JOB_PATH, unit_of(fake), "failed");
                end_job(fake);
                break;
        case FAKE_JOB_LOST:
                break;
        case FAKE_JOB_HANGS_UP:
                fake->hang_up = true;
                break;
        }
        return 1;
}

/* Notes each property; 0, or the error reply was made. */
static int read_properties(Fake *fake, sd_bus_message *message, sd_bus_error *error) {
        int r = sd_bus_message_enter_container(message, 'a', "(sv)");

        fake->record.properties[0] = '\0';
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'r', "sv")) > 0) {
                const char *name, *signature;
                char *value = NULL;

                r = sd_bus_message_read(message, "s", &name);
                if (r >= 0)
                        r = sd_bus_message_peek_type(message, NULL, &signature);
                if (r < 0)
                        break;
                FOREACH_ELEMENT(unknown, fake->script.unknown)
                        if (*unknown && streq(*unknown, name))
                                return sd_bus_error_setf(error, "org.freedesktop.DBus.Error.PropertyReadOnly",
                                                         "Cannot set property %s, or unknown property.", name);
                snprintf(fake->record.properties + strlen(fake->record.properties),
                         sizeof fake->record.properties - strlen(fake->record.properties), "%s=%s:", name, signature);
                r = property_read_text(message, &value);
                if (r < 0)
                        break;
                snprintf(fake->record.properties + strlen(fake->record.properties),
                         sizeof fake->record.properties - strlen(fake->record.properties), "%s;", value);
                free(value);
                r = sd_bus_message_exit_container(message);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int on_start(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *unit, *mode;
        Fake *fake = userdata;
        int r;

        fake->record.n_starts++;
        if (fake->script.silent)
                return 1;
        r = sd_bus_message_read(message, "ss", &unit, &mode);
        if (r >= 0) {
                snprintf(fake->record.unit, sizeof fake->record.unit, "%s", unit);
                snprintf(fake->record.mode, sizeof fake->record.mode, "%s", mode);
                r = read_properties(fake, message, error);
        }
        if (r < 0)
                return r;
        if (fake->script.start_error && fake->script.start_errors > 0) {
                fake->script.start_errors--;
                return sd_bus_error_set(error, fake->script.start_error, fake->script.start_message);
        }
        return answer_job(fake, message);
}

static int on_stop(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *unit;
        Fake *fake = userdata;
        int r = sd_bus_message_read(message, "ss", &unit, NULL);

        if (r < 0)
                return r;
        fake->record.n_stops++;
        if (streq(unit, "none.scope"))
                return sd_bus_error_set(error, "org.freedesktop.systemd1.NoSuchUnit", "Unit none.scope not loaded.");
        snprintf(fake->record.unit, sizeof fake->record.unit, "%s", unit);
        return answer_job(fake, message);
}

/* Counts, and answers with nothing. userdata: what it is counted by. */
static int on_counted(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        unsigned *n = userdata;

        (*n)++;
        return sd_bus_reply_method_return(message, NULL);
}

static int on_set_properties(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Fake *fake = userdata;
        const char *unit;
        int runtime, r = sd_bus_message_read(message, "sb", &unit, &runtime);

        if (r >= 0) {
                fake->record.runtime = runtime;
                snprintf(fake->record.unit, sizeof fake->record.unit, "%s", unit);
                r = read_properties(fake, message, error);
        }
        return r < 0 ? r : sd_bus_reply_method_return(message, NULL);
}

static int on_freeze(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Fake *fake = userdata;

        fake->record.n_freezes++;
        return sd_bus_error_set(error, "org.freedesktop.systemd1.UnitBusy", "Unit has a pending job.");
}

static int on_unit_of_process(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        CLEANUP(freep) char *path = NULL;
        Fake *fake = userdata;

        fake->record.n_pid_questions++;
        if (!fake->script.has_process)
                return sd_bus_error_set(error, "org.freedesktop.systemd1.NoUnitForPID", "PID 41 does not belong to any loaded unit.");
        return sd_bus_path_encode(SYSTEMD_PATH "/unit", fake->record.unit, &path) < 0 ? -ENOMEM : sd_bus_reply_method_return(message, "o", path);
}

/* The unit's own method: which one is told by the object. */
static int on_stop_itself(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Fake *fake = userdata;

        fake->record.n_stops++;
        snprintf(fake->record.stopped, sizeof fake->record.stopped, "%s", sd_bus_message_get_path(message));
        return answer_job(fake, message);
}

#define COUNTED(method, signature, member) \
        SD_BUS_METHOD_WITH_OFFSET(method, signature, NULL, on_counted, offsetof(Fake, record.member), SD_BUS_VTABLE_UNPRIVILEGED)

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", on_start, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StopUnit", "ss", "o", on_stop, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetUnitByPID", "u", "o", on_unit_of_process, SD_BUS_VTABLE_UNPRIVILEGED),
        COUNTED("ResetFailedUnit", "s", n_resets),
        SD_BUS_METHOD("SetUnitProperties", "sba(sv)", NULL, on_set_properties, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("FreezeUnit", "s", NULL, on_freeze, SD_BUS_VTABLE_UNPRIVILEGED),
        COUNTED("AbandonScope", "s", n_abandoned),
        COUNTED("Subscribe", NULL, n_subscribed),
        SD_BUS_VTABLE_END
};

static int get_string(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                      void *userdata,
                      sd_bus_error *error) {
        Fake *fake = userdata;

        if (streq(property, "ActiveState"))
                return sd_bus_message_append(reply, "s", fake->script.active_state ? fake->script.active_state : "active");
        if (streq(property, "LoadState"))
                return sd_bus_message_append(reply, "s", strstr(path, "none") ? "not-found" : "loaded");
        if (streq(property, "ControlGroup") && fake->script.control_group)
                return sd_bus_message_append(reply, "s", fake->script.control_group);
        return sd_bus_message_append(reply, "s", property);
}

static int get_invocation(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply, void *userdata,
                          sd_bus_error *error) {
        static const uint8_t id[16] = { 0x0a, 0xff };

        return strstr(path, "none") ? sd_bus_message_append_array(reply, 'y', NULL, 0) : sd_bus_message_append_array(reply, 'y', id, sizeof id);
}

static int get_transient(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply, void *userdata,
                         sd_bus_error *error) {
        Fake *fake = userdata;

        return sd_bus_message_append(reply, "b", !fake->script.persistent);
}

static int get_number(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                      void *userdata,
                      sd_bus_error *error) {
        return sd_bus_message_append(reply, "t", streq(property, "MemoryMax") ? UINT64_MAX : UINT64_C(77));
}

/* No FreezerState: a systemd before 246. */
static const sd_bus_vtable unit_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("LoadState", "s", get_string, 0, 0),
        SD_BUS_PROPERTY("ActiveState", "s", get_string, 0, 0),
        SD_BUS_PROPERTY("SubState", "s", get_string, 0, 0),
        SD_BUS_PROPERTY("Description", "s", get_string, 0, 0),
        SD_BUS_PROPERTY("InvocationID", "ay", get_invocation, 0, 0),
        SD_BUS_PROPERTY("Transient", "b", get_transient, 0, 0),
        SD_BUS_METHOD("Stop", "s", "o", on_stop_itself, SD_BUS_VTABLE_UNPRIVILEGED),
        COUNTED("ResetFailed", NULL, n_resets),
        SD_BUS_VTABLE_END
};

static const sd_bus_vtable scope_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Result", "s", get_string, 0, 0),
        SD_BUS_PROPERTY("ControlGroup", "s", get_string, 0, 0),
        SD_BUS_PROPERTY("Controller", "s", get_string, 0, 0),
        SD_BUS_PROPERTY("MemoryMax", "t", get_number, 0, 0),
        SD_BUS_PROPERTY("TasksMax", "t", get_number, 0, 0),
        SD_BUS_VTABLE_END
};

static int find_unit(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret, sd_bus_error *error) {
        *ret = userdata;
        return 1;
}

/* As PID 1 sends it: with values of many kinds beside the one that is looked for. */
static void send_change(Fake *fake, const char *unit) {
        CLEANUP(freep) char *path = NULL;
        sd_bus_message *message = NULL;

        if (sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path) < 0 ||
            sd_bus_message_new_signal(fake->bus, &message, path, "org.freedesktop.DBus.Properties", "PropertiesChanged") < 0 ||
            sd_bus_message_append(message, "sa{sv}as", SYSTEMD_UNIT, 7, "Job", "(uo)", 7U, JOB_PATH, "StateChangeTimestamp", "t", UINT64_C(1), "Transient", "b", 1,
                                  "Conditions", "a(sbbsi)", 1, "A", 0, 1, "B", -1, "Refs", "as", 2, "a", "b", "InvocationID", "ay", 3, 1, 2, 3,
                                  "ActiveState", "s", fake->script.active_state, 1, "InactiveExitTimestamp") < 0)
                abort();
        (void) sd_bus_send(fake->bus, message, NULL);
        sd_bus_message_unref(message);
}

static void serve_once(Fake *fake) {
        char *unit = atomic_exchange(&fake->stop_unit, NULL), *changed = atomic_exchange(&fake->changed_unit, NULL);

        while (sd_bus_process(fake->bus, NULL) > 0 && !fake->hang_up)
                ;
        if (unit) {
                char *path = NULL;

                if (sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path) >= 0)
                        (void) sd_bus_emit_signal(fake->bus, path, SYSTEMD_SCOPE, "RequestStop", NULL);
                free(path);
                free(unit);
        }
        if (changed)
                send_change(fake, changed);
        free(changed);
        if (fake->late_usec > 0 && usec_monotonic() >= fake->late_usec) {
                fake->late_usec = 0;
                end_job(fake);
        }
        (void) sd_bus_flush(fake->bus);
}

static void *serve(void *argument) {
        Fake *fake = argument;
        sd_id128_t id = {};
        int r;

        r = sd_bus_new(&fake->bus);
        if (r >= 0)
                r = sd_bus_set_fd(fake->bus, fake->fd, fake->fd);
        if (r >= 0)
                r = sd_bus_set_server(fake->bus, 1, id);
        if (r >= 0)
                r = sd_bus_add_object_vtable(fake->bus, NULL, SYSTEMD_PATH, SYSTEMD_MANAGER, manager_vtable, fake);
        if (r >= 0)
                r = sd_bus_add_fallback_vtable(fake->bus, NULL, SYSTEMD_PATH "/unit", SYSTEMD_UNIT, unit_vtable, find_unit, fake);
        if (r >= 0)
                r = sd_bus_add_fallback_vtable(fake->bus, NULL, SYSTEMD_PATH "/unit", SYSTEMD_SCOPE, scope_vtable, find_unit,
                                               fake);
        if (r >= 0)
                r = sd_bus_start(fake->bus);
        if (r < 0)
                abort();
        while (!atomic_load(&fake->ended) && !fake->hang_up) {
                serve_once(fake);
                (void) sd_bus_wait(fake->bus, 2 * USEC_PER_MSEC);
        }
        fake->bus = sd_bus_close_unref(fake->bus);
        return NULL;
}

static Fake *begin(const FakeScript *script, int *ret_fd) {
        Fake *fake = calloc(1, sizeof *fake);
        int pair[2];

        if (!fake || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
                abort();
        fake->script = *script;
        fake->fd = pair[0];
        if (pthread_create(&fake->thread, NULL, serve, fake) != 0)
                abort();
        *ret_fd = pair[1];
        return fake;
}

Fake *fake_new(const FakeScript *script, Systemd **ret_systemd) {
        sd_bus *bus = NULL;
        int fd;
        Fake *fake = begin(script, &fd);

        if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_start(bus) < 0 || connection_new(bus, false, ret_systemd) < 0)
                abort();
        return fake;
}

Fake *fake_new_starter(const FakeScript *script, Starter **ret_starter) {
        int fd;
        Fake *fake = begin(script, &fd);

        if (starter_new(fd, ret_starter) < 0)
                abort();
        return fake;
}

Fake *fake_new_manager(const FakeScript *script, Manager **ret_manager) {
        int fd;
        Fake *fake = begin(script, &fd);

        if (manager_new(fd, ret_manager) < 0)
                abort();
        return fake;
}

void fake_change_state(Fake *fake, const char *unit, const char *active_state) {
        fake->script.active_state = active_state;
        free(atomic_exchange(&fake->changed_unit, strdup(unit)));
}

void fake_request_stop(Fake *fake, const char *unit) {
        free(atomic_exchange(&fake->stop_unit, strdup(unit)));
}

FakeRecord fake_end(Fake *fake) {
        FakeRecord record;

        atomic_store(&fake->ended, true);
        (void) pthread_join(fake->thread, NULL);
        record = fake->record;
        free(fake->stop_unit);
        free(fake->changed_unit);
        free(fake);
        return record;
}
