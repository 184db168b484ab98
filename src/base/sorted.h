/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Arrays that are kept sorted by a name. name_at() gives the name of an item. Returns where the name is, or belongs. */
static inline size_t sorted_position(const void *items, size_t n_items, const char *(*name_at)(const void *items, size_t i), const char *name,
                                     bool *ret_found) {
        size_t low = 0, high = n_items;

        *ret_found = false;
        while (low < high) {
                size_t middle = (low + high) / 2;
                int order = strcmp(name, name_at(items, middle));

                if (order == 0) {
                        *ret_found = true;
                        return middle;
                }
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return low;
}
