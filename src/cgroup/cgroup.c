/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A cgroup's directory: finding it, its events, its processes. Invariant: nothing is reached by a path that was put together
 * from a container's words, only below the mount and without symlinks. */

#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"

#define FILE_SIZE_MAX (1U << 20)

const char *cgroup_mount(void) {
        static const char *const candidates[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
        struct statfs fs;

        FOREACH_ELEMENT(candidate, candidates)
                if (statfs(*candidate, &fs) >= 0 && (unsigned long) fs.f_type == CGROUP2_SUPER_MAGIC)
                        return *candidate;
        return NULL;
}

int cgroup_open(const char *path, Error *error) {
        const char *mount = cgroup_mount(), *below = path + strspn(path, "/");
        CLEANUP(fd_closep) int mount_fd = -EBADF;
        int fd;

        if (!mount)
                return error_set(error, -EMEDIUMTYPE, "cgroup v2 is not mounted on /sys/fs/cgroup");
        mount_fd = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (mount_fd < 0)
                return error_set(error, -errno, "%s: %m", mount);
        fd = path_open_beneath(mount_fd, *below ? below : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        return fd < 0 ? error_set(error, fd, "cgroup %s: %m", path) : fd;
}

int cgroup_id(int cgroup_fd, uint64_t *ret) {
        struct stat st;

        if (fstat(cgroup_fd, &st) < 0)
                return -errno;
        *ret = st.st_ino;
        return 0;
}

int cgroup_remove_own(const char *path, int cgroup_fd) {
        CLEANUP(fd_closep) int fd = -EBADF;
        CLEANUP(freep) char *parent = strdup(path);
        char *slash = parent ? strrchr(parent, '/') : NULL;
        struct stat ours, named;

        if (!slash)
                return parent ? -EINVAL : -ENOMEM;
        *slash = '\0';
        fd = cgroup_open(*parent ? parent : "/", NULL);
        if (fd < 0)
                return fd;
        if (fstat(cgroup_fd, &ours) < 0 || fstatat(fd, slash + 1, &named, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (ours.st_ino != named.st_ino || ours.st_dev != named.st_dev)
                return -ESTALE;
        return unlinkat(fd, slash + 1, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* A user has no trusted attributes, and may have others (Linux 5.7). */
static const char *const mark_names[] = { "trusted.berth", "user.berth" };

int cgroup_set_mark(int cgroup_fd, const char *mark) {
        FOREACH_ELEMENT(name, mark_names)
                if (fsetxattr(cgroup_fd, *name, mark, strlen(mark), 0) >= 0)
                        return 0;
        return -errno;
}

int cgroup_get_mark(int cgroup_fd, char ret[static CGROUP_MARK_SIZE]) {
        FOREACH_ELEMENT(name, mark_names) {
                ssize_t n = fgetxattr(cgroup_fd, *name, ret, CGROUP_MARK_SIZE - 1);

                if (n >= 0) {
                        ret[n] = '\0';
                        return 0;
                }
        }
        return errno == ENODATA || errno == EOPNOTSUPP ? -ENODATA : -errno;
}

int cgroup_of_process(pid_t pid, char **ret) {
        CLEANUP(freep) char *text = NULL, *copy = NULL;
        char name[64];
        int r;

        if (pid == 0)
                snprintf(name, sizeof name, "/proc/self/cgroup");
        else
                snprintf(name, sizeof name, "/proc/%ld/cgroup", (long) pid);
        r = file_read_at(AT_FDCWD, name, FILE_SIZE_MAX, &text, NULL);
        if (r < 0)
                return r;
        for (char *line = text; line && *line;) {
                char *end = strchr(line, '\n');
                const char *path;

                if (end)
                        *end++ = '\0';
                path = startswith(line, "0::");
                /* "/../x": outside of our cgroup namespace */
                if (path && path[0] == '/' && !path_has_dotdot(path)) {
                        copy = strdup(path);
                        if (!copy)
                                return -ENOMEM;
                        *ret = TAKE_PTR(copy);
                        return 0;
                }
                line = end;
        }
        return -ENODATA;
}

int cgroup_read_u64(int cgroup_fd, const char *name, uint64_t *ret) {
        CLEANUP(freep) char *text = NULL;
        int r = file_read_at(cgroup_fd, name, FILE_SIZE_MAX, &text, NULL);

        if (r < 0)
                return r;
        text[strcspn(text, "\n")] = '\0';
        if (streq(text, "max")) {
                *ret = UINT64_MAX;
                return 0;
        }
        return number_parse_u64(text, UINT64_MAX, ret);
}

/* The number behind "key " at the beginning of a line. */
static int find_key(const char *text, const char *key, uint64_t *ret) {
        size_t length = strlen(key);

        for (const char *line = text; line && *line; line = strchr(line, '\n'), line += !!line)
                if (strncmp(line, key, length) == 0 && line[length] == ' ') {
                        *ret = strtoull(line + length + 1, NULL, 10);
                        return 0;
                }
        return -ENODATA;
}

int cgroup_read_key(int cgroup_fd, const char *name, const char *key, uint64_t *ret) {
        CLEANUP(freep) char *text = NULL;
        int r = file_read_at(cgroup_fd, name, FILE_SIZE_MAX, &text, NULL);

        return r < 0 ? r : find_key(text, key, ret);
}

int cgroup_read_events(int cgroup_fd, CgroupEvents *ret) {
        CLEANUP(freep) char *text = NULL, *memory = NULL;
        CgroupEvents events = {};
        const struct {
                const char *key;
                uint64_t *value;
        } memory_keys[] = {
                { "low", &events.low },
                { "high", &events.high },
                { "max", &events.max },
                { "oom", &events.oom },
                { "oom_kill", &events.oom_kill },
                { "oom_group_kill", &events.oom_group_kill },   /* Linux 5.17 */
        };
        uint64_t value;
        int r;

        r = file_read_at(cgroup_fd, "cgroup.events", FILE_SIZE_MAX, &text, NULL);
        if (r < 0)
                return r;
        events.populated = find_key(text, "populated", &value) >= 0 && value > 0;
        events.frozen = find_key(text, "frozen", &value) >= 0 && value > 0;
        r = file_read_at(cgroup_fd, "memory.events", FILE_SIZE_MAX, &memory, NULL);
        if (r >= 0) {
                events.memory = true;
                FOREACH_ELEMENT(entry, memory_keys)
                        (void) find_key(memory, entry->key, entry->value);
        } else if (r != -ENOENT)
                return r;
        *ret = events;
        return 0;
}

int cgroup_is_frozen(int cgroup_fd) {
        uint64_t value;
        int r = cgroup_read_key(cgroup_fd, "cgroup.events", "frozen", &value);

        return r < 0 ? r : value > 0;
}

int cgroup_is_populated(int cgroup_fd) {
        uint64_t value;
        int r = cgroup_read_key(cgroup_fd, "cgroup.events", "populated", &value);

        return r < 0 ? r : value > 0;
}

/* Seen with systemd 252 on a busy machine: it waits for a cgroup to become empty that is empty already, and would until TimeoutStopSec. A process that
 * comes and goes is news of the same kind. */
void cgroup_touch(int cgroup_fd) {
        struct clone_args clone = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t) cgroup_fd };
        pid_t pid = cgroup_fd < 0 ? -1 : (pid_t) syscall(SYS_clone3, &clone, sizeof clone);

        if (pid == 0)
                _exit(0);
        if (pid > 0)
                (void) process_wait(pid);
}
