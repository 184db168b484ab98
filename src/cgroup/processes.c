/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The processes of a cgroup and their end. Invariant: what a container does with cgroups of its own below its scope does not
 * hide a process from the end, and cannot make the list of them endless work. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"

#define PROCS_SIZE_MAX (64U << 20)
#define DEPTH_MAX 64
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

static void closedirp(DIR **directory) {
        if (*directory)
                closedir(*directory);
}

static int add_tree(int fd, unsigned depth, Pids *pids) {
        CLEANUP(closedirp) DIR *directory = NULL;
        int copy, r;

        r = add_procs(fd, pids);
        if (r < 0)
                return r;
        copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        directory = copy < 0 ? NULL : fdopendir(copy);
        if (!directory) {
                r = -errno;
                fd_close(copy);
                return r;
        }
        for (struct dirent *entry; (entry = readdir(directory));) {
                CLEANUP(fd_closep) int child = -EBADF;

                if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
                        continue;
                if (depth >= DEPTH_MAX)
                        return -ELOOP;
                child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (child < 0) {
                        if (errno == ENOENT)
                                continue;
                        return -errno;
                }
                r = add_tree(child, depth + 1, pids);
                if (r < 0 && r != -ENODEV && r != -ENOENT) /* removed meanwhile */
                        return r;
        }
        return 0;
}

int cgroup_processes(int cgroup_fd, pid_t **ret, size_t *ret_n) {
        Pids pids = {};
        int r = add_tree(cgroup_fd, 0, &pids);

        if (r < 0) {
                free(pids.items);
                return r;
        }
        *ret = pids.items;
        *ret_n = pids.n_items;
        return 0;
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
