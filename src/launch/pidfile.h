/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/* What callers learn of a process that was started for them. */

/* Writes the pid in decimal, without a newline (go-runc reads the whole file as a number), in one step. */
int pid_file_write(const char *path, pid_t pid, Error *error);
/* Takes it away again, if it has this pid in it. */
void pid_file_remove(const char *path, pid_t pid);
/* Sends a pidfd over the unix stream socket path; kind, "standard" or "setns", is the data, as runc has it. */
int pidfd_socket_send(const char *path, const char *kind, int pidfd, Error *error);
