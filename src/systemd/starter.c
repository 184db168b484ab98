/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The start of a scope, in steps of which the caller may do others in between. Invariants: a property that berth was told to set is never left out silently,
 * only berth's own optional ones are; nobody but systemd itself can make the controller believe that a stop is wished for. */

#include "systemd/starter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "systemd/address.h"
#include "systemd/bus-error.h"
#include "systemd/link.h"
#include "systemd/names.h"
#include "systemd/property.h"
#include "systemd/systemd.h"

#define JOB_MATCH "type='signal',sender='" SYSTEMD_NAME "',path='" SYSTEMD_PATH "',interface='" SYSTEMD_MANAGER "',member='JobRemoved'"
#define STATE_USEC (50 * USEC_PER_MSEC)

/* What a call was answered with. */
typedef struct Answer {
        bool there;
        int number;             /* of an error */
        char *text;             /* what it says; of a reply: its first string, or NULL */
} Answer;

struct Starter {
        Link *link;
        const ResourceSet *set; /* not owned; NULL: no start is under way */
        uint32_t pids[STARTER_PIDS_MAX];
        size_t n_pids;
        StarterFlags flags;
        char **dropped;         /* properties that this systemd does not know */
        bool was_reset;         /* a failed namesake was reset already */
        int failure;            /* of the start */
        uint32_t serial;        /* of the call whose answer is waited for */
        Answer answer;
        char *job;              /* its path */
        char *result;           /* "done", ...; NULL until the job has gone */
        char *unit_path;
        char *owner;            /* the name on the bus behind systemd's; NULL without a bus */
        char *suspect;          /* who asks for a stop and is not known to be systemd */
        uint32_t owner_serial;  /* of the question who systemd is now */
        bool stop_requested;
};

/* ---- life ---- */

static int starter_from(int fd, bool on_bus, Starter **ret) {
        CLEANUP(starter_closep) Starter *starter = calloc(1, sizeof *starter);
        int r;

        if (!starter)
                return -ENOMEM;
        r = link_new(fd, on_bus, &starter->link);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(starter);
        return 0;
}

int starter_open(bool user, Starter **ret, Error *error) {
        bool on_bus;
        int r = bus_connect(user, &on_bus);

        if (r >= 0)
                r = starter_from(r, on_bus, ret);
        return r < 0 ? systemd_unreachable(user, r, error) : 0;
}

int starter_new(int fd, Starter **ret) {
        return starter_from(fd, false, ret);
}

static void answer_done(Answer *answer) {
        free(answer->text);
        *answer = (Answer) {};
}

static void forget(Starter *starter) {
        starter->set = NULL;
        starter->n_pids = 0;
        starter->dropped = strv_free(starter->dropped);
        starter->was_reset = false;
        starter->failure = 0;
        starter->serial = 0;
        answer_done(&starter->answer);
        free(TAKE_PTR(starter->job));
        free(TAKE_PTR(starter->result));
        free(TAKE_PTR(starter->unit_path));
}

Starter *starter_close(Starter *starter) {
        if (!starter)
                return NULL;
        forget(starter);
        free(starter->owner);
        free(starter->suspect);
        link_close(starter->link);
        free(starter);
        return NULL;
}

bool starter_is_on_bus(const Starter *starter) {
        return link_is_on_bus(starter->link);
}

/* ---- what comes in ---- */

static bool is_signal(const WireMessage *message, const char *interface, const char *member) {
        return message->type == WIRE_SIGNAL && message->interface && message->member && streq(message->interface, interface) &&
                streq(message->member, member);
}

/* Signals can be sent to us alone by anybody on the bus; the bus vouches for the sender. */
static bool is_from_systemd(const Starter *starter, const WireMessage *message) {
        return !starter_is_on_bus(starter) || (starter->owner && message->sender && streq(starter->owner, message->sender));
}

/* An object's path is the first string of most replies; a variant with a string is what a property is. */
static const char *first_string(WireMessage *message) {
        const char *string = NULL;

        if (message->signature[0] == 'v')
                (void) wire_read_variant_string(message, &string);
        else if (message->signature[0])
                (void) wire_read_string(message, message->signature[0], &string);
        return string;
}

