/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where systemd is to be found: the message bus first, as through PID 1's private socket every signal is sent to every client (D-Bus Specification,
 * "Server Addresses"; sd_bus_default(3) for the variables and paths). */

#include "systemd/address.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"

#define SYSTEM_BUS "/run/dbus/system_bus_socket"
#define SYSTEM_PRIVATE "/run/systemd/private"

static int hex_digit(char digit) {
        return digit >= '0' && digit <= '9' ? digit - '0'
                : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                : -1;
}

/* Bytes that mean something in an address are written as %xx. */
static int unescape(const char *from, size_t length, char *to) {
        for (size_t i = 0; i < length; i++) {
                if (from[i] != '%') {
                        *to++ = from[i];
                        continue;
                }
                if (length - i < 3 || hex_digit(from[i + 1]) < 0 || hex_digit(from[i + 2]) < 0)
                        return -EINVAL;
                *to = (char) (hex_digit(from[i + 1]) << 4 | hex_digit(from[i + 2]));
                if (*to++ == '\0')
                        return -EINVAL;
                i += 2;
        }
        *to = '\0';
        return 0;
}

static int parse_one(const char *address, size_t length, char **ret) {
        static const struct {
                const char *key, *prefix;
        } keys[] = { { "path=", "" }, { "abstract=", "@" } };
        const char *end = address + length, *key = startswith(address, "unix:");

        while (key && key < end) {
                size_t size = strcspn(key, ",;");

                FOREACH_ELEMENT(entry, keys) {
                        const char *value = startswith(key, entry->key);
                        size_t prefix = strlen(entry->prefix);
                        CLEANUP(freep) char *path = NULL;
                        int r;

                        if (!value)
                                continue;
                        path = malloc(prefix + size + 1);
                        if (!path)
                                return -ENOMEM;
                        memcpy(path, entry->prefix, prefix);
                        r = unescape(value, (size_t) (key + size - value), path + prefix);
                        if (r < 0)
                                return r;
                        *ret = TAKE_PTR(path);
                        return 0;
                }
                key += size + 1;
        }
        return -EPROTONOSUPPORT;
}

int bus_address_parse(const char *addresses, char **ret) {
        for (const char *address = addresses; *address;) {
                size_t length = strcspn(address, ";");
                int r = parse_one(address, length, ret);

                if (r != -EPROTONOSUPPORT)
                        return r;
                address += length;
                address += *address == ';';
        }
        return -EPROTONOSUPPORT;
}

static int connect_abstract(const char *name) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t length = strlen(name);
        CLEANUP(fd_closep) int fd = -EBADF;

        if (length + 1 > sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path + 1, name, length);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + length)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int connect_address(const char *address) {
        CLEANUP(freep) char *path = NULL;
        int r = bus_address_parse(address, &path);

        if (r < 0)
                return r;
        return path[0] == '@' ? connect_abstract(path + 1) : socket_connect_unix(path);
}

/* Below $XDG_RUNTIME_DIR. */
static int connect_runtime(const char *name) {
        const char *directory = secure_getenv("XDG_RUNTIME_DIR");
        CLEANUP(freep) char *path = NULL;

        if (!directory)
                return -ENXIO;
        return asprintf(&path, "%s/%s", directory, name) < 0 ? -ENOMEM : socket_connect_unix(path);
}

int bus_connect(bool user, bool *ret_on_bus) {
        const char *address = secure_getenv(user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS");
        int fd, private_fd;

        if (address)
                fd = connect_address(address);
        else
                fd = user ? connect_runtime("bus") : socket_connect_unix(SYSTEM_BUS);
        *ret_on_bus = fd >= 0;
        if (fd >= 0)
                return fd;
        private_fd = user ? connect_runtime("systemd/private") : socket_connect_unix(SYSTEM_PRIVATE);
        return private_fd >= 0 ? private_fd : fd;
}
