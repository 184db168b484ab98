/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* config.json to a Spec: the top level's tables (runtime-spec config.md) and the functions that read, copy and free. */

#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "spec/legacy.h"
#include "spec/tables.h"

const SpecNotEffected spec_not_effected[] = {
        /* One row for each property that is read, and checked, but does nothing here: { "linux.resources.memory.kernel",
         * "why" }. */
        {}
};

static const Field root_fields[] = {
        FIELD_STRING("path", SpecRoot, path, FIELD_REQUIRED | FIELD_NOT_EMPTY),
        FIELD_BOOL("readonly", SpecRoot, readonly, 0),
        {}
};
static OBJECT_TYPE(root_type, SpecRoot, root_fields);

static const Field mount_fields[] = {
        FIELD_STRING("destination", SpecMount, destination, FIELD_REQUIRED),
        FIELD_STRING("type", SpecMount, type, 0),
        FIELD_STRING("source", SpecMount, source, 0),
        FIELD_STRINGS("options", SpecMount, options, 0),
        FIELD_LIST("uidMappings", SpecMount, uid_mappings, 0, spec_id_map_type),
        FIELD_LIST("gidMappings", SpecMount, gid_mappings, 0, spec_id_map_type),
        {}
};
static OBJECT_TYPE(mount_type, SpecMount, mount_fields);

static const Field spec_fields[] = {
        FIELD_STRING("ociVersion", Spec, oci_version, FIELD_REQUIRED),
        FIELD_OPTIONAL_OBJECT("process", Spec, process, 0, spec_process_type),
        FIELD_OBJECT("root", Spec, root, 0, root_type),
        FIELD_STRING("hostname", Spec, hostname, 0),
        FIELD_STRING("domainname", Spec, domainname, 0),
        FIELD_LIST("mounts", Spec, mounts, 0, mount_type),
        FIELD_OBJECT("hooks", Spec, hooks, 0, spec_hooks_type),
        FIELD_MAP("annotations", Spec, annotations, 0),
        FIELD_OBJECT("linux", Spec, os, 0, spec_os_type),
        {}
};
OBJECT_TYPE(spec_type, Spec, spec_fields);

/* config-linux.md, PIDs: 0 is a limit since 1.3. Before it was Go's way to leave the field out, and callers that write
 * an older ociVersion still mean "no limit" by it (podman run --pids-limit 0). */
void spec_resources_of_version(SpecResources *resources, const char *version) {
        unsigned major, minor;

        if (resources && resources->pids && resources->pids->limit.set && resources->pids->limit.value == 0 &&
            sscanf(version, "%3u.%3u.", &major, &minor) == 2 && major == 1 && minor < 3)
                resources->pids->limit.value = -1;
}

/* An empty path is none, as with runc. */
static void unset_empty_paths(SpecOs *os) {
        for (size_t i = 0; i < os->n_namespaces; i++)
                if (os->namespaces[i].path && !*os->namespaces[i].path) {
                        free(os->namespaces[i].path);
                        os->namespaces[i].path = NULL;
                }
}

int spec_parse(const char *text, size_t size, const char *bundle, Spec **ret, Error *error) {
        CLEANUP(spec_freep) Spec *spec = NULL;
        void *object;
        int r;

        r = object_parse(&spec_type, text, size, SPEC_SIZE_MAX, 0, NULL, &object, error);
        if (r < 0)
                return r;
        spec = object;
        spec->format = SPEC_FORMAT_OCI;
        spec_resources_of_version(spec->os.resources, spec->oci_version);
        unset_empty_paths(&spec->os);
        spec->bundle = strdup(bundle);
        if (!spec->bundle)
                return error_set(error, -ENOMEM, "%m");
        *ret = TAKE_PTR(spec);
        return 0;
}

/* -ENOENT is left to the caller, who knows what that means. */
static int read_file(const char *path, char **ret, size_t *ret_size, Error *error) {
        CLEANUP(fd_closep) int fd = file_open_regular_at(AT_FDCWD, path, O_RDONLY);
        int r = fd < 0 ? fd : fd_read_file(fd, SPEC_SIZE_MAX, ret, ret_size);

        return r < 0 && r != -ENOENT ? error_set(error, r, "open %s: %m", path) : r;
}

/* The file beside config.json. */
static char *runtime_path(const char *config_path) {
        CLEANUP(freep) char *directory = strdup(config_path);
        char *slash = directory ? strrchr(directory, '/') : NULL;

        if (!slash)
                return NULL;
        slash[1] = '\0';
        return path_join(directory, LEGACY_RUNTIME_NAME);
}

/* config.json was not found, or is not of the OCI form, of which ours is the error: if the bundle is an older one, its own error
 * counts. */
