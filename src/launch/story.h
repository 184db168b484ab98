/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "launch/compile.h"
#include "plan/reader.h"

/* What --debug tells of a launch, line by line. Where debug lines are not wanted each of these is one comparison. */

/* What the bundle became: the spec, the unit with its properties and files, the steps. */
void story_compiled(const Compiled *compiled, const Plan *plan);
/* The steps alone, of an exec. */
void story_plan(const Plan *plan);
/* Now, for story_stage(); 0 where nothing is told. */
uint64_t story_clock(void);
void story_stage(const char *name, uint64_t since_usec);
