/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Credentials. They are copied into a tmpfs that is mounted in the container alone, so that no path of the host leads
 * to it. Invariants: a payload gets what the caller's option names and nothing else, whatever its bundle and image
 * say; none gets into state files. Called while a bundle is compiled, and when the sources of its plan are opened. */

#include "launch/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"

#define CREDENTIALS_ANNOTATION "org.berth.credentials"
#define VARIABLE "CREDENTIALS_DIRECTORY"
/* As systemd has it for all of a unit. */
#define CREDENTIALS_SIZE_MAX (1U << 20)

static bool matches(const char *name, char *const *patterns) {
        STRV_FOREACH(pattern, patterns)
                if (fnmatch(*pattern, name, FNM_PERIOD) == 0)
                        return true;
        return false;
}

/* -ENODATA: the caller has none. */
static int open_directory(Error *error) {
        const char *path = getenv(VARIABLE);
        int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

        if (!path)
                return -ENODATA;
        return fd < 0 ? error_set(error, -errno, "$" VARIABLE " %s: %m", path) : fd;
}

static int choose(const Spec *spec, char *const *patterns, char ***ret_names, Error *error) {
        const char *narrower = spec_map_get(&spec->annotations, CREDENTIALS_ANNOTATION);
        CLEANUP(strv_freep) char **names = NULL, **words = NULL;
        CLEANUP(fd_closep) int fd = open_directory(error);
        int r;

        if (fd < 0)
                return fd == -ENODATA ? 0 : fd;
        r = directory_read_names(fd, &names);
        if (r >= 0 && narrower)
                r = strv_split(narrower, " ,", &words);
        if (r < 0)
                return error_set(error, r, "$" VARIABLE ": %m");
        STRV_FOREACH(name, names)
                if (r >= 0 && matches(*name, patterns) && (!narrower || matches(*name, words)))
                        r = strv_append(ret_names, *name);
        return r < 0 ? r : 0;
}

static int find_owner(const Spec *spec, Credentials *credentials, Error *error) {
        credentials->uid = spec->process->user.uid;
        credentials->gid = spec->process->user.gid;
        if (!spec_namespace(spec, SPEC_NAMESPACE_USER))
                return 0;
        if (!spec_map_id(spec->os.uid_mappings, spec->os.n_uid_mappings, credentials->uid, &credentials->uid) ||
            !spec_map_id(spec->os.gid_mappings, spec->os.n_gid_mappings, credentials->gid, &credentials->gid))
                return error_set(error, -EINVAL, "--credentials: process.user is not in linux.uidMappings and gidMappings");
        return 0;
}

static int add_to_spec(Spec *spec, const char *path) {
        static const char *const options[] = { "bind", "ro", "nosuid", "nodev", "noexec" };
        SpecMount *mounts = reallocarray(spec->mounts, spec->n_mounts + 1, sizeof *mounts), *mount;
        CLEANUP(freep) char *assignment = NULL;
        int r = 0;

        if (!mounts)
                return -ENOMEM;
        spec->mounts = mounts;
        mount = &mounts[spec->n_mounts++];
        *mount = (SpecMount) {
                .destination = strdup(path), .type = strdup("bind"), .source = strdup(path), .is_credentials = true,
        };
        FOREACH_ELEMENT(option, options)
                r = r < 0 ? r : strv_append(&mount->options, *option);
        if (r < 0 || !mount->destination || !mount->type || !mount->source)
                return -ENOMEM;
        if (asprintf(&assignment, VARIABLE "=%s", path) < 0) {
                assignment = NULL;
                return -ENOMEM;
        }
        return strv_environment_set(&spec->process->env, assignment);
}

int credentials_compile(Spec *spec, char *const *patterns, const char *path, Credentials *ret, Error *error) {
        int r;

        if (!patterns || !spec->process || !spec_namespace(spec, SPEC_NAMESPACE_MOUNT))
                return 0;
        r = choose(spec, patterns, &ret->names, error);
        if (r < 0 || !ret->names)
                return r;
        r = find_owner(spec, ret, error);
        return r < 0 ? r : add_to_spec(spec, path);
}

void credentials_done(Credentials *credentials) {
        strv_free(credentials->names);
        *credentials = (Credentials) {};
}

/* Not swapped out (Linux 6.4). */
static int make_file_system(void) {
        CLEANUP(fd_closep) int fs_fd = (int) syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
        int fd;

        if (fs_fd < 0)
                return -errno;
        (void) syscall(SYS_fsconfig, fs_fd, FSCONFIG_SET_FLAG, "noswap", NULL, 0);
        if (syscall(SYS_fsconfig, fs_fd, FSCONFIG_SET_STRING, "mode", "0500", 0) < 0 ||
            syscall(SYS_fsconfig, fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -errno;
        fd = (int) syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        return fd < 0 ? -errno : fd;
}

static int copy_one(int from_fd, int to_fd, const char *name, const Credentials *credentials, size_t *left) {
        CLEANUP(fd_closep) int in = openat(from_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), out = -EBADF;
        CLEANUP(freep) char *text = NULL;
        struct stat st;
        size_t size;
        int r;

        if (in < 0 || fstat(in, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        r = fd_read_file(in, *left, &text, &size);
        if (r < 0)
                return r;
        *left -= size;
        out = openat(to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
        r = out < 0 ? -errno : write(out, text, size) == (ssize_t) size ? 0 : -EIO;
        explicit_bzero(text, size);
        return r >= 0 && fchown(out, credentials->uid, credentials->gid) < 0 ? -errno : r;
}

int credentials_mount(const Credentials *credentials, Error *error) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        CLEANUP(fd_closep) int from_fd = open_directory(error), fd = make_file_system();
        size_t left = CREDENTIALS_SIZE_MAX;

        if (from_fd < 0)
                return error_set(error, from_fd, "$" VARIABLE ": %m");
        if (fd < 0)
                return error_set(error, fd, "file system for credentials: %m");
        STRV_FOREACH(name, credentials->names) {
                int r = copy_one(from_fd, fd, *name, credentials, &left);

                if (r < 0)
                        return error_set(error, r, "credential %s: %m", *name);
        }
        /* It is one of O_PATH. */
        if (fchownat(fd, "", credentials->uid, credentials->gid, AT_EMPTY_PATH) < 0 ||
            syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
                return error_set(error, -errno, "file system for credentials: %m");
        return TAKE_FD(fd);
}
