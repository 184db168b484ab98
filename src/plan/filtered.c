/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The system calls that berth-init makes under the container's seccomp filter. Invariant: these and no others; everything else that a process needs is
 * done before the filter is loaded, so a profile decides about the payload and not about whether it starts. A row more makes containers fail that crun
 * starts (it needs capset, close_range, prctl, rt_sigaction, rt_sigprocmask, setresgid, setresuid, write and execve there). Called by the text of a
 * start that such a filter has ended; tests/integration/test-filter tries every system call against the rows. */

#include "plan/filtered.h"

#include "base/macro.h"

static const FilteredCall calls[] = {
        { "execve", true, "becomes the payload" },
        { "write", false, "tells the launcher why execve(2) failed; without it the exit status does" },
        { "exit_group", false, "ends after a failure; without it an illegal instruction does" },
};

const FilteredCall *plan_filtered_call(size_t index) {
        return index < ELEMENTSOF(calls) ? calls + index : NULL;
}
