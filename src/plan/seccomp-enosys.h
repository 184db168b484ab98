/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* One architecture of a filter and the largest system call number that its profile knows there. */
typedef struct EnosysLimit {
        uint32_t audit_arch;    /* AUDIT_ARCH_* */
        uint32_t first;         /* x32 shares its AUDIT_ARCH with x86_64; its numbers begin here. 0 otherwise */
        uint32_t end;           /* numbers from here on are not this architecture's; UINT32_MAX: none */
        uint32_t largest;
} EnosysLimit;

#define ENOSYS_LIMIT_INSTRUCTIONS 7

/* Writes instructions that answer ENOSYS to numbers above the limits and else go on behind themselves;
 * ENOSYS_LIMIT_INSTRUCTIONS for each limit are needed. Returns how many were written. */
size_t seccomp_enosys_write(const EnosysLimit *limits, size_t n_limits, struct sock_filter *ret);
