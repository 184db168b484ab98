/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "container/container.h"
#include "spec/value.h"

/* Checkpoints: a container's processes as files (images), written by CRIU, from which the container goes on later. */

/* What both directions take. Words and numbers are those of the command line; NULL or false: CRIU's default. */
typedef struct CriuOptions {
        const char *images;             /* the directory of the images */
        const char *work;               /* of the log; NULL: the state directory, or images */
        const char *manage_cgroups;     /* soft, full, strict, ignore */
        const char *network_lock;       /* iptables, nftables, skip */
        char **empty_namespaces;        /* network */
        bool tcp_established;
        bool tcp_close;
        bool ext_unix_sk;
        bool shell_job;
        bool file_locks;
        bool link_remap;
        bool lazy_pages;
        bool auto_dedup;
} CriuOptions;

typedef struct CheckpointOptions {
        CriuOptions criu;
        const char *name;               /* a named one, <bundle>/checkpoints/<name>; images is not used then */
        const char *parent;             /* the directory of an earlier pre-dump, relative to images */
        const char *page_server;        /* ADDRESS:PORT */
        int status_fd;                  /* -EBADF: none */
        bool leave_running;
        bool pre_dump;
        bool tcp_skip_in_flight;
        bool quiet;                     /* no display of the progress */
} CheckpointOptions;

/* Writes the images; afterwards the container is deleted, unless it is to be left running. On failure nothing is left of the images,
 * and the container runs on. */
int container_checkpoint(Container *container, const CheckpointOptions *options, Error *error);

/* ---- named checkpoints ---- */

#define CHECKPOINTS_DIRECTORY "checkpoints"

typedef struct Checkpoint {
        char *name;
        char *created;          /* RFC 3339 */
        bool exit;              /* the container was not left running */
        bool tcp;
        bool unix_sockets;
        bool shell;
} Checkpoint;

typedef struct CheckpointList {
        Checkpoint *items;      /* by name */
        size_t n_items;
} CheckpointList;

/* Letters, digits, "_", "-" and, but for the first, "."; at most 64. */
int checkpoint_check_name(const char *name, Error *error);
/* The directory of the images; -ENOENT and a text for one that is not there. The caller frees *ret_path. */
int checkpoint_find(const char *bundle, const char *name, char **ret_path, Checkpoint **ret, Error *error);
int checkpoint_list(const char *bundle, CheckpointList *ret, Error *error);
int checkpoint_delete(const char *bundle, const char *name, Error *error);
/* An array of objects. NULL without memory. */
char *checkpoint_list_to_json(const CheckpointList *list);
void checkpoint_list_done(CheckpointList *list);
Checkpoint *checkpoint_free(Checkpoint *checkpoint);
DEFINE_CLEANUP(Checkpoint *, checkpoint_free)

/* The way of a new one: a directory that nobody finds yet, of which checkpoint_commit() makes the checkpoint, and which
 * checkpoint_abandon() removes. */
typedef struct CheckpointDraft {
        char *path;             /* of the draft */
        char *name;             /* of the draft, within checkpoints/ */
        int parent_fd;          /* checkpoints/ */
        int fd;                 /* the draft, with its lock */
} CheckpointDraft;

#define CHECKPOINT_DRAFT_NONE ((CheckpointDraft) { .parent_fd = -EBADF, .fd = -EBADF })

/* Removes drafts whose makers are gone: whoever makes one holds a lock on its directory, and so does the CRIU that works for it. */
void checkpoint_sweep(const char *bundle);
int checkpoint_draft(const char *bundle, const char *name, CheckpointDraft *ret, Error *error);
int checkpoint_commit(CheckpointDraft *draft, const Checkpoint *checkpoint, Error *error);
void checkpoint_abandon(CheckpointDraft *draft);
