/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A failed step of the plan as an error. Invariant: the text names the step also when there is no memory for more. Called by the launch, and by start of a
 * container that was created earlier. */

#include "container/step-failure.h"

#include <errno.h>

#include "base/text.h"
#include "container/hooks.h"
#include "plan/text.h"

int step_failure(const Plan *plan, const SyncMessage *message, int output_fd, Error *error) {
        CLEANUP(text_done) Text text = {};
        int number = message->error > 0 ? -message->error : -EIO;

        plan_step_failure(plan, message, &text);
        hook_add_output(&text, output_fd);
        return text_failed(&text) ? error_set(error, number, "step %u: %m", message->step) : error_set(error, number, "%s", text.string);
}
