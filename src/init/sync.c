/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages with the launcher (plan/plan.h). Invariant: a message of another size or kind than the one that is due ends the set-up. */

#include <linux/poll.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/socket.h>

#include "init/setup.h"

union Control {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * SYNC_FDS_MAX)];
};

static int send_message(int sync_fd, SyncMessage *message, int fd) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = {};
        struct iovec iov = { message, sizeof *message };
        struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
        long r;

        if (fd >= 0) {
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
                header.msg_control = &control;
                header.msg_controllen = sizeof control.bytes;
        }
        do
                r = SYSCALL(sendmsg, sync_fd, &header, MSG_NOSIGNAL);
        while (r == -EINTR);
        return r < 0 ? (int) r : 0;
}

int sync_send(Setup *setup, SyncKind kind, uint32_t value, int fd) {
        SyncMessage message = { .kind = kind, .step = setup->index, .value = value };

        return send_message(setup->sync_fd, &message, fd);
}

static int receive(int fd, SyncMessage *message, union Control *control, size_t control_size, int *fds, size_t maximum) {
        struct iovec iov = { message, sizeof *message };
        struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = control_size };
        size_t n = 0;
        long r;

        do
                r = SYSCALL(recvmsg, fd, &header, MSG_CMSG_CLOEXEC);
        while (r == -EINTR);
        if (r < 0)
                return (int) r;
        if (r == 0)
                return -ECONNRESET;
        if (r != sizeof *message || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
                return -EBADMSG;
        if (maximum > 0 && header.msg_controllen >= sizeof(struct cmsghdr) && control->header.cmsg_type == SCM_RIGHTS) {
                n = (control->header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
                if (n > maximum)
                        return -EMSGSIZE;
                memcpy(fds, CMSG_DATA(&control->header), n * sizeof(int));
        }
        return (int) n;
}

int sync_wait_go(Setup *setup, uint32_t *ret) {
        SyncMessage message;
        int r = receive(setup->sync_fd, &message, NULL, 0, NULL, 0);

        if (r < 0)
                return r;
        if (message.kind != SYNC_GO)
                return -EBADMSG;
        if (ret)
                *ret = message.value;
        return 0;
}

int sync_receive_fd(int socket_fd) {
        union Control control;
        SyncMessage message;
        int fd = -1, r = receive(socket_fd, &message, &control, CMSG_SPACE(sizeof fd), &fd, 1);

        return r < 0 ? r : r == 1 ? fd : -EBADMSG;
}

int sync_receive_sources(Setup *setup) {
        uint32_t n = setup->plan.header->n_sources;
        union Control control;

        for (uint32_t done = 0; done < n;) {
                SyncMessage message;
                int r = receive(setup->sync_fd, &message, &control, sizeof control, setup->sources + done, n - done);

                if (r < 0)
                        return r;
                if (message.kind != SYNC_SOURCES || r == 0 || (uint32_t) r != message.value)
                        return -EBADMSG;
                done += (uint32_t) r;
        }
        return 0;
}

static SyncMessage failure_message(const Setup *setup, int error) {
        return (SyncMessage) { .kind = SYNC_FAILED, .step = setup->index, .error = error, .value = setup->failure_value };
}

/* To somebody who may be gone, which is no reason for SIGPIPE. */
static void report(const Setup *setup, int fd, int error) {
        SyncMessage message = failure_message(setup, error);

        (void) send_message(fd, &message, setup->failure_fd);
}

bool sync_report(Setup *setup, int error) {
        SyncMessage message = failure_message(setup, error);

        if (setup->failure_fd >= 0) /* of a hook: the filter is not loaded yet */
                return send_message(setup->sync_fd, &message, setup->failure_fd) >= 0;
        return SYSCALL(write, setup->sync_fd, &message, sizeof message) == sizeof message;
}

int step_scope(Setup *setup, const PlanStep *step) {
        return sync_wait_go(setup, NULL);
}

static int ask(Setup *setup, SyncKind kind) {
        int r = sync_send(setup, kind, 0, -1);

        return r < 0 ? r : sync_wait_go(setup, NULL);
}

int step_net_devices(Setup *setup, const PlanStep *step) {
        return ask(setup, SYNC_NET_DEVICES);
}

int step_ask_hooks(Setup *setup, const PlanStep *step) {
        return ask(setup, SYNC_HOOKS);
}

#define OVERFLOW_ID 65534 /* whoever has no id in our user namespace: the host's root, for one */

static int peer_uid(int fd, unsigned *ret) {
        struct ucred peer;
        unsigned size = sizeof peer;
        int r = SYSCALL_INT(getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);

        *ret = peer.uid;
        return r;
}

/* The socket's directory lets in nobody else anyway. Who listens is the launcher, whatever number it has in our user namespace; ours is another one there
 * already. */
static bool may_start(int listening_fd, int fd) {
        unsigned launcher, starter;

        if (peer_uid(listening_fd, &launcher) < 0 || peer_uid(fd, &starter) < 0)
                return false;
        return starter == launcher || starter == 0 || starter == OVERFLOW_ID;
}

#define SIGNAL_BIT(number) (UINT64_C(1) << ((number) - 1))
/* All that end a process by default and are no fault of its own. */
#define SIGNALS_THAT_END \
        ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | \
          SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | \
          SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGSYS))

