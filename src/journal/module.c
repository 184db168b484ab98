/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the module exports. */

#include "config.h"
#include "journal/reader.h"

__attribute__((visibility("default"))) const JournalFunctions journal_functions = {
        .version = BERTH_VERSION,
        .print = reader_print,
        .last_line = reader_last_line,
};
