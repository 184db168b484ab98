/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* As much of rtnetlink(7) as moving interfaces needs: one request, one answer. A socket belongs to the network namespace that it was made in. */

#define NETLINK_SIZE_MAX 4096

typedef union NetlinkRequest {
        struct nlmsghdr header;
        char bytes[NETLINK_SIZE_MAX];
} NetlinkRequest;

int netlink_open(void);

/* What follows the header; the kernel's macro casts const away. */
static inline const void *netlink_body(const struct nlmsghdr *message) {
        return (const uint8_t *) message + NLMSG_HDRLEN;
}

/* Begins a request; size bytes follow the header (struct ifinfomsg and the like). */
void netlink_begin(NetlinkRequest *request, uint16_t type, uint16_t flags, const void *body, size_t size);
/* -ENOBUFS when it does not fit; a request that failed once is not sent. */
int netlink_add(NetlinkRequest *request, uint16_t attribute, const void *value, size_t size);
int netlink_add_string(NetlinkRequest *request, uint16_t attribute, const char *value);
/* Sends and waits for the acknowledgement: 0, or what the kernel says. */
int netlink_call(int fd, NetlinkRequest *request);

/* Calls back for each message of the answer; a negative result ends it. */
typedef int (*NetlinkHandler)(const struct nlmsghdr *message, void *argument);
int netlink_dump(int fd, NetlinkRequest *request, NetlinkHandler handler, void *argument);
