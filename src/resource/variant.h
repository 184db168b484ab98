/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "resource/set.h"

/* Values in GVariant's text format, as far as properties in annotations have them: true, 'text', "text", ['a', 'b'], 5, -5,
 * 0x10, uint64 5, int64 5, uint32 5, int32 5, uint16, int16 and byte (which become 32 bits wide), 1.5 (only with as_usec). A
 * bare integer is an int32 and becomes what wanted is, when it is in range. */

/* Sets type and value of a property; wanted is the type that systemd's has. With as_usec the text counts seconds and the
 * property, a PROPERTY_U64, microseconds. -EINVAL for what is no such text, -EPROTOTYPE for another type than wanted, -ERANGE,
 * -ENOMEM. */
int variant_parse(const char *text, PropertyType wanted, bool as_usec, Property *property);
