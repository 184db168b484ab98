/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Exit when idle. Invariant: no call is lost by it: the name is given up first, and what had arrived by then is still answered. */

#include "daemon/idle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sorted.h"
#include "base/strv.h"
#include "daemon/authorize.h"
#include "daemon/operation.h"
#include "daemon/view.h"

static const char *client_name(const void *clients, size_t i) {
        return ((const Client *) clients)[i].name;
}

static size_t find_client(const Daemon *daemon, const char *name, bool *ret_found) {
        return sorted_position(daemon->clients, daemon->n_clients, client_name, name, ret_found);
}

Client *idle_add_client(Daemon *daemon, sd_bus_message *message) {
        const char *sender = sd_bus_message_get_sender(message);
        Client *clients;
        char *copy;
        size_t i;
        bool found;

        if (!sender || sender[0] != ':')
                return NULL;
        i = find_client(daemon, sender, &found);
        if (found)
                return daemon->clients + i;
        clients = reallocarray(daemon->clients, daemon->n_clients + 1, sizeof *clients);
        if (!clients)
                return NULL;
        daemon->clients = clients;
        copy = strdup(sender);
        if (!copy)
                return NULL;
        memmove(clients + i + 1, clients + i, (daemon->n_clients - i) * sizeof *clients);
        clients[i] = (Client) { .name = copy };
        daemon->n_clients++;
        idle_check(daemon);
        return clients + i;
}

Client *idle_find_client(Daemon *daemon, sd_bus_message *message) {
        const char *sender = sd_bus_message_get_sender(message);
        size_t i;
        bool found;

        if (!sender)
                return NULL;
        i = find_client(daemon, sender, &found);
        return found ? daemon->clients + i : NULL;
}

/* The bus tells of a name that is gone after all messages of its owner, so a client that was noted is never forgotten to be struck out. */
static int on_name_lost(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Daemon *daemon = userdata;
        const char *name;
        size_t i;
        bool found;

        if (sd_bus_message_read(message, "sss", &name, NULL, NULL) < 0)
                return 0;
        i = find_client(daemon, name, &found);
        if (!found)
                return 0;
        if (daemon->clients[i].n_waiting > 0)
                view_forget_client(daemon, name);
        authorizations_forget(daemon, name);
        operations_forget(daemon, name);
        free(daemon->clients[i].name);
        memmove(daemon->clients + i, daemon->clients + i + 1, (daemon->n_clients - i - 1) * sizeof *daemon->clients);
        daemon->n_clients--;
        idle_check(daemon);
        return 0;
}

static bool is_idle(const Daemon *daemon) {
        return daemon->n_clients == 0 && !daemon->operations && !daemon->authorizations && !daemon->processes && daemon->n_waiting == 0 && !daemon->dirty;
}

void idle_check(Daemon *daemon) {
        if (!daemon->idle_timer)
                return;
        if (!is_idle(daemon)) {
                (void) sd_event_source_set_enabled(daemon->idle_timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time_relative(daemon->idle_timer, daemon->idle_usec);
        (void) sd_event_source_set_enabled(daemon->idle_timer, SD_EVENT_ONESHOT);
}

/* Messages that came before the name was gone are handled; if one of them gave us work, we stay. */
static int on_idle(sd_event_source *source, uint64_t usec, void *userdata) {
        Daemon *daemon = userdata;
        int r;

        r = sd_bus_release_name(daemon->bus, BUS_NAME);
        if (r < 0)
                return sd_event_exit(daemon->event, r);
        do
                r = sd_bus_process(daemon->bus, NULL);
        while (r > 0);
        if (r >= 0 && !is_idle(daemon)) {
                r = sd_bus_request_name(daemon->bus, BUS_NAME, 0);
                if (r >= 0)
                        return 0;
        }
        log_debug("nobody needs us");
        (void) sd_bus_flush(daemon->bus);
        return sd_event_exit(daemon->event, r < 0 ? r : 0);
}

int idle_start(Daemon *daemon) {
        int r;

        r = sd_bus_add_match_async(daemon->bus, NULL,
                                   "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',"
                                   "member='NameOwnerChanged',arg2=''",
                                   on_name_lost, NULL, daemon);
        if (r < 0 || daemon->idle_usec == 0)
                return r;
        r = sd_event_add_time_relative(daemon->event, &daemon->idle_timer, CLOCK_MONOTONIC, daemon->idle_usec, 0, on_idle, daemon);
        return r;
}

void idle_done(Daemon *daemon) {
        daemon->idle_timer = sd_event_source_disable_unref(daemon->idle_timer);
        for (size_t i = 0; i < daemon->n_clients; i++)
                free(daemon->clients[i].name);
        free(daemon->clients);
        daemon->clients = NULL;
        daemon->n_clients = 0;
}
