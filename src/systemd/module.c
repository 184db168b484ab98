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
        .set_properties = unit_set_properties,
        .stop_unit = unit_stop,
        .reset_failed = unit_reset_failed,
        .freeze_unit = unit_freeze,
        .thaw_unit = unit_thaw,
        .kill_unit = unit_kill,
        .start_service = service_start,
        .register_machine = machine_register,
        .abandon_scope = watch_abandon,
        .watch_unit = watch_unit,
        .stop_under_way = watch_stop_under_way,
        .get_poll = watch_get_poll,
        .process = watch_process,
};
