/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "resource/set.h"
#include "spec/spec.h"

/* Pressure that the payload watches, as systemd gives it to services ($MEMORY_PRESSURE_WATCH, systemd.io/PRESSURE). */

/* What the annotation org.berth.pressure asks for: variables in the spec, files of the cgroup that become the
 * payload's user's in the set, and the paths in the container that must be writable. */
int pressure_compile(Spec *spec, ResourceSet *set, char ***ret_writable_paths, Error *error);
