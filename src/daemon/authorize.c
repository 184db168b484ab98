/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Asking polkit, without waiting for it. Invariants: a handler is run at most once with a "yes", and only for the message that polkit was asked about; what
 * goes wrong on the way is a "no". */

#include "daemon/authorize.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strv.h"
#include "daemon/errors.h"
#include "daemon/idle.h"
#include "daemon/object.h"

#define AUTHORIZATIONS_MAX 1024
/* A person may have to type a password. */
#define ANSWER_USEC (5 * 60 * 1000000ULL)

struct Authorization {
        Daemon *daemon;
        Authorization *next;
        sd_bus_message *message;
        const char *action;
        sd_bus_message_handler_t handler;
        sd_bus_slot *slot;
        bool granted;                   /* while the handler runs for the second time */
};

static Authorization *authorization_free(Authorization *authorization) {
        Daemon *daemon = authorization->daemon;

        for (Authorization **link = &daemon->authorizations; *link; link = &(*link)->next)
                if (*link == authorization) {
                        *link = authorization->next;
                        daemon->n_authorizations--;
                        break;
                }
        sd_bus_slot_unref(authorization->slot);
        sd_bus_message_unref(authorization->message);
        free(authorization);
        return NULL;
}

void authorizations_done(Daemon *daemon) {
        while (daemon->authorizations)
                authorization_free(daemon->authorizations);
}

static bool was_granted(const Daemon *daemon, const sd_bus_message *message, const char *action) {
        for (const Authorization *a = daemon->authorizations; a; a = a->next)
                if (a->granted && a->message == message && streq(a->action, action))
                        return true;
        return false;
}

static int refuse(sd_bus_error *error, const char *action) {
        return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "not authorized: %s", action);
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
        if (granted)
                return 0;
        if (challenge)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, "interactive authentication required: %s",
                                         authorization->action);
        return refuse(error, authorization->action);
}

/* Runs the handler again, with the authorization in its hand, or tells the caller why not. */
static int finish(Authorization *authorization, int r, sd_bus_error *error) {
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
        return 0;
}

static int on_verdict(sd_bus_message *answer, void *userdata, sd_bus_error *unused) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = read_verdict(answer, userdata, &error);

        return finish(userdata, r, &error);
}

static int ask_polkit(Authorization *authorization) {
        sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(authorization->daemon->bus, &call, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                           "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(call, "(sa{sv})s", "system-bus-name", 1, "name", "s", sd_bus_message_get_sender(authorization->message),
                                          authorization->action);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{ss}us", 0, (uint32_t) sd_bus_message_get_allow_interactive_authorization(authorization->message), NULL);
        if (r >= 0)
                r = sd_bus_call_async(authorization->daemon->bus, &authorization->slot, call, on_verdict, authorization, ANSWER_USEC);
        sd_bus_message_unref(call);
        return r;
}

static bool is_privileged(uint32_t uid) {
        return uid == 0 || uid == geteuid();
}

bool caller_is_privileged(Daemon *daemon, sd_bus_message *message) {
        const Client *client = idle_find_client(daemon, message);

        return client && client->uid_known && is_privileged(client->uid);
}

/* The bus has told who the caller is. Not by sd_bus_query_sender_privilege(), which would wait for that. */
static int on_uid(sd_bus_message *answer, void *userdata, sd_bus_error *unused) {
        Authorization *authorization = userdata;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        Client *client;
        uint32_t uid;
        int r;

        if (sd_bus_message_is_method_error(answer, NULL) || sd_bus_message_read(answer, "u", &uid) < 0) {
                r = refuse(&error, authorization->action);
                return finish(authorization, r, &error);
        }
        /* One that has gone by now is not noted again. */
        client = idle_find_client(authorization->daemon, authorization->message);
        if (client) {
                client->uid = uid;
                client->uid_known = true;
        }
        if (is_privileged(uid))
                return finish(authorization, 0, &error);
        authorization->slot = sd_bus_slot_unref(authorization->slot);
        r = ask_polkit(authorization);
        return r < 0 ? finish(authorization, r, &error) : 0;
}

static int ask_uid(Authorization *authorization) {
        return sd_bus_call_method_async(authorization->daemon->bus, &authorization->slot, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "GetConnectionUnixUser", on_uid, authorization, "s",
                                        sd_bus_message_get_sender(authorization->message));
}

int authorize(Daemon *daemon, sd_bus_message *message, const char *action, sd_bus_message_handler_t handler, sd_bus_error *error) {
        const Client *client = idle_add_client(daemon, message);
        Authorization *authorization;
        int r;

        if (was_granted(daemon, message, action))
                return 1;
        if (!client)
                return refuse(error, action);
        if (client->uid_known && is_privileged(client->uid))
                return 1;
        if (daemon->n_authorizations >= AUTHORIZATIONS_MAX)
                return sd_bus_error_set(error, BUS_ERROR_LIMIT, "too many calls wait for authorization");
        authorization = calloc(1, sizeof *authorization);
        if (!authorization)
                return -ENOMEM;
        *authorization = (Authorization) {
                .daemon = daemon,
                .next = daemon->authorizations,
                .message = sd_bus_message_ref(message),
                .action = action,
                .handler = handler,
        };
        daemon->authorizations = authorization;
        daemon->n_authorizations++;
        r = client->uid_known ? ask_polkit(authorization) : ask_uid(authorization);
        if (r < 0) {
                authorization_free(authorization);
                return r;
        }
        return 0;
}
