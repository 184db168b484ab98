/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a process is: its user, limits, capabilities, labels, environment. Pure: names become numbers here, berth-init only
 * passes the numbers on to the kernel. The only user of libcap. */

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

#include "base/log.h"
#include "base/strv.h"
#include "plan/compilation.h"
#include "plan/process.h"

#define CAPABILITY(value) (UINT64_C(1) << (value))

uint64_t plan_capabilities_mask(char *const *names) {
        uint64_t mask = 0;

        STRV_FOREACH(name, names) {
                cap_value_t value;

                if (cap_from_name(*name, &value) < 0 || value < 0 || value > 63) {
                        log_debug("capability %s is unknown here", *name);
                        continue;
                }
                mask |= UINT64_C(1) << value;
        }
        return mask;
}

void plan_capabilities_text(uint64_t mask, Text *text) {
        const char *separator = "";

        if (mask == 0)
                text_add(text, "none");
        for (int value = 0; value < 64; value++) {
                char *name;

                if ((mask >> value & 1) == 0)
                        continue;
                name = cap_to_name(value);
                if (name && !isdigit((unsigned char) name[0]))
                        text_addf(text, "%s%s", separator, startswith(name, "cap_") ?: name);
                else
                        text_addf(text, "%s%d", separator, value);
                (void) cap_free(name);
                separator = ",";
        }
}

int part_oom_score(Compilation *c, Error *error) {
        PlanStep step = { .kind = STEP_OOM_SCORE };
        char number[16];

        if (!c->process->oom_score_adj.set)
                return 0;
        (void) snprintf(number, sizeof(number), "%d", c->process->oom_score_adj.value);
        step.data = plan_add_string(&c->builder, number);
        /* Without privileges it can only be raised; what cannot be had is no reason to refuse a container. */
        step.options = c->options->rootless ? PLAN_OPTIONAL : 0;
        plan_add_step(&c->builder, &step);
        return 0;
}

int part_limits(Compilation *c, Error *error) {
        for (size_t i = 0; i < c->process->n_rlimits; i++) {
                const SpecRlimit *limit = c->process->rlimits + i;
                int resource = spec_rlimit_resource(limit->type);

                if (resource < 0)
                        return error_set(error, -EINVAL, "process.rlimits[%zu].type: missing", i);
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_RLIMIT,
                        .value = { (uint64_t) resource, limit->soft, limit->hard },
                });
        }
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_UMASK,
                .flags = c->process->user.umask.set ? c->process->user.umask.value & 07777U : 0022,
        });
        return 0;
}

int part_stdio(Compilation *c, Error *error) {
        if (!c->process->terminal)
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_STDIO,
                        .value = { c->process->user.uid | (uint64_t) UINT32_MAX << 32 },
                });
        return 0;
}

int part_labels(Compilation *c, Error *error) {
        const char *profile = c->process->apparmor_profile;

        /* Without AppArmor all is unconfined. */
        if (!isempty(profile))
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_APPARMOR,
                        .options = streq(profile, "unconfined") ? PLAN_OPTIONAL : 0,
                        .data = plan_add_string(&c->builder, profile),
                });
        if (!isempty(c->process->selinux_label))
                add_data_step(c, STEP_SELINUX, c->process->selinux_label);
        return 0;
}

/* Once as root, who may make a directory that is absent (never for exec, as with runc) and against which a relative args[0] is
 * looked up. It may fail: the user may be the only one who can enter it (a home on NFS), and that is tried later and for good. */
static void add_early_directory(Compilation *c) {
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_DIRECTORY_CHANGE,
                .options = (c->exec ? 0 : PLAN_CREATE) | PLAN_OPTIONAL,
                .path = plan_add_string(&c->builder, isempty(c->process->cwd) ? "/" : c->process->cwd),
        });
}

int part_lookup(Compilation *c, Error *error) {
        PlanStep step = {
                .kind = STEP_LOOKUP,
                .data = plan_add_string(&c->builder, c->process->args[0]),
                .source = plan_add_string(&c->builder, strv_environment_get(c->process->env, "PATH")),
        };

        add_early_directory(c);
        plan_add_step(&c->builder, &step);
        return 0;
}

static void add_filter(Compilation *c) {
        const PlanFilter *filter = &c->options->filter;

        if (filter->bpf && filter->size > 0)
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_SECCOMP,
                        .flags = filter->flags,
                        .bytes = plan_add_bytes(&c->builder, filter->bpf, filter->size),
                });
}

/* One id mapped by an unprivileged user: setgroups(2) is denied there (user_namespaces(7)), and the caller's own groups stay. */
static bool groups_are_denied(const Compilation *c) {
        const SpecOs *os = &c->spec->os;

        return c->options->rootless && os->n_gid_mappings == 1 && os->gid_mappings[0].size == 1;
}

