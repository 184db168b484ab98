/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A system call between the load of a seccomp filter and the payload. */
typedef struct FilteredCall {
        const char *name;
        bool always;            /* false: only after a failure */
        const char *reason;
} FilteredCall;

/* By index from 0; NULL behind the last. */
const FilteredCall *plan_filtered_call(size_t index);
