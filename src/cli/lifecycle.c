/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* create, start, kill, delete, pause, resume: arguments to the container layer. */

#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "checkpoint/checkpoint.h"
#include "cli/verb.h"
#include "container/container.h"
#include "container/forced.h"
#include "launch/environment.h"
#include "launch/launch.h"
#include "launch/notify-socket.h"
#include "supervise/relay.h"

/* The container uses the descriptor to its end, and so do we. */
static int open_named_root(const Arguments *arguments, Error *error) {
        int root_fd = state_root_open(arguments->root, false, error);

        if (root_fd != -ENOENT)
                return root_fd;
        error_done(error);
        return error_set(error, -ENOENT, "container %s does not exist", arguments->positional[0]);
}

int open_named_container(const Arguments *arguments, bool locked, Container **ret, Error *error) {
        int root_fd = open_named_root(arguments, error);

        return root_fd < 0 ? root_fd : container_open(root_fd, arguments->positional[0], locked ? CONTAINER_LOCKED : CONTAINER_UNLOCKED, ret, error);
}

static int scope_start_from_string(const char *word, ScopeStart *ret, Error *error) {
        static const char *const words[] = {
                [SCOPE_START_AUTO] = "auto",
                [SCOPE_START_FAST] = "fast",
                [SCOPE_START_WAIT] = "wait",
        };

        *ret = SCOPE_START_AUTO;
        if (!word)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(words[i], word)) {
                        *ret = (ScopeStart) i;
                        return 0;
                }
        return error_set(error, -EINVAL, "--scope-start %s: must be auto, fast or wait", word);
}

int launch_options_from(const Arguments *arguments, LaunchOptions *ret, Error *error) {
        int r;

        *ret = (LaunchOptions) {
                .id = arguments->positional[0],
                .bundle = arguments->bundle,
                .config_file = arguments->config,
                .console_socket = arguments->console_socket,
                .pidfd_socket = arguments->pidfd_socket,
                .pid_file = arguments->pid_file,
                .preserve_fds = arguments->preserve_fds,
                .inherited_fds = arguments->inherited_fds,
                .spread_slices = arguments->spread_slices,
                .annotations = arguments->annotations,
                .credentials = arguments->credentials,
                .no_pivot = arguments->no_pivot,
                .no_new_keyring = arguments->no_new_keyring,
                .no_cgroup = arguments->cgroup_manager && streq(arguments->cgroup_manager, "disabled"),
                .systemd_cgroup = arguments->systemd_cgroup || arguments->cgroup_manager,
                .without_user_manager = !arguments->systemd_cgroup && !arguments->cgroup_manager,
                .log_tag = arguments->log_tag,
                .stop_signal = arguments->stop_signal,
                .register_machine = arguments->register_machine,
                /* 0 has a meaning in both, but not the same. */
                .stop_timeout_usec = arguments->stop_timeout_usec == UINT64_MAX ? 0 : arguments->stop_timeout_usec == 0 ? 1 : arguments->stop_timeout_usec,
        };
        r = reserve_preserved_fds(activation_fds(), &ret->preserve_fds, &ret->inherited_fds, error);
        if (r >= 0)
                r = log_driver_from_string(arguments->log_driver, &ret->log_driver, error);
        return r < 0 ? r : scope_start_from_string(arguments->scope_start, &ret->scope_start, error);
}

/* NOTIFY_SOCKET is the payload's: it finds one at /run/notify, which whoever starts it serves. */
int verb_create(const Arguments *arguments, Error *error) {
        CLEANUP(notify_done) Notify notify = NOTIFY_NONE;
        CLEANUP(freep) char *directory = NULL;
        Launched launched = LAUNCHED_NONE;
        LaunchOptions options;
        int r = launch_options_from(arguments, &options, error), root_fd;

        if (r < 0)
                return r;
        root_fd = state_root_open(arguments->root, true, error);
        if (root_fd < 0)
                return root_fd;
        notify_open(&notify);
        if (notify_is_wanted(&notify)) {
                r = notify_directory(root_fd, options.id, &directory, error);
                if (r < 0)
                        return r;
                options.notify_directory = directory;
        }
        r = launch(root_fd, &options, &launched, error);
        if (r < 0)
                return r;
        launched_done(&launched);
        return 0;
}

