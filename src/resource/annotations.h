/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "resource/set.h"
#include "spec/spec.h"

#define ANNOTATION_PROPERTY_PREFIX "org.systemd.property."

/* Puts the properties that annotations ask for into the set ("org.systemd.property.TimeoutStopSec": "30"). Only those of the
 * list are taken: annotations reach a runtime from people who must not command systemd (CVE-2024-3154), so any other is an
 * error. */
int annotations_compile(const SpecMap *annotations, ResourceSet *set, Error *error);