/* Waits for a connection. A container that was not started ends by the signals by which any process does, its stop signal among them: as the first of its pid
 * namespace it would be spared by the kernel, and systemd would wait for it as long as it waits at all. */
static int wait_for_connection(Setup *setup) {
        uint64_t mask = SIGNALS_THAT_END, none = 0;
        CLEANUP(init_closep) int signal_fd = -1;
        uint32_t information[32]; /* struct signalfd_siginfo, which begins with the number */
        int r;

        SYSCALL(rt_sigprocmask, SIG_BLOCK, &mask, 0, SIGNAL_SET_SIZE);
        signal_fd = SYSCALL_INT(signalfd4, -1, &mask, SIGNAL_SET_SIZE, O_CLOEXEC);
        for (;;) {
                struct pollfd polls[] = { { .fd = signal_fd, .events = POLLIN }, { .fd = setup->start_fd, .events = POLLIN } };

                r = SYSCALL_INT(ppoll, polls, ELEMENTSOF(polls), 0, 0, 0);
                if (r < 0 && r != -EINTR)
                        return r;
                if (r > 0 && polls[0].revents && SYSCALL(read, signal_fd, information, sizeof information) == sizeof information)
                        SYSCALL(exit_group, 128 + information[0]);
                if (r > 0 && polls[1].revents)
                        break;
        }
        SYSCALL(rt_sigprocmask, SIG_SETMASK, &none, 0, SIGNAL_SET_SIZE);
        return 0;
}

/* From here on the start socket is who we talk to: its connection is closed by execve(2), and so tells success. The first one wins; who comes later
 * finds the socket closed. */
static int wait_for_start(Setup *setup) {
        int fd, r;

        for (;;) {
                r = wait_for_connection(setup);
                if (r < 0)
                        return r;
                fd = SYSCALL_INT(accept4, setup->start_fd, 0, 0, SOCK_CLOEXEC);
                if (fd == -EINTR || fd == -ECONNABORTED)
                        continue;
                if (fd < 0)
                        return fd;
                if (may_start(setup->start_fd, fd))
                        break;
                /* A mere end of file would tell success. */
                report(setup, fd, EACCES);
                SYSCALL(close, fd);
        }
        r = SYSCALL_INT(dup3, fd, setup->sync_fd, O_CLOEXEC);
        SYSCALL(close, fd);
        return r < 0 ? r : 0;
}

/* The launcher's death no longer matters once it has said that
 * the container is on record (SYNC_GO with value 1) or is to run at once (value 0); if it dies before that, so do we: by the end of file that we
 * then read. The death signal goes before we tell that we are ready, as a launcher that said its last word may be gone before we read it. */
int step_created(Setup *setup, const PlanStep *step) {
        uint32_t value;
        int r;

        SYSCALL(prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
        r = sync_send(setup, SYNC_CREATED, 0, -1);
        if (r >= 0)
                r = sync_wait_go(setup, &value);
        if (r < 0)
                return r;
        setup->settled = true;
        if (value != 0)
                r = sync_send(setup, SYNC_SETTLED, 0, -1);
        if (r >= 0 && value != 0)
                r = setup->start_fd >= 0 ? wait_for_start(setup) : -EBADF;
        init_closep(&setup->start_fd);
        setup->start_fd = -1;
        return r;
}
