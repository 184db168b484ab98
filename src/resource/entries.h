/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "resource/set.h"

/* Putting entries into a set while it is compiled. What is put twice is what it was last: unified and annotations come after
 * the fields. */

/* The property of that name and type, emptied if it was there. NULL without memory. */
Property *put_property(ResourceSet *set, const char *name, PropertyType type);
int put_bool(ResourceSet *set, const char *name, bool value);
int put_u64(ResourceSet *set, const char *name, uint64_t value);
int put_string(ResourceSet *set, const char *name, const char *value);
/* Adds to the list that is there. */
int put_device_limit(ResourceSet *set, const char *name, const char *field, int64_t major, int64_t minor, uint64_t value);
/* The value is copied. A file may be there several times, as some take a line at a time. */
int put_file(ResourceSet *set, const char *name, const char *value, const char *controller, const char *field, bool optional);
