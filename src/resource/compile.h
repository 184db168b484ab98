/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "resource/name.h"
#include "resource/set.h"
#include "spec/spec.h"

/* From a spec to a resource set. Pure: nothing is asked of the kernel or of systemd. */

/* For a new container: unit, slice, berth's own properties, limits (linux.resources, unified, annotations), device rules.
 * In a cgroup below a delegated one there is no unit, and all limits are files. Errors name the field: "linux.resources.memory.limit: ...". */
int resource_compile(const Spec *spec, const char *id, const Placement *placement, ResourceSet **ret, Error *error);

/* True when a unit with this Description= may be of that container: berth's own words, or what its annotations ask for. */
bool description_is_of(const char *description, const char *id, const SpecMap *annotations);

/* For an update of a running one: what changes speak of, and what is another value because of them (the swap limit, when the memory limit changes),
 * without unit, slice and berth's own properties. before: what was set until now (NULL: nothing); merged: spec_resources_merge() of both. Nothing
 * else is in the set, so that what an administrator has set stays. files: the container's cgroup is none of systemd's, so all becomes files. */
int resource_compile_update(
                const SpecResources *before, const SpecResources *changes, const SpecResources *merged, bool files, ResourceSet **ret, Error *error);

/* The device rules alone. */
int resource_compile_devices(const SpecResources *resources, ResourceSet **ret, Error *error);
