/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Restoring, as launch.c's table with CRIU in the place of berth-init: CRIU is born in the new scope and waits there until its limits
 * are in force; what it restores is born beside it. Invariant: no instruction of a checkpoint runs before all limits are in force
 * and its processes are verified to be what the configuration allows. */

#include "checkpoint/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "checkpoint/criu-config.h"
#include "checkpoint/archive.h"
#include "checkpoint/criu-external.h"
#include "checkpoint/criu-options.h"
#include "checkpoint/criu.h"
#include "checkpoint/mount-point.h"
#include "checkpoint/restore-verify.h"
#include "container/hooks.h"
#include "launch/console.h"
#include "launch/launch-stages.h"

#define LOG_NAME "restore.log"
#define DESCRIPTORS_NAME "descriptors.json"
#define DESCRIPTORS_MAX 4096U
#define WORK_DIRECTORY "criu.work"
#define TIMEOUT_SECONDS 60
#define TIMEOUT_SECONDS_MAX (7 * 24 * 60 * 60)
#define ROOT_DIRECTORY "criu-root"
/* Above what a caller passes on. */
#define STDIO_COPY_MIN 100

struct Restore {
        RestoreOptions options;
        char *images;                   /* the path, of a named one too */
        Checkpoint *description;
        int images_fd;
        uint64_t bytes;                 /* of all images */
        int work_fd;
        char *log_path;
        CriuConfig config;
        Text request;                   /* the options for CRIU */
        int stdio[3];                   /* the caller's, for the container */
        int namespace_fds[CRIU_NAMESPACES_MAX];
        size_t n_namespace_fds;
        bool requested;                 /* CRIU may have made processes */
        Criu criu;
};

static void restore_done(struct Restore *restore) {
        criu_done(&restore->criu);
        for (size_t i = 0; i < restore->n_namespace_fds; i++)
                fd_close(restore->namespace_fds[i]);
        FOREACH_ELEMENT(fd, restore->stdio)
                fd_close(*fd);
        fd_close(restore->images_fd);
        fd_close(restore->work_fd);
        checkpoint_free(restore->description);
        free(restore->images);
        free(restore->log_path);
        criu_config_done(&restore->config);
        text_done(&restore->request);
}

/* ---- stages ---- */

/* CRIU wants the root to be a mount point, which gets mounts from where the container's did (it stays a slave), and gives none.
 * That is made in a mount namespace of this process, before anything is opened that CRIU reaches through us: nobody else sees it,
 * and it goes with us. */
static int enter_namespace(Error *error) {
        if (!process_is_system_root())
                return error_set(error, -EPERM, "restore needs root, as CRIU does");
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_set(error, -errno, "mount namespace: %m");
        return 0;
}

static int bind_root(const char *rootfs, const char *path, Error *error) {
        if (mount(rootfs, path, NULL, MS_BIND | MS_REC, NULL) < 0)
                return error_set(error, -errno, "root.path: %s: %m", rootfs);
        return 0;
}

static int find_images(struct Restore *restore, const Spec *spec, Error *error) {
        int r;

        if (!restore->options.name) {
                restore->images = strdup(restore->options.criu.images);
                return restore->images ? 0 : -ENOMEM;
        }
        r = checkpoint_find(spec->bundle, restore->options.name, &restore->images, &restore->description, error);
        if (r < 0)
                return r;
        restore->options.criu.tcp_established |= restore->description->tcp;
        restore->options.criu.ext_unix_sk |= restore->description->unix_sockets;
        restore->options.criu.shell_job |= restore->description->shell;
        return 0;
}

static int stage_images(Launch *launch, Error *error) {
        struct Restore *restore = launch->options->restore;
        int r = launch_stage_load(launch, error);

        if (r >= 0)
                r = enter_namespace(error);
        if (r >= 0)
                r = find_images(restore, launch->compiled->spec, error);
        if (r < 0)
                return r;
        restore->images_fd = criu_open_directory(restore->images, error);
        if (restore->images_fd < 0)
                return restore->images_fd;
        if (!criu_is_let_in(restore->images_fd, launch->compiled->spec))
                return error_set(error, -EACCES, "%s: the root of the container's user namespace must be able to enter it (mode 0711)",
                                 restore->images);
        /* Said before anything is made, and in better words than CRIU's. */
        r = archive_check(restore->images_fd, &restore->bytes, error);
        return r < 0 ? error_prefix(error, "%s", restore->images) : 0;
}

