/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading the two files of a bundle of before 1.0 (spec/legacy.h). The order of what is looked at, and the wording where the
 * old runtime had one, is what callers of that time match: both files, then the text of config.json, then that of runtime.json,
 * then the version. */

#include "spec/legacy.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strv.h"
#include "spec/scan.h"
#include "spec/tree.h"

/* The string that v0.1.1 of the specification had, and the one of everything from September 2015 to v0.2.0. */
static const char *const versions[] = { "0.1.0", "0.2.0" };

static void legacy_config_freep(LegacyConfig **config) {
        *config = object_free(&legacy_config_type, *config);
}

static void legacy_runtime_freep(LegacyRuntime **runtime) {
        *runtime = object_free(&legacy_runtime_type, *runtime);
}

bool legacy_recognize(const char *text, size_t size, bool has_runtime) {
        CLEANUP(tree_freep) json_object *json = NULL;
        bool version = false;

        if (tree_parse(text, size, SPEC_SIZE_MAX, OBJECT_LIKE_GO, &json, NULL) < 0 || !json_object_is_type(json, json_type_object))
                return has_runtime;
        json_object_object_foreach(json, key, value) {
                (void) value;
                if (strcasecmp(key, "ociVersion") == 0)
                        return false;
                if (strcasecmp(key, "version") == 0)
                        version = true;
        }
        return version || has_runtime;
}

/* What the old decoder said of text that is no JSON; everything else is in our words, which name the property. */
static int fail_text(const LegacyFile *file, Error *ours, Error *error) {
        const char *p = file->text, *end = file->text + file->size;
        ScanResult scan;

        while (p < end && isspace((unsigned char) *p))
                p++;
        if (p == end)
                return error_set(error, -EINVAL, "unmarshal %s: EOF", file->path);
        if (!strchr("{[\"-0123456789tfn", *p) || *p == '\0')
                return error_set(error, -EINVAL, "unmarshal %s: invalid character '%c' looking for beginning of value", file->path,
                                 isprint((unsigned char) *p) ? *p : '?');
        if (scan_json(file->text, file->size, &scan, NULL) < 0 && strstr(error_text(ours), "too early"))
                return error_set(error, -EINVAL, "unmarshal %s: unexpected EOF", file->path);
        return error_set(error, ours->number, "unmarshal %s: %s", file->path, error_text(ours));
}

static int read_file(const LegacyFile *file, const ObjectType *type, void **ret, Error *error) {
        CLEANUP(error_done) Error ours = {};
        int r;

        r = object_parse(type, file->text, file->size, SPEC_SIZE_MAX, OBJECT_LIKE_GO, NULL, ret, &ours);
        return r < 0 ? fail_text(file, &ours, error) : 0;
}

static int check_version(const char *version, Error *error) {
        FOREACH_ELEMENT(known, versions)
                if (version && streq(version, *known))
                        return 0;
        return error_set(error, -EINVAL, "spec version is not compatible with implemented version \"0.2.0\": spec \"%.80s\"",
                         version ? version : "");
}

int legacy_parse(const LegacyFile *config_file, const LegacyFile *runtime_file, const char *bundle, Spec **ret, Error *error) {
        CLEANUP(legacy_config_freep) LegacyConfig *config = NULL;
        CLEANUP(legacy_runtime_freep) LegacyRuntime *runtime = NULL;
        CLEANUP(spec_freep) Spec *spec = NULL;
        void *object;
        int r;

        if (!config_file->text)
                return error_set(error, -ENOENT, "JSON specification file at %s not found", config_file->path);
        if (!runtime_file->text)
                return error_set(error, -ENOENT, "JSON runtime config file at %s not found", runtime_file->path);
        r = read_file(config_file, &legacy_config_type, &object, error);
        if (r < 0)
                return r;
        config = object;
        r = read_file(runtime_file, &legacy_runtime_type, &object, error);
        if (r < 0)
                return r;
        runtime = object;
        r = check_version(config->version, error);
        if (r < 0)
                return r;

        spec = calloc(1, sizeof(*spec));
        if (!spec)
                return error_set(error, -ENOMEM, "%m");
        spec->format = SPEC_FORMAT_LEGACY;
        spec->bundle = strdup(bundle);
        if (!spec->bundle)
                return error_set(error, -ENOMEM, "%m");
        r = legacy_lower(config, runtime, spec, error);
        if (r == -ENOMEM)
                return error_set(error, r, "%m");
        if (r < 0)
                return r;
        *ret = TAKE_PTR(spec);
        return 0;
}
