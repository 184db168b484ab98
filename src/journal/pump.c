/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pump. Entries are collected and sent many at a time, as a system call for each line would cost more than the rest. Invariant: what was read is sent, in
 * the order in which it was read, before anything else is read. */

#include "journal/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "journal/entry.h"
#include "journal/socket.h"

#define BATCH_SIZE (96 * 1024)
#define BATCH_ENTRIES 512
/* While journald does not take connections. */
#define RETRY_MSEC 100
#define QUIET_USEC (100 * USEC_PER_MSEC)
#define PIPE_SIZE (256 * 1024)

typedef struct PumpStream {
        int fd;                 /* -EBADF: ended */
        bool terminal;          /* its lines end in \r\n */
        bool partial;           /* the line under way was cut before */
        Text head, partial_head; /* the fields of each entry but MESSAGE */
        size_t filled;
        char bytes[PUMP_LINE_MAX];
} PumpStream;

struct Pump {
        int socket_fd;
        char *socket_path;
        bool discard;
        bool blocked;           /* journald's queue is full, or it is away */
        Text batch;             /* entries, one after the other */
        size_t ends[BATCH_ENTRIES]; /* of each of them in the batch */
        size_t n_batch;
        size_t n_sent;          /* of the batch */
        uint64_t n_lost;
        Text subject;
        char *identifier;
        PumpStream *streams[PUMP_STREAMS_MAX];
        size_t n_streams;
};

int pump_new(const EventSubject *subject, const char *socket, Pump **ret) {
        CLEANUP(pump_freep) Pump *pump = calloc(1, sizeof *pump);

        if (!pump)
                return -ENOMEM;
        pump->socket_fd = -EBADF;
        pump->socket_path = socket ? strdup(socket) : NULL;
        pump->identifier = strdup(subject->tag ? subject->tag : subject->name ? subject->name : subject->id);
        event_add_output_subject(&pump->subject, subject);
        if (text_failed(&pump->subject) || !pump->identifier || (socket && !pump->socket_path))
                return -ENOMEM;
        *ret = TAKE_PTR(pump);
        return 0;
}

static void stream_free(PumpStream *stream) {
        fd_close(stream->fd);
        text_done(&stream->head);
        text_done(&stream->partial_head);
        free(stream);
}

Pump *pump_free(Pump *pump) {
        if (!pump)
                return NULL;
        for (size_t i = 0; i < pump->n_streams; i++)
                stream_free(pump->streams[i]);
        fd_close(pump->socket_fd);
        text_done(&pump->batch);
        text_done(&pump->subject);
        free(pump->socket_path);
        free(pump->identifier);
        free(pump);
        return NULL;
}

int pump_add(Pump *pump, int fd, int priority) {
        PumpStream *stream = pump->n_streams < PUMP_STREAMS_MAX ? malloc(sizeof *stream) : NULL;

        if (!stream) {
                fd_close(fd);
                return pump->n_streams < PUMP_STREAMS_MAX ? -ENOMEM : -E2BIG;
        }
        /* Not the bytes, which are many. */
        stream->fd = fd;
        stream->partial = false;
        stream->filled = 0;
        stream->head = stream->partial_head = (Text) {};
        (void) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        stream->terminal = isatty(fd);
        if (!stream->terminal)
                (void) fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
        text_add_bytes(&stream->head, pump->subject.string, pump->subject.length);
        entry_add(&stream->head, "SYSLOG_IDENTIFIER", pump->identifier);
        entry_addf(&stream->head, "PRIORITY", "%d", priority);
        text_add_bytes(&stream->partial_head, stream->head.string, stream->head.length);
        entry_add(&stream->partial_head, "CONTAINER_PARTIAL_MESSAGE", "true");
        pump->streams[pump->n_streams++] = stream;
        return text_failed(&stream->head) || text_failed(&stream->partial_head) ? -ENOMEM : 0;
}

void pump_discard(Pump *pump) {
        pump->discard = true;
}

/* ---- out ---- */

static bool batch_is_full(const Pump *pump) {
        return pump->batch.length >= BATCH_SIZE || pump->n_batch == BATCH_ENTRIES;
}

static void clear_batch(Pump *pump) {
        pump->batch.length = 0;
        pump->n_batch = pump->n_sent = 0;
}

static int send_batch(Pump *pump) {
        struct iovec entries[BATCH_ENTRIES];
        size_t n = pump->n_batch - pump->n_sent, begin = pump->n_sent > 0 ? pump->ends[pump->n_sent - 1] : 0, sent;
        int r;

        if (pump->socket_fd < 0)
                pump->socket_fd = journal_connect(pump->socket_path);
        if (pump->socket_fd < 0)
                return pump->socket_fd;
        for (size_t i = 0; i < n; i++) {
                size_t end = pump->ends[pump->n_sent + i];

                entries[i] = (struct iovec) { pump->batch.string + begin, end - begin };
                begin = end;
        }
        r = journal_send(pump->socket_fd, entries, n, &sent);
        pump->n_sent += sent;
        return r;
}

static int flush_batch(Pump *pump) {
        int r;

        if (text_failed(&pump->batch)) {
                pump->n_lost += pump->n_batch - pump->n_sent;
                text_done(&pump->batch);
                clear_batch(pump);
                return -ENOMEM;
        }
        pump->blocked = false;
        if (pump->n_batch == 0)
                return 0;
        r = send_batch(pump);
        if (r >= 0) {
                clear_batch(pump);
                return 0;
        }
        pump->blocked = true;
        /* Another socket may be behind the name by then. */
        if (r != -EAGAIN && r != -ENOBUFS)
                pump->socket_fd = fd_close(pump->socket_fd);
        return 0;
}

