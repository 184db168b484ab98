/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Names of units and slices (systemd.unit(5), systemd.slice(5)). */

#define UNIT_NAME_LENGTH_MAX 255 /* systemd's limit, and NAME_MAX for the cgroup's directory */

/* What decides where a container will be, beside its spec. */
typedef struct Placement {
        bool user_manager;              /* the unit is one of the calling user's systemd */
        bool no_paths;                  /* --systemd-cgroup: a plain path has no unit */
        uint32_t spread_slices;
        const char *cgroup;             /* linux.cgroupsPath, when it is below a cgroup that is delegated to the caller (cgroup/delegate.h); else NULL */
        const char *supervising_unit;   /* to which that belongs, */
        const char *delegated_cgroup;   /* and its cgroup */
} Placement;

/* The unit of a container and its slice, from linux.cgroupsPath (NULL or "": berth's own) and the container's id. Accepted
 * forms:
 *   ""                      berth.slice, berth-ID.scope; with spread_slices other than 0 one of as many slices below berth.slice, berth-0.slice and on
 *   "slice:prefix:name"     that slice ("" is system.slice, for a user's manager user.slice; "-" the root slice),
 *                           prefix-name.scope, or name.scope with an empty prefix
 *   "name"                  name.scope in the slice for ""
 *   "/parent/name"          a path of the cgroup file system: berth-parent-name.scope in parent.slice, each component escaped as systemd-escape(1) does
 *                           with --path ("-" becomes "\x2d"), "/name" in the slice for ""; parents that are slices by name and place stay what they
 *                           are. Refused with no_paths. */
int resource_name(const char *cgroups_path, const char *id, const Placement *placement, char **ret_slice, char **ret_unit, Error *error);

/* True for the name of a slice unit: "a-b.slice", "-.slice". */
bool slice_name_is_valid(const char *name);
bool unit_name_is_valid(const char *name);

/* Where systemd puts a slice's cgroup, below its own root: "/a.slice/a-b.slice" for "a-b.slice", "/" for "-.slice". No
 * interface that systemd promises: good for a guess that is checked. NULL without memory. */
char *slice_to_cgroup_path(const char *slice);

/* The object name that stands for a string in a unit's name: what a unit name cannot hold is escaped as \xNN. Different
 * strings never give the same result; a result that would be longer than maximum (at least 64) is cut and ends in a hash. NULL
 * without memory. */
char *unit_name_escape(const char *string, size_t maximum);
