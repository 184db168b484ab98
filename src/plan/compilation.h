/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sched.h>

#include "base/text.h"
#include "plan/compile.h"

/* A compilation on its way, and the parts of which plan/compile.c makes its sequences. A part appends the steps of one matter,
 * or none when the spec does not ask for it; the builder remembers a failed allocation, so a part fails only for what the spec
 * says. */
typedef struct Compilation {
        PlanBuilder builder;
        const Spec *spec;
        const SpecProcess *process;
        const PlanOptions *options;
        bool exec;                      /* into a running container */
        uint64_t new_namespaces;        /* CLONE_NEW* */
        uint64_t joined_namespaces;
} Compilation;

typedef int (*CompilationPart)(Compilation *compilation, Error *error);

/* Others live in the pid namespace: whoever of them may trace us sees all that we hold there. */
static inline bool compilation_enters_last(const Compilation *compilation) {
        return (compilation->joined_namespaces & CLONE_NEWPID) != 0;
}

static inline uint64_t compilation_namespaces(const Compilation *compilation) {
        return compilation->new_namespaces | compilation->joined_namespaces;
}

/* Appends a step that has nothing but one string of data. */
static inline void add_data_step(Compilation *compilation, StepKind kind, const char *data) {
        PlanStep step = { .kind = kind, .data = plan_add_string(&compilation->builder, data) };

        plan_add_step(&compilation->builder, &step);
}

/* label.c */
/* The option for file systems that linux.mountLabel means, behind what data has already; none without a label. */
int compilation_add_label(const Compilation *compilation, Text *data, Error *error);

/* namespaces.c */
void compilation_read_namespaces(Compilation *compilation);
int part_join_by_host(Compilation *compilation, Error *error);
int part_time_by_host(Compilation *compilation, Error *error);
int part_scope(Compilation *compilation, Error *error);
int part_user_namespace(Compilation *compilation, Error *error);
int part_join_by_user(Compilation *compilation, Error *error);
int part_unshare_early(Compilation *compilation, Error *error);
int part_unshare(Compilation *compilation, Error *error);
int part_time_by_user(Compilation *compilation, Error *error);
/* One of both: before all that is made in the namespace when it is a new one; at the end when others live in it. */
int part_fork_early(Compilation *compilation, Error *error);
int part_fork_late(Compilation *compilation, Error *error);
int part_join_init(Compilation *compilation, Error *error);
int part_kernel_objects(Compilation *compilation, Error *error);
int part_sysctl(Compilation *compilation, Error *error);

/* mounts.c */
int part_cgroup_file_system(Compilation *compilation, Error *error);
int part_mounts(Compilation *compilation, Error *error);
int part_mounts_read_only(Compilation *compilation, Error *error);
int part_mounted(Compilation *compilation, Error *error);

/* root.c */
int part_root(Compilation *compilation, Error *error);
int part_pivot(Compilation *compilation, Error *error);

/* devices.c */
int part_devices(Compilation *compilation, Error *error);
int part_console(Compilation *compilation, Error *error);
int part_protected_paths(Compilation *compilation, Error *error);

/* hooks.c */
int part_net_devices(Compilation *compilation, Error *error);
int part_ask_hooks(Compilation *compilation, Error *error);
int part_create_container_hooks(Compilation *compilation, Error *error);
int part_start_container_hooks(Compilation *compilation, Error *error);

/* scheduling.c */
int part_affinity_initial(Compilation *compilation, Error *error);
int part_affinity_final(Compilation *compilation, Error *error);
int part_scheduling(Compilation *compilation, Error *error);

/* process.c */
int part_oom_score(Compilation *compilation, Error *error);
int part_limits(Compilation *compilation, Error *error);
int part_stdio(Compilation *compilation, Error *error);
int part_labels(Compilation *compilation, Error *error);
int part_lookup(Compilation *compilation, Error *error);
int part_seal(Compilation *compilation, Error *error);
int part_privileges(Compilation *compilation, Error *error);
int part_exec(Compilation *compilation, Error *error);
