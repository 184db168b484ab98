/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macro.h"

/* Starting berth-init, as a container's first process, as a joining one for exec, or as the anchor. */

/* A descriptor to execute berth-init from, through which nobody can write to the file: a detached read-only clone of its mount, or a sealed
 * memfd copy where that is not permitted (CVE-2019-5736). */
int helper_open(Error *error);

typedef struct SpawnRequest {
        int helper_fd;
        const char *mode;               /* PLAN_MODE_* */
        const int *fds;                 /* become the decimal arguments behind the mode; negative ones are passed as -1 */
        size_t n_fds;
        uint64_t clone_flags;           /* CLONE_NEW* */
        int cgroup_fd;                  /* directory of the cgroup to be born in, or -EBADF */
        uint32_t preserve_fds;          /* 3 to 2 + n stay open besides */
        const char *last_argument;      /* one more argument, or NULL */
        const int *stdio;               /* three that become 0-2, where they are not negative; NULL: the caller's */
} SpawnRequest;

typedef struct Process {
        pid_t pid;                      /* 0: none */
        int pidfd;                      /* -EBADF: none */
} Process;

#define PROCESS_NONE ((Process) { 0, -EBADF })

/* Clones and executes. The process is a child of the caller, with all signals unblocked and nothing open but 0-2, the preserved descriptors and fds. */
int spawn(const SpawnRequest *request, Process *ret, Error *error);

/* Kills and, if it is a child, reaps; *process becomes PROCESS_NONE. */
void process_kill(Process *process);
/* Closes the pidfd and forgets the process without touching it. */
void process_release(Process *process);
