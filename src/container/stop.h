/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "container/container.h"

/* How a container is stopped: its own signal first, and when it has not ended in time, all its processes are killed. */

#define STOP_GRACE_DEFAULT_USEC (10 * 1000000ULL)

typedef struct StopRule {
        int signal;
        uint64_t grace_usec;    /* UINT64_MAX: for ever */
} StopRule;

/* As it was put on record. */
void stop_rule_from_record(const Record *record, StopRule *ret);

/* Thaws it and sends the signal. */
int container_stop_begin(Container *container, const StopRule *rule, Error *error);
/* Stops it and waits until that is done. A container that is not running is stopped: 0. by: who wants it, for the journal. */
int container_stop(Container *container, const StopRule *rule, const char *by, Error *error);
