/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "spec/value.h"

/* What the rest of the program knows and the spec layer's tables do not say. */
typedef struct Features {
        char *const *mount_options;             /* strv, in the order to print */
        char *const *unsafe_annotations;        /* strv: annotations that change the runtime, or prefixes ending in "." */
        bool seccomp;
        SpecSet seccomp_flags;                  /* of SpecSeccompFlag: those that can be set here */
        bool apparmor;
        bool selinux;
        SpecMap annotations;                    /* facts for people, such as versions */
} Features;

/* The text of `features` (runtime-spec features.md and features-linux.md), indented, with a newline at the end. NULL without
 * memory. */
char *features_to_json(const Features *features);
