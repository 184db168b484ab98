/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Opens the module. Invariant: it is taken from where it was installed and from nowhere else, whatever the environment says;
 * only a program that lies in the tree it was built in takes the one beside it. */

#include "journal/journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "config.h"

#define MODULE "berth-journal.so"

static const char *module_path(void) {
        char program[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

        if (n > 0) {
                program[n] = '\0';
                if (startswith(program, BERTH_BUILD_DIR "/"))
                        return BERTH_BUILD_DIR "/src/journal/" MODULE;
        }
        return BERTH_MODULE_DIR "/" MODULE;
}

const JournalFunctions *journal_load(Error *error) {
        const char *path = module_path();
        const JournalFunctions *functions;
        void *module;

        module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (!module) {
                error_set(error, -ELIBACC, "%s", dlerror());
                return NULL;
        }
        functions = dlsym(module, "journal_functions");
        if (!functions || !streq(functions->version, BERTH_VERSION)) {
                error_set(error, -ELIBBAD, "%s is not of this version of berth", path);
                return NULL;
        }
        return functions;
}
