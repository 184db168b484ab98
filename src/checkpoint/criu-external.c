/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What of a container is not in its images. Invariant: a name is "berth-KIND-INDEX" of the configuration; paths of a container
 * only ever stand in front of it, and only where CRIU cannot take a part of the path for the name (CVE-2026-115520). */

#include "checkpoint/criu-external.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "checkpoint/criu.h"
#include "checkpoint/mount-table.h"
#include "plan/compile.h"
#include "spec/field.h"
#include "spec/writer.h"

#define DESCRIPTORS_MAX 4096U

typedef struct Outside {
        const Spec *spec;
        pid_t pid;
        MountTable mounts;
        dev_t host_devices;     /* the host's /dev */
        char **seen;            /* mount points that have a name */
        Text *options;
} Outside;

/* Without a cgroup namespace it is a bind of the host's hierarchy, too. */
static bool is_outside(const Spec *spec, const SpecMount *mount) {
        return spec_mount_is_bind(mount) || (mount->type && streq(mount->type, "cgroup") && !spec_has_namespace(spec, SPEC_NAMESPACE_CGROUP));
}

/* ---- mounts ---- */

static int add_external_mount(Outside *outside, const char *point, const char *kind, size_t index, Error *error) {
        CLEANUP(text_done) Text text = {};

        for (const char *p = point; *p; p++)
                if (*p == ']' || iscntrl((unsigned char) *p))
                        return error_set(error, -EINVAL, "mount point %.200s: cannot be named to criu", point);
        if (strv_contains(outside->seen, point))
                return 0;
        if (strv_append(&outside->seen, point) < 0)
                return -ENOMEM;
        text_addf(&text, "mnt[%s]:berth-%s-%zu", point, kind, index);
        if (text_failed(&text))
                return -ENOMEM;
        log_debug("criu: external %s", text.string);
        message_add_string(outside->options, CRIU_EXTERNAL, text.string);
        return 0;
}

/* host_only: what is mounted there may also be the container's own. */
static int add_path(Outside *outside, const char *path, const char *kind, size_t index, bool host_only, Error *error) {
        const MountEntry *mount;
        int r = mount_table_at(&outside->mounts, path, &mount);

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_set(error, r, "%s in the container: %m", path);
        if (!mount || (host_only && mount->device != outside->host_devices) || streq(mount->point, "/"))
                return 0;
        return add_external_mount(outside, mount->point, kind, index, error);
}

static size_t n_default_devices(void) {
        size_t n = 0;

        while (plan_default_device(n))
                n++;
        return n;
}

/* The path of device number i: the default ones, then those of the configuration; NULL behind the last. */
static const char *device_path(const Spec *spec, size_t i) {
        size_t n_default = n_default_devices();

        if (i < n_default)
                return plan_default_device(i);
        return i - n_default < spec->os.n_devices ? spec->os.devices[i - n_default].path : NULL;
}

/* A node that was made for the container (launch/device-nodes.c), which criu cannot write. The host's node of that path
 * takes its place in a restore, so without one it is left to criu to refuse it. */
static bool is_made(const Outside *outside, size_t i) {
        const size_t n_default = n_default_devices();
        const SpecDevice *device = i < n_default ? NULL : outside->spec->os.devices + (i - n_default);
        const MountEntry *mount;
        struct stat st;

        if (!device || mount_table_at(&outside->mounts, device->path, &mount) < 0 || !mount)
                return false;
        if (!streq(mount->type, "tmpfs") || streq(mount->root, "/") || stat(device->path, &st) < 0)
                return false;
        return (device->type == SPEC_DEVICE_BLOCK ? S_ISBLK(st.st_mode) : S_ISCHR(st.st_mode)) &&
               st.st_rdev == makedev((unsigned) device->major.value, (unsigned) device->minor.value);
}

static int add_mounts(Outside *outside, Error *error) {
        const Spec *spec = outside->spec;
        const char *path;
        size_t i = 0;
        int r = 0;

        for (size_t mount = 0; mount < spec->n_mounts && r >= 0; mount++)
                if (is_outside(spec, spec->mounts + mount))
                        r = add_path(outside, spec->mounts[mount].destination, "mount", mount, false, error);
        for (i = 0; r >= 0 && (path = device_path(spec, i)); i++)
                r = add_path(outside, path, "device", i, !is_made(outside, i), error);
        i = 0;
        STRV_FOREACH(masked, spec->os.masked_paths) {
                if (r >= 0)
                        r = add_path(outside, *masked, "mask", i, true, error);
                i++;
        }
        return r;
}

/* ---- namespaces ---- */

