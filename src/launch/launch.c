/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bundle becomes a container, in stages that each have their undo. Invariant: when launch() fails, whatever stage it failed in, no unit, cgroup,
 * process, mount, socket or file of the attempt is left.
 *
 * Two orders of things are hidden in one table. In the fast form the scope's cgroup is made by us and systemd adopts it: processes are born in
 * it and set themselves up while systemd works. In the waiting form systemd makes it, and berth-init waits for that in STEP_SCOPE. */

#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/announce.h"
#include "container/resctrl.h"
#include "container/supervision.h"
#include "container/sync.h"
#include "launch/compile.h"
#include "launch/launch-stages.h"
#include "launch/netdevice.h"
#include "launch/notify-socket.h"
#include "launch/pidfile.h"
#include "launch/scope.h"
#include "launch/source.h"
#include "launch/story.h"
#include "launch/talk.h"
#include "plan/reader.h"
#include "systemd/manager.h"

#define CONTROLLERS_MAX 128

/* ---- stages ---- */

int launch_stage_load(Launch *launch, Error *error) {
        int r;

        r = compile_bundle(launch->options, launch->root_fd, &launch->compiled, error);
        if (r < 0)
                return r;
        r = plan_open(launch->compiled->image->bytes, launch->compiled->image->size, &launch->plan);
        if (r < 0)
                return error_set(error, r, "plan: %m");
        story_compiled(launch->compiled, &launch->plan);
        launch->helper_fd = helper_open(error);
        return launch->helper_fd < 0 ? launch->helper_fd : 0;
}

static int fill_record(Launch *launch, Error *error) {
        const Spec *spec = launch->compiled->spec;
        Record *record = launch->container->record;
        int r;

        record->id = strdup(launch->options->id);
        record->bundle = strdup(spec->bundle);
        record->rootfs = path_join(spec->bundle, spec->root.path);
        record->created_usec = usec_realtime();
        record->uid = geteuid();
        record->exit_status = -1;
        record->stop_signal = (uint64_t) launch->compiled->stop.signal;
        record->stop_timeout_usec = launch->compiled->stop.grace_usec;
        if (launch->options->service) {
                record->service = strdup(launch->options->service);
                if (!record->service)
                        return -ENOMEM;
        }
        record->without_poststop = spec->hooks.n_poststop == 0;
        record->own_pid_namespace = (launch->compiled->namespaces & CLONE_NEWPID) != 0;
        r = scope_expect(launch->compiled->resources, launch->options, record, error);
        if (r >= 0)
                r = spec_map_copy(&spec->annotations, &record->annotations);
        return r < 0 || (record->id && record->bundle && record->rootfs) ? r : -ENOMEM;
}

/* What a supervisor, or the payload, has in the container's directory. */
static int make_supervision(Launch *launch, Error *error) {
        int r = machine_make_directory(&launch->compiled->machine, launch->container->dir_fd, error);

        if (r < 0)
                return r;
        if (launch->options->foreground) {
                launch->exit_fd = supervision_begin(launch->container, error);
                if (launch->exit_fd < 0)
                        return launch->exit_fd;
        }
        if (launch->options->notify_directory) {
                launch->notify_fd = notify_listen(launch->container->dir_fd, error);
                if (launch->notify_fd < 0)
                        return launch->notify_fd;
        }
        return 0;
}

int launch_stage_store(Launch *launch, Error *error) {
        int r;

        r = container_make(launch->root_fd, launch->options->id, &launch->container, error);
        if (r < 0)
                return r;
        launch->container->record = record_new();
        if (!launch->container->record)
                return -ENOMEM;
        r = fill_record(launch, error);
        if (r >= 0)
                r = container_save(launch->container, error);
        if (r < 0)
                return r;
        if (launch->compiled->text_size > SPEC_SIZE_MAX)
                return error_set(error, -EFBIG, "config.json: larger than %u bytes", SPEC_SIZE_MAX);
        r = file_replace_at(launch->container->dir_fd, "config.json", launch->compiled->text, launch->compiled->text_size, 0600);
        if (r < 0)
                return error_set(error, r, "state directory: %m");
        launch->container->spec = TAKE_PTR(launch->compiled->spec);
        return make_supervision(launch, error);
}

/* Nobody has heard of it yet but hooks. */
void launch_undo_store(Launch *launch) {
        if (launch->container && launch->prepared)
                (void) container_end(launch->container, false, NULL);
        else if (launch->container)
                (void) container_remove(launch->container);
        launch->container = container_free(launch->container);
}