static int take_answer(Starter *starter, WireMessage *message) {
        Answer *answer = &starter->answer;
        const char *text = first_string(message);

        starter->serial = 0;
        answer->there = true;
        if (text) {
                answer->text = strdup(text);
                if (!answer->text)
                        return -ENOMEM;
        }
        if (message->type == WIRE_ERROR)
                answer->number = message->error_name ? bus_error_name_to_errno(message->error_name) ?: -EIO : -EIO;
        /* Errors of the bus come from the bus. */
        else if (message->sender && !starter->owner) {
                starter->owner = strdup(message->sender);
                if (!starter->owner)
                        return -ENOMEM;
        }
        return 0;
}

static int on_job_removed(Starter *starter, WireMessage *message) {
        const char *path, *unit, *result;
        uint32_t id;

        /* A path is never used twice, so a namesake's job, or one before ours, is told by it. */
        if (!starter->job || starter->result || !is_from_systemd(starter, message) || wire_read_u32(message, &id) < 0 ||
            wire_read_string(message, 'o', &path) < 0 || !streq(path, starter->job) || wire_read_string(message, 's', &unit) < 0 ||
            wire_read_string(message, 's', &result) < 0)
                return 0;
        starter->result = strdup(result);
        return starter->result ? 0 : -ENOMEM;
}

/* systemd has another name once it has executed itself anew (daemon-reexec), so who asks and is not known may be it: the bus knows. */
static int ask_for_owner(Starter *starter, const char *sender) {
        WireCall call = {
                .destination = "org.freedesktop.DBus", .path = "/org/freedesktop/DBus", .interface = "org.freedesktop.DBus", .member = "GetNameOwner",
                .signature = "s",
        };

        if (!sender || starter->owner_serial > 0)
                return 0;
        free(starter->suspect);
        starter->suspect = strdup(sender);
        if (!starter->suspect)
                return -ENOMEM;
        wire_string(link_begin(starter->link, &call), SYSTEMD_NAME);
        starter->owner_serial = call.serial;
        return link_send(starter->link, usec_monotonic() + USEC_PER_SEC);
}

static int on_owner(Starter *starter, WireMessage *message) {
        const char *name = message->type == WIRE_REPLY ? first_string(message) : NULL;

        starter->owner_serial = 0;
        if (!name || !starter->suspect || !streq(name, starter->suspect)) {
                log_warning("%s is not systemd and wants %s stopped", starter->suspect ?: "somebody", starter->unit_path);
                return 0;
        }
        free(starter->owner);
        starter->owner = TAKE_PTR(starter->suspect);
        starter->stop_requested = true;
        return 0;
}

static int on_request_stop(Starter *starter, WireMessage *message) {
        if (!message->path || !starter->unit_path || !streq(message->path, starter->unit_path))
                return 0;
        if (!is_from_systemd(starter, message))
                return ask_for_owner(starter, message->sender);
        starter->stop_requested = true;
        return 0;
}

static int dispatch(Starter *starter, WireMessage *message) {
        if (message->type == WIRE_REPLY || message->type == WIRE_ERROR) {
                if (starter->serial > 0 && message->reply_serial == starter->serial)
                        return take_answer(starter, message);
                if (starter->owner_serial > 0 && message->reply_serial == starter->owner_serial)
                        return on_owner(starter, message);
        } else if (is_signal(message, SYSTEMD_MANAGER, "JobRemoved"))
                return on_job_removed(starter, message);
        else if (is_signal(message, SYSTEMD_SCOPE, "RequestStop"))
                return on_request_stop(starter, message);
        return 0; /* not ours: the bus greets, strangers call */
}

/* Handles one message, or waits for one. */
static int turn(Starter *starter, uint64_t deadline_usec) {
        WireMessage message;
        int r = link_receive(starter->link, deadline_usec, &message);

        return r < 0 ? r : r == 0 ? -ETIME : dispatch(starter, &message);
}

static int wait_answer(Starter *starter, uint64_t deadline_usec) {
        int r = 0;

        while (r >= 0 && !starter->answer.there)
                r = turn(starter, deadline_usec);
        return r < 0 ? r : starter->answer.number;
}

/* ---- what goes out ---- */

static void begin_call(Starter *starter, WireCall *call) {
        (void) link_begin(starter->link, call);
        starter->serial = call->serial;
        answer_done(&starter->answer);
}

static int sink_open(void *object, char type, const char *contents) {
        wire_open(object, type, contents);
        return 0;
}

static int sink_basic(void *object, char type, const void *value) {
        wire_basic(object, type, value);
        return 0;
}

