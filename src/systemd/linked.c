/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What libsystemd does, as a table; a program that is linked with this file has it. */

#include "systemd/connection.h"

const SystemdFunctions systemd_functions = {
        .open = connection_open,
        .close = connection_close,
        .unit_state = unit_get_state,
        .unit_state_done = unit_state_done,
        .get_property = unit_get_property,
        .start_service = service_start,
        .register_machine = machine_register,
};