static int load_legacy(const char *bundle, const char *path, const char *text, size_t size, Spec **ret, Error *ours, Error *error) {
        CLEANUP(freep) char *beside = runtime_path(path), *runtime = NULL;
        LegacyFile config_file = { path, text, size }, runtime_file = { .path = beside };
        int r;

        if (!beside)
                return error_set(error, -ENOMEM, "%m");
        r = read_file(beside, &runtime, &runtime_file.size, error);
        if (r < 0 && r != -ENOENT)
                return r;
        runtime_file.text = runtime;
        if (text ? legacy_recognize(text, size, runtime) : runtime != NULL)
                return legacy_parse(&config_file, &runtime_file, bundle, ret, error);
        if (!text)
                return error_set(error, -ENOENT, "JSON specification file at %s not found", path);
        return error_set(error, ours->number, "%s: %s", path, error_text(ours));
}

int spec_load_text(
                const char *bundle, const char *config_name, Spec **ret, char **ret_text, size_t *ret_size, Error *error) {
        CLEANUP(freep) char *absolute = NULL, *path = NULL, *text = NULL;
        CLEANUP(spec_freep) Spec *spec = NULL;
        CLEANUP(error_done) Error ours = {};
        size_t size = 0;
        int r;

        r = path_make_absolute(bundle, &absolute);
        if (r < 0)
                return error_set(error, r, "bundle %s: %m", bundle);
        path = path_join(absolute, config_name ? config_name : SPEC_CONFIG_NAME);
        if (!path)
                return error_set(error, -ENOMEM, "%m");
        r = read_file(path, &text, &size, error);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0)
                r = spec_parse(text, size, absolute, &spec, &ours);
        if (r < 0) {
                r = load_legacy(absolute, path, text, size, &spec, &ours, error);
                if (r < 0)
                        return r;
                free(text);
                text = spec_to_json(spec);
                if (!text)
                        return error_set(error, -ENOMEM, "%m");
                size = strlen(text);
        }
        *ret = TAKE_PTR(spec);
        *ret_text = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}

int spec_load(const char *bundle, const char *config_name, Spec **ret, Error *error) {
        CLEANUP(freep) char *text = NULL;
        size_t size;

        return spec_load_text(bundle, config_name, ret, &text, &size, error);
}

bool spec_is_legacy(const Spec *spec) {
        return spec_map_get(&spec->annotations, SPEC_LEGACY_ANNOTATION) != NULL;
}

Spec *spec_free(Spec *spec) {
        if (!spec)
                return NULL;
        free(spec->bundle);
        return object_free(&spec_type, spec);
}

char *spec_to_json(const Spec *spec) {
        return object_to_json(&spec_type, spec, false);
}

int spec_parse_process(const char *text, size_t size, SpecProcess **ret, Error *error) {
        void *object;
        int r;

        r = object_parse(&spec_process_type, text, size, SPEC_SIZE_MAX, 0, "process", &object, error);
        if (r < 0)
                return r;
        *ret = object;
        return 0;
}

SpecProcess *spec_process_free(SpecProcess *process) {
        return object_free(&spec_process_type, process);
}

/* Through text: what is written reads back the same. */
int spec_process_copy(const SpecProcess *process, SpecProcess **ret) {
        CLEANUP(freep) char *text = object_to_json(&spec_process_type, process, true);

        return text ? spec_parse_process(text, strlen(text), ret, NULL) : -ENOMEM;
}

int spec_parse_resources(const char *text, size_t size, SpecResources **ret, Error *error) {
        void *object;
        int r;

        r = object_parse(&spec_resources_type, text, size, SPEC_SIZE_MAX, 0, "linux.resources", &object, error);
        if (r < 0)
                return r;
        *ret = object;
        return 0;
}

SpecResources *spec_resources_free(SpecResources *resources) {
        return object_free(&spec_resources_type, resources);
}

char *spec_resources_to_json(const SpecResources *resources) {
        return object_to_json(&spec_resources_type, resources, false);
}

const SpecNamespace *spec_namespace(const Spec *spec, SpecNamespaceType type) {
        for (size_t i = 0; i < spec->os.n_namespaces; i++)
                if (spec->os.namespaces[i].type == type)
                        return spec->os.namespaces + i;
        return NULL;
}

bool spec_map_id(const SpecIdMap *maps, size_t n_maps, uint32_t id, uint32_t *ret) {
        for (size_t i = 0; i < n_maps; i++)
                if (id >= maps[i].container_id && id - maps[i].container_id < maps[i].size) {
                        *ret = maps[i].host_id + (id - maps[i].container_id);
                        return true;
                }
        return false;
}
