/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One container of the view. Invariants: properties change and PropertiesChanged is sent in one place, entry_reload(), so a client that follows the signals
 * knows what Get would say; Exited is sent once, when how it ended is known or nobody is left who could tell. */

#include "daemon/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/figures.h"
#include "daemon/authorize.h"
#include "daemon/errors.h"
#include "daemon/idle.h"

#define WAITING_MAX 16384
#define USER_WAITING_MAX 256
/* The supervisor, or the anchor, writes down how the container ended; it is not waited for longer. */
#define EXIT_RECORD_USEC (2 * USEC_PER_SEC)

/* ---- telling ---- */

/* The values of a moment that signals are about. */
typedef struct Snapshot {
        ContainerStatus status;
        uint64_t pid, started_usec, exited_usec, oom_kills;
        int64_t exit_status;
        bool has_unit, has_annotations;
} Snapshot;

static Snapshot take_snapshot(const Entry *entry) {
        const Record *record = entry->container->record;

        return (Snapshot) {
                .status = entry->status,
                .pid = record->pid,
                .started_usec = record->started_usec,
                .exited_usec = entry->exited_usec,
                .oom_kills = entry->oom_kills,
                .exit_status = entry->exit_status,
                .has_unit = record->unit,
                .has_annotations = record->annotations.n_items > 0,
        };
}

static void tell_changes(Entry *entry, const Snapshot *old) {
        Snapshot new = take_snapshot(entry);
        char *names[10];
        size_t n = 0;

        if (old->status != new.status)
                names[n++] = (char *) (uintptr_t) "State";
        if (old->pid != new.pid || (old->status ^ new.status) & STATUS_STOPPED)
                names[n++] = (char *) (uintptr_t) "LeaderPID";
        if (old->started_usec != new.started_usec)
                names[n++] = (char *) (uintptr_t) "StartedTimestamp";
        if (old->exited_usec != new.exited_usec)
                names[n++] = (char *) (uintptr_t) "ExitedTimestamp";
        if (old->exit_status != new.exit_status)
                names[n++] = (char *) (uintptr_t) "ExitStatus";
        if (old->oom_kills != new.oom_kills)
                names[n++] = (char *) (uintptr_t) "OOMKills";
        if (old->has_unit != new.has_unit) {
                names[n++] = (char *) (uintptr_t) "Unit";
                names[n++] = (char *) (uintptr_t) "Slice";
        }
        if (old->has_annotations != new.has_annotations)
                names[n++] = (char *) (uintptr_t) "Annotations";
        names[n] = NULL;
        if (n > 0)
                (void) sd_bus_emit_properties_changed_strv(entry->daemon->bus, entry->path, BUS_CONTAINER, names);
        if (new.oom_kills > old->oom_kills)
                (void) sd_bus_emit_signal(entry->daemon->bus, entry->path, BUS_CONTAINER, "OOM", "t", new.oom_kills);
}

static void waiting_done(Entry *entry, Waiting *waiting) {
        Client *client = idle_find_client(entry->daemon, waiting->message);

        if (client)
                client->n_waiting--;
        if (waiting->user)
                waiting->user->n_waiting--;
        user_unref(waiting->user);
        sd_bus_message_unref(waiting->message);
        entry->daemon->n_waiting--;
}

static void answer_waiting(Entry *entry) {
        for (size_t i = 0; i < entry->n_waiting; i++) {
                (void) sd_bus_reply_method_return(entry->waiting[i].message, "i", (int32_t) entry->exit_status);
                waiting_done(entry, entry->waiting + i);
        }
        free(entry->waiting);
        entry->waiting = NULL;
        entry->n_waiting = 0;
}

static void tell_exit(Entry *entry) {
        entry->exit_timer = sd_event_source_disable_unref(entry->exit_timer);
        if (!entry->exit_told)
                (void) sd_bus_emit_signal(entry->daemon->bus, entry->path, BUS_CONTAINER, "Exited", "i", (int32_t) entry->exit_status);
        entry->exit_told = true;
        answer_waiting(entry);
}

static int on_exit_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Entry *entry = userdata;

        if (entry_reload(entry) >= 0)
                tell_exit(entry);
        return 0;
}

void entry_forget_client(Entry *entry, const char *client) {
        size_t kept = 0;

        for (size_t i = 0; i < entry->n_waiting; i++)
                if (streq(sd_bus_message_get_sender(entry->waiting[i].message), client))
                        waiting_done(entry, entry->waiting + i);
                else
                        entry->waiting[kept++] = entry->waiting[i];
        entry->n_waiting = kept;
}

