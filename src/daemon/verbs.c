/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs that workers do: what berth(1) does for the same words. Each row has its deadline and the errors that are its own. */

#include "daemon/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "checkpoint/checkpoint.h"
#include "container/stop.h"
#include "container/supervision.h"
#include "daemon/service.h"

/* A call that nobody can delay. */
#define QUICK_USEC (30 * USEC_PER_SEC)
/* Hooks may be part of it. */
#define HOOKS_USEC (5 * 60 * USEC_PER_SEC)

/* What runs hooks, which are not ours, runs outside. */
static int run_outside(Worker *worker, Container *container, const char *verb, Error *error) {
        char *const arguments[] = { (char *) (uintptr_t) verb, (char *) (uintptr_t) "--", container->id, NULL };

        container_unlock(container);
        return service_run_verb(worker, verb, arguments, HOOKS_USEC, error);
}

/* A start that fails in a hook ends the container, and so runs those of its end. */
static bool start_runs_hooks(const SpecHooks *hooks) {
        return hooks->n_poststart > 0 || (hooks->n_start_container > 0 && hooks->n_poststop > 0);
}

int verb_start_container(Worker *worker, Container *container, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (status == STATUS_CREATED && container_load_spec(container, NULL) >= 0 && start_runs_hooks(&container->spec->hooks))
                return run_outside(worker, container, "start", error);
        return container_start(container, error);
}

static int run_start(Worker *worker, Container *container, Text *result, Error *error) {
        return verb_start_container(worker, container, error);
}

static int run_kill(Worker *worker, Container *container, Text *result, Error *error) {
        return container_kill(container, (int) worker->request->number, false, error);
}

/* One that is so already is no error here, as for systemd's FreezeUnit and ThawUnit; that is one of the command line's alone, whose callers look for it. */
static int run_pause(Worker *worker, Container *container, Text *result, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        return r < 0 || status == STATUS_PAUSED ? r : container_pause(container, error);
}

static int run_resume(Worker *worker, Container *container, Text *result, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        return r < 0 || status & (STATUS_CREATED | STATUS_RUNNING) ? r : container_resume(container, error);
}

void verb_remove_container(Worker *worker, Container *container) {
        char *const arguments[] = { (char *) (uintptr_t) "delete", (char *) (uintptr_t) "--force", (char *) (uintptr_t) "--", container->id, NULL };

        if (container->ended)
                return;
        if (container_load_spec(container, NULL) < 0 || container->spec->hooks.n_poststop == 0) {
                (void) container_delete(container, true, NULL);
                return;
        }
        container_unlock(container);
        (void) service_run_verb(worker, "delete", arguments, HOOKS_USEC, NULL);
}

int verb_delete_container(Worker *worker, Container *container, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (status & (STATUS_STOPPED | STATUS_CREATED) && container_load_spec(container, NULL) >= 0 &&
            container->spec->hooks.n_poststop > 0)
                return run_outside(worker, container, "delete", error);
        return container_delete(container, false, error);
}

static int run_delete(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(freep) char *bundle = container->record->bundle ? strdup(container->record->bundle) : NULL;
        int r = verb_delete_container(worker, container, error);

        if (r >= 0 && bundle)
                checkpoint_sweep(bundle);
        return r;
}

/* Nobody knows whether it runs, or what hooks it has: it is ended by what is known of it otherwise. */
static int run_delete_ruined(Worker *worker, Error *error) {
        char *const arguments[] = {
                (char *) (uintptr_t) "delete", (char *) (uintptr_t) "--force", (char *) (uintptr_t) "--", worker->request->id, NULL,
        };

        return service_run_verb(worker, "delete", arguments, HOOKS_USEC, error);
}

