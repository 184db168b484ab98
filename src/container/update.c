/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* update: limits of a running container. Invariants: every knob keeps its one owner (a property where systemd has one, else a file); what nobody
 * asked to change is not written; what was refused leaves all as it was.
 *
 * Order: checks, then files (which can be written back), then the device program (replaced in one step), then all properties in one call that systemd
 * takes or refuses as a whole. */

#include "container/update.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/check.h"
#include "cgroup/device.h"
#include "container/announce.h"
#include "resource/compile.h"
#include "resource/knobs.h"
#include "resource/print.h"
#include "spec/check.h"
#include "systemd/manager.h"

#define FILE_SIZE_MAX 65536
#define RESOURCES_FILE "resources.json" /* in the state directory: what is in force since the last update */

typedef struct Update {
        Container *container;
        int cgroup_fd;
        SpecResources *before, *merged;
        ResourceSet *set;       /* what is to be written */
        ResourceSet *late;      /* files that can only be written behind the properties */
        ResourceSet *files;     /* what the files held */
} Update;

static void update_done(Update *update) {
        fd_close(update->cgroup_fd);
        spec_resources_free(update->before);
        spec_resources_free(update->merged);
        resource_set_free(update->set);
        resource_set_free(update->late);
        resource_set_free(update->files);
}

/* The cgroup is berth's own, and so are all of its files. */
static bool is_delegated(const Update *update) {
        return update->container->record->supervising_unit;
}

/* Above which controllers may be passed on, or NULL. */
static const char *cgroup_path(const Update *update) {
        return is_delegated(update) ? NULL : update->container->record->cgroup;
}

/* What the last update left, or what the bundle said. NULL when that is nothing. */
static int read_before(Container *container, SpecResources **ret, Error *error) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r = file_read_regular_at(container->dir_fd, RESOURCES_FILE, SPEC_SIZE_MAX, &text, &size);

        if (r >= 0) {
                r = spec_parse_resources(text, size, ret, error);
                return r < 0 ? error_prefix(error, RESOURCES_FILE) : 0;
        }
        if (r != -ENOENT)
                return error_set(error, r, RESOURCES_FILE ": %m");
        r = container_load_spec(container, error);
        if (r < 0 || !container->spec->os.resources)
                return r;
        r = spec_resources_merge(NULL, container->spec->os.resources, ret);
        return r < 0 ? error_set(error, r, "linux.resources: %m") : 0;
}

static int keep(const Update *update, Error *error) {
        CLEANUP(freep) char *text = spec_resources_to_json(update->merged);
        int r = text ? 0 : -ENOMEM;

        if (r >= 0 && strlen(text) > SPEC_SIZE_MAX)
                r = -EFBIG;
        if (r >= 0)
                r = file_replace_at(update->container->dir_fd, RESOURCES_FILE, text, strlen(text), 0600);
        return r < 0 ? error_set(error, r, RESOURCES_FILE ": %m") : 0;
}

/* ---- checks ---- */

/* Asked for with memory.checkBeforeUpdate: else the kernel reclaims, and kills where that is not enough. The texts are runc's. */
static int check_usage(const Update *update, const SpecResources *changes, Error *error) {
        const SpecMemory *memory = changes->memory;
        uint64_t usage;
        int r;

        if (!memory || !memory->check_before_update.set || !memory->check_before_update.value)
                return 0;
        r = cgroup_read_u64(update->cgroup_fd, "memory.current", &usage);
        if (r < 0)
                return error_set(error, r, "linux.resources.memory.checkBeforeUpdate: memory.current: %m");
        if (memory->swap.value > 0 && (uint64_t) memory->swap.value <= usage)
                return error_set(error, -EBUSY, "linux.resources.memory.swap: rejecting memory+swap limit %" PRIi64 " <= usage %" PRIu64,
                                 memory->swap.value, usage);
        if (memory->limit.value > 0 && (uint64_t) memory->limit.value <= usage)
                return error_set(error, -EBUSY, "linux.resources.memory.limit: rejecting memory limit %" PRIi64 " <= usage %" PRIu64,
                                 memory->limit.value, usage);
        return 0;
}

static int prepare(Update *update, const SpecResources *changes, Error *error) {
        int r;

        r = spec_check_resources(changes, error);
        if (r >= 0)
                r = read_before(update->container, &update->before, error);
        if (r < 0)
                return r;
        r = spec_resources_merge(update->before, changes, &update->merged);
        if (r < 0)
                return error_set(error, r, "linux.resources: %m");
        r = resource_compile_update(update->before, changes, update->merged, is_delegated(update), &update->set, error);
        if (r >= 0)
                r = cgroup_check_devices(update->set, error);
        if (r >= 0)
                r = cgroup_check_controllers(update->cgroup_fd, update->set, error);
        if (r >= 0)
                r = cgroup_check_possible(update->cgroup_fd, update->set, error);
        return r < 0 ? r : check_usage(update, changes, error);
}

