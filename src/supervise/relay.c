/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The relay of sd_notify(3) messages. Invariant: it holds three descriptors, waits for two of them, and is gone when the container's init is; nobody
 * waits for it, and no pipe of the caller's stays open because of it. */

#include "supervise/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/notify-socket.h"

enum {
        RELAY_LISTEN = 3,
        RELAY_MANAGER,
        RELAY_INIT,
        _RELAY_END,
};

int relay_listen(Container *container, Error *error) {
        if (unlinkat(container->dir_fd, "notify/notify.sock", 0) < 0)
                return -errno;
        return notify_listen(container->dir_fd, error);
}

/* By way of high numbers, as any of them may stand where another one is to go. */
static int place_descriptors(int listen_fd, int manager_fd, int init_fd) {
        const int fds[] = { listen_fd, manager_fd, init_fd };
        int high[ELEMENTSOF(fds)];

        for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
                high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, _RELAY_END);
                if (high[i] < 0)
                        return -errno;
        }
        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                if (dup2(high[i], RELAY_LISTEN + (int) i) < 0)
                        return -errno;
        if (close_range(_RELAY_END, ~0U, 0) < 0)
                return -errno;
        for (int fd = 0; fd <= 2; fd++) {
                (void) close(fd);
                if (open("/dev/null", O_RDWR | O_NOCTTY) != fd)
                        return -EBADF;
        }
        return 0;
}

static void relay_loop(void) {
        const Notify manager = { .fd = RELAY_MANAGER };
        bool ready = false;

        for (;;) {
                struct pollfd polls[] = { { .fd = RELAY_LISTEN, .events = POLLIN }, { .fd = RELAY_INIT, .events = POLLIN } };

                if (poll(polls, ELEMENTSOF(polls), -1) < 0 && errno != EINTR)
                        return;
                /* What it said last before its end is passed on too. */
                notify_relay(&manager, RELAY_LISTEN, false, &ready);
                if (polls[1].revents)
                        return;
        }
}

static void __attribute__((noreturn)) relay_main(int listen_fd, int manager_fd, int init_fd) {
        sigset_t none;

        if (fork() != 0)
                _exit(0);
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        (void) setsid();
        (void) prctl(PR_SET_NAME, "berth-notify");
        if (chdir("/") >= 0 && place_descriptors(listen_fd, manager_fd, init_fd) >= 0)
                relay_loop();
        _exit(0);
}

int relay_start(Container *container, const Notify *notify, int listen_fd, Error *error) {
        CLEANUP(fd_closep) int owned_fd = listen_fd;
        pid_t pid;

        /* Before we are gone, who is the main process so far. */
        notify_send(notify, "MAINPID=%llu", (unsigned long long) container->record->pid);
        pid = fork();
        if (pid < 0)
                return error_set(error, -errno, "relay of the notify socket: %m");
        if (pid == 0)
                relay_main(owned_fd, notify->fd, container->pidfd);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        return 0;
}
