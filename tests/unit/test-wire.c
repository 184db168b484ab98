/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The D-Bus wire protocol, the addresses of buses, and a connection with a peer that misbehaves. */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/process.h"
#include "base/strv.h"
#include "systemd/address.h"
#include "systemd/link.h"
#include "systemd/names.h"
#include "systemd/starter.h"
#include "test.h"

static WireCall a_call(const char *signature) {
        return (WireCall) { .destination = "org.x", .path = "/p", .interface = "org.x.I", .member = "M", .signature = signature, .serial = 7 };
}

static const uint8_t *bytes_of(const Wire *wire) {
        return (const uint8_t *) wire->bytes.string;
}

TEST(message_with_a_body) {
        CLEANUP(wire_done) Wire wire = {};
        WireCall call = a_call("usov");
        const uint32_t number = 4711;
        const char *string;
        WireMessage message;
        uint32_t got;
        size_t size;

        wire_begin(&wire, &call);
        wire_basic(&wire, 'u', &number);
        wire_string(&wire, "text");
        wire_basic(&wire, 'o', "/org/x");
        wire_open(&wire, 'v', "s");
        wire_string(&wire, "inside");
        wire_close(&wire);
        ASSERT_OK(wire_end(&wire));
        ASSERT_OK(wire_message_size(bytes_of(&wire), &size));
        ASSERT_EQ(size, wire.bytes.length);
        ASSERT_OK(wire_parse(bytes_of(&wire), size, &message));
        ASSERT_EQ(message.type, WIRE_CALL);
        ASSERT_STREQ(message.path, "/p");
        ASSERT_STREQ(message.interface, "org.x.I");
        ASSERT_STREQ(message.member, "M");
        ASSERT_OK(wire_read_u32(&message, &got));
        ASSERT_EQ(got, 4711U);
        ASSERT_FAILS(wire_read_u32(&message, &got), EBADMSG); /* it is a string */
        ASSERT_OK(wire_read_string(&message, 's', &string));
        ASSERT_STREQ(string, "text");
        ASSERT_OK(wire_read_string(&message, 'o', &string));
        ASSERT_STREQ(string, "/org/x");
        ASSERT_OK(wire_read_variant_string(&message, &string));
        ASSERT_STREQ(string, "inside");
        ASSERT_FAILS(wire_read_string(&message, 's', &string), EBADMSG); /* the end */
}

/* Alignment is counted from each message's own start. */
TEST(messages_one_behind_the_other) {
        CLEANUP(wire_done) Wire wire = {};
        WireCall call = a_call("s");
        WireMessage message;
        const char *string;
        size_t at = 0;

        for (unsigned i = 0; i < 3; i++) {
                wire_begin(&wire, &call);
                wire_string(&wire, &"odd"[i]);
        }
        ASSERT_OK(wire_end(&wire));
        for (unsigned i = 0; i < 3; i++) {
                uint8_t copy[512];
                size_t size;

                ASSERT_OK(wire_message_size(bytes_of(&wire) + at, &size));
                ASSERT_LE(size, sizeof copy);
                memcpy(copy, bytes_of(&wire) + at, size);
                ASSERT_OK(wire_parse(copy, size, &message));
                ASSERT_OK(wire_read_string(&message, 's', &string));
                ASSERT_STREQ(string, &"odd"[i]);
                at += size;
        }
        ASSERT_EQ(at, wire.bytes.length);
}

TEST(what_cannot_be_written) {
        WireCall call = a_call("s");
        Wire open = {}, closed = {}, deep = {}, type = {};

        wire_begin(&open, &call);
        wire_open(&open, 'a', "s");
        ASSERT_FAILS(wire_end(&open), EINVAL);
        wire_done(&open);
        wire_begin(&closed, &call);
        wire_close(&closed);
        ASSERT_FAILS(wire_end(&closed), EINVAL);
        wire_done(&closed);
        wire_begin(&deep, &call);
        for (unsigned i = 0; i < WIRE_DEPTH_MAX + 1; i++)
                wire_open(&deep, 'r', "s");
        ASSERT_FAILS(wire_end(&deep), ELOOP);
        wire_done(&deep);
        wire_begin(&type, &call);
        wire_basic(&type, 'h', "x");
        ASSERT_FAILS(wire_end(&type), EOPNOTSUPP);
        wire_done(&type);
}