/* Those that CRIU leaves alone where they are outside. Others are joined again by their path when the time comes. */
static const struct {
        SpecNamespaceType type;
        const char *word, *name;
} external_namespaces[] = {
        { SPEC_NAMESPACE_NETWORK, "net", "berth-namespace-net" },
        { SPEC_NAMESPACE_PID, "pid", "berth-namespace-pid" },
};

static const struct {
        SpecNamespaceType type;
        const char *word;
} joined_namespaces[] = {
        { SPEC_NAMESPACE_IPC, "ipc" },
        { SPEC_NAMESPACE_UTS, "uts" },
};

static int add_namespaces(const Outside *outside, Error *error) {
        FOREACH_ELEMENT(row, external_namespaces) {
                const SpecNamespace *namespace = spec_namespace(outside->spec, row->type);
                CLEANUP(text_done) Text text = {};
                char path[64];
                struct stat st;

                if (!namespace || isempty(namespace->path))
                        continue;
                (void) snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long) outside->pid, row->word);
                if (stat(path, &st) < 0)
                        return error_set(error, -errno, "%s: %m", path);
                text_addf(&text, "%s[%ju]:%s", row->word, (uintmax_t) st.st_ino, row->name);
                if (text_failed(&text))
                        return -ENOMEM;
                message_add_string(outside->options, CRIU_EXTERNAL, text.string);
        }
        return 0;
}

int criu_add_external(const Spec *spec, pid_t pid, Text *options, Error *error) {
        Outside outside = { .spec = spec, .pid = pid, .mounts = MOUNT_TABLE_NONE, .options = options };
        struct stat st;
        int r = mount_table_read(pid, &outside.mounts);

        if (r < 0)
                return error_set(error, r, "mounts of process %ld: %m", (long) pid);
        outside.host_devices = stat("/dev/null", &st) >= 0 ? st.st_dev : 0;
        if (spec_has_namespace(spec, SPEC_NAMESPACE_MOUNT))
                r = add_mounts(&outside, error);
        if (r >= 0)
                r = add_namespaces(&outside, error);
        mount_table_done(&outside.mounts);
        strv_free(outside.seen);
        return r;
}

/* ---- restore ---- */

static int add_source(const char *kind, size_t index, const char *source, Text *options) {
        CLEANUP(text_done) Text text = {};

        text_addf(&text, "mnt[berth-%s-%zu]:%s", kind, index, source);
        if (text_failed(&text))
                return -ENOMEM;
        message_add_string(options, CRIU_EXTERNAL, text.string);
        return 0;
}

static int add_mount_sources(const Spec *spec, Text *options) {
        const char *path;
        size_t i;
        int r = 0;

        for (i = 0; i < spec->n_mounts && r >= 0; i++) {
                const SpecMount *mount = spec->mounts + i;
                CLEANUP(freep) char *joined = path_join(spec->bundle, mount->source ? mount->source : "");
                /* criu takes the name behind the last slash for a file's. */
                CLEANUP(freep) char *source = joined ? path_simplify(joined) : NULL;

                if (!source)
                        return -ENOMEM;
                if (is_outside(spec, mount))
                        r = add_source("mount", i, spec_mount_is_bind(mount) ? source : cgroup_mount() ?: "/sys/fs/cgroup", options);
        }
        for (i = 0; r >= 0 && (path = device_path(spec, i)); i++)
                r = add_source("device", i, path, options);
        i = 0;
        STRV_FOREACH(masked, spec->os.masked_paths)
                if (r >= 0)
                        r = add_source("mask", i++, "/dev/null", options);
        return r;
}

static void add_inherited(const char *key, int fd, Text *options) {
        Text inherit = {};

        message_add_string(&inherit, 1, key);
        message_add_number(&inherit, 2, (uint64_t) fd);
        message_add_message(options, CRIU_INHERIT_FD, &inherit);
}

