/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The D-Bus wire protocol. libsystemd has all of it and takes longer to load than the whole message takes to answer (half a millisecond and 66 page faults of
 * a start that has 150), so what is on the way of a start and of the small verbs is written here. Invariant: reading never leaves the bytes that were given, whatever they say;
 * every string that is handed out ends in a NUL inside of them. */

#include "systemd/wire.h"

#include <errno.h>
#include <string.h>

#include "base/strv.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_MARK 'l'
#else
#define BYTE_ORDER_MARK 'B'
#endif
#define PROTOCOL_VERSION 1
#define NO_REPLY_EXPECTED 0x1
#define MESSAGE_SIZE_MAX (128U << 20)
#define FIELDS_AT 12

enum {
        FIELD_PATH = 1,
        FIELD_INTERFACE = 2,
        FIELD_MEMBER = 3,
        FIELD_ERROR_NAME = 4,
        FIELD_REPLY_SERIAL = 5,
        FIELD_DESTINATION = 6,
        FIELD_SENDER = 7,
        FIELD_SIGNATURE = 8,
};

static size_t alignment(char type) {
        switch (type) {
        case 'y':
        case 'g':
        case 'v':
                return 1;
        case 'n':
        case 'q':
                return 2;
        case 'x':
        case 't':
        case 'd':
        case '(':
        case '{':
        case 'r':
                return 8;
        default: /* b, i, u, h, s, o, a */
                return 4;
        }
}

static size_t align_to(size_t at, size_t to) {
        return (at + to - 1) / to * to;
}

/* ---- writing ---- */

static size_t wire_size(const Wire *wire) {
        return wire->bytes.length - wire->message_at;
}

static void fail(Wire *wire, int number) {
        if (wire->number == 0)
                wire->number = number;
}

static void pad(Wire *wire, size_t to) {
        static const uint8_t zeros[8];

        text_add_bytes(&wire->bytes, zeros, align_to(wire_size(wire), to) - wire_size(wire));
}

static void add_u32(Wire *wire, uint32_t value) {
        pad(wire, sizeof value);
        text_add_bytes(&wire->bytes, &value, sizeof value);
}

/* A length that is known only now. */
static void set_u32(Wire *wire, size_t at, size_t value) {
        uint32_t number = (uint32_t) value;

        if (value > MESSAGE_SIZE_MAX)
                fail(wire, -EMSGSIZE);
        if (!text_failed(&wire->bytes))
                memcpy(wire->bytes.string + wire->message_at + at, &number, sizeof number);
}

static void add_signature(Wire *wire, const char *signature) {
        size_t length = strlen(signature);
        uint8_t byte = (uint8_t) length;

        if (length > UINT8_MAX)
                fail(wire, -EINVAL);
        text_add_bytes(&wire->bytes, &byte, 1);
        text_add_bytes(&wire->bytes, signature, length + 1);
}

void wire_string(Wire *wire, const char *string) {
        size_t length = strlen(string);

        add_u32(wire, (uint32_t) length);
        text_add_bytes(&wire->bytes, string, length + 1);
}

void wire_basic(Wire *wire, char type, const void *value) {
        switch (type) {
        case 's':
        case 'o':
                wire_string(wire, value);
                break;
        case 'g':
                add_signature(wire, value);
                break;
        case 'y':
                text_add_bytes(&wire->bytes, value, 1);
                break;
        case 'b':
                add_u32(wire, *(const int *) value != 0);
                break;
        case 'i':
        case 'u':
                add_u32(wire, *(const uint32_t *) value);
                break;
        case 'x':
        case 't':
                pad(wire, 8);
                text_add_bytes(&wire->bytes, value, 8);
                break;
        default:
                fail(wire, -EOPNOTSUPP);
        }
}

void wire_open(Wire *wire, char type, const char *contents) {
        size_t length_at = 0;

        if (wire->depth >= WIRE_DEPTH_MAX) {
                fail(wire, -ELOOP);
                return;
        }
        if (type == 'v')
                add_signature(wire, contents);
        else if (type == 'a') {
                add_u32(wire, 0);
                length_at = wire_size(wire) - sizeof(uint32_t);
                pad(wire, alignment(contents[0])); /* does not count as content */
        } else
                pad(wire, 8);
        wire->open[wire->depth].length_at = length_at;
        wire->open[wire->depth++].content_at = wire_size(wire);
}

