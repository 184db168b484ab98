/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtnetlink by hand: a library for it is more than all of this. Invariant: lengths that the kernel gives are checked before they are used. */

#include "launch/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

#define ANSWER_SIZE 32768

int netlink_open(void) {
        struct sockaddr_nl address = { .nl_family = AF_NETLINK };
        CLEANUP(fd_closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

        if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        return TAKE_FD(fd);
}

void netlink_begin(NetlinkRequest *request, uint16_t type, uint16_t flags, const void *body, size_t size) {
        memset(request, 0, sizeof *request);
        request->header.nlmsg_len = (uint32_t) NLMSG_LENGTH(size);
        request->header.nlmsg_type = type;
        request->header.nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags);
        memcpy(NLMSG_DATA(&request->header), body, size);
}

int netlink_add(NetlinkRequest *request, uint16_t attribute, const void *value, size_t size) {
        size_t offset = NLMSG_ALIGN(request->header.nlmsg_len);
        struct rtattr *entry = (struct rtattr *) (void *) (request->bytes + offset);

        if (offset + RTA_SPACE(size) > sizeof *request)
                return -ENOBUFS;
        entry->rta_type = attribute;
        entry->rta_len = (unsigned short) RTA_LENGTH(size);
        memcpy(RTA_DATA(entry), value, size);
        request->header.nlmsg_len = (uint32_t) (offset + RTA_ALIGN(entry->rta_len));
        return 0;
}

int netlink_add_string(NetlinkRequest *request, uint16_t attribute, const char *value) {
        return netlink_add(request, attribute, value, strlen(value) + 1);
}

static int send_request(int fd, const NetlinkRequest *request) {
        ssize_t n;

        do
                n = send(fd, request->bytes, request->header.nlmsg_len, 0);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : 0;
}

/* 1: go on receiving. */
static int take_messages(const char *bytes, size_t size, NetlinkHandler handler, void *argument) {
        const struct nlmsghdr *message = (const struct nlmsghdr *) (const void *) bytes;

        while (NLMSG_OK(message, size)) {
                size_t length = NLMSG_ALIGN(message->nlmsg_len);
                int r;

                if (message->nlmsg_type == NLMSG_DONE)
                        return 0;
                if (message->nlmsg_type == NLMSG_ERROR)
                        return message->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)) ? -EBADMSG :
                                ((const struct nlmsgerr *) netlink_body(message))->error;
                r = handler ? handler(message, argument) : 0;
                if (r < 0)
                        return r;
                if (length >= size)
                        break;
                size -= length;
                message = (const struct nlmsghdr *) (const void *) ((const uint8_t *) message + length);
        }
        return 1;
}

int netlink_dump(int fd, NetlinkRequest *request, NetlinkHandler handler, void *argument) {
        union {
                struct nlmsghdr header;
                char bytes[ANSWER_SIZE];
        } answer;
        int r = send_request(fd, request);

        if (r < 0)
                return r;
        do {
                ssize_t n = recv(fd, answer.bytes, sizeof answer, 0);

                if (n < 0 && errno == EINTR)
                        r = 1;
                else
                        r = n < 0 ? -errno : n == 0 ? -ECONNRESET : take_messages(answer.bytes, (size_t) n, handler, argument);
        } while (r > 0);
        return r;
}

int netlink_call(int fd, NetlinkRequest *request) {
        request->header.nlmsg_flags |= NLM_F_ACK;
        return netlink_dump(fd, request, NULL, NULL);
}
