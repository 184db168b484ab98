/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "container/container.h"
#include "daemon/daemon.h"

/* The live view of the state root. An entry is a directory there with a readable record; what it says of the container is read again whenever the
 * kernel tells that something of it changed. */

typedef struct Waiting {
        sd_bus_message *message;
        User *user;                     /* of a caller without privileges */
} Waiting;

struct Entry {
        Daemon *daemon;
        char *id;
        char *path;                     /* object path */
        bool announced;                 /* ContainerNew was sent, the object is on the bus */
        bool dirty;
        ino_t inode;                    /* of its directory: another one is another container */
        Entry *next_dirty;
        Container *container;           /* as last read; NULL before */
        ContainerStatus status;
        int64_t exit_status;            /* -1: lives, or nobody saw the end */
        uint64_t exited_usec;
        uint64_t oom_kills;
        bool exit_told;                 /* Exited was sent, or the end was before us */
        sd_event_source *directory_watch;
        sd_event_source *leader_watch;
        sd_event_source *cgroup_watch, *memory_watch;
        char *watched_cgroup;
        sd_event_source *exit_timer;    /* how long the record of the end is waited for */
        Waiting *waiting;               /* calls of Wait() */
        size_t n_waiting;
};

/* Begins to watch, and reads what is there; no signals for that. */
int view_start(Daemon *daemon, Error *error);
void view_done(Daemon *daemon);

/* The entry on the bus of that name, or NULL. */
Entry *view_find(Daemon *daemon, const char *id);
/* The entry whose cgroup is that path or above it; the container that a process is in. */
Entry *view_find_by_cgroup(Daemon *daemon, const char *cgroup);
Entry *view_find_by_unit(Daemon *daemon, const char *unit);
/* A client has left the bus: nobody waits for the answers to its calls of Wait(). */
void view_forget_client(Daemon *daemon, const char *client);

/* Looks at one container now and not when its turn comes, so that what a verb has done is seen before the verb's reply is sent. NULL when there is none. */
Entry *view_refresh(Daemon *daemon, const char *id);
