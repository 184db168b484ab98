/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/systemd against a PID 1 that answers as it is told to. */

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/process.h"
#include "base/strv.h"
#include "fake.h"
#include "test.h"

static const SystemdFunctions *const f = &systemd_functions;

static ResourceSet *set_new(void) {
        ResourceSet *set = calloc(1, sizeof *set);
        Property *property;

        set->unit = strdup("berth-test.scope");
        property = resource_set_add_property(set, "Delegate", PROPERTY_BOOL);
        property->boolean = true;
        property = resource_set_add_property(set, "OOMPolicy", PROPERTY_STRING);
        property->string = strdup("continue");
        property->optional = true;
        property = resource_set_add_property(set, "MemoryMax", PROPERTY_U64);
        property->u64 = 5000;
        property->field = "linux.resources.memory.limit";
        property = resource_set_add_property(set, "After", PROPERTY_STRV);
        (void) strv_append(&property->strv, "a.service");
        (void) strv_append(&property->strv, "b.service");
        property = resource_set_add_property(set, "AllowedCPUs", PROPERTY_BYTES);
        property->bytes = calloc(2, 1);
        property->bytes[0] = 5;
        property->n_bytes = 2;
        property = resource_set_add_property(set, "IOReadBandwidthMax", PROPERTY_DEVICE_LIMITS);
        property->limits = calloc(1, sizeof *property->limits);
        property->limits[0] = (DeviceLimit) { strdup("/dev/block/8:0"), 9 };
        property->n_limits = 1;
        property = resource_set_add_property(set, "KillSignal", PROPERTY_I32);
        property->i64 = -3;
        return set;
}

#define PROPERTIES_BEGIN "Delegate=b:yes;"
#define PROPERTIES_END \
        "MemoryMax=t:5000;After=as:a.service b.service;AllowedCPUs=ay:5 0;" \
        "IOReadBandwidthMax=a(st):/dev/block/8:0:9;KillSignal=i:-3;PIDs=au:41 42;"

/* Sends, gets the answer and, if that is good, waits for the job. */
static int start(Starter *starter, const ResourceSet *set, uint64_t timeout_usec, Error *error) {
        static const pid_t pids[] = { 41, 42 };
        int r = starter_send(starter, set, pids, 2, STARTER_JOB, error);

        if (r >= 0)
                r = starter_reply(starter, error);
        return r < 0 ? r : starter_wait_job(starter, timeout_usec, error);
}

typedef struct Outcome {
        int r;
        FakeRecord record;
        char text[512];
        bool dropped;
} Outcome;

static Outcome run(const FakeScript *script, uint64_t timeout_usec) {
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        CLEANUP(error_done) Error error = {};
        Outcome outcome = {};
        Starter *starter;
        Fake *fake = fake_new_starter(script, &starter);

        outcome.r = start(starter, set, timeout_usec, &error);
        outcome.dropped = starter_dropped(starter, "OOMPolicy");
        snprintf(outcome.text, sizeof outcome.text, "%s", error_text(&error));
        starter_close(starter);
        outcome.record = fake_end(fake);
        return outcome;
}

TEST(start_of_a_scope) {
        Outcome outcome = run(&(FakeScript) {}, USEC_PER_SEC);

        ASSERT_EQ(outcome.r, 0);
        ASSERT_STREQ(outcome.record.unit, "berth-test.scope");
        ASSERT_STREQ(outcome.record.mode, "fail");
        ASSERT_STREQ(outcome.record.properties, PROPERTIES_BEGIN "OOMPolicy=s:continue;" PROPERTIES_END);
        ASSERT_EQ(outcome.record.n_starts, 1U);
        ASSERT_FALSE(outcome.dropped);
}

TEST(job_that_is_late) {
        ASSERT_EQ(run(&(FakeScript) { .job = FAKE_JOB_LATE }, USEC_PER_SEC).r, 0);
}

TEST(jobs_of_others) {
        ASSERT_EQ(run(&(FakeScript) { .job = FAKE_JOB_OTHER_FIRST }, USEC_PER_SEC).r, 0);
}

