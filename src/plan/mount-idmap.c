/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Maps of an id-mapped mount that are written into its option word. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/strv.h"
#include "plan/mount-idmap.h"

/* An id inside the container's user namespace becomes the host's, by the map that has container_id in it. */
static int make_absolute(PlanSourceMap *map, const PlanSourceMap *container, size_t n_container) {
        for (size_t i = 0; i < n_container; i++) {
                const PlanSourceMap *c = container + i;

                if (map->container_id < c->container_id || map->container_id - c->container_id >= c->size)
                        continue;
                if (map->host_id < c->container_id || (uint64_t) map->host_id - c->container_id + c->host_id > UINT32_MAX)
                        return -ERANGE;
                map->host_id = map->host_id - c->container_id + c->host_id;
                return 0;
        }
        return -EINVAL;
}

static int read_map(const char *string, PlanSourceMap *ret) {
        CLEANUP(strv_freep) char **numbers = NULL;
        int r;

        r = strv_split(string, "-", &numbers);
        if (r < 0)
                return r;
        if (strv_length(numbers) != 3 || number_parse_u32(numbers[0], &ret->container_id) < 0 ||
            number_parse_u32(numbers[1], &ret->host_id) < 0 || number_parse_u32(numbers[2], &ret->size) < 0 || ret->size == 0)
                return -EINVAL;
        return 0;
}

static int read_maps(const char *list, const PlanSourceMap *container, size_t n_container, PlanSourceMap **ret, size_t *ret_n) {
        CLEANUP(strv_freep) char **parts = NULL;
        CLEANUP(freep) PlanSourceMap *maps = NULL;
        int relative = list[0] == '@', r;
        size_t n;

        r = strv_split(list + relative, "#", &parts);
        if (r < 0)
                return r;
        n = strv_length(parts);
        if (n == 0 || *ret)
                return -EINVAL;
        maps = calloc(n, sizeof(PlanSourceMap));
        if (!maps)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                r = read_map(parts[i], maps + i);
                if (r >= 0 && relative)
                        r = make_absolute(maps + i, container, n_container);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(maps);
        *ret_n = n;
        return 0;
}

int mount_idmap_read(
                const char *value,
                const PlanSourceMap *uid_maps,
                size_t n_uid_maps,
                const PlanSourceMap *gid_maps,
                size_t n_gid_maps,
                PlanSource *ret,
                Error *error) {
        CLEANUP(strv_freep) char **lists = NULL;
        CLEANUP(mount_idmap_done) PlanSource source = {};
        int r;

        r = strv_split(value, ";", &lists);
        if (r < 0)
                return error_set(error, r, "out of memory");
        STRV_FOREACH(list, lists) {
                const char *uids = startswith(*list, "uids="), *gids = startswith(*list, "gids=");

                if (uids)
                        r = read_maps(uids, uid_maps, n_uid_maps, &source.uid_maps, &source.n_uid_maps);
                else if (gids)
                        r = read_maps(gids, gid_maps, n_gid_maps, &source.gid_maps, &source.n_gid_maps);
                else
                        r = -EINVAL;
                if (r < 0)
                        return error_set(error, r, "\"%s\" is no map of an id-mapped mount", *list);
        }
        if (source.n_uid_maps == 0 || source.n_gid_maps == 0)
                return error_set(error, -EINVAL, "an id-mapped mount with maps needs uids= and gids=");
        ret->uid_maps = TAKE_PTR(source.uid_maps);
        ret->n_uid_maps = source.n_uid_maps;
        ret->gid_maps = TAKE_PTR(source.gid_maps);
        ret->n_gid_maps = source.n_gid_maps;
        return 0;
}

void mount_idmap_done(PlanSource *source) {
        free(source->uid_maps);
        free(source->gid_maps);
        source->uid_maps = NULL;
        source->gid_maps = NULL;
}
