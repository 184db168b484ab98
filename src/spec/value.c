/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Maps of strings. A vector, since annotations and sysctls are few and their order is worth keeping. Invariant: no key twice. */

#include "spec/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"

static SpecPair *find(const SpecMap *map, const char *key) {
        for (size_t i = 0; i < map->n_items; i++)
                if (streq(map->items[i].key, key))
                        return map->items + i;
        return NULL;
}

const char *spec_map_get(const SpecMap *map, const char *key) {
        const SpecPair *pair = find(map, key);

        return pair ? pair->value : NULL;
}

static int append(SpecMap *map, const char *key, char *value) {
        CLEANUP(freep) char *copy = strdup(key);
        SpecPair *items;

        if (!copy)
                return -ENOMEM;
        items = reallocarray(map->items, map->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        map->items = items;
        items[map->n_items++] = (SpecPair) { .key = TAKE_PTR(copy), .value = value };
        return 0;
}

int spec_map_set(SpecMap *map, const char *key, const char *value) {
        CLEANUP(freep) char *copy = strdup(value);
        SpecPair *pair = find(map, key);
        int r;

        if (!copy)
                return -ENOMEM;
        if (pair) {
                free(pair->value);
                pair->value = TAKE_PTR(copy);
                return 0;
        }
        r = append(map, key, copy);
        if (r >= 0)
                (void) TAKE_PTR(copy);
        return r;
}

int spec_map_copy(const SpecMap *map, SpecMap *ret) {
        CLEANUP(spec_map_done) SpecMap copy = {};
        int r;

        for (size_t i = 0; i < map->n_items; i++) {
                r = spec_map_set(&copy, map->items[i].key, map->items[i].value);
                if (r < 0)
                        return r;
        }
        *ret = TAKE(copy, (SpecMap) {});
        return 0;
}

void spec_map_done(SpecMap *map) {
        for (size_t i = 0; i < map->n_items; i++) {
                free(map->items[i].key);
                free(map->items[i].value);
        }
        free(map->items);
        *map = (SpecMap) {};
}
