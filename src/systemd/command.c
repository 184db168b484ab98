/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command of a transient service, for whoever asks for one: "Ex", with no-env-expand, as systemd would otherwise replace what looks like a
 * variable. */

#include "systemd/command.h"

#include "base/strv.h"

int command_append(sd_bus_message *message, const char *program, const char *first, char *const *arguments) {
        int r;

        r = sd_bus_message_open_container(message, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", "ExecStartEx");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'v', "a(sasas)");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'a', "(sasas)");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'r', "sasas");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", program);
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'a', "s");
        if (r >= 0 && first)
                r = sd_bus_message_append(message, "s", first);
        STRV_FOREACH(argument, arguments)
                r = r < 0 ? r : sd_bus_message_append(message, "s", *argument);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        if (r >= 0)
                r = sd_bus_message_append(message, "as", 1, "no-env-expand");
        for (int i = 0; r >= 0 && i < 4; i++)
                r = sd_bus_message_close_container(message);
        return r;
}
