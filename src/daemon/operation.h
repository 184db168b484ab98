/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "container/container.h"
#include "daemon/authorize.h"
#include "daemon/daemon.h"
#include "daemon/errors.h"

/* A method that takes its time runs in a worker: a child that does one verb, sends what came of it and ends. The loop only reads answers. A worker
 * outlives berthd when that is killed, so that no verb is left half done, and ends by itself at its deadline. */

#define REQUEST_FDS_MAX 8

/* What a worker is to do: read from the message before it is forked, and inherited. */
typedef struct Request {
        const char *root;
        bool session;
        char *id;
        int64_t number;                 /* a signal, a flag */
        uint64_t usec;                  /* a timeout, on top of the deadline */
        pid_t pid;
        char *text;                     /* resources, a name, a path */
        char **strv;                    /* arguments */
        char **environment;
        char *user, *directory;
        char *checkpoint;               /* a name */
        bool terminal;
        bool flag;
        int stdio[3];                   /* index in fds, or -1 */
        int fds[REQUEST_FDS_MAX];       /* owned */
        size_t n_fds;
} Request;

/* The worker's side of the conversation. */
typedef struct Worker Worker;
struct Worker {
        const Request *request;
        int root_fd;
        int result_fd;
};

/* One answer. Its bytes are what the kind's reply() understands. */
typedef struct Answer {
        const void *bytes;
        size_t size;
        const int *fds;
        size_t n_fds;
} Answer;

typedef struct OperationKind {
        const char *name;               /* for the log */
        uint64_t deadline_usec;
        ContainerLock lock;
        bool plain;                     /* run() opens no container by itself */
        /* In the worker. container is NULL for plain ones. Result bytes are added to result, at most OPERATION_RESULT_MAX. */
        int (*run)(Worker *worker, Container *container, Text *result, Error *error);
        /* The same for a container whose record cannot be read; NULL: that is an error. */
        int (*run_ruined)(Worker *worker, Error *error);
        /* In the daemon, at the end of a worker that did well; NULL for an empty reply. */
        int (*reply)(Operation *operation, const Answer *answer);
        /* In the daemon, for each answer that a worker sends before its last: worker_tell(). */
        int (*progress)(Operation *operation, const Answer *answer);
        /* In the daemon, instead of reply(): also when the call was answered before. */
        int (*done)(Operation *operation, const Answer *answer);
        /* In the daemon, when it has ended, however. */
        void (*ended)(Operation *operation);
        const BusErrorName *errors;
} OperationKind;

#define OPERATION_RESULT_MAX (160U * 1024)

struct Operation {
        Daemon *daemon;
        Operation *next;
        const OperationKind *kind;
        Request request;
        sd_bus_message *message;        /* to be replied to; NULL once that is done */
        pid_t pid;                      /* 0: waits for its turn */
        CallerRank rank;
        User *user;                     /* of a caller without privileges */
        bool counted;                   /* among the workers that are bounded; not one that waits for a process to end */
        bool exited, closed;
        int status;
        int result_fd;
        sd_event_source *child_source, *result_source, *timer_source;
        void *userdata;
};

/* Takes over the request's contents. Replies, now or later. */
int operation_start(Daemon *daemon, sd_bus_message *message, const OperationKind *kind, Request *request, Operation **ret, sd_bus_error *error);
/* It may take as long as it takes, and no other waits for its turn because of it. */
void operation_uncount(Operation *operation);
/* A client has left the bus: what it wanted to look at and is not begun is not wanted any more. */
void operations_forget(Daemon *daemon, const char *client);
void operations_done(Daemon *daemon);
void request_done(Request *request);

/* Worker: sends an answer that is not the last, with descriptors. */
int worker_tell(Worker *worker, const void *bytes, size_t size, const int *fds, size_t n_fds);
