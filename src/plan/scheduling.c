/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When and where a process runs: scheduler, i/o priority, memory policy, processors, personality. */

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/strv.h"
#include "plan/compilation.h"

/* PER_LINUX and PER_LINUX32 of personality(2). */
enum {
        PERSONALITY_LINUX = 0,
        PERSONALITY_LINUX32 = 8,
};

static void add_scheduler(Compilation *c) {
        const SpecScheduler *scheduler = c->process->scheduler;
        PlanScheduler attributes = { .size = sizeof(PlanScheduler) };

        if (!scheduler)
                return;
        /* The enums are in the kernel's order: SCHED_OTHER is 0, SCHED_FLAG_RESET_ON_FORK is bit 0. */
        attributes.policy = scheduler->policy - SPEC_SCHEDULER_OTHER;
        attributes.flags = scheduler->flags.mask >> SPEC_SCHEDULER_FLAG_RESET_ON_FORK;
        attributes.nice = scheduler->nice;
        attributes.priority = scheduler->priority > 0 ? (uint32_t) scheduler->priority : 0;
        attributes.runtime = scheduler->runtime.value;
        attributes.deadline = scheduler->deadline.value;
        attributes.period = scheduler->period.value;
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_SCHEDULER,
                .bytes = plan_add_bytes(&c->builder, &attributes, sizeof(attributes)),
        });
}

/* A set with room for at least one more bit than it has: set_mempolicy(2) does not look at the last one that it is told of. */
static PlanBytes add_set(Compilation *c, const NumberSet *set, uint64_t *ret_n_bits) {
        size_t size = (set->n_bytes + 8) & ~(size_t) 7;
        uint8_t bits[sizeof(set->bits) + 8] = {};

        memcpy(bits, set->bits, set->n_bytes);
        if (ret_n_bits)
                *ret_n_bits = size * 8;
        return plan_add_bytes(&c->builder, bits, size < sizeof(set->bits) ? size : sizeof(set->bits));
}

static int add_memory_policy(Compilation *c, Error *error) {
        static const uint64_t flags[] = {
                [SPEC_MEMORY_POLICY_FLAG_NUMA_BALANCING] = 1 << 13,
                [SPEC_MEMORY_POLICY_FLAG_RELATIVE_NODES] = 1 << 14,
                [SPEC_MEMORY_POLICY_FLAG_STATIC_NODES] = 1 << 15,
        };
        const SpecMemoryPolicy *policy = c->spec->os.memory_policy;
        PlanStep step = { .kind = STEP_MEMORY_POLICY };
        NumberSet nodes;
        int r;

        if (!policy)
                return 0;
        if (policy->mode == 0)
                return error_set(error, -EINVAL, "linux.memoryPolicy.mode: missing");
        step.flags = policy->mode - SPEC_MEMORY_POLICY_DEFAULT;
        for (unsigned i = 0; i < ELEMENTSOF(flags); i++)
                if (spec_set_has(policy->flags, i))
                        step.flags |= flags[i];
        if (!isempty(policy->nodes)) {
                r = number_set_parse(policy->nodes, &nodes);
                if (r < 0)
                        return error_set(error, r, "linux.memoryPolicy.nodes: \"%s\" is no list of nodes", policy->nodes);
                step.bytes = add_set(c, &nodes, &step.value[0]);
        }
        plan_add_step(&c->builder, &step);
        return 0;
}

static int add_affinity(Compilation *c, const char *list, const char *name, Error *error) {
        PlanStep step = { .kind = STEP_AFFINITY };
        NumberSet cpus;
        int r;

        if (isempty(list))
                return 0;
        r = number_set_parse(list, &cpus);
        if (r < 0 || cpus.n_bytes == 0)
                return error_set(error, -EINVAL, "process.execCPUAffinity.%s: \"%s\" is no list of processors", name, list);
        step.bytes = add_set(c, &cpus, NULL);
        plan_add_step(&c->builder, &step);
        return 0;
}

/* The caller's own mask is no matter of the container's (runc, crun). What a policy does not let us change stays. */
static void reset_affinity(Compilation *c) {
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_AFFINITY, .options = PLAN_OPTIONAL });
}

int part_affinity_initial(Compilation *c, Error *error) {
        return c->process->exec_cpu_affinity ? add_affinity(c, c->process->exec_cpu_affinity->initial, "initial", error) : 0;
}

int part_affinity_final(Compilation *c, Error *error) {
        return c->process->exec_cpu_affinity ? add_affinity(c, c->process->exec_cpu_affinity->final, "final", error) : 0;
}

int part_scheduling(Compilation *c, Error *error) {
        const SpecIoPriority *io = c->process->io_priority;
        const SpecPersonality *personality = c->spec->os.personality;
        int r;

        if (!c->exec || !c->process->exec_cpu_affinity)
                reset_affinity(c);
        add_scheduler(c);
        if (io)
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_IO_PRIORITY,
                        .value = { (uint64_t) io->class << 13 | (uint64_t) (io->priority & 7) },
                });
        r = add_memory_policy(c, error);
        if (r < 0)
                return r;
        if (personality && personality->domain != 0)
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_PERSONALITY,
                        .flags = personality->domain == SPEC_PERSONALITY_LINUX32 ? PERSONALITY_LINUX32 : PERSONALITY_LINUX,
                });
        return 0;
}
