/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Limits that would only look as if they were set. Invariant: a container never runs without a limit that its bundle asks for. */

#include "cgroup/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"

#define FILE_SIZE_MAX 65536
#define DELEGATE_HINT " (Delegate=cpu cpuset io memory pids in a drop-in of user@.service would give it to users)"

/* A limit that cannot be in force here. An error, but where its caller said that he knows (berth(1), ENVIRONMENT). */
static int PRINTF(3, 4) unmet(Error *error, int number, const char *format, ...) {
        const char *wish = secure_getenv("BERTH_UNMET_LIMITS");
        CLEANUP(text_done) Text text = {};
        va_list arguments;

        va_start(arguments, format);
        text_addv(&text, format, arguments);
        va_end(arguments);
        if (text_failed(&text))
                return -ENOMEM;
        if (!wish || !streq(wish, "warn"))
                return error_set(error, number, "%s", text.string);
        log_warning("%s", text.string);
        return 0;
}

int cgroup_limit_is_unmet(const CgroupFile *file, Error *error) {
        return unmet(error, -EOPNOTSUPP, "%s: the cgroup has no %s%s%s%s%s", file->field ? file->field : file->name, file->name,
                     file->controller ? " (controller " : "", file->controller ? file->controller : "",
                     file->controller ? " is not passed on to it)" : "", process_is_system_root() ? "" : DELEGATE_HINT);
}

