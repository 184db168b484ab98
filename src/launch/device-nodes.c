/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Device nodes for containers in a user namespace, where mknod(2) of a device is refused. Invariant: no path leads to
 * a node, and nothing is left of them but the descriptors. Called when the sources of a plan are opened
 * (launch/source.c).
 *
 * A mount of a file on a detached tmpfs cannot be cloned before Linux 6.15. So a child makes the nodes, in a mount
 * namespace of its own that ends with it. It shares our table of descriptors, and writes their numbers to a page that
 * both have. */

#include "launch/device-nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"

#define NODE_ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

static int clone_tree(int dir_fd, const char *path) {
        int fd = (int) syscall(SYS_open_tree, dir_fd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* -ENODEV: the host has another device there. */
static int open_hosts(const PlanSource *source) {
        /* No peer of the host's mount, as in launch/source.c. */
        struct mount_attr attr = { .attr_set = NODE_ATTRIBUTES, .propagation = PLAN_MS_SLAVE };
        CLEANUP(fd_closep) int fd = clone_tree(AT_FDCWD, source->path);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if ((st.st_mode & S_IFMT) != (source->flags & S_IFMT) || st.st_rdev != makedev(source->major, source->minor))
                return -ENODEV;
        return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0 ? -errno : TAKE_FD(fd);
}

/* A tmpfs that covers the root of our mount namespace, where nothing is looked up but from its descriptor. */
static int mount_tmpfs(void) {
        CLEANUP(fd_closep) int fs_fd = -EBADF, fd = -EBADF;

        if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return -errno;
        fs_fd = (int) syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
        if (fs_fd < 0 || syscall(SYS_fsconfig, fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -errno;
        fd = (int) syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, NODE_ATTRIBUTES);
        if (fd < 0 || syscall(SYS_move_mount, fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int make_node(int dir_fd, const PlanSource *source, size_t number) {
        char name[24];

        snprintf(name, sizeof name, "%zu", number);
        if (mknodat(dir_fd, name, (mode_t) source->flags, makedev(source->major, source->minor)) < 0 ||
            fchownat(dir_fd, name, source->uid, source->gid, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return clone_tree(dir_fd, name);
}

static bool is_wanted(const PlanSource *source, int fd) {
        return source->kind == PLAN_SOURCE_DEVICE && fd < 0;
}

/* The child. results: a descriptor or a negative errno for each source. */
static void make_nodes(const PlanSource *sources, size_t n_sources, const int *fds, int *results) {
        int dir_fd = mount_tmpfs();

        (void) umask(0);
        for (size_t i = 0; i < n_sources; i++)
                if (is_wanted(sources + i, fds[i]))
                        results[i] = dir_fd < 0 ? dir_fd : make_node(dir_fd, sources + i, i);
        fd_close(dir_fd);
}

static int run_child(const PlanSource *sources, size_t n_sources, int *fds, int *results) {
        struct clone_args clone = { .flags = CLONE_FILES | CLONE_NEWNS, .exit_signal = SIGCHLD };
        pid_t pid = (pid_t) syscall(SYS_clone3, &clone, sizeof clone);

        if (pid == 0) {
                make_nodes(sources, n_sources, fds, results);
                _exit(0);
        }
        return pid < 0 ? -errno : process_wait(pid);
}

static int open_made(const PlanSource *sources, size_t n_sources, int *fds) {
        size_t size = n_sources * sizeof(int);
        int *results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), r;

        if (results == MAP_FAILED)
                return -errno;
        for (size_t i = 0; i < n_sources; i++)
                results[i] = -ECHILD;   /* what a child that was killed did not come to */
        r = run_child(sources, n_sources, fds, results);
        for (size_t i = 0; i < n_sources; i++)
                if (is_wanted(sources + i, fds[i]))
                        fds[i] = r < 0 ? r : results[i];
        (void) munmap(results, size);
        return 0;
}

int device_nodes_open(const PlanSource *sources, size_t n_sources, int *fds, Error *error) {
        size_t n_wanted = 0;
        int r = 0;

        for (size_t i = 0; i < n_sources; i++) {
                if (sources[i].kind == PLAN_SOURCE_DEVICE && sources[i].host_first)
                        fds[i] = open_hosts(sources + i);
                n_wanted += is_wanted(sources + i, fds[i]);
        }
        if (n_wanted > 0)
                r = open_made(sources, n_sources, fds);
        if (r < 0)
                return error_set(error, r, "linux.devices: %m");
        for (size_t i = 0; i < n_sources; i++) {
                /* Not even root may, as in a service with DevicePolicy=: the host's node is better than none. */
                if (is_wanted(sources + i, fds[i]) && fds[i] == -EPERM)
                        fds[i] = open_hosts(sources + i);
                if (is_wanted(sources + i, fds[i]))
                        return error_set(error, fds[i], "device %s: %m", sources[i].path);
        }
        return 0;
}
