/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One connection to systemd, and its errors as errno. The message bus is preferred: through PID 1's private socket every
 * signal is sent to every client, which costs PID 1 twice the time, and a scope can have no controller. The socket is for
 * machines on which the bus is not up. */

#include "systemd/connection.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "systemd/bus-error.h"

int bus_error_to_errno(const sd_bus_error *bus_error, int r) {
        int number;

        if (!sd_bus_error_is_set(bus_error))
                return r == -ETIMEDOUT ? -ETIME : r;
        number = bus_error_name_to_errno(bus_error->name);
        if (number < 0)
                return number;
        number = sd_bus_error_get_errno(bus_error);
        return number > 0 ? -number : r;
}

int bus_error_report(const sd_bus_error *bus_error, int r, const char *action, const char *unit, Error *error) {
        r = bus_error_to_errno(bus_error, r);
        if (bus_error->message)
                return error_set(error, r, "%s %s: %s", action, unit, bus_error->message);
        return error_set(error, r, "%s %s: %m", action, unit);
}

int connection_new(sd_bus *bus, bool on_bus, Systemd **ret) {
        Systemd *systemd = calloc(1, sizeof *systemd);

        if (!systemd) {
                sd_bus_unref(bus);
                return -ENOMEM;
        }
        systemd->bus = bus;
        systemd->on_bus = on_bus;
        *ret = systemd;
        return 0;
}

/* $XDG_RUNTIME_DIR/systemd/private; sd-bus wants the bytes of an address escaped that have a meaning there. */
static char *user_private_address(void) {
        const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
        CLEANUP(text_done) Text text = {};

        if (!runtime)
                return NULL;
        text_add(&text, "unix:path=");
        for (const char *p = runtime; *p; p++)
                if (isalnum((unsigned char) *p) || strchr("-_/.", *p))
                        text_add_bytes(&text, p, 1);
                else
                        text_addf(&text, "%%%02x", (unsigned char) *p);
        text_add(&text, "/systemd/private");
        return text_take(&text);
}

static int open_private(bool user, sd_bus **ret) {
        CLEANUP(freep) char *address = user ? user_private_address() : strdup("unix:path=/run/systemd/private");
        CLEANUP(sd_bus_unrefp) sd_bus *bus = NULL;
        int r;

        if (!address)
                return -ENXIO;
        r = sd_bus_new(&bus);
        if (r >= 0)
                r = sd_bus_set_address(bus, address);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(bus);
        return 0;
}

int connection_open(bool user, Systemd **ret, Error *error) {
        sd_bus *bus = NULL;
        bool on_bus = true;
        int r;

        r = user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
        if (r < 0) {
                on_bus = false;
                if (open_private(user, &bus) < 0)
                        return systemd_unreachable(user, r, error);
        }
        r = connection_new(bus, on_bus, ret);
        return r < 0 ? error_set(error, r, "systemd: %m") : 0;
}

Systemd *connection_close(Systemd *systemd) {
        if (!systemd)
                return NULL;
        sd_bus_close_unref(systemd->bus);
        free(systemd);
        return NULL;
}

int connection_process_until(Systemd *systemd, const bool *done, uint64_t deadline_usec) {
        while (!*done) {
                uint64_t now_usec;
                int r = sd_bus_process(systemd->bus, NULL);

                if (r < 0)
                        return r == -ENOTCONN ? -ECONNRESET : r;
                if (r > 0)
                        continue;
                now_usec = usec_monotonic();
                if (now_usec >= deadline_usec)
                        return -ETIME;
                r = sd_bus_wait(systemd->bus, deadline_usec - now_usec);
                if (r < 0 && r != -EINTR)
                        return r == -ENOTCONN ? -ECONNRESET : r;
        }
        return 0;
}

int connection_new_message(Systemd *systemd, const char *method, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(systemd->bus, ret, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method);
}

int connection_call(Systemd *systemd, sd_bus_message *message, sd_bus_error *bus_error, sd_bus_message **reply) {
        int r = sd_bus_call(systemd->bus, message, SYSTEMD_CALL_USEC, bus_error, reply);

        return r < 0 ? bus_error_to_errno(bus_error, r) : 0;
}
