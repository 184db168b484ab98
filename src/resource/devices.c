/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Device rules. Invariant: the order of the specification is kept to the program in the kernel; nothing is merged or sorted. */

#include "resource/devices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ANY -1

/* Making a node does no harm without the right to open it. The console is not here: in a container it is a pty, and 5:1 would
 * be the host's. */
static const DeviceRule default_rules[] = {
        { .allow = true, .type = 'c', .major = ANY, .minor = ANY, .mknod = true },
        { .allow = true, .type = 'b', .major = ANY, .minor = ANY, .mknod = true },
        { .allow = true, .type = 'c', .major = 1, .minor = 3, .read = true, .write = true, .mknod = true },      /* null */
        { .allow = true, .type = 'c', .major = 1, .minor = 5, .read = true, .write = true, .mknod = true },      /* zero */
        { .allow = true, .type = 'c', .major = 1, .minor = 7, .read = true, .write = true, .mknod = true },      /* full */
        { .allow = true, .type = 'c', .major = 1, .minor = 8, .read = true, .write = true, .mknod = true },      /* random */
        { .allow = true, .type = 'c', .major = 1, .minor = 9, .read = true, .write = true, .mknod = true },      /* urandom */
        { .allow = true, .type = 'c', .major = 5, .minor = 0, .read = true, .write = true, .mknod = true },      /* tty */
        { .allow = true, .type = 'c', .major = 5, .minor = 2, .read = true, .write = true, .mknod = true },      /* ptmx */
        { .allow = true, .type = 'c', .major = 136, .minor = ANY, .read = true, .write = true, .mknod = true },  /* pts/N */
};

static int parse_access(const char *access, DeviceRule *rule) {
        for (const char *p = access; *p; p++)
                if (*p == 'r')
                        rule->read = true;
                else if (*p == 'w')
                        rule->write = true;
                else if (*p == 'm')
                        rule->mknod = true;
                else if (*p != 'a') /* stands for no access, as with runc */
                        return -EINVAL;
        return 0;
}

static int compile_rule(const SpecDeviceRule *spec, size_t i, DeviceRule *ret, Error *error) {
        static const char types[] = { [0] = 'a', [SPEC_DEVICE_ALL] = 'a', [SPEC_DEVICE_CHARACTER] = 'c',
                                      [SPEC_DEVICE_BLOCK] = 'b' };
        DeviceRule rule = {
                .allow = spec->allow,
                .major = spec->major.set ? spec->major.value : ANY,
                .minor = spec->minor.set ? spec->minor.value : ANY,
        };

        if ((size_t) spec->type >= sizeof types || !types[spec->type])
                return error_set(error, -EINVAL, "linux.resources.devices[%zu].type: must be \"a\", \"b\" or \"c\"", i);
        rule.type = types[spec->type];
        if (rule.major < ANY)
                return error_set(error, -EINVAL, "linux.resources.devices[%zu].major: must be -1 (any) or more, not %" PRIi64, i,
                                 rule.major);
        if (rule.minor < ANY)
                return error_set(error, -EINVAL, "linux.resources.devices[%zu].minor: must be -1 (any) or more, not %" PRIi64, i,
                                 rule.minor);
        /* An empty string is what an absent one becomes on its way through callers in Go. */
        if (parse_access(spec->access && *spec->access ? spec->access : "rwm", &rule) < 0)
                return error_set(error, -EINVAL,
                                 "linux.resources.devices[%zu].access: \"%s\" has something else than r, w, m and a", i,
                                 spec->access);
        *ret = rule;
        return 0;
}

int devices_compile(const SpecResources *resources, ResourceSet *set, Error *error) {
        size_t n = resources ? resources->n_devices : 0;
        DeviceRule *rules = calloc(n + ELEMENTSOF(default_rules), sizeof *rules);

        if (!rules)
                return -ENOMEM;
        set->devices = rules;
        for (size_t i = 0; i < n; i++) {
                int r = compile_rule(&resources->devices[i], i, &rules[i], error);

                if (r < 0)
                        return r;
        }
        memcpy(rules + n, default_rules, sizeof default_rules);
        set->n_devices = n + ELEMENTSOF(default_rules);
        return 0;
}
