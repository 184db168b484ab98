/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One connection. Invariants: nothing that a stranger sends can make it hold more than IN_SIZE bytes (what is longer is read over: nothing that we wait for
 * is); nothing blocks beyond its deadline.
 *
 * The greeting is one write: the authentication, its end and the call of Hello. dbus-daemon, dbus-broker and PID 1 take it so, and by the time that a request
 * is made the answers are there. */

#include "systemd/link.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"

#define IN_SIZE 16384
/* EXTERNAL: the kernel tells who we are; no name given, as another user namespace has other numbers for us. */
#define GREETING "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"

struct Link {
        int fd;
        bool on_bus;
        bool closed;            /* the peer has gone */
        bool accepted;          /* what follows are messages */
        uint32_t serial;        /* of the last message sent */
        uint32_t hello_serial;  /* 0: answered, or never asked */
        char *name;
        Wire out;
        size_t in_used;         /* bytes of the message that was looked at last */
        size_t in_size;
        size_t to_skip;         /* bytes still to come of a message that is too long */
        uint8_t in[IN_SIZE];
};

static void add_hello(Link *link) {
        WireCall call = {
                .destination = "org.freedesktop.DBus", .path = "/org/freedesktop/DBus", .interface = "org.freedesktop.DBus", .member = "Hello",
        };

        (void) link_begin(link, &call);
        link->hello_serial = call.serial;
}

int link_new(int fd, bool on_bus, Link **ret) {
        /* Not cleared: a page that is not touched costs nothing. */
        Link *link = malloc(sizeof *link);
        int r;

        if (!link) {
                fd_close(fd);
                return -ENOMEM;
        }
        memset(link, 0, offsetof(Link, in));
        link->fd = fd;
        link->on_bus = on_bus;
        text_add_bytes(&link->out.bytes, GREETING, sizeof GREETING - 1);
        if (on_bus)
                add_hello(link);
        r = link_send(link, usec_monotonic() + USEC_PER_SEC);
        if (r < 0) {
                link_close(link);
                return r;
        }
        *ret = link;
        return 0;
}

Link *link_close(Link *link) {
        if (!link)
                return NULL;
        fd_close(link->fd);
        free(link->name);
        wire_done(&link->out);
        free(link);
        return NULL;
}

bool link_is_on_bus(const Link *link) {
        return link->on_bus;
}

bool link_is_closed(const Link *link) {
        return link->closed;
}

int link_fd(const Link *link) {
        return link->fd;
}

/* ---- out ---- */

Wire *link_begin(Link *link, WireCall *call) {
        call->serial = ++link->serial;
        /* Without a bus there are no names. */
        if (!link->on_bus)
                call->destination = NULL;
        wire_begin(&link->out, call);
        return &link->out;
}

Wire *link_wire(Link *link) {
        return &link->out;
}

