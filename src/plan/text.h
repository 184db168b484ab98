/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/text.h"
#include "plan/builder.h"
#include "plan/reader.h"

/* A plan for people: `berth plan`, golden files, messages of failures. A failed allocation stays in the Text. */

/* "mount", "hostname": what a step is called; "?" for a number that is no kind. */
const char *plan_step_name(uint32_t kind);

/* One line (without its end) that says what the step number index does. Control characters of hostile strings are escaped. */
void plan_step_text(const Plan *plan, uint32_t index, Text *text);

/* The text of a failure that berth-init reported (SYNC_FAILED), worded as the callers of OCI runtimes match it. */
void plan_step_failure(const Plan *plan, const SyncMessage *message, Text *text);

/* Words of CLONE_NEW* flags as config.json has them, comma-separated: "pid,network". */
void plan_namespaces_text(uint64_t flags, Text *text);
/* Adds a string with control characters as \xNN, so that one line stays one line. NULL adds nothing. */
void plan_escape_text(Text *text, const char *string);
/* The parenthesis of STEP_MOUNT with what it says of attributes, propagation and options, with a space before; nothing when
 * there is nothing. */
void plan_mount_options_text(const Plan *plan, const PlanStep *step, Text *text);
/* Words of MOUNT_ATTR_* that are set. */
void plan_mount_flags_text(uint32_t flags, Text *text);

/* What follows the name of STEP_SCHEDULER, STEP_MEMORY_POLICY and STEP_AFFINITY, with a space before. */
void plan_scheduling_text(const Plan *plan, const PlanStep *step, Text *text);

/* The whole plan with its sources; a numbered line a step. 0, or -EINVAL for an image that is no plan, or -ENOMEM. */
int plan_to_text(const PlanImage *image, Text *text);
/* The same as a JSON object: {"namespaces": [...], "preserveFds": n, "steps": [{"step", "kind", "text", ...}], "sources":
 * [...]}. */
int plan_to_json(const PlanImage *image, Text *text);
