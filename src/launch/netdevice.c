/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Interfaces of the host in a container (runtime-spec config-linux.md, Network Devices). An interface travels under a name that nobody else has, so that
 * neither namespace's names are in its way, and gets its name where it arrives. Invariant: an interface is never lost: whatever fails, it is brought back
 * before the namespace goes, with which a virtual one would be destroyed. */

#include "launch/netdevice.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/strv.h"
#include "launch/netlink.h"

#define ADDRESSES_MAX 256

typedef struct Address {
        struct ifaddrmsg body;
        uint8_t local[16], address[16], broadcast[4];
        size_t local_size, address_size, broadcast_size;
        uint32_t flags;
} Address;

typedef struct Addresses {
        unsigned ifindex;
        Address items[ADDRESSES_MAX];
        size_t n_items;
} Addresses;

/* Both sides, each by a descriptor of its namespace (the container's is the caller's) and a socket that was made in it. */
typedef struct Sides {
        int host_ns_fd, host_fd, container_ns_fd, container_fd;
} Sides;

static void sides_done(Sides *sides) {
        fd_close(sides->host_ns_fd);
        fd_close(sides->host_fd);
        fd_close(sides->container_fd);
}

static int sides_open(int ns_fd, Sides *ret) {
        Sides sides = { .host_ns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), .host_fd = -EBADF, .container_fd = -EBADF };
        int r = sides.host_ns_fd < 0 ? -errno : 0;

        sides.container_ns_fd = ns_fd;
        if (r >= 0)
                r = sides.host_fd = netlink_open();
        if (r >= 0)
                r = setns(ns_fd, CLONE_NEWNET) < 0 ? -errno : 0;
        if (r >= 0) {
                r = sides.container_fd = netlink_open();
                if (setns(sides.host_ns_fd, CLONE_NEWNET) < 0)
                        r = -errno;
        }
        if (r < 0) {
                sides_done(&sides);
                return r;
        }
        *ret = sides;
        return 0;
}

/* A name that nobody has: there is one of this process. */
static void travelling_name(char name[static IFNAMSIZ]) {
        snprintf(name, IFNAMSIZ, "berth%u", (unsigned) getpid());
}

/* The kernel's macro casts const away. */
static const void *attribute_value(const struct rtattr *attribute) {
        return (const uint8_t *) attribute + RTA_LENGTH(0);
}

