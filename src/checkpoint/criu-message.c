/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Protocol buffers by hand: a library for five kinds of fields would be larger than this. Invariant: nothing is read at or past
 * the reader's end. */

#include "checkpoint/criu-message.h"

#include <errno.h>
#include <string.h>

enum {
        WIRE_NUMBER = 0,
        WIRE_64 = 1,
        WIRE_BYTES = 2,
        WIRE_32 = 5,
};

static void add_varint(Text *message, uint64_t value) {
        do {
                uint8_t byte = (uint8_t) (value & 0x7f) | (value > 0x7f ? 0x80 : 0);

                text_add_bytes(message, &byte, 1);
                value >>= 7;
        } while (value > 0);
}

void message_add_number(Text *message, unsigned field, uint64_t value) {
        add_varint(message, field << 3 | WIRE_NUMBER);
        add_varint(message, value);
}

void message_add_bool(Text *message, unsigned field, bool value) {
        message_add_number(message, field, value);
}

static void add_bytes(Text *message, unsigned field, const void *bytes, size_t size) {
        add_varint(message, field << 3 | WIRE_BYTES);
        add_varint(message, size);
        text_add_bytes(message, bytes, size);
}

void message_add_string(Text *message, unsigned field, const char *value) {
        add_bytes(message, field, value, strlen(value));
}

void message_add_message(Text *message, unsigned field, Text *inner) {
        if (text_failed(inner))
                message->failed = true;
        else
                add_bytes(message, field, inner->string, inner->length);
        text_done(inner);
        *inner = (Text) {};
}

static int read_varint(MessageReader *reader, uint64_t *ret) {
        uint64_t value = 0;

        for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
                uint8_t byte = *reader->at++;

                value |= (uint64_t) (byte & 0x7f) << shift;
                if (!(byte & 0x80)) {
                        *ret = value;
                        return 0;
                }
        }
        return -EBADMSG;
}

static int skip(MessageReader *reader, size_t size) {
        if ((size_t) (reader->end - reader->at) < size)
                return -EBADMSG;
        reader->at += size;
        return 0;
}

int message_next(MessageReader *reader, MessageField *ret) {
        uint64_t key, size;
        int r;

        if (reader->at >= reader->end)
                return 0;
        *ret = (MessageField) {};
        r = read_varint(reader, &key);
        if (r < 0 || key >> 3 > UINT32_MAX)
                return -EBADMSG;
        ret->number = (unsigned) (key >> 3);
        switch (key & 7) {
        case WIRE_NUMBER:
                r = read_varint(reader, &ret->value);
                break;
        case WIRE_64:
                r = skip(reader, 8);
                break;
        case WIRE_32:
                r = skip(reader, 4);
                break;
        case WIRE_BYTES:
                r = read_varint(reader, &size);
                if (r >= 0) {
                        ret->bytes = reader->at;
                        ret->size = (size_t) size;
                        r = size > SIZE_MAX / 2 ? -EBADMSG : skip(reader, (size_t) size);
                }
                break;
        default:
                r = -EBADMSG;
        }
        return r < 0 ? r : 1;
}
