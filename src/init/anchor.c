/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The anchor: a tiny process that keeps a scope's cgroup until somebody has read its last figures, so that an OOM kill is never lost, and that tells the
 * journal of each, where no supervisor does; and that writes down how the container ended, where the kernel tells it, as whoever else would have seen it may
 * have been killed. Where it would take a place that the payload needs (a small pids limit), or be killed with the unit by systemd (OOMPolicy), one stands
 * outside the cgroup and cannot keep it: it reads before systemd can be as far as to remove it. Invariants: it holds nothing of its caller's open; inside,
 * it never ends before the container's init does, whatever signal comes; it always ends some time after; what it told the journal is what it writes down at
 * the end, and it tells first. */

#include <linux/magic.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <linux/un.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "base/pidfd.h"
#include "init/setup.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
/* How long we stay when asked to go, for the parent of the container's init to reap it. */
#define REAP_MSEC 1000
#define ENTRY_MAX 2048
/* How long we stay when the launcher was killed. systemd may have been asked to start the scope and not have come to it: when it does, a process that is dead and
 * not reaped is moved without an error, and nothing ever tells systemd that the cgroup it begins to watch is empty. */
#define ABANDONED_MSEC 1000

/* The count of kills is taken for final when it has not changed for so long: each of a group takes the kernel a line on the console, too. */
#define SETTLE_STEP_NSEC 500000
#define SETTLE_STEPS 20
/* How long a process that was killed for want of memory may take to give it back. */
#define GONE_NSEC 20000000

#define SIGNAL_BIT(number) (UINT64_C(1) << ((number) - 1))

/* After memory.events. */
static const char *const figures[] = {
        "memory.peak", "memory.swap.peak", "cpu.stat", "pids.peak", "io.stat",
};

static int parse_number(const char *text, uint64_t *ret) {
        uint64_t value = 0;

        if (!text[0])
                return -EINVAL;
        for (; *text; text++) {
                if (*text < '0' || *text > '9' || value > 1000000000)
                        return -EINVAL;
                value = value * 10 + (uint64_t) (*text - '0');
        }
        *ret = value;
        return 0;
}

/* -1: none. */
static int parse_fd(const char *text, int *ret) {
        uint64_t number;
        int r;

        if (strcmp(text, "-1") == 0) {
                *ret = -1;
                return 0;
        }
        r = parse_number(text, &number);
        if (r >= 0)
                *ret = (int) number;
        return r;
}

/* The launcher sends whom to follow once it knows: the init may be a child of the process that was started first. With it comes the cgroup, which in the
 * waiting form was not there yet when we were started. */
static int receive_whom(int socket_fd, SyncMessage *message, int *ret_cgroup_fd) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(2 * sizeof(int))];
        } control = {};
        struct iovec iov = { message, sizeof *message };
        struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
        int fds[2];
        long n;

        do
                n = SYSCALL(recvmsg, socket_fd, &header, MSG_CMSG_CLOEXEC);
        while (n == -EINTR);
        if (n != sizeof *message || message->kind != SYNC_GO || header.msg_controllen < CMSG_LEN(sizeof fds) ||
            control.header.cmsg_type != SCM_RIGHTS || control.header.cmsg_len != CMSG_LEN(sizeof fds))
                return -EBADMSG;
        memcpy(fds, CMSG_DATA(&control.header), sizeof fds);
        *ret_cgroup_fd = fds[1];
        return fds[0];
}

/* We are charged to a cgroup that may have no memory left, until what was killed has gone: then a call fails, and is worth another try. */
static bool try_again(long r, unsigned *tries) {
        struct __kernel_timespec time = { 0, 5000000 };

        if ((r != -ENOMEM && r != -ENOBUFS && r != -EFAULT) || (*tries)++ >= 200)
                return false;
        SYSCALL(ppoll, NULL, 0, &time, 0, 0);
        return true;
}

static int open_patiently(int dir_fd, const char *name) {
        unsigned tries = 0;
        int r;

        do
                r = SYSCALL_INT(openat, dir_fd, name, O_RDONLY | O_CLOEXEC);
        while (try_again(r, &tries));
        return r;
}

static void write_patiently(int fd, const char *bytes, size_t size) {
        unsigned tries = 0;
        long r;

        do
                r = SYSCALL(write, fd, bytes, size);
        while (try_again(r, &tries));
}

