/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operations as forked workers. Invariants: every call gets exactly one reply, whatever becomes of its worker; a worker has nothing of the daemon open but
 * what it was given, least of all the bus, whose name would live on with it; the number of workers is bounded, and more calls wait. */

#include "daemon/operation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "daemon/authorize.h"
#include "daemon/idle.h"
#include "daemon/refusal.h"
#include "daemon/view.h"

#define WORKERS_MAX 32
#define OPERATIONS_MAX 4096
/* Those of callers without privileges, of all of them together. */
#define GUEST_OPERATIONS_MAX (OPERATIONS_MAX / 4)

/* By CallerRank: what is left for those before, and for other users, however many calls there are. */
static const struct {
        size_t workers_max;             /* of this rank and those behind it */
        size_t user_workers_max;        /* of one user */
        size_t user_operations_max;     /* of one user, waiting ones too */
} ranks[] = {
        [CALLER_PRIVILEGED] = { WORKERS_MAX, WORKERS_MAX, OPERATIONS_MAX },
        [CALLER_MANAGER] = { WORKERS_MAX - 8, 12, 256 },
        [CALLER_GUEST] = { WORKERS_MAX / 2, 4, 64 },
};

typedef enum AnswerKind {
        ANSWER_PROGRESS,
        ANSWER_DONE,
        ANSWER_FAILED,                  /* bytes are the text */
} AnswerKind;

typedef struct AnswerHeader {
        uint32_t kind;
        int32_t number;                 /* negative errno */
} AnswerHeader;

void request_done(Request *request) {
        free(request->id);
        free(request->text);
        strv_free(request->strv);
        strv_free(request->environment);
        free(request->user);
        free(request->directory);
        free(request->checkpoint);
        for (size_t i = 0; i < request->n_fds; i++)
                fd_close(request->fds[i]);
        *request = (Request) {};
}

/* ---- the worker ---- */

static int send_answer(int fd, AnswerKind kind, int number, const void *bytes, size_t size, const int *fds, size_t n_fds) {
        CLEANUP(freep) char *message = malloc(sizeof(AnswerHeader) + size);
        AnswerHeader header = { .kind = kind, .number = number };

        if (!message)
                return -ENOMEM;
        memcpy(message, &header, sizeof header);
        if (size > 0)
                memcpy(message + sizeof header, bytes, size);
        return socket_send_fds(fd, message, sizeof header + size, fds, n_fds);
}

int worker_tell(Worker *worker, const void *bytes, size_t size, const int *fds, size_t n_fds) {
        return send_answer(worker->result_fd, ANSWER_PROGRESS, 0, bytes, size, fds, n_fds);
}

/* Of what opening a container fails with, all but these is of its record. */
static bool is_ruined(int r) {
        static const int others[] = { ENOENT, ETIME, ENOMEM, EMFILE, ENFILE, EACCES, EPERM };

        FOREACH_ELEMENT(other, others)
                if (r == -*other)
                        return false;
        return r < 0;
}

static int run_kind(const OperationKind *kind, Worker *worker, Text *result, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        int r = 0;

        if (!kind->plain)
                r = container_open(worker->root_fd, worker->request->id, kind->lock, &container, error);
        if (is_ruined(r) && kind->run_ruined) {
                error_done(error);
                r = kind->run_ruined(worker, error);
        } else if (r >= 0)
                r = kind->run(worker, container, result, error);
        if (r >= 0 && (text_failed(result) || result->length > OPERATION_RESULT_MAX))
                r = error_set(error, -EMSGSIZE, "the answer is too long");
        return r;
}

/* Puts the descriptors that are ours behind 0-2, in a row, and closes all others. */
static int keep_fds(int *fds[], size_t n) {
        int first = (int) (3 + n);

        /* Away from the numbers that they are to get first. */
        for (size_t i = 0; i < n; i++) {
                *fds[i] = fcntl(*fds[i], F_DUPFD_CLOEXEC, first);
                if (*fds[i] < 0)
                        return -errno;
        }
        for (size_t i = 0; i < n; i++) {
                if (dup3(*fds[i], (int) (3 + i), O_CLOEXEC) < 0)
                        return -errno;
                *fds[i] = (int) (3 + i);
        }
        return close_range((unsigned) first, ~0U, 0) < 0 ? -errno : 0;
}

