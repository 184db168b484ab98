/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sd_notify(3) as system calls: what a supervisor says itself. Invariant: nothing here fails aloud, as nobody can do
 * anything about it. */

#include "supervise/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"

static int connect_to(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t length = strlen(path);
        int fd;

        if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
                return -EINVAL;
        memcpy(address.sun_path, path, length);
        if (path[0] == '@')
                address.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length)) < 0)
                return fd_close(fd);
        return fd;
}

void notify_open(Notify *ret) {
        const char *path = getenv("NOTIFY_SOCKET"), *usec = getenv("WATCHDOG_USEC"), *pid_text = getenv("WATCHDOG_PID");
        uint64_t value;
        pid_t pid;

        *ret = NOTIFY_NONE;
        if (!isempty(path))
                ret->fd = connect_to(path);
        if (ret->fd >= 0 && usec && number_parse_u64(usec, UINT64_MAX - 1, &value) >= 0 &&
            (!pid_text || (number_parse_pid(pid_text, &pid) >= 0 && pid == getpid())))
                ret->watchdog_usec = value / 2;
        (void) unsetenv("NOTIFY_SOCKET");
        (void) unsetenv("WATCHDOG_USEC");
        (void) unsetenv("WATCHDOG_PID");
}

void notify_done(Notify *notify) {
        notify->fd = fd_close(notify->fd);
}

void notify_send(const Notify *notify, const char *format, ...) {
        CLEANUP(text_done) Text text = {};
        va_list arguments;

        if (notify->fd < 0)
                return;
        va_start(arguments, format);
        text_addv(&text, format, arguments);
        va_end(arguments);
        if (!text_failed(&text))
                (void) send(notify->fd, text.string, text.length, MSG_NOSIGNAL);
}

void notify_store_fd(const Notify *notify, const char *name, int fd) {
        char text[128];
        int n = snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);

        if (notify->fd >= 0 && fd >= 0)
                (void) socket_send_fds(notify->fd, text, (size_t) n, &fd, 1);
}

void notify_forget_fd(const Notify *notify, const char *name) {
        notify_send(notify, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void notify_watchdog(Notify *notify) {
        uint64_t now = usec_monotonic();

        if (notify->fd < 0 || notify->watchdog_usec == 0 || now < notify->next_usec)
                return;
        notify->next_usec = now + notify->watchdog_usec;
        notify_send(notify, "WATCHDOG=1");
}
