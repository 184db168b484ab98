/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "container/container.h"
#include "launch/output.h"
#include "launch/spawn.h"

/* Making a container: a bundle becomes a parked process in a running scope (create), or a running one (run). */

/* How the scope is waited for (design: fast start). */
typedef enum ScopeStart {
        SCOPE_START_AUTO,       /* fast where that is known to be safe, else wait */
        SCOPE_START_FAST,       /* adopt: the scope's cgroup is made first and systemd takes it over */
        SCOPE_START_WAIT,       /* systemd makes the scope; its job is waited for */
} ScopeStart;

typedef struct LaunchOptions {
        const char *id;
        const char *bundle;             /* NULL: the working directory */
        const char *config_file;        /* NULL: config.json of the bundle */
        const char *console_socket;
        const char *pidfd_socket;
        const char *pid_file;
        uint32_t preserve_fds;
        uint32_t inherited_fds;         /* how many the caller has passed on from 3: what may be preserved */
        char *const *annotations;       /* KEY=VALUE, added to the bundle's; NULL: none */
        bool no_pivot;
        bool no_new_keyring;
        bool start;                     /* run: start the payload at once, not create: leave it waiting for that */
        bool foreground;                /* run without --detach */
        bool only_compile;              /* berth plan: nothing is made, nor kept in a cache */
        bool no_cgroup;                 /* --cgroup-manager disabled */
        bool systemd_cgroup;            /* --systemd-cgroup: a cgroupsPath that is a path must be below a cgroup delegated to the caller */
        bool without_user_manager;      /* allowed where a user has none, and nothing is to be limited: then in no unit */
        ScopeStart scope_start;
        uint32_t spread_slices;         /* 0: all in berth.slice */
        LogDriver log_driver;
        const char *log_tag;            /* SYSLOG_IDENTIFIER= of its lines; NULL: the id */
        const char *stop_signal;        /* as a word; NULL: the bundle's */
        uint64_t stop_timeout_usec;     /* 0: the bundle's, or the default */
        const char *notify_directory;   /* for the payload's sd_notify(3): where "notify" of the container's directory will be, or NULL */
        const char *service;            /* for the record */
        char *const *credentials;       /* patterns of those of the caller's that the payload gets; NULL: none */
        bool register_machine;          /* with systemd-machined */
        struct Restore *restore;        /* of restore() alone (checkpoint/restore.h) */
} LaunchOptions;

struct Starter;
struct Client;

typedef struct Launched {
        Container *container;
        Process init;                   /* a child of the caller until somebody reaps it */
        Process anchor;
        Process watcher;
        int console_fd;                 /* pty master for the foreground, or -EBADF */
        /* for the foreground: */
        Output output;                  /* what is to be pumped */
        int notify_fd;                  /* the payload's notify socket, or -EBADF */
        int exit_fd;                    /* supervision_begin() */
        bool watched;                   /* there is a unit, and who supervises wants to hear of its stop: */
        struct Starter *controller;     /* as its controller, or NULL */
        struct Client *manager;         /* a Manager; from beside, or NULL; where there is no controller (any more) */
} Launched;

#define LAUNCHED_NONE                                                                                                                        \
        ((Launched) { .init = PROCESS_NONE, .anchor = PROCESS_NONE, .watcher = PROCESS_NONE, .console_fd = -EBADF, .output = OUTPUT_NONE, \
                      .notify_fd = -EBADF, .exit_fd = -EBADF })

/* On failure everything that was made is undone. */
int launch(int root_fd, const LaunchOptions *options, Launched *ret, Error *error);
/* Whether a supervisor may hold a connection to the bus. */
bool launch_may_control(const Container *container, bool user_manager);
void launched_done(Launched *launched);
