/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The start of a scope, in steps of which the caller may do others in between. Invariants: a property that berth was told to set is never left out silently,
 * only berth's own optional ones are; nobody but systemd itself can make the controller believe that a stop is wished for. */

#include "systemd/starter.h"

#include <errno.h>
#include <stdlib.h>

#include "base/process.h"
#include "base/strv.h"
#include "systemd/bus-error.h"
#include "systemd/client.h"
#include "systemd/names.h"
#include "systemd/property.h"
#include "systemd/systemd.h"

#define STATE_USEC (50 * USEC_PER_MSEC)

struct Starter {
        Client *client;
        const ResourceSet *set; /* not owned; NULL: no start is under way */
        uint32_t pids[STARTER_PIDS_MAX];
        size_t n_pids;
        StarterFlags flags;
        char **dropped;         /* properties that this systemd does not know */
        bool was_reset;         /* a failed namesake was reset already */
        bool found;             /* its answer was lost, and the unit is there: what its job was is not known */
        bool repeated;          /* it was sent again after a lost answer, so that the unit may be of the request before */
        int failure;            /* of the start */
};

/* ---- life ---- */

static int starter_from(Client *client, Starter **ret) {
        Starter *starter = calloc(1, sizeof *starter);

        if (!starter) {
                client_close(client);
                return -ENOMEM;
        }
        starter->client = client;
        *ret = starter;
        return 0;
}

int starter_open(bool user, Starter **ret, Error *error) {
        Client *client;
        int r = client_open(user, &client, error);

        return r < 0 ? r : starter_from(client, ret);
}

int starter_new(int fd, Starter **ret) {
        Client *client;
        int r = client_new(fd, false, &client);

        return r < 0 ? r : starter_from(client, ret);
}

Starter *starter_close(Starter *starter) {
        if (!starter)
                return NULL;
        strv_free(starter->dropped);
        client_close(starter->client);
        free(starter);
        return NULL;
}

bool starter_is_on_bus(const Starter *starter) {
        return link_is_on_bus(starter->client->link);
}

bool starter_is_controller(const Starter *starter) {
        /* Found on another connection: systemd knows us by the name that we had. */
        return starter->set && (starter->flags & STARTER_CONTROL) && starter_is_on_bus(starter) && !(starter->found && starter->client->reopened);
}

/* ---- what goes out ---- */

static int add_properties(Starter *starter, Wire *wire) {
        const PropertySink sink = property_wire_sink(wire);
        const Property pids = { .name = "PIDs", .type = PROPERTY_PIDS, .pids = starter->pids, .n_pids = starter->n_pids };
        const char *name = NULL;
        int r = 0;

        /* A connection that was lost may have been to a bus, and the next one not. */
        if ((starter->flags & STARTER_CONTROL) && starter_is_on_bus(starter))
                r = link_get_name(starter->client->link, usec_monotonic() + SYSTEMD_CALL_USEC, &name);
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
        Wire *wire;
        int r;

        if (starter->flags & STARTER_JOB)
                client_hear_jobs(starter->client);
        wire = client_begin(starter->client, "StartTransientUnit", "ssa(sv)a(sa(sv))");
        wire_string(wire, starter->set->unit);
        wire_string(wire, "fail");
        r = add_properties(starter, wire);
        wire_open(wire, 'a', "(sa(sv))");
        wire_close(wire);
        return r < 0 ? r : client_send(starter->client, usec_monotonic() + SYSTEMD_CALL_USEC);
}

/* ---- answers ---- */

/* True when the request is worth repeating without a property that this systemd does not know. */
static bool drop_unknown(Starter *starter) {
        const ResourceSet *set = starter->set;

        return property_leave_out(starter->client->answer.text, set->properties, set->n_properties, &starter->dropped);
}

static int reset_failed(Starter *starter, uint64_t deadline_usec) {
        int r = client_call_with_unit(starter->client, "ResetFailedUnit", starter->set->unit, deadline_usec);

        return r == -ENOENT ? 0 : r;
}

/* True when a unit of the name was only a failed one, left behind, and is gone now. */
static bool reset_namesake(Starter *starter, uint64_t deadline_usec) {
        if (starter->was_reset || client_get(starter->client, SYSTEMD_UNIT, "ActiveState", deadline_usec) < 0)
                return false;
        starter->was_reset = true;
        if (!streq(starter->client->answer.text, "failed") && !streq(starter->client->answer.text, "inactive"))
                return false;
        return reset_failed(starter, deadline_usec) >= 0;
}

/* With the field of the bundle in front when the text speaks of a property that came from there. */
static int report(Starter *starter, int r, Error *error) {
        const ResourceSet *set = starter->set;
        const char *text = starter->client->answer.there ? starter->client->answer.text : NULL;
        const Property *property = property_find_named_in(text, set->properties, set->n_properties);

        if (r == -EEXIST)
                return error_set(error, r, "start of %s: a unit of that name exists already", set->unit);
        if (property && property->field)
                return error_set(error, r, "%s: systemd: %s", property->field, text);
        return text ? error_set(error, r, "start of %s: %s", set->unit, text) : error_set(error, r, "start of %s: %m", set->unit);
}

