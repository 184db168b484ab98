/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Processes, signals and time. Invariant: a process is named by pid and start time together, or by a pidfd; a bare pid may be somebody else. */

#include "base/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/pidfd.h"
#include "base/strv.h"

static uint64_t usec_now(clockid_t clock) {
        struct timespec t;

        clock_gettime(clock, &t);
        return (uint64_t) t.tv_sec * USEC_PER_SEC + (uint64_t) t.tv_nsec / 1000;
}

uint64_t usec_monotonic(void) {
        return usec_now(CLOCK_MONOTONIC);
}

uint64_t usec_realtime(void) {
        return usec_now(CLOCK_REALTIME);
}

void usec_sleep(uint64_t usec) {
        struct timespec t = { (time_t) (usec / USEC_PER_SEC), (long) (usec % USEC_PER_SEC) * 1000 };

        while (nanosleep(&t, &t) < 0 && errno == EINTR)
                ;
}

bool process_is_system_root(void) {
        const char *user_directory = getenv("XDG_RUNTIME_DIR");
        struct stat st;

        if (geteuid() != 0)
                return false;
        /* The host's root has no number in the user namespace of somebody else, so his /run is nobody's there. */
        return !user_directory || !*user_directory || stat("/run", &st) < 0 || st.st_uid == 0;
}

int pidfd_open_pid(pid_t pid) {
        int fd = (int) syscall(SYS_pidfd_open, pid, 0);

        if (fd >= 0)
                return fd;
        /* The number is a thread's of another process now: EINVAL, or ENOENT since Linux 6.9. The process that had it is gone. */
        return pid > 0 && (errno == EINVAL || errno == ENOENT) ? -ESRCH : -errno;
}

int pidfd_signal(int pidfd, int signal) {
        return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

static int read_stat(pid_t pid, char **ret) {
        char path[64];
        int r;

        snprintf(path, sizeof path, "/proc/%ld/stat", (long) pid);
        r = file_read_at(-EBADF, path, 65536, ret, NULL);
        return r == -ENOENT ? -ESRCH : r;
}

int process_start_time(pid_t pid, uint64_t *ret) {
        CLEANUP(freep) char *stat = NULL;
        unsigned long long start_time;
        char state, *p;
        int r = read_stat(pid, &stat);

        if (r < 0)
                return r;
        /* The name in parentheses may hold anything, so count from its last one. */
        p = strrchr(stat, ')');
        if (!p || sscanf(p + 1,
                         " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                         &state, &start_time) != 2)
                return -EIO;
        if (state == 'Z' || state == 'X')
                return -ESRCH;
        *ret = start_time;
        return 0;
}

int process_name(pid_t pid, char name[static 16], int *ret_status) {
        CLEANUP(freep) char *stat = NULL;
        char *start, *end, *last;
        int r = read_stat(pid, &stat);

        if (r < 0)
                return r;
        start = strchr(stat, '(');
        end = strrchr(stat, ')');
        last = strrchr(stat, ' ');
        if (!start || !end || end - start > 16 || last < end)
                return -EIO;
        memcpy(name, start + 1, (size_t) (end - start - 1));
        name[end - start - 1] = '\0';
        /* exit_code is the last field, 52, since Linux 3.5 */
        *ret_status = end[1] == ' ' && (end[2] == 'Z' || end[2] == 'X') ? (int) strtol(last, NULL, 10) : -1;
        return 0;
}

int process_parent(pid_t pid, pid_t *ret) {
        CLEANUP(freep) char *stat = NULL;
        char *p;
        int r = read_stat(pid, &stat);

        if (r < 0)
                return r;
        p = strrchr(stat, ')');
        return p && sscanf(p + 1, " %*c %d", ret) == 1 ? 0 : -EIO;
}

int process_open(pid_t pid, uint64_t start_time) {
        CLEANUP(fd_closep) int fd = pidfd_open_pid(pid);
        uint64_t now;
        int r;

        if (fd < 0)
                return fd;
        /* Read after the pidfd is held: the same time now means that the pidfd is of that process. */
        r = process_start_time(pid, &now);
        if (r < 0)
                return r;
        return now == start_time ? TAKE_FD(fd) : -ESRCH;
}

static int siginfo_exit_code(const siginfo_t *info, bool first) {
        return exit_code_from_wait(info->si_code == CLD_EXITED ? info->si_status << 8 : info->si_status, first);
}

int process_exit_code(const siginfo_t *info) {
        return siginfo_exit_code(info, false);
}

int pidfd_exit_code_now(int pidfd, bool first) {
        struct pidfd_information information = { .mask = PIDFD_INFORMATION_EXIT };

        /* ENOTTY before Linux 6.13; ESRCH, once it is reaped, before 6.15. */
        if (pidfd < 0 || ioctl(pidfd, PIDFD_GET_INFORMATION, &information) < 0)
                return -ENOTTY;
        if (!(information.mask & PIDFD_INFORMATION_EXIT))
                return -EAGAIN;
        return exit_code_from_wait(information.exit_code, first);
}

int pidfd_exit_code(int pidfd, bool first) {
        /* Between its end and its reaping, by a parent that is not us. */
        for (unsigned tries = 0; tries < 200; tries++) {
                int r = pidfd_exit_code_now(pidfd, first);

                if (r != -EAGAIN)
                        return r < 0 ? -1 : r;
                usec_sleep(5 * USEC_PER_MSEC);
        }
        return -1;
}

static int wait_child(pid_t pid, bool first) {
        siginfo_t info = {};

        while (waitid(P_PID, (id_t) pid, &info, WEXITED) < 0)
                if (errno != EINTR)
                        return -errno;
        return siginfo_exit_code(&info, first);
}

int process_wait(pid_t pid) {
        return wait_child(pid, false);
}

int process_wait_first(pid_t pid) {
        return wait_child(pid, true);
}

int signal_from_string(const char *string) {
        const char *name = strncasecmp(string, "SIG", 3) == 0 ? string + 3 : string;
        int64_t number, offset;

        if (number_parse_i64(string, 1, SIGRTMAX, &number) >= 0)
                return (int) number;
        for (int i = 1; i < SIGRTMIN; i++) {
                const char *abbreviation = sigabbrev_np(i);

                if (abbreviation && strcasecmp(abbreviation, name) == 0)
                        return i;
        }
        if (strcasecmp(name, "IOT") == 0)
                return SIGABRT;
        if (strcasecmp(name, "CLD") == 0)
                return SIGCHLD;
        if (strncasecmp(name, "RTMIN", 5) == 0) {
                if (!name[5])
                        return SIGRTMIN;
                if (name[5] == '+' && number_parse_i64(name + 6, 0, SIGRTMAX - SIGRTMIN, &offset) >= 0)
                        return SIGRTMIN + (int) offset;
        }
        if (strncasecmp(name, "RTMAX", 5) == 0) {
                if (!name[5])
                        return SIGRTMAX;
                if (name[5] == '-' && number_parse_i64(name + 6, 0, SIGRTMAX - SIGRTMIN, &offset) >= 0)
                        return SIGRTMAX - (int) offset;
        }
        return -EINVAL;
}

const char *signal_to_string(int signal, char buffer[static 24]) {
        const char *abbreviation;

        if (signal <= 0 || signal > SIGRTMAX)
                return NULL;
        if (signal >= SIGRTMIN) {
                snprintf(buffer, 24, "RTMIN+%d", signal - SIGRTMIN);
                return buffer;
        }
        abbreviation = sigabbrev_np(signal);
        return abbreviation ? abbreviation : NULL;
}
