/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* System calls, each returning a negative errno. berth-init has no libc on the architectures that it knows: a static glibc costs 0.5 ms and 24 page
 * faults at every start, twice per container (init and anchor). Elsewhere, and for sanitizers, the same calls go through libc's syscall(2). */

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#if defined(BERTH_INIT_FREESTANDING) && defined(__x86_64__)
static inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
        register long r10 __asm__("r10") = d;
        register long r8 __asm__("r8") = e;
        register long r9 __asm__("r9") = f;
        long result;

        __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
        return result;
}
#elif defined(BERTH_INIT_FREESTANDING) && defined(__aarch64__)
static inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
        register long x8 __asm__("x8") = number;
        register long x0 __asm__("x0") = a;
        register long x1 __asm__("x1") = b;
        register long x2 __asm__("x2") = c;
        register long x3 __asm__("x3") = d;
        register long x4 __asm__("x4") = e;
        register long x5 __asm__("x5") = f;

        __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
        return x0;
}
#else
long syscall6(long number, long a, long b, long c, long d, long e, long f);
#endif

#define SYSCALL_ARGUMENT(x) ((long) (uintptr_t) (x))
#define SYSCALL_7(n, a, b, c, d, e, f, ...) \
        syscall6(n, SYSCALL_ARGUMENT(a), SYSCALL_ARGUMENT(b), SYSCALL_ARGUMENT(c), SYSCALL_ARGUMENT(d), SYSCALL_ARGUMENT(e), SYSCALL_ARGUMENT(f))
/* SYSCALL(openat, fd, path, ...): up to six arguments, the rest 0. */
#define SYSCALL(name, ...) SYSCALL_7(__NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define SYSCALL_INT(name, ...) ((int) SYSCALL(name, ##__VA_ARGS__))

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);
int strcmp(const char *a, const char *b);
