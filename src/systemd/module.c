/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the module exports. */

#include "config.h"
#include "systemd/connection.h"

__attribute__((visibility("default"))) const SystemdFunctions systemd_functions = {
        .version = BERTH_VERSION,
        .open = connection_open,
        .close = connection_close,
        .unit_state = unit_get_state,
        .unit_state_done = unit_state_done,
        .get_property = unit_get_property,
        .start_service = service_start,
        .register_machine = machine_register,
};