TEST(job_that_is_lost) {
        uint64_t begin_usec = usec_monotonic();
        Outcome outcome = run(&(FakeScript) { .job = FAKE_JOB_LOST }, 50 * USEC_PER_MSEC);

        ASSERT_EQ(outcome.r, -ETIME);
        ASSERT_CONTAINS(outcome.text, "start of berth-test.scope");
        ASSERT_LT(usec_monotonic() - begin_usec, 5 * USEC_PER_SEC);
}

TEST(bus_that_goes_away) {
        Outcome outcome = run(&(FakeScript) { .job = FAKE_JOB_HANGS_UP }, USEC_PER_SEC);

        ASSERT_EQ(outcome.r, -ECONNRESET);
        ASSERT_CONTAINS(outcome.text, "start of berth-test.scope");
}

TEST(results_of_jobs) {
        static const struct {
                const char *result;
                int number;
        } cases[] = {
                { "done", 0 }, { "canceled", -ECANCELED }, { "timeout", -ETIME }, { "failed", -EIO }, { "dependency", -EIO },
                                { "skipped", -EOPNOTSUPP },
                { "collected", -ECANCELED }, { "news", -EIO },
        };

        FOREACH_ELEMENT(entry, cases) {
                Outcome outcome = run(&(FakeScript) { .result = entry->result }, USEC_PER_SEC);

                ASSERT_EQ(outcome.r, entry->number);
                if (entry->number < 0)
                        ASSERT_CONTAINS(outcome.text, "start of berth-test.scope");
        }
}

TEST(unknown_optional_property_is_left_out) {
        Outcome outcome = run(&(FakeScript) { .unknown = { "OOMPolicy" } }, USEC_PER_SEC);

        ASSERT_EQ(outcome.r, 0);
        ASSERT_STREQ(outcome.record.properties, PROPERTIES_BEGIN PROPERTIES_END);
        ASSERT_EQ(outcome.record.n_starts, 2U);
        ASSERT_TRUE(outcome.dropped);
}

TEST(unknown_property_that_was_asked_for) {
        Outcome outcome = run(&(FakeScript) { .unknown = { "MemoryMax" } }, USEC_PER_SEC);

        ASSERT_EQ(outcome.r, -EROFS);
        ASSERT_CONTAINS(outcome.text, "linux.resources.memory.limit");
        ASSERT_EQ(outcome.record.n_starts, 1U);
}

TEST(errors_of_the_call) {
        static const struct {
                const char *name, *message, *text;
                int number;
        } cases[] = {
                { "org.freedesktop.DBus.Error.InvalidArgs", "Value specified in MemoryMax is out of range",
                  "linux.resources.memory.limit: ", -EINVAL },
                { "org.freedesktop.DBus.Error.InvalidArgs", "Unit name is bad", "start of berth-test.scope: Unit name is bad",
                  -EINVAL },
                { "org.freedesktop.DBus.Error.UnixProcessIdUnknown", "Process 41 does not exist", "Process 41", -ESRCH },
                { "org.freedesktop.DBus.Error.AccessDenied", "Permission denied", "Permission denied", -EACCES },
                { "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "Interactive authentication required.",
                  "Interactive", -EACCES },
                { "org.freedesktop.systemd1.ShuttingDown", "x", "x", -ESHUTDOWN },
                { "org.freedesktop.systemd1.TransactionIsDestructive", "x", "x", -EDEADLK },
                { "org.freedesktop.DBus.Error.Spelling", "MemoryMaxx", "start of berth-test.scope: MemoryMaxx", -EIO },
        };

        FOREACH_ELEMENT(entry, cases) {
                Outcome outcome = run(&(FakeScript) { .start_error = entry->name, .start_message = entry->message,
                                                      .start_errors = 9 }, USEC_PER_SEC);

                ASSERT_EQ(outcome.r, entry->number);
                ASSERT_CONTAINS(outcome.text, entry->text);
                ASSERT_EQ(outcome.record.n_starts, 1U);
        }
}

#define UNIT_EXISTS \
        .start_error = "org.freedesktop.systemd1.UnitExists", .start_message = "Unit berth-test.scope was already loaded."

