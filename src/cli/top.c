/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* top: a table for people of what the running containers use, drawn again and again. Rates are what was used since the table before. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/stats.h"
#include "cli/verb.h"
#include "container/container.h"
#include "container/figures.h"

#define INTERVAL_USEC (2 * USEC_PER_SEC)

typedef struct Sample {
        char *id;
        ContainerStatus status;
        bool has_rates;                 /* there was a table before with this container in it */
        uint64_t time_usec, cpu_usec, read_bytes, written_bytes;
        double cpu_percent, read_rate, write_rate;
        uint64_t memory, memory_max, tasks, oom_kills;
} Sample;

typedef struct Table {
        Sample *samples;
        size_t n;
} Table;

static void table_done(Table *table) {
        for (size_t i = 0; i < table->n; i++)
                free(table->samples[i].id);
        free(table->samples);
        *table = (Table) {};
}

static const Sample *find(const Table *table, const char *id) {
        for (size_t i = 0; i < table->n; i++)
                if (streq(table->samples[i].id, id))
                        return &table->samples[i];
        return NULL;
}

static double rate(uint64_t now, uint64_t before, double seconds) {
        return now > before && seconds > 0 ? (double) (now - before) / seconds : 0;
}

/* -ESRCH for a container that does not run. */
static int take(Container *container, const Table *last, Sample *ret) {
        CLEANUP(cgroup_stats_done) CgroupStats stats = {};
        CLEANUP(fd_closep) int fd = -EBADF;
        Sample sample = { .time_usec = usec_monotonic() };
        const Sample *before = find(last, container->id);
        double seconds;
        int r;

        if (container_status(container, &sample.status, NULL) < 0 || sample.status & (STATUS_STOPPED | STATUS_CREATING))
                return -ESRCH;
        fd = container_open_cgroup(container, NULL);
        r = fd < 0 ? fd : cgroup_stats_read(fd, &stats);
        if (r < 0)
                return -ESRCH;
        sample.cpu_usec = stats.usage_usec;
        sample.memory = stats.memory_current;
        sample.memory_max = stats.has_memory ? stats.memory_max : UINT64_MAX;
        sample.tasks = stats.pids_current;
        for (size_t i = 0; i < stats.n_io; i++) {
                sample.read_bytes += stats.io[i].rbytes;
                sample.written_bytes += stats.io[i].wbytes;
        }
        sample.oom_kills = container_oom_kills(container);
        if (before) {
                seconds = (double) (sample.time_usec - before->time_usec) / USEC_PER_SEC;
                sample.has_rates = true;
                sample.cpu_percent = rate(sample.cpu_usec, before->cpu_usec, seconds * USEC_PER_SEC) * 100;
                sample.read_rate = rate(sample.read_bytes, before->read_bytes, seconds);
                sample.write_rate = rate(sample.written_bytes, before->written_bytes, seconds);
        }
        sample.id = strdup(container->id);
        if (!sample.id)
                return -ENOMEM;
        *ret = sample;
        return 0;
}

/* Who uses most comes first. */
static int compare(const void *a, const void *b) {
        const Sample *left = a, *right = b;

        if (left->cpu_percent != right->cpu_percent)
                return left->cpu_percent < right->cpu_percent ? 1 : -1;
        if (left->memory != right->memory)
                return left->memory < right->memory ? 1 : -1;
        return strcmp(left->id, right->id);
}

static bool is_wanted(const Arguments *arguments, const char *id) {
        for (size_t i = 0; i < arguments->n_positional; i++)
                if (streq(arguments->positional[i], id))
                        return true;
        return arguments->n_positional == 0;
}

