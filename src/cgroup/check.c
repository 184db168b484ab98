/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Limits that would only look as if they were set. Invariant: a container never runs without a limit that its bundle asks for. */

#include "cgroup/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"

#define FILE_SIZE_MAX 4096
#define DELEGATE_HINT " (Delegate=cpu cpuset io memory pids in a drop-in of user@.service would give it to users)"

static int check_device(const char *field, const char *path, Error *error) {
        const char *number = startswith(path, "/dev/block/");
        char name[PATH_MAX];

        if (!number)
                return 0;
        snprintf(name, sizeof name, "/sys/dev/block/%s", number);
        if (access(name, F_OK) < 0)
                return error_set(error, -ENODEV, "%s: there is no block device %s", field, number);
        snprintf(name, sizeof name, "/sys/dev/block/%s/partition", number);
        if (access(name, F_OK) >= 0)
                return error_set(error, -EINVAL, "%s: block device %s is a partition, only whole disks can be limited", field,
                                 number);
        return 0;
}

int cgroup_check_devices(const ResourceSet *set, Error *error) {
        for (size_t i = 0; i < set->n_properties; i++) {
                const Property *property = &set->properties[i];

                if (property->type != PROPERTY_DEVICE_LIMITS)
                        continue;
                for (size_t j = 0; j < property->n_limits; j++) {
                        int r = check_device(property->field ? property->field : property->name, property->limits[j].path, error);

                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

int cgroup_check_controllers(int cgroup_fd, const ResourceSet *set, Error *error) {
        CLEANUP(strv_freep) char **controllers = NULL;

        for (size_t i = 0; i < set->n_properties; i++) {
                const Property *property = &set->properties[i];
                CLEANUP(freep) char *text = NULL;
                int r = 0;

                if (!property->controller)
                        continue;
                if (!controllers)
                        r = file_read_at(cgroup_fd, "cgroup.controllers", FILE_SIZE_MAX, &text, NULL);
                if (r >= 0 && text)
                        r = strv_split(text, " \n", &controllers);
                if (r < 0)
                        return error_set(error, r, "cgroup.controllers: %m");
                if (!strv_contains(controllers, property->controller))
                        return error_set(error, -EOPNOTSUPP, "%s: controller %s is not available here%s",
                                         property->field ? property->field : property->name, property->controller,
                                         geteuid() == 0 ? "" : DELEGATE_HINT);
        }
        return 0;
}
