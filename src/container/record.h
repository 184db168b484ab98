/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "base/macro.h"
#include "spec/field.h"
#include "spec/spec.h"

/* Its name in a container's directory. */
#define RECORD_FILE "state.json"

/* What berth keeps of a container between its commands: state.json in the state directory, replaced in one step. It holds what the kernel and
 * systemd cannot be asked later. A pid is kept with its start time, so that a reused pid is never mistaken for the container's. */
typedef struct Record {
        char *id;
        char *bundle;           /* absolute */
        char *rootfs;           /* absolute */
        uint64_t created_usec;  /* CLOCK_REALTIME */
        uint64_t pid;           /* the init, 0 before it runs */
        uint64_t start_time;    /* clock ticks since boot */
        uint64_t anchor_pid;
        uint64_t anchor_start_time;
        uint64_t watcher_pid;   /* an anchor that is not in the cgroup */
        uint64_t watcher_start_time;
        char *unit;             /* NULL without systemd, and where the cgroup is below that of a unit with Delegate=: */
        char *supervising_unit; /* that one, or NULL */
        char *cgroup;           /* absolute, below the cgroup2 mount: "/berth.slice/berth-web.scope" */
        uint64_t cgroup_id;     /* the inode of its directory, which no other cgroup has until the next boot; 0 before the container is made */
        bool user_manager;      /* the unit is one of the user's systemd */
        bool own_pid_namespace; /* the end of the init is the end of all */
        bool without_poststop;  /* no hooks.poststop: delete need not read config.json */
        uint64_t uid;           /* who made it */
        uint64_t started_usec;  /* 0 until the payload ran */
        uint64_t exited_usec;   /* 0 until somebody saw the end */
        int64_t exit_status;    /* code, or 128 + signal; -1 while unknown */
        uint64_t oom_kills;
        uint64_t stop_signal;   /* 0 in a record of before there was one */
        uint64_t stop_timeout_usec; /* UINT64_MAX: for ever */
        char *service;          /* the unit whose main process supervises it, or NULL */
        char *resctrl_group;    /* class of linux.intelRdt below the resctrl mount, "/" for its root; or NULL */
        bool resctrl_group_made; /* and removed with the container */
        char *resctrl_monitor;  /* monitoring group, the same; removed too */
        SpecMap annotations;
} Record;

Record *record_new(void);
Record *record_free(Record *record);
DEFINE_CLEANUP(Record *, record_free)

/* Reads and writes "state.json" below dir_fd. */
int record_read(int dir_fd, Record **ret, Error *error);
int record_write(int dir_fd, const Record *record, Error *error);
/* The same in two steps, for a change that must not fail any more once something else is done: what needs space is the first. */
int record_prepare(int dir_fd, const Record *record, Error *error);
int record_commit(int dir_fd, Error *error);
void record_abandon(int dir_fd);
/* What can be found in one that cannot be read: empty, cut off, of another program, or no file at all. Everything in it but the id has to be checked. */
int record_salvage(int dir_fd, const char *id, Record **ret);
/* True when the last component of its cgroup is its unit, a scope. It has both. */
bool record_cgroup_is_of_unit(const Record *record);
