/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Figures in the schema of runc's events, which every consumer reads, filled from v2 files. Members that v2 has no figure for
 * are there as runc has them: 0 where its schema always has the member, absent where it leaves out what is empty. */

#include <inttypes.h>
#include <string.h>

#include "base/strv.h"
#include "cgroup/stats.h"

#define NSEC_PER_USEC 1000

/* An object that is being written: commas come by themselves. */
typedef struct Object {
        Text *text;
        bool any;
} Object;

static Object begin(Text *text) {
        text_add(text, "{");
        return (Object) { .text = text };
}

static void end(Object *object) {
        text_add(object->text, "}");
}

static Text *member(Object *object, const char *name) {
        if (object->any)
                text_add(object->text, ",");
        object->any = true;
        text_add_json(object->text, name);
        text_add(object->text, ":");
        return object->text;
}

static void add_number(Object *object, const char *name, uint64_t value) {
        text_addf(member(object, name), "%" PRIu64, value);
}

/* For members that runc leaves out when they are 0. */
static void add_positive(Object *object, const char *name, uint64_t value) {
        if (value > 0)
                add_number(object, name, value);
}

/* Without regard to the locale, as %f would have. */
static void add_percent(Object *object, const char *name, double value) {
        uint64_t hundredths = (uint64_t) (value * 100 + 0.5);

        text_addf(member(object, name), "%" PRIu64 ".%02" PRIu64, hundredths / 100, hundredths % 100);
}

static void add_pressure_line(Object *object, const char *name, const StatsPressureLine *line) {
        Object values = begin(member(object, name));

        add_percent(&values, "avg10", line->avg10);
        add_percent(&values, "avg60", line->avg60);
        add_percent(&values, "avg300", line->avg300);
        add_number(&values, "total", line->total);
        end(&values);
}

static void add_pressure(Object *object, const StatsPressure *pressure) {
        Object values;

        if (!pressure->has_some && !pressure->has_full)
                return;
        values = begin(member(object, "psi"));
        if (pressure->has_some)
                add_pressure_line(&values, "some", &pressure->some);
        if (pressure->has_full)
                add_pressure_line(&values, "full", &pressure->full);
        end(&values);
}

static void add_cpu(Object *data, const CgroupStats *stats) {
        Object cpu = begin(member(data, "cpu")), usage, throttling;

        usage = begin(member(&cpu, "usage"));
        add_positive(&usage, "total", stats->usage_usec * NSEC_PER_USEC);
        add_number(&usage, "kernel", stats->system_usec * NSEC_PER_USEC);
        add_number(&usage, "user", stats->user_usec * NSEC_PER_USEC);
        end(&usage);
        throttling = begin(member(&cpu, "throttling"));
        add_positive(&throttling, "periods", stats->periods);
        add_positive(&throttling, "throttledPeriods", stats->throttled_periods);
        add_positive(&throttling, "throttledTime", stats->throttled_usec * NSEC_PER_USEC);
        end(&throttling);
        add_pressure(&cpu, &stats->cpu_pressure);
        end(&cpu);
}

/* runc reads cpuset figures from v1 only. */
static void add_cpuset(Object *data) {
        static const char *const names[] = {
                "cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page", "memory_spread_slab",
                "memory_pressure", "sched_load_balance", "sched_relax_domain_level",
        };
        Object cpuset = begin(member(data, "cpuset"));

        FOREACH_ELEMENT(name, names)
                add_number(&cpuset, *name, 0);
        end(&cpuset);
}

static void add_memory_entry(Object *memory, const char *name, uint64_t limit, uint64_t usage, uint64_t peak, uint64_t failures) {
        Object entry = begin(member(memory, name));

        add_number(&entry, "limit", limit);
        add_positive(&entry, "usage", usage);
        add_positive(&entry, "max", peak);
        add_number(&entry, "failcnt", failures);
        end(&entry);
}

static uint64_t memory_stat(const CgroupStats *stats, const char *name) {
        for (size_t i = 0; i < stats->n_memory_stat; i++)
                if (streq(stats->memory_stat[i].name, name))
                        return stats->memory_stat[i].value;
        return 0;
}

