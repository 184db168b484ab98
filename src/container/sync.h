/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "plan/plan.h"

/* The launcher's side of the conversation with berth-init (plan/plan.h). */

/* A SOCK_SEQPACKET pair; ret[0] is ours, ret[1] berth-init's. */
int sync_pair(int ret[2], Error *error);
/* Sends SYNC_GO. */
int sync_go(int fd);
/* Sends SYNC_GO with value 1 and waits for the answer: the container is on record, berth-init may wait for its start alone. Without it berth-init
 * ends with us. */
int sync_commit(int fd);
/* Receives a message and at most one descriptor (-EBADF: none came). 0 at end of file, 1 for a message, negative errno. A message of another size
 * is -EBADMSG. Waits until the deadline, usec_monotonic() or UINT64_MAX: -ETIME. */
int sync_receive(int fd, uint64_t deadline_usec, SyncMessage *ret, int *ret_fd);

/* The start socket, named "start" below dir_fd: berth-init waits on it in a container that was created and not started. */
int start_socket_listen(int dir_fd, Error *error);
/* Connects; -ECONNREFUSED or -ENOENT when nobody waits. */
int start_socket_connect(int dir_fd);
/* True while the container waits to be started: the name is there. */
int start_socket_exists(int dir_fd);
void start_socket_remove(int dir_fd);