static int check_device(const char *field, const char *path, Error *error) {
        const char *number = startswith(path, "/dev/block/");
        char name[PATH_MAX];

        if (!number)
                return 0;
        snprintf(name, sizeof name, "/sys/dev/block/%s", number);
        if (access(name, F_OK) < 0)
                return unmet(error, -ENODEV, "%s: there is no block device %s", field, number);
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
                        r = unmet(error, -EOPNOTSUPP, "%s: controller %s is not available here%s",
                                         property->field ? property->field : property->name, property->controller,
                                         process_is_system_root() ? "" : DELEGATE_HINT);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Where one property is one file with one number, or one set of numbers; or words in the lines of devices, which are prefix and number. */
static const struct {
        const char *property, *file, *prefix;
} files[] = {
        { "MemoryMax", "memory.max" },
        { "MemoryHigh", "memory.high" },
        { "MemorySwapMax", "memory.swap.max" },
        { "TasksMax", "pids.max" },
        { "AllowedCPUs", "cpuset.cpus" },
        { "AllowedMemoryNodes", "cpuset.mems" },
        { "IOReadBandwidthMax", "io.max", "rbps=" },
        { "IOWriteBandwidthMax", "io.max", "wbps=" },
        { "IOReadIOPSMax", "io.max", "riops=" },
        { "IOWriteIOPSMax", "io.max", "wiops=" },
        { "IODeviceLatencyTargetUSec", "io.latency", "target=" },
        { "IODeviceWeight", "io.weight", "" },
};

/* As the kernel reads it (mm/page_counter.c): bytes are rounded down to whole pages, and what is PAGE_COUNTER_MAX or
 * more is no limit. */
static bool number_holds(const Property *property, const char *text) {
        bool memory = startswith(property->name, "Memory");
        uint64_t page = memory ? (uint64_t) sysconf(_SC_PAGESIZE) : 1, value;

        if (property->u64 == UINT64_MAX || (memory && property->u64 / page >= LONG_MAX / page))
                return streq(text, "max");
        return number_parse_u64(text, UINT64_MAX, &value) >= 0 && value == property->u64 / page * page;
}

static bool set_holds(const Property *property, const char *text) {
        NumberSet set;

        return number_set_parse(text, &set) >= 0 && set.n_bytes == property->n_bytes && memcmp(set.bits, property->bytes, set.n_bytes) == 0;
}

/* block/blk-throttle.c keeps operations per second in 32 bits, where all ones are no limit. */
static bool is_no_limit(const char *prefix, uint64_t value) {
        return value == UINT64_MAX || ((streq(prefix, "riops=") || streq(prefix, "wiops=")) && value >= UINT32_MAX);
}

/* systemd may have found another device below that one (device mapper), so that the number alone is looked for. */
static bool limits_hold(const Property *property, const char *prefix, const char *text) {
        CLEANUP(strv_freep) char **words = NULL;

        if (strv_split(text, " \n", &words) < 0)
                return false;
        for (size_t i = 0; i < property->n_limits; i++) {
                char word[64];

                snprintf(word, sizeof word, "%s%" PRIu64, prefix, property->limits[i].value);
                if (!is_no_limit(prefix, property->limits[i].value) && !strv_contains(words, word))
                        return false;
        }
        return true;
}

/* The kernel has weights of devices with io.cost (io.weight) or with the BFQ scheduler. */
static int check_limits(int cgroup_fd, const char *file, const char *prefix, const Property *property, Error *error) {
        const char *field = property->field ? property->field : property->name;
        CLEANUP(freep) char *text = NULL, *bfq = NULL;
        int r = file_read_at(cgroup_fd, file, FILE_SIZE_MAX, &text, NULL);

        if (r >= 0 && limits_hold(property, prefix, text))
                return 0;
        if (!*prefix && file_read_at(cgroup_fd, "io.bfq.weight", FILE_SIZE_MAX, &bfq, NULL) >= 0 && strchr(bfq, ':'))
                return 0;
        return unmet(error, -EOPNOTSUPP, "%s: systemd has taken it, but the kernel has not (%s)", field, file);
}

static int check_file(int cgroup_fd, const char *file, const Property *property, Error *error) {
        const char *field = property->field ? property->field : property->name;
        CLEANUP(freep) char *text = NULL;
        int r = file_read_at(cgroup_fd, file, FILE_SIZE_MAX, &text, NULL);

        /* No controller is cgroup_check_controllers()' concern; no swap is no swap to limit. */
        if (r == -ENOENT && (property->type != PROPERTY_U64 || property->u64 == 0 || property->u64 == UINT64_MAX))
                return 0;
        if (r < 0)
                return unmet(error, r, "%s: %s: %s", field, file, strerror(-r));
        text[strcspn(text, "\n")] = '\0';
        if (property->type == PROPERTY_BYTES ? set_holds(property, text) : number_holds(property, text))
                return 0;
        return unmet(error, -EIO, "%s: systemd has taken it, but the kernel has not (%s is \"%s\")", field, file, text);
}

static int check_property(int cgroup_fd, const Property *property, Error *error) {
        FOREACH_ELEMENT(entry, files)
                if (streq(entry->property, property->name))
                        return entry->prefix ? check_limits(cgroup_fd, entry->file, entry->prefix, property, error)
                                             : check_file(cgroup_fd, entry->file, property, error);
        return 0;
}

int cgroup_check_applied(int cgroup_fd, const ResourceSet *set, Error *error) {
        int r = 0;

        for (size_t i = 0; i < set->n_properties && r >= 0; i++)
                r = check_property(cgroup_fd, &set->properties[i], error);
        return r;
}

/* CPUs and memory nodes that this machine could have. */
static const struct {
        const char *property, *file;
} ranges[] = {
        { "AllowedCPUs", "/sys/devices/system/cpu/possible" },
        { "AllowedMemoryNodes", "/sys/devices/system/node/possible" },
};

static int check_range(const char *file, const Property *property, Error *error) {
        CLEANUP(freep) char *text = NULL;
        NumberSet possible;

        if (file_read_at(AT_FDCWD, file, FILE_SIZE_MAX, &text, NULL) < 0)
                return 0;
        text[strcspn(text, "\n")] = '\0';
        if (number_set_parse(text, &possible) < 0)
                return 0;
        for (size_t i = 0; i < property->n_bytes; i++)
                if (property->bytes[i] & ~(i < possible.n_bytes ? possible.bits[i] : 0))
                        return error_set(error, -ERANGE, "%s: this machine has only %s", property->field ? property->field : property->name, text);
        return 0;
}

/* A limit that is none needs no file. */
static bool is_limit(const Property *property) {
        return property->type != PROPERTY_U64 || (property->u64 != 0 && property->u64 != UINT64_MAX);
}

static int check_possible(int cgroup_fd, const Property *property, Error *error) {
        FOREACH_ELEMENT(entry, ranges)
                if (streq(entry->property, property->name)) {
                        int r = check_range(entry->file, property, error);

                        if (r < 0)
                                return r;
                }
        FOREACH_ELEMENT(entry, files)
                if (streq(entry->property, property->name) && is_limit(property) && faccessat(cgroup_fd, entry->file, F_OK, 0) < 0)
                        return unmet(error, -ENOENT, "%s: the cgroup has no %s", property->field ? property->field : property->name, entry->file);
        return 0;
}

int cgroup_check_possible(int cgroup_fd, const ResourceSet *set, Error *error) {
        int r = 0;

        for (size_t i = 0; i < set->n_properties && r >= 0; i++)
                r = check_possible(cgroup_fd, &set->properties[i], error);
        return r;
}
