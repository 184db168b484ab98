/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the steps of plan/scheduling.c say, in the words that config.json has for them. Invariant: no byte of a
 * structure is printed as it is. */

#include <errno.h>
#include <inttypes.h>

#include "base/strv.h"
#include "plan/text.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* As linux/mempolicy.h has it; the words are in the kernel's order. */
#define MEMORY_POLICY_MODE_MASK UINT64_C(0x1fff)

static const struct {
        uint64_t flag;
        SpecMemoryPolicyFlag word;
} memory_policy_flags[] = {
        { 1 << 13, SPEC_MEMORY_POLICY_FLAG_NUMA_BALANCING },
        { 1 << 14, SPEC_MEMORY_POLICY_FLAG_RELATIVE_NODES },
        { 1 << 15, SPEC_MEMORY_POLICY_FLAG_STATIC_NODES },
};

static void print_scheduler(const Plan *plan, const PlanStep *step, Text *text) {
        const PlanScheduler *scheduler = plan_bytes(plan, step->bytes);

        if (!scheduler || step->bytes.size < sizeof *scheduler)
                return;
        text_addf(text, " %s flags 0x%" PRIx64 " nice %" PRIi32 " priority %" PRIu32,
                  field_word_name(spec_scheduler_policies, (int) scheduler->policy + SPEC_SCHEDULER_OTHER),
                  scheduler->flags, scheduler->nice, scheduler->priority);
        if (scheduler->policy == SPEC_SCHEDULER_DEADLINE - SPEC_SCHEDULER_OTHER)
                text_addf(text, " runtime %" PRIu64 " deadline %" PRIu64 " period %" PRIu64, scheduler->runtime,
                          scheduler->deadline, scheduler->period);
}

/* A bit mask as the list it came from: "0-3,7". */
static void print_set(const Plan *plan, const PlanStep *step, Text *text) {
        const uint8_t *bytes = plan_bytes(plan, step->bytes);

        text_add(text, " ");
        text_add_bits(text, bytes, bytes ? step->bytes.size : 0);
}

static void print_memory_policy(const Plan *plan, const PlanStep *step, Text *text) {
        const char *separator = " ";

        text_addf(text, " %s",
                  field_word_name(spec_memory_policy_modes,
                                  (int) (step->flags & MEMORY_POLICY_MODE_MASK) + SPEC_MEMORY_POLICY_DEFAULT));
        FOREACH_ELEMENT(entry, memory_policy_flags)
                if (step->flags & entry->flag) {
                        text_addf(text, "%s%s", separator,
                                  field_word_name(spec_memory_policy_flags, (int) entry->word));
                        separator = ",";
                }
        if (step->value[0] == 0)
                return;
        text_add(text, " nodes");
        print_set(plan, step, text);
}

void plan_scheduling_text(const Plan *plan, const PlanStep *step, Text *text) {
        switch (step->kind) {
        case STEP_SCHEDULER:
                print_scheduler(plan, step, text);
                break;
        case STEP_MEMORY_POLICY:
                print_memory_policy(plan, step, text);
                break;
        case STEP_AFFINITY:
                if (step->bytes.size == 0)
                        text_add(text, " all");
                else
                        print_set(plan, step, text);
                break;
        }
}
