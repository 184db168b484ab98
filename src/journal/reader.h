/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-journal.h>

#include "journal/journal.h"

/* Private to this folder. */

int reader_print(const LogsQuery *query, uint64_t *ret_entries, Error *error);

int reader_last_line(const char *unit, bool user_manager, uint64_t since_usec, char **ret);

/* Writes the entry that the journal stands at. -EPIPE when nobody reads stdout any more. */
int print_entry(sd_journal *journal, LogsFormat format);
