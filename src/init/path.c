/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths of the container. Invariant: each is resolved by openat2(2) with its root as "/" and no magic links, whatever links an image or another
 * process on a shared volume puts in the way (CVE-2019-18837, CVE-2021-30465, CVE-2024-45310), and then used by descriptor. */

#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include "init/setup.h"

#define RACE_RETRIES 128
#define LINKS_MAX 40 /* as the kernel has it */
#define FILE_MODE 0644
#define DIRECTORY_MODE 0755

static int open_how(int dir_fd, const char *path, int flags, uint64_t resolve) {
        struct open_how how = { .flags = (uint64_t) (flags | O_CLOEXEC), .resolve = resolve };
        int r = -EAGAIN;

        /* EAGAIN: something was renamed on the system while ".." was resolved. */
        for (unsigned i = 0; (r == -EAGAIN || r == -EINTR) && i < RACE_RETRIES; i++)
                r = SYSCALL_INT(openat2, dir_fd, path, &how, sizeof how);
        return r;
}

/* ---- our mounts ---- */

/* The last one that the path is on or below, and the rest of the path without a slash before it. */
static OwnMount *find_mount(const Setup *setup, const char *path, const char **ret_rest) {
        for (OwnMount *mount = setup->mounts + setup->n_mounts; mount-- > setup->mounts;) {
                size_t length = strlen(mount->path);

                if (strlen(path) < length || memcmp(path, mount->path, length) != 0 || (path[length] != '/' && path[length]))
                        continue;
                while (path[length] == '/')
                        length++;
                *ret_rest = path + length;
                return mount;
        }
        return NULL;
}

/* Whoever else writes to the root file system can give the place that we mounted on another name meanwhile, and another directory its name: then nothing that
 * is to be hidden would seem to be there. The mount itself cannot be exchanged. EXDEV: a link or ".." leads out of it. */
static int open_below(const Setup *setup, const char *path, int flags, uint64_t resolve) {
        const char *rest;
        const OwnMount *mount = find_mount(setup, path, &rest);
        int fd = -EXDEV;

        if (mount)
                fd = open_how(mount->fd, *rest ? rest : ".", flags, (resolve & ~(uint64_t) RESOLVE_IN_ROOT) | RESOLVE_BENEATH);
        return fd == -EXDEV ? open_how(setup->root_fd, path, flags, resolve) : fd;
}

void path_add_mount(Setup *setup, const char *path, int *mount_fd, uint64_t id) {
        setup->mounts[setup->n_mounts++] = (OwnMount) { path, TAKE_FD(*mount_fd), id };
}

int path_cover_mount(Setup *setup, const char *path, int *mount_fd) {
        const char *rest;
        OwnMount *mount = find_mount(setup, path, &rest);
        struct statx stx;
        int r;

        if (!mount || *rest)
                return 0;
        r = SYSCALL_INT(statx, *mount_fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx);
        if (r < 0)
                return r;
        init_closep(&mount->fd);
        mount->fd = TAKE_FD(*mount_fd);
        mount->id = stx.stx_mnt_id;
        return 0;
}

/* A name in the root still leads to what was mounted there. */
int step_mounted(Setup *setup, const PlanStep *step) {
        const char *path = step_path(setup, step), *rest;
        const OwnMount *mount = find_mount(setup, path, &rest);
        struct statx stx;
        int r;

        /* What the image has a link for was mounted where that leads. */
        if (!mount || *rest)
                return 0;
        while (*path == '/')
                path++;
        r = SYSCALL_INT(statx, setup->root_fd, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx);
        return r < 0 ? r : stx.stx_mnt_id == mount->id ? 0 : -ESTALE;
}

