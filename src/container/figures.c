/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A container's figures from its cgroup, or from what the anchor left in the file "final": "# NAME" and the lines of that cgroup file, one after the other.
 * Invariant: one of the two is there at every moment, so that no OOM kill is lost: the anchor holds the cgroup until it has written. */

#include "container/figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
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

        if (file_read_at(container->dir_fd, FINAL_FILE, FINAL_MAX, &text, NULL) < 0)
                return 0;
        part = find_part(text, "memory.events");
        line = part ? strstr(part, "\noom_kill ") : NULL;
        return line ? strtoull(line + strlen("\noom_kill "), NULL, 10) : 0;
}

uint64_t container_oom_kills(const Container *container) {
        const Record *record = container->record;
        CLEANUP(fd_closep) int fd = record->cgroup ? cgroup_open(record->cgroup, NULL) : -ENOENT;
        uint64_t kills = record->oom_kills, final;

        if (fd < 0 || cgroup_read_key(fd, "memory.events", "oom_kill", &kills) < 0) {
                final = final_oom_kills(container);
                kills = final > kills ? final : kills;
        }
        return kills > record->oom_kills ? kills : record->oom_kills;
}

/* The anchor writes down what it has told. */
void container_wait_told(const Container *container) {
        uint64_t deadline_usec = usec_monotonic() + TOLD_USEC, kills;

        if (container->record->anchor_pid == 0)
                return;
        kills = container_oom_kills(container);
        while (final_oom_kills(container) < kills && usec_monotonic() < deadline_usec)
                usec_sleep(USEC_PER_MSEC);
}
