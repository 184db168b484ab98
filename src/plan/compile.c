/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The order of steps: the one place that knows it. Both sequences are tables of parts (plan/compilation.h); a part adds
 * nothing when the spec asks for nothing. What must keep its place, and why:
 *
 *  - the score for the OOM killer before the user namespace: /proc/self belongs to the host's root while a process is not
 *    dumpable;
 *  - namespaces that the host's rights are needed to join before the user namespace, a mount namespace last of them;
 *  - the scope before the cgroup namespace, whose root it becomes;
 *  - all namespaces of a container with a user namespace behind it, so that they belong to it;
 *  - sysctl before /proc/sys becomes read-only for whoever looks there; masks after the hooks, which may still mount below
 *    them;
 *  - a pid namespace that others live in is entered last, by a process that holds nothing of the host and no more capabilities
 *    than what remains needs: who may trace it (CAP_SYS_PTRACE) has all that it holds;
 *  - the working directory after the change of user, who may be the only one to reach it;
 *  - a filter last of all, so that it need not allow what set-up needs (plan/filtered.h). */

#include <errno.h>

#include "plan/compilation.h"

static int part_created(Compilation *c, Error *error) {
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_CREATED });
        return 0;
}

static const CompilationPart create_sequence[] = {
        part_oom_score,
        part_join_by_host,
        part_time_by_host,
        part_unshare_early,
        part_scope,
        part_user_namespace,
        part_join_by_user,
        part_unshare,
        part_cgroup_file_system,
        part_time_by_user,
        part_fork_early,
        part_kernel_objects,
        part_net_devices,
        part_ask_hooks,
        part_root,
        part_mounts,
        part_devices,
        part_console,
        part_sysctl,
        part_create_container_hooks,
        part_mounts_read_only,
        part_mounted,
        part_protected_paths,
        part_pivot,
        part_scheduling,
        part_limits,
        part_stdio,
        part_labels,
        part_lookup,
        part_seal,
        part_fork_late,
        part_created,
        part_start_container_hooks,
        part_privileges,
        part_exec,
};

static const CompilationPart exec_sequence[] = {
        part_oom_score,
        part_affinity_initial,
        part_join_init,
        part_kernel_objects,
        part_root,
        part_console,
        part_pivot,
        part_affinity_final,
        part_scheduling,
        part_limits,
        part_stdio,
        part_labels,
        part_lookup,
        part_seal,
        part_fork_late,
        part_created,
        part_privileges,
        part_exec,
};

static int compile(Compilation *c, const CompilationPart *parts, size_t n_parts, PlanImage **ret, Error *error) {
        int r;

        if (!c->process)
                return error_set(error, -EINVAL, "process: missing");
        if (!c->process->args || !c->process->args[0])
                return error_set(error, -EINVAL, "process.args: must not be empty");
        compilation_read_namespaces(c);
        c->builder.preserve_fds = c->options->preserve_fds;
        for (size_t i = 0; i < n_parts; i++) {
                r = parts[i](c, error);
                if (r < 0) {
                        plan_builder_done(&c->builder);
                        return r;
                }
        }
        r = plan_builder_finish(&c->builder, ret);
        if (r == -E2BIG)
                return error_set(error, r, "plan: larger than %u bytes", PLAN_SIZE_MAX);
        return r < 0 ? error_set(error, r, "plan: %m") : 0;
}

int plan_compile(const Spec *spec, const PlanOptions *options, PlanImage **ret, Error *error) {
        Compilation c = { .spec = spec, .process = spec->process, .options = options };

        return compile(&c, create_sequence, ELEMENTSOF(create_sequence), ret, error);
}

int plan_compile_exec(
                const Spec *spec, const SpecProcess *process, const PlanOptions *options, PlanImage **ret, Error *error) {
        Compilation c = { .spec = spec, .process = process, .options = options, .exec = true };

        return compile(&c, exec_sequence, ELEMENTSOF(exec_sequence), ret, error);
}