/* The caller's, or what the log driver has for the container. */
static int open_stdio(Launch *launch, Error *error) {
        struct Restore *restore = launch->options->restore;
        int r;

        r = output_open(launch->options->log_driver, launch->container->spec->process->terminal,
                        launch->options->log_tag ? launch->options->log_tag : launch->options->id, launch->container->record->unit,
                        &launch->output, error);
        for (int fd = 0; fd <= 2 && r >= 0; fd++) {
                int from = launch->output.stdio[fd] >= 0 ? launch->output.stdio[fd] : fd;

                restore->stdio[fd] = fcntl(from, F_DUPFD_CLOEXEC, STDIO_COPY_MIN);
                if (restore->stdio[fd] < 0)
                        r = error_set(error, -errno, "standard descriptor %d: %m", fd);
        }
        output_release(&launch->output);
        return r;
}

static const char *log_name(const struct Restore *restore) {
        return restore->config.log_name ? restore->config.log_name : LOG_NAME;
}

static int open_work(Launch *launch, Error *error) {
        struct Restore *restore = launch->options->restore;
        const char *path = restore->options.criu.work;

        if (path) {
                if (mkdir(path, 0700) < 0 && errno != EEXIST)
                        return error_set(error, -errno, "--work-path %s: %m", path);
                restore->work_fd = criu_open_directory(path, error);
                if (restore->work_fd < 0)
                        return restore->work_fd;
                return asprintf(&restore->log_path, "%s/%s", path, log_name(restore)) < 0 ? -ENOMEM : 0;
        }
        /* The images' own directory: the state directory goes when this fails, and the log is wanted then. */
        restore->work_fd = fcntl(restore->images_fd, F_DUPFD_CLOEXEC, 3);
        return asprintf(&restore->log_path, "%s/%s", restore->images, log_name(restore)) < 0 ? -ENOMEM : 0;
}

static char *state_path(const Launch *launch, const char *name) {
        char link[64], directory[4096], *path;
        ssize_t n;

        (void) snprintf(link, sizeof link, "/proc/self/fd/%d", launch->container->dir_fd);
        n = readlink(link, directory, sizeof directory - 1);
        if (n < 0)
                return NULL;
        directory[n] = '\0';
        path = path_join(directory, name);
        return path;
}

/* ---- the request ---- */

static void add_cgroup_root(const Launch *launch, Text *options) {
        Text root = {};

        if (!launch->scope.cgroup)
                return;
        /* Of the v2 tree alone. */
        message_add_string(&root, 1, "");
        message_add_string(&root, 2, launch->scope.cgroup);
        message_add_message(options, CRIU_CGROUP_ROOT, &root);
}

static int add_labels(const Launch *launch, Text *options) {
        const struct Restore *restore = launch->options->restore;
        const char *profile = restore->options.lsm_profile, *from_config = launch->container->spec->process->apparmor_profile;
        CLEANUP(freep) char *word = NULL;

        if (!profile && !isempty(from_config) && access("/sys/kernel/security/apparmor", F_OK) >= 0) {
                if (asprintf(&word, "apparmor:%s", from_config) < 0)
                        return -ENOMEM;
                profile = word;
        }
        if (profile)
                message_add_string(options, CRIU_LSM_PROFILE, profile);
        if (restore->options.lsm_mount_context)
                message_add_string(options, CRIU_LSM_MOUNT_CONTEXT, restore->options.lsm_mount_context);
        return 0;
}

