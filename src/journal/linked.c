/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is read from the journal by libsystemd, as a table; a program that is linked with this file has it. */

#include "journal/reader.h"

const JournalFunctions journal_functions = {
        .print = reader_print,
        .last_line = reader_last_line,
};
