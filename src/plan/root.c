/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The root of a container: where its tree is on the host, and the change into it. Without a mount namespace nothing of the
 * host's tree is touched, and the root is only entered. */

#include <errno.h>
#include <sched.h>

#include "base/path.h"
#include "base/strv.h"
#include "plan/compilation.h"

static const uint64_t propagations[] = {
        [SPEC_PROPAGATION_PRIVATE] = PLAN_MS_PRIVATE,
        [SPEC_PROPAGATION_SHARED] = PLAN_MS_SHARED,
        [SPEC_PROPAGATION_SLAVE] = PLAN_MS_SLAVE,
        [SPEC_PROPAGATION_UNBINDABLE] = PLAN_MS_UNBINDABLE,
        [SPEC_PROPAGATION_RPRIVATE] = PLAN_MS_PRIVATE | PLAN_MS_REC,
        [SPEC_PROPAGATION_RSHARED] = PLAN_MS_SHARED | PLAN_MS_REC,
        [SPEC_PROPAGATION_RSLAVE] = PLAN_MS_SLAVE | PLAN_MS_REC,
        [SPEC_PROPAGATION_RUNBINDABLE] = PLAN_MS_UNBINDABLE | PLAN_MS_REC,
};

/* What could not be bound is no root yet: unbindable waits for the end, and until then the host's mounts come in and none goes out. */
static uint64_t first_propagation(SpecPropagation propagation) {
        uint64_t flags = propagation > 0 ? propagations[propagation] : 0;

        return flags == 0 || (flags & PLAN_MS_UNBINDABLE) != 0 ? PLAN_MS_SLAVE | PLAN_MS_REC : flags;
}

int part_root(Compilation *c, Error *error) {
        SpecPropagation propagation = c->spec->os.rootfs_propagation;
        bool own = (compilation_namespaces(c) & CLONE_NEWNS) != 0;
        CLEANUP(freep) char *joined = NULL, *path = NULL;

        /* In a running container the mount namespace brings its root along; without one its root is found as it was at the
         * start. */
        if (c->exec && own)
                return 0;
        joined = path_join(c->spec->bundle ?: "/", c->spec->root.path ?: "");
        path = joined ? path_simplify(joined) : NULL;
        if (!path)
                return error_set(error, -ENOMEM, "root.path: out of memory");
        if (own)
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_PROPAGATION,
                        .path = plan_add_string(&c->builder, "/"),
                        .flags = first_propagation(propagation),
                });
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_ROOT,
                .options = own ? 0 : PLAN_ROOT_PLAIN,
                .path = plan_add_string(&c->builder, path),
        });
        return 0;
}

int part_pivot(Compilation *c, Error *error) {
        SpecPropagation propagation = c->spec->os.rootfs_propagation;
        bool own = (compilation_namespaces(c) & CLONE_NEWNS) != 0;

        if (c->exec && own)
                return 0;
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_PIVOT,
                .options = !own ? PLAN_PIVOT_NONE : c->options->no_pivot ? PLAN_PIVOT_MOVE : 0,
        });
        if (!own)
                return 0;
        if (c->spec->root.readonly) {
                /* What STEP_DIRECTORY_CHANGE makes, as long as it can be made. */
                if (!isempty(c->process->cwd) && !streq(c->process->cwd, "/"))
                        plan_add_step(&c->builder, &(PlanStep) {
                                .kind = STEP_DIRECTORY,
                                .options = PLAN_OPTIONAL,
                                .path = plan_add_string(&c->builder, c->process->cwd),
                                .flags = 0755,
                        });
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_ROOT_READONLY });
        }
        if (propagation > 0)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_ROOT_PROPAGATION, .flags = propagations[propagation] });
        return 0;
}
