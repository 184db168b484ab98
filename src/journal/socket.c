/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* journald's native protocol and its stream protocol, as system calls. Invariant: nothing in here waits for journald. */

#include "journal/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

/* journald reads what is longer than a datagram may be from a sealed memfd. */
#define SEND_BUFFER (8 * 1024 * 1024)
/* In one system call. */
#define SEND_MAX 64

static int connect_to(int type, const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = -EBADF;
        int size = SEND_BUFFER;

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
                (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        return TAKE_FD(fd);
}

int journal_connect(const char *path) {
        return connect_to(SOCK_DGRAM | SOCK_NONBLOCK, path ? path : JOURNAL_SOCKET);
}

static int send_memfd(int fd, const struct iovec *entry) {
        CLEANUP(fd_closep) int memfd = memfd_sealed("journal", entry->iov_base, entry->iov_len);
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = {};
        struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof control };

        if (memfd < 0)
                return memfd;
        control.header = (struct cmsghdr) { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.header), &memfd, sizeof memfd);
        return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Returns how many went, at least one. */
static int send_some(int fd, struct iovec *entries, size_t n) {
        struct mmsghdr messages[SEND_MAX];
        int r;

        if (n > SEND_MAX)
                n = SEND_MAX;
        for (size_t i = 0; i < n; i++)
                messages[i] = (struct mmsghdr) { .msg_hdr = { .msg_iov = &entries[i], .msg_iovlen = 1 } };
        do
                r = sendmmsg(fd, messages, (unsigned) n, MSG_NOSIGNAL);
        while (r < 0 && errno == EINTR);
        if (r > 0)
                return r;
        /* Of the first one. */
        if (errno != EMSGSIZE)
                return -errno;
        r = send_memfd(fd, entries);
        return r < 0 ? r : 1;
}

int journal_send(int fd, struct iovec *entries, size_t n, size_t *ret_sent) {
        for (*ret_sent = 0; *ret_sent < n;) {
                int r = send_some(fd, entries + *ret_sent, n - *ret_sent);

                if (r < 0)
                        return r;
                *ret_sent += (size_t) r;
        }
        return 0;
}

/* What would end its line of the header, or is no part of a name. */
static void add_header_line(Text *header, const char *line) {
        for (const char *c = line; *c; c++)
                text_add_bytes(header, (unsigned char) *c < ' ' ? "?" : c, 1);
        text_add(header, "\n");
}

int journal_stream_open(const char *identifier, const char *unit, int priority) {
        CLEANUP(fd_closep) int fd = connect_to(SOCK_STREAM, JOURNAL_STREAM_SOCKET);
        CLEANUP(text_done) Text header = {};
        int r;

        if (fd < 0)
                return fd;
        add_header_line(&header, identifier);
        add_header_line(&header, unit ? unit : "");
        /* Priority; "<3>" in front of a line is heeded; nothing is forwarded to syslog, kmsg or the console. */
        text_addf(&header, "%d\n1\n0\n0\n0\n", priority);
        if (text_failed(&header))
                return -ENOMEM;
        if (shutdown(fd, SHUT_RD) < 0)
                return -errno;
        r = fd_write_all(fd, header.string, header.length);
        return r < 0 ? r : TAKE_FD(fd);
}
