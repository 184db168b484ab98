/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names. Invariant: two containers whose ids differ never get one unit name, as the escape is reversible and what is too long
 * ends in a hash, behind a mark that no escape produces. What is not a name systemd takes is refused here, with the field, and
 * not there. */

#include "resource/name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"
#include "resource/hash.h"

#define FIELD "linux.cgroupsPath"

#define HASH_BYTES 16
/* An escaped dash: dashes are kept as they are, so no escape gives it. */
#define HASH_MARK "\\x2d"
#define HASH_LENGTH (sizeof HASH_MARK - 1 + 2 * HASH_BYTES)

static bool is_plain(char c) {
        return isalnum((unsigned char) c) || (c && strchr(":_.-", c));
}

static bool is_valid(char c) {
        return is_plain(c) || c == '\\' || c == '@';
}

bool unit_name_is_valid(const char *name) {
        const char *dot = strrchr(name, '.');
        size_t length = strlen(name);

        if (!dot || dot == name || !dot[1] || length > UNIT_NAME_LENGTH_MAX)
                return false;
        for (const char *p = name; *p; p++)
                if (!is_valid(*p))
                        return false;
        return true;
}

bool slice_name_is_valid(const char *name) {
        const char *end = endswith(name, ".slice");

        if (!end || end == name || !unit_name_is_valid(name) || strchr(name, '@'))
                return false;
        if (streq(name, "-.slice"))
                return true;
        /* Each dash is a level, and no level is empty. */
        return name[0] != '-' && end[-1] != '-' && !strstr(name, "--");
}

char *slice_to_cgroup_path(const char *slice) {
        Text path = {};

        text_add(&path, "/");
        if (!streq(slice, "-.slice"))
                for (const char *dash = slice; (dash = strchr(dash, '-')); dash++) {
                        text_add_bytes(&path, slice, (size_t) (dash - slice));
                        text_add(&path, ".slice/");
                }
        if (!streq(slice, "-.slice"))
                text_add(&path, slice);
        return text_take(&path);
}

char *unit_name_escape(const char *string, size_t maximum) {
        uint8_t hash[SHA256_SIZE];
        Text text = {};
        size_t kept = 0;

        for (const char *p = string; *p; p++) {
                if (is_plain(*p) && (*p != '.' || p > string))
                        text_add_bytes(&text, p, 1);
                else
                        text_addf(&text, "\\x%02x", (unsigned char) *p);
                /* Never in the middle of an escape. */
                if (text.length + HASH_LENGTH <= maximum)
                        kept = text.length;
        }
        if (text_failed(&text) || text.length <= maximum)
                return text_take(&text);
        sha256(string, strlen(string), hash);
        text.length = kept;
        text_add(&text, HASH_MARK);
        for (size_t i = 0; i < HASH_BYTES; i++)
                text_addf(&text, "%02x", hash[i]);
        return text_take(&text);
}

/* Escapes what fits between prefix and suffix. */
static char *unit_name(const char *prefix, const char *string, const char *suffix) {
        CLEANUP(freep) char *escaped = NULL;
        char *name;

        escaped = unit_name_escape(string, UNIT_NAME_LENGTH_MAX - strlen(prefix) - strlen(suffix));
        if (!escaped || asprintf(&name, "%s%s%s", prefix, escaped, suffix) < 0)
                return NULL;
        return name;
}

static int parse_slice(const char *slice, bool user_manager, char **ret, Error *error) {
        /* What the callers of other runtimes expect when they name a unit and no slice. */
        if (!*slice)
                slice = user_manager ? "user.slice" : "system.slice";
        else if (streq(slice, "-"))
                slice = "-.slice";
        if (!slice_name_is_valid(slice))
                return error_set(error, -EINVAL, FIELD ": \"%s\" is not the name of a slice unit", slice);
        *ret = strdup(slice);
        return *ret ? 0 : -ENOMEM;
}

static int parse_unit(const char *prefix, const char *name, char **ret, Error *error) {
        CLEANUP(freep) char *whole = NULL, *unit = NULL;
        const char *end;

        if (!*name)
                return error_set(error, -EINVAL, FIELD ": the name is missing");
        end = endswith(name, ".scope");
        whole = *prefix ? NULL : strndup(name, end && end > name ? (size_t) (end - name) : strlen(name));
        if (*prefix && asprintf(&whole, "%s-%s", prefix, name) < 0)
                whole = NULL;
        unit = whole ? unit_name("", whole, ".scope") : NULL;
        if (!unit)
                return -ENOMEM;
        *ret = TAKE_PTR(unit);
        return 0;
}

/* systemd goes through all units of a slice for each that starts or ends in it; many small slices keep that short. */
static char *default_slice(const char *id, uint32_t spread_slices) {
        uint8_t digest[SHA256_SIZE];
        char *slice;

        if (spread_slices == 0)
                return strdup("berth.slice");
        sha256(id, strlen(id), digest);
        return asprintf(&slice, "berth-%u.slice", ((unsigned) digest[0] << 8 | digest[1]) % spread_slices) < 0 ? NULL : slice;
}

/* As systemd-escape(1) has it in a path: a dash stands for a slash. */
static void add_path_component(const char *component, Text *text) {
        for (const char *p = component; *p; p++)
                if (is_plain(*p) && *p != '-' && (*p != '.' || p > component))
                        text_add_bytes(text, p, 1);
                else
                        text_addf(text, "\\x%02x", (unsigned char) *p);
}

