/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What this program can do, from the same tables that read config.json: what is listed here is what is read. */

#include "spec/features.h"

#include "spec/tables.h"
#include "spec/writer.h"

static void write_words(Writer *writer, const char *name, const FieldWord *words) {
        writer_open(writer, name, '[');
        for (; words->name; words++)
                writer_string(writer, NULL, words->name);
        writer_close(writer, ']');
}

static void write_enabled(Writer *writer, const char *name, bool enabled) {
        writer_open(writer, name, '{');
        writer_bool(writer, "enabled", enabled);
        writer_close(writer, '}');
}

static void write_hooks(Writer *writer) {
        writer_open(writer, "hooks", '[');
        for (const Field *field = spec_hooks_type.fields; field->name; field++)
                writer_string(writer, NULL, field->name);
        writer_close(writer, ']');
}

static void write_capabilities(Writer *writer) {
        writer_open(writer, "capabilities", '[');
        for (const char *const *name = spec_capabilities; *name; name++)
                writer_string(writer, NULL, *name);
        writer_close(writer, ']');
}

static void write_cgroup(Writer *writer) {
        writer_open(writer, "cgroup", '{');
        writer_bool(writer, "v1", false);
        writer_bool(writer, "v2", true);
        writer_bool(writer, "systemd", true);
        writer_bool(writer, "systemdUser", true);
        writer_bool(writer, "rdma", true);
        writer_close(writer, '}');
}

static void write_seccomp(Writer *writer, const Features *features) {
        writer_open(writer, "seccomp", '{');
        writer_bool(writer, "enabled", features->seccomp);
        if (features->seccomp) {
                write_words(writer, "actions", spec_seccomp_actions);
                write_words(writer, "operators", spec_seccomp_operators);
                write_words(writer, "archs", spec_seccomp_architectures);
                write_words(writer, "knownFlags", spec_seccomp_flags);
                writer_open(writer, "supportedFlags", '[');
                for (const FieldWord *word = spec_seccomp_flags; word->name; word++)
                        if (spec_set_has(features->seccomp_flags, word->value))
                                writer_string(writer, NULL, word->name);
                writer_close(writer, ']');
        }
        writer_close(writer, '}');
}

static void write_linux(Writer *writer, const Features *features) {
        writer_open(writer, "linux", '{');
        write_words(writer, "namespaces", spec_namespace_types);
        write_capabilities(writer);
        write_cgroup(writer);
        write_seccomp(writer, features);
        write_enabled(writer, "apparmor", features->apparmor);
        write_enabled(writer, "selinux", features->selinux);
        writer_open(writer, "intelRdt", '{');
        writer_bool(writer, "enabled", true);
        writer_bool(writer, "schemata", true);
        writer_bool(writer, "monitoring", true);
        writer_close(writer, '}');
        writer_open(writer, "memoryPolicy", '{');
        write_words(writer, "modes", spec_memory_policy_modes);
        write_words(writer, "flags", spec_memory_policy_flags);
        writer_close(writer, '}');
        writer_open(writer, "mountExtensions", '{');
        write_enabled(writer, "idmap", true);
        writer_close(writer, '}');
        write_enabled(writer, "netDevices", true);
        writer_close(writer, '}');
}

char *features_to_json(const Features *features) {
        Writer writer = {};

        writer_open(&writer, NULL, '{');
        writer_string(&writer, "ociVersionMin", SPEC_VERSION_MIN);
        writer_string(&writer, "ociVersionMax", SPEC_VERSION_MAX);
        write_hooks(&writer);
        writer_strings(&writer, "mountOptions", features->mount_options);
        write_linux(&writer, features);
        writer_open(&writer, "annotations", '{');
        for (size_t i = 0; i < features->annotations.n_items; i++)
                writer_string(&writer, features->annotations.items[i].key, features->annotations.items[i].value);
        writer_close(&writer, '}');
        writer_strings(&writer, "potentiallyUnsafeConfigAnnotations", features->unsafe_annotations);
        writer_close(&writer, '}');
        text_add(&writer.text, "\n");
        return writer_take(&writer);
}
