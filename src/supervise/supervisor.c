/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The supervisor: one loop over everything that can happen to a container. Invariants: nothing in the loop waits for anybody; after the container's end its
 * output is written first, then the exit is on record, then hooks run, then those who wait are told. */

#include "supervise/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/announce.h"
#include "container/figures.h"
#include "container/stop.h"
#include "container/supervision.h"
#include "journal/pump.h"
#include "launch/console.h"
#include "supervise/foreground.h"
#include "supervise/stored.h"
#include "systemd/manager.h"
#include "systemd/starter.h"

/* Until the last lines are with journald. */
#define PUMP_USEC (10 * USEC_PER_SEC)
/* Whoever has the lock at the end may run hooks that have as long. */
#define LAST_LOCK_USEC (5 * 60 * USEC_PER_SEC)
/* What the service manager is asked for beyond the grace time: the kill, the hooks. */
#define EXTEND_USEC (30 * USEC_PER_SEC)
#define RECONNECT_USEC (USEC_PER_SEC / 2)
/* The container's own: as in syslog(3). */
#define PRIORITY_STDOUT 6
#define PRIORITY_STDERR 3

typedef struct Supervisor {
        Container *container;
        Launched *launched;
        Notify *notify;
        const SuperviseOptions *options;
        StopRule stop;
        ConsoleProxy proxy;
        Pump *pump;
        int events_fd;          /* memory.events of the cgroup */
        uint64_t oom_kills;
        uint64_t reconnect_usec; /* UINT64_MAX: no need */
        bool was_controller;
        bool stopping;
        bool by_scope;          /* the scope was stopped, not the service that we are */
        bool killed;
        uint64_t kill_usec;     /* usec_monotonic(); UINT64_MAX: not decided */
        bool ended;
} Supervisor;

/* ---- what is done ---- */

/* signalled: systemd has sent the stop signal already. */
static void begin_stop(Supervisor *supervisor, const char *by, bool signalled) {
        CLEANUP(error_done) Error error = {};
        const StopRule *rule = &supervisor->stop;

        if (supervisor->stopping)
                return;
        supervisor->stopping = true;
        announce_stop_requested(supervisor->container, by, rule->signal, rule->grace_usec);
        notify_send(supervisor->notify, "STOPPING=1\nSTATUS=Container %s is asked to stop.\nEXTEND_TIMEOUT_USEC=%llu", supervisor->container->id,
                    rule->grace_usec < UINT64_MAX / 2 ? (unsigned long long) (rule->grace_usec + EXTEND_USEC) : (unsigned long long) UINT64_MAX / 2);
        if (rule->grace_usec != UINT64_MAX)
                supervisor->kill_usec = usec_monotonic() + rule->grace_usec;
        if (!signalled && container_stop_begin(supervisor->container, rule, &error) < 0)
                log_warning("%s", error_text(&error));
}

static void stop_by_scope(Supervisor *supervisor, bool signalled) {
        if (!supervisor->stopping)
                supervisor->by_scope = true;
        begin_stop(supervisor, "systemd", signalled);
}

static void kill_all(Supervisor *supervisor) {
        CLEANUP(error_done) Error error = {};

        supervisor->killed = true;
        announce_stop_timeout(supervisor->container, supervisor->stop.grace_usec);
        if (container_destroy_processes(supervisor->container, &error) < 0)
                log_warning("%s", error_text(&error));
}

static void watch_memory(Supervisor *supervisor) {
        CLEANUP(fd_closep) int cgroup_fd = container_open_cgroup(supervisor->container, NULL);

        supervisor->events_fd = -EBADF;
        if (cgroup_fd >= 0)
                supervisor->events_fd = openat(cgroup_fd, "memory.events", O_RDONLY | O_CLOEXEC);
}

