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
        STRV_FOREACH(s, strv) {
                const char *rest = startswith(*s, name);

                if (rest && *rest == '=')
                        return rest + 1;
        }
        return NULL;
}

int strv_environment_set(char ***strv, const char *assignment) {
        size_t length = strcspn(assignment, "=") + 1;

        for (char **s = *strv; s && *s; s++)
                if (strncmp(*s, assignment, length) == 0) {
                        char *copy = strdup(assignment);

                        if (!copy)
                                return -ENOMEM;
                        free(*s);
                        *s = copy;
                        return 0;
                }
        return strv_append(strv, assignment);
}

char **strv_free(char **strv) {
        for (char **s = strv; s && *s; s++)
                free(*s);
        free(strv);
        return NULL;
}
