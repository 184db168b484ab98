/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "spec/spec.h"

/* Compiles linux.seccomp to BPF. *ret_bpf is struct sock_filter[], *ret_size its bytes, for the caller to free; *ret_flags are
 * SECCOMP_FILTER_FLAG_* for seccomp(2), with NEW_LISTENER when an action asks for it. No system call but that for a memfd. */
int seccomp_compile(const SpecSeccomp *seccomp, void **ret_bpf, size_t *ret_size, uint32_t *ret_flags, Error *error);
/* -EINVAL, with its place, for a name that libseccomp does not know; seccomp_compile() skips it. */
int seccomp_check_names(const SpecSeccomp *seccomp, Error *error);
/* The file that libseccomp is in, which is the program itself where it is linked in. The caller frees it; NULL: not known. */
char *seccomp_library_path(void);
