/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads a cgroup's figures (Documentation/admin-guide/cgroup-v2.rst). Invariant: an absent file is an absent figure, so the
 * same code serves every kernel and every set of controllers; keys that are not known are passed over. */

#include "cgroup/stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"

#define FILE_SIZE_MAX (1U << 20)

/* A missing file is an empty one. */
static int read_lines(int fd, const char *name, char ***ret) {
        CLEANUP(freep) char *text = NULL;
        int r = file_read_at(fd, name, FILE_SIZE_MAX, &text, NULL);

        *ret = NULL;
        if (r == -ENOENT || r == -EOPNOTSUPP) /* without PSI its files are there and cannot be read */
                return 0;
        return r < 0 ? r : strv_split(text, "\n", ret);
}

static uint64_t parse_limit(const char *text) {
        return startswith(text, "max") ? UINT64_MAX : strtoull(text, NULL, 10);
}

/* One number; absent: 0 and *ret as it was. 1 when it was there. */
static int read_number(int fd, const char *name, uint64_t *ret) {
        int r = cgroup_read_u64(fd, name, ret);

        return r == -ENOENT || r == -EOPNOTSUPP ? 0 : r < 0 ? r : 1;
}

typedef struct Key {
        const char *key;
        size_t offset;          /* of a uint64_t */
} Key;

/* Sets what keys name in an object from the words "key value" or "key=value". */
static void set_key(const Key *keys, size_t n_keys, const char *key, size_t key_length, const char *value, void *object) {
        for (size_t i = 0; i < n_keys; i++)
                if (strlen(keys[i].key) == key_length && strncmp(keys[i].key, key, key_length) == 0)
                        *(uint64_t *) (void *) ((uint8_t *) object + keys[i].offset) = parse_limit(value);
}

static int read_flat(int fd, const char *name, const Key *keys, size_t n_keys, void *object, bool *ret_found) {
        CLEANUP(strv_freep) char **lines = NULL;
        int r = read_lines(fd, name, &lines);

        if (r < 0)
                return r;
        STRV_FOREACH(line, lines) {
                const char *space = strchr(*line, ' ');

                if (space)
                        set_key(keys, n_keys, *line, (size_t) (space - *line), space + 1, object);
        }
        if (ret_found)
                *ret_found = lines;
        return 0;
}

static void set_nested(const Key *keys, size_t n_keys, char *const *words, void *object) {
        STRV_FOREACH(word, words) {
                const char *equals = strchr(*word, '=');

                if (equals)
                        set_key(keys, n_keys, *word, (size_t) (equals - *word), equals + 1, object);
        }
}

/* ---- controllers ---- */

static int read_cpu(int fd, CgroupStats *stats) {
        static const Key keys[] = {
                { "usage_usec", offsetof(CgroupStats, usage_usec) },
                { "user_usec", offsetof(CgroupStats, user_usec) },
                { "system_usec", offsetof(CgroupStats, system_usec) },
                { "nr_periods", offsetof(CgroupStats, periods) },
                { "nr_throttled", offsetof(CgroupStats, throttled_periods) },
                { "throttled_usec", offsetof(CgroupStats, throttled_usec) },
                { "nr_bursts", offsetof(CgroupStats, bursts) },
                { "burst_usec", offsetof(CgroupStats, burst_usec) },
        };

        return read_flat(fd, "cpu.stat", keys, ELEMENTSOF(keys), stats, &stats->has_cpu);
}

static int read_memory_stat(int fd, CgroupStats *stats) {
        CLEANUP(strv_freep) char **lines = NULL;
        int r = read_lines(fd, "memory.stat", &lines);

        if (r < 0)
                return r;
        stats->memory_stat = calloc(strv_length(lines) + 1, sizeof *stats->memory_stat);
        if (!stats->memory_stat)
                return -ENOMEM;
        STRV_FOREACH(line, lines) {
                char *space = strchr(*line, ' ');
                StatsPair *pair = &stats->memory_stat[stats->n_memory_stat];

                if (!space)
                        continue;
                *pair = (StatsPair) { strndup(*line, (size_t) (space - *line)), strtoull(space + 1, NULL, 10) };
                if (!pair->name)
                        return -ENOMEM;
                stats->n_memory_stat++;
        }
        return 0;
}