static int sink_close(void *object) {
        wire_close(object);
        return 0;
}

static void add_match(Starter *starter) {
        WireCall call = {
                .destination = "org.freedesktop.DBus", .path = "/org/freedesktop/DBus", .interface = "org.freedesktop.DBus", .member = "AddMatch",
                .signature = "s", .no_reply = true,
        };

        wire_string(link_begin(starter->link, &call), JOB_MATCH);
}

static int add_properties(Starter *starter, Wire *wire) {
        const PropertySink sink = { .object = wire, .open = sink_open, .basic = sink_basic, .close = sink_close };
        const Property pids = { .name = "PIDs", .type = PROPERTY_PIDS, .pids = starter->pids, .n_pids = starter->n_pids };
        const char *name = NULL;
        int r = 0;

        if (starter->flags & STARTER_CONTROL)
                r = link_get_name(starter->link, usec_monotonic() + SYSTEMD_CALL_USEC, &name);
        if (r < 0)
                return r;
        wire_open(wire, 'a', "(sv)");
        r = property_append_all(&sink, starter->set->properties, starter->set->n_properties, starter->dropped);
        if (r >= 0 && starter->n_pids > 0)
                r = property_append(&sink, &pids);
        if (r >= 0 && name) {
                const Property controller = { .name = "Controller", .type = PROPERTY_STRING, .string = (char *) (uintptr_t) name };

                r = property_append(&sink, &controller);
        }
        wire_close(wire);
        return r;
}

static int send_start(Starter *starter) {
        WireCall call = {
                .destination = SYSTEMD_NAME, .path = SYSTEMD_PATH, .interface = SYSTEMD_MANAGER, .member = "StartTransientUnit",
                .signature = "ssa(sv)a(sa(sv))",
        };
        Wire *wire;
        int r;

        /* The match is on its way before the call, so the end of a short job is never missed. On the private socket all signals come. */
        if ((starter->flags & STARTER_JOB) && starter_is_on_bus(starter))
                add_match(starter);
        begin_call(starter, &call);
        wire = link_wire(starter->link);
        wire_string(wire, starter->set->unit);
        wire_string(wire, "fail");
        r = add_properties(starter, wire);
        wire_open(wire, 'a', "(sa(sv))");
        wire_close(wire);
        return r < 0 ? r : link_send(starter->link, usec_monotonic() + SYSTEMD_CALL_USEC);
}

int starter_send(Starter *starter, const ResourceSet *set, const pid_t *pids, size_t n_pids, StarterFlags flags, Error *error) {
        int r;

        forget(starter);
        if ((flags & STARTER_CONTROL) && !starter_is_on_bus(starter))
                return error_set(error, -EOPNOTSUPP, "start of %s: a controller needs the message bus", set->unit);
        if (n_pids > STARTER_PIDS_MAX)
                return error_set(error, -E2BIG, "start of %s: too many processes", set->unit);
        starter->set = set;
        starter->flags = flags;
        for (size_t i = 0; i < n_pids; i++)
                starter->pids[starter->n_pids++] = (uint32_t) pids[i];
        r = unit_object_path(set->unit, &starter->unit_path);
        if (r >= 0)
                r = send_start(starter);
        return r < 0 ? error_set(error, r, "start of %s: %m", set->unit) : 0;
}

/* ---- answers ---- */

/* True when the request is worth repeating without a property that this systemd does not know. */
static bool drop_unknown(Starter *starter) {
        const Property *property = property_find_named_in(starter->answer.text, starter->set->properties, starter->set->n_properties);

        return property && property->optional && !strv_contains(starter->dropped, property->name) &&
                strv_append(&starter->dropped, property->name) >= 0;
}

/* The unit's ActiveState, in the answer's text. */
static int get_active_state(Starter *starter, uint64_t deadline_usec) {
        WireCall call = {
                .destination = SYSTEMD_NAME, .path = starter->unit_path, .interface = "org.freedesktop.DBus.Properties", .member = "Get", .signature = "ss",
        };
        int r;

        begin_call(starter, &call);
        wire_string(link_wire(starter->link), SYSTEMD_UNIT);
        wire_string(link_wire(starter->link), "ActiveState");
        r = link_send(starter->link, deadline_usec);
        if (r >= 0)
                r = wait_answer(starter, deadline_usec);
        return r >= 0 && !starter->answer.text ? -EBADMSG : r;
}

