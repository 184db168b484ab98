/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Messages of the D-Bus wire protocol (D-Bus Specification, "Message Protocol"), as far as a container's life needs them: calls out; replies, errors and
 * signals in. No descriptors, no introspection, the byte order of this machine alone. */

#define WIRE_HEAD_SIZE 16       /* of a message: enough to tell how long it is */

typedef enum WireType {
        WIRE_CALL = 1,
        WIRE_REPLY = 2,
        WIRE_ERROR = 3,
        WIRE_SIGNAL = 4,
} WireType;

/* ---- writing ---- */

#define WIRE_DEPTH_MAX 12

/* Messages one behind the other. A failure is remembered, and everything after it does nothing. */
typedef struct Wire {
        Text bytes;
        bool begun;
        size_t message_at, body_at;
        size_t depth;
        struct {
                size_t length_at, content_at; /* of an array; 0: what has no length */
        } open[WIRE_DEPTH_MAX];
        int number;
} Wire;

typedef struct WireCall {
        const char *destination;        /* NULL: on a connection without names */
        const char *path, *interface, *member;
        const char *signature;          /* of the body; NULL: none */
        uint32_t serial;
        bool no_reply;
} WireCall;

/* Ends the message before, if there is one. */
void wire_begin(Wire *wire, const WireCall *call);
/* type and contents as for sd_bus_message_open_container(3): 'a' "(sv)", 'v' "t", 'r' "sv". */
void wire_open(Wire *wire, char type, const char *contents);
void wire_close(Wire *wire);
/* value as for sd_bus_message_append_basic(3): the string itself, or a pointer to the number (a boolean: to an int). */
void wire_basic(Wire *wire, char type, const void *value);
void wire_string(Wire *wire, const char *string);
/* Ends the message, if one was begun. 0, or what went wrong so far. */
int wire_end(Wire *wire);
void wire_done(Wire *wire);

/* ---- reading ---- */

/* The parts of a message; they point into it. Strings that are not there are NULL, the signature is "". */
typedef struct WireMessage {
        WireType type;
        uint32_t reply_serial;
        const char *path, *interface, *member, *error_name, *sender, *signature;
        const uint8_t *body;
        size_t body_size, body_at;
} WireMessage;

/* How long a message is, from its first WIRE_HEAD_SIZE bytes. -EBADMSG for what is none, or of another machine's byte order. */
int wire_message_size(const uint8_t *head, size_t *ret);
/* Takes a whole message apart. -EBADMSG. */
int wire_parse(const uint8_t *bytes, size_t size, WireMessage *ret);
/* The body's next value, of type 'u', 's', 'o' or 'g', which the signature has to have there. */
int wire_read_u32(WireMessage *message, uint32_t *ret);
int wire_read_string(WireMessage *message, char type, const char **ret);
/* A variant with a string in it. */
int wire_read_variant_string(WireMessage *message, const char **ret);
/* A variant as text, which the caller frees: a string, a path, "yes" or "no", bytes in hexadecimal. -EBADMSG for what is of another type. */
int wire_read_variant_text(WireMessage *message, char **ret);
/* The string that an a{sv} has for a name. -ENOENT: it has none, or another kind of value. */
int wire_find_string(WireMessage *message, const char *name, const char **ret);
