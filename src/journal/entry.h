/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/text.h"

/* Fields of an entry in journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), appended to a text that is an entry, and becomes a datagram. */

/* NAME=value; values with a newline in the form that has the length in front. NULL: nothing. */
void entry_add(Text *entry, const char *name, const char *value);
void entry_add_bytes(Text *entry, const char *name, const void *value, size_t size);
void entry_addf(Text *entry, const char *name, const char *format, ...) PRINTF(3, 4);
