/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <termios.h>

#include "base/error.h"
#include "base/macro.h"

/* Terminals: the hand-over of a container's pty to --console-socket, and the foreground terminal of run and exec. */

/* Sends the master over the unix stream socket path, with its name as the data. */
int console_send(const char *socket_path, int master_fd, Error *error);

/* Gives a pty the size of the caller's terminal, if that is one. */
void console_copy_size(int master_fd);
/* The container's "\n" comes out as "\n": what reads it may be no terminal, and a terminal adds "\r" by itself. */
void console_keep_line_ends(int master_fd);

/* The caller's terminal in raw mode, bytes copied both ways. */
typedef struct ConsoleProxy {
        int master_fd;          /* owned */
        bool raw;               /* the caller's terminal was changed and must be set back */
        struct termios saved;
        bool input_ended;
        bool output_ended;
} ConsoleProxy;

/* Takes over master_fd. */
int console_proxy_start(ConsoleProxy *proxy, int master_fd, Error *error);
/* Copies the caller's window size to the pty. */
void console_proxy_resize(const ConsoleProxy *proxy);
/* Copies what stdin has for the pty; called when stdin is readable. */
void console_proxy_input(ConsoleProxy *proxy);
/* Copies what the pty has to stdout; called when the pty is readable. Sets output_ended when the last holder of the slave is gone. */
void console_proxy_output(ConsoleProxy *proxy);
/* Copies what is left in the pty, sets the terminal back and closes the master. */
void console_proxy_done(ConsoleProxy *proxy);
