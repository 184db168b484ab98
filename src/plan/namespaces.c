/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Namespaces, and what is set in the new ones: names, loopback, keyring, sysctl. The launcher's clone3(2) makes the pid namespace alone, for which
 * there is no other time; the rest is made by a step, while the launcher goes on: a network namespace alone takes it a millisecond. With a user
 * namespace (new or joined) all of them must be made behind it, to belong to it. */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"
#include "plan/compilation.h"

static const uint64_t namespace_flags[] = {
        [SPEC_NAMESPACE_PID] = CLONE_NEWPID,
        [SPEC_NAMESPACE_NETWORK] = CLONE_NEWNET,
        [SPEC_NAMESPACE_MOUNT] = CLONE_NEWNS,
        [SPEC_NAMESPACE_IPC] = CLONE_NEWIPC,
        [SPEC_NAMESPACE_UTS] = CLONE_NEWUTS,
        [SPEC_NAMESPACE_USER] = CLONE_NEWUSER,
        [SPEC_NAMESPACE_CGROUP] = CLONE_NEWCGROUP,
        [SPEC_NAMESPACE_TIME] = CLONE_NEWTIME,
};

/* A mount namespace comes last: paths mean something else behind it. */
static const SpecNamespaceType join_order[] = {
        SPEC_NAMESPACE_NETWORK,
        SPEC_NAMESPACE_IPC,
        SPEC_NAMESPACE_UTS,
        SPEC_NAMESPACE_CGROUP,
        SPEC_NAMESPACE_TIME,
        SPEC_NAMESPACE_PID,
        SPEC_NAMESPACE_MOUNT,
};

uint64_t plan_namespaces(const Spec *spec) {
        uint64_t flags = 0;

        for (size_t i = 0; i < spec->os.n_namespaces; i++)
                flags |= namespace_flags[spec->os.namespaces[i].type];
        return flags;
}

void compilation_read_namespaces(Compilation *c) {
        for (size_t i = 0; i < c->spec->os.n_namespaces; i++) {
                const SpecNamespace *namespace = c->spec->os.namespaces + i;
                uint64_t flag = namespace_flags[namespace->type];

                /* Whoever executes into the container joins what its init has, however that came by it. */
                if (namespace->path || c->exec)
                        c->joined_namespaces |= flag;
                else
                        c->new_namespaces |= flag;
        }
        if (c->exec && c->options->in_time_namespace)
                c->joined_namespaces |= CLONE_NEWTIME;
        if ((compilation_namespaces(c) & CLONE_NEWUSER) == 0)
                c->builder.clone_flags = c->new_namespaces & CLONE_NEWPID;
}

/* The mounts of procfs: those of a joined pid namespace are made where it is joined. */
static int count_procfs(const Compilation *c, uint64_t *ret, Error *error) {
        size_t n = 0;

        for (size_t i = 0; i < c->spec->n_mounts; i++)
                if (c->spec->mounts[i].type && streq(c->spec->mounts[i].type, "proc") && !spec_mount_is_bind(c->spec->mounts + i))
                        n++;
        if (n > PLAN_PROCFS_MAX)
                return error_set(error, -E2BIG, "mounts: more than %u of type proc for a pid namespace that is joined", PLAN_PROCFS_MAX);
        *ret = n;
        return 0;
}

/* Others live in it. What is made by then is set up outside, and a hook would be seen by them too. But who gets a user namespace first has no right to join
 * another's any more. */
static int add_join_pid(Compilation *c, PlanStep *step, Error *error) {
        if (c->options->rootless || (compilation_namespaces(c) & CLONE_NEWUSER) == 0)
                step->options |= PLAN_JOIN_LAST;
        return (compilation_namespaces(c) & CLONE_NEWNS) != 0 ? count_procfs(c, &step->value[1], error) : 0;
}

static int add_join(Compilation *c, const SpecNamespace *namespace, Error *error) {
        uint64_t flag = namespace_flags[namespace->type];
        PlanSource source = {
                .kind = PLAN_SOURCE_NAMESPACE, .path = namespace->path, .flags = flag, .step = plan_next_step(&c->builder)
        };
        PlanStep step = { .kind = STEP_JOIN, .flags = flag, .path = plan_add_string(&c->builder, namespace->path) };

        int r = flag == CLONE_NEWPID ? add_join_pid(c, &step, error) : 0;

        step.value[0] = plan_add_source(&c->builder, &source);
        plan_add_step(&c->builder, &step);
        return r;
}