static void reset_process(const Operation *operation) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        for (int i = 1; i < _NSIG; i++)
                signal(i, SIG_DFL);
        (void) setrlimit(RLIMIT_NOFILE, &operation->daemon->files);
        (void) prctl(PR_SET_NAME, "berthd-worker");
        (void) unsetenv("NOTIFY_SOCKET");
        (void) unsetenv("WATCHDOG_USEC");
        (void) unsetenv("WATCHDOG_PID");
        /* The daemon, which kills us at the deadline, may be gone by then. */
        if (operation->kind->deadline_usec != UINT64_MAX)
                (void) alarm((unsigned) ((operation->kind->deadline_usec + operation->request.usec) / USEC_PER_SEC + 5));
}

__attribute__((noreturn)) static void work(Operation *operation, int result_fd) {
        Worker worker = { .request = &operation->request, .root_fd = operation->daemon->root_fd, .result_fd = result_fd };
        int *kept[2 + REQUEST_FDS_MAX] = { &worker.root_fd, &worker.result_fd };
        Text result = {};
        Error error = {};
        int r;

        for (size_t i = 0; i < operation->request.n_fds; i++)
                kept[2 + i] = &operation->request.fds[i];
        r = keep_fds(kept, 2 + operation->request.n_fds);
        reset_process(operation);
        if (r >= 0)
                r = run_kind(operation->kind, &worker, &result, &error);
        if (r >= 0)
                r = send_answer(worker.result_fd, ANSWER_DONE, 0, result.string, result.length, NULL, 0);
        else {
                const char *text = error.number ? error_text(&error) : strerror(-r);

                r = send_answer(worker.result_fd, ANSWER_FAILED, r, text, strnlen(text, 4096), NULL, 0);
        }
        /* exit(3) would run what the daemon has registered. */
        _exit(r < 0 ? 1 : 0);
}

/* ---- the daemon ---- */

static void reply_error(Operation *operation, int number, const char *text) {
        sd_bus_error error = SD_BUS_ERROR_NULL;

        if (!operation->message)
                return;
        (void) bus_error_fill(&error, number, text, operation->kind->errors);
        (void) sd_bus_reply_method_error(operation->message, &error);
        sd_bus_error_free(&error);
        operation->message = sd_bus_message_unref(operation->message);
}

static void count(Operation *operation, bool counted) {
        Daemon *daemon = operation->daemon;

        if (operation->counted == counted)
                return;
        operation->counted = counted;
        daemon->n_running += counted ? 1 : -1;
        if (operation->user)
                operation->user->n_running += counted ? 1 : -1;
        if (operation->rank == CALLER_MANAGER)
                daemon->n_managers_running += counted ? 1 : -1;
        if (operation->rank == CALLER_GUEST)
                daemon->n_guests_running += counted ? 1 : -1;
}

static bool may_run(const Operation *operation) {
        const Daemon *daemon = operation->daemon;
        size_t n = operation->rank == CALLER_GUEST ? daemon->n_guests_running : daemon->n_guests_running + daemon->n_managers_running;

        if (daemon->n_running >= WORKERS_MAX)
                return false;
        if (operation->rank == CALLER_PRIVILEGED)
                return true;
        return n < ranks[operation->rank].workers_max && operation->user->n_running < ranks[operation->rank].user_workers_max;
}

