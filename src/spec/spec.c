/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* config.json to a Spec: the top level's tables (runtime-spec config.md) and the functions that read, copy and free. */

#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
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

int spec_parse(const char *text, size_t size, const char *bundle, Spec **ret, Error *error) {
        CLEANUP(spec_freep) Spec *spec = NULL;
        void *object;
        int r;

        r = object_parse(&spec_type, text, size, SPEC_SIZE_MAX, 0, NULL, &object, error);
        if (r < 0)
                return r;
        spec = object;
        spec->format = SPEC_FORMAT_OCI;
        spec->bundle = strdup(bundle);
        if (!spec->bundle)
                return error_set(error, -ENOMEM, "%m");
        *ret = TAKE_PTR(spec);
        return 0;
}

int spec_load(const char *bundle, const char *config_name, Spec **ret, Error *error) {
        CLEANUP(freep) char *absolute = NULL, *path = NULL, *text = NULL;
        size_t size;
        int r;

        r = path_make_absolute(bundle, &absolute);
        if (r < 0)
                return error_set(error, r, "bundle %s: %m", bundle);
        path = path_join(absolute, config_name ? config_name : SPEC_CONFIG_NAME);
        if (!path)
                return error_set(error, -ENOMEM, "%m");
        r = file_read_at(AT_FDCWD, path, SPEC_SIZE_MAX, &text, &size);
        if (r == -ENOENT)
                return error_set(error, r, "JSON specification file %s not found: %s: %m",
                                 config_name ? config_name : SPEC_CONFIG_NAME, path);
        if (r < 0)
                return error_set(error, r, "%s: %m", path);
        r = spec_parse(text, size, absolute, ret, error);
        if (r < 0)
                error_prefix(error, "%s", path);
        return r;
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
