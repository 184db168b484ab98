/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/error.h"

typedef struct ScanResult {
        size_t end;             /* bytes up to the end of the first value */
        size_t n_members;       /* properties of all objects in it */
} ScanResult;

/* Looks over JSON text before json-c does, for what json-c lets pass. -EINVAL and a text with line and column. */
int scan_json(const char *text, size_t size, ScanResult *ret, Error *error);

/* Line of the byte at offset, from 1. */
size_t scan_line(const char *text, size_t offset);