static int reset_failed(Starter *starter, uint64_t deadline_usec) {
        WireCall call = {
                .destination = SYSTEMD_NAME, .path = SYSTEMD_PATH, .interface = SYSTEMD_MANAGER, .member = "ResetFailedUnit", .signature = "s",
        };
        int r;

        begin_call(starter, &call);
        wire_string(link_wire(starter->link), starter->set->unit);
        r = link_send(starter->link, deadline_usec);
        if (r >= 0)
                r = wait_answer(starter, deadline_usec);
        return r == -ENOENT ? 0 : r;
}

/* True when a unit of the name was only a failed one, left behind, and is gone now. */
static bool reset_namesake(Starter *starter, uint64_t deadline_usec) {
        if (starter->was_reset || get_active_state(starter, deadline_usec) < 0)
                return false;
        starter->was_reset = true;
        if (!streq(starter->answer.text, "failed") && !streq(starter->answer.text, "inactive"))
                return false;
        return reset_failed(starter, deadline_usec) >= 0;
}

/* With the field of the bundle in front when the text speaks of a property that came from there. */
static int report(Starter *starter, int r, Error *error) {
        const ResourceSet *set = starter->set;
        const char *text = starter->answer.there ? starter->answer.text : NULL;
        const Property *property = property_find_named_in(text, set->properties, set->n_properties);

        if (r == -EEXIST)
                return error_set(error, r, "start of %s: a unit of that name exists already", set->unit);
        if (property && property->field)
                return error_set(error, r, "%s: systemd: %s", property->field, text);
        return text ? error_set(error, r, "start of %s: %s", set->unit, text) : error_set(error, r, "start of %s: %m", set->unit);
}

int starter_reply(Starter *starter, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + SYSTEMD_CALL_USEC;

        if (!starter->set)
                return error_set(error, -ESTALE, "no start is under way");
        if (starter->job || starter->failure < 0)
                return starter->failure;
        for (;;) {
                int r = wait_answer(starter, deadline_usec);

                if (r >= 0) {
                        starter->job = TAKE_PTR(starter->answer.text);
                        return starter->job ? 0 : error_set(error, -EBADMSG, "start of %s: %m", starter->set->unit);
                }
                if (!(r == -EROFS && drop_unknown(starter)) && !(r == -EEXIST && reset_namesake(starter, deadline_usec)))
                        return starter->failure = report(starter, r, error);
                r = send_start(starter);
                if (r < 0)
                        return error_set(error, r, "start of %s: %m", starter->set->unit);
        }
}

int starter_wait_job(Starter *starter, uint64_t timeout_usec, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + timeout_usec;
        int r = starter->job && (starter->flags & STARTER_JOB) ? 0 : -ESTALE;

        if (!starter->set)
                return error_set(error, -ESTALE, "no start is under way");
        while (r >= 0 && !starter->result)
                r = turn(starter, deadline_usec);
        if (r < 0)
                return error_set(error, r, "start of %s: waiting for systemd's job: %m", starter->set->unit);
        return job_result_report(starter->result, "start of", starter->set->unit, error);
}

int starter_wait_active(Starter *starter, uint64_t timeout_usec, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + timeout_usec;
        int r = starter->set && starter->job ? 0 : -ESTALE;

        while (r >= 0) {
                r = get_active_state(starter, deadline_usec);
                if (r < 0)
                        break;
                if (streq(starter->answer.text, "active"))
                        return 0;
                if (streq(starter->answer.text, "failed") || streq(starter->answer.text, "deactivating"))
                        return error_set(error, -EIO, "start of %s: it is %s", starter->set->unit, starter->answer.text);
                usec_sleep(STATE_USEC);
        }
        return error_set(error, r, "start of %s: waiting for it to be active: %m", starter->set ? starter->set->unit : "a scope");
}

bool starter_dropped(const Starter *starter, const char *property) {
        return strv_contains(starter->dropped, property);
}

/* ---- the controller ---- */

int starter_fd(const Starter *starter) {
        return link_fd(starter->link);
}

int starter_process(Starter *starter, bool *ret_stop, Error *error) {
        int r;

        do
                r = turn(starter, 0);
        while (r >= 0);
        if (r != -ETIME && !starter->stop_requested)
                return error_set(error, r, "connection to systemd: %m");
        *ret_stop = TAKE(starter->stop_requested, false);
        return 0;
}
