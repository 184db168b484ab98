/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "plan/source.h"

/* User namespace maps, user_namespaces(7). */

/* Writes uid_map and gid_map of a process in a new user namespace: directly with privileges or for the caller's own ids alone, else by
 * newuidmap(1) and newgidmap(1). setgroups(2) is denied where the kernel demands it. */
int maps_write(pid_t pid, const PlanSourceMap *uid_maps, size_t n_uid_maps, const PlanSourceMap *gid_maps, size_t n_gid_maps, Error *error);

/* A descriptor of a new user namespace with these maps in which no process runs, for id-mapped mounts. */
int user_namespace_make(
                const PlanSourceMap *uid_maps, size_t n_uid_maps, const PlanSourceMap *gid_maps, size_t n_gid_maps, Error *error);
