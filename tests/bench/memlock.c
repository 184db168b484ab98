/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded into a runtime that insists on raising RLIMIT_MEMLOCK, where the machine does not let it: it is told that it did. Without this such a runtime
 * could not be measured there at all; it costs it some tenths of a millisecond, and the benchmark says that it was used. */

/* Else the header makes one symbol of the two. */
#undef _FILE_OFFSET_BITS

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
        if (resource == RLIMIT_MEMLOCK)
                return 0;
        return (int) syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit) {
        if (resource == RLIMIT_MEMLOCK)
                return 0;
        return (int) syscall(SYS_prlimit64, 0, resource, limit, NULL);
}
