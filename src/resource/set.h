/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

/* The resource set: what a spec asks of systemd and of the cgroup, as data. Built by resource/, printed by `berth plan`, sent
 * by systemd/, written by cgroup/. One owner for each knob: what systemd has a property for is a property and never a file. */

/* D-Bus types that properties have (org.freedesktop.systemd1(5)). */
typedef enum PropertyType {
        PROPERTY_BOOL,          /* b */
        PROPERTY_I32,           /* i */
        PROPERTY_U32,           /* u */
        PROPERTY_I64,           /* x */
        PROPERTY_U64,           /* t */
        PROPERTY_STRING,        /* s */
        PROPERTY_STRV,          /* as */
        PROPERTY_BYTES,         /* ay */
        PROPERTY_DEVICE_LIMITS, /* a(st) */
        PROPERTY_PIDS,          /* au */
} PropertyType;

typedef struct DeviceLimit {
        char *path;             /* "/dev/block/MAJOR:MINOR": parsed by systemd without looking at the file (240) */
        uint64_t value;
} DeviceLimit;

typedef struct Property {
        const char *name;       /* static, or owned_name */
        char *owned_name;
        PropertyType type;
        bool optional;          /* dropped when the running systemd does not know it */
        const char *field;      /* where it comes from, for messages: "linux.resources.memory.limit"; NULL for berth's own */
        const char *controller; /* of the cgroup, that must be there for it to have an effect; NULL: none */
        union {
                bool boolean;
                int64_t i64;    /* also PROPERTY_I32 */
                uint64_t u64;   /* also PROPERTY_U32 */
                char *string;
                char **strv;
                struct {
                        uint8_t *bytes;
                        size_t n_bytes;
                };
                struct {
                        DeviceLimit *limits;
                        size_t n_limits;
                };
                struct {
                        uint32_t *pids;
                        size_t n_pids;
                };
        };
} Property;

/* A file of the container's cgroup for which systemd has no property; of a cgroup that is not systemd's, any. */
typedef struct CgroupFile {
        char *name;             /* "cpu.max.burst"; never with a slash */
        char *value;            /* written with one write(2) */
        const char *controller; /* that must be enabled above: "hugetlb"; NULL: one that Delegate= brings */
        const char *field;
        bool optional;          /* absent file is fine */
        const char *only_if;    /* what the file must begin with to be written; NULL: it is always written */
        bool limit;             /* stands for a property: where it is absent the limit cannot be in force here */
        const char *alternative; /* absent is fine where this file is there; NULL: none */
} CgroupFile;

/* One rule of linux.resources.devices, in the spec's order. */
typedef struct DeviceRule {
        bool allow;
        char type;              /* 'a', 'b', 'c' */
        int64_t major, minor;   /* -1: any */
        bool read, write, mknod;
} DeviceRule;

typedef struct ResourceSet {
        char *unit;             /* "berth-web.scope" */
        char *slice;            /* "berth.slice" */
        char *cgroup;           /* instead of both: a cgroup that berth makes, below one that is delegated to the caller; then there are no properties */
        char *supervising_unit; /* to which that one belongs */
        char *delegated_cgroup; /* of that unit */
        Property *properties;
        size_t n_properties;
        CgroupFile *files;
        size_t n_files;
        DeviceRule *devices;    /* empty: no device program */
        size_t n_devices;
        bool managed_inside;    /* the payload may make cgroups below its own */
        char **payload_files;   /* of the cgroup, for the payload's user to write to */
        bool has_payload_user;
        uint32_t payload_user;  /* uid on the host */
        bool has_owner;         /* the cgroup becomes a user's */
        uint32_t owner;         /* uid on the host */
} ResourceSet;

/* Appends an entry, zeroed but for name; NULL without memory. */
Property *resource_set_add_property(ResourceSet *set, const char *name, PropertyType type);
CgroupFile *resource_set_add_file(ResourceSet *set, const char *name);
/* The first n files become the last ones. */
int resource_set_rotate_files(ResourceSet *set, size_t n);
/* The property of that name, or NULL. */
const Property *resource_set_find(const ResourceSet *set, const char *name);

/* Same name, type and value. */
bool property_equal(const Property *a, const Property *b);
void property_done(Property *property);
/* Frees what the set holds and the set. */
ResourceSet *resource_set_free(ResourceSet *set);
DEFINE_CLEANUP(ResourceSet *, resource_set_free)
