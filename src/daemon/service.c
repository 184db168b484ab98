/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Transient services. Invariant: a service that did not come to run is not left behind, as a unit or as a log file. */

#include "daemon/service.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/installed.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "config.h"
#include "daemon/operation.h"
#include "resource/name.h"
#include "systemd/command.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER SYSTEMD ".Manager"
#define CALL_USEC (30 * USEC_PER_SEC)
#define LOG_MAX (64U * 1024)
#define STALE_USEC (15 * 60 * USEC_PER_SEC)

static sd_bus *bus_done(sd_bus *bus) {
        return sd_bus_close_unref(bus);
}
static sd_bus_message *message_done(sd_bus_message *message) {
        return sd_bus_message_unref(message);
}
DEFINE_CLEANUP(sd_bus *, bus_done)
DEFINE_CLEANUP(sd_bus_message *, message_done)

const char *berth_program(char *buffer, size_t size) {
        CLEANUP(freep) char *path = installed_path("src/cli/berth", BERTH_BIN_DIR "/berth");

        return path && snprintf(buffer, size, "%s", path) < (int) size ? buffer : BERTH_BIN_DIR "/berth";
}

char *service_name(const char *kind, const char *id) {
        CLEANUP(freep) char *escaped = unit_name_escape(id, 200);
        char *name = NULL;
        uint32_t unique;

        if (!escaped)
                return NULL;
        if (!kind)
                return asprintf(&name, "berth-%s.service", escaped) < 0 ? NULL : name;
        if (getrandom(&unique, sizeof unique, 0) != sizeof unique)
                unique = (uint32_t) usec_monotonic();
        return asprintf(&name, "berth-%s-%s-%08x.service", kind, escaped, unique) < 0 ? NULL : name;
}

int service_connect(bool session, sd_bus **ret, Error *error) {
        CLEANUP(bus_donep) sd_bus *bus = NULL;
        int r = session ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);

        if (r >= 0)
                r = sd_bus_set_method_call_timeout(bus, CALL_USEC);
        if (r < 0)
                return error_set(error, r, "D-Bus: %m");
        *ret = TAKE_PTR(bus);
        return 0;
}

/* ---- the request ---- */

static int append_string(sd_bus_message *message, const char *name, const char *value) {
        return sd_bus_message_append(message, "(sv)", name, "s", value);
}

static int append_command(sd_bus_message *message, const Service *service) {
        char buffer[4096];

        return command_append(message, berth_program(buffer, sizeof buffer), "berth", service->arguments);
}

static int append_stdio(sd_bus_message *message, const Service *service) {
        static const char *const by_fd[] = { "StandardInputFileDescriptor", "StandardOutputFileDescriptor", "StandardErrorFileDescriptor" };
        static const char *const by_name[] = { "StandardInput", "StandardOutput", "StandardError" };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(by_fd); i++)
                if (service->stdio[i] >= 0)
                        r = sd_bus_message_append(message, "(sv)", by_fd[i], "h", service->stdio[i]);
                else
                        r = append_string(message, by_name[i], i == 0 ? "null" : service->output_default);
        return r;
}

static int append_supervisor(sd_bus_message *message) {
        int r;

        r = append_string(message, "KillMode", "mixed");
        if (r >= 0)
                r = sd_bus_message_append(message, "(sv)", "FileDescriptorStoreMax", "u", 4);
        if (r >= 0)
                r = sd_bus_message_append(message, "(sv)", "WatchdogUSec", "t", 180 * USEC_PER_SEC);
        if (r >= 0)
                r = sd_bus_message_append(message, "(sv)", "LogRateLimitIntervalUSec", "t", (uint64_t) 0);
        return r < 0 ? r : sd_bus_message_append(message, "(sv)", "OOMScoreAdjust", "i", -500);
}

static int append_properties(sd_bus_message *message, const Service *service) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "(sv)");
        if (r >= 0)
                r = append_string(message, "Description", service->description);
        if (r >= 0)
                r = append_string(message, "Type", service->type);
        if (r >= 0)
                r = append_string(message, "CollectMode", "inactive-or-failed");
        /* While we hold it, it can be asked how it ended. */
        if (r >= 0)
                r = sd_bus_message_append(message, "(sv)", "AddRef", "b", true);
        if (r >= 0)
                r = append_command(message, service);
        if (r >= 0)
                r = append_stdio(message, service);
        if (r >= 0 && service->supervisor)
                r = append_supervisor(message);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

/* ---- the job ---- */

typedef struct Job {
        char *path;                     /* NULL until the reply is there */
        char *result;
        char *early_path, *early_result; /* one that ended before we knew its name */
} Job;

static void job_done(Job *job) {
        free(job->path);
        free(job->result);
        free(job->early_path);
        free(job->early_result);
}

static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *unused) {
        const char *path, *unit, *result;
        Job *job = userdata;
        uint32_t id;

        if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0 || job->result)
                return 0;
        if (job->path && streq(path, job->path))
                job->result = strdup(result);
        else if (!job->path) {
                free(job->early_path);
                free(job->early_result);
                job->early_path = strdup(path);
                job->early_result = strdup(result);
        }
        return 0;
}

