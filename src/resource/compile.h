/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "resource/set.h"
#include "spec/spec.h"

/* From a spec to a resource set. Pure: nothing is asked of the kernel or of systemd. */

/* For a new container: unit, slice, berth's own properties, limits (linux.resources, unified, annotations), device rules.
 * user_manager: the unit is one of the calling user's systemd. Errors name the field: "linux.resources.memory.limit: ...". */
int resource_compile(const Spec *spec, const char *id, bool user_manager, ResourceSet **ret, Error *error);

/* For an update of a running one: only what is set in resources, without unit, slice and berth's own properties. */
int resource_compile_update(const SpecResources *resources, ResourceSet **ret, Error *error);
