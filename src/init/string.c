/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a compiler expects of every environment, freestanding or not, and the entry point. Only built where berth-init has no libc. */

#include "init/syscall.h"

int berth_init_main(int argc, char **argv);

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
        char *t = to;
        const char *f = from;

        while (size-- > 0)
                *t++ = *f++;
        return to;
}

void *memmove(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size) {
        char *t = to;
        const char *f = from;

        if (t < f)
                return memcpy(to, from, size);
        while (size-- > 0)
                t[size] = f[size];
        return to;
}

void *memset(void *to, int byte, size_t size) {
        char *t = to;

        while (size-- > 0)
                *t++ = (char) byte;
        return to;
}

int memcmp(const void *a, const void *b, size_t size) {
        const unsigned char *x = a, *y = b;

        for (; size > 0; size--, x++, y++)
                if (*x != *y)
                        return *x - *y;
        return 0;
}

size_t strlen(const char *string) {
        size_t n = 0;

        while (string[n])
                n++;
        return n;
}

int strcmp(const char *a, const char *b) {
        while (*a && *a == *b)
                a++, b++;
        return (unsigned char) *a - (unsigned char) *b;
}

/* The kernel enters with argc on top of the stack and argv above it. */
__attribute__((noreturn, used)) void berth_init_start(long *stack);
void berth_init_start(long *stack) {
        int status = berth_init_main((int) stack[0], (char **) (stack + 1));

        SYSCALL(exit_group, status);
        __builtin_trap(); /* a filter has refused even that */
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall berth_init_start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl berth_init_start\n");
#endif