static int read_table(int root_fd, const Arguments *arguments, const Table *last, Table *ret, Error *error) {
        CLEANUP(strv_freep) char **ids = NULL;
        CLEANUP(table_done) Table table = {};
        int r = container_list(root_fd, &ids, error);

        if (r < 0)
                return r;
        table.samples = calloc(strv_length(ids) + 1, sizeof *table.samples);
        if (!table.samples)
                return -ENOMEM;
        STRV_FOREACH(id, ids) {
                CLEANUP(container_freep) Container *container = NULL;

                if (!is_wanted(arguments, *id) || container_open(root_fd, *id, CONTAINER_UNLOCKED, &container, NULL) < 0)
                        continue;
                r = take(container, last, &table.samples[table.n]);
                if (r == -ENOMEM)
                        return r;
                table.n += r >= 0;
        }
        qsort(table.samples, table.n, sizeof *table.samples, compare);
        *ret = TAKE(table, ((Table) {}));
        return 0;
}

static const char *bytes_to_string(double bytes, char buffer[static 16]) {
        static const char units[] = "BKMGTP";
        size_t unit = 0;

        for (; bytes >= 1024 && unit < sizeof units - 2; unit++)
                bytes /= 1024;
        snprintf(buffer, 16, unit == 0 || bytes >= 100 ? "%.0f%c" : "%.1f%c", bytes, units[unit]);
        return buffer;
}

static void print_sample(const Sample *sample) {
        char cpu[16] = "-", percent[16] = "-", memory[16], limit[16] = "-", reads[16] = "-", writes[16] = "-";

        if (sample->has_rates) {
                snprintf(cpu, sizeof cpu, "%.1f", sample->cpu_percent);
                bytes_to_string(sample->read_rate, reads);
                bytes_to_string(sample->write_rate, writes);
        }
        if (sample->memory_max != UINT64_MAX) {
                bytes_to_string((double) sample->memory_max, limit);
                snprintf(percent, sizeof percent, "%.1f", sample->memory_max > 0 ? 100 * (double) sample->memory / (double) sample->memory_max : 100);
        }
        printf("%-24.64s %-8s %7s %8s %8s %6s %6" PRIu64 " %8s %8s %4" PRIu64 "\n", sample->id, container_status_to_string(sample->status), cpu,
               bytes_to_string((double) sample->memory, memory), limit, percent, sample->tasks, reads, writes, sample->oom_kills);
}

static int print_table(const Table *table, bool terminal) {
        if (terminal)
                fputs("\033[H\033[2J", stdout);
        printf("%-24s %-8s %7s %8s %8s %6s %6s %8s %8s %4s\n", "CONTAINER", "STATUS", "CPU%", "MEMORY", "LIMIT", "MEM%", "TASKS", "READ/S", "WRITE/S", "OOM");
        for (size_t i = 0; i < table->n; i++)
                print_sample(&table->samples[i]);
        return fflush(stdout) == 0 ? 0 : -EIO;
}

int verb_top(const Arguments *arguments, Error *error) {
        CLEANUP(fd_closep) int root_fd = state_root_open(arguments->root, false, error);
        uint64_t interval_usec = arguments->interval_usec == UINT64_MAX ? INTERVAL_USEC : arguments->interval_usec;
        bool terminal = isatty(STDOUT_FILENO);
        /* Into a pipe or a file goes one table with rates, unless more are asked for. */
        uint64_t rounds = arguments->iterations > 0 ? arguments->iterations : terminal ? UINT64_MAX : 1;
        CLEANUP(table_done) Table table = {};
        int r;

        if (interval_usec == 0)
                return error_set(error, -EINVAL, "--interval: must be greater than 0");
        if (root_fd == -ENOENT) {
                error_done(error);
                return print_table(&table, false);
        }
        if (root_fd < 0)
                return root_fd;
        r = read_table(root_fd, arguments, &(Table) {}, &table, error);
        if (r >= 0 && terminal)
                r = print_table(&table, terminal);
        while (r >= 0 && rounds-- > 0) {
                Table next = {};

                usec_sleep(interval_usec);
                r = read_table(root_fd, arguments, &table, &next, error);
                if (r < 0)
                        break;
                table_done(&table);
                table = next;
                r = print_table(&table, terminal);
        }
        return r;
}