typedef struct Anchor {
        int socket_fd;          /* SYNC_GO comes from there, with the pidfd of the container's init */
        int final_fd;           /* or -1 */
        int cgroup_fd;
        int signal_fd;
        int memory_fd;          /* memory.events, or -1 */
        int events_fd;          /* outside: cgroup.events, or -1 */
        int journal_fd;         /* a socket, made while there is memory for one */
        uint64_t grace_msec;
        char events[512];       /* what memory.events said last */
        uint64_t oom_kills;     /* that the journal knows of */
        uint64_t exited_usec;   /* the container's init; CLOCK_REALTIME, 0: it lives */
        size_t entry_size;      /* 0: the journal is told by somebody else */
        char entry[ENTRY_MAX + 32]; /* the journal's but for its last field, made by our launcher; with room for that */
        bool outside;           /* of the cgroup */
        bool first;             /* the container's init is, of a pid namespace */
        bool asked;             /* to go, by a signal */
        bool emptied;           /* outside: the cgroup, so that nobody is to be waited for */
} Anchor;

/* ---- figures ---- */

static size_t add_decimal(char *to, uint64_t value) {
        char digits[24];
        size_t n = 0;

        do
                digits[n++] = (char) ('0' + value % 10);
        while ((value /= 10) > 0);
        for (size_t i = 0; i < n; i++)
                to[i] = digits[n - 1 - i];
        return n;
}

static void write_number(const Anchor *anchor, const char *key, uint64_t value) {
        char text[64];
        size_t size = strlen(key);

        memcpy(text, key, size);
        size += add_decimal(text + size, value);
        text[size++] = '\n';
        write_patiently(anchor->final_fd, text, size);
}

static void write_name(int final_fd, const char *name) {
        write_patiently(final_fd, "# ", 2);
        write_patiently(final_fd, name, strlen(name));
        write_patiently(final_fd, "\n", 1);
}

/* "# NAME" and the file's lines, one file after the other. The number of kills is there also when the cgroup has just gone. */
static void write_figures(const Anchor *anchor) {
        char buffer[4096];

        if (anchor->final_fd < 0)
                return;
        SYSCALL(lseek, anchor->final_fd, 0, SEEK_SET);
        if (anchor->events[0]) {
                write_name(anchor->final_fd, "memory.events");
                write_patiently(anchor->final_fd, anchor->events, strlen(anchor->events));
        }
        for (size_t i = 0; i < ELEMENTSOF(figures); i++) {
                CLEANUP(init_closep) int fd = open_patiently(anchor->cgroup_fd, figures[i]);
                long n;

                if (fd < 0)
                        continue;
                write_name(anchor->final_fd, figures[i]);
                while ((n = SYSCALL(read, fd, buffer, sizeof buffer)) > 0)
                        write_patiently(anchor->final_fd, buffer, (size_t) n);
        }
        if (anchor->exited_usec > 0)
                write_number(anchor, "# exit\nexited ", anchor->exited_usec);
}

/* ---- out of memory ---- */

static void read_entry(Anchor *anchor, int fd) {
        long n = SYSCALL(pread64, fd, anchor->entry, ENTRY_MAX, 0);

        anchor->entry_size = n > 0 ? (size_t) n : 0;
        SYSCALL(close, fd);
}

static void tell_journal(Anchor *anchor) {
        static const char field[] = "OOM_KILLS=";
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
        size_t size = anchor->entry_size;
        unsigned tries = 0;
        long r;

        memcpy(anchor->entry + size, field, sizeof field - 1);
        size += sizeof field - 1;
        size += add_decimal(anchor->entry + size, anchor->oom_kills);
        anchor->entry[size++] = '\n';
        do
                r = SYSCALL(sendto, anchor->journal_fd, anchor->entry, size, MSG_NOSIGNAL, &address, sizeof address);
        while (try_again(r, &tries));
}

/* The number behind the key, which ends with a space, at the beginning of a line. */
static uint64_t find_number(const char *text, const char *key) {
        uint64_t value = 0;

        while (*text) {
                const char *k = key;

                for (; *k && *text == *k; text++)
                        k++;
                if (!*k) {
                        for (; *text >= '0' && *text <= '9'; text++)
                                value = value * 10 + (uint64_t) (*text - '0');
                        return value;
                }
                while (*text && *text != '\n')
                        text++;
                if (*text)
                        text++;
        }
        return 0;
}

/* Reading also arms the next POLLPRI. */
static long read_events(int *fd, char *text, size_t size) {
        unsigned tries = 0;
        long n;

        if (*fd < 0)
                return *fd;
        do
                n = SYSCALL(pread64, *fd, text, size - 1, 0);
        while (try_again(n, &tries));
        if (n <= 0)
                init_closep(fd);
        else
                text[n] = '\0';
        return n;
}

/* 1: there were more of them than we had told. */
static int tell_new_kills(Anchor *anchor) {
        uint64_t kills;

        if (read_events(&anchor->memory_fd, anchor->events, sizeof anchor->events) <= 0)
                return -ENODATA;
        kills = find_number(anchor->events, "oom_kill ");
        if (kills <= anchor->oom_kills)
                return 0;
        anchor->oom_kills = kills;
        if (anchor->entry_size > 0)
                tell_journal(anchor);
        write_figures(anchor);
        return 1;
}

