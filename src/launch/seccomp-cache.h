/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resource/hash.h"
#include "spec/spec.h"

/* Compiled seccomp filters, kept from one start to the next: compiling a large profile takes longer than everything else together. An entry is
 * found by the digest of all that a filter depends on, and verified before it is used. The cache belongs to the user that runs berth. */

typedef struct SeccompCache {
        int dir_fd;                     /* -EBADF: there is none, and nothing is found or kept */
        uint8_t key[SHA256_SIZE];
        char name[2 * SHA256_SIZE + 1];
} SeccompCache;

#define SECCOMP_CACHE_NONE ((SeccompCache) { .dir_fd = -EBADF })

/* directory: NULL for the usual one. program: its file, which is part of the key. A cache that cannot be used is no error. */
void seccomp_cache_open(SeccompCache *cache, const char *directory, const SpecSeccomp *seccomp, const char *program);
/* Whether the filter was there; then it is the caller's to free. */
bool seccomp_cache_get(const SeccompCache *cache, void **ret_filter, size_t *ret_size, uint32_t *ret_flags);
/* Keeps a filter. library_path: the libseccomp that made it; another one makes the entry worthless. */
void seccomp_cache_put(const SeccompCache *cache, const char *library_path, const void *filter, size_t size, uint32_t flags);
void seccomp_cache_done(SeccompCache *cache);
