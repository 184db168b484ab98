/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is opened with the host's rights for berth-init: namespaces, and mounts that a user namespace may not make or map itself.
 * Invariant: a descriptor is checked to be what the plan says before it is handed over. */

#include "launch/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"
#include "base/text.h"
#include "launch/device-nodes.h"
#include "launch/maps.h"

static int open_namespace(const PlanSource *source, Error *error) {
        CLEANUP(fd_closep) int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        int type;

        if (fd < 0)
                return error_set(error, -errno, "namespace path %s: %m", source->path);
        type = ioctl(fd, NS_GET_NSTYPE);
        if (type < 0)
                return error_set(error, -EINVAL, "namespace path %s: not a namespace", source->path);
        if ((uint64_t) type != source->flags)
                return error_set(error, -EINVAL, "namespace path %s: a namespace of another type", source->path);
        return TAKE_FD(fd);
}

/* The user namespace that has the maps of an id-mapped mount. */
static int open_maps(const PlanSource *source, Error *error) {
        int fd;

        if (source->user_namespace)
                return open_namespace(&(PlanSource) { .path = source->user_namespace, .flags = CLONE_NEWUSER }, error);
        fd = user_namespace_make(source->uid_maps, source->n_uid_maps, source->gid_maps, source->n_gid_maps, error);
        return fd < 0 ? error_prefix(error, "mount source %s", source->path) : fd;
}

int source_map(const PlanSource *source, int userns_fd, int mount_fd, Error *error) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) userns_fd };

        if (syscall(SYS_mount_setattr, mount_fd, "", AT_EMPTY_PATH | (source->idmap == 2 ? AT_RECURSIVE : 0), &attr, sizeof attr) < 0)
                return error_set(error, -errno, "mount source %s: its file system cannot be id-mapped: %m", source->path);
        return 0;
}

static int open_mount(const PlanSource *source, Error *error) {
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
        CLEANUP(fd_closep) int fd = -EBADF, userns_fd = -EBADF;
        struct mount_attr slave = { .propagation = PLAN_MS_SLAVE };

        int r;

        if (source->flags & PLAN_MOUNT_RECURSIVE)
                flags |= AT_RECURSIVE;
        if (source->flags & PLAN_MOUNT_SOURCE_NOFOLLOW)
                flags |= AT_SYMLINK_NOFOLLOW;
        fd = (int) syscall(SYS_open_tree, AT_FDCWD, source->path, flags);
        if (fd < 0)
                return error_set(error, -errno, "mount source %s: %m", source->path);
        /* A clone is of its source's peers. Attached in the container it would send what is mounted there to the host, also from a user namespace whose own
         * mounts the kernel makes slaves (a mount namespace with a less privileged owner). */
        if (!(source->flags & PLAN_MOUNT_SHARED) && syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &slave, sizeof slave) < 0)
                return error_set(error, -errno, "mount source %s: %m", source->path);
        if (!source->idmap)
                return TAKE_FD(fd);

        userns_fd = open_maps(source, error);
        if (userns_fd < 0)
                return userns_fd;
        r = source_map(source, userns_fd, fd, error);
        return r < 0 ? r : TAKE_FD(fd);
}

static int open_source(const PlanSource *source, int init_pidfd, const Credentials *credentials, Error *error) {
        int fd;

        switch (source->kind) {
        case PLAN_SOURCE_NAMESPACE:
                return open_namespace(source, error);
        case PLAN_SOURCE_MOUNT:
                return open_mount(source, error);
        case PLAN_SOURCE_IDMAP:
                return open_maps(source, error);
        case PLAN_SOURCE_CREDENTIALS:
                return credentials ? credentials_mount(credentials, error) : -EINVAL;
        case PLAN_SOURCE_DEVICE:        /* device_nodes_open() */
                return -EINVAL;
        case PLAN_SOURCE_INIT:
                fd = fcntl(init_pidfd, F_DUPFD_CLOEXEC, 3);
                return fd < 0 ? error_set(error, -errno, "pidfd of the container's init: %m") : fd;
        }
        return -EINVAL;
}

int source_list_open(
                const PlanSource *sources, size_t n_sources, int init_pidfd, const Credentials *credentials, SourceList *ret, Error *error) {
        SourceList list = { .fds = malloc((n_sources ? n_sources : 1) * sizeof *list.fds) };
        int r;

        if (!list.fds)
                return -ENOMEM;
        for (; list.n_fds < n_sources; list.n_fds++)
                list.fds[list.n_fds] = -EBADF;
        r = device_nodes_open(sources, n_sources, list.fds, error);
        for (size_t i = 0; r >= 0 && i < n_sources; i++)
                if (sources[i].kind != PLAN_SOURCE_DEVICE)
                        r = list.fds[i] = open_source(&sources[i], init_pidfd, credentials, error);
        if (r < 0) {
                source_list_done(&list);
                return r;
        }
        *ret = list;
        return 0;
}

int source_list_send(const SourceList *list, int sync_fd) {
        for (size_t done = 0; done < list->n_fds;) {
                size_t n = list->n_fds - done < SYNC_FDS_MAX ? list->n_fds - done : SYNC_FDS_MAX;
                SyncMessage message = { .kind = SYNC_SOURCES, .value = (uint32_t) n };
                int r = socket_send_fds(sync_fd, &message, sizeof message, list->fds + done, n);

                if (r < 0)
                        return r;
                done += n;
        }
        return 0;
}

void source_list_done(SourceList *list) {
        for (size_t i = 0; i < list->n_fds; i++)
                fd_close(list->fds[i]);
        free(list->fds);
        *list = (SourceList) {};
}
