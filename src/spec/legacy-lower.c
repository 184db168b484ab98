/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the two old files to the model: the top level, namespaces, hooks. What the old runtime did of itself (masks for a
 * read-only root, one capability list for all sets, a score of 0 for the OOM killer) is written out here, so that the model, and
 * the config.json that `convert` prints of it, says everything. Names that are moved over are taken, not copied. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "spec/legacy.h"
#include "spec/tables.h"

/* For a read-only root, in this order. */
static const char *const masked_paths[] = { "/proc/kcore" };
static const char *const readonly_paths[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus" };

static bool has_namespace(const Spec *spec, SpecNamespaceType type) {
        return spec_namespace(spec, type) != NULL;
}

/* "" is absent. */
static char *take_string(char **string) {
        char *taken = TAKE_PTR(*string);

        if (!isempty(taken))
                return taken;
        free(taken);
        return NULL;
}

/* A path without ".", ".." and "//", by its text alone; ".." that leads out of a relative one stays. */
static char *clean_path(const char *path) {
        CLEANUP(strv_freep) char **parts = NULL;
        CLEANUP(freep) char *joined = NULL;
        size_t n = 0;

        if (strv_split(path, "/", &parts) < 0)
                return NULL;
        for (size_t i = 0; parts && parts[i]; i++) {
                CLEANUP(freep) char *part = TAKE_PTR(parts[i]);

                if (streq(part, "."))
                        continue;
                if (streq(part, "..") && n > 0 && !streq(parts[n - 1], "..")) {
                        n--;
                        free(TAKE_PTR(parts[n]));
                } else if (!streq(part, "..") || *path != '/')
                        parts[n++] = TAKE_PTR(part);
        }
        if (n == 0)
                return strdup(*path == '/' ? "/" : ".");
        joined = strv_join(parts, "/");
        return joined && *path == '/' ? path_join("/", joined) : TAKE_PTR(joined);
}

static int lower_root(LegacyConfig *config, Spec *spec) {
        const char *path = config->root.path ? config->root.path : "";

        spec->root.readonly = config->root.readonly;
        spec->root.path = *path == '/' ? strdup(path) : clean_path(path);
        if (spec->root.path && startswith(spec->root.path, "..")) {
                CLEANUP(freep) char *joined = path_join(spec->bundle, path);

                free(spec->root.path);
                spec->root.path = joined ? clean_path(joined) : NULL;
        }
        return spec->root.path ? 0 : -ENOMEM;
}

/* The words of v0.2.0; there were no others. */
static SpecNamespaceType namespace_type(const char *word) {
        SpecNamespaceType type = word ? field_word_value(spec_namespace_types, word) : 0;

        return type <= SPEC_NAMESPACE_USER ? type : 0;
}

/* The namespace of that type, or the next free item. */
static SpecNamespace *namespace_item(Spec *spec, SpecNamespaceType type) {
        for (size_t i = 0; i < spec->os.n_namespaces; i++)
                if (spec->os.namespaces[i].type == type)
                        return spec->os.namespaces + i;
        spec->os.namespaces[spec->os.n_namespaces].type = type;
        return spec->os.namespaces + spec->os.n_namespaces++;
}

static int lower_namespaces(LegacyOs *from, Spec *spec, Error *error) {
        /* One more for the user namespace that id maps bring. */
        spec->os.namespaces = calloc(from->n_namespaces + 1, sizeof(*spec->os.namespaces));
        if (!spec->os.namespaces)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_namespaces; i++) {
                LegacyNamespace *namespace = from->namespaces + i;
                SpecNamespaceType type = namespace_type(namespace->type);
                SpecNamespace *item;

                if (!type)
                        return error_set(error, -EINVAL, "namespace {\"%.80s\" \"%.200s\"} does not exist",
                                         namespace->type ? namespace->type : "", namespace->path ? namespace->path : "");
                item = namespace_item(spec, type);
                free(item->path);
                item->path = take_string(&namespace->path);
        }
        return 0;
}

static bool maps_root(const SpecIdMap *maps, size_t n_maps) {
        for (size_t i = 0; i < n_maps; i++)
                if (maps[i].container_id == 0 && maps[i].size > 0)
                        return true;
        return false;
}

/* Maps of users make a namespace for them; maps of groups alone mean nothing. */
static int lower_maps(LegacyOs *from, Spec *spec, Error *error) {
        if (from->n_uid_mappings == 0)
                return 0;
        if (!maps_root(from->uid_mappings, from->n_uid_mappings))
                return error_set(error, -EINVAL, "User namespaces enabled, but no root user mapping found.");
        if (from->n_gid_mappings == 0)
                return error_set(error, -EINVAL, "User namespaces enabled, but no gid mappings found.");
        if (!maps_root(from->gid_mappings, from->n_gid_mappings))
                return error_set(error, -EINVAL, "User namespaces enabled, but no root group mapping found.");
        free(TAKE_PTR(namespace_item(spec, SPEC_NAMESPACE_USER)->path));
        spec->os.uid_mappings = TAKE_PTR(from->uid_mappings);
        spec->os.n_uid_mappings = TAKE(from->n_uid_mappings, 0);
        spec->os.gid_mappings = TAKE_PTR(from->gid_mappings);
        spec->os.n_gid_mappings = TAKE(from->n_gid_mappings, 0);
        return 0;
}

