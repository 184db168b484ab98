/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the static program to the one with libsystemd. Invariant: nothing was begun before, so nobody can tell the two apart. */

#include "cli/handover.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/installed.h"
#include "base/strv.h"
#include "config.h"

int hand_over(char **argv, Error *error) {
        CLEANUP(freep) char *program = installed_path("src/cli/berth-full", BERTH_LIBEXEC_DIR "/berth-full");

        if (!program)
                return -ENOMEM;
        (void) execv(program, argv);
        return error_set(error, -errno, "%s: %m", program);
}