static void add_entry(Pump *pump, PumpStream *stream, const char *line, size_t size, bool cut) {
        const Text *head = cut ? &stream->partial_head : &stream->head;

        stream->partial = cut;
        if (pump->discard)
                return;
        text_add_bytes(&pump->batch, head->string, head->length);
        text_add_bytes(&pump->batch, "MESSAGE=", 8);
        text_add_bytes(&pump->batch, line, size);
        text_add_bytes(&pump->batch, "\n", 1);
        pump->ends[pump->n_batch++] = pump->batch.length;
}

/* ---- in ---- */

/* Makes entries of the whole lines in the buffer, and of a part that fills it, or with which the stream ended; as many as fit the batch. */
static void take_lines(Pump *pump, PumpStream *stream) {
        size_t taken = 0;

        while (taken < stream->filled && !batch_is_full(pump)) {
                const char *start = stream->bytes + taken;
                size_t left = stream->filled - taken;
                const char *newline = memchr(start, '\n', left);
                size_t size = newline ? (size_t) (newline - start) : left;

                if (!newline && stream->fd >= 0 && (taken > 0 || left < sizeof stream->bytes))
                        break;
                taken += newline ? size + 1 : size;
                if (stream->terminal && newline && size > 0 && start[size - 1] == '\r')
                        size--;
                /* An empty rest only ends a line that was cut exactly at its end. */
                if (size > 0 || !stream->partial)
                        add_entry(pump, stream, start, size, !newline && stream->fd >= 0);
                else
                        stream->partial = false;
        }
        if (taken > 0)
                memmove(stream->bytes, stream->bytes + taken, stream->filled - taken);
        stream->filled -= taken;
}

/* Returns how many bytes came: 0 for none now. */
static size_t read_stream(PumpStream *stream) {
        ssize_t n;

        if (stream->fd < 0 || stream->filled == sizeof stream->bytes)
                return 0;
        do
                n = read(stream->fd, stream->bytes + stream->filled, sizeof stream->bytes - stream->filled);
        while (n < 0 && errno == EINTR);
        if (n > 0) {
                stream->filled += (size_t) n;
                return (size_t) n;
        }
        /* EIO: a terminal that nobody has open any more. */
        if (n == 0 || errno != EAGAIN)
                stream->fd = fd_close(stream->fd);
        return 0;
}

static int move(Pump *pump, size_t *ret_read) {
        int r = 0;

        *ret_read = 0;
        for (size_t i = 0; r >= 0 && i < pump->n_streams && !pump->blocked; i++) {
                PumpStream *stream = pump->streams[i];

                *ret_read += read_stream(stream);
                do {
                        take_lines(pump, stream);
                        if (batch_is_full(pump))
                                r = flush_batch(pump);
                } while (r >= 0 && !pump->blocked && stream->filled > 0 && memchr(stream->bytes, '\n', stream->filled));
                if (stream->fd < 0 && stream->filled > 0 && !pump->blocked)
                        take_lines(pump, stream);
        }
        return r;
}

int pump_process(Pump *pump) {
        size_t n = 1;
        int r = flush_batch(pump);

        /* Bounded, as the caller has other things to look at: 64 buffers of 48 KB. */
        for (unsigned turns = 0; r >= 0 && n > 0 && !pump->blocked && turns < 64; turns++)
                r = move(pump, &n);
        return r < 0 || pump->blocked ? r : flush_batch(pump);
}

size_t pump_polls(Pump *pump, struct pollfd *polls, int *ret_timeout_msec) {
        size_t n = 0;

        *ret_timeout_msec = -1;
        if (pump->blocked) {
                if (pump->socket_fd >= 0)
                        polls[n++] = (struct pollfd) { .fd = pump->socket_fd, .events = POLLOUT };
                /* Also with a full queue: the kernel wakes us by the socket that we are connected to, and journald may get another. */
                *ret_timeout_msec = RETRY_MSEC;
                return n;
        }
        for (size_t i = 0; i < pump->n_streams; i++)
                if (pump->streams[i]->fd >= 0)
                        polls[n++] = (struct pollfd) { .fd = pump->streams[i]->fd, .events = POLLIN };
        return n;
}

bool pump_is_done(const Pump *pump) {
        for (size_t i = 0; i < pump->n_streams; i++)
                if (pump->streams[i]->fd >= 0 || pump->streams[i]->filled > 0)
                        return false;
        return pump->n_batch == 0;
}

static void close_streams(Pump *pump) {
        for (size_t i = 0; i < pump->n_streams; i++)
                pump->streams[i]->fd = fd_close(pump->streams[i]->fd);
}

int pump_finish(Pump *pump, uint64_t deadline_usec) {
        uint64_t quiet_since = usec_monotonic();
        struct pollfd polls[PUMP_POLLS_MAX];

        for (;;) {
                uint64_t now;
                int timeout, r = pump_process(pump);

                if (r < 0 || pump_is_done(pump))
                        return r;
                now = usec_monotonic();
                if (now >= deadline_usec)
                        break;
                if (pump->blocked)
                        quiet_since = now;
                else if (now - quiet_since >= QUIET_USEC) {
                        close_streams(pump);
                        continue;
                }

                size_t n = pump_polls(pump, polls, &timeout);

                if (poll(polls, n, (int) (QUIET_USEC / USEC_PER_MSEC)) > 0)
                        quiet_since = usec_monotonic();
        }
        pump->n_lost += pump->n_batch - pump->n_sent;
        return -ETIME;
}

uint64_t pump_lost(const Pump *pump) {
        return pump->n_lost;
}