/* Also arms the next POLLPRI. */
static void read_memory_events(Supervisor *supervisor) {
        char text[1024];
        ssize_t n = pread(supervisor->events_fd, text, sizeof text - 1, 0);
        const char *line;
        uint64_t kills;

        if (n <= 0) {
                supervisor->events_fd = fd_close(supervisor->events_fd);
                return;
        }
        text[n] = '\0';
        line = strstr(text, "\noom_kill ");
        kills = line ? strtoull(line + strlen("\noom_kill "), NULL, 10) : 0;
        if (kills > supervisor->oom_kills) {
                supervisor->oom_kills = kills;
                announce_oom(supervisor->container, kills);
        }
}

/* ---- sources: what is waited for, and what is done when it comes ---- */

static struct pollfd poll_signals(Supervisor *supervisor) {
        return (struct pollfd) { .fd = supervisor->options->signal_fd, .events = POLLIN };
}

/* As a service's main process we are who is told to stop, and make an orderly stop of it; in a terminal or a script signals are the container's. */
static void on_signals(Supervisor *supervisor) {
        struct signalfd_siginfo info;

        while (read(supervisor->options->signal_fd, &info, sizeof info) == sizeof info) {
                int signal = (int) info.ssi_signo;

                if (signal == SIGWINCH && supervisor->proxy.master_fd >= 0)
                        console_proxy_resize(&supervisor->proxy);
                if (signal == SIGTERM && notify_is_wanted(supervisor->notify))
                        begin_stop(supervisor, "the service manager", false);
                else if (foreground_forwards(signal))
                        (void) pidfd_signal(supervisor->container->pidfd, signal);
        }
}

static struct pollfd poll_process(Supervisor *supervisor) {
        return (struct pollfd) { .fd = supervisor->container->pidfd, .events = POLLIN };
}

static void on_process(Supervisor *supervisor) {
        supervisor->ended = true;
}

static struct pollfd poll_controller(Supervisor *supervisor) {
        const Starter *controller = supervisor->launched->controller;

        return (struct pollfd) { .fd = controller ? starter_fd(controller) : -1, .events = POLLIN };
}

/* Without the bus we are the controller no more, which systemd has to be told where it was the bus that went. It then stops the unit by the container's stop
 * signal, which it knows; all else goes on. */
static void on_controller(Supervisor *supervisor) {
        CLEANUP(error_done) Error error = {};
        Launched *launched = supervisor->launched;
        bool stop = false;

        if (starter_process(launched->controller, &stop, &error) < 0) {
                log_info("%s: %s", supervisor->container->id, error_text(&error));
                launched->controller = starter_close(launched->controller);
                supervisor->reconnect_usec = usec_monotonic() + RECONNECT_USEC;
        }
        if (stop)
                stop_by_scope(supervisor, false);
}

static struct pollfd poll_systemd(Supervisor *supervisor) {
        const Manager *manager = supervisor->launched->manager;

        return (struct pollfd) { .fd = manager ? manager_fd(manager) : -1, .events = POLLIN };
}

/* As one who is not the controller: systemd stops the unit by itself, and we watch it do so. Nothing is waited for here, and a bus that is not back yet is tried
 * again later. */
static void reconnect(Supervisor *supervisor) {
        CLEANUP(error_done) Error error = {};
        Launched *launched = supervisor->launched;
        const Record *record = supervisor->container->record;
        int r;

        r = manager_open(record->user_manager, &launched->manager, &error);
        if (r >= 0 && supervisor->was_controller)
                r = manager_abandon_scope(launched->manager, record->unit, &error);
        if (r >= 0)
                r = manager_watch_unit(launched->manager, record->unit, &error);
        if (r >= 0) {
                supervisor->reconnect_usec = UINT64_MAX;
                return;
        }
        log_debug("%s: %s", supervisor->container->id, error_text(&error));
        launched->manager = manager_close(launched->manager);
        supervisor->reconnect_usec = usec_monotonic() + RECONNECT_USEC;
}

