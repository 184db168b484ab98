/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

/* FIPS 180-4. */
void sha256(const void *bytes, size_t size, uint8_t ret[static SHA256_SIZE]);
