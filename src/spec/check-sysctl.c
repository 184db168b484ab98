/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sense of "linux.sysctl". Invariant: what passes belongs to a namespace that the container has of its own, so no sysctl
 * of a bundle reaches the host, and its name is a path below /proc/sys without detours. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "spec/check-parts.h"
#include "spec/tables.h"

/* A name that ends in a dot stands for all below it. */
static const struct {
        const char *name;
        SpecNamespaceType namespace;
} sysctl_namespaces[] = {
        { "net.", SPEC_NAMESPACE_NETWORK },
        { "fs.mqueue.", SPEC_NAMESPACE_IPC },
        { "kernel.msgmax", SPEC_NAMESPACE_IPC },
        { "kernel.msgmnb", SPEC_NAMESPACE_IPC },
        { "kernel.msgmni", SPEC_NAMESPACE_IPC },
        { "kernel.sem", SPEC_NAMESPACE_IPC },
        { "kernel.shmall", SPEC_NAMESPACE_IPC },
        { "kernel.shmmax", SPEC_NAMESPACE_IPC },
        { "kernel.shmmni", SPEC_NAMESPACE_IPC },
        { "kernel.shm_rmid_forced", SPEC_NAMESPACE_IPC },
        { "kernel.domainname", SPEC_NAMESPACE_UTS },
        { "user.", SPEC_NAMESPACE_USER },
};

/* sysctl(8): the separator is what comes first of "." and "/"; the other one then stands for itself turned around, so that
 * names of interfaces may contain dots. */
char *spec_sysctl_path(const char *key) {
        size_t first = strcspn(key, "./");
        bool dots = key[first] == '.';
        char *path = strdup(key);

        for (char *c = path; c && dots && *c; c++)
                if (*c == '.')
                        *c = '/';
                else if (*c == '/')
                        *c = '.';
        return path;
}

static bool path_plain(const char *path) {
        CLEANUP(freep) char *simple = path_simplify(path);

        return simple && *path && *path != '/' && streq(simple, path) && !path_has_dotdot(path);
}

/* The path back in the form of the table, in which components have no dots that matter. */
static SpecNamespaceType find_namespace(const char *path) {
        FOREACH_ELEMENT(row, sysctl_namespaces) {
                size_t length = strlen(row->name);
                bool whole = row->name[length - 1] != '.', match = true;

                for (size_t i = 0; i < length && match; i++)
                        match = path[i] == (row->name[i] == '.' ? '/' : row->name[i]);
                if (match && (!whole || path[length] == '\0'))
                        return row->namespace;
        }
        return 0;
}

static int check_one(const Spec *spec, const char *key, const char *value, Error *error) {
        CLEANUP(freep) char *path = spec_sysctl_path(key);
        SpecNamespaceType namespace;

        if (!path)
                return error_set(error, -ENOMEM, "%m");
        if (!path_plain(path))
                return error_set(error, -EINVAL, "linux.sysctl[\"%.80s\"]: is no name of a sysctl", key);
        if (streq(path, "kernel/hostname"))
                return error_set(error, -EINVAL,
                                 "linux.sysctl[\"%.80s\"]: conflicts with hostname, which is the way to set it", key);
        /* The same name twice is no conflict, as with runc and crun. */
        if (streq(path, "kernel/domainname") && !isempty(spec->domainname) && !streq(value, spec->domainname))
                return error_set(error, -EINVAL, "linux.sysctl[\"%.80s\"]: conflicts with domainname", key);
        namespace = find_namespace(path);
        if (!namespace)
                return error_set(error, -EINVAL, "linux.sysctl[\"%.80s\"]: belongs to no namespace, it would change the host",
                                 key);
        if (!spec_has_namespace(spec, namespace))
                return error_set(error, -EINVAL, "linux.sysctl[\"%.80s\"]: needs a namespace of type %s in linux.namespaces", key,
                                 field_word_name(spec_namespace_types, namespace));
        return 0;
}

int check_sysctl(const Spec *spec, Error *error) {
        int r = 0;

        for (size_t i = 0; i < spec->os.sysctl.n_items && r >= 0; i++)
                r = check_one(spec, spec->os.sysctl.items[i].key, spec->os.sysctl.items[i].value, error);
        return r;
}
