/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mounts of before 1.0: config.json says where and in which order, runtime.json what. Invariant: a source that the model has is
 * to be read as the OCI form reads it, relative to the bundle. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "spec/legacy.h"

/* What the old runtime knew to mount. */
static const char *const types[] = { "proc", "sysfs", "mqueue", "tmpfs", "devpts", "securityfs", "bind", "cgroup" };

static const LegacyMount *find_mount(const LegacyRuntime *runtime, const char *name) {
        for (size_t i = 0; i < runtime->n_mounts; i++)
                if (streq(runtime->mounts[i].name, name))
                        return runtime->mounts + i;
        return NULL;
}

static bool type_known(const char *type) {
        FOREACH_ELEMENT(known, types)
                if (streq(*known, type))
                        return true;
        return false;
}

static bool has_bind_option(const LegacyMount *mount) {
        return strv_contains(mount->options, "bind") || strv_contains(mount->options, "rbind");
}

static int check_bind_destination(const char *destination, Error *error) {
        CLEANUP(freep) char *clean = path_simplify(destination);
        const char *below;

        if (!clean)
                return -ENOMEM;
        if (streq(clean, "/") || streq(clean, "."))
                return error_set(error, -EINVAL, "mounting into / is prohibited");
        below = startswith(clean, *clean == '/' ? "/proc" : "proc");
        if (below && *below == '/')
                return error_set(error, -EINVAL, "\"%.200s\" cannot be mounted because it is located inside \"/proc\"", destination);
        return 0;
}

/* A source of type "bind" is relative to the bundle, even an empty one. That of another type with the option "bind" was looked
 * up from inside the root file system; its last component may not be a link there. */
static int lower_source(const LegacyMount *from, const Spec *spec, SpecMount *mount) {
        const char *source = from->source ? from->source : "";

        if (streq(mount->type, "bind"))
                mount->source = strdup(*source ? source : ".");
        else if (has_bind_option(from) && *source != '/') {
                mount->source = path_join(spec->root.path, source);
                if (!mount->source)
                        return -ENOMEM;
                return strv_append(&mount->options, "src-nofollow");
        } else
                mount->source = strdup(source);
        return mount->source ? 0 : -ENOMEM;
}

static int lower_mount(LegacyMountPoint *point, const LegacyMount *from, const Spec *spec, SpecMount *mount, Error *error) {
        const char *type = from->type ? from->type : "";
        int r;

        mount->destination = point->path ? TAKE_PTR(point->path) : strdup("");
        mount->type = strdup(type);
        if (!mount->destination || !mount->type)
                return -ENOMEM;
        if (!type_known(type))
                return error_set(error, -EINVAL, "unknown mount device \"%.80s\" to \"%.200s\"", type, mount->destination);
        if (streq(type, "bind")) {
                r = check_bind_destination(mount->destination, error);
                if (r < 0)
                        return r;
        }
        r = strv_copy(from->options, &mount->options);
        if (r >= 0 && spec->root.readonly && streq(type, "sysfs"))
                r = strv_append(&mount->options, "ro");
        return r < 0 ? r : lower_source(from, spec, mount);
}

int legacy_lower_mounts(LegacyConfig *config, const LegacyRuntime *runtime, Spec *spec, Error *error) {
        if (config->n_mounts == 0)
                return 0;
        spec->mounts = calloc(config->n_mounts, sizeof(*spec->mounts));
        if (!spec->mounts)
                return -ENOMEM;
        spec->n_mounts = config->n_mounts;
        for (size_t i = 0; i < config->n_mounts; i++) {
                const char *name = config->mounts[i].name ? config->mounts[i].name : "";
                const LegacyMount *mount = find_mount(runtime, name);
                int r;

                if (!mount)
                        return error_set(error, -EINVAL, "Mount with Name \"%.80s\" not found in runtime config", name);
                r = lower_mount(config->mounts + i, mount, spec, spec->mounts + i, error);
                if (r < 0)
                        return r;
        }
        return 0;
}
