/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* exec: berth-init is born in the container's cgroup, joins its namespaces by the pidfd of the init, and runs the
 * process part of a plan. Invariant: the process is never anywhere but in the container's cgroup or one below it, and
 * a process that did not come to run leaves no pid file. */

#include "launch/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/resctrl.h"
#include "container/sync.h"
#include "launch/environment.h"
#include "launch/kernel.h"
#include "launch/pidfile.h"
#include "launch/seccomp.h"
#include "launch/source.h"
#include "launch/story.h"
#include "launch/talk.h"
#include "plan/compile.h"
#include "plan/reader.h"

/* How often the container's init may move while we follow it. */
#define INIT_CGROUP_TRIES 5

static int check_state(Container *container, bool ignore_paused, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (status == STATUS_PAUSED && !ignore_paused)
                return error_set(error, -EBUSY, "cannot exec in a paused container (use --ignore-paused to override)");
        if (status & (STATUS_STOPPED | STATUS_CREATING))
                return error_set(error, -ESRCH, "cannot exec in a stopped container");
        return 0;
}

int exec_process_from_container(Container *container, SpecProcess **ret, Error *error) {
        CLEANUP(spec_process_freep) SpecProcess *process = NULL;
        int r;

        r = container_load_spec(container, error);
        if (r < 0)
                return r;
        if (!container->spec->process)
                return error_set(error, -EINVAL, "container %s has no process object", container->id);
        r = spec_process_copy(container->spec->process, &process);
        if (r < 0)
                return r;
        process->args = strv_free(process->args);
        process->terminal = false;
        *ret = TAKE_PTR(process);
        return 0;
}

/* Where the container's init has moved to below the container's cgroup; -EBUSY: nowhere. What it calls its cgroups is
 * nothing to rely on. */
static int open_init_cgroup(const Container *container, Error *error) {
        CLEANUP(freep) char *path = NULL;
        const char *below;
        int r = cgroup_of_process((pid_t) container->record->pid, &path);

        if (r >= 0 && pidfd_signal(container->pidfd, 0) < 0)
                r = -ESRCH;
        if (r < 0)
                return error_set(error, r, "cgroup of the container's init: %m");
        below = startswith(path, container->record->cgroup);
        if (!below || below[0] != '/')
                return error_set(error, -EBUSY, "cgroup %s: it passes controllers on, and so can have no process; the container's init is in %s",
                                 container->record->cgroup, path);
        return cgroup_open(path, error);
}

/* The container's cgroup, or one below it that somebody inside has made. */
static int open_exec_cgroup(Container *container, const char *below, Error *error) {
        CLEANUP(fd_closep) int fd = container->record->cgroup ? container_open_cgroup(container, error) : -EBADF;
        int sub_fd;

        if (!container->record->cgroup)
                return -EBADF;
        if (fd < 0 || isempty(below))
                return TAKE_FD(fd);
        if (path_has_dotdot(below))
                return error_set(error, -EINVAL, "bad sub cgroup path: %s: --cgroup must not have .. in it", below);
        sub_fd = path_open_beneath(fd, below[0] == '/' && below[1] ? below + 1 : below[0] == '/' ? "." : below, O_RDONLY | O_DIRECTORY, 0);
        return sub_fd < 0 ? error_set(error, sub_fd, "--cgroup %s: %m", below) : sub_fd;
}

static int write_results(const ExecOptions *options, const Process *process, Error *error) {
        int r = 0;

        if (options->pid_file)
                r = pid_file_write(options->pid_file, process->pid, error);
        if (r >= 0 && options->pidfd_socket)
                r = pidfd_socket_send(options->pidfd_socket, "setns", process->pidfd, error);
        return r;
}

typedef struct Exec {
        PlanImage *image;
        Plan plan;
        SourceList sources;
        int helper_fd, plan_fd, cgroup_fd;
        int sync[2];
} Exec;

static void exec_done(Exec *exec) {
        plan_image_free(exec->image);
        source_list_done(&exec->sources);
        fd_close(exec->helper_fd);
        fd_close(exec->plan_fd);
        fd_close(exec->cgroup_fd);
        fd_close(exec->sync[0]);
        fd_close(exec->sync[1]);
}

/* CRIU restores into a time namespace, so that clocks go on where they were; the configuration knows nothing of it. A
 * process outside of it would have other clocks, and could not be written by the next checkpoint. */
static bool is_in_time_namespace(const Container *container) {
        char path[64];
        struct stat ours, theirs;

        (void) snprintf(path, sizeof path, "/proc/%" PRIu64 "/ns/time", container->record->pid);
        return stat("/proc/self/ns/time", &ours) >= 0 && stat(path, &theirs) >= 0 && ours.st_ino != theirs.st_ino;
}

static int exec_compile(Exec *exec, Container *container, const ExecOptions *options, Error *error) {
        CLEANUP(freep) void *filter = NULL;
        PlanOptions plan_options = {
                .id = container->id,
                .preserve_fds = options->preserve_fds,
                .rootless = geteuid() != 0,
                .in_time_namespace = is_in_time_namespace(container),
        };
        int r;

        r = kernel_check_process(container->spec, options->process, error);
        if (r < 0)
                return r;
        if (container->spec->os.seccomp) {
                r = seccomp_filter(container->spec->os.seccomp, true, &filter, &plan_options.filter.size, &plan_options.filter.flags, error);
                if (r < 0)
                        return r;
                plan_options.filter.bpf = filter;
        }
        r = plan_compile_exec(container->spec, options->process, &plan_options, &exec->image, error);
        if (r < 0)
                return r;
        r = plan_open(exec->image->bytes, exec->image->size, &exec->plan);
        if (r < 0)
                return error_set(error, r, "plan: %m");
        story_plan(&exec->plan);
        exec->plan_fd = memfd_sealed("plan", exec->image->bytes, exec->image->size);
        if (exec->plan_fd < 0)
                return error_set(error, exec->plan_fd, "plan: %m");
        return source_list_open(exec->image->sources, exec->image->n_sources, container->pidfd, NULL, &exec->sources, error);
}

