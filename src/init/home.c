/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* HOME from the container's /etc/passwd. Invariants: whatever the image has there, it is looked at in a buffer of fixed size and to a limit, and a limit that is
 * reached is an error: a payload with another HOME than its user's would be wrong without a word. Called by step_lookup(). */

#include <sys/stat.h>

#include "init/setup.h"

/* Large directories that are exported have some ten thousand entries of 50 bytes. Reading so much takes some 10 ms. */
#define PASSWD_MAX (16 << 20)

/* name:password:uid:gid:gecos:home:shell; the home of that uid, copied out of a line. */
static bool home_of_line(const char *line, size_t length, unsigned uid, char *home, size_t size) {
        unsigned long long number = 0;
        size_t field = 0, n = 0;
        bool digits = false;

        for (size_t i = 0; i < length && field <= 5; i++) {
                if (line[i] == ':') {
                        if (field == 2 && (!digits || number != uid))
                                return false;
                        field++;
                        continue;
                }
                if (field == 2) {
                        if (line[i] < '0' || line[i] > '9' || number > UINT32_MAX)
                                return false;
                        number = number * 10 + (unsigned) (line[i] - '0');
                        digits = true;
                }
                if (field == 5) {
                        if (n + 1 >= size)
                                return false;
                        home[n++] = line[i];
                }
        }
        home[n] = '\0';
        return field >= 5 && n > 0;
}

typedef struct Search {
        unsigned uid;
        char *home;
        size_t size;
        size_t held;            /* bytes in the buffer: the beginning of a line */
        bool too_long;          /* they are of a line that is longer than the buffer, and so of no user; what is behind it is read over */
        bool found;
        char buffer[4096];
} Search;

static void take_line(Search *search, size_t start, size_t end) {
        if (!search->too_long)
                search->found = home_of_line(search->buffer + start, end - start, search->uid, search->home, search->size);
        search->too_long = false;
}

/* Takes the whole lines out of the buffer. */
static void take_lines(Search *search) {
        size_t start = 0;

        for (size_t i = 0; i < search->held && !search->found; i++)
                if (search->buffer[i] == '\n') {
                        take_line(search, start, i);
                        start = i + 1;
                }
        if (start == 0 && search->held == sizeof search->buffer) {
                search->too_long = true;
                start = search->held;
        }
        search->held -= start;
        for (size_t i = 0; i < search->held; i++)
                search->buffer[i] = search->buffer[start + i];
}

/* 0: found, or not there. */
static int search_file(Search *search, int fd) {
        for (size_t total = 0; !search->found;) {
                long n = SYSCALL(read, fd, search->buffer + search->held, sizeof search->buffer - search->held);

                if (n < 0)
                        return (int) n;
                if (n == 0) {
                        take_line(search, 0, search->held); /* the last line may have no end */
                        return 0;
                }
                total += (size_t) n;
                search->held += (size_t) n;
                take_lines(search);
                if (!search->found && total >= PASSWD_MAX)
                        return -EFBIG;
        }
        return 0;
}

static int find_home(Setup *setup, Search *search) {
        CLEANUP(init_closep) int fd = path_open(setup, "/etc/passwd", O_PATH), file_fd = -1;
        unsigned type;

        /* Nothing that could block or do something by being opened. */
        if (fd < 0 || fd_file_type(fd, &type) < 0 || type != S_IFREG)
                return 0;
        file_fd = proc_reopen(setup, fd, O_RDONLY);
        return file_fd < 0 ? 0 : search_file(search, file_fd);
}

/* Now, as the user or a filter may forbid it later. A plan's last step is STEP_EXEC (plan_open()). */
int home_prepare(Setup *setup) {
        const PlanStep *step = &setup->plan.steps[setup->plan.header->n_steps - 1];
        const size_t prefix = 5;
        Search search = { .uid = (unsigned) step->flags };
        int r;

        if (!(step->options & PLAN_EXEC_HOME))
                return 0;
        string_copy(setup->home, SETUP_PATH_MAX, "HOME=/");
        search.home = setup->home + prefix;
        search.size = SETUP_PATH_MAX - prefix;
        r = find_home(setup, &search);
        if (!search.found)
                string_copy(setup->home, SETUP_PATH_MAX, "HOME=/");
        return r;
}
