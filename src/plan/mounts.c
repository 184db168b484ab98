/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mounts[] of a container. Purely a matter of text here; every path inside the root file system is resolved by berth-init,
 * below its descriptor. Behind a user namespace bind mounts are opened by the launcher with the host's rights (PLAN_SOURCE), as
 * are id-mapped ones everywhere. */

#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "plan/compilation.h"
#include "plan/mount-idmap.h"
#include "plan/mount-options.h"
#include "plan/mounts.h"

/* How a type is treated. */
enum {
        TYPE_PROTECTED = 1 << 0,        /* the destination must be a real directory */
        TYPE_FALLBACK = 1 << 1,         /* may be refused in a user namespace: bind the host's */
        TYPE_NO_LABEL = 1 << 2,         /* takes no SELinux context option */
        TYPE_WRITABLE_FIRST = 1 << 3,   /* mount points are still made below it: read-only at the end */
        TYPE_LABEL_ROOT = 1 << 4,       /* one file system for all its mounts, so no option: the label is for its root */
};

typedef struct TypeRow {
        const char *type;
        unsigned traits;
        uint32_t options;               /* PLAN_MOUNT_* */
} TypeRow;

static const TypeRow types[] = {
        { "proc", TYPE_PROTECTED | TYPE_FALLBACK | TYPE_NO_LABEL, 0 },
        { "sysfs", TYPE_PROTECTED | TYPE_FALLBACK | TYPE_NO_LABEL, 0 },
        { "mqueue", TYPE_FALLBACK | TYPE_LABEL_ROOT, 0 },
        { "cgroup", TYPE_FALLBACK | TYPE_NO_LABEL, PLAN_MOUNT_CGROUP },
        { "cgroup2", TYPE_FALLBACK | TYPE_NO_LABEL, PLAN_MOUNT_CGROUP },
        { "tmpfs", TYPE_WRITABLE_FIRST, 0 },
};

static const TypeRow other_type = { "", 0, 0 };

static const TypeRow *find_type(const char *type) {
        FOREACH_ELEMENT(row, types)
                if (type && streq(row->type, type))
                        return row;
        return &other_type;
}

bool compilation_has_bind_on_dev(const Compilation *c) {
        for (size_t i = 0; i < c->spec->n_mounts; i++) {
                const SpecMount *mount = c->spec->mounts + i;
                CLEANUP(freep) char *destination = path_lexical(mount->destination);

                if (!destination || !streq(destination, "/dev"))
                        continue;
                if (spec_mount_is_bind(mount))
                        return true;
        }
        return false;
}

/* One mount on its way into the plan. */
typedef struct MountWork {
        const SpecMount *mount;
        size_t index;
        const TypeRow *type;
        MountOptions options;
        char *destination;
        char *source;
        char *below;            /* the source as a path of the root, when it lies there; or NULL */
        bool bind;
} MountWork;

static void mount_work_done(MountWork *work) {
        mount_options_done(&work->options);
        free(work->destination);
        free(work->source);
        free(work->below);
}

static int copy_maps(const SpecIdMap *from, size_t n, PlanSourceMap **ret, size_t *ret_n) {
        PlanSourceMap *maps = n > 0 ? calloc(n, sizeof(PlanSourceMap)) : NULL;

        if (n > 0 && !maps)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                maps[i] = (PlanSourceMap) { from[i].container_id, from[i].host_id, from[i].size };
        *ret = maps;
        *ret_n = n;
        return 0;
}

static int copy_both_maps(
                PlanSource *source, const SpecIdMap *uid_maps, size_t n_uid_maps, const SpecIdMap *gid_maps, size_t n_gid_maps) {
        int r;

        r = copy_maps(uid_maps, n_uid_maps, &source->uid_maps, &source->n_uid_maps);
        return r < 0 ? r : copy_maps(gid_maps, n_gid_maps, &source->gid_maps, &source->n_gid_maps);
}