void wire_close(Wire *wire) {
        if (wire->depth == 0) {
                fail(wire, -EINVAL);
                return;
        }
        wire->depth--;
        if (wire->open[wire->depth].length_at > 0)
                set_u32(wire, wire->open[wire->depth].length_at, wire_size(wire) - wire->open[wire->depth].content_at);
}

static void add_field(Wire *wire, uint8_t code, char type, const char *value) {
        if (!value)
                return;
        wire_open(wire, 'r', "yv");
        wire_basic(wire, 'y', &code);
        wire_open(wire, 'v', (const char[]) { type, '\0' });
        wire_basic(wire, type, value);
        wire_close(wire);
        wire_close(wire);
}

void wire_begin(Wire *wire, const WireCall *call) {
        const uint8_t head[] = { BYTE_ORDER_MARK, WIRE_CALL, call->no_reply ? NO_REPLY_EXPECTED : 0, PROTOCOL_VERSION };

        (void) wire_end(wire);
        wire->begun = true;
        wire->message_at = wire->bytes.length;
        text_add_bytes(&wire->bytes, head, sizeof head);
        add_u32(wire, 0); /* the body's size, in wire_end() */
        add_u32(wire, call->serial);
        wire_open(wire, 'a', "(yv)");
        add_field(wire, FIELD_PATH, 'o', call->path);
        add_field(wire, FIELD_INTERFACE, 's', call->interface);
        add_field(wire, FIELD_MEMBER, 's', call->member);
        add_field(wire, FIELD_DESTINATION, 's', call->destination);
        add_field(wire, FIELD_SIGNATURE, 'g', call->signature);
        wire_close(wire);
        pad(wire, 8);
        wire->body_at = wire_size(wire);
}

int wire_end(Wire *wire) {
        if (wire->depth != 0)
                fail(wire, -EINVAL);
        if (TAKE(wire->begun, false))
                set_u32(wire, 4, wire_size(wire) - wire->body_at);
        return text_failed(&wire->bytes) ? -ENOMEM : wire->number;
}

void wire_done(Wire *wire) {
        text_done(&wire->bytes);
        *wire = (Wire) {};
}

/* ---- reading ---- */

typedef struct Cursor {
        const uint8_t *bytes;
        size_t size, at;
} Cursor;

static int skip_to(Cursor *cursor, size_t to) {
        size_t at = align_to(cursor->at, to);

        if (at > cursor->size)
                return -EBADMSG;
        cursor->at = at;
        return 0;
}

static int skip_bytes(Cursor *cursor, size_t n) {
        if (cursor->size - cursor->at < n)
                return -EBADMSG;
        cursor->at += n;
        return 0;
}

static int read_u32(Cursor *cursor, uint32_t *ret) {
        if (skip_to(cursor, sizeof *ret) < 0 || cursor->size - cursor->at < sizeof *ret)
                return -EBADMSG;
        memcpy(ret, cursor->bytes + cursor->at, sizeof *ret);
        cursor->at += sizeof *ret;
        return 0;
}

static int read_byte(Cursor *cursor, uint8_t *ret) {
        if (cursor->at >= cursor->size)
                return -EBADMSG;
        *ret = cursor->bytes[cursor->at++];
        return 0;
}

/* With the NUL that has to be behind it, and none before. */
static int read_text(Cursor *cursor, size_t length, const char **ret) {
        const char *text = (const char *) cursor->bytes + cursor->at;

        if (cursor->size - cursor->at <= length || strnlen(text, length + 1) != length)
                return -EBADMSG;
        cursor->at += length + 1;
        *ret = text;
        return 0;
}

static int read_string(Cursor *cursor, char type, const char **ret) {
        uint32_t length;
        uint8_t byte;
        int r = type == 'g' ? read_byte(cursor, &byte) : read_u32(cursor, &length);

        return r < 0 ? r : read_text(cursor, type == 'g' ? byte : length, ret);
}