int entry_wait(Entry *entry, sd_bus_message *message, sd_bus_error *error) {
        Client *client = idle_find_client(entry->daemon, message);
        User *user = caller_user(entry->daemon, message);
        Waiting *waiting;

        if (entry->status == STATUS_STOPPED && entry->exit_told && !entry->exit_timer)
                return sd_bus_reply_method_return(message, "i", (int32_t) entry->exit_status);
        /* One that is gone already is not waited for. */
        if (!client)
                return -ENOTCONN;
        if (entry->daemon->n_waiting >= WAITING_MAX || (user && user->n_waiting >= USER_WAITING_MAX))
                return sd_bus_error_set(error, BUS_ERROR_LIMIT, "too many calls of Wait are open");
        waiting = reallocarray(entry->waiting, entry->n_waiting + 1, sizeof *waiting);
        if (!waiting)
                return -ENOMEM;
        entry->waiting = waiting;
        waiting[entry->n_waiting++] = (Waiting) { sd_bus_message_ref(message), user_ref(user) };
        entry->daemon->n_waiting++;
        client->n_waiting++;
        if (user)
                user->n_waiting++;
        return 1;
}

/* ---- watching ---- */

static int on_directory(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        entry_mark(userdata);
        return 0;
}

static int on_file(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        entry_mark(userdata);
        return 0;
}

static int on_leader(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        entry_mark(userdata);
        return 0;
}

static sd_event_source *watch_cgroup_file(Entry *entry, const char *cgroup, const char *name) {
        CLEANUP(freep) char *path = NULL;
        sd_event_source *source = NULL;

        if (asprintf(&path, "%s%s/%s", cgroup_mount() ? cgroup_mount() : "", cgroup, name) < 0)
                return NULL;
        /* There is no memory.events without the memory controller. */
        (void) sd_event_add_inotify(entry->daemon->event, &source, path, IN_MODIFY, on_file, entry);
        return source;
}

static void watch_cgroup(Entry *entry) {
        const Record *record = entry->container->record;

        if (record->pid == 0 || isempty(record->cgroup) || (entry->watched_cgroup && streq(entry->watched_cgroup, record->cgroup)))
                return;
        entry->cgroup_watch = sd_event_source_disable_unref(entry->cgroup_watch);
        entry->memory_watch = sd_event_source_disable_unref(entry->memory_watch);
        free(entry->watched_cgroup);
        entry->watched_cgroup = strdup(record->cgroup);
        entry->cgroup_watch = watch_cgroup_file(entry, record->cgroup, "cgroup.events");
        entry->memory_watch = watch_cgroup_file(entry, record->cgroup, "memory.events");
}

/* Edge-triggered: an event at the end, and one more when the parent has reaped it. */
static void watch_leader(Entry *entry) {
        if (entry->container->pidfd >= 0 && !entry->leader_watch)
                (void) sd_event_add_io(entry->daemon->event, &entry->leader_watch, entry->container->pidfd, EPOLLIN | EPOLLHUP | EPOLLET, on_leader, entry);
}

static void unwatch_container(Entry *entry) {
        entry->leader_watch = sd_event_source_disable_unref(entry->leader_watch);
        entry->cgroup_watch = sd_event_source_disable_unref(entry->cgroup_watch);
        entry->memory_watch = sd_event_source_disable_unref(entry->memory_watch);
}

static void forget_container(Entry *entry) {
        unwatch_container(entry);
        entry->directory_watch = sd_event_source_disable_unref(entry->directory_watch);
        entry->exit_timer = sd_event_source_disable_unref(entry->exit_timer);
        entry->container = container_free(entry->container);
        free(entry->watched_cgroup);
        entry->watched_cgroup = NULL;
        entry->exit_status = -1;
        entry->exited_usec = entry->oom_kills = 0;
        entry->exit_told = false;
}

/* ---- looking ---- */

/* The descriptor of a leader that was seen alive stays, as it can tell more of its end than one opened later. */
static int read_container(Entry *entry) {
        CLEANUP(container_freep) Container *container = NULL, *old = NULL;
        int r = container_open(entry->daemon->root_fd, entry->id, CONTAINER_UNLOCKED, &container, NULL);

        if (r < 0)
                return r;
        old = TAKE_PTR(entry->container);
        if (old && old->pidfd >= 0 && old->record->pid == container->record->pid && old->record->start_time == container->record->start_time) {
                fd_close(container->pidfd);
                container->pidfd = TAKE_FD(old->pidfd);
        } else
                entry->leader_watch = sd_event_source_disable_unref(entry->leader_watch);
        entry->container = TAKE_PTR(container);
        return 0;
}

static uint64_t count_oom_kills(const Entry *entry) {
        uint64_t n = container_oom_kills_now(entry->container);

        return n > entry->oom_kills ? n : entry->oom_kills;
}

