/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The debug lines of a launch. Invariant: nothing is put together, and no clock is read, unless somebody asked for
 * debug lines. Values of the environment and of annotations are not told, as logs are read by more people than bundles.
 * Called by the stages. */

#include "launch/story.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "plan/text.h"
#include "resource/print.h"

/* What programs are given may be secret: of a hook only which one it is, of the payload nothing. */
static void add_step(const Plan *plan, uint32_t index, Text *text) {
        const PlanStep *step = plan->steps + index;

        if (step->kind != STEP_EXEC && step->kind != STEP_HOOK) {
                plan_step_text(plan, index, text);
                return;
        }
        text_add(text, plan_step_name(step->kind));
        if (step->kind == STEP_HOOK) {
                text_add(text, " ");
                plan_escape_text(text, plan_string(plan, step->path));
        }
}

void story_plan(const Plan *plan) {
        if (!log_enabled(LOG_LEVEL_DEBUG))
                return;
        log_debug("plan: %" PRIu32 " steps", plan->header->n_steps);
        for (uint32_t i = 0; i < plan->header->n_steps; i++) {
                CLEANUP(text_done) Text text = {};

                add_step(plan, i, &text);
                log_debug("plan: step %" PRIu32 ": %s", i + 1, text_failed(&text) ? "?" : text.string);
        }
}

static void tell_resources(const ResourceSet *set) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(strv_freep) char **lines = NULL;

        resource_to_text(set, &text);
        if (text_failed(&text) || strv_split(text.string, "\n", &lines) < 0)
                return;
        log_debug("resources: slice %s", set->slice);
        STRV_FOREACH(line, lines)
                if (!startswith(*line, "device "))
                        log_debug("resources: %s", *line);
        log_debug("resources: %zu device rules", set->n_devices);
}

void story_compiled(const Compiled *compiled, const Plan *plan) {
        CLEANUP(text_done) Text namespaces = {};
        const Spec *spec = compiled->spec;

        if (!log_enabled(LOG_LEVEL_DEBUG))
                return;
        plan_namespaces_text(compiled->namespaces, &namespaces);
        log_debug("spec: read %zu bytes of bundle %s, OCI %s, root %s%s", compiled->text_size, spec->bundle,
                  spec->oci_version, spec->root.path, spec->root.readonly ? " (read-only)" : "");
        log_debug("spec: namespaces %s; %zu mounts, %zu devices%s%s%s",
                  namespaces.length > 0 ? namespaces.string : "none", spec->n_mounts, spec->os.n_devices,
                  spec->os.seccomp ? "; seccomp" : "", spec->process && spec->process->terminal ? "; terminal" : "",
                  spec->process && spec->process->no_new_privileges ? "; no new privileges" : "");
        tell_resources(compiled->resources);
        story_plan(plan);
}

uint64_t story_clock(void) {
        return log_enabled(LOG_LEVEL_DEBUG) ? usec_monotonic() : 0;
}

void story_stage(const char *name, uint64_t since_usec) {
        if (since_usec > 0)
                log_debug("stage %s: %.3f ms", name, (double) (usec_monotonic() - since_usec) / 1000.0);
}
