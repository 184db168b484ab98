/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Error: a negative errno and, where a person needs it, the place in words. Invariant: the first text stays. */

#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int error_set(Error *error, int number, const char *format, ...) {
        va_list arguments;

        if (!error || error->number != 0)
                return number;

        error->number = number;
        errno = -number; /* for %m */
        va_start(arguments, format);
        if (vasprintf(&error->text, format, arguments) < 0)
                error->text = NULL;
        va_end(arguments);
        return number;
}

int error_prefix(Error *error, const char *format, ...) {
        char *prefix = NULL, *text = NULL;
        va_list arguments;

        if (!error || error->number == 0)
                return -EINVAL;

        va_start(arguments, format);
        if (vasprintf(&prefix, format, arguments) < 0)
                prefix = NULL;
        va_end(arguments);
        if (prefix && asprintf(&text, "%s: %s", prefix, error_text(error)) >= 0) {
                free(error->text);
                error->text = text;
        }
        free(prefix);
        return error->number;
}

const char *error_text(const Error *error) {
        if (!error || error->number == 0)
                return "no error";
        return error->text ? error->text : strerror(-error->number);
}

void error_done(Error *error) {
        free(error->text);
        *error = (Error) {};
}