/* In the schema swap is memory and swap together, as v1 counted. */
static void add_memory(Object *data, const CgroupStats *stats) {
        Object memory = begin(member(data, "memory")), raw;
        uint64_t both_max = stats->swap_max;

        if (both_max != UINT64_MAX)
                both_max = stats->memory_max == UINT64_MAX ? UINT64_MAX : both_max + stats->memory_max;
        add_positive(&memory, "cache", memory_stat(stats, "file"));
        if (stats->has_memory) {
                add_memory_entry(&memory, "usage", stats->memory_max, stats->memory_current, stats->memory_peak,
                                 stats->memory_events_max);
                add_memory_entry(&memory, "swap", both_max, stats->memory_current + stats->swap_current, 0, 0);
        } else {
                add_memory_entry(&memory, "usage", 0, 0, 0, 0);
                add_memory_entry(&memory, "swap", 0, 0, 0, 0);
        }
        add_memory_entry(&memory, "kernel", 0, memory_stat(stats, "kernel"), 0, 0);
        add_memory_entry(&memory, "kernelTCP", 0, 0, 0, 0);
        if (stats->n_memory_stat > 0) {
                raw = begin(member(&memory, "raw"));
                for (size_t i = 0; i < stats->n_memory_stat; i++)
                        add_number(&raw, stats->memory_stat[i].name, stats->memory_stat[i].value);
                end(&raw);
        }
        add_pressure(&memory, &stats->memory_pressure);
        end(&memory);
}

static void add_pids(Object *data, const CgroupStats *stats) {
        Object pids = begin(member(data, "pids"));

        add_positive(&pids, "current", stats->pids_current);
        add_positive(&pids, "limit", !stats->has_pids || stats->pids_max == UINT64_MAX ? 0 : stats->pids_max);
        end(&pids);
}

static void add_io_entry(Text *text, bool *first, const StatsIoDevice *device, const char *operation, uint64_t value) {
        Object entry;

        if (!*first)
                text_add(text, ",");
        *first = false;
        entry = begin(text);
        add_positive(&entry, "major", device->major);
        add_positive(&entry, "minor", device->minor);
        text_add_json(member(&entry, "op"), operation);
        add_positive(&entry, "value", value);
        end(&entry);
}

static void add_io_list(Object *io, const char *name, const CgroupStats *stats, bool bytes) {
        Text *text = member(io, name);
        bool first = true;

        text_add(text, "[");
        for (size_t i = 0; i < stats->n_io; i++) {
                const StatsIoDevice *device = &stats->io[i];

                add_io_entry(text, &first, device, "Read", bytes ? device->rbytes : device->rios);
                add_io_entry(text, &first, device, "Write", bytes ? device->wbytes : device->wios);
        }
        text_add(text, "]");
}

static void add_io(Object *data, const CgroupStats *stats) {
        Object io = begin(member(data, "blkio"));

        if (stats->n_io > 0) {
                add_io_list(&io, "ioServiceBytesRecursive", stats, true);
                add_io_list(&io, "ioServicedRecursive", stats, false);
        }
        add_pressure(&io, &stats->io_pressure);
        end(&io);
}

static void add_hugepages(Object *data, const CgroupStats *stats) {
        Object hugetlb = begin(member(data, "hugetlb"));

        for (size_t i = 0; i < stats->n_hugepages; i++) {
                const StatsHugepages *pages = &stats->hugepages[i];
                Object entry = begin(member(&hugetlb, pages->page_size));

                add_positive(&entry, "usage", pages->usage);
                add_number(&entry, "failcnt", pages->failures);
                end(&entry);
        }
        end(&hugetlb);
}

void cgroup_stats_to_json(const CgroupStats *stats, Text *text) {
        Object data = begin(text), rdt;

        add_cpu(&data, stats);
        add_cpuset(&data);
        add_memory(&data, stats);
        add_pids(&data, stats);
        add_io(&data, stats);
        add_hugepages(&data, stats);
        rdt = begin(member(&data, "intel_rdt"));
        end(&rdt);
        text_add(member(&data, "network_interfaces"), "null");
        end(&data);
}
