/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "plan/plan.h"

/* What the launcher opens for a plan, on the host and with the host's rights, before berth-init runs: namespaces to be joined and mounts that a
 * user namespace may not make itself. Source number i of a plan is entry i of this list; the descriptors travel in that order (SYNC_SOURCES). */

typedef enum PlanSourceKind {
        PLAN_SOURCE_NAMESPACE,  /* path: namespace file; flags: CLONE_NEW* that it must be */
        PLAN_SOURCE_INIT,       /* the pidfd of a container's init, for exec; path is NULL */
        PLAN_SOURCE_MOUNT,      /* path: what is bound; a detached clone of it */
        PLAN_SOURCE_IDMAP,      /* the user namespace for a mount that berth-init makes (PLAN_MOUNT_SOURCE_BELOW); path, flags as for PLAN_SOURCE_MOUNT */
        PLAN_SOURCE_CREDENTIALS, /* a file system that the launcher makes; path is NULL */
        PLAN_SOURCE_DEVICE,     /* a device node that the launcher makes; path: as in the container; flags: mode with S_IFMT */
} PlanSourceKind;

typedef struct PlanSourceMap {
        uint32_t container_id, host_id, size;
} PlanSourceMap;

typedef struct PlanSource {
        PlanSourceKind kind;
        char *path;
        uint64_t flags;         /* CLONE_NEW*; or OPEN_TREE_*-like: PLAN_MOUNT_RECURSIVE, PLAN_MOUNT_SOURCE_NOFOLLOW, PLAN_MOUNT_SHARED */
        uint32_t step;          /* the step that uses it, for the text of a failure */
        /* id-mapped mount: by the maps, or as the user namespace has them that the container joins */
        char *user_namespace;   /* its path, or NULL */
        int idmap;              /* 0: no, 1: this mount, 2: recursively */
        PlanSourceMap *uid_maps, *gid_maps;
        size_t n_uid_maps, n_gid_maps;
        /* device */
        uint32_t major, minor;
        uint32_t uid, gid;      /* on the host */
        bool host_first;        /* nothing was said of owner and mode: the host's node of that path, if it is this device */
} PlanSource;
