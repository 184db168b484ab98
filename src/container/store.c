/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state root: one directory a container, named by its id. Invariant: whoever changes a container holds the lock on its directory, and checks after
 * getting it that the directory is still the one with that name; nobody waits for it without end. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "config.h"
#include "container/container.h"
#include "container/store.h"

#define CONTAINER_ID_MAX 255 /* NAME_MAX: an id is a directory's name */

char *state_root_default(void) {
        const char *runtime_dir;

        if (process_is_system_root())
                return strdup(BERTH_STATE_DIR);
        runtime_dir = getenv("XDG_RUNTIME_DIR");
        return isempty(runtime_dir) ? NULL : path_join(runtime_dir, "berth");
}

static int make_directories(const char *path) {
        CLEANUP(freep) char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        for (char *slash = copy + 1;; slash++) {
                slash = strchrnul(slash, '/');
                if (!*slash)
                        break;
                *slash = '\0';
                if (mkdir(copy, 0755) < 0 && errno != EEXIST)
                        return -errno;
                *slash = '/';
        }
        return mkdir(copy, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int state_root_open(const char *path, bool create, Error *error) {
        CLEANUP(freep) char *chosen = path ? strdup(path) : state_root_default();
        int fd;

        if (!chosen)
                return error_set(error, -ENOENT, "no state directory: XDG_RUNTIME_DIR is not set (give --root)");
        if (streq(chosen, "/"))
                return error_set(error, -EINVAL, "--root: must not be /");
        fd = open(chosen, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT && create) {
                int r = make_directories(chosen);

                if (r < 0)
                        return error_set(error, r, "state directory %s: %m", chosen);
                fd = open(chosen, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        if (fd < 0)
                return error_set(error, -errno, "state directory %s: %m", chosen);
        return fd;
}

int container_check_id(const char *id, Error *error) {
        size_t length = strlen(id);

        if (length == 0)
                return error_set(error, -EINVAL, "container id cannot be empty");
        if (length > CONTAINER_ID_MAX)
                return error_set(error, -EINVAL, "invalid container id format: longer than %d bytes", CONTAINER_ID_MAX);
        for (const char *c = id; *c; c++)
                if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-", *c) && (*c != '.' || c == id))
                        return error_set(error, -EINVAL, "invalid container id format: %s", id);
        return 0;
}

static Container *container_new(int root_fd, const char *id) {
        Container *container = malloc(sizeof *container);

        if (!container)
                return NULL;
        *container = (Container) {
                .id = strdup(id),
                .root_fd = root_fd,
                .dir_fd = -EBADF,
                .lock_fd = -EBADF,
                .pidfd = -EBADF,
        };
        return container->id ? container : container_free(container);
}

Container *container_free(Container *container) {
        if (!container)
                return NULL;
        fd_close(container->dir_fd);
        fd_close(container->lock_fd);
        fd_close(container->pidfd);
        record_free(container->record);
        spec_free(container->spec);
        free(container->id);
        free(container);
        return NULL;
}

/* Who waited for whom. A name that somebody gave himself goes to a terminal: letters alone. */
static void say_locked(const Container *container, uint64_t timeout_usec, Error *error) {
        unsigned seconds = (unsigned) (timeout_usec / USEC_PER_SEC);
        CLEANUP(freep) char *name = NULL;
        char path[64];
        pid_t pid;

        if (lock_holder(container->lock_fd, &pid) < 0) {
                (void) error_set(error, -ETIME, "container %s: waited %u s for its lock", container->id, seconds);
                return;
        }
        snprintf(path, sizeof path, "/proc/%d/comm", pid);
        if (file_read_at(AT_FDCWD, path, 64, &name, NULL) >= 0)
                name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-")] = '\0';
        (void) error_set(error, -ETIME, "container %s: waited %u s for process %d%s%s%s, which holds its lock", container->id, seconds, pid,
                         name ? " (" : "", name ? name : "", name ? ")" : "");
}

/* Locks the directory and checks that nobody removed it while we waited. Of errors only -ETIME sets the Error. */
int container_lock_directory(Container *container, uint64_t timeout_usec, Error *error) {
        struct stat ours, named;
        int r;

        container->lock_fd = openat(container->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (container->lock_fd < 0)
                return -errno;
        r = lock_take(container->lock_fd, usec_monotonic() + timeout_usec);
        if (r < 0) {
                if (r == -ETIME)
                        say_locked(container, timeout_usec, error);
                container->lock_fd = fd_close(container->lock_fd);
                return r;
        }
        if (fstat(container->lock_fd, &ours) < 0 || fstatat(container->root_fd, container->id, &named, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        snprintf(container->mark, sizeof container->mark, "%llx:%llu", (unsigned long long) ours.st_dev, (unsigned long long) ours.st_ino);
        return ours.st_ino == named.st_ino && ours.st_dev == named.st_dev ? 0 : -ENOENT;
}

/* The half of a record that somebody was killed in the middle of (file_replace_at()). */
static bool is_half_record(const char *name) {
        return startswith(name, RECORD_FILE ".") && endswith(name, "~");
}

/* Takes away a directory that has no record: whoever made it was killed before there was anything, or in the middle of container_remove(). What is not ours
 * stays, and with it the directory: other runtimes have state roots of the same form, and --root may name one. True when the name is free. */
static bool remove_unrecorded(const Container *container) {
        CLEANUP(strv_freep) char **names = NULL;

        if (directory_read_names(container->dir_fd, &names) < 0)
                return false;
        STRV_FOREACH(name, names)
                if (is_half_record(*name))
                        (void) unlinkat(container->dir_fd, *name, 0);
        return unlinkat(container->root_fd, container->id, AT_REMOVEDIR) >= 0;
}

int container_open_directory(int root_fd, const char *id, Container **ret, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r;

        r = container_check_id(id, error);
        if (r < 0)
                return r;
        container = container_new(root_fd, id);
        if (!container)
                return -ENOMEM;
        container->dir_fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (container->dir_fd < 0)
                return container_report(id, -errno, error);
        *ret = TAKE_PTR(container);
        return 0;
}

int container_report(const char *id, int r, Error *error) {
        if (r == -ENOENT)
                return error_set(error, r, "container %s does not exist", id);
        return r < 0 ? error_set(error, r, "container %s: %m", id) : r;
}

/* Its init is alive, or gone, or nobody knows. */
int container_open_process(Container *container, Error *error) {
        const Record *record = container->record;
        int r = record->pid > 0 ? process_open((pid_t) record->pid, record->start_time) : -ESRCH;

        container->pidfd = r < 0 ? -EBADF : r;
        return r < 0 && r != -ESRCH ? error_set(error, r, "container %s: process %llu: %m", container->id, (unsigned long long) record->pid) : 0;
}

int container_open(int root_fd, const char *id, ContainerLock lock, Container **ret, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r = container_open_directory(root_fd, id, &container, error);

        if (r < 0)
                return r;
        if (lock == CONTAINER_LOCKED) {
                r = container_lock_directory(container, CONTAINER_LOCK_USEC, error);
                if (r < 0)
                        return container_report(id, r, error);
        }
        r = record_read(container->dir_fd, &container->record, error);
        if (r == -ENOENT) {
                /* The record comes before all else, and goes last. Under the lock nobody is at it. */
                if (lock == CONTAINER_LOCKED)
                        (void) remove_unrecorded(container);
                return container_report(id, r, error);
        }
        if (r < 0)
                return error_prefix(error, "container %s", id);
        r = container_open_process(container, error);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(container);
        return 0;
}

int container_lock(Container *container, uint64_t timeout_usec, Error *error) {
        Record *record;
        int r;

        fd_close(container->lock_fd);
        r = container_lock_directory(container, timeout_usec, error);
        if (r >= 0)
                r = record_read(container->dir_fd, &record, error);
        if (r < 0)
                return container_report(container->id, r, error);
        record_free(container->record);
        container->record = record;
        return 0;
}

void container_unlock(Container *container) {
        container->lock_fd = fd_close(container->lock_fd);
}

/* One without a record is of a berth that was killed before it had written anything, unless one is at it: for all others there is no such container. */
static bool free_name(const Container *wanted) {
        CLEANUP(container_freep) Container *container = container_new(wanted->root_fd, wanted->id);
        CLEANUP(record_freep) Record *record = NULL;

        if (!container)
                return false;
        container->dir_fd = openat(container->root_fd, container->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (container->dir_fd < 0 || container_lock_directory(container, 0, NULL) < 0 || record_read(container->dir_fd, &record, NULL) != -ENOENT)
                return false;
        return remove_unrecorded(container);
}

static int make_directory(Container *container, Error *error) {
        int r;

        /* mkdir(2) decides between two that want the same id. */
        r = mkdirat(container->root_fd, container->id, 0711) < 0 ? -errno : 0;
        if (r == -EEXIST && free_name(container))
                r = mkdirat(container->root_fd, container->id, 0711) < 0 ? -errno : 0;
        if (r == -EEXIST)
                return error_set(error, r, "container with given ID already exists: %s", container->id);
        if (r < 0)
                return error_set(error, r, "state directory of %s: %m", container->id);
        fd_close(container->dir_fd);
        container->lock_fd = fd_close(container->lock_fd);
        container->dir_fd = openat(container->root_fd, container->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = container->dir_fd < 0 ? -errno : container_lock_directory(container, CONTAINER_LOCK_USEC, error);
        if (r < 0 && r != -ENOENT)
                (void) unlinkat(container->root_fd, container->id, AT_REMOVEDIR);
        return r < 0 ? error_set(error, r, "state directory of %s: %m", container->id) : 0;
}

int container_make(int root_fd, const char *id, Container **ret, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        unsigned tries = 0;
        int r;

        r = container_check_id(id, error);
        if (r < 0)
                return r;
        container = container_new(root_fd, id);
        if (!container)
                return -ENOMEM;
        /* -ENOENT: between the two somebody took it for one that was left, as container_open() does. */
        do
                r = make_directory(container, error);
        while (r == -ENOENT && ++tries < 10);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(container);
        return 0;
}

static int remove_entry(int dir_fd, const char *name) {
        int r = unlinkat(dir_fd, name, 0) < 0 ? -errno : 0;

        return r == -EISDIR ? path_remove_tree_at(dir_fd, name) : r == -ENOENT ? 0 : r;
}

/* The record last: what is left by one who is killed here is a container still, and can be deleted again. */
int container_remove(Container *container) {
        CLEANUP(strv_freep) char **names = NULL;
        int r = container->dir_fd < 0 ? 0 : directory_read_names(container->dir_fd, &names);

        STRV_FOREACH(name, names)
                if (r >= 0 && !streq(*name, RECORD_FILE))
                        r = remove_entry(container->dir_fd, *name);
        return r < 0 ? r : path_remove_tree_at(container->root_fd, container->id);
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

int container_list(int root_fd, char ***ret, Error *error) {
        char **names = NULL;
        size_t n = 0;
        int r = directory_read_names(root_fd, &names);

        if (r < 0)
                return error_set(error, r, "state directory: %m");
        STRV_FOREACH(name, names)
                if (**name != '.' && container_check_id(*name, NULL) >= 0)
                        names[n++] = *name;
                else
                        free(*name);
        if (names) {
                names[n] = NULL;
                qsort(names, n, sizeof *names, compare_names);
        }
        *ret = names;
        return 0;
}