/* Each shorter one, and each with one byte changed, is refused or read without leaving it: the sanitizers watch. */
TEST(broken_messages) {
        CLEANUP(wire_done) Wire wire = {};
        WireCall call = a_call("sv");
        size_t size;

        wire_begin(&wire, &call);
        wire_string(&wire, "text");
        wire_open(&wire, 'v', "s");
        wire_string(&wire, "inside");
        wire_close(&wire);
        ASSERT_OK(wire_end(&wire));
        size = wire.bytes.length;
        for (size_t length = 0; length < size; length++) {
                uint8_t *copy = malloc(length + 1);
                WireMessage message;

                memcpy(copy, wire.bytes.string, length);
                ASSERT_FAILS(wire_parse(copy, length, &message), EBADMSG);
                free(copy);
        }
        for (size_t at = 0; at < size; at++) {
                uint8_t *copy = malloc(size);
                WireMessage message;
                const char *string;

                memcpy(copy, wire.bytes.string, size);
                copy[at] ^= 0xff;
                if (wire_parse(copy, size, &message) >= 0 && wire_read_string(&message, 's', &string) >= 0)
                        (void) wire_read_variant_string(&message, &string);
                free(copy);
        }
}

static void add_entry(Wire *wire, const char *name, const char *signature, const void *value) {
        bool is_array = signature[0] == 'a';

        wire_open(wire, 'r', "sv");
        wire_string(wire, name);
        wire_open(wire, 'v', signature);
        if (is_array)
                wire_open(wire, 'a', signature + 1);
        if (value)
                wire_basic(wire, signature[is_array], value);
        if (is_array)
                wire_close(wire);
        wire_close(wire);
        wire_close(wire);
}

/* What PropertiesChanged has: a value of each kind before the one that is looked for. */
static void write_properties(Wire *wire) {
        WireCall call = a_call("sa{sv}as");
        const uint64_t number = 5;
        const int yes = true;

        wire_begin(wire, &call);
        wire_string(wire, "org.x.Unit");
        wire_open(wire, 'a', "{sv}");
        add_entry(wire, "Number", "t", &number);
        add_entry(wire, "Empty", "a(st)", NULL);
        add_entry(wire, "Yes", "b", &yes);
        add_entry(wire, "List", "as", "text");
        add_entry(wire, "Path", "o", "/x");
        wire_open(wire, 'r', "sv");
        wire_string(wire, "Job");
        wire_open(wire, 'v', "(bo)");
        wire_open(wire, 'r', "bo");
        wire_basic(wire, 'b', &yes);
        wire_basic(wire, 'o', "/job");
        wire_close(wire);
        wire_close(wire);
        wire_close(wire);
        wire_open(wire, 'r', "sv");
        wire_string(wire, "Nested");
        wire_open(wire, 'v', "v");
        wire_open(wire, 'v', "t");
        wire_basic(wire, 't', &number);
        wire_close(wire);
        wire_close(wire);
        wire_close(wire);
        add_entry(wire, "ActiveState", "s", "deactivating");
        add_entry(wire, "Last", "as", "text");
        wire_close(wire);
        wire_open(wire, 'a', "s");
        wire_close(wire);
}

TEST(properties_by_name) {
        static const struct {
                const char *name, *value;
                int number;
        } cases[] = {
                { "ActiveState", "deactivating", 0 }, { "Number", NULL, -ENOENT }, { "Job", NULL, -ENOENT }, { "Last", NULL, -ENOENT }, { "Active", NULL, -ENOENT },
        };
        CLEANUP(wire_done) Wire wire = {};

        write_properties(&wire);
        ASSERT_OK(wire_end(&wire));
        FOREACH_ELEMENT(entry, cases) {
                WireMessage message;
                const char *string = NULL;

                ASSERT_OK(wire_parse(bytes_of(&wire), wire.bytes.length, &message));
                ASSERT_FAILS(wire_find_string(&message, "ActiveState", &string), EBADMSG); /* it is not there yet */
                ASSERT_OK(wire_read_string(&message, 's', &string));
                ASSERT_EQ(wire_find_string(&message, entry->name, &string), entry->number);
                if (entry->value)
                        ASSERT_STREQ(string, entry->value);
        }
}

/* Each byte changed, to each of some values: the sanitizers watch. */
TEST(broken_properties) {
        static const uint8_t values[] = { 0, 1, 0x7f, 0xff, 'a', 'v', '(', ')', '{', 's', 'z' };
        CLEANUP(wire_done) Wire wire = {};
        size_t size;

        write_properties(&wire);
        ASSERT_OK(wire_end(&wire));
        size = wire.bytes.length;
        for (size_t at = 0; at < size; at++)
                FOREACH_ELEMENT(value, values) {
                        uint8_t *copy = malloc(size);
                        WireMessage message;
                        const char *string;

                        memcpy(copy, wire.bytes.string, size);
                        copy[at] = *value;
                        if (wire_parse(copy, size, &message) >= 0 && wire_read_string(&message, 's', &string) >= 0)
                                (void) wire_find_string(&message, "None", &string);
                        free(copy);
                }
}

