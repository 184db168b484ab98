/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Protocol buffers (the wire format of version 2), as much of it as CRIU's interface needs: numbers, strings and messages
 * inside messages. A message is a Text while it is written; what comes is read in place. */

void message_add_number(Text *message, unsigned field, uint64_t value);
void message_add_bool(Text *message, unsigned field, bool value);
void message_add_string(Text *message, unsigned field, const char *value);
/* A message inside; that is emptied. */
void message_add_message(Text *message, unsigned field, Text *inner);

typedef struct MessageReader {
        const uint8_t *at;
        const uint8_t *end;
} MessageReader;

typedef struct MessageField {
        unsigned number;
        uint64_t value;         /* of numbers */
        const uint8_t *bytes;   /* of strings and messages; NULL for numbers */
        size_t size;
} MessageField;

/* 1 for a field, 0 at the end, -EBADMSG for what is no message. */
int message_next(MessageReader *reader, MessageField *ret);
