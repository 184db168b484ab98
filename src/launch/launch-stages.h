/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "container/container.h"
#include "launch/compile.h"
#include "launch/launch.h"
#include "launch/scope.h"
#include "launch/source.h"
#include "launch/spawn.h"
#include "plan/reader.h"

/* What launch and restore have in common. Private to launch.c, launch-anchor.c and restore.c. */

typedef struct Launch {
        const LaunchOptions *options;
        int root_fd;
        Container *container;
        Compiled *compiled;     /* plan, sources and resources */
        Plan plan;
        SourceList sources;
        int helper_fd;
        int plan_fd;
        int sync_fd;            /* ours */
        int init_sync_fd;       /* berth-init's */
        int start_fd;           /* the start socket, for create */
        Process init;
        Process anchor;
        int anchor_fd;          /* tells the anchor whom to follow */
        Process watcher;        /* an anchor outside the cgroup */
        int watcher_fd;
        Scope scope;
        int console_fd;
        int net_ns_fd;          /* linux.netDevices are there, until the container is made */
        Output output;
        int notify_fd;
        int exit_fd;
        bool prepared;          /* berth-init was let loose on its steps, which hooks are part of: from there on poststop is due */
} Launch;

typedef struct Stage {
        const char *name;
        int (*run)(Launch *launch, Error *error);
        void (*undo)(Launch *launch);   /* also of a stage that failed half-way */
} Stage;

/* Runs a table, and what has been done is undone when a stage fails. */
int launch_stages(
                const Stage *stages, size_t n_stages, int root_fd, const LaunchOptions *options, Launched *ret, Error *error);

int launch_stage_load(Launch *launch, Error *error);
int launch_stage_store(Launch *launch, Error *error);
void launch_undo_store(Launch *launch);
int launch_stage_cgroup(Launch *launch, Error *error);
void launch_undo_cgroup(Launch *launch);
int launch_spawn_anchors(Launch *launch, Error *error);
/* Tells them the container's init and its cgroup, and puts them into the record. */
int launch_let_watch(Launch *launch, Error *error);
void launch_undo_scope(Launch *launch);
int launch_stage_ready(Launch *launch, Error *error);
/* pid: in whose group of resctrl the container's processes are to be born. */
int launch_limit(Launch *launch, pid_t pid, Error *error);
void launch_undo_limits(Launch *launch);
int launch_stage_register(Launch *launch, Error *error);
int launch_stage_created(Launch *launch, Error *error);
void launch_undo_created(Launch *launch);