static void on_systemd(Supervisor *supervisor) {
        CLEANUP(error_done) Error error = {};
        Launched *launched = supervisor->launched;
        bool stop = false;

        if (manager_process(launched->manager, &stop, &error) < 0) {
                log_info("%s: %s", supervisor->container->id, error_text(&error));
                launched->manager = manager_close(launched->manager);
                supervisor->reconnect_usec = usec_monotonic() + RECONNECT_USEC;
        }
        if (stop)
                stop_by_scope(supervisor, true);
}

static struct pollfd poll_output(Supervisor *supervisor) {
        return (struct pollfd) { .fd = supervisor->proxy.output_ended ? -1 : supervisor->proxy.master_fd, .events = POLLIN };
}

static void on_output(Supervisor *supervisor) {
        console_proxy_output(&supervisor->proxy);
}

static struct pollfd poll_input(Supervisor *supervisor) {
        bool wanted = supervisor->proxy.master_fd >= 0 && !supervisor->proxy.input_ended;

        return (struct pollfd) { .fd = wanted ? STDIN_FILENO : -1, .events = POLLIN };
}

static void on_input(Supervisor *supervisor) {
        console_proxy_input(&supervisor->proxy);
}

static struct pollfd poll_memory(Supervisor *supervisor) {
        return (struct pollfd) { .fd = supervisor->events_fd, .events = POLLPRI };
}

static struct pollfd poll_payload(Supervisor *supervisor) {
        return (struct pollfd) { .fd = supervisor->launched->notify_fd, .events = POLLIN };
}

static void on_payload(Supervisor *supervisor) {
        bool ready = false;

        notify_relay(supervisor->notify, supervisor->launched->notify_fd, true, &ready);
        if (ready)
                log_debug("%s says that it is ready", supervisor->container->id);
}

static const struct {
        struct pollfd (*fill)(Supervisor *supervisor);
        void (*handle)(Supervisor *supervisor);
} sources[] = {
        { poll_signals, on_signals },
        { poll_controller, on_controller },
        { poll_systemd, on_systemd },
        { poll_memory, read_memory_events },
        { poll_payload, on_payload },
        { poll_output, on_output },
        { poll_input, on_input },
        { poll_process, on_process },
};

/* ---- the loop ---- */

static int timeout_msec(const Supervisor *supervisor, int pump_msec) {
        uint64_t now = usec_monotonic(), next = supervisor->killed ? UINT64_MAX : supervisor->kill_usec;

        if (supervisor->notify->watchdog_usec > 0 && supervisor->notify->next_usec < next)
                next = supervisor->notify->next_usec;
        if (supervisor->reconnect_usec < next)
                next = supervisor->reconnect_usec;
        if (pump_msec >= 0 && now + (uint64_t) pump_msec * USEC_PER_MSEC < next)
                next = now + (uint64_t) pump_msec * USEC_PER_MSEC;
        if (next == UINT64_MAX)
                return -1;
        return next <= now ? 0 : next - now > 3600 * USEC_PER_SEC ? 3600000 : (int) ((next - now) / USEC_PER_MSEC + 1);
}

static int turn(Supervisor *supervisor) {
        struct pollfd polls[ELEMENTSOF(sources) + PUMP_POLLS_MAX];
        int pump_msec = -1, r;
        size_t n = 0;

        FOREACH_ELEMENT(source, sources)
                polls[n++] = source->fill(supervisor);
        if (supervisor->pump)
                n += pump_polls(supervisor->pump, polls + n, &pump_msec);
        r = poll(polls, n, timeout_msec(supervisor, pump_msec));
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        for (size_t i = 0; i < ELEMENTSOF(sources); i++)
                if (polls[i].revents)
                        sources[i].handle(supervisor);
        if (usec_monotonic() >= supervisor->reconnect_usec)
                reconnect(supervisor);
        r = supervisor->pump ? pump_process(supervisor->pump) : 0;
        if (r < 0)
                return r;
        notify_watchdog(supervisor->notify);
        if (supervisor->stopping && !supervisor->killed && !supervisor->ended && usec_monotonic() >= supervisor->kill_usec)
                kill_all(supervisor);
        return 0;
}

