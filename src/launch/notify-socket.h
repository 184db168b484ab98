/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/* The path of something below the state root, for a bind mount of it. The caller frees it. */
int state_path(int root_fd, const char *name, char **ret, Error *error);
/* Where the socket of container id will be, as a path: for a bind mount of it. The caller frees it. */
int notify_directory(int root_fd, const char *id, char **ret, Error *error);
/* The payload's side: it may say READY=1 and the like itself. The socket "notify/notify.sock" below dir_fd. */
int notify_listen(int dir_fd, Error *error);