/* Maps of the mount, of its option word, or those of the container: its own, or of the user namespace that it joins. */
static int read_idmap(Compilation *c, const MountWork *work, PlanSource *source, Error *error) {
        const SpecNamespace *user = spec_namespace(c->spec, SPEC_NAMESPACE_USER);
        const SpecMount *mount = work->mount;
        const SpecOs *os = &c->spec->os;
        int r = 0;

        source->idmap = work->options.idmap > 0 ? work->options.idmap : 1;
        if (work->options.idmap_value) {
                CLEANUP(mount_idmap_done) PlanSource container = {};

                r = copy_both_maps(&container, os->uid_mappings, os->n_uid_mappings, os->gid_mappings, os->n_gid_mappings);
                if (r < 0)
                        return error_set(error, r, "mounts[%zu]: out of memory", work->index);
                r = mount_idmap_read(work->options.idmap_value, container.uid_maps, container.n_uid_maps, container.gid_maps,
                                     container.n_gid_maps, source, error);
                return r < 0 ? error_prefix(error, "mounts[%zu].options", work->index) : 0;
        }
        if (mount->n_uid_mappings > 0 && mount->n_gid_mappings > 0)
                r = copy_both_maps(source, mount->uid_mappings, mount->n_uid_mappings, mount->gid_mappings,
                                   mount->n_gid_mappings);
        else if (os->n_uid_mappings > 0 && os->n_gid_mappings > 0)
                r = copy_both_maps(source, os->uid_mappings, os->n_uid_mappings, os->gid_mappings, os->n_gid_mappings);
        else if (user && user->path)
                source->user_namespace = user->path;
        else
                return error_set(error, -EINVAL, "mounts[%zu]: an id-mapped mount without uidMappings and gidMappings",
                                 work->index);
        return r < 0 ? error_set(error, r, "mounts[%zu]: out of memory", work->index) : 0;
}

static bool wants_idmap(const MountWork *work) {
        return work->options.idmap > 0 || work->mount->n_uid_mappings > 0 || work->mount->n_gid_mappings > 0;
}

/* Whoever has a user namespace of his own cannot ask for it: there the kernel lets no mount out. */
static bool wants_shared(const Compilation *c, const MountWork *work) {
        bool shared = false;

        for (size_t i = 0; i < work->options.n_propagation; i++)
                shared = (work->options.propagation[i] & PLAN_MS_SHARED) != 0;
        return shared && (compilation_namespaces(c) & CLONE_NEWUSER) == 0;
}

static int add_source(Compilation *c, const MountWork *work, PlanStep *step, Error *error) {
        CLEANUP(mount_idmap_done) PlanSource source = {
                .kind = PLAN_SOURCE_MOUNT,
                .path = work->source,
                .flags = work->options.options & (PLAN_MOUNT_RECURSIVE | PLAN_MOUNT_SOURCE_NOFOLLOW),
                .step = plan_next_step(&c->builder),
        };
        int r;

        if (work->mount->is_credentials) {
                source.kind = PLAN_SOURCE_CREDENTIALS;
                source.path = NULL;
        }
        if (wants_shared(c, work))
                source.flags |= PLAN_MOUNT_SHARED;
        /* A link that is to be copied is opened itself. */
        if ((work->options.options & PLAN_MOUNT_COPY_SYMLINK) != 0)
                source.flags |= PLAN_MOUNT_SOURCE_NOFOLLOW;
        if (wants_idmap(work)) {
                r = read_idmap(c, work, &source, error);
                if (r < 0)
                        return r;
        }
        if (work->below) {
                source.kind = PLAN_SOURCE_IDMAP;
                step->options |= PLAN_MOUNT_SOURCE_BELOW;
        }
        step->options |= PLAN_SOURCE;
        if (!work->below && (compilation_namespaces(c) & CLONE_NEWUSER) != 0)
                step->options |= PLAN_MOUNT_LOCKED;
        step->value[2] = plan_add_source(&c->builder, &source);
        return 0;
}

/* Relative to the bundle, as hooks and the root are. */
static int read_source(Compilation *c, MountWork *work, Error *error) {
        if ((work->options.options & PLAN_MOUNT_REMOUNT) != 0)
                return 0;
        if (!work->bind) {
                work->source = work->mount->source ? strdup(work->mount->source) : NULL;
                return work->mount->source && !work->source ? -ENOMEM : 0;
        }
        if (isempty(work->mount->source))
                return error_set(error, -EINVAL, "mounts[%zu].source: missing, what is to be bound?", work->index);
        work->source = path_join(c->spec->bundle ?: "/", work->mount->source);
        return work->source ? 0 : error_set(error, -ENOMEM, "mounts[%zu]: out of memory", work->index);
}

/* What cgroup2 takes (cgroups(7) and Documentation/admin-guide/cgroup-v2.rst): of the whole hierarchy, and the host's to say. */
static const char *const cgroup_options[] = {
        "favordynmods", "memory_hugetlb_accounting", "memory_localevents", "memory_recursiveprot", "nsdelegate", "pids_localevents",
};

