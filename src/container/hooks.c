/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hooks on the host's side. Invariant: a hook never outlives its timeout, and never holds a descriptor of ours but 0-2, which are its own. */

#include "container/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "plan/text.h"

#define HOOK_OUTPUT_MAX 1024

void hook_add_output(Text *text, int output_fd) {
        char output[HOOK_OUTPUT_MAX + 1];
        ssize_t n;

        /* A tracer of berth-init can send another file than its memfd. Only a file in memory has seals, and only there a read cannot block. */
        if (output_fd < 0 || fcntl(output_fd, F_GET_SEALS) < 0)
                return;
        n = pread(output_fd, output, HOOK_OUTPUT_MAX, 0);
        while (n > 0 && strchr(" \n", output[n - 1]))
                n--;
        if (n <= 0)
                return;
        /* A string ends at the first NUL. */
        output[n] = '\0';
        text_add(text, ", stderr: ");
        plan_escape_text(text, output);
}

/* What annotations of crun's name: 1 and 2 of the hooks, or -EBADF. */
typedef struct HookFiles {
        int stdout_fd, stderr_fd;
} HookFiles;

#define HOOK_FILES_NONE ((HookFiles) { -EBADF, -EBADF })

static void hook_files_done(HookFiles *files) {
        fd_close(files->stdout_fd);
        fd_close(files->stderr_fd);
}

/* Lines are added to an ordinary file; not to a device, and not through a link that somebody else has put there. */
static int open_file(const SpecMap *annotations, const char *key, int *ret, Error *error) {
        const char *path = spec_map_get(annotations, key);
        CLEANUP(fd_closep) int fd = -EBADF;
        struct stat st;

        if (isempty(path))
                return 0;
        if (*path != '/')
                return error_set(error, -EINVAL, "annotations[%s]: must be an absolute path", key);
        fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_set(error, -errno, "annotations[%s]: %s: %m", key, path);
        if (!S_ISREG(st.st_mode))
                return error_set(error, -EINVAL, "annotations[%s]: %s: is no regular file", key, path);
        *ret = TAKE_FD(fd);
        return 0;
}

static int hook_files_open(const SpecMap *annotations, size_t n_hooks, HookFiles *ret, Error *error) {
        int r = n_hooks > 0 ? open_file(annotations, "run.oci.hooks.stdout", &ret->stdout_fd, error) : 0;

        return n_hooks > 0 && r >= 0 ? open_file(annotations, "run.oci.hooks.stderr", &ret->stderr_fd, error) : r;
}

