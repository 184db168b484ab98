/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands in /dev, and what of /proc and /sys is hidden or read-only. The default devices are those of config-linux.md;
 * one that the spec lists itself replaces the default of the same path. Behind a user namespace nobody can make device nodes:
 * the host's are bound, and those of linux.devices the launcher makes. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/strv.h"
#include "plan/compilation.h"
#include "plan/compile.h"
#include "plan/mounts.h"

typedef struct DefaultDevice {
        const char *path;
        uint32_t major, minor;
} DefaultDevice;

static const DefaultDevice default_devices[] = {
        { "/dev/null", 1, 3 },
        { "/dev/zero", 1, 5 },
        { "/dev/full", 1, 7 },
        { "/dev/random", 1, 8 },
        { "/dev/urandom", 1, 9 },
        { "/dev/tty", 5, 0 },
};

const char *plan_default_device(size_t index) {
        return index < ELEMENTSOF(default_devices) ? default_devices[index].path : NULL;
}

typedef struct DefaultLink {
        const char *path, *target;
        uint32_t options;
} DefaultLink;

static const DefaultLink default_links[] = {
        { "/dev/fd", "/proc/self/fd", 0 },
        { "/dev/stdin", "/proc/self/fd/0", 0 },
        { "/dev/stdout", "/proc/self/fd/1", 0 },
        { "/dev/stderr", "/proc/self/fd/2", 0 },
        { "/dev/ptmx", "pts/ptmx", PLAN_REPLACE }, /* a node of the host's instance would open terminals there */
};

/* asked: the device of the configuration, or NULL for a default one. */
static void add_device(Compilation *c, const PlanSource *node, const SpecDevice *asked) {
        PlanStep step = {
                .kind = STEP_DEVICE,
                .path = plan_add_string(&c->builder, node->path),
                .flags = node->flags,
                .value = { node->major, node->minor, node->uid | (uint64_t) node->gid << 32 },
        };

        if ((compilation_namespaces(c) & CLONE_NEWUSER) != 0 && !S_ISFIFO(node->flags)) {
                const SpecOs *os = &c->spec->os;
                PlanSource source = *node;

                step.options = PLAN_DEVICE_BIND;
                /* An owner without a number on the host can have no file. Of a namespace that is joined we have no maps. */
                if (asked && c->options->device_nodes &&
                    spec_map_id(os->uid_mappings, os->n_uid_mappings, node->uid, &source.uid) &&
                    spec_map_id(os->gid_mappings, os->n_gid_mappings, node->gid, &source.gid)) {
                        source.kind = PLAN_SOURCE_DEVICE;
                        source.step = plan_next_step(&c->builder);
                        source.host_first = !asked->uid.set && !asked->gid.set && !asked->file_mode.set;
                        step.options |= PLAN_SOURCE;
                        step.value[2] = plan_add_source(&c->builder, &source);
                }
        }
        plan_add_step(&c->builder, &step);
}

/* "/dev/net/tun" needs "/dev/net". */
static void add_parent(Compilation *c, const char *path) {
        const char *slash = strrchr(path, '/');
        PlanStep step = { .kind = STEP_DIRECTORY, .flags = 0755 };

        if (!slash || slash == path || (slash - path == 4 && startswith(path, "/dev")))
                return;
        step.path = plan_add_string_n(&c->builder, path, (size_t) (slash - path));
        plan_add_step(&c->builder, &step);
}

static int add_spec_device(Compilation *c, size_t index, Error *error) {
        static const mode_t types[] = {
                [SPEC_DEVICE_CHARACTER] = S_IFCHR,
                [SPEC_DEVICE_BLOCK] = S_IFBLK,
                [SPEC_DEVICE_FIFO] = S_IFIFO,
        };
        const SpecDevice *device = c->spec->os.devices + index;
        CLEANUP(freep) char *path = path_simplify(device->path);
        mode_t type = device->type < ELEMENTSOF(types) ? types[device->type] : 0;
        uint32_t mode = device->file_mode.set ? device->file_mode.value : 0666;
        bool numbered = device->major.set && device->minor.set;

        if (!path)
                return error_set(error, -ENOMEM, "linux.devices[%zu]: out of memory", index);
        if (path[0] != '/' || path[1] == 0)
                return error_set(error, -EINVAL, "linux.devices[%zu].path: must be absolute", index);
        if (type == 0)
                return error_set(error, -EINVAL, "linux.devices[%zu].type: must be c, u, b or p", index);
        /* -1 is a wildcard that only rules may have. */
        if (type != S_IFIFO && (!numbered || device->major.value < 0 || device->major.value > UINT32_MAX ||
                                device->minor.value < 0 || device->minor.value > UINT32_MAX))
                return error_set(error, -EINVAL, "linux.devices[%zu]: needs major and minor", index);
        add_parent(c, path);
        add_device(c, &(PlanSource) {
                .path = path,
                .flags = type | (mode & 07777U),
                .major = numbered ? (uint32_t) device->major.value : 0,
                .minor = numbered ? (uint32_t) device->minor.value : 0,
                .uid = device->uid.set ? device->uid.value : 0,
                .gid = device->gid.set ? device->gid.value : 0,
        }, device);
        return 0;
}

