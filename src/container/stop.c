/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stopping. Invariant: systemd knows the same signal as we do and waits longer than we do, so that a container ends the same way whether its supervisor lives
 * or not, and systemd's own kill comes only after ours. */

#include "container/stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/announce.h"

void stop_rule_from_record(const Record *record, StopRule *ret) {
        *ret = (StopRule) {
                .signal = record->stop_signal > 0 && record->stop_signal <= (uint64_t) SIGRTMAX ? (int) record->stop_signal : SIGTERM,
                .grace_usec = record->stop_signal > 0 ? record->stop_timeout_usec : STOP_GRACE_DEFAULT_USEC,
        };
}

int container_stop_begin(Container *container, const StopRule *rule, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        /* In a frozen container the signal would wait. systemd 252 thaws the unit itself before it tells us, and newer ones (262) do not stop a frozen unit. */
        if (status == STATUS_PAUSED) {
                CLEANUP(error_done) Error thaw = {};

                if (container_set_frozen(container, false, &thaw) < 0)
                        log_warning("thawing %s: %s", container->id, error_text(&thaw));
        }
        r = container->pidfd >= 0 ? pidfd_signal(container->pidfd, rule->signal) : -ESRCH;
        return r < 0 && r != -ESRCH ? error_set(error, r, "stop signal: %m") : 0;
}

int container_stop(Container *container, const StopRule *rule, const char *by, Error *error) {
        uint64_t deadline_usec = rule->grace_usec == UINT64_MAX ? UINT64_MAX : usec_monotonic() + rule->grace_usec;
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0 || status == STATUS_STOPPED)
                return r;
        announce_stop_requested(container, by, rule->signal, rule->grace_usec);
        r = container_stop_begin(container, rule, error);
        if (r < 0)
                return r;
        r = container_wait_stopped(container, deadline_usec);
        if (r != -ETIME)
                return r < 0 ? error_set(error, r, "waiting for %s: %m", container->id) : 0;
        announce_stop_timeout(container, rule->grace_usec);
        return container_destroy_processes(container, error);
}