/* The slice for all components but the last: "/kubepods/burstable/x" is in kubepods-burstable.slice, and "/machine.slice/x" in machine.slice. */
static int slice_of_path(char *const *components, size_t n, char **ret, Error *error) {
        CLEANUP(text_done) Text name = {}, path = {};
        CLEANUP(freep) char *slice = NULL, *place = NULL;

        for (size_t i = 0; i < n; i++) {
                text_addf(&path, "/%s", components[i]);
                text_add(&name, i > 0 ? "-" : "");
                add_path_component(components[i], &name);
        }
        text_add(&name, ".slice");
        if (text_failed(&name) || text_failed(&path))
                return -ENOMEM;
        if (slice_name_is_valid(components[n - 1])) {
                place = slice_to_cgroup_path(components[n - 1]);
                if (!place)
                        return -ENOMEM;
                slice = streq(place, path.string) ? strdup(components[n - 1]) : NULL;
        }
        if (!slice)
                slice = strdup(name.string);
        if (!slice)
                return -ENOMEM;
        if (!slice_name_is_valid(slice))
                return error_set(error, -EINVAL, FIELD ": \"%s\" cannot be the name of a slice unit", slice);
        *ret = TAKE_PTR(slice);
        return 0;
}

static char *unit_of_path(char *const *components) {
        CLEANUP(text_done) Text name = {};
        uint8_t hash[SHA256_SIZE];

        text_add(&name, "berth");
        STRV_FOREACH(component, components) {
                text_add(&name, "-");
                add_path_component(*component, &name);
        }
        if (!text_failed(&name) && name.length > UNIT_NAME_LENGTH_MAX - strlen(".scope")) {
                sha256(name.string, name.length, hash);
                name.length = strlen("berth");
                text_add(&name, HASH_MARK);
                for (size_t i = 0; i < HASH_BYTES; i++)
                        text_addf(&name, "%02x", hash[i]);
        }
        text_add(&name, ".scope");
        return text_take(&name);
}

static int name_path(const char *path, const char *id, const Placement *placement, char **ret_slice, char **ret_unit, Error *error) {
        CLEANUP(strv_freep) char **components = NULL;
        CLEANUP(freep) char *slice = NULL;
        size_t n;
        int r;

        if (placement->no_paths)
                return error_set(error, -EINVAL, FIELD ": expected \"slice:prefix:name\" of systemd, not the path \"%s\"%s", path,
                                 path[0] == '/' ? ", which is below no cgroup that systemd has delegated to the caller (Delegate=yes)" : "");
        r = strv_split(path, "/", &components);
        if (r < 0)
                return r;
        STRV_FOREACH(component, components)
                if (streq(*component, ".") || streq(*component, ".."))
                        return error_set(error, -EINVAL, FIELD ": \"%s\" must not have \"%s\" in it", path, *component);
        n = strv_length(components);
        if (n == 0)
                return error_set(error, -EINVAL, FIELD ": \"%s\" is the root of all cgroups", path);
        if (n > 1)
                r = slice_of_path(components, n - 1, &slice, error);
        else if (!(slice = default_slice(id, placement->spread_slices)))
                r = -ENOMEM;
        if (r < 0)
                return r;
        *ret_unit = unit_of_path(components);
        if (!*ret_unit)
                return -ENOMEM;
        *ret_slice = TAKE_PTR(slice);
        return 0;
}

int resource_name(const char *cgroups_path, const char *id, const Placement *placement, char **ret_slice, char **ret_unit, Error *error) {
        CLEANUP(freep) char *copy = NULL, *slice = NULL, *unit = NULL;
        char *prefix, *name;
        int r;

        if (isempty(cgroups_path)) {
                slice = default_slice(id, placement->spread_slices);
                unit = unit_name("berth-", id, ".scope");
                if (!slice || !unit)
                        return -ENOMEM;
        } else if (cgroups_path[0] == '/' || (strchr(cgroups_path, '/') && !strchr(cgroups_path, ':'))) {
                r = name_path(cgroups_path, id, placement, &slice, &unit, error);
                if (r < 0)
                        return r;
        } else {
                if (strchr(cgroups_path, '/'))
                        return error_set(error, -EINVAL, FIELD ": expected \"slice:prefix:name\", not \"%s\"", cgroups_path);
                copy = strdup(cgroups_path);
                if (!copy)
                        return -ENOMEM;
                prefix = strchr(copy, ':');
                name = prefix ? strchr(prefix + 1, ':') : NULL;
                if ((prefix && !name) || (name && strchr(name + 1, ':')))
                        return error_set(error, -EINVAL, FIELD ": expected \"slice:prefix:name\", not \"%s\"", cgroups_path);
                if (prefix)
                        *prefix = *name = '\0';
                r = parse_slice(prefix ? copy : "", placement->user_manager, &slice, error);
                if (r < 0)
                        return r;
                r = parse_unit(prefix ? prefix + 1 : "", prefix ? name + 1 : copy, &unit, error);
                if (r < 0)
                        return r;
        }
        *ret_slice = TAKE_PTR(slice);
        *ret_unit = TAKE_PTR(unit);
        return 0;
}