int path_open(const Setup *setup, const char *path, int flags) {
        return open_below(setup, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/* path up to its last component; "" when that is the root. */
static int split(const char *path, char *parent, size_t size, char name[static 256]) {
        size_t end = strlen(path), start;

        while (end > 0 && path[end - 1] == '/')
                end--;
        start = end;
        while (start > 0 && path[start - 1] != '/')
                start--;
        if (end == start || end - start > 255 || start >= size)
                return end == start ? -EINVAL : -ENAMETOOLONG;
        memcpy(name, path + start, end - start);
        name[end - start] = '\0';
        memcpy(parent, path, start);
        parent[start] = '\0';
        return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? -EINVAL : 0;
}

/* ---- what is missing ---- */

/* Links that lead to nothing yet are common in images (/var/run -> /run): what they say takes the place of the component path[start..end], and what
 * they lead to is made. 1 when path was changed, 0 when the component is no link. */
static int expand_link(int parent_fd, char path[static SETUP_PATH_MAX], size_t start, size_t end) {
        char link[SETUP_PATH_MAX], rest[SETUP_PATH_MAX], last = path[end];
        size_t length;
        long n;
        int r;

        path[end] = '\0';
        n = SYSCALL(readlinkat, parent_fd, path + start, link, sizeof link - 1);
        path[end] = last;
        if (n < 0)
                return n == -EINVAL ? 0 : (int) n;
        link[n] = '\0';
        r = string_copy(rest, sizeof rest, path + end);
        length = link[0] == '/' ? 0 : start;
        if (r < 0 || length + (size_t) n + strlen(rest) >= SETUP_PATH_MAX)
                return -ENAMETOOLONG;
        memcpy(path + length, link, (size_t) n);
        memcpy(path + length + (size_t) n, rest, strlen(rest) + 1);
        return 1;
}

static int make_entry(int parent_fd, const char *name, bool directory, unsigned mode) {
        int fd;

        if (directory)
                return SYSCALL_INT(mkdirat, parent_fd, name, mode);
        fd = SYSCALL_INT(openat, parent_fd, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
        if (fd < 0)
                return fd;
        SYSCALL(close, fd);
        return 0;
}

/* The component path[start..end], in the directory that is before it. 1: it was a link, path is another one now. */
static int make_component(const Setup *setup, char path[static SETUP_PATH_MAX], size_t start, size_t end, bool directory, unsigned mode) {
        CLEANUP(init_closep) int parent_fd = -1;
        char first = path[start], last = path[end];
        int r;

        path[start] = '\0';
        parent_fd = path_open(setup, start > 0 ? path : "/", O_PATH | O_DIRECTORY);
        path[start] = first;
        if (parent_fd < 0)
                return parent_fd;
        path[end] = '\0';
        r = make_entry(parent_fd, path + start, directory, mode);
        path[end] = last;
        return r == -EEXIST ? expand_link(parent_fd, path, start, end) : r;
}

static bool is_there(const Setup *setup, char *path, size_t end) {
        CLEANUP(init_closep) int fd = -1;
        char last = path[end];

        path[end] = '\0';
        fd = path_open(setup, path, O_PATH);
        path[end] = last;
        return fd != -ENOENT;
}

/* Every component that is missing. 1: a link was in the way, path is another one now. */
static int make_all(const Setup *setup, char path[static SETUP_PATH_MAX], bool directory, unsigned mode) {
        for (size_t start = 0, end;; start = end) {
                bool final;
                int r;

                while (path[start] == '/')
                        start++;
                for (end = start; path[end] && path[end] != '/'; end++)
                        ;
                if (end == start)
                        return 0;
                if (is_there(setup, path, end))
                        continue;
                final = !path[end];
                r = make_component(setup, path, start, end, directory || !final, final ? mode : DIRECTORY_MODE);
                if (r != 0)
                        return r;
        }
}

static int make_path(const Setup *setup, const char *wanted, bool directory, unsigned mode) {
        int flags = O_PATH | (directory ? O_DIRECTORY : 0), fd = path_open(setup, wanted, flags), r;
        char path[SETUP_PATH_MAX];

        if (fd != -ENOENT)
                return fd;
        r = string_copy(path, sizeof path, wanted);
        if (r < 0)
                return r;
        r = 1;
        for (unsigned links = 0; r > 0 && links < LINKS_MAX; links++)
                r = make_all(setup, path, directory, mode);
        return r < 0 ? r : r > 0 ? -ELOOP : path_open(setup, wanted, flags);
}

int path_make_directory(const Setup *setup, const char *path, unsigned mode) {
        return make_path(setup, path, true, mode);
}

int path_open_parent(const Setup *setup, const char *path, char name[static 256]) {
        char parent[SETUP_PATH_MAX];
        int r = split(path, parent, sizeof parent, name), fd;

        if (r < 0)
                return r;
        fd = path_make_directory(setup, parent[0] ? parent : "/", DIRECTORY_MODE);
        /* Nothing of ours has its place there; a link of the image led to it. */
        if (fd >= 0 && fd_is_on(fd, PROC_SUPER_MAGIC)) {
                SYSCALL(close, fd);
                return -EPERM;
        }
        return fd;
}

/* ---- what is mounted on ---- */

int path_open_target(const Setup *setup, const char *path, bool directory, uint32_t options) {
        uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
        int flags = O_PATH, fd;

        if (options & PLAN_MOUNT_DESTINATION_NOFOLLOW)
                flags |= O_NOFOLLOW;
        /* What labels and sysctls are set through must be where it seems to be (CVE-2019-19921, CVE-2023-28642). */
        if (options & PLAN_MOUNT_PROTECTED)
                resolve |= RESOLVE_NO_SYMLINKS;
        if (directory && !(options & PLAN_MOUNT_DESTINATION_NOFOLLOW))
                flags |= O_DIRECTORY;
        fd = open_below(setup, path, flags, resolve);
        if (fd != -ENOENT)
                return fd;
        fd = make_path(setup, path, directory, directory ? DIRECTORY_MODE : FILE_MODE);
        if (fd < 0)
                return fd;
        SYSCALL(close, fd);
        return open_below(setup, path, flags, resolve);
}

int path_open_null(const Setup *setup) {
        int fd = open_below(setup, "/dev/null", O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);

        if (fd >= 0 && !fd_is_character_device(fd, 1, 3)) {
                SYSCALL(close, fd);
                return -ENODEV;
        }
        return fd;
}
