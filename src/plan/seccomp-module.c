/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The only symbol of the module with libseccomp. */

#include "plan/seccomp-module.h"

#include "config.h"

__attribute__((visibility("default"))) const SeccompFunctions seccomp_functions = {
        .version = BERTH_VERSION,
        .compile = seccomp_compile,
        .log_open = log_open,
        .version_text = seccomp_version_text,
};
