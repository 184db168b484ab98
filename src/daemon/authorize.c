/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who a caller is, and what polkit says about that, without waiting for it. Method handlers call authorize() first. Invariants: a handler is run at most once with a
 * "yes", and only for the message that polkit was asked about; what goes wrong on the way is a "no"; calls of users without privileges are bounded for each
 * user, and are run when the bus has nothing else for us, so that root's calls never wait for them. */

#include "daemon/authorize.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/process.h"
#include "base/strv.h"
#include "daemon/errors.h"
#include "daemon/idle.h"
#include "daemon/object.h"
#include "daemon/refusal.h"

/* Calls of one user that wait: two connections full of them, as dbus-daemon has at most 128 of a connection under way. */
#define USER_CALLS_MAX 256
/* Calls of one connection whose uid is not known yet. */
#define UNKNOWN_CALLS_MAX 256
/* Questions to polkit, each of which may wait for a person. dbus-daemon has at most 128 of ours under way, and refuses the next one, whoever it is about. */
#define USER_ASKED_MAX 8
#define ASKED_MAX 96
/* What is left above ASKED_MAX is for users that have none under way. */
#define ASKED_FIRST_MAX 120
/* How many granted calls of users without privileges are run in a row, and how often; an answer that was held back is one more. */
#define TURN_CALLS 8
#define TURN_USEC (2 * USEC_PER_MSEC)
/* A person may have to type a password. */
#define ANSWER_USEC (5 * 60 * USEC_PER_SEC)
/* How long an answer about ACTION_INSPECT counts for the same connection. */
#define VERDICT_USEC USEC_PER_SEC

typedef enum Stage {
        STAGE_IDENTIFY,                 /* the bus is asked for the uid */
        STAGE_QUEUED,                   /* polkit is to be asked */
        STAGE_ASKED,
        STAGE_GRANTED,                  /* waits for its turn to be run */
} Stage;

struct Authorization {
        Daemon *daemon;
        Authorization *next;
        sd_bus_message *message;
        const char *action;             /* that the handler asked for */
        const char *asked_action;       /* that polkit is asked about: less is needed by the owner */
        uint32_t owner;
        sd_bus_message_handler_t handler;
        sd_bus_slot *slot;
        User *user;                     /* NULL: not known yet, or privileged */
        Stage stage;
        bool granted;                   /* while the handler runs for the second time */
};

static void ask_queued(Daemon *daemon);

/* ---- the list ---- */

static void unlink_authorization(Authorization *authorization) {
        Daemon *daemon = authorization->daemon;

        for (Authorization **link = &daemon->authorizations; *link; link = &(*link)->next)
                if (*link == authorization) {
                        *link = authorization->next;
                        if (daemon->authorizations_end == &authorization->next)
                                daemon->authorizations_end = link;
                        return;
                }
}

static void set_stage(Authorization *authorization, Stage stage) {
        Daemon *daemon = authorization->daemon;
        Client *client;

        if (authorization->stage == STAGE_IDENTIFY && stage != STAGE_IDENTIFY) {
                client = idle_find_client(daemon, authorization->message);
                if (client)
                        client->n_unknown--;
        }
        if (authorization->user) {
                authorization->user->n_asked += (stage == STAGE_ASKED) - (authorization->stage == STAGE_ASKED);
                daemon->n_asked += (stage == STAGE_ASKED) - (authorization->stage == STAGE_ASKED);
        }
        authorization->stage = stage;
}

static Authorization *authorization_free(Authorization *authorization) {
        unlink_authorization(authorization);
        set_stage(authorization, STAGE_GRANTED);
        if (authorization->user)
                authorization->user->n_calls--;
        user_unref(authorization->user);
        sd_bus_slot_unref(authorization->slot);
        sd_bus_message_unref(authorization->message);
        free(authorization);
        return NULL;
}

static Authorization *authorization_new(Daemon *daemon, sd_bus_message *message, const char *action, uint32_t owner, sd_bus_message_handler_t handler) {
        Authorization *authorization = calloc(1, sizeof *authorization);

        if (!authorization)
                return NULL;
        *authorization = (Authorization) {
                .daemon = daemon,
                .message = sd_bus_message_ref(message),
                .action = action,
                .asked_action = action,
                .owner = owner,
                .handler = handler,
                .stage = STAGE_QUEUED,
        };
        *daemon->authorizations_end = authorization;
        daemon->authorizations_end = &authorization->next;
        return authorization;
}

