/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The news that a unit's limits are in force, without D-Bus. systemd announces the end of the start job only after it moved
 * the processes, which takes a kernel grace period; the symlink comes before. Polled and not watched: closing an inotify
 * descriptor waits for a grace period of its own. */

#include "systemd/realized.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/process.h"

#define NAP_USEC 20
#define EAGER_USEC (20 * USEC_PER_MSEC) /* it takes about 2 ms; afterwards PID 1 is busy with something else and we let it */
#define LAZY_NAP_USEC (1 * USEC_PER_MSEC)

int systemd_wait_realized(const char *unit, uint64_t deadline_usec) {
        uint64_t eager_usec = usec_monotonic() + EAGER_USEC, now_usec;
        char path[PATH_MAX], target[64];
        int n = snprintf(path, sizeof path, "/run/systemd/units/invocation:%s", unit);

        if (n < 0 || (size_t) n >= sizeof path)
                return -ENAMETOOLONG;
        for (;;) {
                if (readlink(path, target, sizeof target) > 0)
                        return 0;
                if (errno != ENOENT)
                        return -errno;
                now_usec = usec_monotonic();
                if (now_usec >= deadline_usec)
                        return -ETIME;
                usec_sleep(now_usec < eager_usec ? NAP_USEC : LAZY_NAP_USEC);
        }
}