static Operation *operation_free(Operation *operation) {
        Daemon *daemon = operation->daemon;

        for (Operation **link = &daemon->operations; *link; link = &(*link)->next)
                if (*link == operation) {
                        *link = operation->next;
                        daemon->n_operations--;
                        daemon->n_guests -= operation->user ? 1 : 0;
                        break;
                }
        count(operation, false);
        if (operation->user)
                operation->user->n_operations--;
        user_unref(operation->user);
        sd_event_source_disable_unref(operation->child_source);
        sd_event_source_disable_unref(operation->result_source);
        sd_event_source_disable_unref(operation->timer_source);
        fd_close(operation->result_fd);
        sd_bus_message_unref(operation->message);
        request_done(&operation->request);
        free(operation);
        return NULL;
}

static int launch_worker(Operation *operation);

/* By rank; then of the user with the fewest workers; then the oldest. New ones stand at the front of the list. */
static Operation *find_next(Daemon *daemon) {
        Operation *next = NULL;

        for (Operation *o = daemon->operations; o; o = o->next) {
                if (o->pid > 0 || !may_run(o))
                        continue;
                if (!next || o->rank < next->rank || (o->rank == next->rank && (!o->user || o->user->n_running <= next->user->n_running)))
                        next = o;
        }
        return next;
}

static void drop(Operation *operation) {
        if (operation->kind->ended)
                operation->kind->ended(operation);
        operation_free(operation);
}

static void launch_waiting(Daemon *daemon) {
        Operation *next;

        while ((next = find_next(daemon))) {
                int r = launch_worker(next);

                if (r < 0) {
                        reply_error(next, r, NULL);
                        drop(next);
                }
        }
}

void operations_forget(Daemon *daemon, const char *client) {
        Operation *next;

        for (Operation *o = daemon->operations; o; o = next) {
                const char *sender = o->message ? sd_bus_message_get_sender(o->message) : NULL;

                next = o->next;
                if (o->pid == 0 && o->rank == CALLER_GUEST && sender && streq(sender, client))
                        drop(o);
        }
}

void operation_uncount(Operation *operation) {
        count(operation, false);
        launch_waiting(operation->daemon);
}

/* When it has ended and everything that it said was read. */
static void finish_if_complete(Operation *operation) {
        Daemon *daemon = operation->daemon;

        if (!operation->exited || !operation->closed)
                return;
        reply_error(operation, operation->status == 128 + SIGALRM ? -ETIME : -EIO, "the operation was ended before it was done");
        if (operation->kind->ended)
                operation->kind->ended(operation);
        operation_free(operation);
        launch_waiting(daemon);
        idle_check(daemon);
}

static void take_answer(Operation *operation, char *bytes, size_t size, const int *fds, size_t n_fds) {
        AnswerHeader header;
        Answer answer = { .bytes = bytes + sizeof header, .size = size - sizeof header, .fds = fds, .n_fds = n_fds };
        int r = 0;

        memcpy(&header, bytes, sizeof header);
        if (header.kind == ANSWER_PROGRESS) {
                if (operation->kind->progress)
                        (void) operation->kind->progress(operation, &answer);
                return;
        }
        /* The bus learns first what the verb did, and then that it is done. */
        if (operation->request.id)
                (void) view_refresh(operation->daemon, operation->request.id);
        if (header.kind == ANSWER_FAILED) {
                bytes[size] = '\0';
                reply_error(operation, header.number, answer.bytes);
                return;
        }
        if (operation->kind->done) {
                (void) operation->kind->done(operation, &answer);
                return;
        }
        if (!operation->message)
                return;
        if (operation->kind->reply)
                r = operation->kind->reply(operation, &answer);
        else
                r = sd_bus_reply_method_return(operation->message, NULL);
        if (r < 0)
                reply_error(operation, r, NULL);
        operation->message = sd_bus_message_unref(operation->message);
}

