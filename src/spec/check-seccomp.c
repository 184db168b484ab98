/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sense of "linux.seccomp" (runtime-spec config-linux.md, Seccomp). */

#include <errno.h>
#include <stdio.h>

#include "base/strv.h"
#include "spec/check-parts.h"
#include "spec/tables.h"

/* The kernel cuts SECCOMP_RET_ERRNO's value to MAX_ERRNO. */
#define ERRNO_MAX 4095

static int check_errno(SpecSeccompAction action, OptionalU32 value, const char *place, Error *error) {
        if (!value.set)
                return 0;
        if (action != SPEC_SECCOMP_ERRNO && action != SPEC_SECCOMP_TRACE)
                return error_set(error, -EINVAL, "%s: has no meaning with %s", place,
                                 field_word_name(spec_seccomp_actions, action));
        if (value.value > ERRNO_MAX)
                return error_set(error, -EINVAL, "%s: is greater than %d", place, ERRNO_MAX);
        return 0;
}

static int check_syscall(const SpecSeccomp *seccomp, size_t i, Error *error) {
        const SpecSeccompSyscall *syscall = seccomp->syscalls + i;
        char place[64];

        (void) snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].errnoRet", i);
        if (syscall->action != SPEC_SECCOMP_NOTIFY)
                return check_errno(syscall->action, syscall->errno_ret, place, error);
        if (isempty(seccomp->listener_path))
                return error_set(error, -EINVAL, "linux.seccomp.listenerPath: is required with SCMP_ACT_NOTIFY");
        /* berth-init needs write() to hand the descriptor over when the filter is loaded already: it would wait for itself. */
        if (strv_contains(syscall->names, "write"))
                return error_set(
                        error, -EINVAL,
                        "SCMP_ACT_NOTIFY cannot be used for the write syscall: linux.seccomp.syscalls[%zu].action", i);
        return check_errno(syscall->action, syscall->errno_ret, place, error);
}

int check_seccomp(const SpecSeccomp *seccomp, Error *error) {
        int r;

        if (seccomp->default_action == SPEC_SECCOMP_NOTIFY)
                return error_set(error, -EINVAL, "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default");
        if (!isempty(seccomp->listener_metadata) && isempty(seccomp->listener_path))
                return error_set(error, -EINVAL, "linux.seccomp.listenerMetadata: needs listenerPath");
        if (!isempty(seccomp->listener_path) && seccomp->listener_path[0] != '/')
                return error_set(error, -EINVAL, "linux.seccomp.listenerPath: must be absolute");
        r = check_errno(seccomp->default_action, seccomp->default_errno_ret, "linux.seccomp.defaultErrnoRet", error);
        for (size_t i = 0; i < seccomp->n_syscalls && r >= 0; i++)
                r = check_syscall(seccomp, i, error);
        return r;
}
