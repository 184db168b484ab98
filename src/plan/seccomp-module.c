/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The only symbol of the module with libseccomp. */

#include "plan/seccomp-module.h"

#include <dlfcn.h>
#include <seccomp.h>

#include "config.h"

static const char *library_path(void) {
        Dl_info info;
        const void *function = (const void *) (uintptr_t) seccomp_version;

        return dladdr(function, &info) != 0 ? info.dli_fname : NULL;
}

__attribute__((visibility("default"))) const SeccompFunctions seccomp_functions = {
        .version = BERTH_VERSION,
        .compile = seccomp_compile,
        .log_open = log_open,
        .library_path = library_path,
};