static int send_request(sd_bus *bus, const Service *service, Job *job, Error *error) {
        CLEANUP(message_donep) sd_bus_message *call = NULL, *reply = NULL;
        CLEANUP(sd_bus_error_free) sd_bus_error bus_error = SD_BUS_ERROR_NULL;
        const char *path;
        int r;

        r = sd_bus_message_new_method_call(bus, &call, SYSTEMD, SYSTEMD_PATH, SYSTEMD_MANAGER, "StartTransientUnit");
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", service->unit, "fail");
        if (r >= 0)
                r = append_properties(call, service);
        if (r >= 0)
                r = sd_bus_message_append(call, "a(sa(sv))", 0);
        if (r >= 0)
                r = sd_bus_call(bus, call, CALL_USEC, &bus_error, &reply);
        if (r < 0 && sd_bus_error_has_name(&bus_error, "org.freedesktop.systemd1.UnitExists"))
                return error_set(error, -EEXIST, "unit %s is there already", service->unit);
        if (r < 0)
                return error_set(error, r, "unit %s: %s", service->unit, bus_error.message ? bus_error.message : strerror(-r));
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return r;
        job->path = strdup(path);
        if (!job->path)
                return -ENOMEM;
        if (job->early_path && streq(job->early_path, path))
                job->result = TAKE_PTR(job->early_result);
        return 0;
}

int service_start(sd_bus *bus, const Service *service, uint64_t deadline_usec, Error *error) {
        CLEANUP(job_done) Job job = {};
        sd_bus_slot *slot = NULL;
        int r;

        r = sd_bus_match_signal(bus, &slot, SYSTEMD, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved", on_job_removed, &job);
        if (r >= 0)
                r = send_request(bus, service, &job, error);
        while (r >= 0 && !job.result) {
                uint64_t now = usec_monotonic();

                r = sd_bus_process(bus, NULL);
                if (r == 0 && now >= deadline_usec)
                        r = -ETIME;
                else if (r == 0)
                        r = sd_bus_wait(bus, deadline_usec - now);
        }
        sd_bus_slot_unref(slot);
        if (r < 0)
                return error_set(error, r, "unit %s: %m", service->unit);
        return streq(job.result, "done") ? 0 : error_set(error, streq(job.result, "timeout") ? -ETIME : -EIO, "unit %s: start: %s", service->unit, job.result);
}

/* ---- the service ---- */

static char *unit_path(const char *unit) {
        char *path = NULL;

        return sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path) < 0 ? NULL : path;
}

static int get_number(sd_bus *bus, const char *path, const char *name, char type, void *ret, Error *error) {
        CLEANUP(sd_bus_error_free) sd_bus_error bus_error = SD_BUS_ERROR_NULL;
        int r = sd_bus_get_property_trivial(bus, SYSTEMD, path, SYSTEMD ".Service", name, &bus_error, type, ret);

        return r < 0 ? error_set(error, r, "%s: %s", name, bus_error.message ? bus_error.message : strerror(-r)) : 0;
}

int service_main_pid(sd_bus *bus, const char *unit, pid_t *ret, Error *error) {
        CLEANUP(freep) char *path = unit_path(unit);
        uint32_t pid = 0;
        int r = path ? get_number(bus, path, "MainPID", 'u', &pid, error) : -ENOMEM;

        *ret = (pid_t) pid;
        return r;
}

int service_wait(sd_bus *bus, const char *unit, pid_t main_pid, Error *error) {
        CLEANUP(fd_closep) int pidfd = main_pid > 0 ? pidfd_open_pid(main_pid) : -EBADF;
        CLEANUP(freep) char *path = unit_path(unit);
        int32_t code = 0, status = 0;
        int r;

        if (!path)
                return -ENOMEM;
        if (pidfd >= 0)
                (void) fd_wait_readable(pidfd, UINT64_MAX);
        /* systemd has to hear of it as well. */
        for (int i = 0; code == 0 && i < 1000; i++) {
                r = get_number(bus, path, "ExecMainCode", 'i', &code, error);
                if (r < 0)
                        return r;
                if (code == 0)
                        usec_sleep(5 * USEC_PER_MSEC);
        }
        r = get_number(bus, path, "ExecMainStatus", 'i', &status, error);
        if (r < 0)
                return r;
        return code == 0 ? -ENODATA : code == CLD_EXITED ? status : 128 + status;
}

void service_stop(sd_bus *bus, const char *unit) {
        (void) sd_bus_call_method(bus, SYSTEMD, SYSTEMD_PATH, SYSTEMD_MANAGER, "StopUnit", NULL, NULL, "ss", unit, "replace");
}

/* ---- what it said ---- */

