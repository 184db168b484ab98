/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sense of the object "process" (runtime-spec config.md, Process). */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/number.h"
#include "base/strv.h"
#include "base/text.h"
#include "spec/check.h"
#include "spec/tables.h"

static int check_command(const SpecProcess *process, Error *error) {
        size_t i = 0;

        if (!process->args || !process->args[0])
                return error_set(error, -EINVAL, "process.args: must not be empty");
        if (!process->cwd || process->cwd[0] != '/')
                return error_set(error, -EINVAL, "process.cwd: must be an absolute path");
        STRV_FOREACH(assignment, process->env) {
                if (!strchr(*assignment, '='))
                        return error_set(error, -EINVAL, "process.env[%zu]: must have the form NAME=value", i);
                if (**assignment == '=')
                        return error_set(error, -EINVAL, "process.env[%zu]: the name is empty", i);
                i++;
        }
        return 0;
}

static bool capability_known(const char *name) {
        for (const char *const *known = spec_capabilities; *known; known++)
                if (strcasecmp(*known, name) == 0)
                        return true;
        return false;
}

/* config.md: a runtime should warn of what it cannot grant, and go on. One line for all five sets. */
static void warn_capabilities(const SpecCapabilities *capabilities) {
        char *const *const sets[] = {
                capabilities->bounding,  capabilities->effective, capabilities->inheritable,
                capabilities->permitted, capabilities->ambient,
        };
        CLEANUP(strv_freep) char **unknown = NULL;
        CLEANUP(freep) char *names = NULL;

        FOREACH_ELEMENT(set, sets)
                STRV_FOREACH(name, *set)
                        if (!capability_known(*name) && !strv_contains(unknown, *name) && strv_append(&unknown, *name) < 0)
                                return;
        if (!unknown)
                return;
        names = strv_join(unknown, ", ");
        log_warning("process.capabilities: ignoring unknown %.200s", names ? names : "names");
}

static bool has_capability(char *const *names, const char *wanted) {
        STRV_FOREACH(name, names)
                if (strcasecmp(*name, wanted) == 0)
                        return true;
        return false;
}

/* capabilities(7): the kernel raises an ambient capability only if it is permitted and inheritable. In runc's words. */
static void warn_ambient(const SpecCapabilities *capabilities) {
        STRV_FOREACH(name, capabilities->ambient) {
                bool permitted = has_capability(capabilities->permitted, *name);

                if (capability_known(*name) && !(permitted && has_capability(capabilities->inheritable, *name)))
                        log_warning("can't raise ambient capability %.40s: process.capabilities.%s: does not have it",
                                    *name, permitted ? "inheritable" : "permitted");
        }
}

static int check_rlimits(const SpecProcess *process, Error *error) {
        uint64_t seen = 0;

        for (size_t i = 0; i < process->n_rlimits; i++) {
                const SpecRlimit *rlimit = process->rlimits + i;
                uint64_t bit = UINT64_C(1) << rlimit->type;

                if (seen & bit)
                        return error_set(error, -EINVAL, "process.rlimits[%zu].type: %s is there already", i,
                                         field_word_name(spec_rlimit_types, rlimit->type));
                if (rlimit->soft > rlimit->hard)
                        return error_set(error, -EINVAL, "process.rlimits[%zu].soft: is greater than hard", i);
                seen |= bit;
        }
        return 0;
}

#define DEADLINE "process.scheduler: sched_setattr: `SCHED_DEADLINE` "
/* kernel/sched/deadline.c, __checkparam_dl(): less is below its resolution, and the top bit is a sign. */
#define DEADLINE_MIN (UINT64_C(1) << 10)
#define DEADLINE_MAX ((UINT64_C(1) << 63) - 1)

/* sched(7), SCHED_DEADLINE. What the kernel would only call an invalid argument is told here in crun's words. */
static int check_deadline(const SpecScheduler *scheduler, Error *error) {
        uint64_t runtime = scheduler->runtime.value, deadline = scheduler->deadline.value,
                 period = scheduler->period.value;
        const struct {
                const char *name;
                OptionalU64 number;
                bool required;
        } numbers[] = {
                { "runtime", scheduler->runtime, true },
                { "deadline", scheduler->deadline, true },
                { "period", scheduler->period, false },
        };

        FOREACH_ELEMENT(entry, numbers) {
                if (entry->required && !entry->number.set)
                        return error_set(error, -EINVAL, DEADLINE "requires `%s`", entry->name);
                if (entry->required && entry->number.value == 0)
                        return error_set(error, -EINVAL, DEADLINE "%s must be greater than 0", entry->name);
        }
        if (runtime > deadline)
                return error_set(error, -EINVAL, DEADLINE "runtime (%" PRIu64 ") must be <= deadline (%" PRIu64 ")",
                                 runtime, deadline);
        /* A period of 0 is the deadline. */
        if (period != 0 && deadline > period)
                return error_set(error, -EINVAL, DEADLINE "deadline (%" PRIu64 ") must be <= period (%" PRIu64 ")",
                                 deadline, period);
        FOREACH_ELEMENT(entry, numbers)
                if (entry->number.value != 0 &&
                    (entry->number.value < DEADLINE_MIN || entry->number.value > DEADLINE_MAX))
                        return error_set(error, -EINVAL,
                                         DEADLINE "%s (%" PRIu64 ") must be between %" PRIu64 " and %" PRIu64,
                                         entry->name, entry->number.value, DEADLINE_MIN, DEADLINE_MAX);
        return 0;
}

/* sched(7): which parameters a policy has. */
static int check_scheduler(const SpecScheduler *scheduler, Error *error) {
        bool real_time = scheduler->policy == SPEC_SCHEDULER_FIFO || scheduler->policy == SPEC_SCHEDULER_RR;
        bool deadline = scheduler->policy == SPEC_SCHEDULER_DEADLINE;
        const char *policy = field_word_name(spec_scheduler_policies, scheduler->policy);

        if (real_time && scheduler->priority == 0)
                return error_set(error, -EINVAL, "process.scheduler.priority: must be from 1 to 99 with %s", policy);
        if (!real_time && scheduler->priority != 0)
                return error_set(error, -EINVAL, "process.scheduler.priority: has no meaning with %s", policy);
        if (!deadline && (scheduler->runtime.value || scheduler->deadline.value || scheduler->period.value))
                return error_set(error, -EINVAL, "process.scheduler: runtime, deadline and period have no meaning with %s",
                                 policy);
        return deadline ? check_deadline(scheduler, error) : 0;
}

static int check_affinity(const char *list, const char *name, Error *error) {
        NumberSet set;

        if (isempty(list) || number_set_parse(list, &set) >= 0)
                return 0;
        return error_set(error, -EINVAL, "process.execCPUAffinity.%s: \"%.80s\" is no list of CPUs", name, list);
}

int spec_check_process(const SpecProcess *process, Error *error) {
        int r;

        r = check_command(process, error);
        if (r >= 0)
                r = check_rlimits(process, error);
        if (r >= 0 && process->scheduler)
                r = check_scheduler(process->scheduler, error);
        if (r >= 0 && process->exec_cpu_affinity) {
                r = check_affinity(process->exec_cpu_affinity->initial, "initial", error);
                if (r >= 0)
                        r = check_affinity(process->exec_cpu_affinity->final, "final", error);
        }
        if (r >= 0 && process->capabilities) {
                warn_capabilities(process->capabilities);
                warn_ambient(process->capabilities);
        }
        return r;
}