/* A controller holds a connection to the bus as long as its container lives. dbus-daemon lets root have 256 on the system's, which others need too. The first
 * containers have one; of more systemd stops the unit by the container's stop signal, which it knows, and their supervisors see them end. */
bool launch_may_control(const Container *container, bool user_manager) {
        CLEANUP(strv_freep) char **ids = NULL;

        return user_manager || (container_list(container->root_fd, &ids, NULL) >= 0 && strv_length(ids) <= CONTROLLERS_MAX);
}

int launch_stage_cgroup(Launch *launch, Error *error) {
        int r = scope_prepare(&launch->scope, launch->compiled->resources, launch->options, launch->container->mark, error);

        launch->scope.controlled = r >= 0 && launch->scope.supervised && launch_may_control(launch->container, launch->scope.user_manager);
        return r;
}

void launch_undo_cgroup(Launch *launch) {
        scope_undo(&launch->scope);
}

static int spawn_init(Launch *launch, Error *error) {
        const int fds[] = { launch->plan_fd, launch->init_sync_fd, launch->start_fd };
        SpawnRequest request = {
                .helper_fd = launch->helper_fd,
                .mode = PLAN_MODE_INIT,
                .fds = fds,
                .n_fds = ELEMENTSOF(fds),
                .clone_flags = launch->plan.header->clone_flags,
                .cgroup_fd = launch->scope.cgroup_fd,
                .preserve_fds = launch->compiled->preserve_fds,
                .stdio = launch->output.stdio,
        };

        return spawn(&request, &launch->init, error);
}

static int stage_spawn(Launch *launch, Error *error) {
        int pair[2], r;

        r = source_list_open(launch->compiled->image->sources, launch->compiled->image->n_sources, -EBADF,
                             &launch->compiled->credentials, &launch->sources, error);
        if (r < 0)
                return r;
        launch->plan_fd = memfd_sealed("plan", launch->compiled->image->bytes, launch->compiled->image->size);
        if (launch->plan_fd < 0)
                return error_set(error, launch->plan_fd, "plan: %m");
        r = sync_pair(pair, error);
        if (r < 0)
                return r;
        launch->sync_fd = pair[0];
        launch->init_sync_fd = pair[1];
        if (!launch->options->start) {
                launch->start_fd = start_socket_listen(launch->container->dir_fd, error);
                if (launch->start_fd < 0)
                        return launch->start_fd;
                r = file_replace_at(launch->container->dir_fd, "plan", launch->compiled->image->bytes, launch->compiled->image->size, 0600);
                if (r < 0)
                        return error_set(error, r, "state directory: %m");
        }
        r = output_open(launch->options->log_driver, launch->container->spec->process && launch->container->spec->process->terminal,
                        launch->options->log_tag ? launch->options->log_tag : launch->options->id, launch->container->record->unit, &launch->output,
                        error);
        if (r < 0)
                return r;
        r = spawn_init(launch, error);
        output_release(&launch->output);
        if (r >= 0)
                r = launch_spawn_anchors(launch, error);
        launch->init_sync_fd = fd_close(launch->init_sync_fd);
        launch->start_fd = fd_close(launch->start_fd);
        if (r >= 0)
                r = source_list_send(&launch->sources, launch->sync_fd);
        /* Born where it belongs, it sets itself up while we look for the bus: mounting cgroup2 takes cgroup_mutex, which systemd holds for a grace period
         * once it moves the anchor. */
        if (r >= 0 && launch->scope.fast)
                r = sync_go(launch->sync_fd);
        /* EPIPE: it failed already, and why waits to be read in stage_prepare(). */
        return r < 0 && r != -EPIPE ? error_set(error, r, "berth-init: %m") : 0;
}

static void undo_spawn(Launch *launch) {
        process_kill(&launch->init);
        process_kill(&launch->anchor);
        process_kill(&launch->watcher);
}

/* In the fast form this only sends; stage_ready waits. */
static int stage_scope(Launch *launch, Error *error) {
        int r;

        r = scope_request(&launch->scope, &launch->init, &launch->anchor, error);
        if (r < 0 || launch->scope.fast)
                return r;
        r = sync_go(launch->sync_fd); /* STEP_SCOPE */
        return r < 0 && r != -EPIPE ? error_set(error, r, "berth-init: %m") : 0;
}

void launch_undo_scope(Launch *launch) {
        scope_claim(&launch->scope);
        /* With processes alive systemd would wait for them to end before it lets the unit go. */
        undo_spawn(launch);
        scope_stop(&launch->scope);
}