TEST(failed_namesake_is_reset) {
        Outcome outcome = run(&(FakeScript) { UNIT_EXISTS, .start_errors = 1, .active_state = "failed" }, USEC_PER_SEC);

        ASSERT_EQ(outcome.r, 0);
        ASSERT_EQ(outcome.record.n_starts, 2U);
        ASSERT_EQ(outcome.record.n_resets, 1U);
}

TEST(failed_namesake_is_reset_once) {
        Outcome outcome = run(&(FakeScript) { UNIT_EXISTS, .start_errors = 9, .active_state = "failed" }, USEC_PER_SEC);

        ASSERT_EQ(outcome.r, -EEXIST);
        ASSERT_EQ(outcome.record.n_starts, 2U);
        ASSERT_EQ(outcome.record.n_resets, 1U);
}

TEST(active_namesake_is_left_alone) {
        Outcome outcome = run(&(FakeScript) { UNIT_EXISTS, .start_errors = 9 }, USEC_PER_SEC);

        ASSERT_EQ(outcome.r, -EEXIST);
        ASSERT_EQ(outcome.record.n_starts, 1U);
        ASSERT_EQ(outcome.record.n_resets, 0U);
        ASSERT_CONTAINS(outcome.text, "exists already");
}

TEST(start_again_after_a_failure) {
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        FakeScript script = { .start_error = "org.freedesktop.DBus.Error.AccessDenied", .start_message = "no",
                              .start_errors = 1 };
        Error error = {};
        Starter *starter;
        Fake *fake = fake_new_starter(&script, &starter);

        ASSERT_FAILS(start(starter, set, USEC_PER_SEC, &error), EACCES);
        error_done(&error);
        /* The answer is known. */
        ASSERT_FAILS(starter_reply(starter, &error), EACCES);
        error_done(&error);
        ASSERT_OK_ERROR(start(starter, set, USEC_PER_SEC, &error), &error);
        ASSERT_OK_ERROR(starter_reply(starter, &error), &error);
        starter_close(starter);
        (void) fake_end(fake);
}

TEST(calls_without_a_start) {
        Error error = {};
        Starter *starter;
        Fake *fake = fake_new_starter(&(FakeScript) {}, &starter);
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        pid_t pids[STARTER_PIDS_MAX + 1] = { 41 };

        ASSERT_FAILS(starter_reply(starter, &error), ESTALE);
        error_done(&error);
        ASSERT_FAILS(starter_wait_job(starter, 1, &error), ESTALE);
        error_done(&error);
        ASSERT_FAILS(starter_send(starter, set, pids, ELEMENTSOF(pids), 0, &error), E2BIG);
        error_done(&error);
        /* There are no names without a bus, so no controller. */
        ASSERT_FALSE(starter_is_on_bus(starter));
        ASSERT_FAILS(starter_send(starter, set, pids, 1, STARTER_CONTROL, &error), EOPNOTSUPP);
        error_done(&error);
        starter_close(starter);
        (void) fake_end(fake);
}

static int start_without_job(const char *active_state, uint64_t timeout_usec, Error *error) {
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        Starter *starter;
        Fake *fake = fake_new_starter(&(FakeScript) { .active_state = active_state, .job = FAKE_JOB_LOST }, &starter);
        pid_t pid = 41;
        int r = starter_send(starter, set, &pid, 1, 0, error);

        if (r >= 0)
                r = starter_reply(starter, error);
        if (r >= 0)
                r = starter_wait_job(starter, timeout_usec, error);
        starter_close(starter);
        (void) fake_end(fake);
        return r;
}

TEST(start_whose_job_nobody_waits_for) {
        Error error = {};

        ASSERT_OK_ERROR(start_without_job("active", USEC_PER_SEC, &error), &error);
        ASSERT_FAILS(start_without_job("failed", USEC_PER_SEC, &error), EIO);
        ASSERT_ERROR_CONTAINS(&error, "start of berth-test.scope: it has failed");
        ASSERT_FAILS(start_without_job("activating", 100 * USEC_PER_MSEC, &error), ETIME);
        ASSERT_ERROR_CONTAINS(&error, "waiting for systemd's job");
}

