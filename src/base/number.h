/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

/* Strict parsing: the whole string must be the number, no sign for unsigned ones, no white space. -EINVAL for what is none, -ERANGE outside. */

int number_parse_u64(const char *string, uint64_t maximum, uint64_t *ret);
int number_parse_i64(const char *string, int64_t minimum, int64_t maximum, int64_t *ret);
int number_parse_u32(const char *string, uint32_t *ret);
int number_parse_pid(const char *string, pid_t *ret);
/* Octal, as modes are written ("0755", "755"); at most 07777. */
int number_parse_mode(const char *string, mode_t *ret);
/* Bytes with an optional suffix K, M, G, T (powers of 1024, with or without "B" or "iB", any case). */
int number_parse_size(const char *string, uint64_t *ret);

/* A set of small numbers, as in cpuset lists "0-3,7" (cpuset(7)). */
#define NUMBER_SET_MAX 8192 /* the kernel's largest CONFIG_NR_CPUS on any architecture */
typedef struct NumberSet {
        uint8_t bits[NUMBER_SET_MAX / 8];
        size_t n_bytes; /* bytes up to the highest one that is not 0 */
} NumberSet;
/* The empty string is the empty set. */
int number_set_parse(const char *string, NumberSet *ret);
