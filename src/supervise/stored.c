/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stored descriptors. Invariant: a payload that gets sockets by socket activation never gets one of ours among them. */

#include "supervise/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macro.h"
#include "base/number.h"
#include "base/strv.h"

#define FIRST_FD 3

void stored_done(Stored *stored) {
        stored->stdout_fd = fd_close(stored->stdout_fd);
        stored->stderr_fd = fd_close(stored->stderr_fd);
        stored->console_fd = fd_close(stored->console_fd);
}

static int *slot_of(Stored *stored, const char *name) {
        return streq(name, STORED_STDOUT) ? &stored->stdout_fd :
               streq(name, STORED_STDERR) ? &stored->stderr_fd :
               streq(name, STORED_CONSOLE) ? &stored->console_fd : NULL;
}

/* The names that stay, and their number, in the environment again. */
static int set_environment(char *const *names) {
        CLEANUP(freep) char *joined = strv_join(names, ":");
        char number[24];

        if (!joined)
                return -ENOMEM;
        snprintf(number, sizeof number, "%zu", strv_length(names));
        if (setenv("LISTEN_FDS", number, 1) < 0 || setenv("LISTEN_FDNAMES", joined, 1) < 0)
                return -errno;
        return 0;
}

static int take_each(char *const *names, uint32_t number, Stored *stored, char ***ret_kept) {
        int next = FIRST_FD, r = 0;

        for (uint32_t i = 0; r >= 0 && i < number; i++) {
                int fd = FIRST_FD + (int) i, *slot = slot_of(stored, names[i]);

                if (slot) {
                        fd_close(*slot);
                        r = *slot = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD + (int) number);
                        fd_close(fd);
                        continue;
                }
                if (fd != next) {
                        if (dup2(fd, next) < 0)
                                return -errno;
                        fd_close(fd);
                }
                next++;
                r = strv_append(ret_kept, names[i]);
        }
        return r < 0 ? r : 0;
}

int stored_take(uint32_t *inherited_fds, Stored *ret, Error *error) {
        const char *pid_text = getenv("LISTEN_PID"), *number_text = getenv("LISTEN_FDS"), *names_text = getenv("LISTEN_FDNAMES");
        CLEANUP(strv_freep) char **names = NULL, **kept = NULL;
        uint32_t number;
        pid_t pid;
        int r;

        *ret = STORED_NONE;
        if (!pid_text || !number_text || !names_text || !strstr(names_text, "berth-") || number_parse_pid(pid_text, &pid) < 0 || pid != getpid() ||
            number_parse_u32(number_text, &number) < 0 || number > *inherited_fds)
                return 0;
        r = strv_split(names_text, ":", &names);
        if (r < 0 || strv_length(names) != number)
                return r;
        r = take_each(names, number, ret, &kept);
        if (r >= 0)
                r = set_environment(kept);
        if (r < 0)
                return error_set(error, r, "stored descriptors: %m");
        *inherited_fds -= number - (uint32_t) strv_length(kept);
        return 0;
}