/* ---- begin ---- */

static int start_pump(Supervisor *supervisor) {
        Launched *launched = supervisor->launched;
        Output *output = &launched->output;
        EventSubject subject;
        int r;

        /* Our successor gets them, if we are a service and die. */
        notify_store_fd(supervisor->notify, STORED_STDOUT, output->pump_fds[0]);
        notify_store_fd(supervisor->notify, STORED_STDERR, output->pump_fds[1]);
        notify_store_fd(supervisor->notify, STORED_CONSOLE, launched->console_fd);
        if (supervisor->options->log_driver == LOG_DRIVER_PASSTHROUGH || (launched->console_fd < 0 && output->pump_fds[0] < 0 && output->pump_fds[1] < 0))
                return 0;
        announce_subject(supervisor->container, &subject);
        r = pump_new(&subject, NULL, &supervisor->pump);
        if (r >= 0 && supervisor->options->log_driver == LOG_DRIVER_NONE)
                pump_discard(supervisor->pump);
        if (r >= 0 && output->pump_fds[0] >= 0)
                r = pump_add(supervisor->pump, TAKE_FD(output->pump_fds[0]), PRIORITY_STDOUT);
        if (r >= 0 && output->pump_fds[1] >= 0)
                r = pump_add(supervisor->pump, TAKE_FD(output->pump_fds[1]), PRIORITY_STDERR);
        if (r >= 0 && launched->console_fd >= 0)
                r = pump_add(supervisor->pump, TAKE_FD(launched->console_fd), PRIORITY_STDOUT);
        return r;
}

static const char *status_now(Container *container) {
        ContainerStatus status;

        return container_status(container, &status, NULL) < 0 ? "in an unknown state" : container_status_to_string(status);
}

static int begin(Supervisor *supervisor, Error *error) {
        Launched *launched = supervisor->launched;
        int r;

        stop_rule_from_record(supervisor->container->record, &supervisor->stop);
        r = start_pump(supervisor);
        if (r < 0)
                return error_set(error, r, "output: %m");
        if (launched->console_fd >= 0) {
                r = console_proxy_start(&supervisor->proxy, TAKE_FD(launched->console_fd), error);
                if (r < 0)
                        return r;
        }
        supervisor->was_controller = launched->controller != NULL;
        if (launched->watched && !launched->controller)
                supervisor->reconnect_usec = 0;
        watch_memory(supervisor);
        if (supervisor->events_fd >= 0)
                read_memory_events(supervisor);
        notify_send(supervisor->notify, "%sMAINPID=%ld\nSTATUS=Container %s is %s, process %llu.", supervisor->options->payload_ready ? "" : "READY=1\n",
                    (long) getpid(), supervisor->container->id, status_now(supervisor->container),
                    (unsigned long long) supervisor->container->record->pid);
        return 0;
}

/* ---- end ---- */

static int reap(Supervisor *supervisor) {
        Process *init = &supervisor->launched->init;
        bool first = supervisor->container->record->own_pid_namespace;
        int status;

        if (init->pid <= 0)
                return pidfd_exit_code(supervisor->container->pidfd, first);
        status = first ? process_wait_first(init->pid) : process_wait(init->pid);
        process_release(init);
        return status;
}

static void finish_output(Supervisor *supervisor) {
        console_proxy_done(&supervisor->proxy);
        if (supervisor->pump)
                (void) pump_finish(supervisor->pump, usec_monotonic() + PUMP_USEC);
        if (supervisor->pump && pump_lost(supervisor->pump) > 0)
                log_warning("%llu lines of %s did not reach the journal", (unsigned long long) pump_lost(supervisor->pump), supervisor->container->id);
        notify_forget_fd(supervisor->notify, STORED_STDOUT);
        notify_forget_fd(supervisor->notify, STORED_STDERR);
        notify_forget_fd(supervisor->notify, STORED_CONSOLE);
}

