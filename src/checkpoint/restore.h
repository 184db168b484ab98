/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "launch/launch.h"

/* A container from a checkpoint. It is made of its bundle as by launch() (launch/launch.h): the scope, its limits, mounts from
 * outside, namespaces that are joined and what its processes may do come from the configuration, the processes from the images. */

typedef struct RestoreOptions {
        CriuOptions criu;
        const char *name;               /* a named checkpoint of the bundle, whose description says what CRIU needs to know */
        const char *lsm_profile;        /* TYPE:NAME, instead of the configuration's */
        const char *lsm_mount_context;
} RestoreOptions;

/* launch->restore is set here. On failure everything is undone; the images stay. */
int restore(int root_fd, const RestoreOptions *options, LaunchOptions *launch, Launched *ret, Error *error);
