/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Seccomp profiles. libseccomp costs more to load than most verbs take, so it is in a module of its own that is opened for a container with a profile.
 * Invariant: the module is taken from where it was installed, or beside a berth in its build tree, whatever the environment says. */

#include "container/seccomp.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strv.h"
#include "config.h"
#include "container/seccomp-cache.h"
#include "plan/seccomp-module.h"

static const char *module_path(void) {
        char program[4096];
        ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

        if (n > 0) {
                program[n] = '\0';
                if (startswith(program, BERTH_BUILD_DIR "/"))
                        return BERTH_BUILD_DIR "/src/plan/berth-seccomp.so";
        }
        return BERTH_MODULE_DIR "/berth-seccomp.so";
}

static const SeccompFunctions *load(Error *error) {
        const SeccompFunctions *functions;
        void *module = dlopen(module_path(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

        if (!module) {
                error_set(error, -ELIBACC, "linux.seccomp: %s", dlerror());
                return NULL;
        }
        functions = dlsym(module, "seccomp_functions");
        if (!functions || !streq(functions->version, BERTH_VERSION)) {
                error_set(error, -ELIBBAD, "linux.seccomp: %s is not of this version of berth", module_path());
                return NULL;
        }
        log_share(functions->log_open);
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

        if (keep)
                seccomp_cache_open(&cache, secure_getenv("BERTH_SECCOMP_CACHE"), seccomp, module_path());
        if (seccomp_cache_get(&cache, ret_filter, ret_size, ret_flags))
                return 0;
        return compile(seccomp, &cache, ret_filter, ret_size, ret_flags, error);
}
