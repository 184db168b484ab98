/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* systemd's objects by name. */

#include "systemd/names.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "base/text.h"

#define NO_USER_MANAGER "systemd of user %ld: %m (is there a login session, or lingering enabled with loginctl(1)?)"

int unit_object_path(const char *unit, char **ret) {
        CLEANUP(text_done) Text path = {};

        text_add(&path, SYSTEMD_PATH "/unit/");
        if (!*unit)
                text_add(&path, "_");
        for (const char *p = unit; *p; p++)
                if (isalpha((unsigned char) *p) || (p > unit && isdigit((unsigned char) *p)))
                        text_add_bytes(&path, p, 1);
                else
                        text_addf(&path, "_%02x", (unsigned char) *p);
        *ret = text_take(&path);
        return *ret ? 0 : -ENOMEM;
}

int systemd_unreachable(bool user, int number, Error *error) {
        return error_set(error, number, user ? NO_USER_MANAGER : "systemd, for user %ld: %m", (long) getuid());
}
