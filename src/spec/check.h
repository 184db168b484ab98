/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "spec/spec.h"

/* Whether a configuration makes sense: the rules across fields, and those on one field that a table row cannot say. Pure.
 * All return -EINVAL and a text that begins with the property's path. Where the specification lets a runtime go on they warn
 * (log_warning). */

int spec_check(const Spec *spec, Error *error);
/* For exec --process. Errors begin with "process.". */
int spec_check_process(const SpecProcess *process, Error *error);
/* For update. Errors begin with "linux.resources.". */
int spec_check_resources(const SpecResources *resources, Error *error);