static int ask_unit_of_process(Client *client, const void *userdata, uint64_t deadline_usec) {
        const uint32_t *pid = userdata;

        wire_basic(client_begin(client, "GetUnitByPID", "u"), 'u', pid);
        return client_call(client, deadline_usec);
}

/* What became of a request whose answer was lost? Our process, which nobody else has, is in the unit, or the request is made again. */
static int find_again(Starter *starter, uint64_t deadline_usec) {
        Client *client = starter->client;
        int r = -ENOENT;

        if (starter->n_pids > 0)
                r = client_ask(client, ask_unit_of_process, &starter->pids[0], deadline_usec);
        if (r >= 0 && client->answer.text && streq(client->answer.text, client->unit_path)) {
                starter->found = true;
                return 0;
        }
        if (client_is_lost(client, r) || r == -ETIME)
                return r;
        starter->repeated = true;
        return send_start(starter);
}

static int recover(Starter *starter, int r, uint64_t deadline_usec) {
        do {
                if (!client_recover(starter->client, deadline_usec))
                        return r;
                r = find_again(starter, deadline_usec);
        } while (client_is_lost(starter->client, r));
        return r;
}

/* After an error: 0 when there is something to be waited for again. */
static int try_again(Starter *starter, int r, uint64_t deadline_usec) {
        Client *client = starter->client;

        if (r == -EROFS && drop_unknown(starter))
                return send_start(starter);
        if (client_is_lost(client, r) || (r == -EEXIST && starter->repeated))
                return recover(starter, r, deadline_usec);
        return r == -EEXIST && reset_namesake(starter, deadline_usec) ? send_start(starter) : r;
}

int starter_send(Starter *starter, const ResourceSet *set, const pid_t *pids, size_t n_pids, StarterFlags flags, Error *error) {
        int r;

        starter->set = NULL;
        starter->n_pids = 0;
        starter->dropped = strv_free(starter->dropped);
        starter->was_reset = starter->found = starter->repeated = false;
        starter->failure = 0;
        if ((flags & STARTER_CONTROL) && !starter_is_on_bus(starter))
                return error_set(error, -EOPNOTSUPP, "start of %s: a controller needs the message bus", set->unit);
        if (n_pids > STARTER_PIDS_MAX)
                return error_set(error, -E2BIG, "start of %s: too many processes", set->unit);
        starter->set = set;
        starter->flags = flags;
        for (size_t i = 0; i < n_pids; i++)
                starter->pids[starter->n_pids++] = (uint32_t) pids[i];
        r = client_set_unit(starter->client, set->unit);
        if (r >= 0)
                r = send_start(starter);
        if (client_is_lost(starter->client, r))
                r = recover(starter, r, usec_monotonic() + SYSTEMD_CALL_USEC);
        return r < 0 ? error_set(error, r, "start of %s: %m", set->unit) : 0;
}

int starter_reply(Starter *starter, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + SYSTEMD_CALL_USEC;

        if (!starter->set)
                return error_set(error, -ESTALE, "no start is under way");
        if (starter->client->job || starter->found || starter->failure < 0)
                return starter->failure;
        for (;;) {
                int r = client_wait_answer(starter->client, deadline_usec);

                if (r >= 0) {
                        r = client_take_job(starter->client);
                        return r < 0 ? error_set(error, r, "start of %s: %m", starter->set->unit) : 0;
                }
                r = try_again(starter, r, deadline_usec);
                if (r < 0)
                        return starter->failure = report(starter, r, error);
                if (starter->found)
                        return 0;
        }
}

bool starter_is_refused(const Starter *starter) {
        return starter->failure < 0 && !starter->repeated && starter->client->answer.there && !client_is_lost(starter->client, starter->failure);
}

static int wait_active(Starter *starter, uint64_t timeout_usec, Error *error) {
        int r = client_wait_state(starter->client, true, usec_monotonic() + timeout_usec);

        if (r == -EIO)
                return error_set(error, r, "start of %s: it has failed", starter->set->unit);
        if (r < 0)
                return error_set(error, r, "start of %s: waiting for systemd's job: %m", starter->set->unit);
        return r == 1 ? 0 : job_result_report(starter->client->result, "start of", starter->set->unit, error);
}

int starter_wait_job(Starter *starter, uint64_t timeout_usec, Error *error) {
        if (!starter->set || !(starter->client->job || starter->found))
                return error_set(error, -ESTALE, "no start is under way");
        return wait_active(starter, timeout_usec, error);
}

bool starter_dropped(const Starter *starter, const char *property) {
        return strv_contains(starter->dropped, property);
}

/* ---- the controller ---- */

int starter_fd(const Starter *starter) {
        return link_fd(starter->client->link);
}

int starter_process(Starter *starter, bool *ret_stop, Error *error) {
        int r = client_process(starter->client, error);

        if (r >= 0)
                *ret_stop = TAKE(starter->client->stop, false);
        return r;
}