/* What is looked for in a dictionary with one entry: so many variants in each other, and a byte in the innermost. */
static int look_behind_variants(size_t n) {
        CLEANUP(wire_done) Wire wire = {};
        WireCall call = a_call("a{sv}");
        WireMessage message;
        const char *string;

        wire_begin(&wire, &call);
        wire_open(&wire, 'a', "{sv}");
        wire_open(&wire, 'r', "sv");
        wire_string(&wire, "X");
        for (size_t i = 1; i < n; i++)
                text_add_bytes(&wire.bytes, "\1v", 3);
        text_add_bytes(&wire.bytes, "\1y\0\7", 4);
        wire_close(&wire);
        wire_close(&wire);
        ASSERT_OK(wire_end(&wire));
        ASSERT_OK(wire_parse(bytes_of(&wire), wire.bytes.length, &message));
        return wire_find_string(&message, "None", &string);
}

/* The message is right, and still not followed to wherever it leads. */
TEST(variants_in_variants) {
        ASSERT_EQ(look_behind_variants(1), -ENOENT);
        ASSERT_EQ(look_behind_variants(WIRE_DEPTH_MAX), -ENOENT);
        ASSERT_EQ(look_behind_variants(WIRE_DEPTH_MAX + 1), -EBADMSG);
        ASSERT_EQ(look_behind_variants(1000000), -EBADMSG);
}

TEST(addresses) {
        static const struct {
                const char *address, *path;
                int number;
        } cases[] = {
                { "unix:path=/run/user/1000/bus", "/run/user/1000/bus", 0 },
                { "unix:path=/a%20b,guid=00", "/a b", 0 },
                { "unix:guid=00,path=/a", "/a", 0 },
                { "tcp:host=x,port=1;unix:abstract=/tmp/dbus-x,guid=1", "@/tmp/dbus-x", 0 },
                { "unix:path=/first;unix:path=/second", "/first", 0 },
                { "", NULL, -EPROTONOSUPPORT },
                { ";;", NULL, -EPROTONOSUPPORT },
                { "unix:", NULL, -EPROTONOSUPPORT },
                { "unix:tmpdir=/tmp", NULL, -EPROTONOSUPPORT },
                { "unixexec:path=/bin/sh", NULL, -EPROTONOSUPPORT },
                { "unix:path=/a%2", NULL, -EINVAL },
                { "unix:path=/a%zz", NULL, -EINVAL },
                { "unix:path=/a%00b", NULL, -EINVAL },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(freep) char *path = NULL;

                ASSERT_EQ(bus_address_parse(entry->address, &path), entry->number);
                if (entry->path)
                        ASSERT_STREQ(path, entry->path);
        }
}

TEST(paths_of_units) {
        static const struct {
                const char *unit, *path;
        } cases[] = {
                { "berth-web.scope", "/org/freedesktop/systemd1/unit/berth_2dweb_2escope" },
                { "1a1.scope", "/org/freedesktop/systemd1/unit/_31a1_2escope" },
                { "", "/org/freedesktop/systemd1/unit/_" },
                { "\xc3\xa4", "/org/freedesktop/systemd1/unit/_c3_a4" },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(freep) char *path = NULL;

                ASSERT_OK(unit_object_path(entry->unit, &path));
                ASSERT_STREQ(path, entry->path);
        }
}

/* ---- peers ---- */

static int connected(bool on_bus, Link **ret) {
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || link_new(pair[0], on_bus, ret) < 0)
                abort();
        return pair[1];
}

static void put(int fd, const void *bytes, size_t size) {
        if (send(fd, bytes, size, MSG_NOSIGNAL) != (ssize_t) size)
                abort();
}

#define PUT(fd, string) put(fd, string, strlen(string))

/* A message as a bus would deliver it: what a writer of calls makes, with the fields that only the bus and services set. */
static void put_message(int fd, WireType type, uint32_t reply_serial, const char *sender, const char *path, const char *interface, const char *member,
                        const char *signature, const char *string) {
        const struct {
                uint8_t code;
                char type;
                const void *value;
        } fields[] = {
                { 1, 'o', path }, { 2, 's', interface }, { 3, 's', member }, { 5, 'u', reply_serial ? &reply_serial : NULL },
                { 7, 's', sender }, { 8, 'g', signature },
        };
        CLEANUP(wire_done) Wire wire = {};
        uint32_t size;
        WireCall call = { .serial = 9 };

        wire_begin(&wire, &call);
        /* In the place of its empty array of fields. */
        wire.bytes.length = 12;
        wire_open(&wire, 'a', "(yv)");
        FOREACH_ELEMENT(field, fields) {
                if (!field->value)
                        continue;
                wire_open(&wire, 'r', "yv");
                wire_basic(&wire, 'y', &field->code);
                wire_open(&wire, 'v', (const char[]) { field->type, 0 });
                wire_basic(&wire, field->type, field->value);
                wire_close(&wire);
                wire_close(&wire);
        }
        wire_close(&wire);
        wire_open(&wire, 'r', ""); /* pads */
        wire_close(&wire);
        wire.body_at = wire.bytes.length;
        if (string)
                wire_string(&wire, string);
        if (wire_end(&wire) < 0)
                abort();
        wire.bytes.string[1] = (char) type;
        memcpy(&size, wire.bytes.string + 4, sizeof size);
        put(fd, wire.bytes.string, wire.bytes.length);
}