/* ---- files ---- */

/* Most files take back what they give, a line at a time. */
static int add_lines(ResourceSet *set, const CgroupFile *file, const char *text) {
        CLEANUP(strv_freep) char **lines = NULL;
        int r = strv_split(text, "\n", &lines);

        STRV_FOREACH(line, lines) {
                CgroupFile *copy = r < 0 ? NULL : resource_set_add_file(set, file->name);

                if (!copy)
                        return -ENOMEM;
                copy->controller = file->controller;
                copy->field = file->field;
                copy->value = strdup(*line);
                if (!copy->value)
                        return -ENOMEM;
        }
        return r;
}

/* What the set's files hold now, as a set of its own; a file that is not there is left out. */
static int read_files(int cgroup_fd, const ResourceSet *set, ResourceSet **ret) {
        CLEANUP(resource_set_freep) ResourceSet *now = calloc(1, sizeof *now);

        if (!now)
                return -ENOMEM;
        for (size_t i = 0; i < set->n_files; i++) {
                CLEANUP(freep) char *text = NULL;
                int r = file_read_at(cgroup_fd, set->files[i].name, FILE_SIZE_MAX, &text, NULL);

                if (r >= 0)
                        r = add_lines(now, &set->files[i], text);
                if (r == -ENOMEM)
                        return r;
        }
        *ret = TAKE_PTR(now);
        return 0;
}

/* The kernel wants the burst to be within the quota at each moment: a larger one can only follow a larger quota. What
 * depends on what systemd has written comes after that. */
static bool is_late(const Update *update, const CgroupFile *file) {
        uint64_t now, wanted;

        if (file->only_if)
                return true;
        return streq(file->name, "cpu.max.burst") && number_parse_u64(file->value, UINT64_MAX, &wanted) >= 0 &&
               cgroup_read_u64(update->cgroup_fd, file->name, &now) >= 0 && wanted > now;
}

static int split_late(Update *update) {
        ResourceSet *set = update->set;
        size_t kept = 0;

        update->late = calloc(1, sizeof *update->late);
        if (!update->late)
                return -ENOMEM;
        for (size_t i = 0; i < set->n_files; i++) {
                CgroupFile *file = &set->files[i], *late;

                if (!is_late(update, file)) {
                        set->files[kept++] = *file;
                        continue;
                }
                late = resource_set_add_file(update->late, file->name);
                if (late) {
                        late->controller = file->controller;
                        late->field = file->field;
                        late->optional = file->optional;
                        late->only_if = file->only_if;
                        late->value = TAKE_PTR(file->value);
                }
                free(file->name);
                free(file->value);
                if (!late) {
                        memmove(set->files + kept, set->files + i + 1, (set->n_files - i - 1) * sizeof *file);
                        set->n_files -= i + 1 - kept;
                        return -ENOMEM;
                }
        }
        set->n_files = kept;
        return 0;
}

static void restore_files(const Update *update) {
        CLEANUP(error_done) Error error = {};

        if (cgroup_write_files(update->cgroup_fd, cgroup_path(update), update->files, &error) < 0)
                log_warning("going back: %s", error_text(&error));
}

static int write_files(const Update *update, const ResourceSet *files, Error *error) {
        int r = cgroup_write_files(update->cgroup_fd, cgroup_path(update), files, error);

        if (r < 0)
                restore_files(update);
        return r;
}

/* ---- devices ---- */

static int attach_devices(const Update *update, const ResourceSet *set, Error *error) {
        if (set->n_devices == 0 || update->container->record->user_manager)
                return 0;
        return cgroup_device_attach(update->cgroup_fd, set->devices, set->n_devices, error);
}

static void restore_devices(const Update *update) {
        CLEANUP(resource_set_freep) ResourceSet *before = NULL;
        CLEANUP(error_done) Error error = {};
        static const SpecResources nothing = {};
        int r;

        if (update->set->n_devices == 0)
                return;
        r = resource_compile_devices(update->before ? update->before : &nothing, &before, &error);
        if (r >= 0)
                r = attach_devices(update, before, &error);
        if (r < 0)
                log_warning("going back: %s", error_text(&error));
}

/* ---- properties ---- */

/* The value that is no limit; it shares what the other has allocated. */
static Property neutral(const Property *property) {
        Property none = *property;

        if (property->type == PROPERTY_U64)
                none.u64 = streq(property->name, "MemoryLow") || streq(property->name, "MemoryMin") ? 0 : UINT64_MAX;
        if (property->type == PROPERTY_BYTES)
                none.n_bytes = 0;
        if (property->type == PROPERTY_DEVICE_LIMITS)
                none.n_limits = 0;
        return none;
}

/* systemd does not tell the kernel that a list has become empty (252 to 262, systemd#43846), and the kernel takes no
 * empty list of a cgroup with processes (ENOSPC): what the cgroup above may use is as good as none. */
