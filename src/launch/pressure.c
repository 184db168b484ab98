/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pressure for the payload. Invariants: what it may write to is the one file of its own cgroup, also where its cgroup
 * mount is read-only; what the bundle says in its environment stays. Called while a bundle is compiled. */

#include "launch/pressure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/path.h"
#include "base/strv.h"

#define PRESSURE_ANNOTATION "org.berth.pressure"
/* "some 200000 2000000" with its end, in base 64: what systemd gives by MemoryPressureThresholdSec=200ms. A window of
 * two seconds is one that the kernel lets users have, too (6.5). */
#define THRESHOLD "c29tZSAyMDAwMDAgMjAwMDAwMAA="

static const struct {
        const char *word, *variable, *file;
} kinds[] = {
        { "memory", "MEMORY", "memory.pressure" },
        { "cpu", "CPU", "cpu.pressure" },       /* systemd 261 */
        { "io", "IO", "io.pressure" },
};

static const char *find_cgroup_mount(const Spec *spec) {
        const char *found = NULL;

        for (size_t i = 0; i < spec->n_mounts; i++)
                if (spec->mounts[i].type && (streq(spec->mounts[i].type, "cgroup") || streq(spec->mounts[i].type, "cgroup2")))
                        found = spec->mounts[i].destination;
        return found;
}

static int add_variable(Spec *spec, const char *kind, const char *suffix, const char *value) {
        CLEANUP(freep) char *assignment = NULL;

        if (asprintf(&assignment, "%s_PRESSURE_%s=%s", kind, suffix, value) < 0) {
                assignment = NULL;
                return -ENOMEM;
        }
        return strv_environment_set(&spec->process->env, assignment);
}

static int add_kind(Spec *spec, size_t kind, const char *mount, ResourceSet *set, char ***writable_paths) {
        CLEANUP(freep) char *joined = path_join(mount, kinds[kind].file), *path = joined ? path_lexical(joined) : NULL;
        int r;

        if (!path)
                return -ENOMEM;
        r = add_variable(spec, kinds[kind].variable, "WATCH", path);
        if (r >= 0)
                r = add_variable(spec, kinds[kind].variable, "WRITE", THRESHOLD);
        if (r >= 0)
                r = strv_append(writable_paths, path);
        return r < 0 ? r : strv_append(&set->payload_files, kinds[kind].file);
}

int pressure_compile(Spec *spec, ResourceSet *set, char ***ret_writable_paths, Error *error) {
        const char *wish = spec_map_get(&spec->annotations, PRESSURE_ANNOTATION), *mount = find_cgroup_mount(spec);
        CLEANUP(strv_freep) char **words = NULL;
        int r;

        if (!wish || !spec->process)
                return 0;
        if (!mount || !spec_namespace(spec, SPEC_NAMESPACE_CGROUP) || !spec_namespace(spec, SPEC_NAMESPACE_MOUNT))
                return error_set(error, -EINVAL, "annotations[" PRESSURE_ANNOTATION "]: needs a cgroup namespace and a mount of type cgroup");
        r = strv_split(wish, " ,", &words);
        if (r < 0)
                return r;
        STRV_FOREACH(word, words) {
                size_t kind = 0;

                while (kind < ELEMENTSOF(kinds) && !streq(*word, kinds[kind].word))
                        kind++;
                if (kind == ELEMENTSOF(kinds))
                        return error_set(error, -EINVAL, "annotations[" PRESSURE_ANNOTATION "]: must be of memory, cpu and io, not \"%s\"", *word);
                r = add_kind(spec, kind, mount, set, ret_writable_paths);
                if (r < 0)
                        return r;
        }
        return 0;
}
