/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* System calls that are newer than a profile. A profile that denies with EPERM what it does not know breaks programs on a
 * newer libc: those try the new call first and fall back to the old one only on ENOSYS. What is larger than the largest number
 * that a profile names, the profile cannot have meant. These instructions stand before the filter; straight code, as jumps of
 * classic BPF only reach 255 instructions. */

#include "plan/seccomp-enosys.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "base/macro.h"

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))

size_t seccomp_enosys_write(const EnosysLimit *limits, size_t n_limits, struct sock_filter *ret) {
        size_t n = 0;

        for (size_t i = 0; i < n_limits; i++) {
                const EnosysLimit *limit = limits + i;
                const struct sock_filter block[] = {
                        LOAD(arch),
                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, limit->audit_arch, 0, 5),
                        LOAD(nr),
                        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, limit->first, 0, 3),
                        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, limit->end, 2, 0),
                        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, limit->largest, 0, 1),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                };

                _Static_assert(ELEMENTSOF(block) == ENOSYS_LIMIT_INSTRUCTIONS, "room that callers reserve");
                for (size_t j = 0; j < ELEMENTSOF(block); j++)
                        ret[n++] = block[j];
        }
        return n;
}