/* The kernel kills a group (memory.oom.group) one process after the other and counts each, but tells of a change of the file once in 10 ms only. We do not
 * wait for that: outside, the cgroup could have gone by then. */
static void watch_memory(Anchor *anchor) {
        struct __kernel_timespec step = { 0, SETTLE_STEP_NSEC };
        unsigned unchanged = 0;

        if (!anchor->outside) {
                (void) tell_new_kills(anchor);
                return;
        }
        while (unchanged < SETTLE_STEPS) {
                int r = tell_new_kills(anchor);

                if (r < 0 || (r == 0 && unchanged == 0))
                        return;
                unchanged = r > 0 ? 1 : unchanged + 1;
                SYSCALL(ppoll, NULL, 0, &step, 0, 0);
        }
}

static void watch_processes(Anchor *anchor) {
        char text[512];

        if (read_events(&anchor->events_fd, text, sizeof text) <= 0 || find_number(text, "populated ") == 0)
                anchor->emptied = true;
}

/* ---- life ---- */

/* Waits until fd has something (events 0: POLLHUP); a signal is noted meanwhile, and ends the wait where that is wished for. 1: fd has something. */
static int wait_for(Anchor *anchor, int fd, short events, bool until_asked, uint64_t timeout_msec) {
        struct __kernel_timespec timeout = { (long long) (timeout_msec / 1000), (long long) (timeout_msec % 1000) * 1000000 };
        struct __kernel_timespec patience = { 0, GONE_NSEC };
        char info[128];

        while (!until_asked || !(anchor->asked || anchor->emptied)) {
                struct pollfd polls[] = {
                        { .fd = anchor->signal_fd, .events = POLLIN },
                        { .fd = fd, .events = events },
                        { .fd = anchor->memory_fd, .events = POLLPRI },
                        { .fd = anchor->events_fd, .events = POLLPRI },
                };
                int r = SYSCALL_INT(ppoll, polls, ELEMENTSOF(polls), timeout_msec ? &timeout : NULL, 0, 0);

                if (r == -EINTR)
                        continue;
                if (r <= 0)
                        return r;
                if (polls[0].revents) {
                        SYSCALL(read, anchor->signal_fd, info, sizeof info);
                        anchor->asked = true;
                }
                /* Inside, reading takes memory of a cgroup that may have none: the kernel would look for another one to kill while the first has not gone. */
                if (polls[2].revents && !anchor->outside)
                        SYSCALL(ppoll, NULL, 0, &patience, 0, 0);
                /* Before all else: when the last process has gone, the cgroup goes within some hundred microseconds. */
                if (polls[2].revents || polls[3].revents)
                        watch_memory(anchor);
                if (polls[3].revents)
                        watch_processes(anchor);
                if (polls[1].revents)
                        return 1;
        }
        return 0;
}

/* As wait(2) has it; -EAGAIN until its parent has reaped it, another negative errno where the kernel does not tell. */
static int exit_code(int pidfd) {
        struct pidfd_information information = { .mask = PIDFD_INFORMATION_EXIT };
        int r = SYSCALL_INT(ioctl, pidfd, PIDFD_GET_INFORMATION, &information);

        if (r < 0)
                return r == -EAGAIN ? -EIO : r;
        return information.mask & PIDFD_INFORMATION_EXIT ? information.exit_code : -EAGAIN;
}

