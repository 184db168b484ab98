/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

/* Appends ExecStartEx, one (sv) of an open a(sv): program with the arguments first (NULL: none) and then arguments (a strv), argv[0] included, all of
 * them as they are. */
int command_append(sd_bus_message *message, const char *program, const char *first, char *const *arguments);
