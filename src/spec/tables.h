/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "spec/field.h"
#include "spec/spec.h"

/* The tables of config.json, and the words of its enums for those who print or look up one (features, plan). */

OBJECT_TYPE_DECLARE(spec_type, Spec);
OBJECT_TYPE_DECLARE(spec_process_type, SpecProcess);
OBJECT_TYPE_DECLARE(spec_hooks_type, SpecHooks);
OBJECT_TYPE_DECLARE(spec_id_map_type, SpecIdMap);
OBJECT_TYPE_DECLARE(spec_os_type, SpecOs);
OBJECT_TYPE_DECLARE(spec_resources_type, SpecResources);
OBJECT_TYPE_DECLARE(spec_seccomp_type, SpecSeccomp);

extern const FieldWord spec_rlimit_types[];
extern const FieldWord spec_scheduler_policies[];
extern const FieldWord spec_scheduler_flags[];
extern const FieldWord spec_io_priority_classes[];
extern const FieldWord spec_namespace_types[];
extern const FieldWord spec_device_types[];
extern const FieldWord spec_device_rule_types[];
extern const FieldWord spec_propagations[];
extern const FieldWord spec_personality_domains[];
extern const FieldWord spec_memory_policy_modes[];
extern const FieldWord spec_memory_policy_flags[];
extern const FieldWord spec_seccomp_actions[];
extern const FieldWord spec_seccomp_operators[];
extern const FieldWord spec_seccomp_architectures[];
extern const FieldWord spec_seccomp_flags[];

/* Names of capabilities(7) by number, ending in NULL; those of Linux 5.9 and later: 41. */
extern const char *const spec_capabilities[];
