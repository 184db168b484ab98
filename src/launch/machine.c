/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* systemd as payload. It asks its container manager for few things (systemd.io/CONTAINER_INTERFACE): $container and
 * $container_uuid, /run as a file system of its own, and /run/host. Invariants: what the bundle says itself stays as
 * it is; any other payload gets nothing of this, and costs nothing. Called while a bundle is compiled, and by the
 * launch. */

#include "launch/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "launch/notify-socket.h"
#include "resource/hash.h"

#define MACHINE_ANNOTATION "org.berth.machine"
#define HOST_DIRECTORY "host"
#define OS_RELEASE_MAX 65536
#define ID_DIGITS (2 * MACHINE_ID_SIZE)

/* ---- is it one? ---- */

static int open_root(const Spec *spec) {
        CLEANUP(freep) char *path = path_join(spec->bundle, spec->root.path);
        int fd = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

        return path ? fd < 0 ? -errno : fd : -ENOMEM;
}

/* The name of what a link of the root leads to in the end. */
static bool leads_to_systemd(int root_fd, const char *path) {
        CLEANUP(fd_closep) int fd = path_open_in_root(root_fd, path, O_PATH | O_CLOEXEC, 0);
        char link[48], target[4096];
        ssize_t n;

        if (fd < 0)
                return false;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, target, sizeof target - 1);
        if (n <= 0)
                return false;
        target[n] = '\0';
        return endswith(target, "/systemd");
}

/* The names are Podman's too. */
static bool runs_systemd(const Spec *spec) {
        static const char *const inits[] = { "/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init", "/init" };
        const char *program = spec->process && spec->process->args ? spec->process->args[0] : NULL;

        if (!program)
                return false;
        if (streq(program, "systemd") || (program[0] == '/' && endswith(program, "/systemd")))
                return true;
        FOREACH_ELEMENT(init, inits)
                if (streq(program, *init)) {
                        CLEANUP(fd_closep) int root_fd = open_root(spec);

                        return root_fd >= 0 && leads_to_systemd(root_fd, program);
                }
        return false;
}

static int is_machine(const Spec *spec, Error *error) {
        const char *word = spec_map_get(&spec->annotations, MACHINE_ANNOTATION);

        if (!word)
                return runs_systemd(spec);
        if (!streq(word, "true") && !streq(word, "false"))
                return error_set(error, -EINVAL, "annotations[" MACHINE_ANNOTATION "]: must be true or false, not \"%s\"", word);
        return streq(word, "true");
}

/* ---- the id ---- */

static bool parse_id(const char *text, uint8_t id[static MACHINE_ID_SIZE]) {
        bool any = false;

        for (size_t i = 0; i < ID_DIGITS; i++) {
                static const char digits[] = "0123456789abcdef";
                const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

                if (!digit)
                        return false;
                id[i / 2] = (uint8_t) (i % 2 ? id[i / 2] | (digit - digits) : (digit - digits) << 4);
                any |= *digit != '0';
        }
        return any && (!text[ID_DIGITS] || text[ID_DIGITS] == '\n');
}

