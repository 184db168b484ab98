/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What of the caller's environment is meant for the payload. Invariant: descriptors are passed on only when they were passed to this very process
 * (LISTEN_PID), never because an old variable was left in the environment. */

#include "launch/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "base/strv.h"

#define LISTEN_FDS_MAX 1024

int environment_for_payload(char ***environment, uint32_t *preserve_fds) {
        const char *pid_text = getenv("LISTEN_PID"), *number_text = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
        char assignment[48];
        uint64_t number;
        pid_t pid;
        int r;

        if (!pid_text || !number_text || number_parse_pid(pid_text, &pid) < 0 || pid != getpid())
                return 0;
        if (number_parse_u64(number_text, LISTEN_FDS_MAX, &number) < 0 || number == 0)
                return 0;
        snprintf(assignment, sizeof assignment, "LISTEN_FDS=%u", (unsigned) number);
        r = strv_append(environment, assignment);
        if (r >= 0)
                r = strv_append(environment, "LISTEN_PID=1");
        if (r >= 0 && names) {
                char *text = NULL;

                r = asprintf(&text, "LISTEN_FDNAMES=%s", names) < 0 ? -ENOMEM : strv_append_take(environment, text);
        }
        *preserve_fds += (uint32_t) number;
        return r;
}

int check_preserved_fds(uint32_t preserve_fds, uint32_t inherited_fds, Error *error) {
        if (preserve_fds <= inherited_fds)
                return 0;
        return error_set(error, -EBADF, "--preserve-fds: file descriptor %u is not open", 3 + inherited_fds);
}