/* Before berth-init has what it needs to go on, so that a child of it is there too. */
static int join_resctrl(const Record *record, pid_t pid) {
        CLEANUP(fd_closep) int fd = record->resctrl_group ? resctrl_open() : -EBADF;

        if (!record->resctrl_group)
                return 0;
        return fd < 0 ? fd : resctrl_join(fd, record, pid);
}

/* The kernel lets nobody into a cgroup that passes controllers on (EBUSY), as systemd and engines inside have theirs:
 * then it is the one that the container's init is in, which may move once more meanwhile. */
static int spawn_in_cgroup(
                Exec *exec, SpawnRequest *request, const Container *container, const ExecOptions *options, Process *ret, Error *error) {
        for (unsigned tries = 0;; tries++) {
                CLEANUP(error_done) Error attempt = {};
                int r = spawn(request, ret, &attempt);

                if (r == -EBUSY && !isempty(options->cgroup))
                        return error_set(error, r, "--cgroup %s: it passes controllers on, and so can have no process", options->cgroup);
                if (r != -EBUSY || exec->cgroup_fd < 0 || tries >= INIT_CGROUP_TRIES)
                        return r < 0 ? error_set(error, r, "%s", error_text(&attempt)) : r;
                exec->cgroup_fd = fd_close(exec->cgroup_fd);
                exec->cgroup_fd = open_init_cgroup(container, error);
                if (exec->cgroup_fd < 0)
                        return exec->cgroup_fd;
                request->cgroup_fd = exec->cgroup_fd;
        }
}

static int exec_spawn(Exec *exec, const Container *container, const ExecOptions *options, Process *ret, Error *error) {
        const int fds[] = { exec->plan_fd, exec->sync[1], -1 };
        SpawnRequest request = {
                .helper_fd = exec->helper_fd,
                .mode = PLAN_MODE_INIT,
                .fds = fds,
                .n_fds = ELEMENTSOF(fds),
                .clone_flags = exec->plan.header->clone_flags,
                .cgroup_fd = exec->cgroup_fd,
                .preserve_fds = options->preserve_fds,
        };
        int r = spawn_in_cgroup(exec, &request, container, options, ret, error);

        exec->sync[1] = fd_close(exec->sync[1]);
        if (r >= 0) {
                r = join_resctrl(container->record, ret->pid);
                if (r < 0)
                        return error_set(error, r, "linux.intelRdt: %m");
        }
        if (r >= 0)
                r = source_list_send(&exec->sources, exec->sync[0]);
        return r < 0 ? error_set(error, r, "berth-init: %m") : 0;
}

static int exec_talk(Exec *exec, Container *container, const ExecOptions *options, Process *process, int *ret_console_fd, Error *error) {
        Talk talk = {
                .sync_fd = exec->sync[0],
                .plan = &exec->plan,
                .container = container,
                .process = process,
                .console_socket = options->console_socket,
                .console_fd = -EBADF,
                .net_ns_fd = -EBADF,
        };
        int r = talk_until_created(&talk, error);

        if (r >= 0)
                r = talk_until_executed(&talk, error);
        if (r >= 0)
                r = write_results(options, process, error);
        if (r < 0)
                talk.console_fd = fd_close(talk.console_fd);
        *ret_console_fd = talk.console_fd;
        return r;
}

static int exec_run(Exec *exec, Container *container, const ExecOptions *options, Process *ret, int *ret_console_fd, Error *error) {
        Process process = PROCESS_NONE;
        int r;

        r = exec_compile(exec, container, options, error);
        if (r < 0)
                return r;
        exec->helper_fd = helper_open(error);
        if (exec->helper_fd < 0)
                return exec->helper_fd;
        exec->cgroup_fd = open_exec_cgroup(container, options->cgroup, error);
        if (exec->cgroup_fd < 0 && exec->cgroup_fd != -EBADF)
                return exec->cgroup_fd;
        r = sync_pair(exec->sync, error);
        if (r >= 0)
                r = exec_spawn(exec, container, options, &process, error);
        if (r >= 0)
                r = exec_talk(exec, container, options, &process, ret_console_fd, error);
        if (r < 0) {
                process_kill(&process);
                return r;
        }
        *ret = process;
        return 0;
}

int container_exec(Container *container, const ExecOptions *options, Process *ret, int *ret_console_fd, Error *error) {
        Exec exec = { .helper_fd = -EBADF, .plan_fd = -EBADF, .cgroup_fd = -EBADF, .sync = { -EBADF, -EBADF } };
        int r;

        r = check_state(container, options->ignore_paused, error);
        if (r >= 0)
                r = check_preserved_fds(options->preserve_fds, options->inherited_fds, error);
        if (r >= 0)
                r = container_load_spec(container, error);
        if (r >= 0)
                r = exec_run(&exec, container, options, ret, ret_console_fd, error);
        exec_done(&exec);
        return r;
}