void authorizations_done(Daemon *daemon) {
        while (daemon->authorizations)
                authorization_free(daemon->authorizations);
        refusals_done(daemon);
        daemon->turn = sd_event_source_disable_unref(daemon->turn);
}

static bool is_sent_by(const Authorization *authorization, const char *client) {
        const char *sender = sd_bus_message_get_sender(authorization->message);

        return sender && streq(sender, client);
}

/* The bus and polkit answer by themselves for a name that is gone. */
void authorizations_forget(Daemon *daemon, const char *client) {
        Authorization *next;

        for (Authorization *a = daemon->authorizations; a; a = next) {
                next = a->next;
                if ((a->stage == STAGE_QUEUED || a->stage == STAGE_GRANTED) && !a->granted && is_sent_by(a, client))
                        authorization_free(a);
        }
}

static const Authorization *find_granted(const Daemon *daemon, const sd_bus_message *message) {
        for (const Authorization *a = daemon->authorizations; a; a = a->next)
                if (a->granted && a->message == message)
                        return a;
        return NULL;
}

/* ---- the end of one ---- */

static int refuse(sd_bus_error *error, const char *action) {
        return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "not authorized: %s", action);
}

/* Runs the handler again, with the authorization in its hand, or tells the caller why not. */
static void finish(Authorization *authorization, int r, sd_bus_error *error) {
        Daemon *daemon = authorization->daemon;
        void *object = NULL;

        /* The container may have gone meanwhile. */
        if (r >= 0)
                r = object_find(daemon, sd_bus_message_get_path(authorization->message), &object, error);
        if (r >= 0)
                r = sd_bus_message_rewind(authorization->message, true);
        if (r >= 0) {
                authorization->granted = true;
                r = authorization->handler(authorization->message, object, error);
                authorization->granted = false;
        }
        if (sd_bus_error_is_set(error))
                (void) sd_bus_reply_method_error(authorization->message, error);
        else if (r < 0)
                (void) sd_bus_reply_method_errno(authorization->message, r, NULL);
        sd_bus_error_free(error);
        authorization_free(authorization);
        idle_check(daemon);
}

static void finish_refused(Authorization *authorization) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = refuse(&error, authorization->action);

        finish(authorization, r, &error);
}

/* Who may manage is served at once; who may look, when nobody else wants anything. */
static void grant(Authorization *authorization) {
        sd_bus_error error = SD_BUS_ERROR_NULL;

        set_stage(authorization, STAGE_GRANTED);
        if (streq(authorization->action, ACTION_MANAGE))
                finish(authorization, 0, &error);
        else
                turn_schedule(authorization->daemon);
}

void turn_schedule(Daemon *daemon) {
        int enabled = SD_EVENT_OFF;
        uint64_t next = daemon->last_turn_usec + TURN_USEC;

        if (sd_event_source_get_enabled(daemon->turn, &enabled) < 0 || enabled != SD_EVENT_OFF)
                return;
        (void) sd_event_source_set_time(daemon->turn, next);
        (void) sd_event_source_set_enabled(daemon->turn, SD_EVENT_ONESHOT);
}

static Authorization *find_stage(const Daemon *daemon, Stage stage) {
        Authorization *first = daemon->authorizations;

        while (first && first->stage != stage)
                first = first->next;
        return first;
}

/* A few calls, and then time for others: also for the bus, which has more to hand over than it has at once. */
static int on_turn(sd_event_source *source, uint64_t usec, void *userdata) {
        Daemon *daemon = userdata;
        Authorization *first;

        for (int i = 0; i < TURN_CALLS && (first = find_stage(daemon, STAGE_GRANTED)); i++) {
                sd_bus_error error = SD_BUS_ERROR_NULL;

                finish(first, 0, &error);
        }
        refusal_send_next(daemon);
        daemon->last_turn_usec = usec_monotonic();
        if (daemon->refusals || find_stage(daemon, STAGE_GRANTED))
                turn_schedule(daemon);
        return 0;
}

int authorizations_start(Daemon *daemon) {
        int r;

        daemon->authorizations_end = &daemon->authorizations;
        r = sd_event_add_time(daemon->event, &daemon->turn, CLOCK_MONOTONIC, 0, 1, on_turn, daemon);
        if (r >= 0)
                r = sd_event_source_set_priority(daemon->turn, SD_EVENT_PRIORITY_IDLE);
        return r < 0 ? r : sd_event_source_set_enabled(daemon->turn, SD_EVENT_OFF);
}

