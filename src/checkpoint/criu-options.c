/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Words and switches of the command line as CRIU's numbers. */

#include "checkpoint/criu-options.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "checkpoint/criu.h"

typedef struct Word {
        const char *name;
        uint64_t value;
} Word;

/* rpc.proto's criu_cg_mode and criu_network_lock_method. */
static const Word cgroup_modes[] = { { "ignore", 0 }, { "none", 1 }, { "props", 2 }, { "soft", 3 }, { "full", 4 }, { "strict", 5 }, {} };
static const Word network_locks[] = { { "iptables", 1 }, { "nftables", 2 }, { "skip", 3 }, {} };
static const Word namespaces[] = { { "network", CLONE_NEWNET }, { "net", CLONE_NEWNET }, {} };

static const struct {
        unsigned field;
        size_t offset;
} switches[] = {
        { CRIU_TCP_ESTABLISHED, offsetof(CriuOptions, tcp_established) },
        { CRIU_TCP_CLOSE, offsetof(CriuOptions, tcp_close) },
        { CRIU_EXT_UNIX_SK, offsetof(CriuOptions, ext_unix_sk) },
        { CRIU_SHELL_JOB, offsetof(CriuOptions, shell_job) },
        { CRIU_FILE_LOCKS, offsetof(CriuOptions, file_locks) },
        { CRIU_LINK_REMAP, offsetof(CriuOptions, link_remap) },
        { CRIU_LAZY_PAGES, offsetof(CriuOptions, lazy_pages) },
        { CRIU_AUTO_DEDUP, offsetof(CriuOptions, auto_dedup) },
};

static int find_word(const Word *words, const char *name, const char *option, uint64_t *ret, Error *error) {
        for (; words->name; words++)
                if (streq(words->name, name)) {
                        *ret = words->value;
                        return 0;
                }
        return error_set(error, -EINVAL, "--%s: unknown word \"%.40s\"", option, name);
}

int criu_add_options(const CriuOptions *from, Text *options, Error *error) {
        uint64_t value = 0, empty = 0;
        int r;

        FOREACH_ELEMENT(row, switches)
                if (*(const bool *) ((const char *) from + row->offset))
                        message_add_bool(options, row->field, true);
        r = find_word(cgroup_modes, from->manage_cgroups ? from->manage_cgroups : "soft", "manage-cgroups-mode", &value, error);
        if (r < 0)
                return r;
        message_add_number(options, CRIU_MANAGE_CGROUPS_MODE, value);
        if (from->network_lock) {
                r = find_word(network_locks, from->network_lock, "network-lock", &value, error);
                if (r < 0)
                        return r;
                message_add_number(options, CRIU_NETWORK_LOCK, value);
        }
        STRV_FOREACH(name, from->empty_namespaces) {
                r = find_word(namespaces, *name, "empty-ns", &value, error);
                if (r < 0)
                        return r;
                empty |= value;
        }
        if (empty > 0)
                message_add_number(options, CRIU_EMPTY_NAMESPACES, empty);
        /* A terminal's other end is with whoever attached to the container. */
        message_add_bool(options, CRIU_ORPHAN_PTS_MASTER, true);
        return 0;
}

/* The host's id of the container's root group; false without id maps. */
static bool root_group(const Spec *spec, gid_t *ret) {
        for (size_t i = 0; i < spec->os.n_gid_mappings; i++)
                if (spec->os.gid_mappings[i].container_id == 0) {
                        *ret = spec->os.gid_mappings[i].host_id;
                        return true;
                }
        return false;
}

bool criu_is_let_in(int images_fd, const Spec *spec) {
        struct stat st;
        gid_t gid;

        if (!root_group(spec, &gid))
                return true;
        return fstat(images_fd, &st) >= 0 && ((st.st_mode & S_IXOTH) || (st.st_gid == gid && (st.st_mode & S_IXGRP)));
}

int criu_let_in(int images_fd, const Spec *spec) {
        gid_t gid;

        if (criu_is_let_in(images_fd, spec) || !root_group(spec, &gid))
                return 0;
        return fchown(images_fd, (uid_t) -1, gid) < 0 || fchmod(images_fd, 0710) < 0 ? -errno : 0;
}

#define LAZY_PAGES_SOCKET "lazy-pages.socket" /* criu/uffd.c */

/* People start "criu lazy-pages" in the background and restore right after it. */
#define LISTEN_USEC (3 * USEC_PER_SEC)

static bool listens(int work_fd) {
        struct stat st;

        for (uint64_t end_usec = usec_monotonic() + LISTEN_USEC;;) {
                if (fstatat(work_fd, LAZY_PAGES_SOCKET, &st, AT_SYMLINK_NOFOLLOW) >= 0 && S_ISSOCK(st.st_mode))
                        return true;
                if (usec_monotonic() >= end_usec)
                        return false;
                usec_sleep(20 * USEC_PER_MSEC);
        }
}

int criu_check_lazy_pages(int work_fd, const char *work, const char *images, Error *error) {
        CLEANUP(fd_closep) int fd = (int) syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

        if (fd < 0)
                return error_set(error, -EOPNOTSUPP,
                                 "--lazy-pages: this kernel has no userfaultfd(2) (CONFIG_USERFAULTFD): %s",
                                 strerror(errno));
        if (work_fd < 0 || listens(work_fd))
                return 0;
        return error_set(error, -EOPNOTSUPP,
                         "--lazy-pages: nobody listens at %s/" LAZY_PAGES_SOCKET
                         "; start \"criu lazy-pages --images-dir %s --work-dir %s\" "
                         "first, with --page-server, --address and --port of the checkpoint",
                         work, images, work);
}

int criu_open_directory(const char *path, Error *error) {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? error_set(error, -errno, "%s: %m", path) : fd;
}