static int on_result(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Operation *operation = userdata;
        size_t maximum = sizeof(AnswerHeader) + OPERATION_RESULT_MAX, n_fds = 0;
        CLEANUP(freep) char *bytes = malloc(maximum + 1);
        int fds[REQUEST_FDS_MAX];
        ssize_t n;

        if (!bytes)
                return -ENOMEM;
        n = socket_receive_fds(fd, bytes, maximum, fds, ELEMENTSOF(fds), &n_fds);
        if (n == -EAGAIN || n == -EINTR)
                return 0;
        if (n >= (ssize_t) sizeof(AnswerHeader))
                take_answer(operation, bytes, (size_t) n, fds, n_fds);
        for (size_t i = 0; i < n_fds; i++)
                fd_close(fds[i]);
        if (n > 0)
                return 0;
        operation->closed = true;
        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        finish_if_complete(operation);
        return 0;
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata) {
        Operation *operation = userdata;

        operation->exited = true;
        operation->status = process_exit_code(info);
        finish_if_complete(operation);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Operation *operation = userdata;

        log_warning("%s of %s: not done in time", operation->kind->name, operation->request.id ? operation->request.id : "-");
        reply_error(operation, -ETIME, "the operation took too long");
        (void) kill(operation->pid, SIGKILL);
        return 0;
}

static int watch_worker(Operation *operation) {
        sd_event *event = operation->daemon->event;
        int r;

        r = sd_event_add_child(event, &operation->child_source, operation->pid, WEXITED, on_child, operation);
        if (r >= 0)
                r = sd_event_add_io(event, &operation->result_source, operation->result_fd, EPOLLIN, on_result, operation);
        if (r >= 0 && operation->kind->deadline_usec != UINT64_MAX)
                r = sd_event_add_time_relative(event, &operation->timer_source, CLOCK_MONOTONIC,
                                               operation->kind->deadline_usec + operation->request.usec, 0, on_deadline, operation);
        return r;
}

static int launch_worker(Operation *operation) {
        CLEANUP(fd_closep) int theirs = -EBADF;
        int pair[2], r;
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        operation->result_fd = pair[0];
        theirs = pair[1];
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                work(operation, theirs);
        operation->pid = pid;
        count(operation, true);
        for (size_t i = 0; i < operation->request.n_fds; i++)
                operation->request.fds[i] = fd_close(operation->request.fds[i]);
        r = watch_worker(operation);
        if (r < 0) {
                (void) kill(pid, SIGKILL);
                (void) process_wait(pid);
        }
        return r;
}

int operation_start(Daemon *daemon, sd_bus_message *message, const OperationKind *kind, Request *request, Operation **ret, sd_bus_error *error) {
        CallerRank rank = caller_rank(daemon, message);
        User *user = caller_user(daemon, message);
        Operation *operation;
        int r = 0;

        /* Whoever has no privileges has a user, as authorize() has asked for it. */
        if (daemon->n_operations >= OPERATIONS_MAX || (rank != CALLER_PRIVILEGED && !user)) {
                request_done(request);
                return sd_bus_error_set(error, BUS_ERROR_LIMIT, "too many operations are under way");
        }
        if (user && (daemon->n_guests >= GUEST_OPERATIONS_MAX || user->n_operations >= ranks[rank].user_operations_max)) {
                request_done(request);
                r = refuse_later(daemon, message, "too many operations are under way");
                return r < 0 ? r : 1;
        }
        operation = calloc(1, sizeof *operation);
        if (!operation) {
                request_done(request);
                return -ENOMEM;
        }
        operation->daemon = daemon;
        operation->kind = kind;
        operation->rank = rank;
        operation->user = user_ref(user);
        operation->request = *request;
        operation->request.root = daemon->root;
        operation->request.session = daemon->session;
        operation->result_fd = -EBADF;
        *request = (Request) {};
        operation->next = daemon->operations;
        daemon->operations = operation;
        daemon->n_operations++;
        daemon->n_guests += user ? 1 : 0;
        if (user)
                user->n_operations++;
        if (may_run(operation))
                r = launch_worker(operation);
        if (r < 0) {
                operation_free(operation);
                return r;
        }
        operation->message = sd_bus_message_ref(message);
        if (ret)
                *ret = operation;
        return 1;
}

/* The workers go on. */
void operations_done(Daemon *daemon) {
        while (daemon->operations)
                operation_free(daemon->operations);
}