static bool spec_has_device(const Compilation *c, const char *path) {
        for (size_t i = 0; i < c->spec->os.n_devices; i++) {
                CLEANUP(freep) char *other = path_simplify(c->spec->os.devices[i].path);

                if (other && streq(other, path))
                        return true;
        }
        return false;
}

int part_devices(Compilation *c, Error *error) {
        if (compilation_has_bind_on_dev(c))
                return 0;
        FOREACH_ELEMENT(device, default_devices)
                if (!spec_has_device(c, device->path))
                        add_device(c, &(PlanSource) {
                                .path = (char *) (uintptr_t) device->path,
                                .flags = S_IFCHR | 0666,
                                .major = device->major,
                                .minor = device->minor,
                        }, NULL);
        for (size_t i = 0; i < c->spec->os.n_devices; i++) {
                int r = add_spec_device(c, i, error);

                if (r < 0)
                        return r;
        }
        FOREACH_ELEMENT(link, default_links)
                plan_add_step(&c->builder, &(PlanStep) {
                        .kind = STEP_SYMLINK,
                        .options = link->options,
                        .path = plan_add_string(&c->builder, link->path),
                        .source = plan_add_string(&c->builder, link->target),
                });
        return 0;
}

int part_console(Compilation *c, Error *error) {
        const SpecConsoleSize *size = c->process->console_size;
        PlanStep step = { .kind = STEP_CONSOLE };

        if (!c->process->terminal)
                return 0;
        if (!c->exec && (compilation_namespaces(c) & CLONE_NEWNS) != 0)
                step.options = PLAN_CONSOLE_DEVICE;
        if (size) {
                step.value[0] = size->width < UINT16_MAX ? size->width : UINT16_MAX;
                step.value[1] = size->height < UINT16_MAX ? size->height : UINT16_MAX;
        }
        /* The group stays what devpts gave it (its option gid=, the group tty). */
        step.value[2] = c->process->user.uid | (uint64_t) UINT32_MAX << 32;
        plan_add_step(&c->builder, &step);
        if (!compilation_enters_last(c))
                plan_add_step(&c->builder, &(PlanStep) { .kind = STEP_TERMINAL });
        return 0;
}

typedef struct ProtectedPath {
        char *path;
        size_t index;
        bool again;             /* an earlier one is the same */
} ProtectedPath;

static int compare_path(const void *a, const void *b) {
        const ProtectedPath *left = a, *right = b;
        int r = strcmp(left->path, right->path);

        return r != 0 ? r : left->index < right->index ? -1 : left->index > right->index;
}

static int compare_index(const void *a, const void *b) {
        const ProtectedPath *left = a, *right = b;

        return left->index < right->index ? -1 : left->index > right->index;
}

/* Each path once, however it is written, in the order given: another mount on it would hide nothing more. */
static int add_protected_paths(Compilation *c, char *const *paths, PlanStep step) {
        size_t n_paths = strv_length((char **) (uintptr_t) paths), n = 0;
        CLEANUP(freep) ProtectedPath *list = calloc(n_paths + 1, sizeof *list);
        int r = list ? 0 : -ENOMEM;

        for (; r >= 0 && n < n_paths; n++) {
                list[n] = (ProtectedPath) { .path = path_simplify(paths[n]), .index = n };
                if (!list[n].path)
                        r = -ENOMEM;
        }
        if (r >= 0)
                qsort(list, n, sizeof *list, compare_path);
        for (size_t i = 1; r >= 0 && i < n; i++)
                list[i].again = streq(list[i - 1].path, list[i].path);
        if (r >= 0)
                qsort(list, n, sizeof *list, compare_index);
        for (size_t i = 0; i < n; i++) {
                if (r >= 0 && !list[i].again) {
                        step.path = plan_add_string(&c->builder, list[i].path);
                        plan_add_step(&c->builder, &step);
                }
                free(list[i].path);
        }
        return r;
}

int part_protected_paths(Compilation *c, Error *error) {
        CLEANUP(text_done) Text data = {};
        int r;

        if ((compilation_namespaces(c) & CLONE_NEWNS) == 0) {
                const SpecOs *os = &c->spec->os;

                if (strv_length(os->masked_paths) > 0 || strv_length(os->readonly_paths) > 0)
                        return error_set(error, -EINVAL, "linux.%s: needs a mount namespace",
                                         strv_length(os->masked_paths) > 0 ? "maskedPaths" : "readonlyPaths");
                return 0;
        }
        r = compilation_add_label(c, &data, error);
        if (r < 0)
                return r;
        r = add_protected_paths(c, c->spec->os.readonly_paths, (PlanStep) { .kind = STEP_READONLY });
        if (r >= 0)
                r = add_protected_paths(c, c->options->writable_paths, (PlanStep) { .kind = STEP_WRITABLE });
        if (r >= 0)
                r = add_protected_paths(c, c->spec->os.masked_paths, (PlanStep) { .kind = STEP_MASK, .data = plan_add_string(&c->builder, data.string) });
        return r < 0 ? error_set(error, r, "linux.maskedPaths: %m") : 0;
}
