/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "spec/spec.h"

/* Makes the mount points of the configuration again that are missing in rootfs, or in what is mounted there: a
 * checkpoint may be restored over a fresh copy of the root file system, or after the directory that is bound was
 * cleared. root: an empty directory to work in. What cannot be made is CRIU's to tell. */
void mount_points_make(const Spec *spec, const char *rootfs, const char *root);