static int stage_prepare(Launch *launch, Error *error) {
        Talk talk = {
                .sync_fd = launch->sync_fd,
                .plan = &launch->plan,
                .container = launch->container,
                .sources = launch->compiled->image->sources,
                .source_fds = &launch->sources,
                .process = &launch->init,
                .console_socket = launch->options->console_socket,
                .console_fd = -EBADF,
                .net_ns_fd = -EBADF,
        };
        int r;

        launch->prepared = true;
        r = talk_until_created(&talk, error);

        launch->console_fd = TAKE_FD(talk.console_fd);
        launch->net_ns_fd = TAKE_FD(talk.net_ns_fd);
        return r;
}

/* Before the namespace goes with its last process. */
static void undo_prepare(Launch *launch) {
        const Spec *spec = launch->container ? launch->container->spec : NULL;

        if (launch->net_ns_fd >= 0 && spec)
                net_devices_return(spec->os.net_devices, spec->os.n_net_devices, launch->net_ns_fd);
}

int launch_stage_ready(Launch *launch, Error *error) {
        return scope_ready(&launch->scope, error);
}

int launch_limit(Launch *launch, pid_t pid, Error *error) {
        const SpecIntelRdt *rdt = launch->container->spec->os.intel_rdt;
        CLEANUP(fd_closep) int fd = -EBADF;
        int r = scope_limit(&launch->scope, error);

        if (r < 0 || !rdt)
                return r;
        fd = resctrl_open();
        if (fd < 0)
                return error_set(error, fd, "linux.intelRdt: %m");
        return resctrl_enter(fd, rdt, launch->options->id, pid, launch->container->record, error);
}

static int stage_limits(Launch *launch, Error *error) {
        return launch_limit(launch, launch->init.pid, error);
}

void launch_undo_limits(Launch *launch) {
        CLEANUP(fd_closep) int fd = launch->container && launch->container->record->resctrl_group ? resctrl_open() : -EBADF;

        if (fd >= 0)
                resctrl_leave(fd, launch->container->record);
}

int launch_stage_register(Launch *launch, Error *error) {
        const Machine *machine = &launch->compiled->machine;
        const MachineRegistration registration = {
                .name = launch->options->id,
                .id = machine->is_machine ? machine->id : NULL,
                .leader = launch->init.pid,
                .pidfd = launch->init.pidfd,
                .root = launch->container->record->rootfs,
        };

        return launch->options->register_machine ? scope_register(&launch->scope, &registration, error) : 0;
}

int launch_stage_created(Launch *launch, Error *error) {
        Record *record = launch->container->record;
        int r = launch_let_watch(launch, error);

        if (r < 0)
                return r;
        record->pid = (uint64_t) launch->init.pid;
        r = process_start_time(launch->init.pid, &record->start_time);
        if (r < 0)
                return error_set(error, r, "container's init: %m");
        r = scope_fill_record(&launch->scope, record);
        if (r >= 0)
                r = container_save(launch->container, error);
        if (r >= 0 && launch->options->pid_file)
                r = pid_file_write(launch->options->pid_file, launch->init.pid, error);
        if (r >= 0 && launch->options->pidfd_socket)
                r = pidfd_socket_send(launch->options->pidfd_socket, "standard", launch->init.pidfd, error);
        launch->container->pidfd = fcntl(launch->init.pidfd, F_DUPFD_CLOEXEC, 3);
        log_debug("container %s: its init is process %ld", launch->options->id, (long) launch->init.pid);
        if (r >= 0 && !launch->options->start) {
                r = sync_commit(launch->sync_fd);
                if (r < 0)
                        return error_set(error, r, "berth-init: %m");
        }
        return r;
}

void launch_undo_created(Launch *launch) {
        if (launch->options->pid_file)
                pid_file_remove(launch->options->pid_file, launch->init.pid);
}

static int stage_start(Launch *launch, Error *error) {
        Talk talk = {
                .sync_fd = launch->sync_fd,
                .plan = &launch->plan,
                .container = launch->container,
                .process = &launch->init,
                .console_fd = -EBADF,
                .net_ns_fd = -EBADF,
        };
        int r;

        if (!launch->options->start)
                return 0;
        r = talk_until_executed(&talk, error);
        if (r < 0)
                return r;
        launch->container->record->started_usec = usec_realtime();
        r = container_save(launch->container, error);
        return r < 0 ? r : container_run_poststart(launch->container, error);
}

