/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Exec: a further process in a container, which a transient service (berth exec) waits for, so that neither our sandbox nor our end is the process's. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"
#include "daemon/authorize.h"
#include "daemon/entry.h"
#include "daemon/method.h"
#include "daemon/process.h"
#include "daemon/service.h"
#include "daemon/verbs.h"

#define START_USEC (60 * USEC_PER_SEC)

/* ---- reading the call ---- */

enum { STDIN, STDOUT, STDERR };

static int read_stdio(sd_bus_message *message, Request *request, int which, sd_bus_error *error) {
        return method_read_fd(message, request, &request->stdio[which], error);
}

static int read_stdin(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_stdio(message, request, STDIN, error);
}

static int read_stdout(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_stdio(message, request, STDOUT, error);
}

static int read_stderr(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_stdio(message, request, STDERR, error);
}

static int read_string(sd_bus_message *message, char **ret) {
        const char *string;
        int r = sd_bus_message_read(message, "s", &string);

        if (r < 0)
                return r;
        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

static int read_user(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_string(message, &request->user);
}

static int read_directory(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_string(message, &request->directory);
}

static int read_process(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return read_string(message, &request->text);
}

static int read_environment(sd_bus_message *message, Request *request, sd_bus_error *error) {
        return method_read_strv(message, &request->environment, error);
}

static const BusOption exec_options[] = {
        { "Stdin", "h", read_stdin },
        { "Stdout", "h", read_stdout },
        { "Stderr", "h", read_stderr },
        { "User", "s", read_user },
        { "WorkingDirectory", "s", read_directory },
        { "Environment", "as", read_environment },
        { "Process", "s", read_process },
        {}
};

static int read_exec(sd_bus_message *message, Request *request, sd_bus_error *error) {
        size_t size = 0;
        int r;

        for (int i = 0; i < 3; i++)
                request->stdio[i] = -1;
        r = method_read_strv(message, &request->strv, error);
        if (r >= 0)
                r = method_read_options(message, exec_options, request, error);
        if (r < 0)
                return r;
        if (!request->strv == !request->text)
                return sd_bus_error_set(error, BUS_ERROR_INVALID_ARGUMENT, "either arguments or option Process must be given");
        if (request->terminal && request->n_fds > 0)
                return sd_bus_error_set(error, BUS_ERROR_INVALID_ARGUMENT, "a process with a terminal takes no Stdin, Stdout or Stderr");
        STRV_FOREACH(argument, request->strv)
                size += strlen(*argument) + 1;
        STRV_FOREACH(assignment, request->environment)
                size += strlen(*assignment) + 1;
        if (size > METHOD_ARGUMENTS_MAX || (request->text && strlen(request->text) > METHOD_ARGUMENTS_MAX))
                return sd_bus_error_setf(error, BUS_ERROR_INVALID_ARGUMENT, "arguments and environment are longer than %u bytes", METHOD_ARGUMENTS_MAX);
        return 0;
}

static int read_exec_terminal(sd_bus_message *message, Request *request, sd_bus_error *error) {
        request->terminal = true;
        return read_exec(message, request, error);
}

/* ---- the worker ---- */

typedef struct Exec {
        const Worker *worker;
        sd_bus *bus;
        char *unit;
        ServiceLog log;
        char *pidfd_path, *console_path, *process_path;
        int pidfd_socket, console_socket;
        int pidfd, console_fd;
        char **arguments;
} Exec;

static void forget_file(char *path) {
        if (path)
                (void) unlink(path);
        free(path);
}

static void exec_done(Exec *exec) {
        sd_bus_close_unref(exec->bus);
        service_log_done(&exec->log);
        forget_file(exec->pidfd_path);
        forget_file(exec->console_path);
        forget_file(exec->process_path);
        fd_close(exec->pidfd_socket);
        fd_close(exec->console_socket);
        fd_close(exec->pidfd);
        fd_close(exec->console_fd);
        strv_free(exec->arguments);
        free(exec->unit);
}

/* A name below the state root that begins with a dot, and so is no container. */
static char *make_path(const Exec *exec, const char *suffix) {
        char *path = NULL;
        uint32_t unique;

        if (getrandom(&unique, sizeof unique, 0) != sizeof unique)
                return NULL;
        return asprintf(&path, "%s/" SERVICE_FILE_PREFIX "%08x.%s", exec->worker->request->root, unique, suffix) < 0 ? NULL : path;
}

static int listen_at(const Exec *exec, const char *suffix, char **ret_path, int *ret_fd, Error *error) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(freep) char *path = make_path(exec, suffix);
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (!path || fd < 0)
                return -ENOMEM;
        /* The root's path may be longer than a socket's can be. */
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", exec->worker->root_fd, strrchr(path, '/') + 1);
        if (bind(fd, (struct sockaddr *) &address, sizeof address) < 0 || listen(fd, 1) < 0)
                return error_set(error, -errno, "%s: %m", path);
        *ret_path = TAKE_PTR(path);
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int add_argument(Exec *exec, const char *name, const char *value) {
        char *argument = NULL;

        if (!value)
                return 0;
        return asprintf(&argument, "%s%s", name, value) < 0 ? -ENOMEM : strv_append_take(&exec->arguments, argument);
}

static int write_process(Exec *exec, const char *text, Error *error) {
        CLEANUP(freep) char *name = NULL;
        int r;

        if (!text)
                return 0;
        r = service_file_write(exec->worker, text, &name, &exec->process_path, error);
        return r < 0 ? r : add_argument(exec, "--process=", exec->process_path);
}

static int make_arguments(Exec *exec, const char *id, Error *error) {
        const Request *request = exec->worker->request;
        int r;

        r = add_argument(exec, "--root=", request->root);
        if (r >= 0)
                r = add_argument(exec, "--log=", exec->log.path);
        if (r >= 0)
                r = strv_append(&exec->arguments, "exec");
        if (r >= 0)
                r = add_argument(exec, "--pidfd-socket=", exec->pidfd_path);
        if (r >= 0)
                r = add_argument(exec, "--console-socket=", exec->console_path);
        if (r >= 0 && request->terminal && !request->text)
                r = strv_append(&exec->arguments, "--tty");
        if (r >= 0)
                r = add_argument(exec, "--user=", request->user);
        if (r >= 0)
                r = add_argument(exec, "--cwd=", request->directory);
        STRV_FOREACH(assignment, request->environment)
                r = r < 0 ? r : add_argument(exec, "--env=", *assignment);
        if (r >= 0)
                r = write_process(exec, request->text, error);
        if (r >= 0)
                r = strv_append(&exec->arguments, "--");
        if (r >= 0)
                r = strv_append(&exec->arguments, id);
        STRV_FOREACH(argument, request->strv)
                r = r < 0 ? r : strv_append(&exec->arguments, *argument);
        return r;
}

static int prepare(Exec *exec, const char *id, Error *error) {
        const Request *request = exec->worker->request;
        int r;

        exec->unit = service_name("exec", id);
        if (!exec->unit)
                return -ENOMEM;
        r = service_log_open(exec->worker->root_fd, request->root, &exec->log, error);
        if (r >= 0)
                r = listen_at(exec, "pidfd", &exec->pidfd_path, &exec->pidfd_socket, error);
        if (r >= 0 && request->terminal)
                r = listen_at(exec, "console", &exec->console_path, &exec->console_socket, error);
        if (r >= 0)
                r = make_arguments(exec, id, error);
        if (r >= 0)
                r = service_connect(request->session, &exec->bus, error);
        return r;
}

static int start(Exec *exec, const char *id, Error *error) {
        const Request *request = exec->worker->request;
        CLEANUP(freep) char *description = NULL;
        CLEANUP(error_done) Error failure = {};
        Service service = {
                .unit = exec->unit,
                .type = "exec",
                .session = request->session,
                .arguments = exec->arguments,
                .output_default = request->terminal ? "null" : "journal",
        };
        int r;

        if (asprintf(&description, "Process in container %s", id) < 0)
                return -ENOMEM;
        service.description = description;
        for (int i = 0; i < 3; i++)
                service.stdio[i] = request->stdio[i] < 0 ? -EBADF : request->fds[request->stdio[i]];
        r = service_start(exec->bus, &service, usec_monotonic() + START_USEC, &failure);
        /* What berth has to say is more than what systemd knows. */
        return r < 0 ? service_log_error(&exec->log, r, error_text(&failure), error) : 0;
}

/* What comes over one of the sockets. */
static int accept_fd(int socket, int *ret) {
        CLEANUP(fd_closep) int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
        char bytes[4096];
        size_t n_fds = 0;
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = socket_receive_fds(fd, bytes, sizeof bytes, ret, 1, &n_fds);
        return n < 0 ? (int) n : n_fds == 1 ? 0 : -EBADMSG;
}

/* Waits for the process; it is there when its pidfd is, and its terminal before that. */
static int wait_running(Exec *exec, pid_t main_pid, Error *error) {
        CLEANUP(fd_closep) int main_fd = main_pid > 0 ? pidfd_open_pid(main_pid) : -EBADF;
        uint64_t deadline = usec_monotonic() + START_USEC;

        while (exec->pidfd < 0) {
                struct pollfd polls[] = {
                        { .fd = exec->pidfd_socket, .events = POLLIN },
                        { .fd = exec->console_fd < 0 ? exec->console_socket : -1, .events = POLLIN },
                        { .fd = main_fd, .events = POLLIN },
                };
                uint64_t now = usec_monotonic();
                int r = 0;

                if (poll(polls, ELEMENTSOF(polls), main_fd < 0 ? 0 : now >= deadline ? 0 : (int) ((deadline - now) / USEC_PER_MSEC) + 1) < 0 && errno != EINTR)
                        return -errno;
                if (polls[1].revents)
                        r = accept_fd(exec->console_socket, &exec->console_fd);
                if (r >= 0 && polls[0].revents)
                        r = accept_fd(exec->pidfd_socket, &exec->pidfd);
                if (r < 0)
                        return error_set(error, r, "exec: %m");
                if (exec->pidfd < 0 && !polls[1].revents && (polls[2].revents || main_fd < 0))
                        return service_log_error(&exec->log, -EIO, "exec failed", error);
                if (exec->pidfd < 0 && now >= deadline)
                        return error_set(error, -ETIME, "exec: the process did not start in time");
        }
        return exec->worker->request->terminal && exec->console_fd < 0 ? error_set(error, -EIO, "exec: no terminal came") : 0;
}

/* The pid that a pidfd is of, here. */
static int pid_of(int pidfd, uint32_t *ret) {
        CLEANUP(freep) char *text = NULL;
        char path[48], *line;
        int64_t pid;

        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
        if (file_read_at(AT_FDCWD, path, 4096, &text, NULL) < 0)
                return -ESRCH;
        line = strstr(text, "\nPid:\t");
        if (!line)
                return -ESRCH;
        line += strlen("\nPid:\t");
        line[strcspn(line, "\n")] = '\0';
        if (number_parse_i64(line, -1, INT32_MAX, &pid) < 0)
                return -ESRCH;
        *ret = pid < 0 ? 0 : (uint32_t) pid;
        return 0;
}

static int tell_running(Exec *exec) {
        Worker worker = *exec->worker;
        int fds[2] = { exec->pidfd, exec->console_fd };
        uint32_t pid = 0;
        int r;

        /* One that has ended by now was there all the same. */
        (void) pid_of(exec->pidfd, &pid);
        r = worker_tell(&worker, &pid, sizeof pid, fds, exec->console_fd < 0 ? 1 : 2);
        exec->pidfd = fd_close(exec->pidfd);
        exec->console_fd = fd_close(exec->console_fd);
        return r;
}

static int run_exec(Worker *worker, Container *container, Text *result, Error *error) {
        CLEANUP(exec_done) Exec exec = { .worker = worker, .pidfd_socket = -EBADF, .console_socket = -EBADF, .pidfd = -EBADF, .console_fd = -EBADF };
        ContainerStatus status;
        pid_t main_pid;
        int r;

        r = container_status(container, &status, error);
        if (r < 0)
                return r;
        if (status == STATUS_PAUSED)
                return error_set(error, -EBUSY, "cannot exec in a paused container");
        if (status & (STATUS_STOPPED | STATUS_CREATING))
                return error_set(error, -ESRCH, "cannot exec in a stopped container");
        r = prepare(&exec, container->id, error);
        if (r >= 0)
                r = start(&exec, container->id, error);
        /* It holds them now, and their ends must be seen by who has the other side. */
        for (size_t i = 0; i < worker->request->n_fds; i++)
                fd_close(worker->request->fds[i]);
        if (r < 0)
                return r;
        r = service_main_pid(exec.bus, exec.unit, &main_pid, error);
        if (r >= 0)
                r = wait_running(&exec, main_pid, error);
        if (r < 0) {
                service_stop(exec.bus, exec.unit);
                return r;
        }
        r = tell_running(&exec);
        if (r >= 0)
                r = service_wait(exec.bus, exec.unit, main_pid, error);
        if (r < 0)
                return r;
        text_add_bytes(result, &r, sizeof r);
        return 0;
}

/* ---- the daemon ---- */

static int progress_exec(Operation *operation, const Answer *answer) {
        BusProcess *process;
        uint32_t pid;
        int r, pidfd;

        if (answer->size != sizeof pid || answer->n_fds != (operation->request.terminal ? 2 : 1) || operation->userdata)
                return -EBADMSG;
        memcpy(&pid, answer->bytes, sizeof pid);
        pidfd = fcntl(answer->fds[0], F_DUPFD_CLOEXEC, 3);
        r = process_new(operation->daemon, operation->request.id, pid, pidfd, &process);
        if (r < 0)
                return r;
        operation->userdata = process;
        if (operation->request.terminal)
                r = sd_bus_reply_method_return(operation->message, "oh", process->path, answer->fds[1]);
        else
                r = sd_bus_reply_method_return(operation->message, "o", process->path);
        operation->message = sd_bus_message_unref(operation->message);
        operation_uncount(operation);
        return r;
}

/* Its last answer, which is for us alone. */
static int done_exec(Operation *operation, const Answer *answer) {
        int status;

        if (!operation->userdata || answer->size != sizeof status)
                return -EBADMSG;
        memcpy(&status, answer->bytes, sizeof status);
        process_ended(operation->userdata, status);
        operation->userdata = NULL;
        return 0;
}

static void ended_exec(Operation *operation) {
        if (operation->userdata)
                process_ended(operation->userdata, -1);
        operation->userdata = NULL;
}

/* clang-format off */
const OperationKind operation_exec = {
        .name = "exec", .deadline_usec = UINT64_MAX, .lock = CONTAINER_UNLOCKED,
        .run = run_exec, .progress = progress_exec, .done = done_exec, .ended = ended_exec };
/* clang-format on */

const Method exec_methods[] = {
        { "Exec", NULL, ACTION_MANAGE, &operation_exec, read_exec },
        { "ExecTerminal", NULL, ACTION_MANAGE, &operation_exec, read_exec_terminal },
        {}
};
