/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A failed step of the plan as an error. Invariant: the text names the step also when there is no memory for more. Called by the launch, and by start of a
 * container that was created earlier.
 *
 * Under a seccomp filter berth-init may not be able to report. Then the end of the conversation alone looks like success, and the process tells: it has
 * no memory any more, or is another program. */

#include "container/step-failure.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "container/hooks.h"
#include "plan/filtered.h"
#include "plan/text.h"

int step_failure(const Plan *plan, const SyncMessage *message, int output_fd, Error *error) {
        CLEANUP(text_done) Text text = {};
        int number = message->error > 0 ? -message->error : -EIO;

        plan_step_failure(plan, message, &text);
        hook_add_output(&text, output_fd);
        return text_failed(&text) ? error_set(error, number, "step %u: %m", message->step) : error_set(error, number, "%s", text.string);
}

#define UNFINISHED_USEC (5 * USEC_PER_SEC)

/* From its way out on: the memory goes before the descriptors do. */
bool step_may_be_unfinished(pid_t pid) {
        char path[64], link[8];

        snprintf(path, sizeof path, "/proc/%ld/exe", (long) pid);
        return readlink(path, link, sizeof link) < 0 && errno == ENOENT;
}

/* Of a child, or of a process that another one may reap meanwhile: as of process_wait(), -1 when the kernel does not tell. */
static int exit_code(pid_t pid, int pidfd) {
        char name[16];
        int status;

        if (fd_wait_readable(pidfd, usec_monotonic() + UNFINISHED_USEC) < 0 || process_name(pid, name, &status) < 0 || status < 0)
                return pidfd_exit_code(pidfd, true);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int refused(int code, Error *error) {
        CLEANUP(text_done) Text text = {};
        const FilteredCall *call;

        for (size_t i = 0; (call = plan_filtered_call(i)); i++)
                if (call->always)
                        text_addf(&text, "%s%s", text.string ? ", " : "", call->name);
        if (code > 128)
                return error_set(error, -EPERM, "linux.seccomp: the filter ended the process with signal %d before it was executed; it has to allow %s",
                                 code - 128, text.string);
        return error_set(error, -EPERM, "linux.seccomp: the filter does not let the process be executed; it has to allow %s", text.string);
}

int step_unfinished(const Plan *plan, pid_t pid, int pidfd, Error *error) {
        SyncMessage message = { .kind = SYNC_FAILED, .step = plan->header->n_steps - 1 };
        char name[16];
        int status;

        if (!step_may_be_unfinished(pid) || process_name(pid, name, &status) < 0 || !streq(name, PLAN_INIT_NAME))
                return 0; /* it runs, or the payload has ended already, or was reaped by its parent */
        status = exit_code(pid, pidfd);
        if (status <= 0 || status >= PLAN_EXIT_FAILED)
                return refused(status, error);
        message.error = status;
        return step_failure(plan, &message, -EBADF, error);
}
