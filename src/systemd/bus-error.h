/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/* What systemd says, as errno. */

/* The negative errno that callers decide by, for the name of a D-Bus error; 0 for one of which only the text counts. */
int bus_error_name_to_errno(const char *name);
/* How a job ended (JobRemoved's result), as errno with "action unit: why". */
int job_result_report(const char *result, const char *action, const char *unit, Error *error);
