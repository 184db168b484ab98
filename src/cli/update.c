/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* update: flags, or a file, to the object linux.resources. Invariant: a flag that was not given leaves its limit alone. */

#include "cli/update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/strv.h"
#include "base/text.h"
#include "cli/verb.h"
#include "container/container.h"
#include "container/update.h"
#include "spec/spec.h"

typedef enum ValueKind {
        VALUE_NUMBER,
        VALUE_BYTES,    /* with a suffix, or -1 */
        VALUE_TEXT,
} ValueKind;

/* In the order of sections. */
static const struct {
        UpdateFlag flag;
        const char *name, *section, *key;
        ValueKind kind;
} flags[] = {
        { UPDATE_MEMORY, "memory", "memory", "limit", VALUE_BYTES },
        { UPDATE_MEMORY_RESERVATION, "memory-reservation", "memory", "reservation", VALUE_BYTES },
        { UPDATE_MEMORY_SWAP, "memory-swap", "memory", "swap", VALUE_BYTES },
        { UPDATE_KERNEL_MEMORY, "kernel-memory", "memory", "kernel", VALUE_BYTES },
        { UPDATE_KERNEL_MEMORY_TCP, "kernel-memory-tcp", "memory", "kernelTCP", VALUE_BYTES },
        { UPDATE_CPU_SHARE, "cpu-share", "cpu", "shares", VALUE_NUMBER },
        { UPDATE_CPU_QUOTA, "cpu-quota", "cpu", "quota", VALUE_NUMBER },
        { UPDATE_CPU_PERIOD, "cpu-period", "cpu", "period", VALUE_NUMBER },
        { UPDATE_CPU_BURST, "cpu-burst", "cpu", "burst", VALUE_NUMBER },
        { UPDATE_CPU_RT_RUNTIME, "cpu-rt-runtime", "cpu", "realtimeRuntime", VALUE_NUMBER },
        { UPDATE_CPU_RT_PERIOD, "cpu-rt-period", "cpu", "realtimePeriod", VALUE_NUMBER },
        { UPDATE_CPU_IDLE, "cpu-idle", "cpu", "idle", VALUE_NUMBER },
        { UPDATE_CPUSET_CPUS, "cpuset-cpus", "cpu", "cpus", VALUE_TEXT },
        { UPDATE_CPUSET_MEMS, "cpuset-mems", "cpu", "mems", VALUE_TEXT },
        { UPDATE_PIDS_LIMIT, "pids-limit", "pids", "limit", VALUE_NUMBER },
        { UPDATE_BLKIO_WEIGHT, "blkio-weight", "blockIO", "weight", VALUE_NUMBER },
};

static int add_value(Text *text, const char *name, ValueKind kind, const char *value, Error *error) {
        uint64_t bytes;
        int64_t number;

        if (kind == VALUE_TEXT) {
                text_add_json(text, value);
                return 0;
        }
        if (number_parse_i64(value, INT64_MIN, INT64_MAX, &number) >= 0)
                text_addf(text, "%lld", (long long) number);
        else if (kind == VALUE_BYTES && number_parse_size(value, &bytes) >= 0 && bytes <= INT64_MAX)
                text_addf(text, "%llu", (unsigned long long) bytes);
        else
                return error_set(error, -EINVAL, "invalid value for --%s: \"%s\"", name, value);
        return 0;
}

static int flags_to_json(char *const *values, char **ret, Error *error) {
        CLEANUP(text_done) Text text = {};
        const char *section = NULL;

        text_add(&text, "{");
        FOREACH_ELEMENT(entry, flags) {
                const char *value = values[entry->flag];
                int r;

                if (!value || (entry->kind == VALUE_TEXT && isempty(value)))
                        continue;
                if (!section || !streq(section, entry->section)) {
                        text_addf(&text, "%s\"%s\":{", section ? "}," : "", entry->section);
                        section = entry->section;
                } else
                        text_add(&text, ",");
                text_addf(&text, "\"%s\":", entry->key);
                r = add_value(&text, entry->name, entry->kind, value, error);
                if (r < 0)
                        return r;
        }
        text_add(&text, section ? "}}" : "}");
        *ret = text_take(&text);
        return *ret ? 0 : -ENOMEM;
}

static int read_resources(const char *path, char **ret, Error *error) {
        int r = streq(path, "-") ? fd_read_file(STDIN_FILENO, SPEC_SIZE_MAX, ret, NULL) : file_read_at(AT_FDCWD, path, SPEC_SIZE_MAX, ret, NULL);

        return r < 0 ? error_set(error, r, "%s: %m", streq(path, "-") ? "standard input" : path) : 0;
}

int verb_update(const Arguments *arguments, Error *error) {
        CLEANUP(spec_resources_freep) SpecResources *changes = NULL;
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(freep) char *json = NULL;
        int r;

        if (!isempty(arguments->update[UPDATE_L3_CACHE_SCHEMA]) || !isempty(arguments->update[UPDATE_MEM_BW_SCHEMA]))
                return error_set(error, -EOPNOTSUPP, "--l3-cache-schema, --mem-bw-schema: Intel RDT: the group of a running container is not changed");
        /* That there is no such container is told before anything about the changes; the lock comes after what may wait for somebody to write it. */
        r = open_named_container(arguments, false, &container, error);
        if (r < 0)
                return r;
        container = container_free(container);
        /* As runc has it: with a file, the other flags are not looked at. */
        r = arguments->resources ? read_resources(arguments->resources, &json, error) : flags_to_json(arguments->update, &json, error);
        if (r >= 0)
                r = spec_parse_resources(json, strlen(json), &changes, error);
        if (r >= 0)
                r = open_named_container(arguments, true, &container, error);
        return r < 0 ? r : container_update(container, changes, error);
}
