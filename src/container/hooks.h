/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "spec/spec.h"

/* Hooks that run in the runtime's own namespaces: prestart, createRuntime, poststart, poststop (runtime-spec config.md, POSIX-platform Hooks). */

/* Runs them in order, each with state (JSON) on its stdin, and ends at the first that fails, exits with another status than 0 or takes longer
 * than its timeout (it is killed). name is for the text: "prestart". annotations: of the container, which may name files
 * for what hooks write (run.oci.hooks.stdout and .stderr). */
int hooks_run(
                const SpecHook *hooks, size_t n_hooks, const char *name, const SpecMap *annotations, const char *state,
                Error *error);

/* Adds the beginning of what a hook wrote, for the text of its failure, with control characters escaped; nothing for none, or without a descriptor. */
void hook_add_output(Text *text, int output_fd);

/* The same, but a failure is logged as a warning and the next hook runs: poststop, where the spec asks for that. error: the first failure. */
void hooks_run_all(
                const SpecHook *hooks, size_t n_hooks, const char *name, const SpecMap *annotations, const char *state,
                Error *error);