static int wait_for(const Link *link, short events, uint64_t deadline_usec) {
        struct pollfd p = { .fd = link->fd, .events = events };
        uint64_t now_usec = usec_monotonic(), left_usec = deadline_usec > now_usec ? deadline_usec - now_usec : 0;
        int r;

        if (left_usec > 3600 * USEC_PER_SEC)
                left_usec = 3600 * USEC_PER_SEC;
        r = poll(&p, 1, (int) ((left_usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC));
        return r < 0 ? (errno == EINTR ? 1 : -errno) : r;
}

int link_send(Link *link, uint64_t deadline_usec) {
        int r = wire_end(&link->out);

        for (size_t done = 0; r >= 0 && done < link->out.bytes.length;) {
                ssize_t n = send(link->fd, link->out.bytes.string + done, link->out.bytes.length - done, MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n >= 0)
                        done += (size_t) n;
                else if (errno == EAGAIN) {
                        r = wait_for(link, POLLOUT, deadline_usec);
                        r = r == 0 ? -ETIME : r;
                } else if (errno != EINTR)
                        r = errno == EPIPE ? -ECONNRESET : -errno;
        }
        wire_done(&link->out);
        link->closed |= r == -ECONNRESET;
        return r < 0 ? r : 0;
}

/* ---- in ---- */

static void drop(Link *link, size_t size) {
        link->in_size -= size;
        memmove(link->in, link->in + size, link->in_size);
}

/* What came of looking at what is there, or of waiting for more. */
enum {
        NOTHING = 0,
        MESSAGE = 1,            /* for the caller */
        OURS = 2,               /* handled here; look again */
};

/* The answers to the greeting are lines: "DATA", "OK <id of the bus>". */
static int take_line(Link *link) {
        const char *line = (const char *) link->in, *end = memmem(link->in, link->in_size, "\r\n", 2);
        size_t length = end ? (size_t) (end - line) : 0;

        if (!end)
                return link->in_size == IN_SIZE ? -EPROTO : NOTHING;
        if (length >= 2 && memcmp(line, "OK", 2) == 0)
                link->accepted = true;
        else if (length >= 8 && memcmp(line, "REJECTED", 8) == 0)
                return -EACCES;
        else if (length < 4 || memcmp(line, "DATA", 4) != 0)
                return -EPROTO;
        drop(link, length + 2);
        return OURS;
}

static int take_name(Link *link, WireMessage *message) {
        const char *name;

        link->hello_serial = 0;
        if (message->type != WIRE_REPLY)
                return -EACCES;
        if (wire_read_string(message, 's', &name) < 0)
                return -EPROTO;
        link->name = strdup(name);
        return link->name ? OURS : -ENOMEM;
}

static void skip(Link *link) {
        size_t size = link->to_skip < link->in_size ? link->to_skip : link->in_size;

        drop(link, size);
        link->to_skip -= size;
}

static int take_message(Link *link, WireMessage *ret) {
        size_t size;
        int r;

        drop(link, TAKE(link->in_used, 0));
        skip(link);
        if (link->in_size < WIRE_HEAD_SIZE)
                return NOTHING;
        r = wire_message_size(link->in, &size);
        if (r < 0)
                return r;
        if (size > IN_SIZE) {
                link->to_skip = size;
                return OURS;
        }
        if (link->in_size < size)
                return NOTHING;
        link->in_used = size;
        r = wire_parse(link->in, size, ret);
        if (r < 0)
                return OURS; /* of a kind that we do not know; whoever sent it does not stop us */
        return link->hello_serial > 0 && ret->reply_serial == link->hello_serial ? take_name(link, ret) : MESSAGE;
}

/* OURS: there is more. */
static int read_more(Link *link, uint64_t deadline_usec) {
        for (;;) {
                ssize_t n = recv(link->fd, link->in + link->in_size, IN_SIZE - link->in_size, MSG_DONTWAIT);
                int r;

                if (n > 0) {
                        link->in_size += (size_t) n;
                        return OURS;
                }
                if (n == 0)
                        return -ECONNRESET;
                if (errno != EAGAIN && errno != EINTR)
                        return -errno;
                if (usec_monotonic() >= deadline_usec)
                        return NOTHING;
                r = wait_for(link, POLLIN, deadline_usec);
                if (r < 0)
                        return r;
        }
}

static int next(Link *link, uint64_t deadline_usec, WireMessage *ret) {
        int r = link->accepted ? take_message(link, ret) : take_line(link);

        return r == NOTHING ? read_more(link, deadline_usec) : r;
}

int link_receive(Link *link, uint64_t deadline_usec, WireMessage *ret) {
        int r;

        do
                r = next(link, deadline_usec, ret);
        while (r == OURS);
        link->closed |= r == -ECONNRESET;
        return r;
}

int link_get_name(Link *link, uint64_t deadline_usec, const char **ret) {
        WireMessage message;

        if (!link->on_bus)
                return -EOPNOTSUPP;
        while (!link->name) {
                int r = next(link, deadline_usec, &message);

                link->closed |= r == -ECONNRESET;
                if (r != OURS)
                        return r < 0 ? r : r == NOTHING ? -ETIME : -EPROTO; /* no message comes before this answer */
        }
        *ret = link->name;
        return 0;
}
