/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-c/json.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macro.h"

/* Text to json-c's tree, with the checks that json-c leaves out (spec/scan.h). options are ObjectOptions of spec/field.h.
 * -EINVAL with the line, -EFBIG for more than size_max bytes. A tree of "null" is NULL. */
int tree_parse(const char *text, size_t size, size_t size_max, unsigned options, json_object **ret, Error *error);

static inline void tree_freep(json_object **tree) {
        json_object_put(*tree);
}
