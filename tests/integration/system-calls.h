/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For its macros: tests/integration/test-filter takes the names of all system calls from them. */

#include <sys/syscall.h>
