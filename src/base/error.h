/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/macro.h"

/* The text for a person that belongs to a negative errno. Layers in which a person needs the place (spec, plan, resource, systemd,
 * container) take an Error as their last argument; base returns a bare negative errno. The first text wins: it was set where most was known.
 * Initialise with {} and end with error_done(). All functions take NULL where the caller does not care. */
typedef struct Error {
        int number;     /* negative errno, 0 when nothing was set */
        char *text;     /* without a newline; NULL if there was no memory for it */
} Error;

/* Sets the text unless one is set. Returns number, always, so that "return error_set(...)" is one line. %m in the format is strerror(-number). */
int error_set(Error *error, int number, const char *format, ...) PRINTF(3, 4);

/* Puts "prefix: " before a text that is set already; returns error->number (or -EINVAL for none). */
int error_prefix(Error *error, const char *format, ...) PRINTF(2, 3);

/* The text, or strerror() of the number; never NULL. */
const char *error_text(const Error *error);

/* Frees the text and makes the object reusable. */
void error_done(Error *error);
