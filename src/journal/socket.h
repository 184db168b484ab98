/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/uio.h>

/* journald's sockets, spoken to without any library: what starts a container must not have to load libsystemd for it. */

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define JOURNAL_STREAM_SOCKET "/run/systemd/journal/stdout"

/* A connected datagram socket, close-on-exec and not blocking; path NULL: JOURNAL_SOCKET. Negative errno. */
int journal_connect(const char *path);
/* Sends entries, a datagram each: journald takes more than one in a datagram no longer (seen with systemd 262), and its protocol never said so. *ret_sent: how
 * many of them went, also on failure. Never waits: -EAGAIN when journald's queue is full. */
int journal_send(int fd, struct iovec *entries, size_t n, size_t *ret_sent);

/* A descriptor that makes an entry of each line written to it (sd_journal_stream_fd(3)). unit: for writers that are gone before journald looks at
 * them; it is heeded when we are root. priority: of syslog, 0 to 7. */
int journal_stream_open(const char *identifier, const char *unit, int priority);
