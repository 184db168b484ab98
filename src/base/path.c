/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths. Invariant: no function here follows a link out of the directory that it was given. */

#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"
#include "base/text.h"

char *path_join(const char *directory, const char *name) {
        CLEANUP(text_done) Text text = {};

        if (name[0] != '/') {
                text_add(&text, directory);
                if (text.length > 0 && !text_failed(&text) && text.string[text.length - 1] != '/')
                        text_add(&text, "/");
        }
        text_add(&text, name);
        return text_take(&text);
}

char *path_simplify(const char *path) {
        CLEANUP(text_done) Text text = {};
        bool absolute = path[0] == '/';

        for (const char *p = path;;) {
                size_t length;

                p += strspn(p, "/");
                length = strcspn(p, "/");
                if (length == 0)
                        break;
                if (length != 1 || p[0] != '.') {
                        if (absolute || text.length > 0)
                                text_add(&text, "/");
                        text_add_bytes(&text, p, length);
                }
                p += length;
        }
        if (text.length == 0)
                text_add(&text, absolute ? "/" : ".");
        return text_take(&text);
}

char *path_lexical(const char *source) {
        char *path = calloc(1, strlen(source) + 2);
        size_t length = 0;

        for (const char *part = source; path && *part;) {
                size_t n = strcspn(part, "/");

                if (n == 2 && part[0] == '.' && part[1] == '.')
                        while (length > 0 && path[--length] != '/')
                                ;
                else if (n > 0 && !(n == 1 && part[0] == '.')) {
                        path[length++] = '/';
                        memcpy(path + length, part, n);
                        length += n;
                }
                part += n;
                part += strspn(part, "/");
        }
        if (path) {
                if (length == 0)
                        path[length++] = '/';
                path[length] = 0;
        }
        return path;
}

bool path_has_dotdot(const char *path) {
        for (const char *p = path; *p; p += strcspn(p, "/")) {
                p += strspn(p, "/");
                if (strcspn(p, "/") == 2 && p[0] == '.' && p[1] == '.')
                        return true;
        }
        return false;
}

bool path_is_component(const char *name) {
        return name[0] && !strchr(name, '/') && !streq(name, ".") && !streq(name, "..");
}

int path_make_absolute(const char *path, char **ret) {
        CLEANUP(freep) char *joined = NULL, *simple = NULL;

        if (path[0] == '/')
                simple = path_simplify(path);
        else {
                CLEANUP(freep) char *directory = getcwd(NULL, 0);

                if (!directory)
                        return -errno;
                joined = path_join(directory, path);
                simple = joined ? path_simplify(joined) : NULL;
        }
        if (!simple)
                return -ENOMEM;
        *ret = TAKE_PTR(simple);
        return 0;
}

static int open_resolve(int root_fd, const char *path, int flags, mode_t mode, uint64_t resolve) {
        struct open_how how = {
                .flags = (uint64_t) (flags | O_CLOEXEC),
                .mode = (flags & (O_CREAT | O_TMPFILE)) ? mode : 0,
                .resolve = resolve,
        };

        /* EAGAIN: a rename somewhere on the system may have raced with ".."; openat2(2) asks for a retry. */
        for (unsigned tries = 0;; tries++) {
                int fd = (int) syscall(SYS_openat2, root_fd, path, &how, sizeof how);

                if (fd >= 0)
                        return fd;
                if (errno != EAGAIN || tries >= 128)
                        return -errno;
        }
}

int path_open_in_root(int root_fd, const char *path, int flags, mode_t mode) {
        return open_resolve(root_fd, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int path_open_beneath(int root_fd, const char *path, int flags, mode_t mode) {
        return open_resolve(root_fd, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

static DIR *dir_close(DIR *dir) {
        if (dir)
                closedir(dir);
        return NULL;
}
DEFINE_CLEANUP(DIR *, dir_close)

static int remove_children(int dir_fd, dev_t device) {
        CLEANUP(dir_closep) DIR *dir = NULL;
        struct dirent *entry;
        struct stat st;
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), r;

        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir) {
                fd_close(fd);
                return -ENOMEM;
        }
        while ((entry = readdir(dir))) {
                if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
                        continue;
                if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                if (S_ISDIR(st.st_mode)) {
                        CLEANUP(fd_closep) int child_fd =
                                openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

                        if (st.st_dev != device)
                                return -EXDEV;
                        if (child_fd < 0)
                                return -errno;
                        r = remove_children(child_fd, device);
                        if (r < 0)
                                return r;
                }
                if (unlinkat(dirfd(dir), entry->d_name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT)
                        return -errno;
        }
        return 0;
}

int path_remove_tree_at(int dir_fd, const char *name) {
        CLEANUP(fd_closep) int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        struct stat st;
        int r;

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        r = remove_children(fd, st.st_dev);
        if (r < 0)
                return r;
        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

/* The array grows by doubling: how many names there are may be up to somebody else. */
static int add_name(char ***names, size_t *n, const char *name) {
        if ((*n & (*n + 1)) == 0) { /* full, with the NULL at the end: 0, 1, 3, 7, ... */
                char **larger = reallocarray(*names, 2 * (*n + 1), sizeof **names);

                if (!larger)
                        return -ENOMEM;
                *names = larger;
        }
        (*names)[*n] = strdup(name);
        if (!(*names)[*n])
                return -ENOMEM;
        (*names)[++*n] = NULL;
        return 0;
}

static int read_names(int dir_fd, bool only_directories, char ***ret) {
        CLEANUP(dir_closep) DIR *dir = NULL;
        CLEANUP(strv_freep) char **names = NULL;
        struct dirent *entry;
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        size_t n = 0;

        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir) {
                fd_close(fd);
                return -ENOMEM;
        }
        while (r >= 0 && (entry = readdir(dir)))
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..") && (!only_directories || entry->d_type == DT_DIR))
                        r = add_name(&names, &n, entry->d_name);
        if (r >= 0)
                *ret = TAKE_PTR(names);
        return r;
}

int directory_read_names(int dir_fd, char ***ret) {
        return read_names(dir_fd, false, ret);
}

int directory_read_directories(int dir_fd, char ***ret) {
        return read_names(dir_fd, true, ret);
}