static int take_index(const struct nlmsghdr *message, void *argument) {
        unsigned *index = argument;

        if (message->nlmsg_type == RTM_NEWLINK && message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
                *index = (unsigned) ((const struct ifinfomsg *) netlink_body(message))->ifi_index;
        return 0;
}

/* -ENODEV when there is none of that name. */
static int find_link(int fd, const char *name, unsigned *ret) {
        struct ifinfomsg body = { .ifi_family = AF_UNSPEC };
        NetlinkRequest request;
        int r;

        *ret = 0;
        netlink_begin(&request, RTM_GETLINK, NLM_F_ACK, &body, sizeof body);
        r = netlink_add_string(&request, IFLA_IFNAME, name);
        if (r >= 0)
                r = netlink_dump(fd, &request, take_index, ret);
        return r < 0 ? r : *ret == 0 ? -ENODEV : 0;
}

/* name, target namespace: NULL and -1 to leave them. up: -1 to leave it. */
static int change_link(int fd, unsigned index, const char *name, int ns_fd, int up) {
        struct ifinfomsg body = { .ifi_family = AF_UNSPEC, .ifi_index = (int) index };
        NetlinkRequest request;
        uint32_t number = (uint32_t) ns_fd;
        int r = 0;

        if (up >= 0) {
                body.ifi_change = IFF_UP;
                body.ifi_flags = up ? IFF_UP : 0;
        }
        netlink_begin(&request, RTM_NEWLINK, 0, &body, sizeof body);
        if (name)
                r = netlink_add_string(&request, IFLA_IFNAME, name);
        if (r >= 0 && ns_fd >= 0)
                r = netlink_add(&request, IFLA_NET_NS_FD, &number, sizeof number);
        return r < 0 ? r : netlink_call(fd, &request);
}

static size_t copy_value(void *to, size_t maximum, const struct rtattr *from) {
        size_t size = RTA_PAYLOAD(from);

        if (size > maximum)
                return 0;
        memcpy(to, attribute_value(from), size);
        return size;
}

static int take_address(const struct nlmsghdr *message, void *argument) {
        const struct ifaddrmsg *body = netlink_body(message);
        Addresses *addresses = argument;
        Address address = {};
        const struct rtattr *entry;
        size_t rest;

        if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof *body) || body->ifa_index != addresses->ifindex)
                return 0;
        address.body = *body;
        address.flags = body->ifa_flags;
        rest = message->nlmsg_len - NLMSG_LENGTH(sizeof *body);
        entry = (const struct rtattr *) (const void *) ((const uint8_t *) body + NLMSG_ALIGN(sizeof *body));
        for (; RTA_OK(entry, rest); rest -= RTA_ALIGN(entry->rta_len), entry = (const struct rtattr *) (const void *) ((const uint8_t *) entry + RTA_ALIGN(entry->rta_len)))
                switch (entry->rta_type) {
                case IFA_ADDRESS:
                        address.address_size = copy_value(address.address, sizeof address.address, entry);
                        break;
                case IFA_LOCAL:
                        address.local_size = copy_value(address.local, sizeof address.local, entry);
                        break;
                case IFA_BROADCAST:
                        address.broadcast_size = copy_value(address.broadcast, sizeof address.broadcast, entry);
                        break;
                case IFA_FLAGS:
                        (void) copy_value(&address.flags, sizeof address.flags, entry);
                        break;
                }
        /* The specification: permanent ones of global scope. */
        if ((address.flags & IFA_F_PERMANENT) == 0 || body->ifa_scope != RT_SCOPE_UNIVERSE)
                return 0;
        if (addresses->n_items >= ADDRESSES_MAX)
                return -E2BIG;
        addresses->items[addresses->n_items++] = address;
        return 0;
}

static int get_addresses(int fd, unsigned index, Addresses *ret) {
        struct ifaddrmsg body = { .ifa_family = AF_UNSPEC };
        NetlinkRequest request;

        ret->ifindex = index;
        ret->n_items = 0;
        netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, &body, sizeof body);
        return netlink_dump(fd, &request, take_address, ret);
}

static int add_address(int fd, unsigned index, const Address *address) {
        struct ifaddrmsg body = address->body;
        uint32_t flags = address->flags & ~(uint32_t) (IFA_F_TENTATIVE | IFA_F_DADFAILED);
        NetlinkRequest request;
        int r = 0;

        body.ifa_index = index;
        body.ifa_flags = (uint8_t) flags;
        netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof body);
        if (address->address_size > 0)
                r = netlink_add(&request, IFA_ADDRESS, address->address, address->address_size);
        if (r >= 0 && address->local_size > 0)
                r = netlink_add(&request, IFA_LOCAL, address->local, address->local_size);
        if (r >= 0 && address->broadcast_size > 0)
                r = netlink_add(&request, IFA_BROADCAST, address->broadcast, address->broadcast_size);
        if (r >= 0)
                r = netlink_add(&request, IFA_FLAGS, &flags, sizeof flags);
        return r < 0 ? r : netlink_call(fd, &request);
}

static int add_addresses(int fd, unsigned index, const Addresses *addresses) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < addresses->n_items; i++)
                r = add_address(fd, index, &addresses->items[i]);
        return r;
}

static const char *name_inside(const SpecNetDevice *device) {
        return isempty(device->name) ? device->host_name : device->name;
}