static int copy_words(const char *const *words, size_t n_words, char ***ret) {
        int r = 0;

        for (size_t i = 0; i < n_words && r >= 0; i++)
                r = strv_append(ret, words[i]);
        return r;
}

static int lower_paths(Spec *spec, Error *error) {
        int r;

        if (!spec->root.readonly)
                return 0;
        if (!has_namespace(spec, SPEC_NAMESPACE_MOUNT))
                return error_set(error, -EINVAL, "unable to restrict sys entries without a private MNT namespace");
        r = copy_words(masked_paths, ELEMENTSOF(masked_paths), &spec->os.masked_paths);
        return r < 0 ? r : copy_words(readonly_paths, ELEMENTSOF(readonly_paths), &spec->os.readonly_paths);
}

static int lower_hostname(LegacyConfig *config, Spec *spec, Error *error) {
        spec->hostname = take_string(&config->hostname);
        if (spec->hostname && !has_namespace(spec, SPEC_NAMESPACE_UTS))
                return error_set(error, -EINVAL, "unable to set hostname without a private UTS namespace");
        return 0;
}

static int lower_hook_list(LegacyHook *from, size_t n_from, SpecHook **ret, size_t *ret_n) {
        if (n_from == 0)
                return 0;
        *ret = calloc(n_from, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        *ret_n = n_from;
        for (size_t i = 0; i < n_from; i++) {
                SpecHook *hook = *ret + i;

                hook->path = from[i].path ? TAKE_PTR(from[i].path) : strdup("");
                if (!hook->path)
                        return -ENOMEM;
                /* No arguments at all: the path is argv[0]. An empty environment is one, an absent one the runtime's. */
                if (from[i].args && from[i].args[0])
                        hook->args = TAKE_PTR(from[i].args);
                hook->env = TAKE_PTR(from[i].env);
        }
        return 0;
}

static int lower_hooks(LegacyHooks *from, SpecHooks *hooks) {
        int r;

        r = lower_hook_list(from->prestart, from->n_prestart, &hooks->prestart, &hooks->n_prestart);
        if (r >= 0)
                r = lower_hook_list(from->poststart, from->n_poststart, &hooks->poststart, &hooks->n_poststart);
        if (r >= 0)
                r = lower_hook_list(from->poststop, from->n_poststop, &hooks->poststop, &hooks->n_poststop);
        return r;
}

/* Of little weight for the old runtime, which took a word that it did not know for none. */
static void lower_propagation(const LegacyOs *from, Spec *spec) {
        if (isempty(from->rootfs_propagation))
                return;
        spec->os.rootfs_propagation = field_word_value(spec_propagations, from->rootfs_propagation);
        if (!spec->os.rootfs_propagation)
                log_warning("linux.rootfsPropagation: unknown word \"%.40s\", ignored", from->rootfs_propagation);
}

static int lower_os(LegacyRuntime *runtime, Spec *spec, Error *error) {
        LegacyOs *from = &runtime->os;
        int r;

        r = legacy_lower_devices(from, spec, error);
        if (r >= 0)
                r = legacy_lower_resources(&from->resources, spec->os.resources, error);
        if (r >= 0)
                r = legacy_lower_seccomp(&from->seccomp, &spec->os.seccomp, error);
        if (r < 0)
                return r;
        lower_propagation(from, spec);
        spec->os.sysctl = TAKE(from->sysctl, (SpecMap) {});
        /* A path in trees that no longer are: containers are scopes of a slice. It was not looked at then either. */
        if (!isempty(from->cgroups_path))
                log_debug("linux.cgroupsPath: \"%s\" is no place for a scope, ignored", from->cgroups_path);
        return 0;
}

int legacy_lower(LegacyConfig *config, LegacyRuntime *runtime, Spec *spec, Error *error) {
        int r;

        spec->oci_version = strdup("1.0.2");
        spec->process = calloc(1, sizeof(*spec->process));
        spec->os.resources = calloc(1, sizeof(*spec->os.resources));
        if (!spec->oci_version || !spec->process || !spec->os.resources)
                return -ENOMEM;
        r = spec_map_set(&spec->annotations, SPEC_LEGACY_ANNOTATION, config->version);
        if (r >= 0)
                r = lower_root(config, spec);
        if (r >= 0)
                r = lower_namespaces(&runtime->os, spec, error);
        if (r >= 0)
                r = lower_maps(&runtime->os, spec, error);
        if (r >= 0)
                r = lower_hostname(config, spec, error);
        if (r >= 0)
                r = lower_paths(spec, error);
        if (r >= 0)
                r = legacy_lower_mounts(config, runtime, spec, error);
        if (r >= 0)
                r = legacy_lower_process(config, runtime, spec->process, error);
        if (r >= 0)
                r = lower_os(runtime, spec, error);
        if (r >= 0)
                r = lower_hooks(&runtime->hooks, &spec->hooks);
        return r;
}