static int read_memory(int fd, CgroupStats *stats) {
        static const Key event_keys[] = {
                { "max", offsetof(CgroupStats, memory_events_max) },
                { "oom", offsetof(CgroupStats, oom) },
                { "oom_kill", offsetof(CgroupStats, oom_kill) },
        };
        const struct {
                const char *name;
                uint64_t *value;
        } files[] = {
                { "memory.peak", &stats->memory_peak },
                { "memory.max", &stats->memory_max },
                { "memory.high", &stats->memory_high },
                { "memory.swap.current", &stats->swap_current },
                { "memory.swap.max", &stats->swap_max },
        };
        int r = read_number(fd, "memory.current", &stats->memory_current);

        if (r <= 0)
                return r;
        stats->has_memory = true;
        FOREACH_ELEMENT(file, files) {
                r = read_number(fd, file->name, file->value);
                if (r < 0)
                        return r;
        }
        r = read_flat(fd, "memory.events", event_keys, ELEMENTSOF(event_keys), stats, NULL);
        return r < 0 ? r : read_memory_stat(fd, stats);
}

static int read_pids(int fd, CgroupStats *stats) {
        int r = read_number(fd, "pids.current", &stats->pids_current);

        if (r <= 0)
                return r;
        stats->has_pids = true;
        r = read_number(fd, "pids.max", &stats->pids_max);
        return r < 0 ? r : 0;
}

static int read_io(int fd, CgroupStats *stats) {
        static const Key keys[] = {
                { "rbytes", offsetof(StatsIoDevice, rbytes) },
                { "wbytes", offsetof(StatsIoDevice, wbytes) },
                { "rios", offsetof(StatsIoDevice, rios) },
                { "wios", offsetof(StatsIoDevice, wios) },
                { "dbytes", offsetof(StatsIoDevice, dbytes) },
                { "dios", offsetof(StatsIoDevice, dios) },
        };
        CLEANUP(strv_freep) char **lines = NULL;
        int r = read_lines(fd, "io.stat", &lines);

        if (r < 0 || !lines)
                return r;
        stats->io = calloc(strv_length(lines), sizeof *stats->io);
        if (!stats->io)
                return -ENOMEM;
        STRV_FOREACH(line, lines) {
                CLEANUP(strv_freep) char **words = NULL;
                StatsIoDevice device = {};

                r = strv_split(*line, " ", &words);
                if (r < 0)
                        return r;
                if (strv_length(words) < 2 || sscanf(words[0], "%" SCNu32 ":%" SCNu32, &device.major, &device.minor) != 2)
                        continue;
                set_nested(keys, ELEMENTSOF(keys), words + 1, &device);
                stats->io[stats->n_io++] = device;
        }
        return 0;
}

static int read_rdma_file(int fd, const char *name, bool maximum, CgroupStats *stats) {
        static const Key current_keys[] = {
                { "hca_handle", offsetof(StatsRdma, handles) },
                { "hca_object", offsetof(StatsRdma, objects) },
        }, maximum_keys[] = {
                { "hca_handle", offsetof(StatsRdma, handles_max) },
                { "hca_object", offsetof(StatsRdma, objects_max) },
        };
        CLEANUP(strv_freep) char **lines = NULL;
        int r = read_lines(fd, name, &lines);

        if (r < 0 || !lines)
                return r;
        if (!stats->rdma)
                stats->rdma = calloc(strv_length(lines), sizeof *stats->rdma);
        if (!stats->rdma)
                return -ENOMEM;
        for (size_t i = 0; lines[i]; i++) {
                CLEANUP(strv_freep) char **words = NULL;

                r = strv_split(lines[i], " ", &words);
                if (r < 0)
                        return r;
                /* Both files have all devices, in one order; the first that is read says how many. */
                if (!words || (maximum && (i >= stats->n_rdma || !streq(stats->rdma[i].device, words[0]))))
                        continue;
                set_nested(maximum ? maximum_keys : current_keys, 2, words + 1, &stats->rdma[i]);
                if (maximum)
                        continue;
                stats->rdma[i].device = strdup(words[0]);
                if (!stats->rdma[i].device)
                        return -ENOMEM;
                stats->n_rdma = i + 1;
        }
        return 0;
}

static int read_rdma(int fd, CgroupStats *stats) {
        int r = read_rdma_file(fd, "rdma.current", false, stats);

        return r < 0 ? r : read_rdma_file(fd, "rdma.max", true, stats);
}