int verb_start(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(notify_done) Notify notify = NOTIFY_NONE;
        CLEANUP(fd_closep) int listen_fd = -EBADF;
        ContainerStatus status;
        int r = open_named_container(arguments, true, &container, error);

        if (r < 0)
                return r;
        notify_open(&notify);
        r = container_status(container, &status, error);
        if (r < 0)
                return r;
        if (notify_is_wanted(&notify) && status == STATUS_CREATED) {
                listen_fd = relay_listen(container, error);
                if (listen_fd < 0 && listen_fd != -ENOENT)
                        return listen_fd;
        }
        r = container_start(container, error);
        return r < 0 || listen_fd < 0 ? r : relay_start(container, &notify, TAKE_FD(listen_fd), error);
}

/* ---- kill, delete: one container, or with --regex all whose ids match ---- */

typedef int (*Action)(Container *container, const Arguments *arguments, Error *error);

/* What delete --force is for is in no good condition. */
static int open_for_action(int root_fd, const char *id, ContainerLock lock, const Arguments *arguments, Container **ret, Error *error) {
        return lock == CONTAINER_LOCKED && arguments->force ? container_open_forced(root_fd, id, ret, error) : container_open(root_fd, id, lock, ret, error);
}

static int act_on_id(int root_fd, const char *id, ContainerLock lock, Action action, const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r = open_for_action(root_fd, id, lock, arguments, &container, error);

        return r < 0 ? r : action(container, arguments, error);
}

/* One that fails does not spare the others; the first failure is told. One that is gone meanwhile is none. */
static int act_on_matches(int root_fd, const regex_t *expression, ContainerLock lock, Action action, const Arguments *arguments, Error *error) {
        CLEANUP(strv_freep) char **ids = NULL;
        int result = container_list(root_fd, &ids, error);

        if (result < 0)
                return result;
        STRV_FOREACH(id, ids) {
                CLEANUP(error_done) Error attempt = {};
                int r;

                if (regexec(expression, *id, 0, NULL, 0) != 0)
                        continue;
                r = act_on_id(root_fd, *id, lock, action, arguments, &attempt);
                if (r < 0 && r != -ENOENT && result >= 0)
                        result = error_set(error, r, "%s: %s", *id, error_text(&attempt));
        }
        return result;
}

static int act_by_expression(const Arguments *arguments, ContainerLock lock, Action action, Error *error) {
        const char *text = arguments->positional[0];
        regex_t expression;
        char reason[128];
        int root_fd, r;

        r = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB);
        if (r != 0) {
                regerror(r, &expression, reason, sizeof reason);
                return error_set(error, -EINVAL, "--regex %s: %s", text, reason);
        }
        root_fd = state_root_open(arguments->root, false, error);
        if (root_fd == -ENOENT)
                error_done(error);
        r = root_fd == -ENOENT ? 0 : root_fd < 0 ? root_fd : act_on_matches(root_fd, &expression, lock, action, arguments, error);
        regfree(&expression);
        return r;
}

static int act(const Arguments *arguments, ContainerLock lock, Action action, Error *error) {
        int root_fd;

        if (arguments->regex)
                return act_by_expression(arguments, lock, action, error);
        root_fd = open_named_root(arguments, error);
        return root_fd < 0 ? root_fd : act_on_id(root_fd, arguments->positional[0], lock, action, arguments, error);
}

static const char *signal_argument(const Arguments *arguments) {
        return arguments->n_positional > 1 ? arguments->positional[1] : "TERM";
}

/* 0 is no signal, and only tests. */
static int signal_number(const Arguments *arguments) {
        return streq(signal_argument(arguments), "0") ? 0 : signal_from_string(signal_argument(arguments));
}

static int kill_one(Container *container, const Arguments *arguments, Error *error) {
        return container_kill(container, signal_number(arguments), arguments->all, error);
}

int verb_kill(const Arguments *arguments, Error *error) {
        int signal = signal_number(arguments);

        if (signal < 0)
                return error_set(error, signal, "unknown signal \"%s\"", signal_argument(arguments));
        return act(arguments, CONTAINER_UNLOCKED, kill_one, error);
}

static int delete_one(Container *container, const Arguments *arguments, Error *error) {
        CLEANUP(freep) char *bundle = container->record && container->record->bundle ? strdup(container->record->bundle) : NULL;
        int r = container_delete(container, arguments->force, error);

        if (r >= 0 && bundle)
                checkpoint_sweep(bundle);
        return r;
}

int verb_delete(const Arguments *arguments, Error *error) {
        int r = act(arguments, CONTAINER_LOCKED, delete_one, error);

        if (r != -ENOENT || !arguments->force)
                return r;
        error_done(error);
        return 0;
}

int verb_pause(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r = open_named_container(arguments, true, &container, error);

        return r < 0 ? r : container_pause(container, error);
}

int verb_resume(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r = open_named_container(arguments, true, &container, error);

        return r < 0 ? r : container_resume(container, error);
}
