/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Restored processes against the configuration. Invariant: what passes has no capability, namespace, id map or mount that a fresh
 * container of this configuration could not have, and is confined by no_new_privs and a seccomp filter where it would be. */

#include "checkpoint/restore-verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "checkpoint/mount-table.h"
#include "plan/compile.h"
#include "plan/process.h"
#include "spec/tables.h"

#define STATUS_MAX 65536U
#define MAPS_MAX 65536U

static const struct {
        SpecNamespaceType type;
        const char *name;
} namespaces[] = {
        { SPEC_NAMESPACE_PID, "pid" },   { SPEC_NAMESPACE_NETWORK, "net" }, { SPEC_NAMESPACE_MOUNT, "mnt" },
        { SPEC_NAMESPACE_IPC, "ipc" },   { SPEC_NAMESPACE_UTS, "uts" },     { SPEC_NAMESPACE_USER, "user" },
        { SPEC_NAMESPACE_CGROUP, "cgroup" }, { SPEC_NAMESPACE_TIME, "time" },
};

typedef struct Verify {
        const Spec *spec;
        const char *rootfs;
        pid_t init;
        uint64_t capabilities;  /* what any process of the container may come to */
        bool own_mounts;        /* it may mount by itself */
} Verify;

/* ---- processes ---- */

/* "CapEff:\t00000000a80425fb" in base, or -ENODATA. */
static int status_number(const char *status, const char *name, int base, uint64_t *ret) {
        size_t length = strlen(name);

        for (const char *line = status; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
                if (strncmp(line, name, length) == 0 && line[length] == ':') {
                        *ret = strtoull(line + length + 1, NULL, base);
                        return 0;
                }
        return -ENODATA;
}

static int verify_capabilities(const Verify *verify, pid_t pid, const char *status, Error *error) {
        static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

        FOREACH_ELEMENT(set, sets) {
                uint64_t mask;
                int r = status_number(status, *set, 16, &mask);

                if (r < 0)
                        return error_set(error, r, "process %ld: %s: %m", (long) pid, *set);
                if (mask & ~verify->capabilities)
                        return error_set(error, -EPERM, "process %ld of the checkpoint has capabilities that the configuration does not give "
                                         "(%s %016jx)", (long) pid, *set, (uintmax_t) mask);
        }
        return 0;
}

static int verify_confinement(const Verify *verify, pid_t pid, const char *status, Error *error) {
        uint64_t value;

        if (verify->spec->process->no_new_privileges && (status_number(status, "NoNewPrivs", 10, &value) < 0 || value != 1))
                return error_set(error, -EPERM, "process %ld of the checkpoint is without no_new_privs, which old versions of criu do not restore", (long) pid);
        if (verify->spec->os.seccomp && (status_number(status, "Seccomp", 10, &value) < 0 || value == 0))
                return error_set(error, -EPERM, "process %ld of the checkpoint is without a seccomp filter", (long) pid);
        return 0;
}

static int namespace_inode(const char *path, ino_t *ret) {
        struct stat st;

        if (stat(path, &st) < 0)
                return -errno;
        *ret = st.st_ino;
        return 0;
}

/* In a namespace of its own where the configuration says so, in that of the host else. A deeper one is a process's own affair. */
static int verify_namespaces(const Verify *verify, pid_t pid, Error *error) {
        FOREACH_ELEMENT(row, namespaces) {
                const SpecNamespace *wanted = spec_namespace(verify->spec, row->type);
                char own[64], path[64];
                ino_t host = 0, theirs = 0, joined = 0;

                (void) snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long) pid, row->name);
                (void) snprintf(own, sizeof own, "/proc/self/ns/%s", row->name);
                if (namespace_inode(own, &host) < 0)
                        continue; /* not in this kernel */
                if (namespace_inode(path, &theirs) < 0)
                        return error_set(error, -errno, "%s: %m", path);
                if (wanted && isempty(wanted->path) && theirs == host)
                        return error_set(error, -EPERM, "process %ld of the checkpoint is in the host's %s namespace", (long) pid,
                                         field_word_name(spec_namespace_types, row->type));
                if (wanted && !isempty(wanted->path) && pid == verify->init && namespace_inode(wanted->path, &joined) >= 0 && theirs != joined)
                        return error_set(error, -EPERM, "process %ld of the checkpoint is not in the namespace %s", (long) pid, wanted->path);
                if (!wanted && row->type == SPEC_NAMESPACE_USER && theirs != host && !verify->own_mounts)
                        return error_set(error, -EPERM, "process %ld of the checkpoint is in a user namespace of its own", (long) pid);
        }
        return 0;
}

