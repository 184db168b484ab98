/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "plan/plan.h"

#define MOUNT_PROPAGATIONS_MAX 8

/* What the option words of one mount say (mounts[].options of config-linux.md, mount(8)). */
typedef struct MountOptions {
        uint32_t options;               /* PLAN_MOUNT_* */
        uint64_t attributes;            /* MOUNT_ATTR_* to set | to clear << 32, as in STEP_MOUNT */
        uint64_t attributes_recursive;
        uint64_t propagation[MOUNT_PROPAGATIONS_MAX]; /* in the order given */
        size_t n_propagation;
        bool has_flags;                 /* there is a word that is a flag of mount(2) */
        bool read_only;                 /* the last of "ro" and "rw" */
        int idmap;                      /* as in PlanSource */
        const char *idmap_value;        /* what stands behind "idmap=" or "ridmap=", in the word */
        Text superblock;                /* words for the file system as such ("sync"): for a new file system only */
        Text data;                      /* words that are in no table: the file system's own */
} MountOptions;

/* Reads the words; a NULL vector is none. The result points into them. */
int mount_options_read(char *const *words, MountOptions *ret, Error *error);
void mount_options_done(MountOptions *options);

/* All words of the table, sorted, for `berth features`. */
const char *const *plan_mount_option_words(size_t *ret_n);