int wire_message_size(const uint8_t *head, size_t *ret) {
        uint32_t body_size, fields_size;

        if (head[0] != BYTE_ORDER_MARK || head[3] != PROTOCOL_VERSION)
                return -EBADMSG;
        memcpy(&body_size, head + 4, sizeof body_size);
        memcpy(&fields_size, head + FIELDS_AT, sizeof fields_size);
        if (body_size > MESSAGE_SIZE_MAX || fields_size > MESSAGE_SIZE_MAX)
                return -EBADMSG;
        *ret = align_to(WIRE_HEAD_SIZE + (size_t) fields_size, 8) + body_size;
        return *ret > MESSAGE_SIZE_MAX ? -EBADMSG : 0;
}

/* One (yv); those that are not for us are read as well, to know where they end. */
static int parse_field(Cursor *cursor, WireMessage *message) {
        const char **const strings[] = {
                [FIELD_PATH] = &message->path,
                [FIELD_INTERFACE] = &message->interface,
                [FIELD_MEMBER] = &message->member,
                [FIELD_ERROR_NAME] = &message->error_name,
                [FIELD_SENDER] = &message->sender,
                [FIELD_SIGNATURE] = &message->signature,
        };
        const char *signature, *string;
        uint32_t number;
        uint8_t code;

        if (skip_to(cursor, 8) < 0 || read_byte(cursor, &code) < 0 || read_string(cursor, 'g', &signature) < 0)
                return -EBADMSG;
        if (streq(signature, "u")) {
                if (read_u32(cursor, &number) < 0)
                        return -EBADMSG;
                if (code == FIELD_REPLY_SERIAL)
                        message->reply_serial = number;
                return 0;
        }
        if (!streq(signature, "s") && !streq(signature, "o") && !streq(signature, "g"))
                return -EBADMSG;
        if (read_string(cursor, signature[0], &string) < 0)
                return -EBADMSG;
        if (code < ELEMENTSOF(strings) && strings[code])
                *strings[code] = string;
        return 0;
}

int wire_parse(const uint8_t *bytes, size_t size, WireMessage *ret) {
        WireMessage message = { .signature = "" };
        Cursor cursor = { bytes, 0, WIRE_HEAD_SIZE };
        uint32_t fields_size;
        size_t expected;

        if (size < WIRE_HEAD_SIZE || wire_message_size(bytes, &expected) < 0 || expected != size)
                return -EBADMSG;
        message.type = bytes[1];
        memcpy(&fields_size, bytes + FIELDS_AT, sizeof fields_size);
        cursor.size = WIRE_HEAD_SIZE + fields_size;
        while (cursor.at < cursor.size)
                if (parse_field(&cursor, &message) < 0)
                        return -EBADMSG;
        message.body = bytes + align_to(cursor.size, 8);
        message.body_size = size - align_to(cursor.size, 8);
        *ret = message;
        return 0;
}

/* The signature goes on as the body does. */
static int next(WireMessage *message, char type, Cursor *ret) {
        if (message->signature[0] != type)
                return -EBADMSG;
        message->signature++;
        *ret = (Cursor) { message->body, message->body_size, message->body_at };
        return 0;
}

int wire_read_u32(WireMessage *message, uint32_t *ret) {
        Cursor cursor;
        int r = next(message, 'u', &cursor);

        if (r >= 0)
                r = read_u32(&cursor, ret);
        if (r >= 0)
                message->body_at = cursor.at;
        return r;
}

int wire_read_string(WireMessage *message, char type, const char **ret) {
        Cursor cursor;
        int r = next(message, type, &cursor);

        if (r >= 0)
                r = read_string(&cursor, type, ret);
        if (r >= 0)
                message->body_at = cursor.at;
        return r;
}

int wire_read_variant_string(WireMessage *message, const char **ret) {
        const char *signature;
        Cursor cursor;
        int r = next(message, 'v', &cursor);

        if (r >= 0)
                r = read_string(&cursor, 'g', &signature);
        if (r >= 0)
                r = streq(signature, "s") ? read_string(&cursor, 's', ret) : -EBADMSG;
        if (r >= 0)
                message->body_at = cursor.at;
        return r;
}