static bool read_id(int root_fd, uint8_t id[static MACHINE_ID_SIZE]) {
        CLEANUP(fd_closep) int fd = path_open_in_root(root_fd, "/etc/machine-id", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
        char text[ID_DIGITS + 2] = "";
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return false;
        return fd_read_all(fd, text, sizeof text - 1) >= ID_DIGITS && parse_id(text, id);
}

/* The one that the root file system has already; else always the same for this name on this machine, so that a
 * container that is made anew is the same machine to its journal and its DHCP server. */
static void find_id(const Spec *spec, const char *name, uint8_t id[static MACHINE_ID_SIZE]) {
        CLEANUP(fd_closep) int root_fd = open_root(spec), host_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        uint8_t seed[MACHINE_ID_SIZE + 256] = {}, digest[SHA256_SIZE];
        size_t size = strnlen(name, sizeof seed - MACHINE_ID_SIZE);

        if (root_fd >= 0 && read_id(root_fd, id))
                return;
        if (host_fd >= 0)
                (void) read_id(host_fd, seed);
        memcpy(seed + MACHINE_ID_SIZE, name, size);
        sha256(seed, MACHINE_ID_SIZE + size, digest);
        memcpy(id, digest, MACHINE_ID_SIZE);
        /* RFC 9562, version 4, as machine-id(5) wants. */
        id[6] = (uint8_t) ((id[6] & 0x0f) | 0x40);
        id[8] = (uint8_t) ((id[8] & 0x3f) | 0x80);
}

static void id_to_text(const uint8_t id[static MACHINE_ID_SIZE], char text[static UUID_TEXT_SIZE]) {
        char *p = text;

        for (size_t i = 0; i < MACHINE_ID_SIZE; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        *p++ = '-';
                p += snprintf(p, 3, "%02x", id[i]);
        }
}

/* ---- what it finds ---- */

static int add_mount(Spec *spec, const char *destination, const char *type, char *source, const char *const *options, size_t n_options) {
        SpecMount *mounts = reallocarray(spec->mounts, spec->n_mounts + 1, sizeof *mounts), *mount;
        int r = source ? 0 : -ENOMEM;

        if (!mounts) {
                free(source);
                return -ENOMEM;
        }
        spec->mounts = mounts;
        mount = &mounts[spec->n_mounts++];
        *mount = (SpecMount) { .destination = strdup(destination), .type = strdup(type), .source = source };
        for (size_t i = 0; r >= 0 && i < n_options; i++)
                r = strv_append(&mount->options, options[i]);
        return r < 0 || !mount->destination || !mount->type ? -ENOMEM : 0;
}

static bool has_mount(const Spec *spec, const char *destination) {
        for (size_t i = 0; i < spec->n_mounts; i++) {
                CLEANUP(freep) char *path = path_lexical(spec->mounts[i].destination);

                if (path && streq(path, destination))
                        return true;
        }
        return false;
}

/* systemd mounts one where there is none, and would so hide what is below. */
static int add_run(Spec *spec) {
        static const char *const options[] = { "nosuid", "nodev", "mode=0755", "size=20%" };

        return has_mount(spec, "/run") ? 0 : add_mount(spec, "/run", "tmpfs", strdup("tmpfs"), options, ELEMENTSOF(options));
}

static char *host_path(const char *state, const char *name) {
        char *path;

        return asprintf(&path, "%s/" HOST_DIRECTORY "%s", state, name) < 0 ? NULL : path;
}

static int add_host_directory(Spec *spec, int root_fd, const char *id, Machine *machine, Error *error) {
        static const char *const read_only[] = { "bind", "ro", "nosuid", "nodev", "noexec" };
        static const char *const writable[] = { "bind", "rw", "nosuid", "nodev", "noexec" };
        CLEANUP(freep) char *state = NULL;
        int r;

        if (has_mount(spec, "/run/host"))
                return 0;
        r = root_fd >= 0 ? state_path(root_fd, id, &state, error) : asprintf(&state, "/run/berth/%s", id) < 0 ? -ENOMEM : 0;
        if (r >= 0)
                r = add_mount(spec, "/run/host", "bind", host_path(state, ""), read_only, ELEMENTSOF(read_only));
        if (r >= 0)
                r = add_mount(spec, "/run/host/unix-export", "bind", host_path(state, "/unix-export"), writable, ELEMENTSOF(writable));
        machine->has_host_directory = r >= 0;
        return r;
}

static int add_environment(Spec *spec, const char *name, const char *value) {
        CLEANUP(freep) char *assignment = NULL;

        if (!spec->process || strv_environment_get(spec->process->env, name))
                return 0;
        if (asprintf(&assignment, "%s=%s", name, value) < 0) {
                assignment = NULL;
                return -ENOMEM;
        }
        return strv_environment_set(&spec->process->env, assignment);
}

/* 0 where it is not mapped: then nobody inside can be the owner. */
static uint32_t host_root(const SpecIdMap *maps, size_t n_maps) {
        for (size_t i = 0; i < n_maps; i++)
                if (maps[i].container_id == 0 && maps[i].size > 0)
                        return maps[i].host_id;
        return 0;
}

int machine_compile(Spec *spec, int root_fd, const char *id, Machine *ret, Error *error) {
        int r = is_machine(spec, error);

        if (r <= 0)
                return r;
        ret->is_machine = true;
        find_id(spec, id, ret->id);
        id_to_text(ret->id, ret->uuid);
        ret->uid = host_root(spec->os.uid_mappings, spec->os.n_uid_mappings);
        ret->gid = host_root(spec->os.gid_mappings, spec->os.n_gid_mappings);
        r = add_environment(spec, "container", "berth");
        if (r >= 0)
                r = add_environment(spec, "container_uuid", ret->uuid);
        if (r < 0 || !spec_namespace(spec, SPEC_NAMESPACE_MOUNT))
                return r;
        r = add_run(spec);
        return r < 0 ? r : add_host_directory(spec, root_fd, id, ret, error);
}

/* ---- /run/host ---- */

static int write_text(int dir_fd, const char *name, const char *text) {
        return file_replace_at(dir_fd, name, text, strlen(text), 0644);
}

/* os-release(5): the one in /etc counts. */
static int write_os_release(int dir_fd) {
        CLEANUP(freep) char *text = NULL;
        int r = file_read_at(AT_FDCWD, "/etc/os-release", OS_RELEASE_MAX, &text, NULL);

        if (r < 0)
                r = file_read_at(AT_FDCWD, "/usr/lib/os-release", OS_RELEASE_MAX, &text, NULL);
        return r < 0 ? 0 : write_text(dir_fd, "os-release", text);
}

/* Where the payload makes sockets that are for the host. */
static int make_unix_export(const Machine *machine, int dir_fd) {
        if (mkdirat(dir_fd, "unix-export", 0755) < 0 || fchmodat(dir_fd, "unix-export", 0755, 0) < 0)
                return -errno;
        /* Without privileges it is ours, and the payload's root is us. */
        if (geteuid() == 0 && machine->uid != 0 && fchownat(dir_fd, "unix-export", machine->uid, machine->gid, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return 0;
}

int machine_make_directory(const Machine *machine, int dir_fd, Error *error) {
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        if (!machine->has_host_directory)
                return 0;
        if (mkdirat(dir_fd, HOST_DIRECTORY, 0755) < 0)
                return error_set(error, -errno, "/run/host: %m");
        fd = openat(dir_fd, HOST_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        r = fd < 0 || fchmod(fd, 0755) < 0 || mkdirat(fd, "credentials", 0755) < 0 ? -errno : make_unix_export(machine, fd);
        if (r >= 0)
                r = write_text(fd, "container-manager", "berth\n");
        if (r >= 0)
                r = write_text(fd, "container-uuid", machine->uuid);
        if (r >= 0)
                r = write_os_release(fd);
        return r < 0 ? error_set(error, r, "/run/host: %m") : 0;
}
