/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cgroups below a delegated one. systemd's rule is that each cgroup has one writer: below a unit with Delegate=yes that is the unit's own processes, and
 * nowhere else is it us. Invariants: nothing is made, written or removed but below a cgroup that systemd has marked as delegated, of a unit that the caller
 * runs in itself and that belongs to his user; what was there before is never removed, unless it is the very cgroup that is asked for and it is empty.
 * Called by the launch of a container, and by its delete. */

#include "cgroup/delegate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "cgroup/cgroup.h"

#define CONTROLLERS_MAX 4096
#define DEPTH_MAX 64
#define NAP_USEC USEC_PER_MSEC

void delegation_done(Delegation *delegation) {
        free(delegation->cgroup);
        free(delegation->unit_cgroup);
        free(delegation->unit);
        *delegation = (Delegation) {};
}

/* ---- whose is it ---- */

static bool component_ends_with(const char *component, size_t length, const char *suffix) {
        size_t n = strlen(suffix);

        return length > n && memcmp(component + length - n, suffix, n) == 0;
}

/* The length of the part of a path that is the cgroup of a unit, as systemd tells it from paths: slices, then a service or scope. In the cgroup of a user's
 * manager that manager's units follow in the same way, and between them nothing is anybody else's. 0: no unit. */
static size_t unit_length(const char *path, bool *ret_in_user_manager) {
        const char *component = path;
        bool in_user_manager = false;

        *ret_in_user_manager = false;
        while (*component == '/') {
                size_t length = strcspn(++component, "/");
                bool service = component_ends_with(component, length, ".service");

                if (service && !in_user_manager && startswith(component, "user@"))
                        in_user_manager = true;
                else if (service || component_ends_with(component, length, ".scope")) {
                        *ret_in_user_manager = in_user_manager;
                        return (size_t) (component + length - path);
                } else if (!component_ends_with(component, length, ".slice"))
                        return 0;
                component += length;
        }
        return 0;
}

/* The system's manager (252) sets both, and user.delegate is the one that a user may read. A user's manager sets none (252 to 262), so that of its units the
 * owner of the cgroup decides, which is the user: with or without Delegate= nobody else can be disturbed. */
static bool is_delegated(int fd, bool in_user_manager) {
        static const char *const names[] = { "user.delegate", "trusted.delegate" };
        struct stat st;
        char value[2];

        if (fstat(fd, &st) < 0 || st.st_uid != geteuid())
                return false;
        FOREACH_ELEMENT(name, names)
                if (fgetxattr(fd, *name, value, sizeof value) == 1)
                        return value[0] == '1';
        return in_user_manager;
}

static bool is_below(const char *path, const char *cgroup) {
        const char *rest = startswith(path, cgroup);

        return rest && (*rest == '\0' || *rest == '/');
}

int cgroup_find_delegation(const char *path, Delegation *ret) {
        CLEANUP(delegation_done) Delegation found = {};
        CLEANUP(freep) char *own = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        bool in_user_manager;
        const char *name;
        size_t length;

        if (path[0] != '/' || path_has_dotdot(path))
                return 0;
        found.cgroup = path_simplify(path);
        if (!found.cgroup)
                return -ENOMEM;
        length = unit_length(found.cgroup, &in_user_manager);
        if (length == 0 || found.cgroup[length] != '/')
                return 0;
        found.unit_cgroup = strndup(found.cgroup, length);
        if (!found.unit_cgroup)
                return -ENOMEM;
        if (cgroup_of_process(0, &own) < 0 || !is_below(own, found.unit_cgroup))
                return 0;
        fd = cgroup_open(found.unit_cgroup, NULL);
        if (fd < 0 || !is_delegated(fd, in_user_manager))
                return 0;
        name = strrchr(found.unit_cgroup, '/') + 1;
        /* systemd escapes so what could be a file of the kernel's. */
        found.unit = strdup(name[0] == '_' ? name + 1 : name);
        if (!found.unit)
                return -ENOMEM;
        *ret = found;
        found = (Delegation) {};
        return 1;
}

/* ---- making ---- */

