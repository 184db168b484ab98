/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The configuration to start from, close to what other runtimes give, since people compare. No capability is inheritable
 * (CVE-2022-24769). */

#include "spec/default.h"

#include <stddef.h>

#include "base/strv.h"
#include "spec/spec.h"
#include "spec/writer.h"

static const struct {
        const char *destination;
        const char *type;
        const char *source;
        const char *options;
        const char *rootless_options;   /* NULL: not with rootless */
} mounts[] = {
        { "/proc", "proc", "proc", "", "" },
        { "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k", "nosuid,strictatime,mode=755,size=65536k" },
        /* Group 5 (tty) is not mapped without privileges. */
        { "/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5",
          "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620" },
        { "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k", "nosuid,noexec,nodev,mode=1777,size=65536k" },
        { "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev", "nosuid,noexec,nodev" },
        { "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro", NULL },
        { "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro", NULL },
};

static const char *const capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" };
static const char *const capability_sets[] = { "bounding", "effective", "permitted" };

static const char *const masked_paths[] = {
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
};

static const char *const readonly_paths[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };

static void write_list(Writer *writer, const char *name, const char *const *items, size_t n_items) {
        writer_open(writer, name, '[');
        for (size_t i = 0; i < n_items; i++)
                writer_string(writer, NULL, items[i]);
        writer_close(writer, ']');
}

/* A shell on a terminal, or the caller's command, which needs none. */
static void write_process(Writer *writer, char *const *command) {
        static const char *const environment[] = {
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "TERM=xterm",
        };
        static const char *const shell[] = { "sh" };

        writer_open(writer, "process", '{');
        writer_bool(writer, "terminal", !command);
        writer_open(writer, "user", '{');
        writer_u64(writer, "uid", 0);
        writer_u64(writer, "gid", 0);
        writer_close(writer, '}');
        if (command)
                writer_strings(writer, "args", command);
        else
                write_list(writer, "args", shell, ELEMENTSOF(shell));
        write_list(writer, "env", environment, ELEMENTSOF(environment) - (command ? 1 : 0));
        writer_string(writer, "cwd", "/");
        writer_open(writer, "capabilities", '{');
        FOREACH_ELEMENT(set, capability_sets)
                write_list(writer, *set, capabilities, ELEMENTSOF(capabilities));
        writer_close(writer, '}');
        writer_open(writer, "rlimits", '[');
        writer_open(writer, NULL, '{');
        writer_string(writer, "type", "RLIMIT_NOFILE");
        writer_u64(writer, "hard", 1024);
        writer_u64(writer, "soft", 1024);
        writer_close(writer, '}');
        writer_close(writer, ']');
        writer_bool(writer, "noNewPrivileges", true);
        writer_close(writer, '}');
}

static void write_mount(Writer *writer, const char *destination, const char *type, const char *source, const char *options) {
        CLEANUP(strv_freep) char **words = NULL;

        if (strv_split(options, ",", &words) < 0) {
                writer->text.failed = true;
                return;
        }
        writer_open(writer, NULL, '{');
        writer_string(writer, "destination", destination);
        writer_string(writer, "type", type);
        writer_string(writer, "source", source);
        if (words)
                writer_strings(writer, "options", words);
        writer_close(writer, '}');
}

static void write_mounts(Writer *writer, bool rootless) {
        writer_open(writer, "mounts", '[');
        FOREACH_ELEMENT(mount, mounts) {
                const char *options = rootless ? mount->rootless_options : mount->options;

                if (options)
                        write_mount(writer, mount->destination, mount->type, mount->source, options);
        }
        /* A sysfs can only be mounted by who owns the network namespace, and that stays the user's. */
        if (rootless)
                write_mount(writer, "/sys", "none", "/sys", "rbind,nosuid,noexec,nodev,ro");
        writer_close(writer, ']');
}

static void write_id_map(Writer *writer, const char *name, uint64_t host_id) {
        writer_open(writer, name, '[');
        writer_open(writer, NULL, '{');
        writer_u64(writer, "containerID", 0);
        writer_u64(writer, "hostID", host_id);
        writer_u64(writer, "size", 1);
        writer_close(writer, '}');
        writer_close(writer, ']');
}

static void write_namespaces(Writer *writer, bool rootless) {
        static const struct {
                const char *type;
                bool rootful;
                bool rootless;
        } namespaces[] = {
                { "pid", true, true }, { "network", true, false }, { "ipc", true, true },      { "uts", true, true },
                { "mount", true, true }, { "cgroup", true, true },   { "user", false, true },
        };

        writer_open(writer, "namespaces", '[');
        FOREACH_ELEMENT(namespace, namespaces) {
                if (rootless ? !namespace->rootless : !namespace->rootful)
                        continue;
                writer_open(writer, NULL, '{');
                writer_string(writer, "type", namespace->type);
                writer_close(writer, '}');
        }
        writer_close(writer, ']');
}

static void write_linux(Writer *writer, bool rootless, uid_t uid, gid_t gid) {
        writer_open(writer, "linux", '{');
        if (rootless) {
                write_id_map(writer, "uidMappings", uid);
                write_id_map(writer, "gidMappings", gid);
        } else {
                writer_open(writer, "resources", '{');
                writer_open(writer, "devices", '[');
                writer_open(writer, NULL, '{');
                writer_bool(writer, "allow", false);
                writer_string(writer, "access", "rwm");
                writer_close(writer, '}');
                writer_close(writer, ']');
                writer_close(writer, '}');
        }
        write_namespaces(writer, rootless);
        write_list(writer, "maskedPaths", masked_paths, ELEMENTSOF(masked_paths));
        write_list(writer, "readonlyPaths", readonly_paths, ELEMENTSOF(readonly_paths));
        writer_close(writer, '}');
}

char *spec_default_json(bool rootless, uid_t uid, gid_t gid, char *const *command) {
        Writer writer = {};

        writer_open(&writer, NULL, '{');
        writer_string(&writer, "ociVersion", SPEC_VERSION_MAX);
        write_process(&writer, command);
        writer_open(&writer, "root", '{');
        writer_string(&writer, "path", "rootfs");
        writer_bool(&writer, "readonly", true);
        writer_close(&writer, '}');
        writer_string(&writer, "hostname", "berth");
        write_mounts(&writer, rootless);
        write_linux(&writer, rootless, uid, gid);
        writer_close(&writer, '}');
        text_add(&writer.text, "\n");
        return writer_take(&writer);
}
