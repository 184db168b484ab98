/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "container/container.h"

/* What happens to a container while one looks: figures at intervals, and kills for want of memory as they happen. */

/* Called with "stats" and the figures as a JSON object, or with "oom" and NULL. A negative return ends the stream with that. */
typedef int (*EventHandler)(const char *id, const char *type, const char *data, void *userdata);

/* The figures once. -ESRCH for a container that does not run. */
int container_stats(Container *container, EventHandler handler, void *userdata, Error *error);
/* Until the container has stopped: each kill from now on is one event, the last ones too. */
int container_events(Container *container, uint64_t interval_usec, EventHandler handler, void *userdata, Error *error);
