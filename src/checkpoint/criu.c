/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Talking to CRIU. Invariant: whatever it says, or fails to say, it is gone after criu_done(), with its mount namespace. */

#include "checkpoint/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"

#define ANSWER_MAX (64U * 1024U)
#define LOG_MAX (64U * 1024U * 1024U)
#define PROGRESS_MSEC 200
/* CRIU logs it as an error that it may not raise its own limits. */
#define HARMLESS ": rlimit: "
#define GRACE_USEC (USEC_PER_SEC / 2)

/* ---- the program ---- */

static int find_program(char **ret, Error *error) {
        CLEANUP(strv_freep) char **directories = NULL;
        const char *path = getenv("PATH");

        if (strv_split(path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ":", &directories) < 0)
                return -ENOMEM;
        STRV_FOREACH(directory, directories) {
                CLEANUP(freep) char *program = path_join(*directory, "criu");

                if (!program)
                        return -ENOMEM;
                if (**directory == '/' && access(program, X_OK) >= 0) {
                        *ret = TAKE_PTR(program);
                        return 0;
                }
        }
        return error_set(error, -ENOENT, "checkpoint and restore need the program criu, which is not in $PATH (package criu)");
}

/* The request comes when the scope is ready, whichever way it was made: from then on our cgroup is that which the
 * namespace is to begin at. */
static int enter_cgroup_namespace(int socket_fd) {
        char byte;
        ssize_t n;

        do
                n = recv(socket_fd, &byte, 1, MSG_PEEK);
        while (n < 0 && errno == EINTR);
        return n <= 0 || unshare(CLONE_NEWCGROUP) < 0 ? -1 : 0;
}

/* Runs in the child. What goes wrong here reads as the end of the connection. */
static void __attribute__((noreturn)) child(const CriuSpawn *request, const char *program, int socket_fd, pid_t parent) {
        char number[16];
        char *arguments[] = { (char *) (uintptr_t) "criu", (char *) (uintptr_t) "swrk", number, NULL };
        sigset_t none;
        int null_fd = open("/dev/null", O_RDWR);

        if (request->dies_with_us && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
                _exit(127);
        (void) snprintf(number, sizeof number, "%d", socket_fd);
        (void) fcntl(socket_fd, F_SETFD, 0);
        for (size_t i = 0; i < request->n_fds; i++)
                if (request->fds[i] >= 0)
                        (void) fcntl(request->fds[i], F_SETFD, 0);
        for (int fd = 0; null_fd >= 0 && fd <= 2; fd++)
                (void) dup2(null_fd, fd);
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        if (request->new_cgroup_namespace && enter_cgroup_namespace(socket_fd) < 0)
                _exit(126);
        execv(program, arguments);
        _exit(127);
}

int criu_start(const CriuSpawn *request, Criu *ret, Error *error) {
        CLEANUP(freep) char *program = NULL;
        struct clone_args clone = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD };
        int pair[2], pidfd = -EBADF, r;
        pid_t pid, parent;

        r = find_program(&program, error);
        if (r < 0)
                return r;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_set(error, -errno, "criu: %m");
        clone.pidfd = (uint64_t) (uintptr_t) &pidfd;
        if (request->cgroup_fd >= 0) {
                clone.flags |= CLONE_INTO_CGROUP;
                clone.cgroup = (uint64_t) request->cgroup_fd;
        }
        parent = getpid();
        pid = (pid_t) syscall(SYS_clone3, &clone, sizeof clone);
        if (pid == 0)
                child(request, program, pair[1], parent);
        fd_close(pair[1]);
        if (pid < 0) {
                r = -errno;
                fd_close(pair[0]);
                return error_set(error, r, "%s: %m", program);
        }
        *ret = (Criu) { .process = { pid, pidfd }, .socket_fd = pair[0] };
        return 0;
}

