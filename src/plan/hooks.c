/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hooks that run inside: createContainer before the root is changed, startContainer behind it and with all that the payload is. berth-init knows no JSON, so
 * the state that a hook reads is made here, in two pieces around the number of its pid, which is not known yet. */

#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "plan/compilation.h"
#include "spec/state.h"

/* More than any pid (the kernel's largest is 2^22). In quotes nothing else can look like this: quotes inside of strings are
 * escaped. */
#define PLACEHOLDER_PID 2147483647
#define PLACEHOLDER_TEXT "2147483647"
#define PLACEHOLDER_MEMBER "\"pid\":" PLACEHOLDER_TEXT

static int state_halves(Compilation *c, const char *status, PlanString *ret_before, PlanString *ret_behind, Error *error) {
        CLEANUP(freep) char *id = strdup(c->options->id), *status_copy = strdup(status), *json = NULL;
        State state = {
                .oci_version = c->spec->oci_version,
                .id = id,
                .status = status_copy,
                .pid = PLACEHOLDER_PID,
                .bundle = c->spec->bundle,
                .annotations = c->spec->annotations,
        };
        char *number;

        json = id && status_copy ? state_to_hook_json(&state) : NULL;
        if (!json)
                return error_set(error, -ENOMEM, "hooks: out of memory");
        number = strstr(json, PLACEHOLDER_MEMBER);
        if (!number)
                return error_set(error, -EINVAL, "hooks: no pid in the state");
        number += strlen(PLACEHOLDER_MEMBER) - strlen(PLACEHOLDER_TEXT);
        *ret_before = plan_add_string_n(&c->builder, json, (size_t) (number - json));
        *ret_behind = plan_add_string(&c->builder, number + strlen(PLACEHOLDER_TEXT));
        return 0;
}

static int add_hooks(
                Compilation *c, const SpecHook *hooks, size_t n_hooks, const char *kind, const char *status, uint32_t options, Error *error) {
        PlanString before = 0, behind = 0;
        int r;

        if (n_hooks == 0)
                return 0;
        r = state_halves(c, status, &before, &behind, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_hooks; i++) {
                char *const only_path[] = { hooks[i].path, NULL };
                PlanStep step = {
                        .kind = STEP_HOOK,
                        .options = options,
                        .path = plan_add_string(&c->builder, hooks[i].path),
                        .source = plan_add_string(&c->builder, kind),
                        .type = before,
                        .data = behind,
                        .value = { [2] = i },
                };

                step.bytes = plan_add_argv(&c->builder, hooks[i].args && hooks[i].args[0] ? hooks[i].args : only_path,
                                           hooks[i].env, &step.value[0]);
                /* A hook that names none has the payload's, as with runc and crun. */
                if ((options & PLAN_HOOK_AS_PAYLOAD) != 0 && !hooks[i].env)
                        step.options |= PLAN_HOOK_ENVIRONMENT;
                if (hooks[i].timeout.set && hooks[i].timeout.value > 0)
                        step.value[1] = hooks[i].timeout.value < INT32_MAX ? (uint64_t) hooks[i].timeout.value * 1000000 : 0;
                plan_add_step(&c->builder, &step);
        }
        return 0;
}

int part_ask_hooks(Compilation *c, Error *error) {
        if (c->spec->hooks.n_prestart > 0 || c->spec->hooks.n_create_runtime > 0)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_ASK_HOOKS });
        return 0;
}

int part_create_container_hooks(Compilation *c, Error *error) {
        return add_hooks(c, c->spec->hooks.create_container, c->spec->hooks.n_create_container, "createContainer", "creating", 0,
                         error);
}

int part_start_container_hooks(Compilation *c, Error *error) {
        return add_hooks(c, c->spec->hooks.start_container, c->spec->hooks.n_start_container, "startContainer", "created",
                         PLAN_HOOK_AS_PAYLOAD, error);
}
