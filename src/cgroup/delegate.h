/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"

/* Cgroups of our own below one that systemd has delegated (https://systemd.io/CGROUP_DELEGATION): podman --cgroups=split, and so each Quadlet. */

typedef struct Delegation {
        char *cgroup;           /* the path that was asked about, without ".", "//" and a trailing slash */
        char *unit_cgroup;      /* of the unit that has Delegate=, above it */
        char *unit;             /* its name */
} Delegation;

/* 1: the path is below the cgroup of a unit with Delegate= that the caller is in too, and that belongs to the caller's user. 0: it is not. */
int cgroup_find_delegation(const char *path, Delegation *ret);
void delegation_done(Delegation *delegation);

/* Makes the cgroup, which must be below unit_cgroup, and what is missing above it, with all controllers passed on that can be. An empty one that is there
 * already is made anew. Returns its descriptor, and how many directories of the path's end are new. -EEXIST: it is in use. */
int cgroup_make(const char *unit_cgroup, const char *path, size_t *ret_n_made, Error *error);
/* Removes the last n directories of the path, as far as they are empty. */
void cgroup_unmake(const char *path, size_t n);
/* Removes the cgroup and what its processes have made in it, once all of them are gone. deadline_usec: usec_monotonic(); the last of them may still be on its
 * way out. 0 also when it is not there; -EBUSY. */
int cgroup_remove(const char *path, uint64_t deadline_usec);
