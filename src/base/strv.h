/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"

/* Strings and NULL-terminated vectors of strings ("strv"). A NULL vector is an empty one. */

static inline void freep(void *pointer) {
        free(*(void **) pointer);
}

static inline bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}

/* The rest of string behind prefix, or NULL. */
static inline const char *startswith(const char *string, const char *prefix) {
        size_t length = strlen(prefix);

        return strncmp(string, prefix, length) == 0 ? string + length : NULL;
}

/* Where suffix begins in string, or NULL. */
static inline const char *endswith(const char *string, const char *suffix) {
        size_t a = strlen(string), b = strlen(suffix);

        return a >= b && strcmp(string + a - b, suffix) == 0 ? string + a - b : NULL;
}

static inline bool isempty(const char *string) {
        return !string || !*string;
}

size_t strv_length(char *const *strv);
/* Appends a copy; *strv is reallocated. 0 or -ENOMEM. */
int strv_append(char ***strv, const char *string);
/* Appends and takes over the string, also on failure. */
int strv_append_take(char ***strv, char *string);
int strv_copy(char *const *strv, char ***ret);
bool strv_contains(char *const *strv, const char *string);
/* Splits at any of the separator characters; empty pieces are dropped. */
int strv_split(const char *string, const char *separators, char ***ret);
/* Joined with separator; NULL if there was no memory. */
char *strv_join(char *const *strv, const char *separator);
/* The value of "NAME=value" in an environment, or NULL. */
const char *strv_environment_get(char *const *strv, const char *name);
/* Sets or replaces "NAME=value"; the argument is the whole assignment. */
int strv_environment_set(char ***strv, const char *assignment);
/* One entry for each name, in place: the last one. 0 or -ENOMEM. */
int strv_environment_unique(char **strv);

char **strv_free(char **strv);
DEFINE_CLEANUP(char **, strv_free)

#define STRV_FOREACH(item, strv) for (char *const *item = (strv); item && *item; item++)
