/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What delete --force opens: a container in whatever condition. Invariants: what is ended is the container's, by the lock on its directory, by the inode of its
 * cgroup, by its mark, or by its unit's Description= and control group; a directory in which somebody else has files is left alone. Called by delete --force. */

#include "container/forced.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/holder.h"
#include "container/store.h"
#include "container/unit-stop.h"
#include "resource/name.h"

/* Who has the lock for longer is ended: nobody would wait for a hook that hangs. */
#define GRACE_USEC (2 * USEC_PER_SEC)
#define AFTER_END_USEC (5 * USEC_PER_SEC)

/* ---- the lock ---- */

static int take_lock(Container *container, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + CONTAINER_LOCK_USEC;
        CLEANUP(error_done) Error attempt = {};
        int r = container_lock_directory(container, GRACE_USEC, &attempt);

        /* Others may have waited for it, too. */
        while (r == -ETIME && usec_monotonic() < deadline_usec) {
                error_done(&attempt);
                r = holder_end(container->dir_fd, &attempt);
                if (r == -EPERM)
                        return container_lock_directory(container, CONTAINER_LOCK_USEC - GRACE_USEC, error);
                if (r >= 0)
                        r = container_lock_directory(container, AFTER_END_USEC, &attempt);
        }
        return r < 0 && r != -ENOENT ? error_set(error, r, "%s", error_text(&attempt)) : r;
}

/* ---- what is left of a record ---- */

/* What berth puts into a container's directory. */
static bool is_our_file(const char *name) {
        static const char *const names[] = {
                RECORD_FILE, "config.json", "plan", "start", "exit", "final", "resources.json", "notify", "criu.work", "criu-root",
        };

        FOREACH_ELEMENT(ours, names) {
                const char *rest = startswith(name, *ours);

                if (rest && (!*rest || (*rest == '.' && endswith(rest, "~"))))
                        return true;
        }
        return false;
}

static int check_files(const Container *container, Error *error) {
        CLEANUP(strv_freep) char **names = NULL;
        int r = directory_read_names(container->dir_fd, &names);

        if (r < 0)
                return error_set(error, r, "container %s: %m", container->id);
        STRV_FOREACH(name, names)
                if (!is_our_file(*name))
                        return error_set(error, -ENOTEMPTY, "container %s: its directory has no record, and \"%s\" that is not berth's", container->id, *name);
        return 0;
}

/* A state.json that says nothing of ours, and nothing else of ours beside it: runc and libcontainer have a file of that name too. An empty one says nothing of
 * anybody. */
