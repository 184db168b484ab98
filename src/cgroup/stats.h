/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/text.h"

/* The figures of a cgroup with everything below it. A group of figures that the kernel does not have here (no controller, no
 * PSI) is absent: its flag is false, its list empty. */

typedef struct StatsPair {
        char *name;
        uint64_t value;
} StatsPair;

typedef struct StatsPressureLine {
        double avg10, avg60, avg300;    /* percent */
        uint64_t total;                 /* microseconds */
} StatsPressureLine;

typedef struct StatsPressure {
        bool has_some, has_full;
        StatsPressureLine some, full;
} StatsPressure;

typedef struct StatsIoDevice {
        uint32_t major, minor;
        uint64_t rbytes, wbytes, rios, wios, dbytes, dios;
} StatsIoDevice;

typedef struct StatsHugepages {
        char *page_size;                /* "2MB" */
        uint64_t usage, maximum, failures;
} StatsHugepages;

typedef struct StatsRdma {
        char *device;
        uint64_t handles, objects, handles_max, objects_max;    /* UINT64_MAX: no limit */
} StatsRdma;

typedef struct CgroupStats {
        bool has_cpu;                   /* usage, user, system are there without the controller too */
        uint64_t usage_usec, user_usec, system_usec, periods, throttled_periods, throttled_usec, bursts, burst_usec;
        bool has_memory;
        uint64_t memory_current, memory_peak, memory_max, memory_high; /* UINT64_MAX: no limit; peak since Linux 5.19, else 0 */
        uint64_t swap_current, swap_max;
        uint64_t memory_events_max, oom, oom_kill;
        StatsPair *memory_stat;         /* memory.stat as it is */
        size_t n_memory_stat;
        bool has_pids;
        uint64_t pids_current, pids_max;
        StatsIoDevice *io;
        size_t n_io;
        StatsHugepages *hugepages;
        size_t n_hugepages;
        StatsRdma *rdma;
        size_t n_rdma;
        StatsPressure cpu_pressure, memory_pressure, io_pressure;
} CgroupStats;

/* Reads all. 0, -ENODEV when the cgroup is gone, -ENOMEM. */
int cgroup_stats_read(int cgroup_fd, CgroupStats *ret);
void cgroup_stats_done(CgroupStats *stats);

/* The object "data" of an event record, as runc's events gives it. */
void cgroup_stats_to_json(const CgroupStats *stats, Text *text);
