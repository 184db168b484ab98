/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "resource/set.h"
#include "spec/spec.h"

/* Puts linux.resources.devices into the set, in order, and behind them what every container may use (mknod of anything; null,
 * zero, full, random, urandom, tty, ptmx and the ptys), as runc and crun do: the last rule wins, so a rule of the spec cannot
 * take these away. What no rule allows is denied. */
int devices_compile(const SpecResources *resources, ResourceSet *set, Error *error);