static void note_exit(Anchor *anchor) {
        struct __kernel_timespec now = {};

        SYSCALL(clock_gettime, CLOCK_REALTIME, &now);
        anchor->exited_usec = (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

/* Behind the figures, which may be written once more meanwhile. The parent may be slow. */
static void write_status(Anchor *anchor, int pidfd) {
        int code = exit_code(pidfd);

        if (code == -EAGAIN && anchor->grace_msec > 0) {
                wait_for(anchor, pidfd, 0, true, anchor->grace_msec);
                code = exit_code(pidfd);
        }
        if (code == -EAGAIN) {
                wait_for(anchor, pidfd, 0, false, REAP_MSEC);
                code = exit_code(pidfd);
        }
        if (code < 0)
                return;
        write_number(anchor, "status ", (uint64_t) exit_code_from_wait(code, anchor->first));
}

/* Closes every descriptor but these. */
static void close_others(const int *fds, size_t n) {
        int next = 0;

        for (size_t round = 0; round < n; round++) {
                int lowest = -1;

                for (size_t i = 0; i < n; i++)
                        if (fds[i] >= next && (lowest < 0 || fds[i] < lowest))
                                lowest = fds[i];
                if (lowest < 0)
                        break;
                if (lowest > next)
                        SYSCALL(close_range, next, lowest - 1, 0);
                next = lowest + 1;
        }
        SYSCALL(close_range, next, ~0U, 0);
}

/* Nothing of the caller's stays open, nor its terminal, its directory or its signals with us. */
static int detach(Anchor *anchor) {
        uint64_t mask = ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS));
        /* Whatever the unit's stop signal is, a web server's SIGWINCH too: systemd waits for us as for any process. */
        uint64_t ask = mask & ~(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG));
        struct { int value; } priority = { 1 };
        const int keep[] = { anchor->socket_fd, anchor->final_fd };
        int fd;

        close_others(keep, ELEMENTSOF(keep));
        SYSCALL(setsid);
        SYSCALL(prctl, PR_SET_NAME, "berth-anchor", 0, 0, 0);
        SYSCALL(chdir, "/");
        SYSCALL(rt_sigprocmask, SIG_BLOCK, &mask, 0, sizeof mask);
        if (anchor->entry_size > 0)
                anchor->journal_fd = SYSCALL_INT(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        anchor->signal_fd = SYSCALL_INT(signalfd4, -1, &ask, sizeof ask, O_CLOEXEC | O_NONBLOCK);
        /* The one that is to tell of an OOM kill must not be it: the kernel spares this score, also where memory.oom.group kills a whole cgroup. Without
         * privileges it is as likely as any. */
        fd = SYSCALL_INT(openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        if (fd >= 0) {
                SYSCALL(write, fd, "-1000", 5);
                SYSCALL(close, fd);
        }
        /* The container's CPU quota is not for us: who is throttled tells too late. It sleeps but for those moments. */
        SYSCALL(sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
        return anchor->signal_fd < 0 ? anchor->signal_fd : 0;
}

/* Whom we follow, or negative errno: nobody. */
static int begin_watch(Anchor *anchor) {
        SyncMessage message;
        int pidfd;

        /* Nobody is followed yet: a signal ends it, as does the end of the launcher. */
        if (wait_for(anchor, anchor->socket_fd, POLLIN, true, 0) <= 0)
                return -ECANCELED;
        pidfd = receive_whom(anchor->socket_fd, &message, &anchor->cgroup_fd);
        if (pidfd < 0)
                return pidfd;
        anchor->outside = message.value & ANCHOR_OUTSIDE;
        anchor->first = message.value & ANCHOR_FIRST;
        anchor->memory_fd = SYSCALL_INT(openat, anchor->cgroup_fd, "memory.events", O_RDONLY | O_CLOEXEC);
        if (anchor->outside)
                anchor->events_fd = SYSCALL_INT(openat, anchor->cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
        watch_memory(anchor);
        /* Tells the launcher, who waits for that where nothing else holds the cgroup. */
        SYSCALL(close, anchor->socket_fd);
        return pidfd;
}

int anchor_main(char **argv) {
        Anchor anchor = {
                .socket_fd = -1, .final_fd = -1, .cgroup_fd = -1, .signal_fd = -1, .memory_fd = -1, .events_fd = -1, .journal_fd = -1,
        };
        int pidfd, entry_fd = -1, r;

        if (parse_fd(argv[2], &anchor.socket_fd) < 0 || parse_fd(argv[3], &anchor.final_fd) < 0 || parse_fd(argv[4], &entry_fd) < 0 ||
            parse_number(argv[5], &anchor.grace_msec) < 0 || anchor.socket_fd < 0)
                return -EINVAL;
        if (entry_fd >= 0)
                read_entry(&anchor, entry_fd);
        r = detach(&anchor);
        if (r < 0)
                return r;
        /* Only now: the files of a process that is not dumpable, as that above, belong to root. */
        SYSCALL(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
        pidfd = begin_watch(&anchor);
        if (pidfd < 0) {
                if (pidfd != -ECANCELED)
                        wait_for(&anchor, -1, POLLIN, true, ABANDONED_MSEC);
                return 0;
        }
        /* Outside, a signal is of those whose cgroup we are guests in: theirs must not wait for us. */
        if (wait_for(&anchor, pidfd, POLLIN, anchor.outside, 0) > 0)
                note_exit(&anchor);
        /* A process leaves its cgroup before it is a zombie: seen as an exit that was lost, six times in a thousand. */
        else if (anchor.emptied && wait_for(&anchor, pidfd, POLLIN, false, REAP_MSEC) > 0)
                note_exit(&anchor);
        watch_memory(&anchor);
        write_figures(&anchor);
        if (anchor.outside)
                watch_processes(&anchor);
        if (anchor.exited_usec > 0 && anchor.final_fd >= 0)
                write_status(&anchor, pidfd);
        if (anchor.grace_msec > 0)
                wait_for(&anchor, -1, POLLIN, true, anchor.grace_msec);
        return 0;
}
