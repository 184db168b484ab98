/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sense of "mounts" (runtime-spec config.md, Mounts). What lies below /proc is the kernel's, and security modules are
 * configured through it (CVE-2015-3631): only a few files that tools replace may be mounted over. berth-init looks again
 * once symbolic links are resolved. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "spec/check-parts.h"

/* What lxcfs, CRIU (ns_last_pid) and hosts in FIPS mode replace. Anything else there would let an image forge what security labels are written to
 * (CVE-2015-3630, CVE-2019-16884). */
static const char *const replaceable_proc_files[] = {
        "/proc/cpuinfo",
        "/proc/diskstats",
        "/proc/loadavg",
        "/proc/meminfo",
        "/proc/net/dev",
        "/proc/slabinfo",
        "/proc/stat",
        "/proc/swaps",
        "/proc/sys/crypto/fips_enabled",
        "/proc/sys/kernel/ns_last_pid",
        "/proc/uptime",
};

bool spec_proc_file_is_replaceable(const char *path) {
        FOREACH_ELEMENT(file, replaceable_proc_files)
                if (streq(*file, path))
                        return true;
        return false;
}

bool spec_mount_is_bind(const SpecMount *mount) {
        return strv_contains(mount->options, "bind") || strv_contains(mount->options, "rbind") ||
                (mount->type && streq(mount->type, "bind"));
}

static int check_below_proc(const SpecMount *mount, size_t i, Error *error) {
        CLEANUP(freep) char *path = path_lexical(mount->destination);

        if (!path)
                return error_set(error, -ENOMEM, "%m");
        if (streq(path, "/proc")) {
                /* That a bind mount's source is a procfs is looked at when it is opened. */
                if (spec_mount_is_bind(mount) || (mount->type && streq(mount->type, "proc")))
                        return 0;
                return error_set(error, -EINVAL,
                                 "mounts[%zu].destination: \"%.80s\" cannot be mounted because it is not of type proc", i,
                                 mount->destination);
        }
        if (!startswith(path, "/proc/"))
                return 0;
        if (spec_proc_file_is_replaceable(path))
                return 0;
        return error_set(error, -EINVAL, "mounts[%zu].destination: \"%.80s\" cannot be mounted because it is inside /proc", i,
                         mount->destination);
}

static int check_mappings(const SpecMount *mount, size_t i, Error *error) {
        char place[64];
        int r;

        if ((mount->n_uid_mappings > 0) != (mount->n_gid_mappings > 0))
                return error_set(error, -EINVAL, "mounts[%zu].%s: uidMappings and gidMappings go together", i,
                                 mount->n_uid_mappings > 0 ? "gidMappings" : "uidMappings");
        (void) snprintf(place, sizeof(place), "mounts[%zu].uidMappings", i);
        r = check_id_maps(mount->uid_mappings, mount->n_uid_mappings, place, error);
        if (r < 0)
                return r;
        (void) snprintf(place, sizeof(place), "mounts[%zu].gidMappings", i);
        return check_id_maps(mount->gid_mappings, mount->n_gid_mappings, place, error);
}

int check_mounts(const Spec *spec, Error *error) {
        int r;

        for (size_t i = 0; i < spec->n_mounts; i++) {
                const SpecMount *mount = spec->mounts + i;

                if (isempty(mount->destination))
                        return error_set(error, -EINVAL, "mounts[%zu].destination: must not be empty", i);
                if (spec_mount_is_bind(mount) && isempty(mount->source))
                        return error_set(error, -EINVAL, "mounts[%zu].source: is required for a bind mount", i);
                r = check_below_proc(mount, i, error);
                if (r >= 0)
                        r = check_mappings(mount, i, error);
                if (r < 0)
                        return r;
        }
        return 0;
}