/* ---- hugetlb: a group of files for each page size ---- */

static void closedirp(DIR **directory) {
        if (*directory)
                closedir(*directory);
}

static int add_hugepages(int fd, const char *size, size_t size_length, CgroupStats *stats) {
        StatsHugepages *list = reallocarray(stats->hugepages, stats->n_hugepages + 1, sizeof *list), *entry;
        char name[128];
        int r;

        if (!list)
                return -ENOMEM;
        stats->hugepages = list;
        entry = &list[stats->n_hugepages++];
        *entry = (StatsHugepages) { .page_size = strndup(size, size_length) };
        if (!entry->page_size)
                return -ENOMEM;
        snprintf(name, sizeof name, "hugetlb.%s.current", entry->page_size);
        r = read_number(fd, name, &entry->usage);
        if (r >= 0) {
                snprintf(name, sizeof name, "hugetlb.%s.max", entry->page_size);
                r = read_number(fd, name, &entry->maximum);
        }
        if (r >= 0) {
                snprintf(name, sizeof name, "hugetlb.%s.events", entry->page_size);
                r = cgroup_read_key(fd, name, "max", &entry->failures);
                if (r == -ENOENT || r == -ENODATA)
                        r = 0;
        }
        return r < 0 ? r : 0;
}

static int read_hugepages(int fd, CgroupStats *stats) {
        CLEANUP(closedirp) DIR *directory = NULL;
        int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        directory = copy < 0 ? NULL : fdopendir(copy);
        if (!directory) {
                int r = -errno;

                fd_close(copy);
                return r;
        }
        for (struct dirent *entry; (entry = readdir(directory));) {
                const char *size = startswith(entry->d_name, "hugetlb."), *end = size ? endswith(size, ".current") : NULL;
                int r;

                if (!end || endswith(size, ".rsvd.current"))
                        continue;
                r = add_hugepages(fd, size, (size_t) (end - size), stats);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- pressure ---- */

static int read_pressure(int fd, const char *name, StatsPressure *ret) {
        CLEANUP(strv_freep) char **lines = NULL;
        int r = read_lines(fd, name, &lines);

        STRV_FOREACH(line, lines) {
                StatsPressureLine values;
                char kind[8];

                if (sscanf(*line, "%7s avg10=%lf avg60=%lf avg300=%lf total=%" SCNu64, kind, &values.avg10, &values.avg60,
                           &values.avg300, &values.total) != 5)
                        continue;
                if (streq(kind, "some")) {
                        ret->has_some = true;
                        ret->some = values;
                } else if (streq(kind, "full")) {
                        ret->has_full = true;
                        ret->full = values;
                }
        }
        return r;
}

/* ---- all ---- */

static int read_pressures(int fd, CgroupStats *stats) {
        int r = read_pressure(fd, "cpu.pressure", &stats->cpu_pressure);

        if (r >= 0)
                r = read_pressure(fd, "memory.pressure", &stats->memory_pressure);
        return r < 0 ? r : read_pressure(fd, "io.pressure", &stats->io_pressure);
}

int cgroup_stats_read(int cgroup_fd, CgroupStats *ret) {
        static int (*const readers[])(int fd, CgroupStats *stats) = {
                read_cpu, read_memory, read_pids, read_io, read_hugepages, read_rdma, read_pressures,
        };
        CgroupStats stats = { .memory_max = UINT64_MAX, .memory_high = UINT64_MAX, .pids_max = UINT64_MAX };

        FOREACH_ELEMENT(reader, readers) {
                int r = (*reader)(cgroup_fd, &stats);

                if (r < 0) {
                        cgroup_stats_done(&stats);
                        return r;
                }
        }
        *ret = stats;
        return 0;
}

void cgroup_stats_done(CgroupStats *stats) {
        for (size_t i = 0; i < stats->n_memory_stat; i++)
                free(stats->memory_stat[i].name);
        for (size_t i = 0; i < stats->n_hugepages; i++)
                free(stats->hugepages[i].page_size);
        for (size_t i = 0; i < stats->n_rdma; i++)
                free(stats->rdma[i].device);
        free(stats->memory_stat);
        free(stats->io);
        free(stats->hugepages);
        free(stats->rdma);
        *stats = (CgroupStats) {};
}
