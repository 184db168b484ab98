/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "container/container.h"
#include "supervise/notify.h"

/* sd_notify(3) of a container that nobody supervises (create and start, run --detach): a process of ours stays with the caller and passes its messages
 * on, until it ends. */

/* Prepares the socket of a container that was created with one; its descriptor, or -ENOENT for one that was not. */
int relay_listen(Container *container, Error *error);
/* Tells the manager who the main process is, and starts the relay. Takes listen_fd over. */
int relay_start(Container *container, const Notify *notify, int listen_fd, Error *error);
