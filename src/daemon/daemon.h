/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/macro.h"

/* berthd: the containers of one state root on D-Bus. It is a view of that directory with verbs: everything it holds can be read again. */

#define BUS_NAME "org.berth1"
#define BUS_PATH "/org/berth1"
#define BUS_PATH_CONTAINER BUS_PATH "/container"
#define BUS_PATH_PROCESS BUS_PATH "/process"
#define BUS_MANAGER BUS_NAME ".Manager"
#define BUS_CONTAINER BUS_NAME ".Container"
#define BUS_PROCESS BUS_NAME ".Process"

typedef struct Entry Entry;
typedef struct Operation Operation;
typedef struct Authorization Authorization;
typedef struct BusProcess BusProcess;
typedef struct User User;
typedef struct Refusal Refusal;

typedef struct Client {
        char *name;                     /* unique name, never used again by the bus */
        uint32_t uid;
        bool uid_known;
        size_t n_unknown;               /* calls that wait for the uid */
        size_t n_waiting;               /* open calls of Wait() */
        uint64_t verdict_until;         /* polkit's last answer about org.berth1.inspect, and until when it counts */
        bool verdict;
} Client;

typedef struct Daemon {
        sd_event *event;
        sd_bus *bus;
        bool session;                   /* the user's bus and user manager, not the system's */
        char *root;                     /* the state root's path */
        int root_fd;
        struct rlimit files;            /* RLIMIT_NOFILE as it was, for workers */

        /* view.c */
        Entry **entries;                /* sorted by id */
        size_t n_entries, n_allocated;
        sd_event_source *root_watch;
        sd_event_source *work;          /* looks at dirty entries, a few at a time */
        Entry *dirty;                   /* list */

        /* operation.c */
        Operation *operations;          /* list of those that run or wait to */
        size_t n_operations, n_running;
        size_t n_guests;                /* of these those of callers without privileges */
        size_t n_guests_running;        /* workers of callers who may only look */
        size_t n_managers_running;      /* workers of callers without privileges who may manage */

        /* user.c */
        User *users;                    /* list */

        /* authorize.c */
        Authorization *authorizations;  /* list, oldest first */
        Authorization **authorizations_end;
        size_t n_asked;                 /* questions that polkit has not answered yet */
        sd_event_source *turn;          /* runs what was granted to users without privileges, when the bus has nothing for us */
        uint64_t last_turn_usec;

        /* refusal.c */
        Refusal *refusals, *refusals_last; /* list, oldest first */
        size_t n_refusals;

        /* process.c */
        BusProcess *processes;          /* list */
        uint64_t next_process;
        uint64_t started_usec;

        /* idle.c */
        Client *clients;                /* who has called and is still on the bus, sorted by name */
        size_t n_clients;
        size_t n_waiting;               /* calls of Wait() that are not answered yet */
        sd_event_source *idle_timer;
        uint64_t idle_usec;             /* 0: never exit */
} Daemon;
