/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The entry point where berth-init is linked with libc: other architectures, sanitizers, coverage. */

#include <errno.h>
#include <unistd.h>

#include "init/syscall.h"

int berth_init_main(int argc, char **argv);

long syscall6(long number, long a, long b, long c, long d, long e, long f) {
        long result = syscall(number, a, b, c, d, e, f);

        return result < 0 ? -errno : result;
}

int main(int argc, char **argv) {
        return berth_init_main(argc, argv);
}
