/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds what belongs to a program. Invariant: it is taken from where it was installed and from nowhere else, whatever the environment says; only a program
 * that lies in the tree it was built in takes the one beside it. */

#include "base/installed.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/strv.h"
#include "config.h"

char *installed_path(const char *built, const char *installed) {
        char program[PATH_MAX], *path;
        ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

        if (n > 0) {
                program[n] = '\0';
                if (startswith(program, BERTH_BUILD_DIR "/"))
                        return asprintf(&path, BERTH_BUILD_DIR "/%s", built) < 0 ? NULL : path;
        }
        return strdup(installed);
}

char *module_path(const char *built) {
        CLEANUP(freep) char *installed = NULL;

        if (asprintf(&installed, BERTH_MODULE_DIR "%s", strrchr(built, '/')) < 0)
                return NULL;
        return installed_path(built, installed);
}

const void *module_load(const char *built, const char *symbol, Error *error) {
        CLEANUP(freep) char *path = module_path(built);
        const char *const *functions;
        void *module;

        if (!path) {
                error_set(error, -ENOMEM, "out of memory");
                return NULL;
        }
        module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (!module) {
                error_set(error, -ELIBACC, "%s", dlerror());
                return NULL;
        }
        functions = dlsym(module, symbol);
        if (!functions || !streq(*functions, BERTH_VERSION)) {
                error_set(error, -ELIBBAD, "%s is not of this version of berth", path);
                return NULL;
        }
        return functions;
}
