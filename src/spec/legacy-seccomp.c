/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The filter of before 1.0: one name a rule, and a fixed set of words. Architectures, the default action and the rules are
 * looked at in this order, so that of several mistakes the same one is reported as then. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "spec/legacy.h"
#include "spec/tables.h"

static SpecSeccompAction action_of(const char *word) {
        SpecSeccompAction action = field_word_value(spec_seccomp_actions, word);

        switch (action) {
        case SPEC_SECCOMP_KILL:
        case SPEC_SECCOMP_ERRNO:
        case SPEC_SECCOMP_TRAP:
        case SPEC_SECCOMP_ALLOW:
        case SPEC_SECCOMP_TRACE:
                return action;
        default:
                return 0;
        }
}

static int read_action(const char *word, SpecSeccompAction *ret, Error *error) {
        *ret = action_of(word ? word : "");
        return *ret ? 0 : error_set(error, -EINVAL, "string %.80s is not a valid action for seccomp", word ? word : "");
}

static int read_architectures(char *const *words, SpecSet *ret, Error *error) {
        STRV_FOREACH(word, words) {
                unsigned value = field_word_value(spec_seccomp_architectures, *word);

                if (!value || value > SPEC_ARCHITECTURE_MIPSEL64N32)
                        return error_set(error, -EINVAL, "string %.80s is not a valid arch for seccomp", *word);
                ret->mask |= UINT64_C(1) << value;
                ret->set = true;
        }
        return 0;
}

static int lower_arguments(const LegacySeccompSyscall *from, SpecSeccompSyscall *rule, Error *error) {
        if (from->n_args == 0)
                return 0;
        rule->args = calloc(from->n_args, sizeof(*rule->args));
        if (!rule->args)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_args; i++) {
                const LegacySeccompArgument *argument = from->args + i;
                SpecSeccompOperator op = argument->op ? field_word_value(spec_seccomp_operators, argument->op) : 0;

                if (!op)
                        return error_set(error, -EINVAL, "string %.80s is not a valid operator for seccomp",
                                         argument->op ? argument->op : "");
                if (argument->index > 5)
                        return error_set(error, -EINVAL, "linux.seccomp: %.80s has no argument %u", from->name, argument->index);
                rule->args[rule->n_args++] = (SpecSeccompArgument) { argument->index, argument->value, argument->value_two, op };
        }
        return 0;
}

static int lower_rule(LegacySeccompSyscall *from, SpecSeccompSyscall *rule, Error *error) {
        int r;

        r = read_action(from->action, &rule->action, error);
        if (r >= 0)
                r = lower_arguments(from, rule, error);
        if (r < 0)
                return r;
        if (isempty(from->name))
                return error_set(error, -EINVAL, "empty string is not a valid syscall");
        return strv_append(&rule->names, from->name);
}

int legacy_lower_seccomp(LegacySeccomp *from, SpecSeccomp **ret, Error *error) {
        SpecSeccomp *seccomp;
        int r;

        /* Architectures alone do not ask for a filter. */
        if (isempty(from->default_action) && from->n_syscalls == 0)
                return 0;
        *ret = seccomp = calloc(1, sizeof(*seccomp));
        if (!seccomp)
                return -ENOMEM;
        r = read_architectures(from->architectures, &seccomp->architectures, error);
        if (r >= 0)
                r = read_action(from->default_action, &seccomp->default_action, error);
        if (r < 0 || from->n_syscalls == 0)
                return r;
        seccomp->syscalls = calloc(from->n_syscalls, sizeof(*seccomp->syscalls));
        if (!seccomp->syscalls)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_syscalls && r >= 0; i++) {
                seccomp->n_syscalls++;
                r = lower_rule(from->syscalls + i, seccomp->syscalls + i, error);
        }
        return r;
}
