/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "container/container.h"
#include "launch/spawn.h"

/* A further process in a running container. */

typedef struct ExecOptions {
        const SpecProcess *process;     /* complete: see exec_process_from_container() */
        const char *console_socket;
        const char *pidfd_socket;
        const char *pid_file;           /* written only when the process runs: conmon tells by it who failed */
        const char *cgroup;             /* below the container's, or NULL */
        uint32_t preserve_fds;
        uint32_t inherited_fds;         /* as in LaunchOptions */
        bool ignore_paused;
} ExecOptions;

/* A copy of the container's own process object, to be changed by options: same user, environment, capabilities, limits, labels, working
 * directory; no arguments and no terminal. */
int exec_process_from_container(Container *container, SpecProcess **ret, Error *error);

/* Starts it; *ret is a child of the caller. *ret_console_fd is the pty master when the process has a terminal and no console socket was given. */
int container_exec(Container *container, const ExecOptions *options, Process *ret, int *ret_console_fd, Error *error);