static bool has_processes(int fd) {
        CLEANUP(fd_closep) int procs_fd = openat(fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
        char byte;

        return procs_fd >= 0 && read(procs_fd, &byte, 1) > 0;
}

/* All at once, and one by one where that is refused. With a process in it the kernel refuses all but those for threads (cpu, cpuset, pids), and these would
 * make it the root of threaded cgroups, below which no process can be put (cgroups(7)). */
static void pass_on_controllers(int fd) {
        CLEANUP(freep) char *there = NULL, *passed = NULL;
        CLEANUP(strv_freep) char **controllers = NULL, **enabled = NULL;
        CLEANUP(text_done) Text all = {};

        if (has_processes(fd) || file_read_at(fd, "cgroup.controllers", CONTROLLERS_MAX, &there, NULL) < 0 || strv_split(there, " \n", &controllers) < 0 ||
            file_read_at(fd, "cgroup.subtree_control", CONTROLLERS_MAX, &passed, NULL) < 0 || strv_split(passed, " \n", &enabled) < 0)
                return;
        STRV_FOREACH(controller, controllers)
                if (!strv_contains(enabled, *controller))
                        text_addf(&all, "%s+%s", all.length > 0 ? " " : "", *controller);
        if (all.length == 0 || text_failed(&all) || file_write_at(fd, "cgroup.subtree_control", all.string) >= 0)
                return;
        STRV_FOREACH(controller, controllers) {
                char word[64];
                int r;

                (void) snprintf(word, sizeof word, "+%s", *controller);
                r = strv_contains(enabled, *controller) ? 0 : file_write_at(fd, "cgroup.subtree_control", word);
                if (r < 0)
                        log_debug("delegated cgroup: %s: %s", word, strerror(-r));
        }
}

static int make_component(int parent_fd, const char *name, bool last, size_t *n_made) {
        int fd;

        if (mkdirat(parent_fd, name, 0755) >= 0)
                (*n_made)++;
        else if (errno != EEXIST)
                return -errno;
        else if (last) {
                /* Of an attempt that was killed; the kernel removes none that has processes or children. */
                if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 || mkdirat(parent_fd, name, 0755) < 0)
                        return -EEXIST;
                (*n_made)++;
        }
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int cgroup_make(const char *unit_cgroup, const char *path, size_t *ret_n_made, Error *error) {
        CLEANUP(strv_freep) char **names = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        const char *below = startswith(path, unit_cgroup);
        int r;

        *ret_n_made = 0;
        if (!below || *below != '/' || path_has_dotdot(below))
                return -EINVAL;
        r = strv_split(below, "/", &names);
        if (r < 0)
                return r;
        fd = cgroup_open(unit_cgroup, error);
        if (fd < 0)
                return fd;
        STRV_FOREACH(name, names) {
                int next;

                pass_on_controllers(fd);
                next = make_component(fd, *name, !name[1], ret_n_made);
                if (next < 0) {
                        cgroup_unmake(path, *ret_n_made);
                        *ret_n_made = 0;
                        return next == -EEXIST ? error_set(error, next, "cgroup %s is in use", path) : error_set(error, next, "cgroup %s: %m", path);
                }
                fd_close(fd);
                fd = next;
        }
        return TAKE_FD(fd);
}

/* ---- removing ---- */

/* The directory above, and the last component. */
static int open_above(const char *path, const char **ret_name) {
        CLEANUP(freep) char *above = NULL;
        const char *slash = strrchr(path, '/');

        if (!slash || !slash[1])
                return -EINVAL;
        above = strndup(path, slash > path ? (size_t) (slash - path) : 1);
        *ret_name = slash + 1;
        return above ? cgroup_open(above, NULL) : -ENOMEM;
}

/* EBUSY while a process that was killed is still on its way out. */
static int remove_directory(int parent_fd, const char *name, uint64_t deadline_usec) {
        while (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0) {
                if (errno == ENOENT)
                        return 0;
                if (errno != EBUSY || usec_monotonic() >= deadline_usec)
                        return -errno;
                usec_sleep(NAP_USEC);
        }
        return 0;
}

void cgroup_unmake(const char *path, size_t n) {
        CLEANUP(freep) char *rest = strdup(path);

        for (; rest && n > 0; n--) {
                const char *name;
                CLEANUP(fd_closep) int fd = open_above(rest, &name);

                if (fd < 0 || remove_directory(fd, name, usec_monotonic() + USEC_PER_SEC) < 0)
                        return;
                *strrchr(rest, '/') = '\0';
        }
}

static int remove_tree(int parent_fd, const char *name, unsigned depth, uint64_t deadline_usec) {
        CLEANUP(fd_closep) int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        CLEANUP(strv_freep) char **names = NULL;
        int r = fd < 0 ? -errno : depth >= DEPTH_MAX ? -ELOOP : directory_read_names(fd, &names);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        STRV_FOREACH(child, names) {
                struct stat st;

                if (fstatat(fd, *child, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
                        continue;
                r = remove_tree(fd, *child, depth + 1, deadline_usec);
                if (r < 0)
                        return r;
        }
        return remove_directory(parent_fd, name, deadline_usec);
}

int cgroup_remove(const char *path, uint64_t deadline_usec) {
        const char *name;
        CLEANUP(fd_closep) int fd = open_above(path, &name);
        int r;

        if (fd < 0)
                return fd == -ENOENT || fd == -ENODEV ? 0 : fd;
        /* As a rule there is nothing in it; what has cgroups below is busy too. */
        r = remove_directory(fd, name, 0);
        if (r == -EBUSY)
                r = remove_tree(fd, name, 0, deadline_usec);
        return r == -ENODEV ? 0 : r;
}