void criu_done(Criu *criu) {
        criu->socket_fd = fd_close(criu->socket_fd);
        /* After its answer it ends by itself. */
        if (criu->process.pid > 0 && fd_wait_readable(criu->process.pidfd, usec_monotonic() + GRACE_USEC) > 0) {
                (void) process_wait(criu->process.pid);
                process_release(&criu->process);
        }
        process_kill(&criu->process);
}

/* ---- the conversation ---- */

typedef struct Answer {
        unsigned type;
        bool success;
        char step[64];
        int64_t step_pid;
        int number;             /* CRIU's errno */
        char reason[256];
} Answer;

static void copy_string(char *to, size_t size, const MessageField *field) {
        size_t n = field->size < size - 1 ? field->size : size - 1;

        if (field->bytes)
                memcpy(to, field->bytes, n);
        to[field->bytes ? n : 0] = '\0';
}

/* criu_notify { 1: script, 2: pid }. */
static int read_inner(const MessageField *outer, Answer *answer) {
        MessageReader reader = { outer->bytes, outer->bytes + outer->size };
        MessageField field;
        int r;

        if (!outer->bytes)
                return -EBADMSG;
        while ((r = message_next(&reader, &field)) > 0) {
                if (field.number == 1)
                        copy_string(answer->step, sizeof answer->step, &field);
                if (field.number == 2)
                        answer->step_pid = (int64_t) field.value;
        }
        return r;
}

/* criu_resp. */
static int read_answer(const uint8_t *bytes, size_t size, Answer *ret) {
        MessageReader reader = { bytes, bytes + size };
        MessageField field;
        int r;

        *ret = (Answer) {};
        while ((r = message_next(&reader, &field)) > 0) {
                if (field.number == 1)
                        ret->type = (unsigned) field.value;
                else if (field.number == 2)
                        ret->success = field.value != 0;
                else if (field.number == 5)
                        r = read_inner(&field, ret);
                else if (field.number == 7)
                        ret->number = (int) field.value;
                else if (field.number == 9)
                        copy_string(ret->reason, sizeof ret->reason, &field);
                if (r < 0)
                        return r;
        }
        return r;
}

static int send_message(const Criu *criu, Text *message) {
        ssize_t n;

        if (text_failed(message))
                return -ENOMEM;
        do
                n = send(criu->socket_fd, message->string, message->length, MSG_NOSIGNAL);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : 0;
}

static int send_consent(const Criu *criu) {
        CLEANUP(text_done) Text message = {};

        message_add_number(&message, 1, CRIU_NOTIFY);
        message_add_bool(&message, 3, true);
        return send_message(criu, &message);
}

/* *left_usec: of the time for CRIU's own work; what is waited for here is taken from it. */
static int wait_answer(const Criu *criu, const CriuWatch *watch, uint64_t *left_usec) {
        for (;;) {
                struct pollfd poll_fd = { .fd = criu->socket_fd, .events = POLLIN };
                uint64_t begin = usec_monotonic(), passed;
                int r = poll(&poll_fd, 1, watch->progress || watch->timeout_usec > 0 ? PROGRESS_MSEC : -1);

                passed = usec_monotonic() - begin;
                *left_usec = passed < *left_usec ? *left_usec - passed : 0;
                if (r > 0)
                        return 0;
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (watch->timeout_usec > 0 && *left_usec == 0)
                        return -ETIME;
                if (r == 0 && watch->progress)
                        watch->progress(watch->userdata);
        }
}

/* The first line that CRIU logged as an error, without its time: what it answers is only a number. */
static char *read_reason(int work_fd, const char *log_name) {
        CLEANUP(freep) char *text = NULL;
        char *line, *end;

        if (file_read_at(work_fd, log_name, LOG_MAX, &text, NULL) < 0)
                return NULL;
        line = strstr(text, "Error (");
        while (line && strstr(line, HARMLESS) && strstr(line, HARMLESS) < strchrnul(line, '\n'))
                line = strstr(line + 1, "Error (");
        if (!line)
                return NULL;
        end = strchrnul(line, '\n');
        return strndup(line, (size_t) (end - line) < 300 ? (size_t) (end - line) : 300);
}

