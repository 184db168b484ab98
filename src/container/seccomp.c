/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Seccomp profiles. libseccomp costs more to load than most verbs take, so it is in a module of its own that is opened for a container with a
 * profile that the cache does not have. */

#include "container/seccomp.h"

#include <errno.h>
#include <stdlib.h>

#include "base/installed.h"
#include "container/seccomp-cache.h"
#include "plan/seccomp-module.h"

#define MODULE "src/plan/berth-seccomp.so"

static const SeccompFunctions *load(Error *error) {
        const SeccompFunctions *functions = module_load(MODULE, "seccomp_functions", error);

        if (functions)
                log_share(functions->log_open);
        else
                error_prefix(error, "linux.seccomp");
        return functions;
}

static int compile(const SpecSeccomp *seccomp, const SeccompCache *cache, void **ret_filter, size_t *ret_size, uint32_t *ret_flags, Error *error) {
        const SeccompFunctions *functions = load(error);
        const char *library;
        int r;

        if (!functions)
                return -ELIBACC;
        r = functions->compile(seccomp, ret_filter, ret_size, ret_flags, error);
        library = functions->library_path();
        if (r >= 0 && library)
                seccomp_cache_put(cache, library, *ret_filter, *ret_size, *ret_flags);
        return r;
}

int seccomp_filter(const SpecSeccomp *seccomp, bool keep, void **ret_filter, size_t *ret_size, uint32_t *ret_flags, Error *error) {
        CLEANUP(seccomp_cache_done) SeccompCache cache = SECCOMP_CACHE_NONE;
        CLEANUP(freep) char *module = keep ? module_path(MODULE) : NULL;

        if (module)
                seccomp_cache_open(&cache, secure_getenv("BERTH_SECCOMP_CACHE"), seccomp, module);
        if (seccomp_cache_get(&cache, ret_filter, ret_size, ret_flags))
                return 0;
        return compile(seccomp, &cache, ret_filter, ret_size, ret_flags, error);
}
