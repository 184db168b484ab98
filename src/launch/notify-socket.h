/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/* Where the socket of container id will be, as a path: for a bind mount of it. The caller frees it. */
int notify_directory(int root_fd, const char *id, char **ret, Error *error);
/* The payload's side: it may say READY=1 and the like itself. The socket "notify/notify.sock" below dir_fd. */
int notify_listen(int dir_fd, Error *error);