static int request_failed(const Answer *answer, CriuRequest type, int work_fd, const char *log_name, const char *log_path, Error *error) {
        CLEANUP(freep) char *logged = read_reason(work_fd, log_name);
        const char *reason = logged ? logged : strstr(answer->reason, HARMLESS) ? "" : answer->reason;
        const char *word = type == CRIU_DUMP ? "DUMP" : type == CRIU_PRE_DUMP ? "PRE_DUMP" : "RESTORE";

        return error_set(error, answer->number > 0 ? -answer->number : -EIO, "criu failed: type %s errno %d%s%s\nlog file: %s", word,
                         answer->number, *reason ? ": " : "", reason, log_path);
}

/* One message, with at most one descriptor. 0: the connection ended. */
static ssize_t receive(const Criu *criu, uint8_t *bytes, int *ret_fd) {
        size_t n_fds;
        ssize_t n = socket_receive_fds(criu->socket_fd, bytes, ANSWER_MAX, ret_fd, 1, &n_fds);

        if (n >= 0 && n_fds == 0)
                *ret_fd = -EBADF;
        return n;
}

/* Steps until the last answer. When one of ours fails nothing is answered, as CRIU goes on after some of them nevertheless: it, and
 * what it has made, is for the caller to end. */
static int converse(Criu *criu, const CriuWatch *watch, Answer *ret, Error *error) {
        CLEANUP(freep) uint8_t *bytes = malloc(ANSWER_MAX);
        uint64_t left_usec = watch->timeout_usec;

        if (!bytes)
                return -ENOMEM;
        for (;;) {
                CLEANUP(fd_closep) int fd = -EBADF;
                ssize_t n;
                int r = wait_answer(criu, watch, &left_usec);

                if (r == -ETIME)
                        return error_set(error, r, "criu was not done in %llu s", (unsigned long long) (watch->timeout_usec / USEC_PER_SEC));
                n = r < 0 ? r : receive(criu, bytes, &fd);
                if (n < 0)
                        return error_set(error, (int) n, "criu: %m");
                if (n == 0)
                        return error_set(error, -ECONNRESET, "criu ended without an answer");
                if (read_answer(bytes, (size_t) n, ret) < 0)
                        return error_set(error, -EBADMSG, "criu: an answer that makes no sense");
                if (ret->type != CRIU_NOTIFY || !ret->step[0])
                        return 0;
                log_debug("criu: %s (pid %jd)", ret->step, (intmax_t) ret->step_pid);
                r = watch->step ? watch->step(watch->userdata, ret->step, (pid_t) ret->step_pid, &fd, error) : 0;
                if (r < 0)
                        return error_set(error, r, "%s: %m", ret->step);
                if (send_consent(criu) < 0)
                        return error_set(error, -ECONNRESET, "criu ended at %s", ret->step);
        }
}

int criu_request(
                Criu *criu, CriuRequest type, Text *options, const CriuWatch *watch, int work_fd, const char *log_name,
                const char *log_path, Error *error) {
        CLEANUP(text_done) Text message = {};
        Answer answer;
        int r;

        message_add_bool(options, CRIU_NOTIFY_SCRIPTS, true);
        message_add_string(options, CRIU_LOG_FILE, log_name);
        message_add_number(options, CRIU_LOG_LEVEL, 4);
        message_add_number(options, CRIU_WORK_DIR_FD, (uint64_t) work_fd);
        message_add_number(&message, 1, type);
        message_add_message(&message, 2, options);
        /* A link of that name in a directory of somebody else's would be followed, and what it names overwritten. */
        (void) unlinkat(work_fd, log_name, 0);
        (void) unlinkat(work_fd, type == CRIU_RESTORE ? "stats-restore" : "stats-dump", 0);
        r = send_message(criu, &message);
        if (r < 0)
                return error_set(error, r, "criu: %m");
        r = converse(criu, watch, &answer, error);
        if (r < 0)
                return r;
        if (!answer.success)
                return request_failed(&answer, type, work_fd, log_name, log_path, error);
        return 0;
}