static int verify_map(pid_t pid, const char *file, const SpecIdMap *maps, size_t n_maps, Error *error) {
        CLEANUP(freep) char *text = NULL;
        const char *at;
        char path[64];
        size_t n = 0;
        int r;

        (void) snprintf(path, sizeof path, "/proc/%ld/%s", (long) pid, file);
        r = file_read_at(AT_FDCWD, path, MAPS_MAX, &text, NULL);
        if (r < 0)
                return error_set(error, r, "%s: %m", path);
        for (at = text; *at; n++) {
                unsigned inside, outside, size;
                int end = 0;

                if (sscanf(at, "%u %u %u%n", &inside, &outside, &size, &end) != 3)
                        break;
                if (n >= n_maps || maps[n].container_id != inside || maps[n].host_id != outside || maps[n].size != size)
                        return error_set(error, -EPERM, "the checkpoint's %s is not that of the configuration", file);
                at += end;
                at += strspn(at, " \n");
        }
        return n == n_maps && !*at ? 0 : error_set(error, -EPERM, "the checkpoint's %s is not that of the configuration", file);
}

static int verify_process(const Verify *verify, pid_t pid, Error *error) {
        CLEANUP(freep) char *status = NULL;
        char path[64];
        int r;

        (void) snprintf(path, sizeof path, "/proc/%ld/status", (long) pid);
        r = file_read_at(AT_FDCWD, path, STATUS_MAX, &status, NULL);
        if (r == -ENOENT || r == -ESRCH)
                return 0;
        if (r < 0)
                return error_set(error, r, "%s: %m", path);
        r = verify_capabilities(verify, pid, status, error);
        if (r >= 0)
                r = verify_confinement(verify, pid, status, error);
        return r < 0 ? r : verify_namespaces(verify, pid, error);
}

/* ---- mounts ---- */

static bool is_read_only(const SpecMount *mount) {
        bool read_only = false;

        STRV_FOREACH(option, mount->options)
                if (streq(*option, "ro") || streq(*option, "rro"))
                        read_only = true;
                else if (streq(*option, "rw") || streq(*option, "rrw"))
                        read_only = false;
        return read_only;
}

/* The configuration's "cgroup" is what the kernel calls cgroup2. */
static bool same_type(const char *wanted, const char *type) {
        return streq(wanted, type) || (streq(wanted, "cgroup") && streq(type, "cgroup2"));
}

static int explain(bool *explained, const MountTable *table, const MountEntry *entry) {
        explained[entry - table->entries] = true;
        return 0;
}

/* The host's hierarchy is never writable in a user namespace (CVE-2023-25809). */
static bool is_host_cgroup(const Spec *spec, const SpecMount *mount) {
        return mount->type && same_type(mount->type, "cgroup2") && !spec_has_namespace(spec, SPEC_NAMESPACE_CGROUP) &&
               spec_has_namespace(spec, SPEC_NAMESPACE_USER);
}

static int verify_mount(const Spec *spec, size_t index, const MountTable *table, bool *explained, Error *error) {
        const SpecMount *mount = spec->mounts + index;
        const MountEntry *entry;
        int r = mount_table_at(table, mount->destination, &entry);

        if (r < 0 && r != -ENOENT)
                return error_set(error, r, "mounts[%zu].destination: %m", index);
        if (r < 0 || !entry)
                return 0; /* the container has taken it away, or never had it (a remount) */
        if ((is_read_only(mount) || is_host_cgroup(spec, mount)) && !entry->read_only)
                return error_set(error, -EPERM, "mounts[%zu]: %s is writable in the checkpoint", index, entry->point);
        if (!spec_mount_is_bind(mount) && mount->type && !same_type(mount->type, entry->type))
                return error_set(error, -EPERM, "mounts[%zu]: %s is of type %s in the checkpoint", index, entry->point, entry->type);
        return explain(explained, table, entry);
}

