/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* systemd's names on the bus (org.freedesktop.systemd1(5)). Private to this folder. */

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNIT "org.freedesktop.systemd1.Unit"
#define SYSTEMD_SCOPE "org.freedesktop.systemd1.Scope"

/* A unit's object, as sd_bus_path_encode(3) makes it: bytes other than letters and digits as _xx, and a digit in front. */
int unit_object_path(const char *unit, char **ret);
/* Sets the error for a manager that cannot be connected to. */
int systemd_unreachable(bool user, int number, Error *error);
