/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds what belongs to a program. Invariant: it is taken from where it was installed and from nowhere else, whatever the environment says; only a program
 * that lies in the tree it was built in takes the one beside it. */

#include "base/installed.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/strv.h"
#include "config.h"

char *installed_path(const char *built, const char *installed) {
        char program[PATH_MAX], *path;
        ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

        if (n > 0) {
                program[n] = '\0';
                if (startswith(program, BERTH_BUILD_DIR "/"))
                        return asprintf(&path, BERTH_BUILD_DIR "/%s", built) < 0 ? NULL : path;
        }
        return strdup(installed);
}
