/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mount points for a restore. CRIU mounts, but makes no directory; berth-init did, when the container was made. The
 * mounts of the configuration are made for a moment, one after the other, as a mount point may be inside of an earlier
 * mount; a file system that is not bound is an empty tmpfs, since its content comes from the images. Invariant: all of
 * that is in the mount namespace of this process, which nobody else sees, and gone afterwards; every path is resolved
 * below the root, whatever links are in it. Called by restore. */

#include "checkpoint/mount-point.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"

/* Each directory of the path that is missing; the last component is a directory or a file. */
static int make_path(int root_fd, const char *path, bool file) {
        CLEANUP(freep) char *way = path_lexical(path);

        if (!way)
                return -ENOMEM;
        for (char *slash = way; slash; slash = strchr(slash + 1, '/')) {
                char *next = strchr(slash + 1, '/');
                CLEANUP(fd_closep) int parent_fd = -EBADF;

                *slash = '\0';
                parent_fd = path_open_in_root(root_fd, *way ? way : ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
                *slash = '/';
                if (parent_fd < 0)
                        return parent_fd;
                if (next)
                        *next = '\0';
                if (file && !next) {
                        const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
                        CLEANUP(fd_closep) int fd = openat(parent_fd, slash + 1, flags, 0644);

                        if (fd < 0 && errno != EEXIST)
                                return -errno;
                } else if (slash[1] && mkdirat(parent_fd, slash + 1, 0755) < 0 && errno != EEXIST)
                        return -errno;
                if (next)
                        *next = '/';
        }
        return 0;
}

/* source NULL: an empty file system. */
static int mount_on(int root_fd, const char *path, const char *source) {
        CLEANUP(fd_closep) int fd = path_open_in_root(root_fd, path, O_PATH | O_CLOEXEC, 0);
        char target[64];
        int r;

        if (fd < 0)
                return fd;
        (void) snprintf(target, sizeof target, "/proc/self/fd/%d", fd);
        r = source ? mount(source, target, NULL, MS_BIND | MS_REC, NULL)
                   : mount("tmpfs", target, "tmpfs", 0, "size=1m,mode=755");
        return r < 0 ? -errno : 0;
}

static int make_one(const Spec *spec, const SpecMount *mount, int root_fd) {
        bool bind = spec_mount_is_bind(mount);
        CLEANUP(freep) char *source = bind ? path_join(spec->bundle, mount->source ? mount->source : "") : NULL;
        struct stat st = { .st_mode = S_IFDIR };
        int r;

        if (strv_contains(mount->options, "remount"))
                return 0;
        if (bind && (!source || stat(source, &st) < 0))
                return source ? -errno : -ENOMEM;
        r = make_path(root_fd, mount->destination, !S_ISDIR(st.st_mode));
        return r < 0 ? r : mount_on(root_fd, mount->destination, source);
}

void mount_points_make(const Spec *spec, const char *rootfs, const char *root) {
        CLEANUP(fd_closep) int root_fd = -EBADF;

        if (mount(rootfs, root, NULL, MS_BIND | MS_REC, NULL) < 0)
                return;
        root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; root_fd >= 0 && i < spec->n_mounts; i++) {
                int r = make_one(spec, spec->mounts + i, root_fd);

                if (r < 0)
                        log_debug("mount point %s: %s", spec->mounts[i].destination, strerror(-r));
        }
        (void) umount2(root, MNT_DETACH);
}
