/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/text.h"
#include "resource/set.h"

/* A resource set for people: "MemoryMax=52428800" as in a unit file, "cpu.max.burst = 1000" for a file, "device allow c 1:3
 * rwm" for a rule; a line each. */
void resource_to_text(const ResourceSet *set, Text *text);
/* The same as one JSON object {unit, slice, properties, files, devices}, with cgroup and supervisingUnit instead of the first two where there is no unit. */
void resource_to_json(const ResourceSet *set, Text *text);
/* The value alone: "infinity" for UINT64_MAX, "yes", arrays with spaces between. */
void property_value_to_text(const Property *property, Text *text);
