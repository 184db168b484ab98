/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "journal/event.h"

/* A container's output on its way to the journal: lines from its pipes, each an entry with fields as conmon and dockerd name them. When journald is slower
 * than the container, the pipes fill and the container waits: nothing is dropped here. (journald's own rate limit is another matter: it is that
 * of the unit that the pump runs in, LogRateLimitIntervalSec= in systemd.exec(5).) */

/* A longer line is cut; all its pieces but the last have CONTAINER_PARTIAL_MESSAGE=true. As long as journald's own (LineMax=). */
#define PUMP_LINE_MAX (48 * 1024)

#define PUMP_STREAMS_MAX 2
#define PUMP_POLLS_MAX (PUMP_STREAMS_MAX + 1)

typedef struct Pump Pump;

/* socket: journald's, NULL for the usual one; a journal that is not there now is tried again later. */
int pump_new(const EventSubject *subject, const char *socket, Pump **ret);
Pump *pump_free(Pump *pump);
DEFINE_CLEANUP(Pump *, pump_free)

/* Takes over the reading end of a pipe or socket, or a pty's master. priority: of syslog, for its lines. */
int pump_add(Pump *pump, int fd, int priority);
/* Output goes nowhere from now on. */
void pump_discard(Pump *pump);

/* Fills in what to wait for; returns how many, at most PUMP_POLLS_MAX. *ret_timeout_msec: call pump_process() after this time in any case; -1: no need. */
size_t pump_polls(Pump *pump, struct pollfd *polls, int *ret_timeout_msec);
/* Moves what can be moved without waiting. */
int pump_process(Pump *pump);
/* True when every stream has ended and everything was sent. */
bool pump_is_done(const Pump *pump);
/* Moves what is there already, and what comes, until all streams have ended; at the deadline (usec_monotonic()), or when nothing more comes for 100 ms
 * from a stream that somebody still holds open, it ends too. What was read is sent, at the latest by the deadline. */
int pump_finish(Pump *pump, uint64_t deadline_usec);
/* Lines that were lost since journald was away until the end. */
uint64_t pump_lost(const Pump *pump);
