/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The payload: finding its program, and becoming it. Invariant: nothing of ours is open in it but the descriptors that it was promised. */

#include <linux/close_range.h>
#include <linux/prctl.h>
#include <linux/stat.h>
#include <signal.h>
#include <sys/stat.h>

#include "init/setup.h"

#define SIGNALS 64
#define SIGNAL_SET_SIZE 8

/* 0 for a file that may be executed, else why not. */
static int check_executable(const char *path) {
        struct statx stx;
        int r = SYSCALL_INT(statx, AT_FDCWD, path, 0, STATX_TYPE | STATX_MODE, &stx);

        if (r < 0)
                return r;
        if ((stx.stx_mode & S_IFMT) == S_IFDIR)
                return -EISDIR;
        /* As exec'ed by root no bit at all would do; what nobody may execute is refused. */
        return (stx.stx_mode & S_IFMT) == S_IFREG && (stx.stx_mode & 0111) ? 0 : -EACCES;
}

/* One directory of $PATH after the other, as execvp(3) does; an empty one is the working directory. */
static int search(Setup *setup, const char *name, const char *directories) {
        int found = -ENOENT;

        for (const char *d = directories;;) {
                size_t length = 0, name_length = strlen(name);
                int r;

                while (d[length] && d[length] != ':')
                        length++;
                if (length + name_length + 2 <= sizeof setup->executable) {
                        memcpy(setup->executable, d, length);
                        setup->executable[length] = '/';
                        memcpy(setup->executable + (length ? length + 1 : 0), name, name_length + 1);
                        r = check_executable(setup->executable);
                        if (r >= 0)
                                return 0;
                        if (r == -EACCES)
                                found = r;
                }
                if (!d[length])
                        return found;
                d += length + 1;
        }
}

int step_lookup(Setup *setup, const PlanStep *step) {
        const char *name = step_data(setup, step), *directories = step_source(setup, step);
        int r;

        for (const char *c = name; *c; c++)
                if (*c == '/') {
                        r = string_copy(setup->executable, sizeof setup->executable, name);
                        return r < 0 ? r : check_executable(name);
                }
        return directories ? search(setup, name, directories) : -ENOENT;
}

size_t strings_to_pointers(const Plan *plan, PlanBytes bytes, uint64_t from, uint64_t to, char **ret) {
        uint64_t offset = from;
        const char *string;
        size_t n = 0;

        while ((string = plan_next_string(plan, bytes, &offset, to)))
                ret[n++] = (char *) (uintptr_t) string;
        ret[n] = NULL;
        return n;
}

static bool has_variable(char *const *environment, const char *assignment) {
        for (; *environment; environment++) {
                size_t i = 0;

                while (assignment[i] && assignment[i] != '=' && (*environment)[i] == assignment[i])
                        i++;
                if (assignment[i] == '=' && (*environment)[i] == '=')
                        return true;
        }
        return false;
}

/* ---- HOME ---- */

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

/* Looks through at most this much of /etc/passwd, which is the image's. */
#define PASSWD_MAX (1 << 20)

static void find_home(Setup *setup, unsigned uid, char *home, size_t size) {
        CLEANUP(init_closep) int fd = path_open(setup, "/etc/passwd", O_RDONLY | O_NOCTTY | O_NONBLOCK);
        char buffer[4096];
        size_t held = 0, total = 0;

        string_copy(home, size, "/");
        while (fd >= 0 && total < PASSWD_MAX) {
                long n = SYSCALL(read, fd, buffer + held, sizeof buffer - held);
                size_t start = 0;

                if (n <= 0)
                        return;
                total += (size_t) n;
                held += (size_t) n;
                for (size_t i = 0; i < held; i++)
                        if (buffer[i] == '\n') {
                                if (home_of_line(buffer + start, i - start, uid, home, size))
                                        return;
                                start = i + 1;
                        }
                string_copy(home, size, "/");
                if (start == 0 && held == sizeof buffer)
                        return; /* a line longer than any that is meant */
                held -= start;
                for (size_t i = 0; i < held; i++)
                        buffer[i] = buffer[start + i];
        }
}

/* ---- execve ---- */

struct kernel_sigaction {
        void *handler;
        unsigned long flags;
        void *restorer;
        unsigned long mask;
};

static void reset_signals(void) {
        static const struct kernel_sigaction default_action = {};
        uint64_t none = 0;

        for (int number = 1; number <= SIGNALS; number++)
                SYSCALL(rt_sigaction, number, &default_action, 0, SIGNAL_SET_SIZE);
        SYSCALL(rt_sigprocmask, SIG_SETMASK, &none, 0, SIGNAL_SET_SIZE);
}

static int check_preserved(const Setup *setup) {
        uint32_t n = setup->plan.header->preserve_fds;

        for (uint32_t i = 0; i < n; i++) {
                int r = SYSCALL_INT(fcntl, 3 + i, F_GETFD);

                if (r < 0)
                        return r;
                if (r & FD_CLOEXEC)
                        SYSCALL(fcntl, 3 + i, F_SETFD, 0);
        }
        return SYSCALL_INT(close_range, 3 + n, ~0U, CLOSE_RANGE_CLOEXEC);
}

int step_exec(Setup *setup, const PlanStep *step) {
        char home[SETUP_PATH_MAX] = "HOME=";
        char **arguments = setup->pointers, **environment;
        size_t n;
        int r;

        n = strings_to_pointers(&setup->plan, step->bytes, 0, step->value[0], arguments);
        environment = arguments + n + 1;
        n = strings_to_pointers(&setup->plan, step->bytes, step->value[0], step->bytes.size, environment);
        if ((step->options & PLAN_EXEC_HOME) && !has_variable(environment, home)) {
                find_home(setup, (unsigned) step->flags, home + 5, sizeof home - 5);
                environment[n] = home;
                environment[n + 1] = NULL;
        }
        r = check_preserved(setup);
        if (r < 0)
                return r;
        reset_signals();
        SYSCALL(prctl, PR_SET_PDEATHSIG, 0);
        return SYSCALL_INT(execve, setup->executable, arguments, environment);
}
