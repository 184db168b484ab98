/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The conversation. Invariant: nobody but systemd itself can make us believe that it stops the unit, or that a job has ended: everybody on the bus can send
 * us signals, and the bus vouches for the sender. */

#include "systemd/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "systemd/address.h"
#include "systemd/bus-error.h"
#include "systemd/names.h"
#include "systemd/systemd.h"

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* Between two attempts to reach a systemd that is away. */
#define RECOVER_STEP_USEC (20 * USEC_PER_MSEC)
/* After which a unit's state is asked for, where the end of its job is not told. */
#define STATE_STEP_USEC (250 * USEC_PER_MSEC)
#define UNHEARD_STEP_USEC (50 * USEC_PER_MSEC)

/* ---- life ---- */

int client_new(int fd, bool on_bus, Client **ret) {
        CLEANUP(client_closep) Client *client = calloc(1, sizeof *client);
        int r;

        if (!client)
                return -ENOMEM;
        r = link_new(fd, on_bus, &client->link);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(client);
        return 0;
}

int client_open(bool user, Client **ret, Error *error) {
        bool on_bus;
        int r = bus_connect(user, &on_bus);

        if (r >= 0)
                r = client_new(r, on_bus, ret);
        if (r < 0)
                return systemd_unreachable(user, r, error);
        (*ret)->can_reopen = true;
        (*ret)->user = user;
        return 0;
}

/* What was known of the connection before is forgotten; the unit and its job are not. */
static int reopen(Client *client) {
        bool on_bus;
        Link *link;
        int r = bus_connect(client->user, &on_bus);

        if (r >= 0)
                r = link_new(r, on_bus, &link);
        if (r < 0)
                return r;
        link_close(client->link);
        client->link = link;
        client->reopened = true;
        client->hears_jobs = false;
        client->owner_serial = 0;
        free(TAKE_PTR(client->owner));
        return 0;
}

static void answer_done(Answer *answer) {
        free(answer->text);
        *answer = (Answer) {};
}

static void forget_job(Client *client) {
        free(TAKE_PTR(client->job));
        free(TAKE_PTR(client->result));
}

int client_set_unit(Client *client, const char *unit) {
        client->serial = 0;
        client->stop = false;
        answer_done(&client->answer);
        forget_job(client);
        free(TAKE_PTR(client->unit_path));
        return unit_object_path(unit, &client->unit_path);
}

Client *client_close(Client *client) {
        if (!client)
                return NULL;
        answer_done(&client->answer);
        forget_job(client);
        free(client->unit_path);
        free(client->owner);
        free(client->suspect);
        link_close(client->link);
        free(client);
        return NULL;
}

/* ---- out ---- */

static Wire *begin(Client *client, WireCall *call) {
        Wire *wire = link_begin(client->link, call);

        if (!call->no_reply) {
                client->serial = call->serial;
                answer_done(&client->answer);
        }
        return wire;
}

static Wire *begin_manager(Client *client, const char *method, const char *signature, bool silent) {
        return begin(client, &(WireCall) {
                .destination = SYSTEMD_NAME, .path = SYSTEMD_PATH, .interface = SYSTEMD_MANAGER, .member = method, .signature = signature, .no_reply = silent,
        });
}

Wire *client_begin(Client *client, const char *method, const char *signature) {
        return begin_manager(client, method, signature, false);
}

Wire *client_begin_silent(Client *client, const char *method, const char *signature) {
        return begin_manager(client, method, signature, true);
}

void client_begin_get(Client *client, const char *interface, const char *property) {
        Wire *wire = begin(client, &(WireCall) {
                .destination = SYSTEMD_NAME, .path = client->unit_path, .interface = PROPERTIES, .member = "Get", .signature = "ss",
        });

        wire_string(wire, interface);
        wire_string(wire, property);
}

Wire *client_begin_unit(Client *client, const char *method, const char *signature) {
        return begin(client, &(WireCall) {
                .destination = SYSTEMD_NAME, .path = client->unit_path, .interface = SYSTEMD_UNIT, .member = method, .signature = signature,
        });
}

void client_match(Client *client, const char *path, const char *interface, const char *member) {
        CLEANUP(freep) char *rule = NULL;
        Wire *wire;

        if (!link_is_on_bus(client->link))
                return;
        if (asprintf(&rule, "type='signal',sender='" SYSTEMD_NAME "',path='%s',interface='%s',member='%s'", path, interface, member) < 0) {
                rule = NULL;
                return; /* what waits for it has a deadline */
        }
        wire = begin(client, &(WireCall) {
                .destination = BUS_NAME, .path = BUS_PATH, .interface = BUS_NAME, .member = "AddMatch", .signature = "s", .no_reply = true,
        });
        wire_string(wire, rule);
}

int client_send(Client *client, uint64_t deadline_usec) {
        return link_send(client->link, deadline_usec);
}

int client_call(Client *client, uint64_t deadline_usec) {
        int r = client_send(client, deadline_usec);

        return r < 0 ? r : client_wait_answer(client, deadline_usec);
}

