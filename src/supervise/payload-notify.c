/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a payload says by sd_notify(3), on its way to the manager of the service that we are. Invariants: only the
 * listed lines pass, so that no container can name another main process; descriptors pass only for the manager's store
 * and under no name of ours; none that a payload sent is closed by us, as the end of one of a file system that the
 * payload serves could wait for it for ever. Called by the supervisor's loop and by the relay. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"
#include "base/text.h"
#include "supervise/notify.h"
#include "supervise/stored.h"

#define MESSAGE_MAX 4096
#define FDS_MAX 64
/* With so many of ours, the closing of earlier ones hangs, and no more are taken. */
#define OPEN_MAX_FD 512

static const char *const payload_lines[] = {
        "READY=1", "STATUS=", "ERRNO=", "BUSERROR=", "STOPPING=1", "RELOADING=1", "MONOTONIC_USEC=", "EXTEND_TIMEOUT_USEC=", "WATCHDOG=1",
        "WATCHDOG=trigger", "VARLINKERROR=", "EXIT_STATUS=",
};
static const char *const store_lines[] = { "FDSTORE=1", "FDSTOREREMOVE=1", "FDNAME=", "FDPOLL=0" };

typedef struct Received {
        char text[MESSAGE_MAX + 1];
        int fds[FDS_MAX];
        size_t n_fds;
} Received;

/* ---- descriptors ---- */

/* A clone that has our table of descriptors, and not our memory; its parent is nobody who would have to wait for it. */
static bool close_by_another(const int *fds, size_t n_fds) {
        pid_t pid = (pid_t) syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);

        if (pid == 0) {
                if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL) == 0)
                        for (size_t i = 0; i < n_fds; i++)
                                (void) close(fds[i]);
                _exit(0);
        }
        while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        return pid > 0;
}

static void close_received(Received *received) {
        if (received->n_fds > 0 && !close_by_another(received->fds, received->n_fds))
                for (size_t i = 0; i < received->n_fds; i++)
                        (void) close(received->fds[i]);
        received->n_fds = 0;
}

static bool has_room(int listen_fd) {
        int fd = fcntl(listen_fd, F_DUPFD_CLOEXEC, 0);

        if (fd >= 0)
                (void) close(fd);
        return fd >= 0 && fd < OPEN_MAX_FD;
}

/* Descriptors that find no room are dropped by the kernel. False: there is no message. */
static bool receive(int listen_fd, bool with_fds, Received *ret) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
        } control = {};
        struct iovec iov = { ret->text, MESSAGE_MAX };
        struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
        ssize_t n;

        if (with_fds && has_room(listen_fd)) {
                header.msg_control = control.bytes;
                header.msg_controllen = sizeof control.bytes;
        }
        n = recvmsg(listen_fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return false;
        ret->text[n] = '\0';
        ret->n_fds = 0;
        if (header.msg_control && header.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_type == SCM_RIGHTS) {
                ret->n_fds = (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
                memcpy(ret->fds, CMSG_DATA(&control.header), ret->n_fds * sizeof(int));
        }
        return true;
}

/* ---- lines ---- */

static bool is_in(const char *const *lines, size_t n_lines, const char *line) {
        for (size_t i = 0; i < n_lines; i++)
                if (endswith(lines[i], "=") ? startswith(line, lines[i]) != NULL : streq(line, lines[i]))
                        return true;
        return false;
}

/* One that stores or removes, and not what is ours. */
static bool is_for_store(char *const *lines) {
        bool stores = false;

        STRV_FOREACH(line, lines) {
                stores |= streq(*line, "FDSTORE=1") || streq(*line, "FDSTOREREMOVE=1");
                if (startswith(*line, "FDNAME=" STORED_PREFIX))
                        return false;
        }
        return stores;
}

static void pass_on(const Notify *notify, const Received *received, bool may_store, bool *ret_ready) {
        CLEANUP(strv_freep) char **lines = NULL;
        CLEANUP(text_done) Text passed = {};
        bool store;

        if (strv_split(received->text, "\n", &lines) < 0)
                return;
        /* All that was sent before it has been passed on, and the manager lets its end go when it has come so far. */
        if (may_store && received->n_fds == 1 && strv_length(lines) == 1 && streq(lines[0], "BARRIER=1")) {
                (void) socket_send_fds(notify->fd, "BARRIER=1", strlen("BARRIER=1"), received->fds, 1);
                return;
        }
        store = may_store && is_for_store(lines);
        STRV_FOREACH(line, lines) {
                if (!is_in(payload_lines, ELEMENTSOF(payload_lines), *line) && !(store && is_in(store_lines, ELEMENTSOF(store_lines), *line)))
                        continue;
                text_addf(&passed, "%s%s", passed.length ? "\n" : "", *line);
                *ret_ready |= streq(*line, "READY=1");
        }
        if (passed.length > 0 && !text_failed(&passed) && notify->fd >= 0)
                (void) socket_send_fds(notify->fd, passed.string, passed.length, received->fds, store ? received->n_fds : 0);
}

void notify_relay(const Notify *notify, int listen_fd, bool may_store, bool *ret_ready) {
        Received received;

        while (receive(listen_fd, may_store, &received)) {
                pass_on(notify, &received, may_store, ret_ready);
                close_received(&received);
        }
}