/* ---- polkit ---- */

static bool is_inspection(const Authorization *authorization) {
        return streq(authorization->asked_action, ACTION_INSPECT);
}

static void note_verdict(const Authorization *authorization, bool granted) {
        Client *client = is_inspection(authorization) ? idle_find_client(authorization->daemon, authorization->message) : NULL;

        if (!client)
                return;
        client->verdict = granted;
        client->verdict_until = usec_monotonic() + VERDICT_USEC;
}

/* No polkit is no for all but root, who was let through before it was asked. */
static int read_verdict(sd_bus_message *answer, const Authorization *authorization, sd_bus_error *error) {
        int granted, challenge, r;

        if (sd_bus_message_is_method_error(answer, NULL))
                return refuse(error, authorization->action);
        r = sd_bus_message_enter_container(answer, 'r', "bba{ss}");
        if (r >= 0)
                r = sd_bus_message_read(answer, "bb", &granted, &challenge);
        if (r < 0)
                return refuse(error, authorization->action);
        if (granted || !challenge)
                note_verdict(authorization, granted);
        if (granted)
                return 0;
        if (challenge)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, "interactive authentication required: %s",
                                         authorization->action);
        return refuse(error, authorization->action);
}

static int on_verdict(sd_bus_message *answer, void *userdata, sd_bus_error *unused) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        Authorization *authorization = userdata;
        Daemon *daemon = authorization->daemon;
        int r = read_verdict(answer, authorization, &error);

        if (r >= 0)
                grant(authorization);
        else
                finish(authorization, r, &error);
        ask_queued(daemon);
        return 0;
}

static int ask_polkit(Authorization *authorization) {
        sd_bus_message *call = NULL;
        int r;

        authorization->slot = sd_bus_slot_unref(authorization->slot);
        r = sd_bus_message_new_method_call(authorization->daemon->bus, &call, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                           "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(call, "(sa{sv})s", "system-bus-name", 1, "name", "s", sd_bus_message_get_sender(authorization->message),
                                          authorization->asked_action);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{ss}us", 0, (uint32_t) sd_bus_message_get_allow_interactive_authorization(authorization->message), NULL);
        if (r >= 0)
                r = sd_bus_call_async(authorization->daemon->bus, &authorization->slot, call, on_verdict, authorization, ANSWER_USEC);
        sd_bus_message_unref(call);
        return r;
}

static bool may_ask(const Authorization *authorization) {
        size_t n = authorization->daemon->n_asked;

        return authorization->user->n_asked < USER_ASKED_MAX && (n < ASKED_MAX || (n < ASKED_FIRST_MAX && authorization->user->n_asked == 0));
}

/* Polkit has said so a moment ago. */
static bool is_answered(const Authorization *authorization, bool *ret_granted) {
        const Client *client = is_inspection(authorization) ? idle_find_client(authorization->daemon, authorization->message) : NULL;

        if (!client || client->verdict_until < usec_monotonic())
                return false;
        *ret_granted = client->verdict;
        return true;
}

/* Takes one step with the first that can take one. */
static bool ask_one(Daemon *daemon) {
        bool granted;

        for (Authorization *a = daemon->authorizations; a; a = a->next) {
                if (a->stage != STAGE_QUEUED || !a->user)
                        continue;
                if (is_answered(a, &granted)) {
                        if (granted)
                                grant(a);
                        else
                                finish_refused(a);
                        return true;
                }
                if (!may_ask(a))
                        continue;
                set_stage(a, STAGE_ASKED);
                if (ask_polkit(a) < 0)
                        finish_refused(a);
                return true;
        }
        return false;
}

static void ask_queued(Daemon *daemon) {
        while (ask_one(daemon))
                ;
}

/* ---- who it is ---- */

static bool is_privileged(uint32_t uid) {
        return uid == 0 || uid == geteuid();
}

static bool is_privileged_client(const Client *client) {
        return client && client->uid_known && is_privileged(client->uid);
}

