/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A container's figures from its cgroup, or from what the anchor left in the file "final": "# NAME" and the lines of that cgroup file, one after the other;
 * and behind them "# exit" and how the container ended, where the kernel tells it.
 * Invariant: one of the two is there when it is asked for, so that no OOM kill is lost: the anchor holds the cgroup until it has written, or is waited for. */

#include "container/figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"

#define FINAL_FILE "final"
#define FINAL_MAX 65536
/* The anchor has nothing else to do; it needs some hundred microseconds on an idle machine. */
#define TOLD_USEC (2 * USEC_PER_SEC)

/* The text of one file in "final", which is cut behind it, or NULL. */
static char *find_part(char *text, const char *name) {
        for (char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
                char *rest = (char *) (uintptr_t) startswith(line, "# "), *end;

                if (!rest || strncmp(rest, name, strlen(name)) != 0 || rest[strlen(name)] != '\n')
                        continue;
                rest += strlen(name);
                end = strstr(rest, "\n# ");
                if (end)
                        end[1] = '\0';
                return rest;
        }
        return NULL;
}

static uint64_t final_oom_kills(const Container *container) {
        CLEANUP(freep) char *text = NULL;
        const char *part, *line;

        if (file_read_regular_at(container->dir_fd, FINAL_FILE, FINAL_MAX, &text, NULL) < 0)
                return 0;
        part = find_part(text, "memory.events");
        line = part ? strstr(part, "\noom_kill ") : NULL;
        return line ? strtoull(line + strlen("\noom_kill "), NULL, 10) : 0;
}

/* A number of the part "exit". A line that is not complete is being written. */
static int final_exit(const Container *container, const char *key, uint64_t maximum, uint64_t *ret) {
        CLEANUP(freep) char *text = NULL;
        char *part, *line, *end;

        if (file_read_regular_at(container->dir_fd, FINAL_FILE, FINAL_MAX, &text, NULL) < 0)
                return -ENODATA;
        part = find_part(text, "exit");
        line = part ? strstr(part, key) : NULL;
        end = line ? strchr(line + strlen(key), '\n') : NULL;
        if (!end)
                return -ENODATA;
        *end = '\0';
        return number_parse_u64(line + strlen(key), maximum, ret);
}

int container_exit_status(const Container *container) {
        const Record *record = container->record;
        uint64_t final;
        int status;

        if (record->exited_usec > 0 && record->exit_status >= 0)
                return (int) record->exit_status;
        status = pidfd_exit_code_now(container->pidfd, record->own_pid_namespace);
        if (status < 0 && final_exit(container, "\nstatus ", 255, &final) >= 0)
                status = (int) final;
        return status < 0 ? -ENODATA : status;
}

uint64_t container_exited_usec(const Container *container) {
        uint64_t usec = container->record->exited_usec;

        return usec > 0 || final_exit(container, "\nexited ", UINT64_MAX, &usec) >= 0 ? usec : 0;
}

/* Linux before 6.15 tells nobody but the parent. */
static bool kernel_tells(void) {
        CLEANUP(fd_closep) int pidfd = pidfd_open_pid(getpid());

        return pidfd_exit_code_now(pidfd, false) == -EAGAIN;
}

int container_wait_exit_status(const Container *container) {
        uint64_t deadline_usec = usec_monotonic() + TOLD_USEC;
        int status = container_exit_status(container);

        if (status >= 0 || (container->pidfd < 0 && container->record->anchor_pid == 0 && container->record->watcher_pid == 0) || !kernel_tells())
                return status;
        while (status < 0 && usec_monotonic() < deadline_usec) {
                usec_sleep(USEC_PER_MSEC);
                status = container_exit_status(container);
        }
        return status;
}

/* An anchor that is not in the cgroup leaves when it has written down what it read last, which is a moment after the cgroup's last process has gone. */
static void wait_written(const Container *container) {
        const Record *record = container->record;
        CLEANUP(fd_closep) int pidfd = record->watcher_pid > 0 ? process_open((pid_t) record->watcher_pid, record->watcher_start_time) : -ESRCH;

        if (pidfd >= 0)
                (void) fd_wait_readable(pidfd, usec_monotonic() + TOLD_USEC);
}

/* Both: at the end the anchor may not have written yet, or the cgroup have gone. */
uint64_t container_oom_kills_now(const Container *container) {
        const Record *record = container->record;
        CLEANUP(fd_closep) int fd = record->cgroup ? cgroup_open(record->cgroup, NULL) : -ENOENT;
        uint64_t kills = record->oom_kills, found;

        if (fd >= 0 && cgroup_read_key(fd, "memory.events", "oom_kill", &found) >= 0 && found > kills)
                kills = found;
        found = final_oom_kills(container);
        return found > kills ? found : kills;
}

uint64_t container_oom_kills(const Container *container) {
        const Record *record = container->record;
        CLEANUP(fd_closep) int fd = record->cgroup ? cgroup_open(record->cgroup, NULL) : -ENOENT;

        if (fd < 0)
                wait_written(container);
        return container_oom_kills_now(container);
}

/* The anchor writes down what it has told. */
void container_wait_told(const Container *container) {
        uint64_t deadline_usec = usec_monotonic() + TOLD_USEC, kills;

        if (container->record->anchor_pid == 0 && container->record->watcher_pid == 0)
                return;
        kills = container_oom_kills(container);
        while (final_oom_kills(container) < kills && usec_monotonic() < deadline_usec)
                usec_sleep(USEC_PER_MSEC);
}
