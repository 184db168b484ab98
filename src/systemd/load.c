/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Opens the module with libsystemd. */

#include "base/installed.h"
#include "systemd/systemd.h"

const SystemdFunctions *systemd_load(Error *error) {
        return module_load("src/systemd/berth-systemd.so", "systemd_functions", error);
}