/* From here on it counts as a call of that user. 0, and one too many is refused later. */
static int enqueue(Authorization *authorization, uint32_t uid) {
        User *user = user_get(authorization->daemon, uid);

        if (!user)
                return -ENOMEM;
        if (user->n_calls >= USER_CALLS_MAX) {
                (void) refuse_later(authorization->daemon, authorization->message, "too many calls of this user wait");
                user_unref(user);
                authorization_free(authorization);
                return 0;
        }
        authorization->user = user;
        user->n_calls++;
        if (streq(authorization->action, ACTION_INSPECT_PRIVATE) && authorization->owner == uid)
                authorization->asked_action = ACTION_INSPECT;
        set_stage(authorization, STAGE_QUEUED);
        return 0;
}

static void identified(Authorization *authorization, uint32_t uid) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = 0;

        set_stage(authorization, STAGE_QUEUED);
        if (!is_privileged(uid))
                r = enqueue(authorization, uid);
        if (r < 0 || is_privileged(uid))
                finish(authorization, r, &error);
}

/* The bus has told who the caller is. Not by sd_bus_query_sender_privilege(), which would wait for that. What the client has sent since then is of the same. */
static int on_uid(sd_bus_message *answer, void *userdata, sd_bus_error *unused) {
        Authorization *asking = userdata, *a, *next;
        Daemon *daemon = asking->daemon;
        sd_bus_message *message = sd_bus_message_ref(asking->message);
        const char *name = sd_bus_message_get_sender(message);
        Client *client = idle_find_client(daemon, asking->message);
        uint32_t uid;
        bool known = !sd_bus_message_is_method_error(answer, NULL) && sd_bus_message_read(answer, "u", &uid) >= 0;

        /* One that has gone by now is not noted again. */
        if (client && known) {
                client->uid = uid;
                client->uid_known = true;
        }
        for (a = asking; a; a = next) {
                next = a->next;
                if (a->stage != STAGE_IDENTIFY || !is_sent_by(a, name))
                        continue;
                if (known)
                        identified(a, uid);
                else
                        finish_refused(a);
        }
        sd_bus_message_unref(message);
        ask_queued(daemon);
        return 0;
}

/* One question for all calls of a client; the oldest of them waits for the answer, and is there until that comes. */
static int identify(Authorization *authorization, Client *client) {
        int r = 0;

        if (client->n_unknown == 0)
                r = sd_bus_call_method_async(authorization->daemon->bus, &authorization->slot, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                             "org.freedesktop.DBus", "GetConnectionUnixUser", on_uid, authorization, "s", client->name);
        if (r < 0)
                return r;
        authorization->stage = STAGE_IDENTIFY;
        client->n_unknown++;
        return 0;
}

int authorize_owned(Daemon *daemon, sd_bus_message *message, const char *action, uint32_t owner, sd_bus_message_handler_t handler, sd_bus_error *error) {
        const Authorization *granted = find_granted(daemon, message);
        Client *client = idle_add_client(daemon, message);
        Authorization *authorization;
        int r;

        if (granted && streq(granted->action, action))
                return 1;
        if (!client)
                return refuse(error, action);
        if (is_privileged_client(client))
                return 1;
        if (!client->uid_known && client->n_unknown >= UNKNOWN_CALLS_MAX)
                return refuse_later(daemon, message, "too many calls of this connection wait");
        authorization = authorization_new(daemon, message, action, owner, handler);
        if (!authorization)
                return -ENOMEM;
        r = client->uid_known ? enqueue(authorization, client->uid) : identify(authorization, client);
        if (r < 0) {
                authorization_free(authorization);
                return r;
        }
        ask_queued(daemon);
        return 0;
}

int authorize(Daemon *daemon, sd_bus_message *message, const char *action, sd_bus_message_handler_t handler, sd_bus_error *error) {
        return authorize_owned(daemon, message, action, OWNER_NONE, handler, error);
}

/* ---- asking about it afterwards ---- */

CallerRank caller_rank(Daemon *daemon, sd_bus_message *message) {
        const Authorization *granted = find_granted(daemon, message);

        if (is_privileged_client(idle_find_client(daemon, message)) || (granted && !granted->user))
                return CALLER_PRIVILEGED;
        return granted && streq(granted->action, ACTION_MANAGE) ? CALLER_MANAGER : CALLER_GUEST;
}

User *caller_user(Daemon *daemon, sd_bus_message *message) {
        const Authorization *granted = find_granted(daemon, message);

        return granted ? granted->user : NULL;
}

bool caller_may_read(Daemon *daemon, sd_bus_message *message, uint32_t owner) {
        const User *user = caller_user(daemon, message);

        return caller_rank(daemon, message) == CALLER_PRIVILEGED || (user && user->uid == owner);
}
