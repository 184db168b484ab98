/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/criu-message.h"
#include "launch/spawn.h"

/* CRIU as a program: "criu swrk", asked over its documented interface (criu.org/RPC): one request, during which it tells what it
 * is about to do and waits for our consent. It is found in $PATH when it is needed, and nothing of it is linked. */

/* Members of CRIU's criu_opts that are set here. */
enum {
        CRIU_IMAGES_DIR_FD = 1,
        CRIU_PID = 2,
        CRIU_LEAVE_RUNNING = 3,
        CRIU_EXT_UNIX_SK = 4,
        CRIU_TCP_ESTABLISHED = 5,
        CRIU_EVASIVE_DEVICES = 6,
        CRIU_SHELL_JOB = 7,
        CRIU_FILE_LOCKS = 8,
        CRIU_LOG_LEVEL = 9,
        CRIU_LOG_FILE = 10,
        CRIU_PAGE_SERVER = 11,          /* { 1: address, 2: port } */
        CRIU_NOTIFY_SCRIPTS = 12,
        CRIU_ROOT = 13,
        CRIU_PARENT_IMG = 14,
        CRIU_TRACK_MEM = 15,
        CRIU_AUTO_DEDUP = 16,
        CRIU_WORK_DIR_FD = 17,
        CRIU_LINK_REMAP = 18,
        CRIU_CGROUP_ROOT = 25,          /* { 1: controller, 2: path } */
        CRIU_RESTORE_SIBLING = 26,
        CRIU_INHERIT_FD = 27,           /* { 1: key, 2: descriptor } */
        CRIU_EXTERNAL_MASTERS = 30,
        CRIU_MANAGE_CGROUPS_MODE = 34,
        CRIU_EXTERNAL = 37,
        CRIU_EMPTY_NAMESPACES = 38,
        CRIU_JOIN_NAMESPACE = 39,       /* { 1: word, 2: path } */
        CRIU_FREEZE_CGROUP = 44,        /* the directory */
        CRIU_TCP_SKIP_IN_FLIGHT = 46,
        CRIU_LAZY_PAGES = 48,
        CRIU_STATUS_FD = 49,
        CRIU_ORPHAN_PTS_MASTER = 50,
        CRIU_CONFIG_FILE = 51,
        CRIU_TCP_CLOSE = 52,
        CRIU_LSM_PROFILE = 53,
        CRIU_LSM_MOUNT_CONTEXT = 63,
        CRIU_NETWORK_LOCK = 64,
};

typedef enum CriuRequest {
        CRIU_DUMP = 1,
        CRIU_RESTORE = 2,
        CRIU_PRE_DUMP = 4,
        CRIU_NOTIFY = 6,
} CriuRequest;

typedef struct Criu {
        Process process;
        int socket_fd;
} Criu;

#define CRIU_NONE ((Criu) { PROCESS_NONE, -EBADF })

typedef struct CriuSpawn {
        int cgroup_fd;                  /* to be born in, or -EBADF */
        const int *fds;                 /* kept open */
        size_t n_fds;
        bool new_cgroup_namespace;      /* below the cgroup that it is in when it is asked */
        bool dies_with_us;              /* what it works on is nobody's yet; a dump has to put right what it has begun */
} CriuSpawn;

/* Starts it; it waits for the request. -ENOENT and a clear text when there is no criu. */
int criu_start(const CriuSpawn *spawn, Criu *ret, Error *error);

/* What is called while it works. All may be NULL. */
typedef struct CriuWatch {
        /* Before a step: its name ("setup-namespaces", "pre-resume", "orphan-pts-master", ...), the pid of the first process, and a
         * descriptor that came along, or -EBADF, which may be taken. After a failure CRIU must be ended. */
        int (*step)(void *userdata, const char *name, pid_t pid, int *fd, Error *error);
        /* Some times a second. */
        void (*progress)(void *userdata);
        void *userdata;
        uint64_t timeout_usec;          /* for CRIU's own work, without the steps; 0: for ever. -ETIME then, and CRIU must be ended */
} CriuWatch;

/* Asks, and waits for the end. options is a criu_opts, which is emptied.
 * log_path is for the text of an error, and log_fd its directory, from which the reason is read. */
int criu_request(
                Criu *criu, CriuRequest type, Text *options, const CriuWatch *watch, int work_fd, const char *log_name,
                const char *log_path, Error *error);

/* Kills it if it still is there, and reaps it. */
void criu_done(Criu *criu);