static bool is_cgroup_option(const char *word) {
        FOREACH_ELEMENT(option, cgroup_options)
                if (streq(*option, word))
                        return true;
        return false;
}

static int check_cgroup_options(const MountWork *work, Error *error) {
        CLEANUP(strv_freep) char **words = NULL;

        if (work->options.data.length == 0)
                return 0;
        if (strv_split(work->options.data.string, ",", &words) < 0)
                return error_set(error, -ENOMEM, "mounts[%zu]: out of memory", work->index);
        STRV_FOREACH(word, words)
                if (!is_cgroup_option(*word))
                        return error_set(error, -EINVAL, "mounts[%zu].options: invalid argument: \"%s\" is no option of a cgroup mount", work->index, *word);
        return 0;
}

/* fsconfig(2) parameters: words for every file system, read-only for what has a device, the file system's own, the label. */
static int add_data(Compilation *c, const MountWork *work, PlanStep *step, Error *error) {
        CLEANUP(text_done) Text data = {};
        int r = 0;

        if (work->bind)
                return 0;
        if ((work->type->options & PLAN_MOUNT_CGROUP) != 0)
                return check_cgroup_options(work, error);
        /* A device that can only be read must not be opened for writing: the attribute of the mount comes too late for that. */
        if (work->options.read_only && work->source && work->source[0] == '/')
                text_add(&data, "ro");
        if (work->options.superblock.length > 0)
                text_addf(&data, "%s%s", data.length > 0 ? "," : "", work->options.superblock.string);
        if (work->options.data.length > 0)
                text_addf(&data, "%s%s", data.length > 0 ? "," : "", work->options.data.string);
        if ((work->type->traits & (TYPE_NO_LABEL | TYPE_LABEL_ROOT)) == 0)
                r = compilation_add_label(c, &data, error);
        step->data = data.length > 0 ? plan_add_string(&c->builder, data.string) : 0;
        return r;
}

/* A label beside options of its own is not for who has none to give. */
static void add_root_label(Compilation *c, const MountWork *work, PlanStep *step) {
        if (work->bind || isempty(c->spec->os.mount_label) || (work->type->traits & TYPE_LABEL_ROOT) == 0 || step->data != 0)
                return;
        step->options |= PLAN_MOUNT_LABEL;
        step->data = plan_add_string(&c->builder, c->spec->os.mount_label);
}

/* "ro" waits until nothing more is made below. */
static bool read_only_last(const MountWork *work) {
        if (!work->options.read_only || work->bind || (work->options.options & PLAN_MOUNT_REMOUNT) != 0)
                return false;
        return (work->type->traits & TYPE_WRITABLE_FIRST) != 0 || streq(work->destination, "/dev");
}

/* As with runc and crun: root of the host gets what it asks for. */
static bool host_cgroup_is_writable(const Compilation *c, const MountWork *work) {
        return !work->options.read_only && !c->options->rootless && (compilation_namespaces(c) & CLONE_NEWUSER) == 0;
}

/* Where the kernel's file systems and devices are: what is hidden, made or labelled there must not depend on names in the root file system. */
static const char *const places[] = { "/proc", "/sys", "/dev" };

static const char *find_place(const char *destination) {
        FOREACH_ELEMENT(place, places) {
                const char *rest = startswith(destination, *place);

                if (rest && (*rest == 0 || *rest == '/'))
                        return *place;
        }
        return NULL;
}