/* Back to the host; under its own name there, or under the travelling one if that is taken. */
static void bring_back(const Sides *sides, unsigned index, const char *travelling, const SpecNetDevice *device) {
        unsigned host_index;
        int r;

        (void) change_link(sides->container_fd, index, NULL, -1, 0);
        (void) change_link(sides->container_fd, index, travelling, -1, -1);
        r = change_link(sides->container_fd, index, NULL, sides->host_ns_fd, -1);
        if (r >= 0)
                r = find_link(sides->host_fd, travelling, &host_index);
        if (r >= 0)
                r = change_link(sides->host_fd, host_index, device->host_name, -1, -1);
        if (r < 0)
                log_warning("linux.netDevices[\"%s\"]: cannot be brought back: %s", device->host_name, strerror(-r));
}

/* The interface is in the container, nameless; what is left is inside of it. */
static int settle(const Sides *sides, const char *travelling, const SpecNetDevice *device, const Addresses *addresses) {
        unsigned index;
        int r = find_link(sides->container_fd, travelling, &index);

        if (r < 0)
                return r;
        r = change_link(sides->container_fd, index, name_inside(device), -1, -1);
        if (r >= 0)
                r = change_link(sides->container_fd, index, NULL, -1, 1);
        /* IPv6 addresses stay only on what is up. */
        if (r >= 0)
                r = add_addresses(sides->container_fd, index, addresses);
        if (r < 0)
                bring_back(sides, index, travelling, device);
        return r;
}

static int move_device(const Sides *sides, const SpecNetDevice *device, Addresses *addresses) {
        char travelling[IFNAMSIZ];
        unsigned index;
        int r = find_link(sides->host_fd, device->host_name, &index);

        if (r >= 0)
                r = get_addresses(sides->host_fd, index, addresses);
        if (r < 0)
                return r;
        travelling_name(travelling);
        /* An interface that is up keeps its name on older kernels. */
        r = change_link(sides->host_fd, index, NULL, -1, 0);
        if (r >= 0)
                r = change_link(sides->host_fd, index, travelling, -1, -1);
        if (r < 0)
                return r;
        r = change_link(sides->host_fd, index, NULL, sides->container_ns_fd, -1);
        if (r >= 0)
                return settle(sides, travelling, device, addresses);
        (void) change_link(sides->host_fd, index, device->host_name, -1, -1);
        return r;
}

/* What was up with addresses is that again. */
static void restore_on_host(const Sides *sides, const SpecNetDevice *device, const Addresses *addresses) {
        unsigned index;

        if (find_link(sides->host_fd, device->host_name, &index) < 0)
                return;
        (void) change_link(sides->host_fd, index, NULL, -1, 1);
        (void) add_addresses(sides->host_fd, index, addresses);
}

int net_devices_move(const SpecNetDevice *devices, size_t n_devices, int ns_fd, Error *error) {
        CLEANUP(freep) Addresses *addresses = malloc(sizeof(Addresses));
        Sides sides;
        int r;

        if (!addresses)
                return -ENOMEM;
        r = sides_open(ns_fd, &sides);
        if (r < 0)
                return error_set(error, r, "linux.netDevices: network namespace: %m");
        for (size_t i = 0; r >= 0 && i < n_devices; i++) {
                addresses->n_items = 0;
                r = move_device(&sides, &devices[i], addresses);
                if (r >= 0)
                        continue;
                error_set(error, r, "linux.netDevices[\"%s\"]: %m", devices[i].host_name);
                restore_on_host(&sides, &devices[i], addresses);
                net_devices_return(devices, i, ns_fd);
        }
        sides_done(&sides);
        return r;
}

void net_devices_return(const SpecNetDevice *devices, size_t n_devices, int ns_fd) {
        CLEANUP(freep) Addresses *addresses = malloc(sizeof(Addresses));
        char travelling[IFNAMSIZ];
        Sides sides;

        if (!addresses || sides_open(ns_fd, &sides) < 0)
                return;
        travelling_name(travelling);
        for (size_t i = 0; i < n_devices; i++) {
                unsigned index;

                if (find_link(sides.container_fd, name_inside(&devices[i]), &index) < 0 || get_addresses(sides.container_fd, index, addresses) < 0)
                        continue;
                bring_back(&sides, index, travelling, &devices[i]);
                restore_on_host(&sides, &devices[i], addresses);
        }
        sides_done(&sides);
}
