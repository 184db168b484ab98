/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "launch/credentials.h"
#include "plan/source.h"

/* Opens what a plan needs from the host and hands it to berth-init (plan/source.h). */

typedef struct SourceList {
        int *fds;       /* in the order of the plan's sources */
        size_t n_fds;
} SourceList;

/* init_pidfd: for PLAN_SOURCE_INIT, else -EBADF; credentials: for PLAN_SOURCE_CREDENTIALS, else NULL. Errors name the
 * path. */
int source_list_open(
                const PlanSource *sources, size_t n_sources, int init_pidfd, const Credentials *credentials, SourceList *ret, Error *error);
/* Maps the ids of a mount as source says, with the user namespace that was opened for it (PLAN_SOURCE_IDMAP). */
int source_map(const PlanSource *source, int userns_fd, int mount_fd, Error *error);
/* Sends all as SYNC_SOURCES messages. */
int source_list_send(const SourceList *list, int sync_fd);
void source_list_done(SourceList *list);