static uint32_t step_options(const Compilation *c, const MountWork *work) {
        uint32_t options = work->options.options;

        if (work->bind)
                options |= PLAN_MOUNT_BIND | (work->options.has_flags ? PLAN_MOUNT_FLAGS : 0);
        else {
                options |= work->type->options;
                if ((work->type->traits & TYPE_FALLBACK) != 0 && (compilation_namespaces(c) & CLONE_NEWUSER) != 0)
                        options |= PLAN_MOUNT_FALLBACK_BIND;
                if ((options & PLAN_MOUNT_CGROUP) != 0 && (compilation_namespaces(c) & CLONE_NEWCGROUP) == 0)
                        options |= PLAN_MOUNT_IN_HOST_CGROUP | (host_cgroup_is_writable(c, work) ? PLAN_MOUNT_HOST_WRITABLE : 0);
                if ((work->type->traits & TYPE_WRITABLE_FIRST) == 0)
                        options &= ~PLAN_MOUNT_COPY_UP;
        }
        /* An image's link must not lead these elsewhere (CVE-2019-19921, CVE-2023-28642), nor a bind mount on them. */
        if ((work->type->traits & TYPE_PROTECTED) != 0 || streq(work->destination, "/proc") || streq(work->destination, "/sys"))
                options |= PLAN_MOUNT_PROTECTED;
        if (streq(work->destination, "/proc") || spec_proc_file_is_replaceable(work->destination))
                options |= PLAN_MOUNT_ON_PROC;
        if ((options & (PLAN_MOUNT_REMOUNT | PLAN_MOUNT_ONLY_PROPAGATION)) == 0 &&
            ((work->type->traits & TYPE_PROTECTED) != 0 || find_place(work->destination)))
                options |= PLAN_MOUNT_KEEP;
        return options;
}

/* What is mounted when there is neither a type nor a bind: an existing mount is changed. */
static int change_only(const MountWork *work, PlanStep *step, Error *error) {
        if (work->bind || (step->options & PLAN_MOUNT_REMOUNT) != 0)
                return 0;
        if (!isempty(work->mount->type) && !streq(work->mount->type, "none"))
                return 0;
        if (work->options.n_propagation == 0)
                return error_set(error, -EINVAL, "mounts[%zu].type: missing", work->index);
        step->options |= PLAN_MOUNT_ONLY_PROPAGATION;
        step->source = 0;
        return 0;
}

/* One mount can take several words; the step has room for one. */
static void add_more_propagations(Compilation *c, const MountWork *work) {
        for (size_t i = 1; i < work->options.n_propagation; i++) {
                PlanStep step = {
                        .kind = STEP_MOUNT,
                        .options = PLAN_MOUNT_ONLY_PROPAGATION,
                        .path = plan_add_string(&c->builder, work->destination),
                        .value = { [1] = work->options.propagation[i] },
                };

                plan_add_step(&c->builder, &step);
        }
}

/* A launcher without privileges may not clone a mount; in the user namespace that it makes it may. */
static bool is_opened_by_launcher(const Compilation *c, const MountWork *work) {
        if (!work->bind || (work->options.options & PLAN_MOUNT_REMOUNT) != 0)
                return false;
        return work->mount->is_credentials || wants_idmap(work) || (!c->options->rootless && (compilation_namespaces(c) & CLONE_NEWUSER) != 0);
}

static int add_mount(Compilation *c, const MountWork *work, Error *error) {
        PlanStep step = {
                .kind = STEP_MOUNT,
                .options = step_options(c, work),
                .path = plan_add_string(&c->builder, work->destination),
                .source = plan_add_string(&c->builder, work->below ?: work->source),
                .type = work->bind ? 0 : plan_add_string(&c->builder, work->mount->type),
                .flags = work->options.attributes,
                .value = { work->options.attributes_recursive,
                           work->options.n_propagation > 0 ? work->options.propagation[0] : 0 },
        };
        int r;

        r = change_only(work, &step, error);
        if (r >= 0)
                r = add_data(c, work, &step, error);
        if (r < 0)
                return r;
        add_root_label(c, work, &step);
        if (read_only_last(work))
                step.flags &= ~(uint64_t) MOUNT_ATTR_RDONLY;
        if (wants_idmap(work) && !work->bind)
                return error_set(error, -EINVAL, "mounts[%zu]: only bind mounts can be id-mapped", work->index);
        if (work->below && !wants_idmap(work))
                step.options |= PLAN_MOUNT_SOURCE_BELOW;
        else if (is_opened_by_launcher(c, work)) {
                r = add_source(c, work, &step, error);
                if (r < 0)
                        return r;
        }
        plan_add_step(&c->builder, &step);
        add_more_propagations(c, work);
        return 0;
}

/* What of a path of the host lies below the root file system, by its text; NULL when nothing does. */
static const char *below_root(const char *root, const char *path) {
        const char *rest = root && !streq(root, "/") ? startswith(path, root) : NULL;

        return rest && *rest == '\0' ? "/" : rest && *rest == '/' ? rest : NULL;
}

/* A destination that is written as a path of the host is understood, as by runc. A source below the root may come to be by an earlier mount, which the
 * launcher does not see: in a user namespace, or with ids mapped, it is looked up where the mount is made. */
