/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What of the caller's environment is meant for the payload. Invariant: descriptors are passed on only when they were passed to this very process
 * (LISTEN_PID), never because an old variable was left in the environment. */

#include "launch/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/number.h"
#include "base/strv.h"

#define LISTEN_FDS_MAX 1024
#define FIRST_FD 3
/* Which descriptors are looked at for --preserve-fds. A process has 1048576 at most unless fs.nr_open was raised. */
#define PRESERVED_FD_END (1 << 20)

uint32_t activation_fds(void) {
        const char *pid_text = getenv("LISTEN_PID"), *number_text = getenv("LISTEN_FDS");
        uint64_t number;
        pid_t pid;

        if (!pid_text || !number_text || number_parse_pid(pid_text, &pid) < 0 || pid != getpid())
                return 0;
        return number_parse_u64(number_text, LISTEN_FDS_MAX, &number) < 0 ? 0 : (uint32_t) number;
}

int environment_for_payload(char ***environment, uint32_t *preserve_fds) {
        const char *names = getenv("LISTEN_FDNAMES");
        uint32_t number = activation_fds();
        char assignment[48];
        int r;

        if (number == 0)
                return 0;
        snprintf(assignment, sizeof assignment, "LISTEN_FDS=%u", (unsigned) number);
        r = strv_append(environment, assignment);
        if (r >= 0)
                r = strv_append(environment, "LISTEN_PID=1");
        if (r >= 0 && names) {
                char *text = NULL;

                r = asprintf(&text, "LISTEN_FDNAMES=%s", names) < 0 ? -ENOMEM : strv_append_take(environment, text);
        }
        *preserve_fds += number;
        return r;
}

/* The last one from first that the caller has passed on; a descriptor less than first if there is none. */
static int last_inherited(int first, uint32_t number) {
        uint64_t end = (uint64_t) first + number;
        int fd = end > PRESERVED_FD_END ? PRESERVED_FD_END - 1 : (int) end - 1;

        while (fd >= first && (fd == log_fd() || fcntl(fd, F_GETFD) < 0))
                fd--;
        return fd;
}

/* The kernel gives the lowest number that is free, and those below fd are taken. */
static int fill_holes(int first, int last) {
        for (int fd = first; fd <= last; fd++)
                if (fcntl(fd, F_GETFD) < 0) {
                        int filler = eventfd(0, EFD_CLOEXEC);

                        if (filler != fd)
                                return filler < 0 ? -errno : -EBADF;
                }
        return 0;
}

int reserve_preserved_fds(uint32_t activation, uint32_t *preserve_fds, uint32_t *inherited_fds, Error *error) {
        int first = FIRST_FD + (int) activation, last, r;

        /* What is missing of those is an error, for check_preserved_fds(). */
        if (activation > *inherited_fds || *preserve_fds <= *inherited_fds - activation)
                return 0;
        last = last_inherited(first, *preserve_fds);
        if (last < first)
                return 0;
        r = log_move_above(last);
        if (r >= 0)
                r = fill_holes(first, last);
        if (r < 0)
                return error_set(error, r, "--preserve-fds: %m");
        *preserve_fds = (uint32_t) (last - first + 1);
        *inherited_fds = activation + *preserve_fds;
        return 0;
}

int check_preserved_fds(uint32_t preserve_fds, uint32_t inherited_fds, Error *error) {
        if (preserve_fds <= inherited_fds)
                return 0;
        return error_set(error, -EBADF, "--preserve-fds: file descriptor %u is not open", 3 + inherited_fds);
}
