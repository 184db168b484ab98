/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/log.h"
#include "plan/seccomp.h"

/* What the private module with libseccomp exports. */
typedef struct SeccompFunctions {
        const char *version;    /* of berth; a module of another version is refused */
        int (*compile)(const SpecSeccomp *seccomp, void **ret_bpf, size_t *ret_size, uint32_t *ret_flags, Error *error);
        /* The module's own copy of base/log.h. */
        void (*log_open)(int fd, LogFormat format, LogLevel maximum);
        const char *(*library_path)(void); /* where libseccomp was loaded from, or NULL */
} SeccompFunctions;

extern const SeccompFunctions seccomp_functions;