/* stdin: the state; what it writes is kept, for the message of a failure, where no file has it. */
static int hook_spawn(const SpecHook *hook, const HookFiles *files, int input_fd, int output_fd, pid_t *ret) {
        char *only_path[] = { hook->path, NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r;

        sigemptyset(&none);
        (void) posix_spawn_file_actions_init(&actions);
        (void) posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
        (void) posix_spawn_file_actions_adddup2(&actions, files->stdout_fd >= 0 ? files->stdout_fd : output_fd,
                                                STDOUT_FILENO);
        (void) posix_spawn_file_actions_adddup2(&actions, files->stderr_fd >= 0 ? files->stderr_fd : output_fd,
                                                STDERR_FILENO);
        (void) posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        (void) posix_spawnattr_init(&attributes);
        (void) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        (void) posix_spawnattr_setsigmask(&attributes, &none);
        /* Without an environment in the spec a hook gets ours, as its predecessors' runtimes gave it. */
        r = -posix_spawn(ret, hook->path, &actions, &attributes, hook->args ? hook->args : only_path, hook->env ? hook->env : environ);
        (void) posix_spawnattr_destroy(&attributes);
        (void) posix_spawn_file_actions_destroy(&actions);
        return r;
}

/* Its exit code, or -ETIMEDOUT after killing it. */
static int hook_wait(pid_t pid, uint64_t deadline_usec) {
        CLEANUP(fd_closep) int pidfd = pidfd_open_pid(pid);
        int r = pidfd < 0 ? pidfd : fd_wait_readable(pidfd, deadline_usec);

        if (r <= 0) {
                /* Its whole process group: a shell script's sleep(1) too. */
                (void) kill(-pid, SIGKILL);
                (void) process_wait(pid);
                return r < 0 ? r : -ETIMEDOUT;
        }
        return process_wait(pid);
}

/* runc's words, which callers match, and which program it was. What it wrote is part of them: nobody else has it. */
static int hook_error(const SpecHook *hook, const char *name, size_t index, int number, const char *reason, int output_fd, Error *error) {
        CLEANUP(text_done) Text text = {};

        text_addf(&text, "error running %s hook #%zu: ", name, index);
        plan_escape_text(&text, hook->path);
        text_addf(&text, ": %s", reason);
        hook_add_output(&text, output_fd);
        return text_failed(&text) ? error_set(error, number, "%s hook: %m", name) : error_set(error, number, "%s", text.string);
}

static int hook_run(const SpecHook *hook, const HookFiles *files, const char *name, size_t index, const char *state,
                    Error *error) {
        CLEANUP(fd_closep) int input_fd = memfd_create("state", MFD_CLOEXEC), output_fd = memfd_create("output", MFD_CLOEXEC);
        uint64_t deadline_usec = UINT64_MAX;
        char reason[128];
        pid_t pid;
        int r;

        if (input_fd < 0 || output_fd < 0)
                return hook_error(hook, name, index, -errno, strerror(errno), -EBADF, error);
        r = fd_write_all(input_fd, state, strlen(state));
        if (r >= 0 && lseek(input_fd, 0, SEEK_SET) < 0)
                r = -errno;
        if (r < 0)
                return hook_error(hook, name, index, r, strerror(-r), -EBADF, error);
        if (hook->timeout.set)
                deadline_usec = usec_monotonic() + (uint64_t) hook->timeout.value * USEC_PER_SEC;

        r = hook_spawn(hook, files, input_fd, output_fd, &pid);
        if (r < 0)
                return hook_error(hook, name, index, r, strerror(-r), -EBADF, error);
        r = hook_wait(pid, deadline_usec);
        if (r == 0)
                return 0;
        if (r == -ETIMEDOUT)
                snprintf(reason, sizeof reason, "no answer within %lld s", (long long) hook->timeout.value);
        else if (r < 0)
                snprintf(reason, sizeof reason, "%s", strerror(-r));
        else if (r > 128)
                snprintf(reason, sizeof reason, "ended by signal %d", r - 128);
        else
                snprintf(reason, sizeof reason, "exit status %d", r);
        return hook_error(hook, name, index, r < 0 ? r : -ECANCELED, reason, output_fd, error);
}

int hooks_run(
                const SpecHook *hooks, size_t n_hooks, const char *name, const SpecMap *annotations, const char *state,
                Error *error) {
        CLEANUP(hook_files_done) HookFiles files = HOOK_FILES_NONE;
        int r = hook_files_open(annotations, n_hooks, &files, error);

        for (size_t i = 0; i < n_hooks && r >= 0; i++)
                r = hook_run(&hooks[i], &files, name, i, state, error);
        return r;
}

void hooks_run_all(
                const SpecHook *hooks, size_t n_hooks, const char *name, const SpecMap *annotations, const char *state,
                Error *error) {
        CLEANUP(hook_files_done) HookFiles files = HOOK_FILES_NONE;
        CLEANUP(error_done) Error unopened = {};

        if (hook_files_open(annotations, n_hooks, &files, &unopened) < 0)
                log_warning("%s", error_text(&unopened));
        for (size_t i = 0; i < n_hooks; i++) {
                CLEANUP(error_done) Error failure = {};
                int r = hook_run(&hooks[i], &files, name, i, state, &failure);

                if (r >= 0)
                        continue;
                log_warning("%s", error_text(&failure));
                error_set(error, r, "%s", error_text(&failure));
        }
}
