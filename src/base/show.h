/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/macro.h"
#include "base/text.h"

/* What people are shown. Ids, paths, arguments and annotations are somebody else's words: on a terminal their control characters are made visible; into a pipe or a
 * file goes the very text. */

/* Writes text; lines and tabs stay. Negative errno. */
int show(FILE *stream, const char *text, size_t size);
int showf(FILE *stream, const char *format, ...) PRINTF(2, 3);
/* Adds one field of a line: lines and tabs are escaped, too, for a terminal. */
void show_field(Text *text, bool terminal, const char *field);
