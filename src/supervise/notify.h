/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"

/* What a service tells its manager, sd_notify(3), without the library. */

typedef struct Notify {
        int fd;                 /* connected, or -EBADF: we are no service, or not of a type that wants to know */
        uint64_t watchdog_usec; /* how often we have to show that we live; 0: not at all */
        uint64_t next_usec;     /* when to do it next, usec_monotonic() */
} Notify;

#define NOTIFY_NONE ((Notify) { .fd = -EBADF })

/* By $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, which are taken out of the environment: hooks are not the service. */
void notify_open(Notify *ret);
static inline bool notify_is_wanted(const Notify *notify) {
        return notify->fd >= 0;
}
/* Lines of NAME=value. */
void notify_send(const Notify *notify, const char *format, ...) PRINTF(2, 3);
/* Lets the manager keep a descriptor for our successor (FDSTORE=1). */
void notify_store_fd(const Notify *notify, const char *name, int fd);
void notify_forget_fd(const Notify *notify, const char *name);
/* Sends WATCHDOG=1 when it is time. */
void notify_watchdog(Notify *notify);
void notify_done(Notify *notify);

/* Reads what has come and passes on the lines that are the payload's to say (supervise/payload-notify.c). may_store:
 * descriptors for the manager's store too. *ret_ready: READY=1 was among them. */
void notify_relay(const Notify *notify, int listen_fd, bool may_store, bool *ret_ready);
