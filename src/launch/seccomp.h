/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "spec/spec.h"

/* The compiled filter of a profile (plan/seccomp.h), from the cache or by libseccomp. The caller frees *ret_filter.
 * keep: whether a new one is kept in the cache. */
int seccomp_filter(const SpecSeccomp *seccomp, bool keep, void **ret_filter, size_t *ret_size, uint32_t *ret_flags, Error *error);
/* That all of its system calls are known; an error names the place of one that is not. */
int seccomp_check_profile(const SpecSeccomp *seccomp, Error *error);