int criu_add_sources(const Spec *spec, Text *options, int *ret_fds, size_t *ret_n_fds, Error *error) {
        int r = add_mount_sources(spec, options);

        *ret_n_fds = 0;
        if (r < 0)
                return r;
        FOREACH_ELEMENT(row, external_namespaces) {
                const SpecNamespace *namespace = spec_namespace(spec, row->type);
                int fd;

                if (!namespace || isempty(namespace->path))
                        continue;
                fd = open(namespace->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
                if (fd < 0)
                        return error_set(error, -errno, "namespace path %s: %m", namespace->path);
                ret_fds[(*ret_n_fds)++] = fd;
                add_inherited(row->name, fd, options);
        }
        FOREACH_ELEMENT(row, joined_namespaces) {
                const SpecNamespace *namespace = spec_namespace(spec, row->type);
                Text join = {};

                if (!namespace || isempty(namespace->path))
                        continue;
                message_add_string(&join, 1, row->word);
                message_add_string(&join, 2, namespace->path);
                message_add_message(options, CRIU_JOIN_NAMESPACE, &join);
        }
        return 0;
}

/* ---- descriptors ---- */

/* The mount that a descriptor's file is on. */
static int mount_of_descriptor(pid_t pid, int fd, unsigned long *ret) {
        CLEANUP(freep) char *text = NULL;
        char path[64];
        const char *line;
        int r;

        (void) snprintf(path, sizeof path, "/proc/%ld/fdinfo/%d", (long) pid, fd);
        r = file_read_at(AT_FDCWD, path, DESCRIPTORS_MAX, &text, NULL);
        if (r < 0)
                return r;
        line = strstr(text, "mnt_id:");
        if (!line)
                return -EBADMSG;
        *ret = strtoul(line + strlen("mnt_id:"), NULL, 10);
        return 0;
}

/* Pipes need no name when they are dumped, sockets and files that no mount of the container holds do. */
static int describe(pid_t pid, int fd, const MountTable *mounts, Text *options, char **ret) {
        CLEANUP(text_done) Text external = {};
        char path[64], target[PATH_MAX];
        unsigned long mount;
        struct stat st;
        ssize_t n;

        (void) snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long) pid, fd);
        n = readlink(path, target, sizeof target - 1);
        if (n < 0 || stat(path, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        target[n] = '\0';
        if (S_ISSOCK(st.st_mode)) {
                text_addf(&external, "unix[%ju]", (uintmax_t) st.st_ino);
                message_add_string(options, CRIU_EXTERNAL, external.string ? external.string : "");
        } else if (!S_ISFIFO(st.st_mode) && mount_of_descriptor(pid, fd, &mount) >= 0 && !mount_table_find(mounts, mount)) {
                text_addf(&external, "file[%lx:%jx]", mount, (uintmax_t) st.st_ino);
                message_add_string(options, CRIU_EXTERNAL, external.string ? external.string : "");
                *ret = text_take(&external);
                return *ret ? 0 : -ENOMEM;
        }
        *ret = strdup(target);
        return *ret && !text_failed(&external) ? 0 : -ENOMEM;
}

int criu_add_descriptors(pid_t pid, Text *options, char **ret, Error *error) {
        CLEANUP(writer_done) Writer writer = { .compact = true };
        CLEANUP(mount_table_done) MountTable mounts = MOUNT_TABLE_NONE;
        int r = mount_table_read(pid, &mounts);

        writer_open(&writer, NULL, '[');
        for (int fd = 0; fd <= 2 && r >= 0; fd++) {
                CLEANUP(freep) char *name = NULL;

                r = describe(pid, fd, &mounts, options, &name);
                writer_string(&writer, NULL, name ? name : "");
        }
        if (r < 0)
                return error_set(error, r, "descriptors of process %ld: %m", (long) pid);
        writer_close(&writer, ']');
        *ret = writer_take(&writer);
        return *ret ? 0 : -ENOMEM;
}

/* "pipe:[1]", "socket:[2]", "file[3f:4]" and nothing else: these are keys, not paths. */
static bool key_valid(const char *key) {
        static const char *const kinds[] = { "pipe:[", "socket:[", "file[" };

        FOREACH_ELEMENT(kind, kinds) {
                const char *rest = startswith(key, *kind);
                size_t n = rest ? strspn(rest, "0123456789abcdef:") : 0;

                if (n > 0 && rest[n] == ']' && !rest[n + 1])
                        return true;
        }
        return false;
}

typedef struct Descriptors {
        char **names;
} Descriptors;

static const Field descriptors_fields[] = {
        FIELD_STRINGS("names", Descriptors, names, FIELD_REQUIRED),
        {}
};
static OBJECT_TYPE(descriptors_type, Descriptors, descriptors_fields);

int criu_inherit_descriptors(const char *text, size_t size, const int fds[static 3], Text *options, Error *error) {
        CLEANUP(text_done) Text whole = {};
        Descriptors *descriptors;
        void *object;
        size_t i = 0;
        int r;

        if (size > DESCRIPTORS_MAX)
                return error_set(error, -EFBIG, "is larger than %u bytes", DESCRIPTORS_MAX);
        text_add(&whole, "{\"names\":");
        text_add_bytes(&whole, text, size);
        text_add(&whole, "}");
        if (text_failed(&whole))
                return -ENOMEM;
        r = object_parse(&descriptors_type, whole.string, whole.length, whole.length, 0, NULL, &object, error);
        if (r < 0)
                return r;
        descriptors = object;
        STRV_FOREACH(name, descriptors->names) {
                if (i < 3 && key_valid(*name))
                        add_inherited(*name, fds[i], options);
                i++;
        }
        object_free(&descriptors_type, descriptors);
        return 0;
}
