/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Terminals. Invariant: a terminal that was put into raw mode is set back, however the proxy ends. */

#include "launch/console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"

int console_send(const char *socket_path, int master_fd, Error *error) {
        CLEANUP(fd_closep) int fd = socket_connect_unix(socket_path);
        char name[64];
        int r;

        if (fd < 0)
                return error_set(error, fd, "console socket %s: %m", socket_path);
        /* runc sends the pty's name; readers want at least one byte beside the descriptor. */
        if (ptsname_r(master_fd, name, sizeof name) != 0)
                strcpy(name, "pty");
        r = socket_send_fds(fd, name, strlen(name), &master_fd, 1);
        return r < 0 ? error_set(error, r, "console socket %s: %m", socket_path) : 0;
}

int console_proxy_start(ConsoleProxy *proxy, int master_fd, Error *error) {
        *proxy = (ConsoleProxy) { .master_fd = master_fd };
        if (isatty(STDIN_FILENO)) {
                struct termios raw;

                if (tcgetattr(STDIN_FILENO, &proxy->saved) < 0)
                        return error_set(error, -errno, "terminal: %m");
                raw = proxy->saved;
                cfmakeraw(&raw);
                /* As runc: the container's terminal leaves line ends alone, and the human's makes them right. */
                raw.c_oflag |= OPOST;
                if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
                        return error_set(error, -errno, "terminal: %m");
                proxy->raw = true;
                console_proxy_resize(proxy);
        }
        return 0;
}

void console_keep_line_ends(int master_fd) {
        struct termios attributes;

        if (tcgetattr(master_fd, &attributes) < 0)
                return;
        attributes.c_oflag &= ~(tcflag_t) ONLCR;
        (void) tcsetattr(master_fd, TCSANOW, &attributes);
}

void console_copy_size(int master_fd) {
        struct winsize size;

        /* A terminal that has no size of its own leaves that of the spec. */
        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) >= 0 && (size.ws_row > 0 || size.ws_col > 0))
                (void) ioctl(master_fd, TIOCSWINSZ, &size);
}

void console_proxy_resize(const ConsoleProxy *proxy) {
        console_copy_size(proxy->master_fd);
}

void console_proxy_input(ConsoleProxy *proxy) {
        char bytes[4096];
        ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n <= 0) {
                /* End of our input is end of file for a reader in canonical mode: the pty's VEOF character. */
                static const char end_of_file = 4;

                proxy->input_ended = true;
                (void) fd_write_all(proxy->master_fd, &end_of_file, 1);
                return;
        }
        (void) fd_write_all(proxy->master_fd, bytes, (size_t) n);
}

void console_proxy_output(ConsoleProxy *proxy) {
        char bytes[4096];
        ssize_t n = read(proxy->master_fd, bytes, sizeof bytes);

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        /* EIO: no process has the slave open any more. */
        if (n > 0 && fd_write_all(STDOUT_FILENO, bytes, (size_t) n) >= 0)
                return;
        proxy->output_ended = true;
        /* Nobody reads us any more: the terminal is hung up, or whoever writes to it waits for ever as soon as it is full. */
        if (n > 0)
                proxy->master_fd = fd_close(proxy->master_fd);
}

void console_proxy_done(ConsoleProxy *proxy) {
        while (proxy->master_fd >= 0 && !proxy->output_ended && fd_wait_readable(proxy->master_fd, 0) > 0)
                console_proxy_output(proxy);
        if (proxy->raw)
                (void) tcsetattr(STDIN_FILENO, TCSANOW, &proxy->saved);
        proxy->raw = false;
        proxy->master_fd = fd_close(proxy->master_fd);
}
