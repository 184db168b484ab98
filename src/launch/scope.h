/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "container/record.h"
#include "launch/launch.h"
#include "launch/spawn.h"
#include "resource/set.h"
#include "systemd/manager.h"
#include "systemd/starter.h"
#include "systemd/systemd.h"

/* The scope of a container while it is made: fast (its cgroup is made by us and adopted by systemd) or waiting (systemd makes it and its job is
 * waited for); a cgroup of ours below a delegated one; none with --cgroup-manager disabled. */
typedef struct Scope {
        const ResourceSet *set;         /* not owned */
        const char *mark;               /* Container.mark; not owned */
        bool none;
        bool fast;                      /* the cgroup is made by us, and processes are born in it */
        bool delegated;                 /* it is below one that is delegated to us: fast, and systemd is not asked */
        size_t n_made;                  /* how many directories of its path are new */
        bool user_manager;
        bool with_anchor;
        bool with_watcher;              /* an anchor where we are, and not in the scope */
        bool devices_attached;
        bool supervised;
        bool controlled;                /* our connection becomes its controller */
        bool requested;                 /* systemd was asked, so it may know the unit */
        int cgroup_fd;                  /* where to clone into; -EBADF: systemd moves the processes */
        char *cgroup;                   /* below the cgroup2 mount; known from the start only in the fast form */
        pid_t pids[2];
        size_t n_pids;
        Starter *starter;
        Error unreachable;              /* why there is no starter */
        UnitIdentity own;               /* the unit that systemd has made for us; known from scope_claim() on */
} Scope;

#define SCOPE_NONE ((Scope) { .cgroup_fd = -EBADF })

/* Waits until the unit's name is free, and puts into the record what unit and cgroup will be, so that delete can clean up after a launcher that was killed.
 * In this order: a record that names somebody else's unit would have delete end that. -EEXIST: the name is in use. */
int scope_expect(const ResourceSet *set, const LaunchOptions *options, Record *record, Error *error);
/* Connects to systemd, which answers while the caller goes on; decides between the forms and, for the fast one, makes the cgroup's directory. */
int scope_prepare(Scope *scope, const ResourceSet *set, const LaunchOptions *options, const char *container_mark, Error *error);
/* Asks systemd for the unit; in the waiting form waits for it, so that both processes are in the scope afterwards. */
int scope_request(Scope *scope, const Process *init, const Process *anchor, Error *error);
/* Fast form: waits until systemd has realized the unit, and all limits that are its properties. */
int scope_ready(Scope *scope, Error *error);
/* Makes it known to systemd-machined. */
int scope_register(Scope *scope, const MachineRegistration *machine, Error *error);
/* What systemd has no property for: files and the device program. */
int scope_limit(Scope *scope, Error *error);
/* Puts unit and cgroup into the record. */
int scope_fill_record(const Scope *scope, Record *record);
/* For undo, while its processes still live: finds out which unit is the one that this attempt has made, if any. */
void scope_claim(Scope *scope);
/* Stops that one and waits until systemd has forgotten it, when no process lives in it any more. */
void scope_stop(Scope *scope);
/* Removes the directory that scope_prepare() made, unless systemd did. */
void scope_undo(Scope *scope);
/* Closes everything and leaves the unit alone. */
void scope_done(Scope *scope);