static int add_descriptors(const Launch *launch, Text *options, Error *error) {
        const struct Restore *restore = launch->options->restore;
        CLEANUP(fd_closep) int fd = openat(restore->images_fd, DESCRIPTORS_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        if (fd < 0)
                return errno == ENOENT ? 0 : error_set(error, -errno, DESCRIPTORS_NAME ": %m");
        r = fd_read_file(fd, DESCRIPTORS_MAX, &text, &size);
        if (r < 0)
                return error_set(error, r, DESCRIPTORS_NAME ": %m");
        r = criu_inherit_descriptors(text, size, restore->stdio, options, error);
        return r < 0 ? error_prefix(error, DESCRIPTORS_NAME) : 0;
}

static int make_options(Launch *launch, Text *options, Error *error) {
        struct Restore *restore = launch->options->restore;
        CLEANUP(freep) char *root = state_path(launch, ROOT_DIRECTORY);
        int r;

        if (!root)
                return -ENOMEM;
        message_add_number(options, CRIU_IMAGES_DIR_FD, (uint64_t) restore->images_fd);
        message_add_string(options, CRIU_ROOT, root);
        message_add_bool(options, CRIU_EVASIVE_DEVICES, true);
        message_add_bool(options, CRIU_RESTORE_SIBLING, true);
        criu_config_add(&restore->config, options);
        r = criu_add_options(&restore->options.criu, options, error);
        if (r >= 0)
                r = add_labels(launch, options);
        if (r >= 0)
                r = criu_add_sources(launch->container->spec, options, restore->namespace_fds, &restore->n_namespace_fds, error);
        return r < 0 ? r : add_descriptors(launch, options, error);
}

static void unbind_root(Launch *launch) {
        CLEANUP(freep) char *root = state_path(launch, ROOT_DIRECTORY);

        if (root)
                (void) umount2(root, MNT_DETACH);
        (void) unlinkat(launch->container->dir_fd, ROOT_DIRECTORY, AT_REMOVEDIR);
}

/* With --manage-cgroups-mode ignore CRIU neither writes nor makes cgroup namespaces: what it restores is in its own. */
static bool needs_cgroup_namespace(const Launch *launch) {
        const struct Restore *restore = launch->options->restore;
        const SpecNamespace *namespace = spec_namespace(launch->container->spec, SPEC_NAMESPACE_CGROUP);
        const char *mode = restore->options.criu.manage_cgroups;
        struct stat st;

        if (!namespace || !isempty(namespace->path) || launch->options->no_cgroup)
                return false;
        return (mode && streq(mode, "ignore")) ||
               fstatat(restore->images_fd, "cgroup.img", &st, AT_SYMLINK_NOFOLLOW) < 0;
}

static int stage_spawn(Launch *launch, Error *error) {
        struct Restore *restore = launch->options->restore;
        CLEANUP(freep) char *root = NULL;
        int fds[CRIU_NAMESPACES_MAX + 6], r;
        CriuSpawn spawn = { .dies_with_us = true, .cgroup_fd = launch->scope.cgroup_fd,
                            .fds = fds,
                            .new_cgroup_namespace = needs_cgroup_namespace(launch) };

        r = criu_config_open(launch->container->spec, &restore->config, error);
        if (r >= 0)
                r = open_work(launch, error);
        if (r >= 0 && restore->options.criu.lazy_pages)
                r = criu_check_lazy_pages(restore->work_fd, restore->options.criu.work ?: restore->images,
                                          restore->images, error);
        if (r >= 0)
                r = open_stdio(launch, error);
        if (r < 0)
                return r;
        if (mkdirat(launch->container->dir_fd, ROOT_DIRECTORY, 0700) < 0)
                return error_set(error, -errno, "state directory: %m");
        root = state_path(launch, ROOT_DIRECTORY);
        if (root)
                mount_points_make(launch->container->spec, launch->container->record->rootfs, root);
        r = root ? bind_root(launch->container->record->rootfs, root, error) : -ENOMEM;
        /* The request is made now, since CRIU gets the descriptors that it names when it is started. */
        if (r >= 0)
                r = make_options(launch, &restore->request, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < restore->n_namespace_fds; i++)
                fds[spawn.n_fds++] = restore->namespace_fds[i];
        fds[spawn.n_fds++] = restore->images_fd;
        fds[spawn.n_fds++] = restore->work_fd;
        fds[spawn.n_fds++] = restore->config.fd;
        FOREACH_ELEMENT(fd, restore->stdio)
                fds[spawn.n_fds++] = *fd;
        r = criu_start(&spawn, &restore->criu, error);
        return r < 0 ? r : launch_spawn_anchors(launch, error);
}

/* Whatever was restored, however far it came. */
static void undo_spawn(Launch *launch) {
        /* The stopped first: when CRIU ends they would go on. */
        if (launch->init.pidfd >= 0)
                (void) pidfd_signal(launch->init.pidfd, SIGKILL);
        if (launch->options->restore->requested && launch->scope.cgroup_fd >= 0)
                (void) file_write_at(launch->scope.cgroup_fd, "cgroup.kill", "1");
        criu_done(&launch->options->restore->criu);
        unbind_root(launch);
        if (launch->scope.cgroup_fd >= 0)
                (void) cgroup_kill(launch->scope.cgroup_fd, usec_monotonic() + 10 * USEC_PER_SEC);
        process_kill(&launch->init);
        process_kill(&launch->anchor);
        process_kill(&launch->watcher);
}

static int stage_scope(Launch *launch, Error *error) {
        return scope_request(&launch->scope, &launch->options->restore->criu.process, &launch->anchor, error);
}

static void undo_scope(Launch *launch) {
        undo_spawn(launch);
        launch_undo_scope(launch);
}

static int stage_limits(Launch *launch, Error *error) {
        return launch_limit(launch, launch->options->restore->criu.process.pid, error);
}

/* ---- what CRIU asks about ---- */

static int on_namespaces(Launch *launch, pid_t pid, int *fd, Error *error) {
        const SpecHooks *hooks = &launch->container->spec->hooks;
        CLEANUP(freep) char *state = NULL;
        int r;

        launch->prepared = true;
        launch->container->record->pid = (uint64_t) pid;
        state = container_state_json(launch->container, STATUS_CREATING, true);
        if (!state)
                return -ENOMEM;
        r = hooks_run(hooks->prestart, hooks->n_prestart, "prestart", &launch->container->spec->annotations, state,
                      error);
        return r < 0 ? r
                     : hooks_run(hooks->create_runtime, hooks->n_create_runtime, "createRuntime",
                                 &launch->container->spec->annotations, state, error);
}

static int on_terminal(Launch *launch, pid_t pid, int *fd, Error *error) {
        if (*fd < 0)
                return error_set(error, -EBADMSG, "criu: no terminal came");
        if (launch->options->console_socket)
                return console_send(launch->options->console_socket, *fd, error);
        fd_close(launch->console_fd);
        launch->console_fd = TAKE_FD(*fd);
        return 0;
}

/* All that is in the scope, but for those who made it. */
static int verify_all(Launch *launch, pid_t pid, pid_t *pids, size_t n_pids, Error *error) {
        const struct Restore *restore = launch->options->restore;
        bool found = false;
        size_t kept = 0;

        for (size_t i = 0; i < n_pids; i++) {
                found |= pids[i] == pid;
                if (pids[i] != restore->criu.process.pid && pids[i] != launch->anchor.pid)
                        pids[kept++] = pids[i];
        }
        if (!found)
                return error_set(error, -EPERM, "the checkpoint's first process is not in the scope");
        return restore_verify(launch->container->spec, launch->container->record->rootfs, pids, kept, pid, error);
}

static int on_restored(Launch *launch, pid_t pid, int *fd, Error *error) {
        if (pid <= 1)
                return error_set(error, -EBADMSG, "criu: no process");
        launch->init.pid = pid;
        launch->init.pidfd = pidfd_open_pid(pid);
        return launch->init.pidfd < 0 ? error_set(error, launch->init.pidfd, "the restored process %ld: %m", (long) pid) : 0;
}

/* All are stopped, and have their rights. CRIU does not ask here, it tells: who must not go on is killed by the undo, before it is
 * let go. */
static int on_resume(Launch *launch, pid_t unused, int *fd, Error *error) {
        CLEANUP(freep) pid_t *pids = NULL;
        size_t n_pids = 0;
        int r;

        if (launch->init.pid <= 1)
                return error_set(error, -EBADMSG, "criu: no process");
        if (launch->scope.none)
                return restore_verify(launch->container->spec, launch->container->record->rootfs, &launch->init.pid, 1, launch->init.pid, error);
        r = cgroup_processes(launch->scope.cgroup_fd, &pids, &n_pids);
        return r < 0 ? error_set(error, r, "processes of the scope: %m") : verify_all(launch, launch->init.pid, pids, n_pids, error);
}

static const struct {
        const char *name;
        int (*run)(Launch *launch, pid_t pid, int *fd, Error *error);
} steps[] = {
        { "setup-namespaces", on_namespaces },
        { "orphan-pts-master", on_terminal },
        { "post-restore", on_restored },
        { "pre-resume", on_resume },
};

static int on_step(void *userdata, const char *name, pid_t pid, int *fd, Error *error) {
        FOREACH_ELEMENT(step, steps)
                if (streq(step->name, name))
                        return step->run(userdata, pid, fd, error);
        return 0;
}

/* CRIU waits without end for what a damaged image makes it wait for. A slow disk gives 4 MiB a second. */
static uint64_t restore_timeout(uint64_t bytes) {
        const char *word = secure_getenv("BERTH_CRIU_TIMEOUT");
        uint64_t seconds = TIMEOUT_SECONDS;

        if (word && number_parse_u64(word, TIMEOUT_SECONDS_MAX, &seconds) < 0)
                log_warning("BERTH_CRIU_TIMEOUT=%s: is no number of seconds", word);
        return (seconds + (bytes >> 22)) * USEC_PER_SEC;
}

static int stage_restore(Launch *launch, Error *error) {
        struct Restore *restore = launch->options->restore;
        CriuWatch watch = { .step = on_step, .userdata = launch, .timeout_usec = restore->options.criu.lazy_pages ? 0 : restore_timeout(restore->bytes) };
        int r;

        add_cgroup_root(launch, &restore->request);
        restore->requested = true;
        r = criu_request(&restore->criu, CRIU_RESTORE, &restore->request, &watch, restore->work_fd, log_name(restore),
                         restore->log_path, error);
        if (r < 0)
                return r;
        if (launch->init.pid <= 1)
                return error_set(error, -EBADMSG, "criu: no process");
        /* Gone from the scope, before somebody looks into it. */
        criu_done(&restore->criu);
        unbind_root(launch);
        return 0;
}

static int stage_running(Launch *launch, Error *error) {
        int r;

        launch->container->record->started_usec = usec_realtime();
        r = container_save(launch->container, error);
        return r < 0 ? r : container_run_poststart(launch->container, error);
}

static const Stage stages[] = {
        { "load", stage_images, NULL },
        { "store", launch_stage_store, launch_undo_store },
        { "cgroup", launch_stage_cgroup, launch_undo_cgroup },
        { "spawn", stage_spawn, undo_spawn },
        { "scope", stage_scope, undo_scope },
        { "ready", launch_stage_ready, NULL },
        { "limits", stage_limits, launch_undo_limits },
        { "restore", stage_restore, NULL },
        { "register", launch_stage_register, NULL },
        { "created", launch_stage_created, launch_undo_created },
        { "running", stage_running, NULL },
};

int restore(int root_fd, const RestoreOptions *options, LaunchOptions *launch, Launched *ret, Error *error) {
        struct Restore restore = {
                .options = *options,
                .images_fd = -EBADF,
                .work_fd = -EBADF,
                .stdio = { -EBADF, -EBADF, -EBADF },
                .config = CRIU_CONFIG_NONE,
                .criu = CRIU_NONE,
        };
        int r;

        launch->restore = &restore;
        launch->start = true;
        r = launch_stages(stages, ELEMENTSOF(stages), root_fd, launch, ret, error);
        launch->restore = NULL;
        restore_done(&restore);
        return r;
}
