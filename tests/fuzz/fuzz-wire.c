/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes as a message of the bus: what wire_parse() lets pass must be safe to read, whatever is expected in it. */

#include <stdlib.h>
#include <string.h>

#include "systemd/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Looks at all of it. */
static void look(const char *string) {
        if (string && strlen(string) == SIZE_MAX)
                abort();
}

static void read_all(WireMessage *message) {
        const char *strings[] = { message->path, message->interface, message->member, message->error_name, message->sender, message->signature };
        const char *string;
        uint32_t number;
        int r = 0;

        for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
                look(strings[i]);
        while (r >= 0 && message->signature[0])
                switch (message->signature[0]) {
                case 'u':
                        r = wire_read_u32(message, &number);
                        break;
                case 'v':
                        r = wire_read_variant_string(message, &string);
                        break;
                case 'a':
                        r = wire_find_string(message, "ActiveState", &string);
                        if (r >= 0)
                                look(string);
                        r = -1; /* it goes no further */
                        break;
                default:
                        r = wire_read_string(message, message->signature[0], &string);
                        if (r >= 0)
                                look(string);
                }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint8_t *copy = malloc(size + 1);
        WireMessage message;
        size_t expected;

        if (!copy)
                return 0;
        memcpy(copy, data, size);
        if (size >= WIRE_HEAD_SIZE)
                (void) wire_message_size(copy, &expected);
        if (wire_parse(copy, size, &message) >= 0)
                read_all(&message);
        free(copy);
        return 0;
}