static int add_joins(Compilation *c, Error *error) {
        FOREACH_ELEMENT(type, join_order) {
                const SpecNamespace *namespace = spec_namespace(c->spec, *type);
                int r = namespace && namespace->path ? add_join(c, namespace, error) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

int part_join_by_host(Compilation *c, Error *error) {
        return c->options->rootless ? 0 : add_joins(c, error);
}

int part_join_by_user(Compilation *c, Error *error) {
        return c->options->rootless ? add_joins(c, error) : 0;
}

static void add_offset(Text *lines, const char *clock, const SpecTimeOffset *offset) {
        if (offset)
                text_addf(lines, "%s %" PRIi64 " %" PRIu32 "\n", clock, offset->secs, offset->nanosecs);
}

static int add_time(Compilation *c, Error *error) {
        const SpecTimeOffsets *offsets = c->spec->os.time_offsets;
        CLEANUP(text_done) Text lines = {};

        if ((c->new_namespaces & CLONE_NEWTIME) == 0)
                return 0;
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_UNSHARE, .flags = CLONE_NEWTIME });
        if (offsets) {
                add_offset(&lines, "monotonic", offsets->monotonic);
                add_offset(&lines, "boottime", offsets->boottime);
        }
        if (text_failed(&lines))
                return error_set(error, -ENOMEM, "linux.timeOffsets: out of memory");
        add_data_step(c, STEP_TIME_OFFSETS, lines.string ?: "");
        return 0;
}

/* The host's rights write the offsets; without any, the container's user namespace has to have them. */
int part_time_by_host(Compilation *c, Error *error) {
        return c->options->rootless ? 0 : add_time(c, error);
}

int part_time_by_user(Compilation *c, Error *error) {
        return c->options->rootless ? add_time(c, error) : 0;
}

int part_scope(Compilation *c, Error *error) {
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_SCOPE });
        return 0;
}

/* Maps are written for a new one only; in one that is joined nobody made us root yet, and its root may not be mapped. */
static void add_become_root(Compilation *c) {
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_USER, .options = PLAN_OPTIONAL });
}

/* Who sets the container up: root where there is one, else somebody who can own files. */
static uint32_t id_inside(const SpecIdMap *maps, size_t n_maps) {
        for (size_t i = 0; i < n_maps; i++)
                if (maps[i].container_id == 0)
                        return 0;
        return n_maps > 0 ? maps[0].container_id : 0;
}

int part_user_namespace(Compilation *c, Error *error) {
        const SpecNamespace *namespace = spec_namespace(c->spec, SPEC_NAMESPACE_USER);
        int r;

        if (!namespace)
                return 0;
        if (namespace->path) {
                r = add_join(c, namespace, error);
                add_become_root(c);
                return r;
        }
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_UNSHARE, .flags = CLONE_NEWUSER });
        plan_add_step(&c->builder, &(PlanStep) {
                .kind = STEP_MAPS,
                .value = { id_inside(c->spec->os.uid_mappings, c->spec->os.n_uid_mappings),
                           id_inside(c->spec->os.gid_mappings, c->spec->os.n_gid_mappings) },
        });
        return 0;
}

static void add_unshare(Compilation *c, uint64_t flags) {
        if (flags != 0)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_UNSHARE, .flags = flags });
}

/* Those that belong to no new user namespace and have nothing to do with the cgroup need not wait for it. */
static uint64_t made_early(const Compilation *c) {
        if ((compilation_namespaces(c) & CLONE_NEWUSER) != 0)
                return 0;
        return c->new_namespaces & ~c->builder.clone_flags & ~(uint64_t) (CLONE_NEWCGROUP | CLONE_NEWTIME);
}

int part_unshare_early(Compilation *c, Error *error) {
        add_unshare(c, made_early(c));
        return 0;
}