/* A process of the container, in its cgroup or below. */
static int run_kill_process(Worker *worker, Container *container, Text *result, Error *error) {
        pid_t pid = worker->request->pid;
        CLEANUP(fd_closep) int pidfd = pidfd_open_pid(pid);
        CLEANUP(freep) pid_t *pids = NULL;
        size_t n_pids = 0;
        bool found = false;
        int r;

        r = container_processes(container, &pids, &n_pids, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_pids; i++)
                found = found || pids[i] == pid;
        /* The pidfd was there first: if it is among them now, it is the one that we hold. */
        r = pidfd < 0 || !found ? -ESRCH : pidfd_signal(pidfd, (int) worker->request->number);
        if (r == -ESRCH)
                return error_set(error, -ESRCH, "no process %ld in container %s", (long) pid, container->id);
        return r < 0 ? error_set(error, r, "kill: %m") : 0;
}

/* One that a service runs is stopped with that, so that it is not started again. */
static int run_stop(Worker *worker, Container *container, Text *result, Error *error) {
        char timeout[48];
        char *const arguments[] = { (char *) (uintptr_t) "stop", timeout, (char *) (uintptr_t) "--", container->id, NULL };
        StopRule rule;

        stop_rule_from_record(container->record, &rule);
        if (worker->request->number >= 0)
                rule.grace_usec = worker->request->usec;
        if (!container->record->service || supervision_exists(container) <= 0)
                return container_stop(container, &rule, BUS_NAME, error);
        snprintf(timeout, sizeof timeout, "--timeout=%llums", (unsigned long long) (rule.grace_usec / USEC_PER_MSEC));
        return service_run_verb(worker, "stop", arguments, rule.grace_usec > HOOKS_USEC ? UINT64_MAX / 2 : rule.grace_usec + HOOKS_USEC, error);
}

/* What it says is checked here; the rest, device programs too, needs more than we may. */
static int run_update(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(freep) char *path = NULL, *name = NULL, *option = NULL;
        const char *text = worker->request->text;
        char *arguments[] = { (char *) (uintptr_t) "update", NULL, (char *) (uintptr_t) "--", container->id, NULL };
        SpecResources *resources = NULL;
        int r;

        r = spec_parse_resources(text, strlen(text), &resources, error);
        if (r < 0)
                return error_prefix(error, "resources");
        spec_resources_free(resources);
        r = container_check_runs(container, error);
        if (r < 0)
                return r;
        r = service_file_write(worker, text, &name, &path, error);
        if (r < 0)
                return r;
        if (asprintf(&option, "--resources=%s", path) < 0)
                option = NULL;
        arguments[1] = option;
        container_unlock(container);
        r = option ? service_run_verb(worker, "update", arguments, QUICK_USEC, error) : -ENOMEM;
        (void) unlinkat(worker->root_fd, name, 0);
        return r;
}

/* ---- looking ---- */

static void add_figure(Text *text, const char *name, uint64_t value) {
        text_addf(text, "%s=%llu", name, (unsigned long long) value);
        text_add_bytes(text, "", 1);
}

static void add_io(Text *text, const StatsIoDevice *device) {
        const struct {
                const char *name;
                uint64_t value;
        } figures[] = {
                { "rbytes", device->rbytes }, { "wbytes", device->wbytes }, { "rios", device->rios },
                { "wios", device->wios }, { "dbytes", device->dbytes }, { "dios", device->dios },
        };

        FOREACH_ELEMENT(figure, figures) {
                char name[64];

                snprintf(name, sizeof name, "io.%u:%u.%s", device->major, device->minor, figure->name);
                add_figure(text, name, figure->value);
        }
}

static void add_named(Text *text, const char *prefix, const char *name, const char *suffix, uint64_t value) {
        char full[256];

        snprintf(full, sizeof full, "%s.%s%s", prefix, name, suffix);
        add_figure(text, full, value);
}

static void add_pressure(Text *text, const char *name, const StatsPressure *pressure) {
        if (pressure->has_some)
                add_named(text, name, "pressure.some.total", "", pressure->some.total);
        if (pressure->has_full)
                add_named(text, name, "pressure.full.total", "", pressure->full.total);
}

