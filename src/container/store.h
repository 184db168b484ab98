/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "container/container.h"

/* The steps of container_open(), for who needs them one by one. Private to this folder. */

/* Opens the directory alone: no lock, no record. */
int container_open_directory(int root_fd, const char *id, Container **ret, Error *error);
/* Locks the directory and checks that nobody removed it while we waited: -ENOENT. Of errors only -ETIME sets the Error. */
int container_lock_directory(Container *container, uint64_t timeout_usec, Error *error);
/* A pidfd of the init that the record names, if it lives. */
int container_open_process(Container *container, Error *error);
/* Sets the error for an id that cannot be opened. */
int container_report(const char *id, int r, Error *error);