int service_log_open(int root_fd, const char *root, ServiceLog *ret, Error *error) {
        ServiceLog log = { .root_fd = root_fd };
        uint32_t unique;
        int fd;

        if (getrandom(&unique, sizeof unique, 0) != sizeof unique || asprintf(&log.name, SERVICE_FILE_PREFIX "%08x.log", unique) < 0)
                return -ENOMEM;
        if (asprintf(&log.path, "%s/%s", root, log.name) < 0) {
                free(log.name);
                return -ENOMEM;
        }
        fd = openat(root_fd, log.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) {
                int r = error_set(error, -errno, "state directory: %m");

                log.name[0] = '\0';
                service_log_done(&log);
                return r;
        }
        fd_close(fd);
        *ret = log;
        return 0;
}

/* What stands in a quoted record, in place. Control characters other than a newline stay escaped. */
static void unquote(char *text) {
        char *out = text;

        for (; *text && *text != '"'; text++) {
                if (*text == '\\' && text[1] == 'n') {
                        *out++ = '\n';
                        text++;
                } else if (*text == '\\' && strchr("\"\\/", text[1]))
                        *out++ = *++text;
                else
                        *out++ = *text;
        }
        *out = '\0';
}

int service_log_error(const ServiceLog *log, int number, const char *text, Error *error) {
        static const char mark[] = " level=error msg=\"";
        CLEANUP(freep) char *bytes = NULL;
        char *line;

        if (file_read_regular_at(log->root_fd, log->name, LOG_MAX, &bytes, NULL) < 0 || !bytes[0])
                return error_set(error, number, "%s", text);
        /* The last record is the one that says why; the others are warnings. */
        line = NULL;
        for (char *p = bytes; (p = strstr(p, mark)); p += strlen(mark))
                line = p;
        if (!line)
                return error_set(error, number, "%s", text);
        line += strlen(mark);
        unquote(line);
        return error_set(error, number, "%s", line);
}

void service_sweep(int root_fd) {
        int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        struct stat st;

        if (!dir) {
                fd_close(fd);
                return;
        }
        while ((entry = readdir(dir)))
                if (startswith(entry->d_name, SERVICE_FILE_PREFIX) && fstatat(root_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) >= 0 &&
                    (uint64_t) st.st_mtime * USEC_PER_SEC + STALE_USEC < usec_realtime())
                        (void) unlinkat(root_fd, entry->d_name, 0);
        closedir(dir);
}

void service_log_done(ServiceLog *log) {
        if (log->name && log->name[0])
                (void) unlinkat(log->root_fd, log->name, 0);
        free(log->name);
        free(log->path);
        *log = (ServiceLog) {};
}

/* ---- a verb ---- */

int service_file_write(const Worker *worker, const char *text, char **ret_name, char **ret_path, Error *error) {
        CLEANUP(freep) char *name = NULL, *path = NULL;
        uint32_t unique;
        int r;

        if (getrandom(&unique, sizeof unique, 0) != sizeof unique || asprintf(&name, SERVICE_FILE_PREFIX "%08x.json", unique) < 0)
                return -ENOMEM;
        path = path_join(worker->request->root, name);
        if (!path)
                return -ENOMEM;
        r = file_replace_at(worker->root_fd, name, text, strlen(text), 0600);
        if (r < 0)
                return error_set(error, r, "state directory: %m");
        *ret_name = TAKE_PTR(name);
        *ret_path = TAKE_PTR(path);
        return 0;
}

static int verb_arguments(const Worker *worker, const ServiceLog *log, char *const *more, char ***ret) {
        const char *const fixed[] = { "--root", worker->request->root, "--log", log->path };
        CLEANUP(strv_freep) char **arguments = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(fixed); i++)
                r = strv_append(&arguments, fixed[i]);
        STRV_FOREACH(argument, more)
                r = r < 0 ? r : strv_append(&arguments, *argument);
        if (r >= 0)
                *ret = TAKE_PTR(arguments);
        return r;
}

int service_run_verb(const Worker *worker, const char *kind, char *const *arguments, uint64_t timeout_usec, Error *error) {
        CLEANUP(freep) char *unit = service_name(kind, worker->request->id), *description = NULL;
        CLEANUP(service_log_done) ServiceLog log = {};
        CLEANUP(strv_freep) char **all = NULL;
        CLEANUP(bus_donep) sd_bus *bus = NULL;
        CLEANUP(error_done) Error failure = {};
        Service service = { .type = "oneshot", .session = worker->request->session, .stdio = { -EBADF, -EBADF, -EBADF }, .output_default = "journal" };
        int r;

        if (!unit || asprintf(&description, "Container %s: %s", worker->request->id, kind) < 0)
                return -ENOMEM;
        r = service_log_open(worker->root_fd, worker->request->root, &log, error);
        if (r >= 0)
                r = verb_arguments(worker, &log, arguments, &all);
        if (r >= 0)
                r = service_connect(worker->request->session, &bus, error);
        if (r < 0)
                return r;
        service.unit = unit;
        service.description = description;
        service.arguments = all;
        r = service_start(bus, &service, usec_monotonic() + timeout_usec, &failure);
        if (r >= 0)
                return 0;
        service_stop(bus, unit);
        return service_log_error(&log, r, error_text(&failure), error);
}