/* Of a job that nobody tells the end of the unit's state tells it. */
TEST(lost_news_of_a_job) {
        Outcome outcome = run(&(FakeScript) { .job = FAKE_JOB_LOST }, 20 * USEC_PER_SEC);

        ASSERT_EQ(outcome.r, 0);
        ASSERT_EQ(outcome.record.n_starts, 1U);
        ASSERT_EQ(run(&(FakeScript) { .job = FAKE_JOB_LOST, .active_state = "failed" }, 20 * USEC_PER_SEC).r, -EIO);
}

TEST(lost_answer_of_a_start_that_was_made) {
        Outcome outcome = run(&(FakeScript) { .start_error = "org.freedesktop.DBus.Error.NoReply", .start_errors = 1, .has_process = true }, 20 * USEC_PER_SEC);

        ASSERT_EQ(outcome.r, 0);
        ASSERT_EQ(outcome.record.n_pid_questions, 1U);
        ASSERT_EQ(outcome.record.n_starts, 1U);
}

TEST(lost_answer_of_a_start_that_was_not_made) {
        static const char *const errors[] = {
                "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.Spawn.ChildExited",
        };

        FOREACH_ELEMENT(name, errors) {
                Outcome outcome = run(&(FakeScript) { .start_error = *name, .start_errors = 2 }, 20 * USEC_PER_SEC);

                ASSERT_EQ(outcome.r, 0);
                ASSERT_EQ(outcome.record.n_pid_questions, 2U);
                ASSERT_EQ(outcome.record.n_starts, 3U);
        }
}

/* Nobody waits longer for it than a call may take. */
TEST(answers_that_are_lost_for_good) {
        uint64_t begin_usec = usec_monotonic();
        Outcome outcome = run(&(FakeScript) { .start_error = "org.freedesktop.DBus.Error.NoReply", .start_errors = UINT_MAX }, 20 * USEC_PER_SEC);

        ASSERT_EQ(outcome.r, -ETIME);
        ASSERT_LT(usec_monotonic() - begin_usec, 2 * SYSTEMD_CALL_USEC);
}

static bool is_refused(const FakeScript *script) {
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        Starter *starter;
        Fake *fake = fake_new_starter(script, &starter);
        bool refused;

        ASSERT_FALSE(starter_is_refused(starter));
        ASSERT_FALSE(start(starter, set, 20 * USEC_PER_SEC, NULL) >= 0);
        refused = starter_is_refused(starter);
        starter_close(starter);
        (void) fake_end(fake);
        return refused;
}

/* What systemd has refused it has not made; where the answer is lost nobody knows. */
TEST(refusals) {
        ASSERT_TRUE(is_refused(&(FakeScript) { .start_error = "org.freedesktop.systemd1.UnitExists", .start_errors = 9 }));
        ASSERT_TRUE(is_refused(&(FakeScript) { .start_error = "org.freedesktop.DBus.Error.InvalidArgs", .start_errors = 9 }));
        ASSERT_FALSE(is_refused(&(FakeScript) { .job = FAKE_JOB_HANGS_UP }));
}

TEST(identity_of_a_unit) {
        UnitIdentity identity;
        Error error = {};
        Manager *manager;
        Fake *fake = fake_new_manager(&(FakeScript) {}, &manager);
        FakeRecord record;

        ASSERT_FAILS(manager_identify(manager, "none.scope", &identity, &error), ENOENT);
        ASSERT_OK_ERROR(manager_identify(manager, "berth-test.scope", &identity, &error), &error);
        ASSERT_STREQ(identity.invocation, "0aff0000000000000000000000000000");
        ASSERT_STREQ(identity.description, "Description");
        ASSERT_STREQ(identity.control_group, "ControlGroup");
        ASSERT_TRUE(identity.transient);
        /* That one, and no other of its name. */
        ASSERT_OK_ERROR(manager_end_unit(manager, "berth-test.scope", &identity, 20 * USEC_PER_SEC, &error), &error);
        unit_identity_done(&identity);
        manager_close(manager);
        record = fake_end(fake);
        ASSERT_STREQ(record.stopped, "/org/freedesktop/systemd1/unit/_30aff0000000000000000000000000000");
        ASSERT_EQ(record.n_stops, 1U);
        ASSERT_EQ(record.n_resets, 1U);
}

