/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Locks. Invariant: whoever waits for one gives up at a deadline. flock(2) has none of its own, and a signal for it would be the whole process's, so the
 * lock is asked for again and again; one that is free, as nearly always, costs one system call. */

#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"

#define PAUSE_FIRST_USEC (1 * USEC_PER_MSEC)
#define PAUSE_MAX_USEC (20 * USEC_PER_MSEC)
#define LOCKS_MAX (4U * 1024 * 1024)

int lock_take(int fd, uint64_t deadline_usec) {
        uint64_t pause_usec = PAUSE_FIRST_USEC;

        while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                uint64_t now_usec;

                if (errno == EINTR)
                        continue;
                if (errno != EWOULDBLOCK)
                        return -errno;
                now_usec = usec_monotonic();
                if (now_usec >= deadline_usec)
                        return -ETIME;
                usec_sleep(pause_usec < deadline_usec - now_usec ? pause_usec : deadline_usec - now_usec);
                pause_usec = pause_usec * 2 < PAUSE_MAX_USEC ? pause_usec * 2 : PAUSE_MAX_USEC;
        }
        return 0;
}

/* "1: FLOCK  ADVISORY  WRITE 4711 00:1c:1234 0 EOF"; one who waits has "->" behind the number, and so no pid in that place. */
static int holder_in_line(const char *line, const struct stat *st, pid_t *ret) {
        unsigned device_major, device_minor;
        unsigned long long inode;
        long pid;

        if (sscanf(line, "%*s FLOCK %*s %*s %ld %x:%x:%llu", &pid, &device_major, &device_minor, &inode) != 4 || pid <= 0)
                return -ESRCH;
        if (inode != st->st_ino || makedev(device_major, device_minor) != st->st_dev)
                return -ESRCH;
        *ret = (pid_t) pid;
        return 0;
}

int lock_holder(int fd, pid_t *ret) {
        CLEANUP(freep) char *text = NULL;
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        r = file_read_at(AT_FDCWD, "/proc/locks", LOCKS_MAX, &text, NULL);
        if (r < 0)
                return r;
        r = -ESRCH;
        for (const char *line = text; r < 0 && *line; line = strchrnul(line, '\n'), line += *line == '\n')
                r = holder_in_line(line, &st, ret);
        return r;
}
