/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macro.h"
#include "base/process.h"
#include "cgroup/cgroup.h"
#include "container/record.h"
#include "spec/spec.h"
#include "spec/state.h"

/* A container: its directory in the state root, its record, and what can be done with it in which state. */

/* Bits, so that a verb can name all states it is allowed in. */
typedef enum ContainerStatus {
        STATUS_CREATING = 1 << 0,
        STATUS_CREATED = 1 << 1,
        STATUS_RUNNING = 1 << 2,
        STATUS_PAUSED = 1 << 3,
        STATUS_STOPPED = 1 << 4,
} ContainerStatus;

/* "creating", "created", ... as in the OCI state. */
const char *container_status_to_string(ContainerStatus status);

typedef struct Container {
        char *id;
        int root_fd;            /* the state root */
        int dir_fd;             /* <root>/<id> */
        int lock_fd;            /* holds the lock, or -EBADF */
        char mark[CGROUP_MARK_SIZE]; /* what its cgroup is marked with: this directory, and no other of the same id; set with the lock */
        int pidfd;              /* of the init while it lives, or -EBADF */
        Record *record;
        Spec *spec;             /* loaded on demand: container_load_spec() */
        bool ended;             /* by container_end(): there is nothing left of it */
} Container;

typedef enum ContainerLock {
        CONTAINER_UNLOCKED,     /* to look, or to signal */
        CONTAINER_LOCKED,       /* to change: waits for other verbs on the same container, so long */
} ContainerLock;
/* Less than berthd gives its quick verbs, and a client of the bus a call (25 s), so that the reason is what is told. Who holds it longer has hooks, or much
 * memory to write to a checkpoint. */
#define CONTAINER_LOCK_USEC (20 * USEC_PER_SEC)

/* Opens the state root, making it (0700) if create is set; default_root() when path is NULL. Errors name the path. */
int state_root_open(const char *path, bool create, Error *error);
/* BERTH_STATE_DIR for root, $XDG_RUNTIME_DIR/berth for others. The caller frees it; NULL with no memory or no XDG_RUNTIME_DIR. */
char *state_root_default(void);

/* Checks an id: [A-Za-z0-9_+-][A-Za-z0-9_+.-]*, at most 255 bytes. */
int container_check_id(const char *id, Error *error);

/* -ENOENT and "container does not exist" for an unknown id; -ETIME and who it is when another still has the lock. */
int container_open(int root_fd, const char *id, ContainerLock lock, Container **ret, Error *error);
/* Locks one that was opened or launched unlocked, and reads its record again. -ENOENT: somebody has deleted it; -ETIME as above. */
int container_lock(Container *container, uint64_t timeout_usec, Error *error);
void container_unlock(Container *container);
/* Makes the directory of a new container and locks it; -EEXIST and "container with given ID already exists". */
int container_make(int root_fd, const char *id, Container **ret, Error *error);
/* Removes the directory and what is in it. */
int container_remove(Container *container);
Container *container_free(Container *container);
DEFINE_CLEANUP(Container *, container_free)

/* The ids in the state root, sorted. */
int container_list(int root_fd, char ***ret, Error *error);

/* What the kernel and the state directory say now. An error is no state: where a descriptor or memory is missing nobody knows. */
int container_status(Container *container, ContainerStatus *ret, Error *error);
/* -ESRCH and "container not running" for one that is being made or has stopped. */
int container_check_runs(Container *container, Error *error);
/* Writes the record. */
int container_save(Container *container, Error *error);
/* The spec that it was created from: the copy in its directory. */
int container_load_spec(Container *container, Error *error);
/* The OCI state; it points into the container. */
void container_fill_state(Container *container, ContainerStatus status, State *ret);
/* The OCI state as JSON: compact for hooks, else for people. NULL without memory. */
char *container_state_json(Container *container, ContainerStatus status, bool compact);

/* The verbs. Each checks the state that it is allowed in. */
int container_start(Container *container, Error *error);
/* The poststart hooks; part of start. */
int container_run_poststart(Container *container, Error *error);
int container_kill(Container *container, int signal, bool all, Error *error);
/* That it may be signalled in the state it is in; part of kill. */
int container_check_kill(Container *container, Error *error);
int container_delete(Container *container, bool force, Error *error);
/* The end of every container whose processes have ended, however that came: delete, run, a start or a launch that failed. Hooks and resctrl, the state
 * directory, and who is told. announced: others have heard of it, and hear of its end. */
int container_end(Container *container, bool announced, Error *error);
/* Freezes or thaws its unit, whatever state it is in. */
int container_set_frozen(Container *container, bool frozen, Error *error);
int container_pause(Container *container, Error *error);
int container_resume(Container *container, Error *error);
/* Waits until the init is gone; -ETIME when the deadline (usec_monotonic()) passes. */
int container_wait_stopped(Container *container, uint64_t deadline_usec);
/* pids of all processes in its cgroup but the anchor's, the init first. The caller frees *ret. */
int container_processes(Container *container, pid_t **ret, size_t *ret_n, Error *error);
/* A descriptor of its cgroup's directory. */
int container_open_cgroup(Container *container, Error *error);

/* Ends everything that runs in the container, its scope included, and waits for it. Used by delete and by the undo of a launch. */
int container_destroy_processes(Container *container, Error *error);