TEST(identity_of_what_is_not_transient) {
        UnitIdentity identity;
        Error error = {};
        Manager *manager;
        Fake *fake = fake_new_manager(&(FakeScript) { .persistent = true }, &manager);

        ASSERT_OK_ERROR(manager_identify(manager, "init.scope", &identity, &error), &error);
        ASSERT_FALSE(identity.transient);
        unit_identity_done(&identity);
        manager_close(manager);
        (void) fake_end(fake);
}

TEST(state) {
        CLEANUP(freep) char *text = NULL, *number = NULL, *nothing = NULL;
        Error error = {};
        UnitState state;
        Systemd *systemd;
        Fake *fake = fake_new(&(FakeScript) { .active_state = "failed" }, &systemd);

        ASSERT_OK_ERROR(f->unit_state(systemd, "berth-test.scope", &state, &error), &error);
        ASSERT_STREQ(state.active_state, "failed");
        ASSERT_STREQ(state.load_state, "loaded");
        ASSERT_STREQ(state.control_group, "ControlGroup");
        ASSERT_STREQ(state.result, "Result");
        ASSERT_STREQ(state.freezer_state, "");
        f->unit_state_done(&state);
        ASSERT_OK_ERROR(f->get_property(systemd, "berth-test.scope", "MemoryMax", &text, &error), &error);
        ASSERT_STREQ(text, "infinity");
        ASSERT_OK_ERROR(f->get_property(systemd, "berth-test.scope", "TasksMax", &number, &error), &error);
        ASSERT_STREQ(number, "77");
        ASSERT_FAILS(f->get_property(systemd, "berth-test.scope", "Nonsense", &nothing, &error), ENOENT);
        ASSERT_ERROR_CONTAINS(&error, "Nonsense");
        f->close(systemd);
        (void) fake_end(fake);
}

TEST(changes) {
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        Error error = {};
        FakeRecord record;
        Manager *manager;
        Fake *fake = fake_new_manager(&(FakeScript) { .unknown = { "OOMPolicy" } }, &manager);

        ASSERT_OK_ERROR(manager_set_properties(manager, "berth-test.scope", set->properties, 3, &error), &error);
        ASSERT_OK_ERROR(manager_stop_unit(manager, "none.scope", USEC_PER_SEC, &error), &error);
        ASSERT_OK_ERROR(manager_stop_unit(manager, "berth-test.scope", 0, &error), &error);
        ASSERT_OK_ERROR(manager_stop_unit(manager, "berth-test.scope", USEC_PER_SEC, &error), &error);
        ASSERT_OK_ERROR(manager_reset_failed(manager, "berth-test.scope", &error), &error);
        ASSERT_FAILS(manager_set_frozen(manager, "berth-test.scope", true, &error), EBUSY);
        ASSERT_ERROR_CONTAINS(&error, "freeze of berth-test.scope: Unit has a pending job");
        manager_close(manager);
        record = fake_end(fake);
        ASSERT_STREQ(record.properties, "Delegate=b:yes;MemoryMax=t:5000;");
        ASSERT_TRUE(record.runtime);
        ASSERT_EQ(record.n_stops, 3U);
        ASSERT_EQ(record.n_resets, 1U);
        ASSERT_EQ(record.n_freezes, 1U);
}

TEST(changes_that_are_refused) {
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        Error error = {};
        Manager *manager;
        Fake *fake = fake_new_manager(&(FakeScript) { .unknown = { "MemoryMax" } }, &manager);

        ASSERT_FAILS(manager_set_properties(manager, "berth-test.scope", set->properties, 3, &error), EROFS);
        ASSERT_ERROR_CONTAINS(&error, "linux.resources.memory.limit: systemd: Cannot set property MemoryMax");
        manager_close(manager);
        (void) fake_end(fake);
}

