/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The anchor: a tiny process that keeps a scope's cgroup until somebody has read its last figures, so that an OOM kill is never lost. Invariants: it holds
 * nothing of its caller's open; it never ends before the container's init does, whatever signal comes; it always ends some time after. */

#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/time_types.h>
#include <signal.h>
#include <sys/socket.h>

#include "init/setup.h"

#define SIGNAL_BIT(number) (UINT64_C(1) << ((number) - 1))

static const char *const figures[] = {
        "memory.events", "memory.peak", "memory.swap.peak", "cpu.stat", "pids.peak", "io.stat",
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

/* The launcher sends whom to follow once it knows: the init may be a child of the process that was started first. */
static int receive_pidfd(int socket_fd) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = {};
        SyncMessage message;
        struct iovec iov = { &message, sizeof message };
        struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
        int pidfd = -1;
        long n;

        do
                n = SYSCALL(recvmsg, socket_fd, &header, MSG_CMSG_CLOEXEC);
        while (n == -EINTR);
        if (n == sizeof message && header.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_type == SCM_RIGHTS)
                memcpy(&pidfd, CMSG_DATA(&control.header), sizeof pidfd);
        return pidfd;
}

/* Our own cgroup, which is the scope's: "0::/berth.slice/berth-web.scope" is the last line. */
static int open_cgroup(void) {
        static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
        char text[SETUP_PATH_MAX], path[SETUP_PATH_MAX + 32];
        CLEANUP(init_closep) int fd = SYSCALL_INT(openat, AT_FDCWD, "/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
        long n = fd < 0 ? fd : SYSCALL(read, fd, text, sizeof text - 1);
        char *start;

        if (n <= 0)
                return -ENODATA;
        text[n] = '\0';
        if (text[n - 1] == '\n')
                text[n - 1] = '\0';
        for (start = text + strlen(text); start > text && start[-1] != '\n'; start--)
                ;
        if (start[0] != '0' || start[1] != ':' || start[2] != ':')
                return -ENODATA;
        for (size_t i = ELEMENTSOF(mounts); i-- > 0;) {
                size_t length = strlen(mounts[i]);
                int cgroup_fd;

                memcpy(path, mounts[i], length);
                memcpy(path + length, start + 3, strlen(start + 3) + 1);
                cgroup_fd = SYSCALL_INT(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (cgroup_fd >= 0)
                        return cgroup_fd;
        }
        return -ENOENT;
}

/* "# NAME" and the file's lines, one file after the other. */
static void write_figures(int final_fd) {
        CLEANUP(init_closep) int cgroup_fd = open_cgroup();
        char buffer[4096];

        for (size_t i = 0; cgroup_fd >= 0 && i < ELEMENTSOF(figures); i++) {
                CLEANUP(init_closep) int fd = SYSCALL_INT(openat, cgroup_fd, figures[i], O_RDONLY | O_CLOEXEC);
                long n;

                if (fd < 0)
                        continue;
                SYSCALL(write, final_fd, "# ", 2);
                SYSCALL(write, final_fd, figures[i], strlen(figures[i]));
                SYSCALL(write, final_fd, "\n", 1);
                while ((n = SYSCALL(read, fd, buffer, sizeof buffer)) > 0)
                        SYSCALL(write, final_fd, buffer, n);
        }
}

enum {
        POLL_INIT,
        POLL_SIGNALS,
};

/* Until init is gone; whether somebody asked us to go too. */
static bool follow(int pidfd, int signal_fd) {
        struct pollfd polls[] = { [POLL_INIT] = { .fd = pidfd, .events = POLLIN }, [POLL_SIGNALS] = { .fd = signal_fd, .events = POLLIN } };
        char info[128];
        bool asked = false;

        for (;;) {
                int r = SYSCALL_INT(ppoll, polls, ELEMENTSOF(polls), 0, 0, 0);

                if (r < 0 && r != -EINTR)
                        return true;
                if (polls[POLL_SIGNALS].revents) {
                        SYSCALL(read, signal_fd, info, sizeof info);
                        asked = true;
                }
                if (polls[POLL_INIT].revents)
                        return asked;
        }
}

static void stay(int signal_fd, uint64_t grace_msec) {
        struct pollfd poll = { .fd = signal_fd, .events = POLLIN };
        struct __kernel_timespec timeout = { (long long) (grace_msec / 1000), (long long) (grace_msec % 1000) * 1000000 };

        SYSCALL(ppoll, &poll, 1, &timeout, 0, 0);
}

static int parse_arguments(char **argv, int *socket_fd, int *final_fd, uint64_t *grace_msec) {
        uint64_t socket_number, final_number;
        int r = parse_number(argv[2], &socket_number);

        if (r >= 0)
                r = parse_number(argv[3], &final_number);
        if (r >= 0)
                r = parse_number(argv[4], grace_msec);
        if (r < 0)
                return r;
        *socket_fd = (int) socket_number;
        *final_fd = (int) final_number;
        return 0;
}

int anchor_main(int argc, char **argv) {
        uint64_t mask = ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS));
        uint64_t ask = SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT);
        uint64_t grace_msec;
        int socket_fd, final_fd, signal_fd, pidfd;
        bool asked;

        if (argc != 5 || parse_arguments(argv, &socket_fd, &final_fd, &grace_msec) < 0)
                return -EINVAL;
        for (int fd = 0; fd <= 2; fd++)
                SYSCALL(close, fd);
        SYSCALL(setsid);
        SYSCALL(prctl, PR_SET_NAME, "berth-anchor");
        SYSCALL(chdir, "/");
        SYSCALL(rt_sigprocmask, SIG_BLOCK, &mask, 0, 8);
        signal_fd = SYSCALL_INT(signalfd4, -1, &ask, 8, O_CLOEXEC | O_NONBLOCK);
        if (signal_fd < 0)
                return signal_fd;
        pidfd = receive_pidfd(socket_fd);
        SYSCALL(close, socket_fd);
        if (pidfd < 0)
                return 0; /* the launch failed */
        asked = follow(pidfd, signal_fd);
        write_figures(final_fd);
        if (!asked)
                stay(signal_fd, grace_msec);
        return 0;
}
