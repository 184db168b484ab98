/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

/* The small values that the models are made of. All of them are valid when zeroed, and then mean "absent". */

typedef struct OptionalBool {
        bool value;
        bool set;
} OptionalBool;

typedef struct OptionalU32 {
        uint32_t value;
        bool set;
} OptionalU32;

typedef struct OptionalI32 {
        int32_t value;
        bool set;
} OptionalI32;

typedef struct OptionalU64 {
        uint64_t value;
        bool set;
} OptionalU64;

typedef struct OptionalI64 {
        int64_t value;
        bool set;
} OptionalI64;

/* A list of words of one enum, in which neither order nor repetition means anything: bit n stands for enum value n. An empty
 * list is set. */
typedef struct SpecSet {
        uint64_t mask;
        bool set;
} SpecSet;

static inline bool spec_set_has(SpecSet set, unsigned value) {
        return value < 64 && (set.mask & (UINT64_C(1) << value));
}

/* Strings by name, in the order of the text; a repeated name is the last one's value. */
typedef struct SpecPair {
        char *key;
        char *value;
} SpecPair;

typedef struct SpecMap {
        SpecPair *items;
        size_t n_items;
} SpecMap;

/* The value, or NULL. */
const char *spec_map_get(const SpecMap *map, const char *key);
/* Sets or replaces. 0 or -ENOMEM. */
int spec_map_set(SpecMap *map, const char *key, const char *value);
int spec_map_copy(const SpecMap *map, SpecMap *ret);
/* Frees the content. */
void spec_map_done(SpecMap *map);