TEST(stop_that_hangs) {
        Error error = {};
        Manager *manager;
        Fake *fake = fake_new_manager(&(FakeScript) { .job = FAKE_JOB_LOST }, &manager);

        ASSERT_FAILS(manager_stop_unit(manager, "berth-test.scope", 50 * USEC_PER_MSEC, &error), ETIME);
        ASSERT_ERROR_CONTAINS(&error, "stop of berth-test.scope");
        manager_close(manager);
        (void) fake_end(fake);
}

TEST(request_to_stop) {
        CLEANUP(resource_set_freep) ResourceSet *set = set_new();
        Error error = {};
        Starter *starter;
        Fake *fake = fake_new_starter(&(FakeScript) {}, &starter);
        uint64_t end_usec = usec_monotonic() + 5 * USEC_PER_SEC;
        bool stop = false;

        ASSERT_OK_ERROR(start(starter, set, USEC_PER_SEC, &error), &error);
        ASSERT_OK_ERROR(starter_process(starter, &stop, &error), &error);
        ASSERT_FALSE(stop);
        fake_request_stop(fake, "other.scope");
        usec_sleep(50 * USEC_PER_MSEC);
        ASSERT_OK_ERROR(starter_process(starter, &stop, &error), &error);
        ASSERT_FALSE(stop);
        fake_request_stop(fake, "berth-test.scope");
        while (!stop && usec_monotonic() < end_usec) {
                struct pollfd poll_fd = { .fd = starter_fd(starter), .events = POLLIN };

                (void) poll(&poll_fd, 1, 100);
                ASSERT_OK_ERROR(starter_process(starter, &stop, &error), &error);
        }
        ASSERT_TRUE(stop);
        ASSERT_OK_ERROR(starter_process(starter, &stop, &error), &error);
        ASSERT_FALSE(stop);
        (void) fake_end(fake);
        usec_sleep(20 * USEC_PER_MSEC);
        ASSERT_FAILS(starter_process(starter, &stop, &error), ECONNRESET);
        error_done(&error);
        starter_close(starter);
}

/* True when systemd stopped the unit meanwhile. */
static bool stopped(Manager *manager, uint64_t timeout_usec) {
        uint64_t end_usec = usec_monotonic() + timeout_usec;
        CLEANUP(error_done) Error error = {};
        bool stop = false;

        while (!stop && usec_monotonic() < end_usec) {
                struct pollfd poll_fd = { .fd = manager_fd(manager), .events = POLLIN };

                (void) poll(&poll_fd, 1, 20);
                ASSERT_OK_ERROR(manager_process(manager, &stop, &error), &error);
        }
        return stop;
}

TEST(watching_a_unit) {
        Error error = {};
        Manager *manager;
        Fake *fake = fake_new_manager(&(FakeScript) {}, &manager);
        FakeRecord record;
        bool stop;

        ASSERT_OK_ERROR(manager_abandon_scope(manager, "berth-test.scope", &error), &error);
        ASSERT_OK_ERROR(manager_watch_unit(manager, "berth-test.scope", &error), &error);
        ASSERT_FALSE(stopped(manager, 50 * USEC_PER_MSEC));
        fake_change_state(fake, "other.scope", "deactivating");
        ASSERT_FALSE(stopped(manager, 50 * USEC_PER_MSEC));
        fake_change_state(fake, "berth-test.scope", "active");
        ASSERT_FALSE(stopped(manager, 50 * USEC_PER_MSEC));
        fake_change_state(fake, "berth-test.scope", "deactivating");
        ASSERT_TRUE(stopped(manager, 5 * USEC_PER_SEC));
        ASSERT_FALSE(stopped(manager, 50 * USEC_PER_MSEC));
        record = fake_end(fake);
        ASSERT_EQ(record.n_abandoned, 1U);
        ASSERT_EQ(record.n_subscribed, 1U);
        usec_sleep(20 * USEC_PER_MSEC);
        ASSERT_FAILS(manager_process(manager, &stop, &error), ECONNRESET);
        error_done(&error);
        manager_close(manager);
}
