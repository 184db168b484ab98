/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The foreground of run and exec. Invariant: it ends when the process has ended and what it wrote to its terminal was copied, never before. */

#include "supervise/foreground.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "launch/console.h"

/* Not sent on: ours (SIGCHLD, SIGWINCH), the machine's about us (faults, SIGPIPE), and what Go programs send themselves (SIGURG). */
static const int kept_signals[] = { SIGCHLD, SIGWINCH, SIGPIPE, SIGURG, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGTTIN, SIGTTOU };

bool foreground_forwards(int signal) {
        FOREACH_ELEMENT(kept, kept_signals)
                if (*kept == signal)
                        return false;
        return true;
}

int foreground_prepare(int *ret_signal_fd, Error *error) {
        sigset_t set;
        int fd;

        sigfillset(&set);
        FOREACH_ELEMENT(kept, kept_signals)
                if (*kept != SIGWINCH)
                        sigdelset(&set, *kept);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return error_set(error, -errno, "signals: %m");
        fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fd < 0)
                return error_set(error, -errno, "signalfd: %m");
        *ret_signal_fd = fd;
        return 0;
}

static void forward_signals(int signal_fd, int pidfd, const ConsoleProxy *proxy) {
        struct signalfd_siginfo info;

        while (read(signal_fd, &info, sizeof info) == sizeof info) {
                int signal = (int) info.ssi_signo;

                if (signal == SIGWINCH && proxy->master_fd >= 0)
                        console_proxy_resize(proxy);
                if (foreground_forwards(signal))
                        (void) pidfd_signal(pidfd, signal);
        }
}

enum {
        POLL_SIGNALS,
        POLL_PROCESS,
        POLL_OUTPUT,
        POLL_INPUT,
        _POLL_MAX,
};

static int loop(const Process *process, int signal_fd, ConsoleProxy *proxy) {
        for (;;) {
                struct pollfd polls[_POLL_MAX] = {
                        [POLL_SIGNALS] = { .fd = signal_fd, .events = POLLIN },
                        [POLL_PROCESS] = { .fd = process->pidfd, .events = POLLIN },
                        [POLL_OUTPUT] = { .fd = proxy->output_ended ? -1 : proxy->master_fd, .events = POLLIN },
                        [POLL_INPUT] = { .fd = proxy->master_fd < 0 || proxy->input_ended ? -1 : STDIN_FILENO, .events = POLLIN },
                };

                if (poll(polls, _POLL_MAX, -1) < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (polls[POLL_SIGNALS].revents)
                        forward_signals(signal_fd, process->pidfd, proxy);
                if (polls[POLL_OUTPUT].revents)
                        console_proxy_output(proxy);
                if (polls[POLL_INPUT].revents)
                        console_proxy_input(proxy);
                if (polls[POLL_PROCESS].revents)
                        return 0;
        }
}

int foreground_wait(Process *process, int signal_fd, int console_fd, Error *error) {
        ConsoleProxy proxy = { .master_fd = -EBADF };
        int r = 0, status;

        if (console_fd >= 0)
                r = console_proxy_start(&proxy, console_fd, error);
        if (r >= 0)
                r = loop(process, signal_fd, &proxy);
        console_proxy_done(&proxy);
        if (r < 0)
                return error_set(error, r, "waiting for the container: %m");
        status = process_wait(process->pid);
        process_release(process);
        return status < 0 ? error_set(error, status, "waiting for the container: %m") : status;
}
