/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "plan/source.h"

/* Reads "uids=FILE-HOST-SIZE#...;gids=...", what stands behind "idmap=" (an extension of crun). A list that begins with "@"
 * counts its HOST ids inside the container's user namespace, whose maps are given. The maps in *ret are allocated:
 * mount_idmap_done(). */
int mount_idmap_read(
                const char *value,
                const PlanSourceMap *uid_maps,
                size_t n_uid_maps,
                const PlanSourceMap *gid_maps,
                size_t n_gid_maps,
                PlanSource *ret,
                Error *error);
void mount_idmap_done(PlanSource *source);
