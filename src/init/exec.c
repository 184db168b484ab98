/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The payload: finding its program, and becoming it. Invariant: nothing of ours is open in it but the descriptors that it was promised. */

#include <linux/close_range.h>
#include <linux/prctl.h>
#include <linux/stat.h>
#include <signal.h>
#include <sys/stat.h>

#include "init/setup.h"

#define SIGNALS 64

/* 0 for a file that may be executed, else why not, as runc has it. */
static int check_executable(const char *path) {
        struct statx stx;
        int r = SYSCALL_INT(statx, AT_FDCWD, path, 0, STATX_TYPE | STATX_MODE, &stx);

        if (r < 0)
                return r;
        if ((stx.stx_mode & S_IFMT) == S_IFDIR)
                return -EISDIR;
        /* Root may execute what has any x bit at all, on a mount that is not noexec. */
        return SYSCALL_INT(faccessat, AT_FDCWD, path, 1 /* X_OK */);
}

/* One directory of $PATH after the other; an empty one is the working directory. */
static int search(Setup *setup, const char *name, const char *directories) {
        size_t name_length = strlen(name);

        for (const char *d = directories;;) {
                size_t length = 0, start = 0;

                while (d[length] && d[length] != ':')
                        length++;
                if (length + name_length + 2 <= SETUP_PATH_MAX) {
                        memcpy(setup->executable, d, length);
                        if (length > 0) {
                                setup->executable[length] = '/';
                                start = length + 1;
                        }
                        memcpy(setup->executable + start, name, name_length + 1);
                        if (check_executable(setup->executable) >= 0)
                                return 0;
                }
                if (!d[length])
                        return -ENOENT;
                d += length + 1;
        }
}

static int lookup(Setup *setup, const char *name, const char *directories) {
        int r;

        if (!name[0])
                return -ENOENT;
        for (const char *c = name; *c; c++)
                if (*c == '/') {
                        r = check_executable(name);
                        return r < 0 ? r : string_copy(setup->executable, SETUP_PATH_MAX, name);
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

/* ---- steps ---- */

int step_lookup(Setup *setup, const PlanStep *step) {
        int r = home_prepare(setup);

        return r < 0 ? r : lookup(setup, step_data(setup, step), step_source(setup, step));
}

/* ---- execve ---- */

struct kernel_sigaction {
        void *handler;
        unsigned long flags;
        void *restorer;
        unsigned long mask;
};

/* The signals that are ignored, one bit each; all where that cannot be told. */
static uint64_t signals_ignored(const Setup *setup) {
        static const char field[] = "\nSigIgn:\t";
        CLEANUP(init_closep) int fd = SYSCALL_INT(openat, setup->proc_fd, "self/status", O_RDONLY | O_CLOEXEC);
        char text[4096];
        long n = fd < 0 ? fd : SYSCALL(read, fd, text, sizeof text);
        uint64_t mask = 0;

        for (long i = 0; i + (long) sizeof field - 1 + 16 <= n; i++) {
                if (memcmp(text + i, field, sizeof field - 1) != 0)
                        continue;
                for (long digit = i + (long) sizeof field - 1, end = digit + 16; digit < end; digit++)
                        mask = mask << 4 | (uint64_t) (text[digit] <= '9' ? text[digit] - '0' : text[digit] - 'a' + 10);
                return mask;
        }
        return ~UINT64_C(0);
}

/* execve(2) gave handlers back already; what is ignored stays so, and only that is asked for: a call each for 64 signals shows in a start. */
void signals_reset(const Setup *setup) {
        static const struct kernel_sigaction default_action = {};
        uint64_t ignored = signals_ignored(setup), none = 0;

        for (int number = 1; number <= SIGNALS; number++)
                if (ignored & UINT64_C(1) << (number - 1))
                        SYSCALL(rt_sigaction, number, &default_action, 0, SIGNAL_SET_SIZE);
        SYSCALL(rt_sigprocmask, SIG_SETMASK, &none, 0, SIGNAL_SET_SIZE);
}

int descriptors_prepare(Setup *setup) {
        uint32_t n = setup->plan.header->preserve_fds;
        int r;

        if (setup->descriptors_ready)
                return 0;
        r = SYSCALL_INT(close_range, 3 + n, ~0U, CLOSE_RANGE_CLOEXEC);
        setup->descriptors_ready = r >= 0;
        return r;
}

/* HOME takes the place of an empty one. */
static void set_home(char **environment, size_t n, char *home) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(environment[i], "HOME=") == 0) {
                        environment[i] = home;
                        return;
                }
        environment[n] = home;
        environment[n + 1] = NULL;
}

void payload_environment(const Setup *setup, char **ret) {
        const PlanStep *step = setup->plan.steps + setup->plan.header->n_steps - 1; /* STEP_EXEC: plan_open() */
        size_t n = strings_to_pointers(&setup->plan, step->bytes, step->value[0], step->bytes.size, ret);

        if (setup->home[0])
                set_home(ret, n, setup->home);
}

int step_exec(Setup *setup, const PlanStep *step) {
        char **arguments = setup->pointers, **environment;
        int r;

        environment = arguments + strings_to_pointers(&setup->plan, step->bytes, 0, step->value[0], arguments) + 1;
        payload_environment(setup, environment);
        r = descriptors_prepare(setup);
        if (r < 0)
                return r;
        if (!setup->settled)
                SYSCALL(prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
        return SYSCALL_INT(execve, setup->executable[0] ? setup->executable : arguments[0], arguments, environment);
}