static int add_groups(Compilation *c, Error *error) {
        const SpecUser *user = &c->process->user;
        const char *keep = spec_map_get(&c->spec->annotations, "run.oci.keep_original_groups");
        PlanStep step = { .kind = STEP_GROUPS };

        if (keep && streq(keep, "1"))
                step.options = PLAN_KEEP_GROUPS;
        else if (groups_are_denied(c)) {
                if (user->n_additional_gids > 0)
                        return error_set(error, -EINVAL,
                                         "process.user.additionalGids: needs a range of group ids (newgidmap, /etc/subgid)");
                step.options = PLAN_KEEP_GROUPS;
        } else
                step.bytes = plan_add_bytes(&c->builder, user->additional_gids, user->n_additional_gids * sizeof(uint32_t));
        plan_add_step(&c->builder, &step);
        return 0;
}

/* The filter is loaded last of all. Without no_new_privs the kernel wants CAP_SYS_ADMIN for it. */
static bool filter_needs_capability(const Compilation *c) {
        return c->options->filter.size > 0 && !c->process->no_new_privileges;
}

static void add_capabilities(Compilation *c) {
        static const SpecCapabilities none = {};
        const SpecCapabilities *names = c->process->capabilities ?: &none;
        uint64_t permitted = plan_capabilities_mask(names->permitted), inheritable = plan_capabilities_mask(names->inheritable);

        /* The kernel raises an ambient capability only if it is permitted and inheritable (CVE-2016-8867 was about the
         * others). */
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_CAPABILITIES,
                .options = filter_needs_capability(c) ? PLAN_CAPABILITIES_FILTER : 0,
                .flags = permitted,
                .value = {
                        plan_capabilities_mask(names->effective),
                        inheritable,
                        plan_capabilities_mask(names->ambient) & permitted & inheritable,
                },
        });
}

/* What the steps behind STEP_SEAL need, and what the payload is to have. */
static uint64_t capabilities_needed(const Compilation *c) {
        const SpecCapabilities *names = c->process->capabilities;
        const SpecUser *user = &c->process->user;
        /* Who became root of a user namespace may be another one where that has none. */
        bool other = (compilation_namespaces(c) & CLONE_NEWUSER) != 0;
        uint64_t mask = names ? plan_capabilities_mask(names->permitted) | plan_capabilities_mask(names->inheritable) : 0;

        if (other || user->uid != 0)
                mask |= CAPABILITY(CAP_SETUID);
        if (other || user->gid != 0)
                mask |= CAPABILITY(CAP_SETGID);
        if (filter_needs_capability(c))
                mask |= CAPABILITY(CAP_SYS_ADMIN);
        /* A hook that takes too long may be another user's by then. */
        if (!c->exec && c->spec->hooks.n_start_container > 0)
                mask |= CAPABILITY(CAP_KILL);
        return mask;
}

/* The groups too, which nothing behind looks at. */
int part_seal(Compilation *c, Error *error) {
        const SpecCapabilities *capabilities = c->process->capabilities;
        int r;

        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_BOUNDING,
                .flags = capabilities ? plan_capabilities_mask(capabilities->bounding) : 0,
        });
        r = add_groups(c, error);
        if (r >= 0)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_SEAL, .flags = capabilities_needed(c) });
        return r;
}

int part_privileges(Compilation *c, Error *error) {
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_USER, .value = { c->process->user.uid, c->process->user.gid } });
        add_capabilities(c);
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_DIRECTORY_CHANGE,
                .path = plan_add_string(&c->builder, isempty(c->process->cwd) ? "/" : c->process->cwd),
        });
        if (c->process->no_new_privileges)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_NO_NEW_PRIVILEGES });
        add_filter(c);
        return 0;
}

static int payload_environment(const Compilation *c, char ***ret) {
        CLEANUP(strv_freep) char **environment = NULL;
        int r;

        r = strv_copy(c->process->env, &environment);
        for (char *const *assignment = c->options->environment; r >= 0 && assignment && *assignment; assignment++)
                r = strv_append(&environment, *assignment);
        /* What comes later in a list, and what is added to one, counts. */
        if (r >= 0)
                r = strv_environment_unique(environment);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(environment);
        return 0;
}

int part_exec(Compilation *c, Error *error) {
        CLEANUP(strv_freep) char **environment = NULL;
        PlanStep step = { .kind = STEP_EXEC };
        int r;

        r = payload_environment(c, &environment);
        if (r < 0)
                return error_set(error, r, "process.env: %m");
        if (isempty(strv_environment_get(environment, "HOME"))) {
                step.options = PLAN_EXEC_HOME;
                step.flags = c->process->user.uid;
        }
        step.bytes = plan_add_argv(&c->builder, c->process->args, environment, &step.value[0]);
        plan_add_step(&c->builder, &step);
        return 0;
}
