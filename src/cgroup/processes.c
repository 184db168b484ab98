/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The processes of a cgroup and their end. Invariant: what a container does with cgroups of its own below its scope does not
 * hide a process from the end, and cannot make the list of them endless work. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"

#define PROCS_SIZE_MAX (64U << 20)
#define NAP_USEC_MIN 50
#define NAP_USEC_MAX (5 * USEC_PER_MSEC)

typedef struct Pids {
        pid_t *items;
        size_t n_items, n_allocated;
} Pids;

static int add_pid(Pids *pids, pid_t pid) {
        if (pids->n_items == pids->n_allocated) {
                size_t n = pids->n_allocated ? 2 * pids->n_allocated : 32;
                pid_t *items = reallocarray(pids->items, n, sizeof *items);

                if (!items)
                        return -ENOMEM;
                pids->items = items;
                pids->n_allocated = n;
        }
        pids->items[pids->n_items++] = pid;
        return 0;
}

static int add_procs(int fd, Pids *pids) {
        CLEANUP(freep) char *text = NULL;
        char *save = NULL;
        int r = file_read_at(fd, "cgroup.procs", PROCS_SIZE_MAX, &text, NULL);

        if (r < 0)
                return r == -EOPNOTSUPP ? 0 : r; /* a threaded one: its processes are listed above */
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                pid_t pid;

                /* 0 stands for a process that is not in our pid namespace. */
                if (number_parse_pid(line, &pid) < 0)
                        continue;
                r = add_pid(pids, pid);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* One level of the way down: what is below it, and who it is. */
typedef struct Level {
        char **names;
        size_t next;
        struct stat st;
} Level;

typedef struct Way {
        Level *levels;
        size_t n, n_allocated, deepest;
        int fd;                 /* of the lowest level */
        Pids *pids;             /* what is found, or NULL: on the way back up each cgroup is removed */
} Way;

static void way_done(Way *way) {
        while (way->n > 0)
                strv_free(way->levels[--way->n].names);
        free(way->levels);
        fd_close(way->fd);
}

/* Takes the descriptor over. */
static int go_down(Way *way, int fd) {
        CLEANUP(fd_closep) int ours = fd;
        Level level = {};
        int r;

        if (way->n == way->n_allocated) {
                size_t n = way->n_allocated ? 2 * way->n_allocated : 16;
                Level *levels = reallocarray(way->levels, n, sizeof *levels);

                if (!levels)
                        return -ENOMEM;
                way->levels = levels;
                way->n_allocated = n;
        }
        if (fstat(fd, &level.st) < 0)
                return -errno;
        r = way->pids ? add_procs(fd, way->pids) : 0;
        if (r >= 0)
                r = directory_read_directories(fd, &level.names);
        if (r < 0)
                return r;
        way->levels[way->n++] = level;
        if (way->n > way->deepest)
                way->deepest = way->n;
        fd_close(way->fd);
        way->fd = TAKE_FD(ours);
        return 0;
}

/* cgroups are never moved, so what is above is what we came from. */
static int go_up(Way *way) {
        const Level *above;
        struct stat st;
        int fd;

        strv_free(way->levels[--way->n].names);
        if (way->n == 0)
                return 0;
        fd = openat(way->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        fd_close(way->fd);
        way->fd = fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        above = &way->levels[way->n - 1];
        if (st.st_ino != above->st.st_ino || st.st_dev != above->st.st_dev)
                return -ESTALE;
        if (!way->pids)
                (void) unlinkat(fd, above->names[above->next - 1], AT_REMOVEDIR);
        return 0;
}

/* However deep it is: with one descriptor, and no more of the stack than for one level. Returns how many levels there are. */
static int walk(int cgroup_fd, Pids *pids) {
        CLEANUP(way_done) Way way = { .fd = -EBADF, .pids = pids };
        int r = openat(cgroup_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        r = r < 0 ? -errno : go_down(&way, r);
        while (r >= 0 && way.n > 0) {
                Level *level = way.levels + way.n - 1;
                const char *name = level->names ? level->names[level->next] : NULL;

                if (!name) {
                        r = go_up(&way);
                        continue;
                }
                level->next++;
                r = openat(way.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                r = r < 0 ? -errno : go_down(&way, r);
                if (r == -ENODEV || r == -ENOENT) /* removed meanwhile */
                        r = 0;
        }
        return r < 0 ? r : way.deepest > INT_MAX ? INT_MAX : (int) way.deepest;
}

int cgroup_processes(int cgroup_fd, pid_t **ret, size_t *ret_n) {
        Pids pids = {};
        int r = walk(cgroup_fd, &pids);

        if (r < 0) {
                free(pids.items);
                return r;
        }
        *ret = pids.items;
        *ret_n = pids.n_items;
        return 0;
}

int cgroup_trim(int cgroup_fd) {
        struct stat st;

        if (fstat(cgroup_fd, &st) < 0)
                return -errno;
        /* As a rule there is nothing below it. */
        return st.st_nlink > 2 ? walk(cgroup_fd, NULL) : 0;
}

/* Before Linux 5.14. A process that forks faster than we read is met again in the next round. */
static int kill_each(int cgroup_fd) {
        CLEANUP(freep) pid_t *pids = NULL;
        size_t n_pids;
        int r = cgroup_processes(cgroup_fd, &pids, &n_pids);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n_pids; i++)
                (void) kill(pids[i], SIGKILL);
        return 0;
}

/* The kernel holds the event of an emptied cgroup back for 10 to 16 ms, so it is asked in short naps. */
int cgroup_kill(int cgroup_fd, uint64_t deadline_usec) {
        uint64_t nap_usec = NAP_USEC_MIN;

        for (bool by_file = true;; nap_usec = nap_usec < NAP_USEC_MAX ? 2 * nap_usec : NAP_USEC_MAX) {
                int r = cgroup_is_populated(cgroup_fd);

                if (r == -ENODEV || r == -ENOENT || r == 0)
                        return 0;
                if (r < 0)
                        return r;
                if (usec_monotonic() >= deadline_usec)
                        return -ETIME;
                if (by_file && nap_usec == NAP_USEC_MIN) {
                        r = file_write_at(cgroup_fd, "cgroup.kill", "1");
                        by_file = r != -ENOENT;
                }
                if (!by_file)
                        r = kill_each(cgroup_fd);
                if (r < 0 && r != -ENODEV && r != -ENOENT)
                        return r;
                usec_sleep(nap_usec);
        }
}