static void add_memory(Text *text, const CgroupStats *stats) {
        add_figure(text, "memory.current", stats->memory_current);
        add_figure(text, "memory.peak", stats->memory_peak);
        add_figure(text, "memory.max", stats->memory_max);
        add_figure(text, "memory.high", stats->memory_high);
        add_figure(text, "memory.swap.current", stats->swap_current);
        add_figure(text, "memory.swap.max", stats->swap_max);
        add_figure(text, "memory.events.max", stats->memory_events_max);
        add_figure(text, "memory.events.oom", stats->oom);
        add_figure(text, "memory.events.oom_kill", stats->oom_kill);
        for (size_t i = 0; i < stats->n_memory_stat; i++)
                add_named(text, "memory.stat", stats->memory_stat[i].name, "", stats->memory_stat[i].value);
}

static void add_stats(Text *text, const CgroupStats *stats) {
        add_figure(text, "cpu.usage_usec", stats->usage_usec);
        add_figure(text, "cpu.user_usec", stats->user_usec);
        add_figure(text, "cpu.system_usec", stats->system_usec);
        if (stats->has_cpu) {
                add_figure(text, "cpu.nr_periods", stats->periods);
                add_figure(text, "cpu.nr_throttled", stats->throttled_periods);
                add_figure(text, "cpu.throttled_usec", stats->throttled_usec);
                add_figure(text, "cpu.nr_bursts", stats->bursts);
                add_figure(text, "cpu.burst_usec", stats->burst_usec);
        }
        if (stats->has_memory)
                add_memory(text, stats);
        if (stats->has_pids) {
                add_figure(text, "pids.current", stats->pids_current);
                add_figure(text, "pids.max", stats->pids_max);
        }
        for (size_t i = 0; i < stats->n_io; i++)
                add_io(text, stats->io + i);
        for (size_t i = 0; i < stats->n_hugepages; i++) {
                add_named(text, "hugetlb", stats->hugepages[i].page_size, ".current", stats->hugepages[i].usage);
                add_named(text, "hugetlb", stats->hugepages[i].page_size, ".max", stats->hugepages[i].maximum);
                add_named(text, "hugetlb", stats->hugepages[i].page_size, ".events.max", stats->hugepages[i].failures);
        }
        add_pressure(text, "cpu", &stats->cpu_pressure);
        add_pressure(text, "memory", &stats->memory_pressure);
        add_pressure(text, "io", &stats->io_pressure);
}

static int run_get_stats(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(cgroup_stats_done) CgroupStats stats = {};
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        r = container_check_runs(container, error);
        if (r < 0)
                return r;
        fd = container_open_cgroup(container, error);
        if (fd < 0)
                return fd == -ENOENT ? -EOPNOTSUPP : fd;
        add_figure(result, "timestamp", usec_realtime());
        r = cgroup_stats_read(fd, &stats);
        if (r < 0)
                return r == -ENODEV ? error_set(error, -ESRCH, "container not running") : error_set(error, r, "figures of %s: %m", container->id);
        add_stats(result, &stats);
        return 0;
}