/* A file is hidden by the null device. Of several mounts of the host's CRIU may make one writable, which means nothing there. */
static bool is_null_device(const MountTable *table, const char *path) {
        CLEANUP(fd_closep) int fd = path_open_in_root(table->root_fd, path, O_PATH | O_CLOEXEC, 0);
        struct stat st;

        return fd >= 0 && fstat(fd, &st) >= 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/* A path that is to be hidden or read-only must be a mount, and that read-only. */
static int verify_paths(char *const *paths, const char *name, const MountTable *table, bool *explained, Error *error) {
        STRV_FOREACH(path, paths) {
                const MountEntry *entry;
                int r = mount_table_at(table, *path, &entry);

                if (r == -ENOENT)
                        continue;
                if (r < 0)
                        return error_set(error, r, "linux.%s: %s: %m", name, *path);
                if (!entry || (!entry->read_only && !is_null_device(table, *path)))
                        return error_set(error, -EPERM, "linux.%s: %s is open in the checkpoint", name, *path);
                (void) explain(explained, table, entry);
        }
        return 0;
}

static void explain_path(const char *path, const MountTable *table, bool *explained) {
        const MountEntry *entry;

        if (mount_table_at(table, path, &entry) >= 0 && entry)
                (void) explain(explained, table, entry);
}

/* Below a recursive bind mount, or hidden by a later mount at the same place. */
static bool is_below_bind(const Spec *spec, const MountTable *table, const MountEntry *entry) {
        for (size_t i = 0; i < table->n_entries; i++)
                if (table->entries + i != entry && streq(table->entries[i].point, entry->point))
                        return true;
        for (size_t i = 0; i < spec->n_mounts; i++) {
                const char *rest = spec_mount_is_bind(spec->mounts + i) ? startswith(entry->point, spec->mounts[i].destination) : NULL;

                if (rest && *rest == '/')
                        return true;
        }
        return false;
}

static int verify_table(const Verify *verify, const MountTable *table, bool *explained, Error *error) {
        const Spec *spec = verify->spec;
        const char *path;
        int r = 0;

        explain_path("/", table, explained);
        explain_path("/dev/console", table, explained);
        for (size_t i = 0; (path = plan_default_device(i)); i++)
                explain_path(path, table, explained);
        for (size_t i = 0; i < spec->os.n_devices; i++)
                explain_path(spec->os.devices[i].path, table, explained);
        for (size_t i = 0; i < spec->n_mounts && r >= 0; i++)
                r = verify_mount(spec, i, table, explained, error);
        if (r >= 0)
                r = verify_paths(spec->os.masked_paths, "maskedPaths", table, explained, error);
        if (r >= 0)
                r = verify_paths(spec->os.readonly_paths, "readonlyPaths", table, explained, error);
        for (size_t i = 0; i < table->n_entries && r >= 0 && !verify->own_mounts; i++)
                if (!explained[i] && !is_below_bind(spec, table, table->entries + i))
                        r = error_set(error, -EPERM, "the checkpoint has a mount at %s that the configuration has not",
                                      table->entries[i].point);
        return r;
}

static int verify_root(const Verify *verify, const MountTable *table, Error *error) {
        const MountEntry *root;
        struct stat ours, theirs;

        if (stat(verify->rootfs, &ours) < 0 || fstat(table->root_fd, &theirs) < 0)
                return error_set(error, -errno, "root.path: %m");
        if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
                return error_set(error, -EPERM, "the checkpoint's root is not the root of the configuration");
        if (!verify->spec->root.readonly)
                return 0;
        if (mount_table_at(table, "/", &root) < 0 || !root || !root->read_only)
                return error_set(error, -EPERM, "the checkpoint's root is writable");
        return 0;
}

static int verify_mounts(const Verify *verify, Error *error) {
        CLEANUP(mount_table_done) MountTable table = MOUNT_TABLE_NONE;
        CLEANUP(freep) bool *explained = NULL;
        int r = mount_table_read(verify->init, &table);

        if (r < 0)
                return error_set(error, r, "mounts of process %ld: %m", (long) verify->init);
        explained = calloc(table.n_entries + 1, sizeof *explained);
        if (!explained)
                return -ENOMEM;
        r = verify_root(verify, &table, error);
        return r < 0 ? r : verify_table(verify, &table, explained, error);
}

int restore_verify(const Spec *spec, const char *rootfs, const pid_t *pids, size_t n_pids, pid_t init, Error *error) {
        static const SpecCapabilities none = {};
        const SpecCapabilities *given = spec->process->capabilities ? spec->process->capabilities : &none;
        Verify verify = { .spec = spec, .rootfs = rootfs, .init = init };
        int r = 0;

        verify.capabilities = plan_capabilities_mask(given->bounding) | plan_capabilities_mask(given->permitted) |
                plan_capabilities_mask(given->inheritable) | plan_capabilities_mask(given->effective);
        verify.own_mounts = strv_contains(given->bounding, "CAP_SYS_ADMIN");
        for (size_t i = 0; i < n_pids && r >= 0; i++)
                r = verify_process(&verify, pids[i], error);
        if (r >= 0 && spec_has_namespace(spec, SPEC_NAMESPACE_MOUNT))
                r = verify_mounts(&verify, error);
        if (r >= 0 && spec->os.n_uid_mappings > 0)
                r = verify_map(init, "uid_map", spec->os.uid_mappings, spec->os.n_uid_mappings, error);
        if (r >= 0 && spec->os.n_gid_mappings > 0)
                r = verify_map(init, "gid_map", spec->os.gid_mappings, spec->os.n_gid_mappings, error);
        return r;
}
