/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sense of a configuration, top level and hooks; the other check-*.c have an object each. All pure: what only the
 * running kernel or the root file system can tell is left to those who execute. */

#include "spec/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/strv.h"
#include "spec/check-parts.h"

#define HOST_NAME_MAX_BYTES 64 /* __NEW_UTS_LEN */

/* config.md, Specification version: semver 2.0. A newer minor version may ask for what this program does not know. */
static int check_version(const char *version, Error *error) {
        unsigned major, minor, patch;
        int end = 0;

        if (sscanf(version, "%3u.%3u.%3u%n", &major, &minor, &patch, &end) != 3 || end == 0 || !strchr("-+", version[end]) ||
            strspn(version, "0123456789.") < (size_t) end)
                return error_set(error, -EINVAL, "ociVersion: \"%.40s\" is not of the form 1.2.3", version);
        if (major != 1)
                return error_set(error, -EINVAL, "ociVersion: %.40s is not supported, only %s to %s", version,
                                 SPEC_VERSION_MIN, SPEC_VERSION_MAX);
        if (minor > 3)
                return error_set(error, -EINVAL, "ociVersion: %.40s is newer than %s, the newest that is supported", version,
                                 SPEC_VERSION_MAX);
        return 0;
}

/* crun's: a container that is a WebAssembly module or a virtual machine. Run as an ordinary program it would fail in
 * words that nobody understands, or not be in the virtual machine that was asked for. */
static int check_handler(const Spec *spec, Error *error) {
        const char *handler = spec_map_get(&spec->annotations, "run.oci.handler");

        if (isempty(handler))
                return 0;
        return error_set(
                error, -EOPNOTSUPP,
                "annotations[run.oci.handler]: berth has no handler \"%.40s\", nor any other; crun may have it",
                handler);
}

/* crun's name for a cgroup below the unit's. The empty one is what berth does. */
static void warn_subgroup(const Spec *spec) {
        const char *name = spec_map_get(&spec->annotations, "run.oci.systemd.subgroup");

        if (!isempty(name))
                log_warning("annotations[run.oci.systemd.subgroup]: the payload is in the unit's own cgroup, not in "
                            "\"%.40s\" below it",
                            name);
}

static int check_hook_list(const SpecHook *hooks, size_t n_hooks, const char *name, Error *error) {
        for (size_t i = 0; i < n_hooks; i++) {
                if (hooks[i].path[0] != '/')
                        return error_set(error, -EINVAL, "hooks.%s[%zu].path: must be absolute", name, i);
                if (hooks[i].timeout.set && hooks[i].timeout.value <= 0)
                        return error_set(error, -EINVAL, "hooks.%s[%zu].timeout: must be greater than zero", name, i);
        }
        return 0;
}

static int check_hooks(const SpecHooks *hooks, Error *error) {
        const struct {
                const char *name;
                const SpecHook *hooks;
                size_t n_hooks;
        } lists[] = {
                { "prestart", hooks->prestart, hooks->n_prestart },
                { "createRuntime", hooks->create_runtime, hooks->n_create_runtime },
                { "createContainer", hooks->create_container, hooks->n_create_container },
                { "startContainer", hooks->start_container, hooks->n_start_container },
                { "poststart", hooks->poststart, hooks->n_poststart },
                { "poststop", hooks->poststop, hooks->n_poststop },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(lists) && r >= 0; i++)
                r = check_hook_list(lists[i].hooks, lists[i].n_hooks, lists[i].name, error);
        return r;
}

static int check_names(const Spec *spec, Error *error) {
        const struct {
                const char *place;
                const char *value;
        } names[] = { { "hostname", spec->hostname }, { "domainname", spec->domainname } };

        FOREACH_ELEMENT(name, names) {
                if (isempty(name->value))
                        continue;
                if (!spec_has_namespace(spec, SPEC_NAMESPACE_UTS))
                        return error_set(error, -EINVAL, "%s: needs an uts namespace in linux.namespaces", name->place);
                if (strlen(name->value) > HOST_NAME_MAX_BYTES)
                        return error_set(error, -EINVAL, "%s: is longer than %d bytes", name->place, HOST_NAME_MAX_BYTES);
        }
        return 0;
}

static int check_top(const Spec *spec, Error *error) {
        if (isempty(spec->root.path))
                return error_set(error, -EINVAL, "root.path: is required");
        if (!spec->process)
                return error_set(error, -EINVAL, "process: is required");
        for (size_t i = 0; i < spec->annotations.n_items; i++)
                if (isempty(spec->annotations.items[i].key))
                        return error_set(error, -EINVAL, "annotations: a key is empty");
        warn_subgroup(spec);
        return check_handler(spec, error);
}

int spec_check(const Spec *spec, Error *error) {
        int r;

        r = spec->format == SPEC_FORMAT_LEGACY ? 0 : check_version(spec->oci_version, error);
        if (r >= 0)
                r = check_top(spec, error);
        if (r >= 0)
                r = spec_check_process(spec->process, error);
        if (r >= 0)
                r = check_namespaces(spec, error);
        if (r >= 0)
                r = check_names(spec, error);
        if (r >= 0)
                r = check_mounts(spec, error);
        if (r >= 0)
                r = check_hooks(&spec->hooks, error);
        if (r >= 0)
                r = check_linux(spec, error);
        if (r >= 0)
                r = check_sysctl(spec, error);
        if (r >= 0 && spec->os.resources)
                r = spec_check_resources(spec->os.resources, error);
        if (r >= 0 && spec->os.seccomp)
                r = check_seccomp(spec->os.seccomp, error);
        return r;
}
