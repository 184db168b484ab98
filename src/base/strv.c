/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* NULL-terminated vectors of strings. Invariant: a vector that a function returns owns its strings. */

#include "base/strv.h"

#include <errno.h>

#include "base/text.h"

size_t strv_length(char *const *strv) {
        size_t n = 0;

        while (strv && strv[n])
                n++;
        return n;
}

int strv_append_take(char ***strv, char *string) {
        size_t n = strv_length(*strv);
        char **larger = NULL;

        /* Each time: a vector may come from elsewhere (the spec reader's are exactly as long as they need to be), so its room is not known. */
        if (string)
                larger = realloc(*strv, (n + 2) * sizeof(char *));
        if (!larger) {
                free(string);
                return -ENOMEM;
        }
        larger[n] = string;
        larger[n + 1] = NULL;
        *strv = larger;
        return 0;
}

int strv_append(char ***strv, const char *string) {
        return strv_append_take(strv, strdup(string));
}

int strv_copy(char *const *strv, char ***ret) {
        CLEANUP(strv_freep) char **copy = NULL;
        int r;

        STRV_FOREACH(s, strv) {
                r = strv_append(&copy, *s);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(copy);
        return 0;
}

bool strv_contains(char *const *strv, const char *string) {
        STRV_FOREACH(s, strv)
                if (streq(*s, string))
                        return true;
        return false;
}

int strv_split(const char *string, const char *separators, char ***ret) {
        CLEANUP(strv_freep) char **strv = NULL;
        int r;

        for (const char *p = string;;) {
                size_t length;

                p += strspn(p, separators);
                length = strcspn(p, separators);
                if (length == 0)
                        break;
                r = strv_append_take(&strv, strndup(p, length));
                if (r < 0)
                        return r;
                p += length;
        }
        *ret = TAKE_PTR(strv);
        return 0;
}

char *strv_join(char *const *strv, const char *separator) {
        CLEANUP(text_done) Text text = {};

        STRV_FOREACH(s, strv) {
                if (s != strv)
                        text_add(&text, separator);
                text_add(&text, *s);
        }
        return text_take(&text);
}

const char *strv_environment_get(char *const *strv, const char *name) {
        const char *value = NULL;

        STRV_FOREACH(s, strv) {
                const char *rest = startswith(*s, name);

                if (rest && *rest == '=')
                        value = rest + 1;
        }
        return value;
}

/* By name; of one name the last first. */
static int compare_assignments(const void *a, const void *b) {
        char **x = *(char ***) (uintptr_t) a, **y = *(char ***) (uintptr_t) b;
        size_t x_length = strcspn(*x, "="), y_length = strcspn(*y, "=");
        int r = memcmp(*x, *y, x_length < y_length ? x_length : y_length);

        if (r == 0 && x_length != y_length)
                r = x_length < y_length ? -1 : 1;
        return r != 0 ? r : x > y ? -1 : 1;
}

static bool same_name(const char *a, const char *b) {
        size_t length = strcspn(a, "=");

        return strncmp(a, b, length) == 0 && strcspn(b, "=") == length;
}

int strv_environment_unique(char **strv) {
        size_t n = strv_length(strv), kept = 0;
        CLEANUP(freep) char ***sorted = calloc(n + 1, sizeof *sorted);
        const char *before = NULL;

        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                sorted[i] = strv + i;
        qsort(sorted, n, sizeof *sorted, compare_assignments);
        for (size_t i = 0; i < n; i++) {
                if (!before || !same_name(before, *sorted[i])) {
                        before = *sorted[i];
                        continue;
                }
                free(*sorted[i]);
                *sorted[i] = NULL;
        }
        for (size_t i = 0; i < n; i++)
                if (strv[i])
                        strv[kept++] = strv[i];
        if (strv)
                strv[kept] = NULL;
        return 0;
}

int strv_environment_set(char ***strv, const char *assignment) {
        size_t length = strcspn(assignment, "=") + 1;
        char **last = NULL, *copy;

        for (char **s = *strv; s && *s; s++)
                if (strncmp(*s, assignment, length) == 0)
                        last = s;
        if (!last)
                return strv_append(strv, assignment);
        copy = strdup(assignment);
        if (!copy)
                return -ENOMEM;
        free(*last);
        *last = copy;
        return 0;
}

char **strv_free(char **strv) {
        for (char **s = strv; s && *s; s++)
                free(*s);
        free(strv);
        return NULL;
}