int client_call_with_unit(Client *client, const char *method, const char *unit, uint64_t deadline_usec) {
        wire_string(client_begin(client, method, "s"), unit);
        return client_call(client, deadline_usec);
}

/* ---- lost answers ---- */

bool client_is_lost(const Client *client, int r) {
        return r == -ECONNRESET || r == -EHOSTDOWN || (r == -ETIME && client->answer.there && client->answer.number == -ETIME);
}

bool client_recover(Client *client, uint64_t deadline_usec) {
        if (usec_monotonic() + RECOVER_STEP_USEC >= deadline_usec)
                return false;
        usec_sleep(RECOVER_STEP_USEC);
        /* Where nobody listens for the moment it is tried again: what is asked on the old connection fails as before. */
        if (client->can_reopen && link_is_closed(client->link))
                (void) reopen(client);
        return client->can_reopen || !link_is_closed(client->link);
}

int client_ask(Client *client, ClientQuestion question, const void *userdata, uint64_t deadline_usec) {
        int r;

        do
                r = question(client, userdata, deadline_usec);
        while (client_is_lost(client, r) && client_recover(client, deadline_usec));
        return r;
}

typedef struct PropertyName {
        const char *interface, *property;
} PropertyName;

static int ask_property(Client *client, const void *userdata, uint64_t deadline_usec) {
        const PropertyName *name = userdata;

        client_begin_get(client, name->interface, name->property);
        return client_call(client, deadline_usec);
}

int client_get(Client *client, const char *interface, const char *property, uint64_t deadline_usec) {
        int r = client_ask(client, ask_property, &(PropertyName) { interface, property }, deadline_usec);

        return r >= 0 && !client->answer.text ? -EBADMSG : r;
}

/* ---- what comes in ---- */

static bool is_signal(const WireMessage *message, const char *interface, const char *member) {
        return message->type == WIRE_SIGNAL && message->interface && message->member && streq(message->interface, interface) &&
                streq(message->member, member);
}

static bool is_from_systemd(const Client *client, const WireMessage *message) {
        return !link_is_on_bus(client->link) || (client->owner && message->sender && streq(client->owner, message->sender));
}

