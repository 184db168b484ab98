/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan/plan.h"

/* Reads a plan. Freestanding: compiled into berth-init as well as into berth. No function here needs more than what
 * plan_open() has checked. */
typedef struct Plan {
        const PlanHeader *header;
        const PlanStep *steps;
        const char *strings;
        const uint8_t *bytes;
} Plan;

/* Checks everything that can be wrong with a plan: layout, every offset, what each kind of step must have, and the ranges that
 * its interpreter relies on. The memory (aligned to 8) must stay as it is while *ret is used: map a sealed file, or own it. 0
 * or -EINVAL. */
int plan_open(const void *image, size_t size, Plan *ret);

/* A string; NULL for absent. */
const char *plan_string(const Plan *plan, PlanString string);
/* Where the bytes are; NULL when there are none. */
const void *plan_bytes(const Plan *plan, PlanBytes bytes);
/* Walks the strings of STEP_EXEC and STEP_HOOK from *offset on up to (not including) end; NULL behind the last. */
const char *plan_next_string(const Plan *plan, PlanBytes bytes, uint64_t *offset, uint64_t end);
