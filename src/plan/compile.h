/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "plan/builder.h"
#include "spec/spec.h"

/* A compiled seccomp filter: made by plan/seccomp.h, which is not called from here as libseccomp is loaded only where it is
 * needed. */
typedef struct PlanFilter {
        const void *bpf;        /* struct sock_filter[]; NULL: no filter */
        size_t size;            /* in bytes */
        uint32_t flags;         /* SECCOMP_FILTER_FLAG_* */
} PlanFilter;

typedef struct PlanOptions {
        const char *id;
        bool no_pivot;                  /* MS_MOVE and chroot(2) instead of pivot_root(2): a root on an initramfs */
        bool no_new_keyring;
        bool rootless;                  /* the launcher has no CAP_SYS_ADMIN: what it joins belongs to the user namespace */
        bool device_nodes;              /* the launcher can make those that a user namespace cannot */
        bool in_time_namespace;         /* exec: the init is in one, whether or not the configuration has it */
        uint32_t preserve_fds;
        char *const *environment;       /* assignments that are set in the payload's environment: LISTEN_FDS=1; NULL: none */
        PlanFilter filter;              /* of spec->os.seccomp */
        char *const *writable_paths;    /* in the container, in file systems that are read-only otherwise; NULL: none */
} PlanOptions;

/* The plan of a new container. The launcher answers, in this order: STEP_SCOPE (always there), SYNC_MAPS, SYNC_FORKED,
 * SYNC_HOOKS, SYNC_CONSOLE, SYNC_CREATED, SYNC_SECCOMP (with a listener); see plan/plan.h. Errors name the place in
 * config.json. */
int plan_compile(const Spec *spec, const PlanOptions *options, PlanImage **ret, Error *error);

/* The plan of another process in the running container of that spec. Source 0 is the pidfd of the container's init. There is
 * no STEP_SCOPE (the process is cloned into the cgroup); at STEP_CREATED the launcher sets the limits and answers at once.
 * options->no_pivot is of no meaning; options->filter is used when given. */
int plan_compile_exec(
                const Spec *spec, const SpecProcess *process, const PlanOptions *options, PlanImage **ret, Error *error);

/* The path of a device that every container has, by index from 0; NULL behind the last. */
const char *plan_default_device(size_t index);

/* CLONE_NEW* of all namespaces that a container of this spec has of its own or joins by path. */
uint64_t plan_namespaces(const Spec *spec);
