/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

#include "base/macro.h"
#include "plan/source.h"

/* What a compilation gives: the plan as one block, and what the launcher has to open for it. */
typedef struct PlanImage {
        void *bytes;            /* PlanHeader and all that follows it; aligned for it */
        size_t size;
        PlanSource *sources;
        size_t n_sources;
} PlanImage;

PlanImage *plan_image_free(PlanImage *image);
DEFINE_CLEANUP(PlanImage *, plan_image_free)

/* Makes a plan. The first failure (no memory, larger than PLAN_SIZE_MAX) is remembered and everything after it does nothing,
 * so a writer checks once, in plan_builder_finish(). Initialise with {}, end with plan_builder_done(). */
typedef struct PlanBuilder {
        PlanStep *steps;
        size_t n_steps, steps_allocated;
        char *strings;
        size_t strings_size, strings_allocated;
        PlanString *index;      /* hash table of the strings: a power of two of places, at most half of them taken */
        size_t index_size, n_index;
        uint8_t *bytes;
        size_t bytes_size, bytes_allocated;
        PlanSource *sources;
        size_t n_sources, sources_allocated;
        uint64_t clone_flags;   /* as in PlanHeader */
        uint32_t preserve_fds;
        int failed;             /* negative errno of the first failure */
} PlanBuilder;

/* The string's place; the same one for the same string. NULL is 0, absent. */
PlanString plan_add_string(PlanBuilder *builder, const char *string);
/* The same for the first length bytes of a string. */
PlanString plan_add_string_n(PlanBuilder *builder, const char *string, size_t length);

/* Appends bytes; no bytes are {}. */
PlanBytes plan_add_bytes(PlanBuilder *builder, const void *bytes, size_t size);
/* argv and the environment as STEP_EXEC and STEP_HOOK hold them; *ret_argv_size is the size of the first part. */
PlanBytes plan_add_argv(PlanBuilder *builder, char *const *argv, char *const *environment, uint64_t *ret_argv_size);

/* Appends a copy of the step. */
void plan_add_step(PlanBuilder *builder, const PlanStep *step);
/* The number that the next step gets. */
static inline uint32_t plan_next_step(const PlanBuilder *builder) {
        return (uint32_t) builder->n_steps;
}

/* Appends a source, with copies of the path and the maps; returns its number. */
uint32_t plan_add_source(PlanBuilder *builder, const PlanSource *source);

/* Lays everything out. 0, -ENOMEM, or -E2BIG for a plan larger than PLAN_SIZE_MAX. The builder is empty afterwards in every
 * case. */
int plan_builder_finish(PlanBuilder *builder, PlanImage **ret);
void plan_builder_done(PlanBuilder *builder);