static int read_places(Compilation *c, MountWork *work, Error *error) {
        CLEANUP(freep) char *joined = path_join(c->spec->bundle ?: "/", c->spec->root.path ?: ""), *root = joined ? path_simplify(joined) : NULL, *source = NULL;
        const char *rest;

        if (!root)
                return error_set(error, -ENOMEM, "mounts[%zu]: out of memory", work->index);
        rest = below_root(root, work->destination);
        if (rest)
                memmove(work->destination, rest, strlen(rest) + 1);
        if (streq(work->destination, "/"))
                return error_set(error, -EINVAL, "mounts[%zu].destination: the root itself cannot be mounted over", work->index);
        if (!work->source || !is_opened_by_launcher(c, work) || work->mount->is_credentials || (work->options.options & PLAN_MOUNT_COPY_SYMLINK) != 0)
                return 0;
        source = path_lexical(work->source);
        rest = source ? below_root(root, source) : NULL;
        work->below = rest ? strdup(rest) : NULL;
        return source && (!rest || work->below) ? 0 : error_set(error, -ENOMEM, "mounts[%zu]: out of memory", work->index);
}

static int read_mount(Compilation *c, size_t index, MountWork *work, Error *error) {
        const SpecMount *mount = c->spec->mounts + index;
        int r;

        work->mount = mount;
        work->index = index;
        r = mount_options_read(mount->options, &work->options, error);
        if (r < 0)
                return error_prefix(error, "mounts[%zu].options", index);
        work->bind = spec_mount_is_bind(mount);
        work->type = find_type(work->bind ? NULL : mount->type);
        work->destination = path_lexical(mount->destination);
        if (!work->destination)
                return error_set(error, -ENOMEM, "mounts[%zu]: out of memory", index);
        if (work->bind && work->options.data.length > 0)
                log_debug("mounts[%zu].options: %s is of no meaning for a bind mount", index, work->options.data.string);
        r = read_source(c, work, error);
        return r < 0 ? r : read_places(c, work, error);
}

int part_cgroup_file_system(Compilation *c, Error *error) {
        if ((compilation_namespaces(c) & CLONE_NEWCGROUP) == 0)
                return 0;
        for (size_t i = 0; i < c->spec->n_mounts; i++)
                if ((find_type(c->spec->mounts[i].type)->options & PLAN_MOUNT_CGROUP) != 0) {
                        plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_CGROUP_FILE_SYSTEM });
                        break;
                }
        return 0;
}

int part_mounts(Compilation *c, Error *error) {
        if ((compilation_namespaces(c) & CLONE_NEWNS) == 0) {
                if (c->spec->n_mounts > 0)
                        log_warning("mounts: ignored, the container has no mount namespace");
                return 0;
        }
        for (size_t i = 0; i < c->spec->n_mounts; i++) {
                CLEANUP(mount_work_done) MountWork work = {};
                int r;

                r = read_mount(c, i, &work, error);
                if (r >= 0)
                        r = add_mount(c, &work, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_mounted_at(const SpecMount *mount, const char *place) {
        CLEANUP(freep) char *destination = path_lexical(mount->destination);

        return destination && streq(destination, place) && (spec_mount_is_bind(mount) || (!isempty(mount->type) && !streq(mount->type, "none")));
}

int part_mounted(Compilation *c, Error *error) {
        if ((compilation_namespaces(c) & CLONE_NEWNS) == 0)
                return 0;
        FOREACH_ELEMENT(place, places)
                for (size_t i = 0; i < c->spec->n_mounts; i++)
                        if (is_mounted_at(c->spec->mounts + i, *place)) {
                                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_MOUNTED, .path = plan_add_string(&c->builder, *place) });
                                break;
                        }
        return 0;
}

int part_mounts_read_only(Compilation *c, Error *error) {
        if ((compilation_namespaces(c) & CLONE_NEWNS) == 0)
                return 0;
        for (size_t i = 0; i < c->spec->n_mounts; i++) {
                CLEANUP(mount_work_done) MountWork work = {};
                PlanStep step = { .kind = STEP_MOUNT, .options = PLAN_MOUNT_REMOUNT, .flags = MOUNT_ATTR_RDONLY };
                int r;

                r = read_mount(c, i, &work, error);
                if (r < 0)
                        return r;
                if (!read_only_last(&work))
                        continue;
                step.path = plan_add_string(&c->builder, work.destination);
                plan_add_step(&c->builder, &step);
        }
        return 0;
}