/* An object's path is the first string of most replies; a variant is what a property is. *ret NULL: there is neither. */
static int read_first(WireMessage *message, char **ret) {
        const char *string = NULL;

        *ret = NULL;
        if (message->signature[0] == 'v')
                return wire_read_variant_text(message, ret) == -ENOMEM ? -ENOMEM : 0;
        if (!message->signature[0] || wire_read_string(message, message->signature[0], &string) < 0)
                return 0;
        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

static int take_answer(Client *client, WireMessage *message) {
        Answer *answer = &client->answer;
        client->serial = 0;
        answer->there = true;
        if (read_first(message, &answer->text) < 0)
                return -ENOMEM;
        if (message->type == WIRE_ERROR)
                answer->number = message->error_name ? bus_error_name_to_errno(message->error_name) ?: -EIO : -EIO;
        /* Errors of the bus come from the bus. The bus lets nobody answer but who was asked, which is systemd under the name that it has now. */
        else if (message->sender && (!client->owner || !streq(client->owner, message->sender))) {
                free(client->owner);
                client->owner = strdup(message->sender);
                if (!client->owner)
                        return -ENOMEM;
        }
        return 0;
}

static int on_job_removed(Client *client, WireMessage *message) {
        const char *path, *unit, *result;
        uint32_t id;

        /* A path is never used twice, so a namesake's job, or one before ours, is told by it. */
        if (!client->job || client->result || !is_from_systemd(client, message) || wire_read_u32(message, &id) < 0 ||
            wire_read_string(message, 'o', &path) < 0 || !streq(path, client->job) || wire_read_string(message, 's', &unit) < 0 ||
            wire_read_string(message, 's', &result) < 0)
                return 0;
        client->result = strdup(result);
        return client->result ? 0 : -ENOMEM;
}

/* systemd has another name once it has executed itself anew (daemon-reexec), so who sends and is not known may be it: the bus knows. */
static int ask_for_owner(Client *client, const char *sender) {
        WireCall call = {
                .destination = BUS_NAME, .path = BUS_PATH, .interface = BUS_NAME, .member = "GetNameOwner", .signature = "s",
        };

        if (!sender || client->owner_serial > 0)
                return 0;
        free(client->suspect);
        client->suspect = strdup(sender);
        if (!client->suspect)
                return -ENOMEM;
        wire_string(link_begin(client->link, &call), SYSTEMD_NAME);
        client->owner_serial = call.serial;
        return link_send(client->link, usec_monotonic() + USEC_PER_SEC);
}

static int on_owner(Client *client, WireMessage *message) {
        const char *name = NULL;

        client->owner_serial = 0;
        if (message->type != WIRE_REPLY || wire_read_string(message, 's', &name) < 0 || !client->suspect || !streq(name, client->suspect)) {
                log_warning("%s is not systemd and wants %s stopped", client->suspect ?: "somebody", client->unit_path ?: "a unit");
                return 0;
        }
        free(client->owner);
        client->owner = TAKE_PTR(client->suspect);
        client->stop = true;
        return 0;
}

/* To a scope's controller: RequestStop. To who watches: the unit's new state. */
static bool means_stop(const Client *client, WireMessage *message) {
        const char *interface, *state;

        if (!message->path || !client->unit_path || !streq(message->path, client->unit_path))
                return false;
        if (is_signal(message, SYSTEMD_SCOPE, "RequestStop"))
                return true;
        return is_signal(message, PROPERTIES, "PropertiesChanged") && wire_read_string(message, 's', &interface) >= 0 && streq(interface, SYSTEMD_UNIT) &&
                wire_find_string(message, "ActiveState", &state) >= 0 && streq(state, "deactivating");
}

static int dispatch(Client *client, WireMessage *message) {
        if (message->type == WIRE_REPLY || message->type == WIRE_ERROR) {
                if (client->serial > 0 && message->reply_serial == client->serial)
                        return take_answer(client, message);
                if (client->owner_serial > 0 && message->reply_serial == client->owner_serial)
                        return on_owner(client, message);
        } else if (is_signal(message, SYSTEMD_MANAGER, "JobRemoved"))
                return on_job_removed(client, message);
        else if (means_stop(client, message)) {
                if (!is_from_systemd(client, message))
                        return ask_for_owner(client, message->sender);
                client->stop = true;
        }
        return 0; /* not ours: the bus greets, strangers call */
}

int client_turn(Client *client, uint64_t deadline_usec) {
        WireMessage message;
        int r = link_receive(client->link, deadline_usec, &message);

        return r < 0 ? r : r == 0 ? -ETIME : dispatch(client, &message);
}

int client_process(Client *client, Error *error) {
        int r;

        do
                r = client_turn(client, 0);
        while (r >= 0);
        return r != -ETIME && !client->stop ? error_set(error, r, "connection to systemd: %m") : 0;
}

int client_wait_answer(Client *client, uint64_t deadline_usec) {
        int r = 0;

        while (r >= 0 && !client->answer.there)
                r = client_turn(client, deadline_usec);
        return r < 0 ? r : client->answer.number;
}

/* ---- jobs ---- */

void client_hear_jobs(Client *client) {
        if (!client->hears_jobs)
                client_match(client, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved");
        client->hears_jobs = true;
}

int client_take_job(Client *client) {
        client->job = TAKE_PTR(client->answer.text);
        return client->job ? 0 : -EBADMSG;
}

int client_wait_job(Client *client, uint64_t deadline_usec) {
        int r = client->job ? 0 : -ESTALE;

        while (r >= 0 && !client->result)
                r = client_turn(client, deadline_usec);
        return r < 0 ? r : 0;
}

/* 1: the unit is as it was to be; 0: not yet; -EIO: it will not be. */
static int look_at_state(Client *client, bool active, uint64_t deadline_usec) {
        const char *state;
        int r = client_get(client, SYSTEMD_UNIT, "ActiveState", deadline_usec);

        if (r < 0)
                return r;
        state = client->answer.text;
        if (!active)
                return streq(state, "inactive") || streq(state, "failed");
        if (streq(state, "active"))
                return 1;
        if (streq(state, "failed") || streq(state, "deactivating"))
                return -EIO;
        /* Before its job is run it is inactive and there; afterwards it is not there. */
        r = streq(state, "inactive") ? client_get(client, SYSTEMD_UNIT, "LoadState", deadline_usec) : 0;
        return r >= 0 && streq(client->answer.text, "not-found") ? -EIO : r < 0 ? r : 0;
}

/* Until the job's end, or for a moment. */
static int wait_step(Client *client, uint64_t deadline_usec) {
        uint64_t now_usec = usec_monotonic(), left_usec = deadline_usec > now_usec ? deadline_usec - now_usec : 0;
        uint64_t step_usec = client->job && client->hears_jobs ? STATE_STEP_USEC : UNHEARD_STEP_USEC;

        if (step_usec > left_usec)
                step_usec = left_usec;
        if (client->job)
                return client_wait_job(client, now_usec + step_usec);
        usec_sleep(step_usec);
        return -ETIME;
}

int client_wait_state(Client *client, bool active, uint64_t deadline_usec) {
        for (;;) {
                uint64_t now_usec;
                int r = wait_step(client, deadline_usec);

                if (r >= 0 || (r != -ETIME && !client_is_lost(client, r)))
                        return r;
                if (r == -ETIME && usec_monotonic() >= deadline_usec)
                        return r;
                if (r != -ETIME && !client_recover(client, deadline_usec))
                        return r;
                /* Deadlines of both: the job may take long, an answer may not. */
                now_usec = usec_monotonic();
                r = look_at_state(client, active, now_usec + SYSTEMD_CALL_USEC < deadline_usec ? now_usec + SYSTEMD_CALL_USEC : deadline_usec);
                if (r != 0)
                        return r;
        }
}
