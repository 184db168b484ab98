/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Seccomp profiles: libseccomp compiles what the cache does not have. */

#include "launch/seccomp.h"

#include <errno.h>
#include <stdlib.h>

#include "config.h"
#include "launch/seccomp-cache.h"
#include "plan/seccomp.h"

#if BERTH_SECCOMP
int seccomp_check_profile(const SpecSeccomp *seccomp, Error *error) {
        return seccomp_check_names(seccomp, error);
}

static int compile(const SpecSeccomp *seccomp, const SeccompCache *cache, void **ret_filter, size_t *ret_size, uint32_t *ret_flags, Error *error) {
        int r = seccomp_compile(seccomp, ret_filter, ret_size, ret_flags, error);
        CLEANUP(freep) char *library = r < 0 ? NULL : seccomp_library_path();

        if (library)
                seccomp_cache_put(cache, library, *ret_filter, *ret_size, *ret_flags);
        return r;
}
#else
int seccomp_check_profile(const SpecSeccomp *seccomp, Error *error) {
        return 0;
}

static int compile(const SpecSeccomp *seccomp, const SeccompCache *cache, void **ret_filter, size_t *ret_size, uint32_t *ret_flags, Error *error) {
        return error_set(error, -EOPNOTSUPP, "linux.seccomp: this berth was built without libseccomp");
}
#endif

int seccomp_filter(const SpecSeccomp *seccomp, bool keep, void **ret_filter, size_t *ret_size, uint32_t *ret_flags, Error *error) {
        CLEANUP(seccomp_cache_done) SeccompCache cache = SECCOMP_CACHE_NONE;

        if (keep)
                seccomp_cache_open(&cache, secure_getenv("BERTH_SECCOMP_CACHE"), seccomp, "/proc/self/exe");
        if (seccomp_cache_get(&cache, ret_filter, ret_size, ret_flags))
                return 0;
        return compile(seccomp, &cache, ret_filter, ret_size, ret_flags, error);
}
