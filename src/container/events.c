/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stream of events. Invariant: as many kills are told as the kernel counted between the first look and the last, however close to each other they
 * come and whether the cgroup is still there at the end. */

#include "container/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "container/figures.h"

typedef struct Stream {
        Container *container;
        int cgroup_fd;
        int memory_fd;          /* memory.events, or -EBADF without the controller */
        uint64_t oom_kills;     /* told, or there before */
        EventHandler handler;
        void *userdata;
} Stream;

static void stream_done(Stream *stream) {
        fd_close(stream->cgroup_fd);
        fd_close(stream->memory_fd);
}

static int stream_open(Stream *stream, Error *error) {
        Container *container = stream->container;

        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (status & (STATUS_STOPPED | STATUS_CREATING))
                return error_set(error, -ESRCH, "container with id %s is not running", container->id);
        stream->cgroup_fd = container_open_cgroup(container, error);
        if (stream->cgroup_fd < 0)
                return stream->cgroup_fd;
        stream->memory_fd = openat(stream->cgroup_fd, "memory.events", O_RDONLY | O_CLOEXEC);
        return 0;
}

static int tell_stats(const Stream *stream) {
        CLEANUP(cgroup_stats_done) CgroupStats stats = {};
        CLEANUP(text_done) Text text = {};
        int r = cgroup_stats_read(stream->cgroup_fd, &stats);

        if (r < 0)
                return r;
        cgroup_stats_to_json(&stats, &text);
        if (text_failed(&text))
                return -ENOMEM;
        return stream->handler(stream->container->id, "stats", text.string, stream->userdata);
}

/* Arms the next POLLPRI, too. */
static void rearm(Stream *stream) {
        char text[1024];

        if (stream->memory_fd >= 0 && pread(stream->memory_fd, text, sizeof text, 0) <= 0)
                stream->memory_fd = fd_close(stream->memory_fd);
}

static int tell_kills(Stream *stream) {
        uint64_t kills;

        rearm(stream);
        kills = container_oom_kills(stream->container);
        for (; stream->oom_kills < kills; stream->oom_kills++) {
                int r = stream->handler(stream->container->id, "oom", NULL, stream->userdata);

                if (r < 0)
                        return r;
        }
        return 0;
}

int container_stats(Container *container, EventHandler handler, void *userdata, Error *error) {
        CLEANUP(stream_done) Stream stream = { container, -EBADF, -EBADF, 0, handler, userdata };
        int r = stream_open(&stream, error);

        if (r < 0)
                return r;
        r = tell_stats(&stream);
        return r < 0 ? error_set(error, r, "figures of %s: %m", container->id) : 0;
}

static int loop(Stream *stream, uint64_t interval_usec) {
        uint64_t next_usec = usec_monotonic() + interval_usec;

        for (;;) {
                struct pollfd polls[] = {
                        { .fd = stream->container->pidfd, .events = POLLIN },
                        { .fd = stream->memory_fd, .events = POLLPRI },
                };
                uint64_t now_usec = usec_monotonic();
                uint64_t wait_msec = next_usec > now_usec ? (next_usec - now_usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC : 0;
                int r;

                if (poll(polls, ELEMENTSOF(polls), wait_msec > INT32_MAX ? INT32_MAX : (int) wait_msec) < 0 && errno != EINTR)
                        return -errno;
                r = polls[1].revents || polls[0].revents ? tell_kills(stream) : 0;
                if (r < 0 || polls[0].revents)
                        return r;
                if (usec_monotonic() < next_usec)
                        continue;
                next_usec += interval_usec;
                r = tell_stats(stream);
                if (r < 0)
                        return r;
        }
}

int container_events(Container *container, uint64_t interval_usec, EventHandler handler, void *userdata, Error *error) {
        CLEANUP(stream_done) Stream stream = { container, -EBADF, -EBADF, 0, handler, userdata };
        int r = stream_open(&stream, error);

        if (r < 0)
                return r;
        rearm(&stream);
        stream.oom_kills = container_oom_kills(container);
        r = loop(&stream, interval_usec);
        /* The cgroup has gone: that is the end. */
        if (r == -ENODEV || r == -ENOENT)
                r = 0;
        return r < 0 ? error_set(error, r, "events of %s: %m", container->id) : 0;
}
