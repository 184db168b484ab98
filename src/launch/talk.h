/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "container/container.h"
#include "launch/source.h"
#include "launch/spawn.h"
#include "plan/reader.h"
#include "plan/source.h"

/* The launcher's part while berth-init executes a plan: it answers what init asks for. */

typedef struct Talk {
        int sync_fd;
        const Plan *plan;
        Container *container;           /* for hooks and messages; its spec is loaded */
        const PlanSource *sources;      /* of the plan, and what was opened for them; for SYNC_IDMAP, else NULL */
        const SourceList *source_fds;
        Process *process;               /* who talks; replaced when it forks into its pid namespace */
        uint32_t next_step;             /* of the plan: the first that may still say something */
        uint32_t n_listeners;           /* of startContainer hooks, that came */
        const char *console_socket;     /* where the pty goes, or NULL: kept in console_fd */
        int console_fd;                 /* -EBADF, or the pty master */
        int net_ns_fd;                  /* -EBADF, or the network namespace that linux.netDevices were moved to */
} Talk;

/* Answers until berth-init says that everything is prepared (SYNC_CREATED); resource limits of the plan are set by then. A failure of a step comes
 * back as its text. */
int talk_until_created(Talk *talk, Error *error);
/* Releases it and answers until it has executed the payload. */
int talk_until_executed(Talk *talk, Error *error);