/* The container goes with its init, and what is left of it with that. */
static void finish(Supervisor *supervisor, int status) {
        CLEANUP(error_done) Error error = {};
        Container *container = supervisor->container;
        bool keep = supervisor->options->keep, gone;
        uint64_t kills;
        int r;

        if (supervisor->events_fd >= 0)
                read_memory_events(supervisor);
        /* The cgroup may have gone already, and with it the file. */
        kills = container_oom_kills(container);
        if (kills > supervisor->oom_kills) {
                supervisor->oom_kills = kills;
                announce_oom(container, kills);
        }
        if (!keep)
                (void) container_destroy_processes(container, NULL);
        finish_output(supervisor);
        /* -ENOENT: deleted by another meanwhile, and nothing is left to be done. */
        r = container_lock(container, LAST_LOCK_USEC, &error);
        gone = r < 0;
        if (r < 0 && r != -ENOENT)
                log_warning("the end of it is not written down: %s", error_text(&error));
        if (!gone) {
                container->record->exit_status = status;
                container->record->exited_usec = usec_realtime();
                container->record->oom_kills = supervisor->oom_kills;
                announce_exited(container, status);
        }
        /* Also of one that goes at once: whoever watches the state directory may be quick enough to read it. */
        if (!gone && container_save(container, &error) < 0)
                log_warning("%s", error_text(&error));
        if (status >= 0)
                (void) supervision_tell(supervisor->launched->exit_fd, status);
        if (!gone && !keep && container_delete(container, true, &error) < 0)
                log_warning("%s", error_text(&error));
        /* Killed by delete, or leaving by itself. */
        if (!keep && supervisor->launched->anchor.pid > 0)
                (void) process_wait(supervisor->launched->anchor.pid);
        if (!keep && supervisor->launched->watcher.pid > 0)
                (void) process_wait(supervisor->launched->watcher.pid);
        notify_send(supervisor->notify, "STATUS=Container %s exited with status %d.", container->id, status);
}

int supervise(Launched *launched, Notify *notify, const SuperviseOptions *options, Error *error) {
        Supervisor supervisor = {
                .container = launched->container,
                .launched = launched,
                .notify = notify,
                .options = options,
                .proxy = { .master_fd = -EBADF },
                .events_fd = -EBADF,
                .kill_usec = UINT64_MAX,
                .reconnect_usec = UINT64_MAX,
        };
        int r = begin(&supervisor, error), status = -1;

        while (r >= 0 && !supervisor.ended)
                r = turn(&supervisor);
        if (r >= 0) {
                status = reap(&supervisor);
                finish(&supervisor, status);
        }
        console_proxy_done(&supervisor.proxy);
        fd_close(supervisor.events_fd);
        pump_free(supervisor.pump);
        if (r < 0)
                return error_set(error, r, "waiting for the container: %m");
        /* That it ended as it was told to is the service's success, whatever status the payload has for that. To a service that is being stopped the
         * kill is a failure; one whose scope was stopped would be started again for it. */
        if (supervisor.stopping && (!supervisor.killed || supervisor.by_scope) && notify_is_wanted(notify))
                return 0;
        return status >= 0 ? status : error_set(error, -ESRCH, "the container ended, and its exit status is not known");
}

int adopt(Container *container, Launched *ret, Error *error) {
        CLEANUP(fd_closep) int exit_fd = supervision_begin(container, error);

        if (exit_fd < 0)
                return exit_fd;
        *ret = LAUNCHED_NONE;
        ret->container = container;
        ret->exit_fd = TAKE_FD(exit_fd);
        /* To hear of a stop. It is no reason not to adopt when that cannot be. */
        ret->watched = container->record->unit && launch_may_control(container, container->record->user_manager);
        announce_adopted(container);
        return 0;
}