/* "NAME=NUMBER", each with its NUL. */
static int reply_stats(Operation *operation, const Answer *answer) {
        const char *p = answer->bytes, *end = p + answer->size;
        sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(operation->message, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "{st}");
        while (r >= 0 && p < end) {
                const char *equals = memchr(p, '=', (size_t) (end - p));
                char name[256];

                if (!equals || (size_t) (equals - p) >= sizeof name)
                        break;
                memcpy(name, p, (size_t) (equals - p));
                name[equals - p] = '\0';
                r = sd_bus_message_append(reply, "{st}", name, (uint64_t) strtoull(equals + 1, NULL, 10));
                p = equals + strlen(equals) + 1;
        }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

static int run_get_processes(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(freep) pid_t *pids = NULL;
        size_t n_pids = 0;
        int r;

        r = container_check_runs(container, error);
        if (r < 0)
                return r;
        r = container_processes(container, &pids, &n_pids, error);
        if (r < 0)
                return r;
        text_add_bytes(result, pids, n_pids * sizeof *pids);
        return 0;
}

static int reply_processes(Operation *operation, const Answer *answer) {
        sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(operation->message, &reply);
        if (r >= 0)
                r = sd_bus_message_append_array(reply, 'u', answer->bytes, answer->size);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

/* ---- OpenPTY ---- */

/* In the container's mount namespace, since a pty belongs to the devpts whose ptmx it was made with. */
static int open_ptmx(Container *container, Error *error) {
        CLEANUP(fd_closep) int root_fd = -EBADF;
        char path[64];
        int fd;

        snprintf(path, sizeof path, "/proc/%llu/root", (unsigned long long) container->record->pid);
        root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        /* The process that path names could be another one by now, unless ours still lives. */
        if (root_fd < 0 || container->pidfd < 0 || fd_wait_readable(container->pidfd, 0) != 0)
                return error_set(error, -ESRCH, "container not running");
        fd = path_open_in_root(root_fd, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
        return fd < 0 ? error_set(error, fd, "/dev/pts/ptmx of %s: %m", container->id) : fd;
}

static int run_open_pty(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(fd_closep) int fd = -EBADF;
        struct stat st;
        unsigned number;
        int unlock = 0, r;

        r = container_check_runs(container, error);
        if (r < 0)
                return r;
        fd = open_ptmx(container, error);
        if (fd < 0)
                return fd;
        /* The container decides what lies there: only a pty's master (major 5, minor 2) does. */
        if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || ioctl(fd, TIOCGPTN, &number) < 0 || ioctl(fd, TIOCSPTLCK, &unlock) < 0)
                return error_set(error, -EOPNOTSUPP, "container %s has no pty to give", container->id);
        text_addf(result, "/dev/pts/%u", number);
        if (text_failed(result))
                return -ENOMEM;
        r = worker_tell(worker, result->string, result->length + 1, &fd, 1);
        return r < 0 ? error_set(error, r, "pty: %m") : 0;
}

/* The descriptor comes with this one. */
static int progress_open_pty(Operation *operation, const Answer *answer) {
        int r;

        if (!operation->message || answer->n_fds != 1 || answer->size == 0)
                return 0;
        r = sd_bus_reply_method_return(operation->message, "hs", answer->fds[0], (const char *) answer->bytes);
        operation->message = sd_bus_message_unref(operation->message);
        return r;
}

static const BusErrorName process_errors[] = { { ESRCH, BUS_ERROR_NO_SUCH_PROCESS }, {} };

/* clang-format off */
const OperationKind operation_start_kind = {
        .name = "start", .deadline_usec = HOOKS_USEC, .lock = CONTAINER_LOCKED, .run = run_start };
const OperationKind operation_kill = {
        .name = "kill", .deadline_usec = QUICK_USEC, .lock = CONTAINER_UNLOCKED, .run = run_kill };
const OperationKind operation_kill_process = {
        .name = "kill process", .deadline_usec = QUICK_USEC, .lock = CONTAINER_UNLOCKED, .run = run_kill_process, .errors = process_errors };
const OperationKind operation_stop = {
        .name = "stop", .deadline_usec = HOOKS_USEC, .lock = CONTAINER_UNLOCKED, .run = run_stop };
const OperationKind operation_pause = {
        .name = "pause", .deadline_usec = QUICK_USEC, .lock = CONTAINER_LOCKED, .run = run_pause };
const OperationKind operation_resume = {
        .name = "resume", .deadline_usec = QUICK_USEC, .lock = CONTAINER_LOCKED, .run = run_resume };
const OperationKind operation_delete = {
        .name = "delete", .deadline_usec = HOOKS_USEC, .lock = CONTAINER_LOCKED, .run = run_delete,
        .run_ruined = run_delete_ruined };
const OperationKind operation_update = {
        .name = "update", .deadline_usec = 2 * QUICK_USEC, .lock = CONTAINER_LOCKED, .run = run_update };
const OperationKind operation_get_stats = {
        .name = "stats", .deadline_usec = QUICK_USEC, .lock = CONTAINER_UNLOCKED, .run = run_get_stats, .reply = reply_stats };
const OperationKind operation_get_processes = {
        .name = "processes", .deadline_usec = QUICK_USEC, .lock = CONTAINER_UNLOCKED, .run = run_get_processes, .reply = reply_processes };
const OperationKind operation_open_pty = {
        .name = "open pty", .deadline_usec = QUICK_USEC, .lock = CONTAINER_UNLOCKED, .run = run_open_pty, .progress = progress_open_pty };
/* clang-format on */
