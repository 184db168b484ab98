/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* exec: the container's own process object, changed by options; or one from a file. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/strv.h"
#include "cli/verb.h"
#include "container/container.h"
#include "launch/environment.h"
#include "launch/exec.h"
#include "plan/process.h"
#include "spec/check.h"
#include "supervise/foreground.h"

/* UID or UID:GID, both whole numbers (CVE-2026-30892); the group stays the container's when it is not given. Names are never looked up: an image's
 * passwd could name anybody (CVE-2016-3697). */
static int set_user(SpecProcess *process, const char *text, Error *error) {
        CLEANUP(freep) char *copy = strdup(text);
        char *colon;
        int r;

        if (!copy)
                return -ENOMEM;
        colon = strchr(copy, ':');
        if (colon)
                *colon++ = '\0';
        r = number_parse_u32(copy, &process->user.uid);
        if (r >= 0 && colon)
                r = number_parse_u32(colon, &process->user.gid);
        if (r < 0 || process->user.uid == UINT32_MAX || process->user.gid == UINT32_MAX)
                return error_set(error, -EINVAL, "--user %s: must be UID or UID:GID, as numbers", text);
        return 0;
}

static int set_groups(SpecProcess *process, char *const *words, Error *error) {
        size_t n = strv_length(words), i = 0;
        uint32_t *gids = calloc(n + 1, sizeof *gids);

        if (!gids)
                return -ENOMEM;
        STRV_FOREACH(word, words) {
                if (number_parse_u32(*word, &gids[i++]) < 0) {
                        free(gids);
                        return error_set(error, -EINVAL, "--additional-gids %s: must be a number", *word);
                }
        }
        free(process->user.additional_gids);
        process->user.additional_gids = gids;
        process->user.n_additional_gids = n;
        return 0;
}

static int add_capability(char ***set, const char *name) {
        return strv_contains(*set, name) ? 0 : strv_append(set, name);
}

static bool is_inheritable(const SpecProcess *process, char *name) {
        char *const names[] = { name, NULL };

        return (plan_capabilities_mask(process->capabilities->inheritable) & plan_capabilities_mask(names)) != 0;
}

/* Never inheritable: what is inheritable survives into programs with file capabilities (CVE-2022-29162). What is so already
 * becomes ambient too, as with runc: without that a user who is not root would not have it. */
static int add_capabilities(SpecProcess *process, char *const *names) {
        int r = 0;

        if (names && !process->capabilities) {
                process->capabilities = calloc(1, sizeof *process->capabilities);
                if (!process->capabilities)
                        return -ENOMEM;
        }
        STRV_FOREACH(name, names) {
                char ***const sets[] = {
                        &process->capabilities->bounding, &process->capabilities->effective, &process->capabilities->permitted,
                };

                FOREACH_ELEMENT(set, sets)
                        r = r < 0 ? r : add_capability(*set, *name);
                if (r >= 0 && is_inheritable(process, *name))
                        r = add_capability(&process->capabilities->ambient, *name);
        }
        return r;
}

static int replace_string(char **member, const char *value) {
        char *copy;

        if (!value)
                return 0;
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(*member);
        *member = copy;
        return 0;
}

static int process_from_options(const Arguments *arguments, Container *container, SpecProcess **ret, Error *error) {
        CLEANUP(spec_process_freep) SpecProcess *process = NULL;
        int r;

        if (arguments->n_positional < 2)
                return error_set(error, -EINVAL, "process args cannot be empty");
        r = exec_process_from_container(container, &process, error);
        for (size_t i = 1; r >= 0 && i < arguments->n_positional; i++)
                r = strv_append(&process->args, arguments->positional[i]);
        STRV_FOREACH(assignment, arguments->env)
                r = r < 0 ? r : strv_append(&process->env, *assignment);
        if (r >= 0 && arguments->user)
                r = set_user(process, arguments->user, error);
        if (r >= 0 && arguments->additional_gids)
                r = set_groups(process, arguments->additional_gids, error);
        if (r >= 0)
                r = add_capabilities(process, arguments->capabilities);
        if (r >= 0)
                r = replace_string(&process->cwd, arguments->cwd);
        if (r >= 0)
                r = replace_string(&process->apparmor_profile, arguments->apparmor);
        if (r >= 0)
                r = replace_string(&process->selinux_label, arguments->process_label);
        if (r < 0)
                return r;
        process->terminal = arguments->tty;
        if (arguments->no_new_privileges)
                process->no_new_privileges = true;
        *ret = TAKE_PTR(process);
        return 0;
}

static int process_from_file(const char *path, SpecProcess **ret, Error *error) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r = file_read_at(AT_FDCWD, path, SPEC_SIZE_MAX, &text, &size);

        if (r < 0)
                return error_set(error, r, "--process %s: %m", path);
        r = spec_parse_process(text, size, ret, error);
        return r < 0 ? error_prefix(error, "--process %s", path) : 0;
}

static int check_terminal(const Arguments *arguments, const SpecProcess *process, Error *error) {
        if (process->terminal && arguments->detach && !arguments->console_socket)
                return error_set(error, -EINVAL, "cannot allocate tty if runc will detach without setting console socket: drop --tty or --detach, "
                                 "or give --console-socket");
        if (!process->terminal && arguments->console_socket)
                return error_set(error, -EINVAL, "cannot use console socket if runc will not detach or allocate tty");
        return 0;
}

int verb_exec(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(spec_process_freep) SpecProcess *process = NULL;
        CLEANUP(fd_closep) int signal_fd = -EBADF;
        ExecOptions options = {
                .console_socket = arguments->console_socket,
                .pidfd_socket = arguments->pidfd_socket,
                .pid_file = arguments->pid_file,
                .cgroup = arguments->cgroup,
                .preserve_fds = arguments->preserve_fds,
                .inherited_fds = arguments->inherited_fds,
                .ignore_paused = arguments->ignore_paused,
        };
        Process started = PROCESS_NONE;
        int console_fd = -EBADF, r;

        r = reserve_preserved_fds(0, &options.preserve_fds, &options.inherited_fds, error);
        if (r >= 0)
                r = open_named_container(arguments, false, &container, error);
        if (r >= 0)
                r = arguments->process ? process_from_file(arguments->process, &process, error) :
                                         process_from_options(arguments, container, &process, error);
        if (r >= 0)
                r = spec_check_process(process, error);
        if (r >= 0)
                r = check_terminal(arguments, process, error);
        if (r >= 0 && !arguments->detach)
                r = foreground_prepare(&signal_fd, error);
        if (r < 0)
                return error_prefix(error, "exec failed");
        options.process = process;
        r = container_exec(container, &options, &started, &console_fd, error);
        if (r < 0)
                return error_prefix(error, "exec failed: unable to start container process");
        if (arguments->detach) {
                process_release(&started);
                return 0;
        }
        return foreground_wait(&started, signal_fd, console_fd, error);
}
