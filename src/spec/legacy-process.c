/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The process of before 1.0: what config.json says of it, and the limits and labels that runtime.json had. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "spec/legacy.h"
#include "spec/tables.h"

/* The old runtime's ids were signed. */
#define ID_MAX INT32_MAX

static int lower_user(LegacyUser *from, SpecUser *user, Error *error) {
        bool valid = from->uid >= 0 && from->uid <= ID_MAX && from->gid >= 0 && from->gid <= ID_MAX;

        for (size_t i = 0; i < from->n_additional_gids && valid; i++)
                valid = from->additional_gids[i] <= ID_MAX;
        if (!valid)
                return error_set(error, -EINVAL, "Uids and gids must be in range 0-2147483647");
        user->uid = (uint32_t) from->uid;
        user->gid = (uint32_t) from->gid;
        user->additional_gids = TAKE_PTR(from->additional_gids);
        user->n_additional_gids = TAKE(from->n_additional_gids, 0);
        return 0;
}

/* One list for all sets; nothing was ambient then. Unlike today's runtimes the old one refused a name that it did not know. */
static int check_capabilities(char *const *names, Error *error) {
        STRV_FOREACH(name, names) {
                const char *const *known = spec_capabilities;

                while (*known && !streq(*known, *name))
                        known++;
                if (!*known)
                        return error_set(error, -EINVAL, "unknown capability \"%.80s\"", *name);
        }
        return 0;
}

static int lower_capabilities(char *const *names, SpecCapabilities *to, Error *error) {
        char ***const sets[] = { &to->bounding, &to->effective, &to->inheritable, &to->permitted };
        int r = check_capabilities(names, error);

        FOREACH_ELEMENT(set, sets)
                if (r >= 0)
                        r = names ? strv_copy(names, *set) : 0;
        return r;
}

/* The seed of this all knew a limit by a name with a letter missing; bundles of its day have that, others have the right one. */
static SpecRlimitType rlimit_type(const char *name) {
        if (name && streq(name, "RLIMIT_SGPENDING"))
                return SPEC_RLIMIT_SIGPENDING;
        return name ? field_word_value(spec_rlimit_types, name) : 0;
}

/* Of several of one type the last one counts. */
static SpecRlimit *rlimit_item(SpecProcess *process, SpecRlimitType type) {
        for (size_t i = 0; i < process->n_rlimits; i++)
                if (process->rlimits[i].type == type)
                        return process->rlimits + i;
        return process->rlimits + process->n_rlimits++;
}

static int lower_rlimits(const LegacyOs *from, SpecProcess *process, Error *error) {
        if (from->n_rlimits == 0)
                return 0;
        process->rlimits = calloc(from->n_rlimits, sizeof(*process->rlimits));
        if (!process->rlimits)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_rlimits; i++) {
                const LegacyRlimit *rlimit = from->rlimits + i;
                SpecRlimitType type = rlimit_type(rlimit->type);

                if (!type)
                        return error_set(error, -EINVAL, "Wrong rlimit value: %.80s", rlimit->type ? rlimit->type : "");
                if ((uint64_t) rlimit->soft > (uint64_t) rlimit->hard)
                        return error_set(error, -EINVAL, "error setting rlimit type %d: invalid argument",
                                         spec_rlimit_resource(type));
                *rlimit_item(process, type) = (SpecRlimit) { type, (uint64_t) rlimit->soft, (uint64_t) rlimit->hard };
        }
        return 0;
}

static int check_environment(char *const *environment, Error *error) {
        STRV_FOREACH(assignment, environment)
                if (!strchr(*assignment, '='))
                        return error_set(error, -EINVAL, "invalid environment '%.200s'", *assignment);
        return 0;
}

/* Absent or relative: from "/", where a process was after the change of root. */
static int lower_directory(const char *directory, SpecProcess *process) {
        process->cwd = path_join("/", directory ? directory : "");
        return process->cwd ? 0 : -ENOMEM;
}

static int lower_score(int64_t score, SpecProcess *process, Error *error) {
        if (score < -1000 || score > 1000)
                return error_set(error, -EINVAL, "linux.resources.oomScoreAdj: must be from -1000 to 1000");
        /* It was always written, also when nobody asked. */
        process->oom_score_adj = (OptionalI32) { (int32_t) score, true };
        return 0;
}

int legacy_lower_process(LegacyConfig *config, LegacyRuntime *runtime, SpecProcess *process, Error *error) {
        LegacyProcess *from = &config->process;
        int r;

        process->capabilities = calloc(1, sizeof(*process->capabilities));
        if (!process->capabilities)
                return -ENOMEM;
        r = lower_user(&from->user, &process->user, error);
        if (r >= 0)
                r = check_environment(from->env, error);
        if (r >= 0)
                r = lower_directory(from->cwd, process);
        if (r >= 0)
                r = lower_capabilities(config->os.capabilities, process->capabilities, error);
        if (r >= 0)
                r = lower_rlimits(&runtime->os, process, error);
        if (r >= 0)
                r = lower_score(runtime->os.resources.oom_score_adj, process, error);
        if (r < 0)
                return r;
        process->terminal = from->terminal;
        process->args = TAKE_PTR(from->args);
        process->env = TAKE_PTR(from->env);
        if (!isempty(runtime->os.apparmor_profile))
                process->apparmor_profile = TAKE_PTR(runtime->os.apparmor_profile);
        if (!isempty(runtime->os.selinux_label))
                process->selinux_label = TAKE_PTR(runtime->os.selinux_label);
        return 0;
}
