/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "launch/compile.h"
#include "launch/launch.h"

/* From the options, else the unit properties KillSignal and TimeoutStopUSec that an annotation has set, else the
 * annotation org.opencontainers.image.stopSignal, else what the payload is (systemd(1), SIGNALS); and puts into the
 * set what systemd needs to do the same when there is no supervisor, and to have patience when there is one. */
int stop_rule_compile(const LaunchOptions *options, Compiled *compiled, Error *error);