static const Stage launch_table[] = {
        { "load", launch_stage_load, NULL },
        { "store", launch_stage_store, launch_undo_store },
        { "cgroup", launch_stage_cgroup, launch_undo_cgroup },
        { "spawn", stage_spawn, undo_spawn },
        { "scope", stage_scope, launch_undo_scope },
        { "prepare", stage_prepare, undo_prepare },
        { "ready", launch_stage_ready, NULL },
        { "limits", stage_limits, launch_undo_limits },
        { "register", launch_stage_register, NULL },
        { "created", launch_stage_created, launch_undo_created },
        { "start", stage_start, NULL },
};

/* For the tests: the stage named in BERTH_FAIL_STAGE fails after its work is done (berth(1), ENVIRONMENT). */
static int injected_failure(const Stage *stage, Error *error) {
        const char *name = secure_getenv("BERTH_FAIL_STAGE");

        return name && streq(name, stage->name) ? error_set(error, -ECANCELED, "stage %s: failure asked for", stage->name) : 0;
}

static void launch_close(Launch *launch) {
        compiled_free(launch->compiled);
        source_list_done(&launch->sources);
        fd_close(launch->helper_fd);
        fd_close(launch->plan_fd);
        fd_close(launch->sync_fd);
        fd_close(launch->init_sync_fd);
        fd_close(launch->start_fd);
        fd_close(launch->anchor_fd);
        fd_close(launch->watcher_fd);
        fd_close(launch->net_ns_fd);
        scope_done(&launch->scope);
        output_done(&launch->output);
        fd_close(launch->notify_fd);
        fd_close(launch->exit_fd);
}

int launch_stages(
                const Stage *stages, size_t n_stages, int root_fd, const LaunchOptions *options, Launched *ret, Error *error) {
        Launch launch = {
                .options = options,
                .root_fd = root_fd,
                .helper_fd = -EBADF,
                .plan_fd = -EBADF,
                .sync_fd = -EBADF,
                .init_sync_fd = -EBADF,
                .start_fd = -EBADF,
                .anchor_fd = -EBADF,
                .watcher_fd = -EBADF,
                .init = PROCESS_NONE,
                .anchor = PROCESS_NONE,
                .watcher = PROCESS_NONE,
                .scope = SCOPE_NONE,
                .console_fd = -EBADF,
                .net_ns_fd = -EBADF,
                .output = OUTPUT_NONE,
                .notify_fd = -EBADF,
                .exit_fd = -EBADF,
        };
        int r = 0;

        for (const Stage *stage = stages; stage < stages + n_stages; stage++) {
                uint64_t since_usec = story_clock();

                r = stage->run(&launch, error);
                if (r >= 0)
                        r = injected_failure(stage, error);
                story_stage(stage->name, since_usec);
                if (r >= 0)
                        continue;
                log_debug("stage %s failed, undoing", stage->name);
                if (launch.container && launch.container->record)
                        announce_failed(launch.container, error && error->number < 0 ? error_text(error) : strerror(-r));
                for (const Stage *undo = stage; undo >= stages; undo--)
                        if (undo->undo)
                                undo->undo(&launch);
                fd_close(launch.console_fd);
                launch_close(&launch);
                return error_set(error, r, "stage %s: %m", stage->name);
        }
        /* From here on it belongs to whoever has the lock, its foreground included. */
        container_unlock(launch.container);
        *ret = (Launched) {
                .container = TAKE_PTR(launch.container),
                .init = launch.init,
                .anchor = launch.anchor,
                .watcher = launch.watcher,
                .console_fd = launch.console_fd,
                .output = launch.output,
                .notify_fd = TAKE_FD(launch.notify_fd),
                .exit_fd = TAKE_FD(launch.exit_fd),
        };
        launch.output = OUTPUT_NONE;
        if (launch.scope.controlled) {
                ret->watched = true;
                ret->controller = starter_is_controller(launch.scope.starter) ? TAKE_PTR(launch.scope.starter) : NULL;
        }
        launch_close(&launch);
        announce_created(ret->container);
        if (options->start)
                announce_started(ret->container);
        return 0;
}

int launch(int root_fd, const LaunchOptions *options, Launched *ret, Error *error) {
        return launch_stages(launch_table, ELEMENTSOF(launch_table), root_fd, options, ret, error);
}

void launched_done(Launched *launched) {
        container_free(launched->container);
        process_release(&launched->init);
        process_release(&launched->anchor);
        process_release(&launched->watcher);
        fd_close(launched->console_fd);
        output_done(&launched->output);
        fd_close(launched->notify_fd);
        fd_close(launched->exit_fd);
        starter_close(launched->controller);
        manager_close(launched->manager);
        *launched = LAUNCHED_NONE;
}
