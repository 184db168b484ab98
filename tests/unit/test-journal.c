/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entries of the native protocol and the pump, against a socket that plays journald. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/process.h"
#include "base/strv.h"
#include "journal/entry.h"
#include "journal/event.h"
#include "journal/pump.h"
#include "journal/socket.h"
#include "test.h"

static const EventSubject subject = { .id = "0123456789abcdef", .name = "web", .unit = "berth-web.scope" };

static char directory[64], path[96];

static int fake_bind(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        ASSERT_EQ(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
        return fd;
}

static int fake_journal(void) {
        strcpy(directory, "/tmp/berth-journal.XXXXXX");
        ASSERT_TRUE(mkdtemp(directory) != NULL);
        snprintf(path, sizeof path, "%s/socket", directory);
        return fake_bind();
}

static void fake_done(int fd) {
        close(fd);
        unlink(path);
        rmdir(directory);
}

/* What the pump makes of these bytes, with the lines that are the same for each entry left out. */
static char *pumped(const void *bytes, size_t size) {
        static char buffer[512 * 1024];
        CLEANUP(text_done) Text text = {};
        int journal = fake_journal(), pipe_fds[2];
        Pump *pump;
        ssize_t n;

        ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
        ASSERT_EQ(pump_new(&subject, path, &pump), 0);
        ASSERT_EQ(pump_add(pump, pipe_fds[0], 6), 0);
        ASSERT_EQ(write(pipe_fds[1], bytes, size), (ssize_t) size);
        close(pipe_fds[1]);
        ASSERT_EQ(pump_finish(pump, usec_monotonic() + 10 * USEC_PER_SEC), 0);
        ASSERT_TRUE(pump_is_done(pump));
        while ((n = recv(journal, buffer, sizeof buffer - 1, MSG_DONTWAIT)) > 0) {
                buffer[n] = '\0';
                /* A datagram is one entry. */
                ASSERT_TRUE(strstr(buffer, "\n\n") == NULL);
                for (char *line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n"))
                        if (startswith(line, "MESSAGE=") || startswith(line, "CONTAINER_PARTIAL"))
                                text_addf(&text, "%s\n", line);
        }
        pump_free(pump);
        fake_done(journal);
        return text_take(&text);
}

TEST(entry_values) {
        CLEANUP(text_done) Text entry = {};

        entry_add(&entry, "A", "b=c");
        entry_add(&entry, "NONE", NULL);
        entry_add(&entry, "TWO", "x\nMESSAGE_ID=1");
        ASSERT_EQ(entry.length, strlen("A=b=c\nTWO\n") + 8 + strlen("x\nMESSAGE_ID=1\n"));
        ASSERT_EQ(memcmp(entry.string, "A=b=c\nTWO\n\016\0\0\0\0\0\0\0x\nMESSAGE_ID=1\n", entry.length), 0);
}

TEST(subject_fields) {
        CLEANUP(text_done) Text entry = {};

        event_add_output_subject(&entry, &subject);
        ASSERT_STREQ(entry.string, "CONTAINER_ID=0123456789ab\nCONTAINER_ID_FULL=0123456789abcdef\nCONTAINER_NAME=web\n"
                                   "OBJECT_SYSTEMD_UNIT=berth-web.scope\n");
}

TEST(message_ids_are_distinct) {
        for (int a = 0; a < _EVENT_MAX; a++) {
                ASSERT_EQ(strlen(event_message_id((EventKind) a)), 32u);
                ASSERT_EQ(strspn(event_message_id((EventKind) a), "0123456789abcdef"), 32u);
                for (int b = 0; b < a; b++) {
                        ASSERT_TRUE(!streq(event_message_id((EventKind) a), event_message_id((EventKind) b)));
                        ASSERT_TRUE(!streq(event_name((EventKind) a), event_name((EventKind) b)));
                }
        }
}

TEST(lines) {
        CLEANUP(freep) char *text = pumped("one\n\ntwo\nrest", 13);

        ASSERT_STREQ(text, "MESSAGE=one\nMESSAGE=\nMESSAGE=two\nMESSAGE=rest\n");
}

/* A line that only looks like the end of an entry and the start of fields is still one value. */
TEST(hostile_line) {
        CLEANUP(freep) char *text = pumped("MESSAGE_ID=0\n_UID=1\n", 20);

        ASSERT_STREQ(text, "MESSAGE=MESSAGE_ID=0\nMESSAGE=_UID=1\n");
}

static void check_cut(size_t size, bool newline, size_t n_partial, size_t n_messages) {
        char *bytes = malloc(size + 1);
        CLEANUP(freep) char *text = NULL;
        size_t partial = 0, messages = 0, total = 0;

        memset(bytes, 'x', size);
        bytes[size] = '\n';
        text = pumped(bytes, size + newline);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
                partial += streq(line, "CONTAINER_PARTIAL_MESSAGE=true");
                if (startswith(line, "MESSAGE=")) {
                        messages++;
                        total += strlen(line) - strlen("MESSAGE=");
                }
        }
        free(bytes);
        ASSERT_EQ(total, size);
        ASSERT_EQ(partial, n_partial);
        ASSERT_EQ(messages, n_messages);
}

TEST(long_lines) {
        check_cut(PUMP_LINE_MAX - 1, true, 0, 1);
        check_cut(PUMP_LINE_MAX + 10, true, 1, 2);
        check_cut(PUMP_LINE_MAX + 10, false, 1, 2);
}

/* ---- a writer, the pump, and a journald that is slow ---- */

#define LINE_SIZE 100
#define DELAY_LINES 256

typedef struct Traffic {
        int fd;
        uint64_t n_lines;
        uint64_t n_received;
        bool in_order;          /* and an entry a datagram */
        unsigned delay_usec;    /* after each DELAY_LINES */
} Traffic;

static void *write_lines(void *argument) {
        const Traffic *traffic = argument;
        static char bytes[LINE_SIZE * 512];
        char digits[24];

        for (uint64_t line = 0; line < traffic->n_lines;) {
                size_t filled = 0;

                for (; line < traffic->n_lines && filled < sizeof bytes; line++, filled += LINE_SIZE) {
                        memset(bytes + filled, '.', LINE_SIZE - 1);
                        memcpy(bytes + filled, digits, (size_t) snprintf(digits, sizeof digits, "%llu", (unsigned long long) line));
                        bytes[filled + LINE_SIZE - 1] = '\n';
                }
                for (size_t done = 0; done < filled;) {
                        ssize_t n = write(traffic->fd, bytes + done, filled - done);

                        if (n <= 0)
                                return NULL;
                        done += (size_t) n;
                }
        }
        close(traffic->fd);
        return NULL;
}

/* Not strtoull(3), which under a sanitizer looks at all that follows. */
static uint64_t parse_digits(const char *text) {
        uint64_t number = 0;

        for (; *text >= '0' && *text <= '9'; text++)
                number = number * 10 + (uint64_t) (*text - '0');
        return number;
}

/* The number in the only message of a datagram; UINT64_MAX if there is another, or none. */
static uint64_t parse_entry(const char *entry, size_t size) {
        const char *end = entry + size, *next;
        uint64_t number = UINT64_MAX;

        for (const char *line = entry; line < end && (next = memchr(line, '\n', (size_t) (end - line))); line = next + 1) {
                if (next - line < 8 || memcmp(line, "MESSAGE=", 8) != 0)
                        continue;
                if (number != UINT64_MAX)
                        return UINT64_MAX;
                number = parse_digits(line + 8);
        }
        return number;
}

static void *receive_lines(void *argument) {
        static char buffer[512 * 1024];
        Traffic *traffic = argument;

        traffic->in_order = true;
        for (; traffic->n_received < traffic->n_lines; traffic->n_received++) {
                ssize_t n = recv(traffic->fd, buffer, sizeof buffer - 1, 0);

                if (n <= 0)
                        return NULL;
                traffic->in_order &= parse_entry(buffer, (size_t) n) == traffic->n_received;
                if (traffic->delay_usec > 0 && traffic->n_received % DELAY_LINES == 0)
                        usec_sleep(traffic->delay_usec);
        }
        return NULL;
}

static uint64_t run_traffic(uint64_t n_lines, unsigned delay_usec) {
        int journal = fake_journal(), pipe_fds[2];
        Traffic to = { .n_lines = n_lines }, from = { .fd = journal, .n_lines = n_lines, .delay_usec = delay_usec };
        uint64_t start_usec = usec_monotonic();
        pthread_t writer, reader;
        Pump *pump;

        ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
        to.fd = pipe_fds[1];
        ASSERT_EQ(pump_new(&subject, path, &pump), 0);
        ASSERT_EQ(pump_add(pump, pipe_fds[0], 6), 0);
        ASSERT_EQ(pthread_create(&writer, NULL, write_lines, &to), 0);
        ASSERT_EQ(pthread_create(&reader, NULL, receive_lines, &from), 0);
        while (!pump_is_done(pump)) {
                struct pollfd polls[PUMP_POLLS_MAX];
                int timeout;
                size_t n = pump_polls(pump, polls, &timeout);

                ASSERT_TRUE(poll(polls, n, timeout) >= 0);
                ASSERT_EQ(pump_process(pump), 0);
        }
        pthread_join(writer, NULL);
        pthread_join(reader, NULL);
        ASSERT_EQ(from.n_received, n_lines);
        ASSERT_TRUE(from.in_order);
        ASSERT_EQ(pump_lost(pump), 0u);
        pump_free(pump);
        fake_done(journal);
        return usec_monotonic() - start_usec;
}

/* What a program needs that does nothing but send as many entries of that size, one by one. */
static uint64_t run_bare(uint64_t n_lines) {
        int journal = fake_journal(), fd = journal_connect(path);
        Traffic from = { .fd = journal, .n_lines = n_lines };
        uint64_t start_usec = usec_monotonic();
        pthread_t reader;
        char entry[320];

        ASSERT_EQ(pthread_create(&reader, NULL, receive_lines, &from), 0);
        for (uint64_t line = 0; line < n_lines;) {
                struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
                int n = snprintf(entry, sizeof entry, "PRIORITY=6\n%0200d\nMESSAGE=%llu\n", 0, (unsigned long long) line);

                if (send(fd, entry, (size_t) n, MSG_NOSIGNAL) == n)
                        line++;
                else
                        ASSERT_TRUE(poll(&poll_fd, 1, 10000) > 0);
        }
        pthread_join(reader, NULL);
        ASSERT_TRUE(from.in_order);
        close(fd);
        fake_done(journal);
        return usec_monotonic() - start_usec;
}

/* All arrive, in order, and the pump is not what makes it slow: the bare sender has no lines to find and no pipe to read, and is faster by less than 4. */
TEST(rate) {
        const uint64_t n_lines = 400000;
        uint64_t bare_usec = run_bare(n_lines), usec = run_traffic(n_lines, 0);

        printf("# %llu MB/s; %.2f of the time of a bare sender\n", (unsigned long long) (n_lines * LINE_SIZE / usec), (double) usec / (double) bare_usec);
        ASSERT_TRUE(usec / 4 < bare_usec);
}

/* Nothing is lost when the other side is much slower. */
TEST(back_pressure) {
        run_traffic(100000, 2000);
}

/* A journal that goes away and comes back under the same name. */
TEST(journal_restart) {
        int journal, pipe_fds[2], timeout;
        struct pollfd polls[PUMP_POLLS_MAX];
        char buffer[4096];
        Pump *pump;

        ASSERT_EQ(pump_new(&subject, "/nonexistent/socket", &pump), 0);
        pump_free(pump);
        journal = fake_journal();
        ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
        ASSERT_EQ(pump_new(&subject, path, &pump), 0);
        ASSERT_EQ(pump_add(pump, pipe_fds[0], 6), 0);
        ASSERT_EQ(write(pipe_fds[1], "one\n", 4), 4);
        ASSERT_EQ(pump_process(pump), 0);
        ASSERT_TRUE(recv(journal, buffer, sizeof buffer, MSG_DONTWAIT) > 0);
        close(journal);
        ASSERT_EQ(unlink(path), 0);
        ASSERT_EQ(write(pipe_fds[1], "two\n", 4), 4);
        ASSERT_EQ(pump_process(pump), 0);
        /* It reads nothing more, and wants to be called again by itself. */
        pump_polls(pump, polls, &timeout);
        ASSERT_TRUE(timeout > 0);
        ASSERT_TRUE(!pump_is_done(pump));
        rmdir(directory);
        ASSERT_EQ(mkdir(directory, 0700), 0);
        journal = fake_bind();
        close(pipe_fds[1]);
        ASSERT_EQ(pump_finish(pump, usec_monotonic() + 5 * USEC_PER_SEC), 0);
        ASSERT_TRUE(recv(journal, buffer, sizeof buffer, MSG_DONTWAIT) > 0);
        ASSERT_TRUE(strstr(buffer, "MESSAGE=two\n") != NULL);
        pump_free(pump);
        fake_done(journal);
}
