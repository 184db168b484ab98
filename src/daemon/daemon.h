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

typedef struct Client {
        char *name;                     /* unique name, never used again by the bus */
        uint32_t uid;
        bool uid_known;
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
        size_t n_guests, n_guests_running; /* of these those of callers without privileges */

        /* authorize.c */
        Authorization *authorizations;  /* list */
        size_t n_authorizations;

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
