/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-journal.h>

#include "journal/journal.h"

/* Private to the module. */

int reader_print(const LogsQuery *query, uint64_t *ret_entries, Error *error);

/* Writes the entry that the journal stands at. -EPIPE when nobody reads stdout any more. */
int print_entry(sd_journal *journal, LogsFormat format);