static void clear_set(const Update *update, const char *file) {
        CLEANUP(freep) char *above = NULL, *path = NULL;
        int r = asprintf(&path, "../%s.effective", file) < 0
                        ? -ENOMEM
                        : file_read_at(update->cgroup_fd, path, FILE_SIZE_MAX, &above, NULL);

        if (r >= 0)
                r = file_write_at(update->cgroup_fd, file, above);
        if (r < 0)
                log_warning("going back: %s: %s", file, strerror(-r));
}

static void clear_sets(const Update *update, const ResourceSet *before) {
        for (size_t i = 0; i < update->set->n_properties; i++) {
                const Property *property = &update->set->properties[i];
                const Knob *knob = property->type == PROPERTY_BYTES ? knob_by_property(property->name) : NULL;

                if (knob && !(before && resource_set_find(before, property->name)))
                        clear_set(update, knob->file);
        }
}

/* systemd has taken what the kernel refused: all that was sent goes back to what the bundle and earlier updates said. */
static void restore_properties(const Update *update, Manager *manager) {
        static const SpecResources nothing = {};
        CLEANUP(resource_set_freep) ResourceSet *before = NULL;
        CLEANUP(freep) Property *properties = calloc(2 * update->set->n_properties, sizeof *properties);
        CLEANUP(error_done) Error error = {};
        size_t n = 0;
        int r = properties ? 0 : -ENOMEM;

        if (r >= 0 && update->before)
                r = resource_compile_update(NULL, &nothing, update->before, false, &before, &error);
        for (size_t i = 0; r >= 0 && i < update->set->n_properties; i++) {
                const Property *property = &update->set->properties[i], *old = before ? resource_set_find(before, property->name) : NULL;

                /* systemd adds to lists: they are emptied first. */
                if (!old || property->type == PROPERTY_DEVICE_LIMITS)
                        properties[n++] = neutral(property);
                if (old)
                        properties[n++] = *old;
        }
        if (r >= 0)
                r = manager_set_properties(manager, update->container->record->unit, properties, n, &error);
        clear_sets(update, before);
        if (r < 0)
                log_warning("going back: %s", error_text(&error));
}

static int set_properties(const Update *update, Error *error) {
        const Record *record = update->container->record;
        CLEANUP(manager_closep) Manager *manager = NULL;
        int r;

        if (update->set->n_properties == 0)
                return 0;
        if (!record->unit)
                return error_set(error, -EOPNOTSUPP, "container %s has no unit that could be limited", update->container->id);
        r = manager_open(record->user_manager, &manager, error);
        if (r < 0)
                return r;
        r = manager_set_properties(manager, record->unit, update->set->properties, update->set->n_properties, error);
        if (r >= 0) {
                r = cgroup_check_applied(update->cgroup_fd, update->set, error);
                if (r < 0)
                        restore_properties(update, manager);
        }
        return r;
}

static void tell(const ResourceSet *set) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(strv_freep) char **lines = NULL;

        if (!log_enabled(LOG_LEVEL_DEBUG))
                return;
        resource_to_text(set, &text);
        if (!text_failed(&text) && text.string && strv_split(text.string, "\n", &lines) >= 0)
                STRV_FOREACH(line, lines)
                        log_debug("update: %s", *line);
}

static int apply(Update *update, Error *error) {
        int r;

        tell(update->set);

        r = read_files(update->cgroup_fd, update->set, &update->files);
        if (r >= 0)
                r = split_late(update);
        if (r < 0)
                return error_set(error, r, "cgroup files: %m");
        r = write_files(update, update->set, error);
        if (r < 0)
                return r;
        r = attach_devices(update, update->set, error);
        if (r >= 0)
                r = set_properties(update, error);
        if (r < 0) {
                restore_devices(update);
                restore_files(update);
                return r;
        }
        return write_files(update, update->late, error);
}

/* An update has no ociVersion of its own. */
static int set_version(Container *container, SpecResources *changes, Error *error) {
        int r;

        if (!changes->pids || !changes->pids->limit.set || changes->pids->limit.value != 0)
                return 0;
        r = container_load_spec(container, error);
        if (r >= 0)
                spec_resources_of_version(changes, container->spec->oci_version);
        return r;
}

int container_update(Container *container, SpecResources *changes, Error *error) {
        CLEANUP(update_done) Update update = { .container = container, .cgroup_fd = -EBADF };
        int r = container_check_runs(container, error);

        if (r < 0)
                return r;
        update.cgroup_fd = container_open_cgroup(container, error);
        if (update.cgroup_fd < 0)
                return update.cgroup_fd;
        r = set_version(container, changes, error);
        if (r >= 0)
                r = prepare(&update, changes, error);
        if (r >= 0)
                r = apply(&update, error);
        if (r >= 0)
                r = keep(&update, error);
        if (r >= 0 && (update.set->n_properties > 0 || update.set->n_files > 0 || update.late->n_files > 0 || update.set->n_devices > 0))
                announce_limits_changed(container);
        return r;
}
