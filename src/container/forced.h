/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "container/container.h"

/* container_open() with the lock, for delete --force: who has the lock is ended with what he has started when he does not give it up within a moment; of a
 * container whose record cannot be read what can be found is ended. */
int container_open_forced(int root_fd, const char *id, Container **ret, Error *error);
/* What can be shown of a container whose record cannot be read. Without the lock, and nothing of it is verified. */
int container_open_ruin(int root_fd, const char *id, Container **ret, Error *error);
