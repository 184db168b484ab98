/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happens to a scope, for a supervisor that is not, or no more, its controller (as which systemd/starter.h hears of it). */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/strv.h"
#include "systemd/connection.h"

int watch_abandon(Systemd *systemd, const char *unit, Error *error) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = connection_new_message(systemd, "AbandonScope", &message);

        if (r >= 0)
                r = sd_bus_message_append(message, "s", unit);
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(message, 0);
        if (r >= 0)
                r = sd_bus_send(systemd->bus, message, NULL);
        return r < 0 ? error_set(error, r, "abandoning %s: %m", unit) : 0;
}

static int on_unit_changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;
        const char *interface, *name, *state;
        int r = sd_bus_message_read(message, "s", &interface);

        if (r < 0 || !streq(interface, SYSTEMD_UNIT))
                return 0;
        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r > 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = sd_bus_message_read(message, "s", &name);
                if (r >= 0 && streq(name, "ActiveState")) {
                        if (sd_bus_message_read(message, "v", "s", &state) >= 0 && streq(state, "deactivating"))
                                systemd->stop_under_way = true;
                        return 0;
                }
                if (r >= 0)
                        r = sd_bus_message_skip(message, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        return 0;
}

int watch_unit(Systemd *systemd, const char *unit, Error *error) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *subscribe = NULL;
        CLEANUP(freep) char *path = NULL;
        int r;

        systemd->unit_match = sd_bus_slot_unref(systemd->unit_match);
        systemd->stop_under_way = false;
        r = sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path);
        if (r >= 0)
                r = sd_bus_match_signal_async(systemd->bus, &systemd->unit_match, systemd->on_bus ? SYSTEMD_NAME : NULL, path,
                                              "org.freedesktop.DBus.Properties", "PropertiesChanged", on_unit_changed, NULL, systemd);
        if (r >= 0)
                r = connection_new_message(systemd, "Subscribe", &subscribe);
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(subscribe, 0);
        if (r >= 0)
                r = sd_bus_send(systemd->bus, subscribe, NULL);
        return r < 0 ? error_set(error, r, "watching %s: %m", unit) : 0;
}

bool watch_stop_under_way(const Systemd *systemd) {
        return systemd->stop_under_way;
}

int watch_get_poll(Systemd *systemd, int *ret_fd, short *ret_events, uint64_t *ret_deadline_usec) {
        uint64_t deadline_usec;
        int fd, events, r;

        fd = sd_bus_get_fd(systemd->bus);
        if (fd < 0)
                return fd;
        events = sd_bus_get_events(systemd->bus);
        if (events < 0)
                return events;
        r = sd_bus_get_timeout(systemd->bus, &deadline_usec);
        if (r < 0)
                return r;
        *ret_fd = fd;
        *ret_events = (short) events;
        *ret_deadline_usec = deadline_usec;
        return 0;
}

int watch_process(Systemd *systemd, Error *error) {
        int r;

        do
                r = sd_bus_process(systemd->bus, NULL);
        while (r > 0);
        return r < 0 ? error_set(error, r == -ENOTCONN ? -ECONNRESET : r, "connection to systemd: %m") : 0;
}