static int check_record(const Container *container, Error *error) {
        CLEANUP(strv_freep) char **names = NULL;
        struct stat st;
        int r = directory_read_names(container->dir_fd, &names);

        if (r < 0)
                return error_set(error, r, "container %s: %m", container->id);
        if (strv_length(names) != 1)
                return 0;
        if (fstatat(container->dir_fd, RECORD_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
                return 0;
        return error_set(error, -EPERM, "container %s: " RECORD_FILE " is not berth's, and nothing else in its directory is", container->id);
}

static char *name_unit(const Container *container, const char *cgroups_path) {
        const Placement placement = { .user_manager = container->record->user_manager };
        CLEANUP(freep) char *slice = NULL;
        char *unit;

        return resource_name(cgroups_path, container->id, &placement, &slice, &unit, NULL) < 0 ? NULL : unit;
}

/* The unit that its bundle asks for. */
static char *unit_from_spec(Container *container) {
        const char *path = container_load_spec(container, NULL) >= 0 ? container->spec->os.cgroups_path : NULL;

        return name_unit(container, path);
}

static int take_unit(Record *record, const char *unit, const UnitIdentity *identity) {
        char *copy = strdup(unit), *cgroup = strdup(identity->control_group);
        CLEANUP(fd_closep) int fd = -EBADF;

        if (!copy || !cgroup) {
                free(copy);
                free(cgroup);
                return -ENOMEM;
        }
        free(record->unit);
        free(record->cgroup);
        record->unit = copy;
        record->cgroup = cgroup;
        record->cgroup_id = 0;
        fd = *cgroup ? cgroup_open(cgroup, NULL) : -ENOENT;
        return fd < 0 ? 0 : cgroup_id(fd, &record->cgroup_id);
}

/* 1: it is the container's; 0: it is not, or there is none. */
static int try_unit(Container *container, const char *unit, Error *error) {
        CLEANUP(unit_identity_done) UnitIdentity identity = {};
        CLEANUP(error_done) Error attempt = {};
        Record claim = *container->record;
        int r;

        claim.unit = (char *) (uintptr_t) unit;
        claim.cgroup = NULL;
        r = unit_identify(&claim, container->mark, &identity, &attempt);
        if (r == -ENOENT || r == -EPERM)
                return 0;
        if (r < 0)
                return error_set(error, r, "%s", error_text(&attempt));
        r = take_unit(container->record, unit, &identity);
        return r < 0 ? r : 1;
}

/* The unit whose cgroup is the lowest on the way, or NULL. */
static char *unit_above(const char *cgroup) {
        CLEANUP(freep) char *copy = strdup(cgroup);
        char *last = copy ? strrchr(copy, '/') : NULL;

        while (last && last > copy) {
                const char *name;

                *last = '\0';
                last = strrchr(copy, '/');
                name = last ? last + 1 : copy;
                if (endswith(name, ".service") || endswith(name, ".scope"))
                        return strdup(name);
        }
        return NULL;
}

/* Below a delegated cgroup, as its bundle asks for: a cgroup that berth has marked for this directory. 1: it is there. */
static int take_marked_cgroup(Container *container) {
        const char *path = container->spec ? container->spec->os.cgroups_path : NULL;
        CLEANUP(freep) char *cgroup = path && path[0] == '/' && !path_has_dotdot(path) ? path_simplify(path) : NULL;
        CLEANUP(fd_closep) int fd = cgroup ? cgroup_open(cgroup, NULL) : -ENOENT;
        Record *record = container->record;
        char mark[CGROUP_MARK_SIZE];
        char *unit;

        if (fd < 0 || cgroup_get_mark(fd, mark) < 0 || !streq(mark, container->mark))
                return 0;
        unit = unit_above(cgroup);
        if (!unit)
                return 0;
        free(record->supervising_unit);
        record->supervising_unit = unit;
        record->cgroup = TAKE_PTR(cgroup);
        return 1;
}

static int find_unit(Container *container, Error *error) {
        Record *record = container->record;
        CLEANUP(freep) char *named = record->unit ? strdup(record->unit) : NULL, *from_spec = unit_from_spec(container), *from_id = name_unit(container, NULL);
        const char *const units[] = { named, from_spec, from_id };

        if (container->spec && spec_map_copy(&container->spec->annotations, &record->annotations) < 0)
                return -ENOMEM;
        FOREACH_ELEMENT(unit, units) {
                int r = *unit ? try_unit(container, *unit, error) : 0;

                if (r != 0)
                        return r;
        }
        /* A cgroup is still known by its inode. */
        free(TAKE_PTR(record->unit));
        if (record->cgroup_id != 0)
                return 0;
        free(TAKE_PTR(record->cgroup));
        return take_marked_cgroup(container);
}

static int salvage(Container *container, bool recorded, Error *error) {
        int r = record_salvage(container->dir_fd, container->id, &container->record);
        bool ours;

        if (r < 0)
                return container_report(container->id, r, error);
        ours = container->record->unit || container->record->cgroup || container->record->pid != 0;
        container->record->user_manager = !process_is_system_root();
        r = container_open_process(container, error);
        if (r >= 0)
                r = find_unit(container, error);
        if (r > 0 || r < 0)
                return r;
        /* Nobody is known to run in it. Where there never was a record of ours, the directory may be of another runtime. */
        if (!recorded)
                return check_files(container, error);
        return ours ? 0 : check_record(container, error);
}

/* A launch that was killed before it knew its cgroup's inode has written names that belong together. Others are not believed. */
static bool contradicts_itself(const Record *record) {
        return record->unit && record->cgroup && record->cgroup_id == 0 && !record_cgroup_is_of_unit(record);
}

int container_open_forced(int root_fd, const char *id, Container **ret, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(error_done) Error reason = {};
        int r = container_open_directory(root_fd, id, &container, error);

        if (r < 0)
                return r;
        r = take_lock(container, error);
        if (r < 0)
                return container_report(id, r, error);
        r = record_read(container->dir_fd, &container->record, &reason);
        if (r >= 0 && contradicts_itself(container->record)) {
                r = error_set(&reason, -EBADMSG, RECORD_FILE ": cgroup %s is not that of unit %s", container->record->cgroup,
                              container->record->unit);
                container->record = record_free(container->record);
        }
        if (r >= 0)
                r = container_open_process(container, error);
        else if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
                r = container_report(id, r, error);
        else {
                if (r != -ENOENT)
                        log_warning("container %s: %s: ending what can be found", id, error_text(&reason));
                r = salvage(container, r != -ENOENT, error);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(container);
        return 0;
}

int container_open_ruin(int root_fd, const char *id, Container **ret, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r = container_open_directory(root_fd, id, &container, error);

        if (r >= 0)
                r = container_report(id, record_salvage(container->dir_fd, id, &container->record), error);
        if (r >= 0)
                r = container_open_process(container, error);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(container);
        return 0;
}
