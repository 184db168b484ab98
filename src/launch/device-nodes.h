/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "plan/source.h"

/* Fills the places of fds whose source is a PLAN_SOURCE_DEVICE, negative until then, with detached mounts of such
 * nodes. The others stay as they are, and without such a source nothing is done. After a failure fds has those that were
 * opened. */
int device_nodes_open(const PlanSource *sources, size_t n_sources, int *fds, Error *error);