int part_unshare(Compilation *c, Error *error) {
        add_unshare(c, c->new_namespaces & ~c->builder.clone_flags & ~made_early(c) & ~(uint64_t) (CLONE_NEWUSER | CLONE_NEWTIME));
        return 0;
}

/* A pid namespace that was unshared or joined is for children. */
int part_fork_early(Compilation *c, Error *error) {
        if ((c->new_namespaces & ~c->builder.clone_flags & CLONE_NEWPID) != 0)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_FORK });
        return 0;
}

/* The child leads a session of its own, with the terminal that its parent opened. */
int part_fork_late(Compilation *c, Error *error) {
        if (!compilation_enters_last(c))
                return 0;
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_FORK });
        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_SESSION });
        if (c->process->terminal)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_TERMINAL });
        return 0;
}

int part_join_init(Compilation *c, Error *error) {
        PlanSource source = { .kind = PLAN_SOURCE_INIT, .flags = c->joined_namespaces, .step = plan_next_step(&c->builder) };
        PlanStep step = { .kind = STEP_JOIN, .flags = c->joined_namespaces };

        if (c->joined_namespaces == 0)
                return 0;
        step.path = plan_add_string(&c->builder, "the container's init");
        step.value[0] = plan_add_source(&c->builder, &source);
        plan_add_step(&c->builder, &step);
        if ((c->joined_namespaces & CLONE_NEWUSER) != 0)
                add_become_root(c);
        return 0;
}

int part_net_devices(Compilation *c, Error *error) {
        if (c->spec->os.n_net_devices > 0)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_NET_DEVICES });
        return 0;
}

static int add_names(Compilation *c, Error *error) {
        if (!c->spec->hostname && !c->spec->domainname)
                return 0;
        if ((compilation_namespaces(c) & CLONE_NEWUTS) == 0)
                return error_set(error, -EINVAL, "%s: needs a uts namespace", c->spec->hostname ? "hostname" : "domainname");
        if (c->spec->hostname)
                add_data_step(c, STEP_HOSTNAME, c->spec->hostname);
        if (c->spec->domainname)
                add_data_step(c, STEP_DOMAINNAME, c->spec->domainname);
        return 0;
}

int part_kernel_objects(Compilation *c, Error *error) {
        /* A hook must not be ended by what somebody types for the launcher, whoever the session's leader will be. */
        if (!c->exec || !compilation_enters_last(c))
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_SESSION });
        if (!c->options->no_new_keyring) {
                CLEANUP(text_done) Text name = {};

                text_addf(&name, "_ses.%s", c->options->id);
                if (text_failed(&name))
                        return error_set(error, -ENOMEM, "out of memory");
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_KEYRING,
                        .data = plan_add_string(&c->builder, name.string),
                        .source = isempty(c->process->selinux_label) ? 0 : plan_add_string(&c->builder, c->process->selinux_label),
                });
        }
        if ((c->new_namespaces & CLONE_NEWNET) != 0)
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_LOOPBACK });
        /* Before 1.0 the interface was also brought up in a namespace that somebody else has made. */
        else if (!c->exec && (c->joined_namespaces & CLONE_NEWNET) != 0 && spec_is_legacy(c->spec))
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_LOOPBACK, .options = PLAN_OPTIONAL });
        return c->exec ? 0 : add_names(c, error);
}

int part_sysctl(Compilation *c, Error *error) {
        for (size_t i = 0; i < c->spec->os.sysctl.n_items; i++) {
                const SpecPair *item = c->spec->os.sysctl.items + i;
                PlanStep step = { .kind = STEP_SYSCTL };
                CLEANUP(freep) char *path = spec_sysctl_path(item->key);

                if (!path)
                        return error_set(error, -ENOMEM, "linux.sysctl: %m");
                /* Its file is the host's root's, also for the root of a user namespace; the system call is for who owns the namespace. */
                if (streq(path, "kernel/domainname")) {
                        add_data_step(c, STEP_DOMAINNAME, item->value);
                        continue;
                }
                step.path = plan_add_string(&c->builder, path);
                step.data = plan_add_string(&c->builder, item->value);
                plan_add_step(&c->builder, &step);
        }
        return 0;
}
