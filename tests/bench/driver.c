/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times commands as whole processes, interleaved round by round, so that what the machine does meanwhile falls on all of them alike. Reads rows
 * NAME|PREPARE|TIMED|CLEANUP from stdin (commands are words, several are separated by ';', "%i" becomes a fresh id, a leading NAME=VALUE is environment), and prints a line of samples
 * for each: what a report is made of. PREPARE and CLEANUP are not timed. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS_MAX 64
#define WORDS_MAX 64
#define PARALLEL_MAX 64

typedef struct Row {
        char *name, *prepare, *timed, *cleanup;
} Row;

static unsigned gap_msec = 30, rounds = 30, warm_up = 3, parallel = 1;
static pid_t bus_pid;
static unsigned next_id;

static uint64_t now_nsec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000000 + (uint64_t) t.tv_nsec;
}

/* Time on a processor, from schedstat, in nanoseconds: the clock ticks of stat are too coarse for one container. */
static uint64_t process_nsec(pid_t pid) {
        char path[64];
        uint64_t value = 0;
        FILE *file;

        snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
        file = pid > 0 ? fopen(path, "re") : NULL;
        if (!file)
                return 0;
        if (fscanf(file, "%" SCNu64, &value) != 1)
                value = 0;
        fclose(file);
        return value;
}

/* Starts one command of words, with an id in the place of %i. */
static pid_t start(char *command, unsigned id) {
        char *words[WORDS_MAX + 1], *save = NULL, *word, expanded[WORDS_MAX][512], *copy = strdup(command), *hole;
        posix_spawn_file_actions_t actions;
        char *environment[2] = {};
        size_t n = 0;
        pid_t pid = -1;
        int r;

        for (word = strtok_r(copy, " \t\n", &save); word && n < WORDS_MAX; word = strtok_r(NULL, " \t\n", &save)) {
                if (n == 0 && strchr(word, '=')) {
                        environment[0] = word;
                        continue;
                }
                hole = strstr(word, "%i");
                if (hole)
                        snprintf(expanded[n], sizeof expanded[n], "%.*s%u-%d%s", (int) (hole - word), word, id, (int) getpid(), hole + 2);
                else
                        snprintf(expanded[n], sizeof expanded[n], "%s", word);
                words[n] = expanded[n];
                n++;
        }
        words[n] = NULL;
        if (n > 0) {
                posix_spawn_file_actions_init(&actions);
                posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
                posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
                r = posix_spawnp(&pid, words[0], &actions, NULL, words, environment[0] ? environment : environ);
                posix_spawn_file_actions_destroy(&actions);
                if (r != 0) {
                        fprintf(stderr, "%s: %s\n", words[0], strerror(r));
                        exit(1);
                }
        }
        free(copy);
        return pid;
}

static void run_all(const char *commands, unsigned id) {
        char *copy = strdup(commands), *save = NULL, *command;
        pid_t pid;

        for (command = strtok_r(copy, ";", &save); command; command = strtok_r(NULL, ";", &save)) {
                pid = start(command, id);
                if (pid > 0)
                        (void) waitpid(pid, NULL, 0);
        }
        free(copy);
}

static uint64_t cpu_usec(const struct rusage *usage) {
        return (uint64_t) (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 + (uint64_t) (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

/* One sample: all of `parallel` at once; figures are for one of them. */
static void sample(const Row *row, unsigned round, bool counted) {
        uint64_t began, wall, init = 0, bus = 0, cpu = 0, faults = 0;
        pid_t pids[PARALLEL_MAX];
        struct rusage usage;
        unsigned id = next_id, failed = 0, i;
        long resident = 0;
        int status;

        next_id += parallel;
        for (i = 0; i < parallel; i++)
                run_all(row->prepare, id + i);
        if (gap_msec > 0)
                poll(NULL, 0, (int) gap_msec);
        init = process_nsec(1);
        bus = process_nsec(bus_pid);
        began = now_nsec();
        for (i = 0; i < parallel; i++)
                pids[i] = start(row->timed, id + i);
        for (i = 0; i < parallel; i++) {
                if (wait4(pids[i], &status, 0, &usage) < 0)
                        continue;
                failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
                cpu += cpu_usec(&usage);
                faults += (uint64_t) usage.ru_minflt;
                resident = usage.ru_maxrss > resident ? usage.ru_maxrss : resident;
        }
        wall = now_nsec() - began;
        if (gap_msec > 0)
                poll(NULL, 0, 5); /* what PID 1 does afterwards is part of the price */
        init = process_nsec(1) - init;
        bus = process_nsec(bus_pid) - bus;
        for (i = 0; i < parallel; i++)
                run_all(row->cleanup, id + i);
        if (counted)
                printf("%s\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%ld\t%" PRIu64 "\t%u\n", row->name, round, wall / parallel / 1000,
                       cpu / parallel, init / parallel / 1000, bus / parallel / 1000, resident, faults / parallel, failed);
}

static size_t read_rows(Row rows[static ROWS_MAX]) {
        char *line = NULL, *rest;
        size_t capacity = 0, n = 0;

        while (n < ROWS_MAX && getline(&line, &capacity, stdin) > 0) {
                if (line[0] == '#' || line[0] == '\n')
                        continue;
                rest = strdup(line);
                rest[strcspn(rest, "\n")] = 0;
                rows[n].name = strsep(&rest, "|");
                rows[n].prepare = strsep(&rest, "|");
                rows[n].timed = strsep(&rest, "|");
                rows[n].cleanup = rest ? rest : strdup("");
                if (!rows[n].prepare || !rows[n].timed) {
                        fprintf(stderr, "row %zu has too few columns\n", n + 1);
                        exit(1);
                }
                n++;
        }
        free(line);
        return n;
}

int main(int argc, char **argv) {
        Row rows[ROWS_MAX];
        size_t n;
        int option;

        while ((option = getopt(argc, argv, "g:n:w:p:b:")) != -1)
                switch (option) {
                case 'g': gap_msec = (unsigned) atoi(optarg); break;
                case 'n': rounds = (unsigned) atoi(optarg); break;
                case 'w': warm_up = (unsigned) atoi(optarg); break;
                case 'p': parallel = (unsigned) atoi(optarg); break;
                case 'b': bus_pid = atoi(optarg); break;
                default:
                        fprintf(stderr, "usage: %s [-g GAP-MSEC] [-n ROUNDS] [-w WARM-UP-ROUNDS] [-p PARALLEL] [-b PID-OF-BUS] <ROWS\n", argv[0]);
                        return 2;
                }
        if (parallel < 1 || parallel > PARALLEL_MAX)
                return 2;
        n = read_rows(rows);
        for (unsigned round = 0; round < warm_up + rounds; round++)
                for (size_t i = 0; i < n; i++)
                        /* Each round begins elsewhere, so that no row always follows the same one. */
                        sample(&rows[(i + round) % n], round, round >= warm_up);
        return 0;
}