TEST(name_on_the_bus) {
        Link *link;
        int peer = connected(true, &link);
        const char *name;

        ASSERT_FAILS(link_get_name(link, usec_monotonic() + 20000, &name), ETIME);
        PUT(peer, "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n");
        put_message(peer, WIRE_REPLY, 1, "org.freedesktop.DBus", NULL, NULL, NULL, "s", ":1.42");
        ASSERT_OK(link_get_name(link, usec_monotonic() + USEC_PER_SEC, &name));
        ASSERT_STREQ(name, ":1.42");
        link_close(link);
        close(peer);
}

TEST(peers_that_refuse) {
        static const struct {
                const char *lines;
                int number;
        } cases[] = {
                { "REJECTED EXTERNAL\r\n", -EACCES }, { "ERROR\r\n", -EPROTO }, { "HTTP/1.1 400\r\n", -EPROTO }, { "\r\n", -EPROTO }, { "", -ECONNRESET },
        };

        FOREACH_ELEMENT(entry, cases) {
                WireMessage message;
                Link *link;
                int peer = connected(true, &link);

                PUT(peer, entry->lines);
                close(peer);
                ASSERT_EQ(link_receive(link, usec_monotonic() + USEC_PER_SEC, &message), entry->number);
                link_close(link);
        }
}

TEST(line_without_an_end) {
        char line[1024];
        WireMessage message;
        Link *link;
        int peer = connected(false, &link);

        memset(line, 'O', sizeof line);
        for (unsigned i = 0; i < 20; i++)
                put(peer, line, sizeof line);
        ASSERT_FAILS(link_receive(link, usec_monotonic() + USEC_PER_SEC, &message), EPROTO);
        link_close(link);
        close(peer);
}

/* What is too long for us is read over, and the next message is there. */
TEST(message_that_is_too_long) {
        char *string = malloc(100000);
        WireMessage message;
        const char *text;
        Link *link;
        int peer = connected(false, &link);

        memset(string, 'x', 99999);
        string[99999] = 0;
        PUT(peer, "OK 00\r\n");
        put_message(peer, WIRE_SIGNAL, 0, ":1.66", "/p", "org.x", "Long", "s", string);
        put_message(peer, WIRE_SIGNAL, 0, ":1.66", "/p", "org.x", "Short", "s", "text");
        ASSERT_EQ(link_receive(link, usec_monotonic() + USEC_PER_SEC, &message), 1);
        ASSERT_STREQ(message.member, "Short");
        ASSERT_OK(wire_read_string(&message, 's', &text));
        ASSERT_STREQ(text, "text");
        ASSERT_EQ(link_receive(link, 0, &message), 0);
        free(string);
        link_close(link);
        close(peer);
}

TEST(message_in_pieces) {
        CLEANUP(wire_done) Wire wire = {};
        WireCall call = a_call("s");
        WireMessage message;
        Link *link;
        int peer = connected(false, &link);

        wire_begin(&wire, &call);
        wire_string(&wire, "text");
        ASSERT_OK(wire_end(&wire));
        PUT(peer, "OK");
        ASSERT_EQ(link_receive(link, 0, &message), 0);
        PUT(peer, " 00\r\n");
        for (size_t i = 0; i < wire.bytes.length; i++) {
                ASSERT_EQ(link_receive(link, 0, &message), 0);
                put(peer, wire.bytes.string + i, 1);
        }
        ASSERT_EQ(link_receive(link, 0, &message), 1);
        ASSERT_STREQ(message.member, "M");
        link_close(link);
        close(peer);
}

TEST(other_byte_order) {
        WireMessage message;
        Link *link;
        int peer = connected(false, &link);

        PUT(peer, "OK 00\r\n");
        put(peer, "?\1\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        ASSERT_FAILS(link_receive(link, usec_monotonic() + USEC_PER_SEC, &message), EBADMSG);
        link_close(link);
        close(peer);
}