static int read_bytes_as_hex(Cursor *cursor, Text *text) {
        uint32_t length;

        if (read_u32(cursor, &length) < 0 || cursor->size - cursor->at < length)
                return -EBADMSG;
        for (uint32_t i = 0; i < length; i++)
                text_addf(text, "%02x", cursor->bytes[cursor->at++]);
        return 0;
}

int wire_read_variant_text(WireMessage *message, char **ret) {
        CLEANUP(text_done) Text text = {};
        const char *signature, *string = "";
        uint32_t number = 0;
        Cursor cursor;
        int r = next(message, 'v', &cursor);

        if (r >= 0)
                r = read_string(&cursor, 'g', &signature);
        if (r < 0)
                return r;
        if (streq(signature, "ay"))
                r = read_bytes_as_hex(&cursor, &text);
        else if (streq(signature, "b")) {
                r = read_u32(&cursor, &number);
                string = number ? "yes" : "no";
        } else
                r = streq(signature, "s") || streq(signature, "o") ? read_string(&cursor, signature[0], &string) : -EBADMSG;
        if (r < 0)
                return r;
        text_add(&text, string);
        message->body_at = cursor.at;
        *ret = text_take(&text);
        return *ret ? 0 : -ENOMEM;
}

/* Where a complete type ends in a signature; NULL: it does not. */
static const char *skip_type(const char *type) {
        unsigned depth = 0;

        while (*type == 'a')
                type++;
        for (;; type++) {
                if (!*type || (depth == 0 && (*type == ')' || *type == '}')))
                        return NULL;
                if (*type == '(' || *type == '{')
                        depth++;
                else if (*type == ')' || *type == '}')
                        depth--;
                if (depth == 0)
                        return type + 1;
        }
}

/* One value, of which nothing is wanted. type: where its type begins. */
static int skip_value(Cursor *cursor, const char *type, unsigned depth) {
        const char *end = skip_type(type), *text;
        uint32_t length;

        if (!end || !strchr("ybnqiuxtdhsogav({", *type) || depth > WIRE_DEPTH_MAX || skip_to(cursor, alignment(*type)) < 0)
                return -EBADMSG;
        switch (*type) {
        case 's':
        case 'o':
        case 'g':
                return read_string(cursor, *type, &text);
        case 'v':
                return read_string(cursor, 'g', &text) < 0 || skip_type(text) != text + strlen(text) ? -EBADMSG : skip_value(cursor, text, depth + 1);
        case 'a':
                if (read_u32(cursor, &length) < 0 || skip_to(cursor, alignment(type[1])) < 0)
                        return -EBADMSG;
                return skip_bytes(cursor, length);
        case '(':
        case '{':
                for (type++; type < end - 1; type = skip_type(type))
                        if (skip_value(cursor, type, depth + 1) < 0)
                                return -EBADMSG;
                return 0;
        default: /* numbers are as long as they are aligned */
                return skip_bytes(cursor, alignment(*type));
        }
}

int wire_find_string(WireMessage *message, const char *name, const char **ret) {
        Cursor cursor = { message->body, message->body_size, message->body_at };
        const char *key, *type;
        uint32_t length;
        size_t end;

        if (!startswith(message->signature, "a{sv}") || read_u32(&cursor, &length) < 0 || skip_to(&cursor, 8) < 0 || cursor.size - cursor.at < length)
                return -EBADMSG;
        for (end = cursor.at + length; cursor.at < end;) {
                Cursor value;

                if (skip_to(&cursor, 8) < 0 || read_string(&cursor, 's', &key) < 0)
                        return -EBADMSG;
                value = cursor;
                if (skip_value(&cursor, "v", 0) < 0)
                        return -EBADMSG;
                if (streq(key, name))
                        return read_string(&value, 'g', &type) >= 0 && streq(type, "s") ? read_string(&value, 's', ret) : -ENOENT;
        }
        return -ENOENT;
}
