/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ending who holds a container's lock. Invariants: only a berth is ended, and only while it holds that lock; what it has started ends with it: its hooks, its
 * berth-init. All are stopped before the first is killed, so that none of them can start another meanwhile. Called by delete --force. */

#include "container/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"

/* A hook that starts processes without end is not followed further; what it has left is in no container. */
#define ROUNDS 32
#define MEMBERS 4096
#define END_USEC (10 * USEC_PER_SEC)

typedef struct Member {
        pid_t pid;
        int pidfd;
} Member;

/* The holder first, then what it has started, and so on. */
typedef struct Family {
        Member *members;
        size_t n;
} Family;

static void family_done(Family *family) {
        for (size_t i = 0; i < family->n; i++)
                fd_close(family->members[i].pidfd);
        free(family->members);
}

static bool has(const Family *family, pid_t pid) {
        for (size_t i = 0; i < family->n; i++)
                if (family->members[i].pid == pid)
                        return true;
        return false;
}

static int add(Family *family, pid_t pid, int pidfd) {
        Member *members = family->n < MEMBERS ? reallocarray(family->members, family->n + 1, sizeof *members) : NULL;

        if (!members) {
                fd_close(pidfd);
                return -ENOMEM;
        }
        family->members = members;
        members[family->n++] = (Member) { pid, pidfd };
        return 0;
}

/* The parent is looked at again when the pidfd is held: it is of a child of the family then, and not of somebody who got the pid meanwhile. */
static int stop_child(Family *family, pid_t pid) {
        CLEANUP(fd_closep) int pidfd = -EBADF;
        pid_t parent;
        int r = process_parent(pid, &parent);

        if (r < 0 || !has(family, parent) || has(family, pid))
                return r == -ESRCH ? 0 : r;
        pidfd = pidfd_open_pid(pid);
        if (pidfd < 0)
                return pidfd == -ESRCH ? 0 : pidfd;
        r = process_parent(pid, &parent);
        if (r < 0 || !has(family, parent))
                return r == -ESRCH ? 0 : r;
        (void) pidfd_signal(pidfd, SIGSTOP);
        r = add(family, pid, TAKE_FD(pidfd));
        return r < 0 ? r : 1;
}

/* 1: somebody was found; 0: nobody new. */
static int stop_children(Family *family) {
        CLEANUP(fd_closep) int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CLEANUP(strv_freep) char **names = NULL;
        int r = proc_fd < 0 ? -errno : directory_read_names(proc_fd, &names), found = 0;

        STRV_FOREACH(name, names) {
                pid_t pid;
                int added;

                if (number_parse_pid(*name, &pid) < 0)
                        continue;
                added = stop_child(family, pid);
                if (added < 0)
                        return added;
                found |= added;
        }
        return r < 0 ? r : found;
}

/* Its own program, which may have been replaced on the disk since. */
static bool is_berth(pid_t pid) {
        static const char *const programs[] = { "berth", "berth-full", "berthd" };
        char path[64], target[PATH_MAX], *name;
        ssize_t n;

        snprintf(path, sizeof path, "/proc/%d/exe", pid);
        n = readlink(path, target, sizeof target - 1);
        if (n < 0)
                return false;
        target[n] = '\0';
        name = strrchr(target, '/');
        if (!name)
                return false;
        name[1 + strcspn(name + 1, " ")] = '\0';
        FOREACH_ELEMENT(program, programs)
                if (streq(name + 1, *program))
                        return true;
        return false;
}

static int end_family(Family *family) {
        uint64_t deadline_usec = usec_monotonic() + END_USEC;
        int r = 1;

        (void) pidfd_signal(family->members[0].pidfd, SIGSTOP);
        for (unsigned round = 0; r > 0 && round < ROUNDS; round++)
                r = stop_children(family);
        for (size_t i = 0; i < family->n; i++)
                (void) pidfd_signal(family->members[i].pidfd, SIGKILL);
        for (size_t i = 0; i < family->n && r >= 0; i++)
                r = fd_wait_readable(family->members[i].pidfd, deadline_usec) == 0 ? -ETIME : 0;
        return r < 0 ? r : 0;
}

int holder_end(int lock_fd, Error *error) {
        CLEANUP(fd_closep) int pidfd = -EBADF;
        CLEANUP(family_done) Family family = {};
        pid_t pid, again;
        int r = lock_holder(lock_fd, &pid);

        if (r == -ESRCH)
                return 0;
        if (r < 0)
                return error_set(error, r, "who holds the lock: %m");
        pidfd = pidfd_open_pid(pid);
        if (pidfd == -ESRCH)
                return 0;
        if (pidfd < 0)
                return error_set(error, pidfd, "process %d, which holds the lock: %m", pid);
        if (pid == getpid() || !is_berth(pid))
                return error_set(error, -EPERM, "process %d, which holds the lock, is no berth", pid);
        /* It is that process still, now that it is held. */
        if (lock_holder(lock_fd, &again) < 0 || again != pid)
                return 0;
        log_info("process %d has the lock for too long and is ended", pid);
        r = add(&family, pid, TAKE_FD(pidfd));
        if (r >= 0)
                r = end_family(&family);
        return r < 0 ? error_set(error, r, "ending process %d, which holds the lock: %m", pid) : 0;
}
