/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Opens the module with libsystemd. */

#include "base/installed.h"
#include "journal/journal.h"

const JournalFunctions *journal_load(Error *error) {
        return module_load("src/journal/berth-journal.so", "journal_functions", error);
}