static void read_exit(Entry *entry) {
        uint64_t exited_usec;
        int status;

        if (entry->status != STATUS_STOPPED) {
                entry->exit_status = -1;
                entry->exited_usec = 0;
                return;
        }
        status = container_exit_status(entry->container);
        if (status >= 0)
                entry->exit_status = status;
        exited_usec = container_exited_usec(entry->container);
        if (exited_usec > 0)
                entry->exited_usec = exited_usec;
        else if (entry->exited_usec == 0 && entry->announced)
                entry->exited_usec = usec_realtime();
}

static void look_again(Entry *entry) {
        if (!entry->exit_timer)
                (void) sd_event_add_time_relative(entry->daemon->event, &entry->exit_timer, CLOCK_MONOTONIC, EXIT_RECORD_USEC, 0, on_exit_timer, entry);
}

static void follow_exit(Entry *entry) {
        if (entry->status != STATUS_STOPPED)
                entry->exit_told = false;
        else if (entry->exit_status >= 0)
                tell_exit(entry);
        else if (!entry->exit_told)
                look_again(entry);
}

static void announce(Entry *entry) {
        entry->announced = true;
        /* What had ended before we began to look is no news; but how it ended may be on its way to the disk. */
        entry->exit_told = entry->status == STATUS_STOPPED && !entry->daemon->bus;
        if (entry->exit_told && entry->exit_status < 0)
                look_again(entry);
        if (entry->daemon->bus)
                (void) sd_bus_emit_signal(entry->daemon->bus, BUS_PATH, BUS_MANAGER, "ContainerNew", "so", entry->id, entry->path);
}

/* A directory of that name that is not the one we knew is a container that was deleted, and a new one. */
static int watch_directory(Entry *entry) {
        CLEANUP(fd_closep) int fd = openat(entry->daemon->root_fd, entry->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (entry->directory_watch && entry->inode == st.st_ino)
                return 0;
        if (entry->directory_watch) {
                entry_gone(entry);
                forget_container(entry);
        }
        entry->inode = st.st_ino;
        return sd_event_add_inotify_fd(entry->daemon->event, &entry->directory_watch, fd, IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR,
                                       on_directory, entry);
}

int entry_reload(Entry *entry) {
        Snapshot old = {};
        int r = watch_directory(entry);

        if (r < 0)
                return r;
        if (entry->announced)
                old = take_snapshot(entry);
        r = read_container(entry);
        /* One that is being made has no record yet; the directory tells when. */
        if (r < 0)
                return entry->announced ? r : 0;
        r = container_status(entry->container, &entry->status, NULL);
        if (r < 0)
                return r;
        entry->oom_kills = count_oom_kills(entry);
        read_exit(entry);
        if (entry->status == STATUS_STOPPED && entry->exit_status >= 0)
                unwatch_container(entry);
        else {
                watch_leader(entry);
                watch_cgroup(entry);
        }
        if (entry->announced)
                tell_changes(entry, &old);
        else
                announce(entry);
        follow_exit(entry);
        return 0;
}

void entry_gone(Entry *entry) {
        if (!entry->announced)
                return;
        /* Deleted before it was seen to end: it has ended all the same. */
        if (!entry->exit_told && entry->exit_status < 0) {
                int status = container_exit_status(entry->container);

                entry->exit_status = status < 0 ? -1 : status;
        }
        if (!entry->exit_told || entry->n_waiting > 0)
                tell_exit(entry);
        entry->announced = false;
        (void) sd_bus_emit_signal(entry->daemon->bus, BUS_PATH, BUS_MANAGER, "ContainerRemoved", "so", entry->id, entry->path);
}

char *entry_slice(const Entry *entry) {
        const Record *record = entry->container->record;
        CLEANUP(freep) char *copy = NULL;
        char *slash;

        if (!record->unit || isempty(record->cgroup))
                return strdup("");
        copy = strdup(record->cgroup);
        if (!copy)
                return NULL;
        slash = strrchr(copy, '/');
        if (slash)
                *slash = '\0';
        slash = strrchr(copy, '/');
        return strdup(slash ? slash[1] ? slash + 1 : "-.slice" : copy[0] ? copy : "-.slice");
}

Entry *entry_new(Daemon *daemon, const char *id) {
        CLEANUP(entry_freep) Entry *entry = calloc(1, sizeof *entry);

        if (!entry)
                return NULL;
        entry->daemon = daemon;
        entry->exit_status = -1;
        entry->id = strdup(id);
        if (!entry->id || sd_bus_path_encode(BUS_PATH_CONTAINER, id, &entry->path) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

Entry *entry_free(Entry *entry) {
        if (!entry)
                return NULL;
        for (size_t i = 0; i < entry->n_waiting; i++)
                waiting_done(entry, entry->waiting + i);
        free(entry->waiting);
        forget_container(entry);
        free(entry->path);
        free(entry->id);
        free(entry);
        return NULL;
}
