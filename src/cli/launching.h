/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "cli/options.h"
#include "launch/launch.h"

/* What run and restore have in common: a container is made, and in the foreground supervised to its end (cli/run.c). */

typedef int (*Launcher)(int root_fd, const Arguments *arguments, LaunchOptions *options, Launched *ret, Error *error);

/* The container's exit status, 0 with --detach, or negative errno. */
int launch_and_supervise(const Arguments *arguments, Launcher launcher, Error *error);
