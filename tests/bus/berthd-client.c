/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A client of berthd for the tests in the nest:
 *
 *   berthd-client life BUNDLE             the whole life of one container, by calls and signals
 *   berthd-client errors BUNDLE           each error name, from the calls that have it
 *   berthd-client swarm BUNDLE N CLIENTS  N containers by so many clients at once, while a prober measures how long the loop answers nobody
 *   berthd-client echo                    the prober's yardstick: a service that does nothing
 *
 * Prints what was found and exits with 1 at the first thing that is not as it should be. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define NAME "org.berth1"
#define PATH "/org/berth1"
#define MANAGER NAME ".Manager"
#define CONTAINER NAME ".Container"
#define PROCESS NAME ".Process"
#define ECHO "org.berth1.Test"

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        exit(1);
}

static uint64_t now_usec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

static sd_bus *connect_bus(void) {
        sd_bus *bus = NULL;
        int r = getenv("BERTHD_USER") ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);

        if (r < 0)
                fail("bus: %s", strerror(-r));
        sd_bus_set_method_call_timeout(bus, 120 * 1000000ULL);
        return bus;
}

/* Calls; an error is the end. */
static sd_bus_message *call(sd_bus *bus, const char *path, const char *interface, const char *member, const char *types, ...) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *message = NULL, *reply = NULL;
        va_list arguments;
        int r;

        r = sd_bus_message_new_method_call(bus, &message, NAME, path, interface, member);
        va_start(arguments, types);
        if (r >= 0 && types)
                r = sd_bus_message_appendv(message, types, arguments);
        va_end(arguments);
        if (r >= 0)
                r = sd_bus_call(bus, message, 0, &error, &reply);
        if (r < 0)
                fail("%s %s: %s: %s", path, member, error.name ? error.name : "", error.message ? error.message : strerror(-r));
        sd_bus_message_unref(message);
        return reply;
}

static void call_void(sd_bus *bus, const char *path, const char *member, const char *types, uint64_t argument) {
        sd_bus_message_unref(types && types[0] == 'i' ? call(bus, path, CONTAINER, member, "i", (int) argument) :
                                      types           ? call(bus, path, CONTAINER, member, "t", argument) :
                                                        call(bus, path, CONTAINER, member, NULL));
}

static void expect_error(sd_bus *bus, const char *path, const char *interface, const char *member, const char *name, const char *types, ...) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *message = NULL;
        va_list arguments;
        int r;

        r = sd_bus_message_new_method_call(bus, &message, NAME, path, interface, member);
        va_start(arguments, types);
        if (r >= 0 && types)
                r = sd_bus_message_appendv(message, types, arguments);
        va_end(arguments);
        if (r < 0)
                fail("%s %s: %s", path, member, strerror(-r));
        r = sd_bus_call(bus, message, 0, &error, NULL);
        if (r >= 0)
                fail("%s %s: should have failed", path, member);
        if (!sd_bus_error_has_name(&error, name))
                fail("%s %s: %s (%s), not %s", path, member, error.name, error.message, name);
        sd_bus_error_free(&error);
        sd_bus_message_unref(message);
}

static char *property_string(sd_bus *bus, const char *path, const char *name) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char *value = NULL;
        int r = sd_bus_get_property_string(bus, NAME, path, CONTAINER, name, &error, &value);

        if (r < 0)
                fail("%s of %s: %s", name, path, error.message ? error.message : strerror(-r));
        return value;
}

static void expect_state(sd_bus *bus, const char *path, const char *state) {
        char *value = property_string(bus, path, "State");

        if (strcmp(value, state) != 0)
                fail("%s is %s, not %s", path, value, state);
        free(value);
}

static int property_int(sd_bus *bus, const char *path, const char *interface, const char *name) {
        int32_t value;
        int r = sd_bus_get_property_trivial(bus, NAME, path, interface, name, NULL, 'i', &value);

        if (r < 0)
                fail("%s of %s: %s", name, path, strerror(-r));
        return value;
}

static char *create(sd_bus *bus, const char *id, const char *bundle, int output_fd) {
        sd_bus_message *reply;
        const char *path;
        char *copy;

        if (output_fd >= 0)
                reply = call(bus, PATH, MANAGER, "CreateContainer", "ssa{sv}", id, bundle, 3, "Stdout", "h", output_fd, "Stderr", "h", output_fd,
                             "Annotations", "a{ss}", 1, "org.example.test", "value = 1");
        else
                reply = call(bus, PATH, MANAGER, "CreateContainer", "ssa{sv}", id, bundle, 1, "LogDriver", "s", "none");
        if (sd_bus_message_read(reply, "o", &path) < 0)
                fail("CreateContainer: no path");
        copy = strdup(path);
        sd_bus_message_unref(reply);
        return copy;
}

/* ---- life ---- */

typedef struct Heard {
        const char *path;
        char *process;
        unsigned created, removed, exited, process_exited;
        int status, process_status;
        char states[256];
        char changed[4096];             /* names of properties, each with a space around */
} Heard;

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *member = sd_bus_message_get_member(message), *path = sd_bus_message_get_path(message), *string;
        Heard *heard = userdata;
        bool ours = heard->path && strcmp(path, heard->path) == 0;

        if (strcmp(member, "ContainerNew") == 0)
                heard->created++;
        else if (strcmp(member, "ContainerRemoved") == 0)
                heard->removed++;
        else if (ours && strcmp(member, "Exited") == 0) {
                heard->exited++;
                (void) sd_bus_message_read(message, "i", &heard->status);
        } else if (ours && strcmp(member, "ProcessExited") == 0) {
                heard->process_exited++;
                (void) sd_bus_message_read(message, "oui", &string, NULL, &heard->process_status);
                if (heard->process && strcmp(heard->process, string) != 0)
                        fail("ProcessExited of %s, not %s", string, heard->process);
        } else if (ours && strcmp(member, "PropertiesChanged") == 0 && sd_bus_message_skip(message, "s") >= 0 &&
                   sd_bus_message_enter_container(message, 'a', "{sv}") >= 0)
                while (sd_bus_message_enter_container(message, 'e', "sv") > 0 && sd_bus_message_read(message, "s", &string) >= 0) {
                        size_t length = strlen(heard->changed);

                        snprintf(heard->changed + length, sizeof heard->changed - length, " %s ", string);
                        if (strcmp(string, "State") == 0 && sd_bus_message_read(message, "v", "s", &string) >= 0)
                                snprintf(heard->states + strlen(heard->states), sizeof heard->states - strlen(heard->states), "%s ", string);
                        else
                                (void) sd_bus_message_skip(message, "v");
                        (void) sd_bus_message_exit_container(message);
                }
        return 0;
}

/* Handles signals until the number is there. */
static void wait_for(sd_bus *bus, const unsigned *number, unsigned wanted, const char *what) {
        uint64_t end = now_usec() + 20 * 1000000ULL;

        while (*number < wanted) {
                int r = sd_bus_process(bus, NULL);

                if (r < 0)
                        fail("bus: %s", strerror(-r));
                if (r == 0 && now_usec() > end)
                        fail("no signal: %s", what);
                if (r == 0)
                        (void) sd_bus_wait(bus, 100000);
        }
}

static void expect_output(int fd, const char *wanted) {
        char buffer[4096];
        size_t n = 0;
        uint64_t end = now_usec() + 20 * 1000000ULL;

        while (now_usec() < end) {
                struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
                ssize_t k;

                if (poll(&poll_fd, 1, 100) <= 0)
                        continue;
                k = read(fd, buffer + n, sizeof buffer - 1 - n);
                if (k <= 0)
                        break;
                n += (size_t) k;
                buffer[n] = '\0';
                if (strstr(buffer, wanted))
                        return;
        }
        buffer[n] = '\0';
        fail("output is \"%s\", and lacks \"%s\"", buffer, wanted);
}

static void check_exec(sd_bus *bus, Heard *heard) {
        sd_bus_message *reply;
        const char *process;
        int pair[2], pty;

        if (pipe2(pair, O_CLOEXEC) < 0)
                fail("pipe");
        reply = call(bus, heard->path, CONTAINER, "Exec", "asa{sv}", 3, "sh", "-c", "echo to the pipe; exit 5", 1, "Stdout", "h", pair[1]);
        close(pair[1]);
        if (sd_bus_message_read(reply, "o", &process) < 0)
                fail("Exec: no path");
        heard->process = strdup(process);
        sd_bus_message_unref(reply);
        expect_output(pair[0], "to the pipe\n");
        wait_for(bus, &heard->process_exited, 1, "ProcessExited");
        if (heard->process_status != 5)
                fail("the process ended with %d", heard->process_status);
        if (property_int(bus, heard->process, PROCESS, "ExitStatus") != 5)
                fail("ExitStatus of the process");
        close(pair[0]);

        reply = call(bus, heard->path, CONTAINER, "ExecTerminal", "asa{sv}", 3, "sh", "-c", "stty size; tty; read line; echo got $line", 0);
        if (sd_bus_message_read(reply, "oh", &process, &pty) < 0)
                fail("ExecTerminal: no pty");
        free(heard->process);
        heard->process = strdup(process);
        if (write(pty, "a line\n", 7) != 7)
                fail("pty: %s", strerror(errno));
        expect_output(pty, "got a line");
        sd_bus_message_unref(reply);
        wait_for(bus, &heard->process_exited, 2, "ProcessExited");
}

static void check_looking(sd_bus *bus, const char *path) {
        sd_bus_message *reply = call(bus, path, CONTAINER, "OpenPTY", NULL);
        const char *name;
        uint64_t value, usage = 0;
        int pty;

        if (sd_bus_message_read(reply, "hs", &pty, &name) < 0 || strncmp(name, "/dev/pts/", 9) != 0 || !isatty(pty))
                fail("OpenPTY gives no terminal");
        sd_bus_message_unref(reply);
        reply = call(bus, path, CONTAINER, "GetStats", NULL);
        if (sd_bus_message_enter_container(reply, 'a', "{st}") < 0)
                fail("GetStats");
        while (sd_bus_message_read(reply, "{st}", &name, &value) > 0)
                if (strcmp(name, "cpu.usage_usec") == 0)
                        usage = value;
        if (usage == 0)
                fail("no time was used");
        sd_bus_message_unref(reply);
}

static int do_life(const char *bundle) {
        static const char *const announced[] = { " State ", " LeaderPID ", " StartedTimestamp ", " ExitedTimestamp ", " ExitStatus " };
        sd_bus *bus = connect_bus();
        Heard heard = {};
        int pair[2], r;
        char *path;

        r = sd_bus_add_match(bus, NULL, "type='signal',sender='" NAME "'", on_signal, &heard);
        if (r < 0 || pipe2(pair, O_CLOEXEC) < 0)
                fail("match: %s", strerror(-r));
        heard.path = path = create(bus, "life", bundle, pair[1]);
        close(pair[1]);
        wait_for(bus, &heard.created, 1, "ContainerNew");
        expect_state(bus, path, "created");
        call_void(bus, path, "Start", NULL, 0);
        expect_state(bus, path, "running");
        expect_output(pair[0], "payload runs\n");
        expect_error(bus, path, CONTAINER, "Start", NAME ".Error.WrongState", NULL);
        expect_error(bus, path, CONTAINER, "Delete", NAME ".Error.WrongState", NULL);
        expect_error(bus, PATH, MANAGER, "GetContainer", NAME ".Error.NoSuchContainer", "s", "nobody");
        check_exec(bus, &heard);
        check_looking(bus, path);
        call_void(bus, path, "Pause", NULL, 0);
        expect_state(bus, path, "paused");
        call_void(bus, path, "Resume", NULL, 0);
        expect_state(bus, path, "running");
        call_void(bus, path, "Stop", "t", 10 * 1000000ULL);
        wait_for(bus, &heard.exited, 1, "Exited");
        if (heard.status != 3)
                fail("it ended with %d", heard.status);
        expect_output(pair[0], "asked to stop\n");
        expect_state(bus, path, "stopped");
        if (property_int(bus, path, CONTAINER, "ExitStatus") != 3)
                fail("ExitStatus");
        call_void(bus, path, "Delete", NULL, 0);
        wait_for(bus, &heard.removed, 1, "ContainerRemoved");
        expect_error(bus, PATH, MANAGER, "GetContainer", NAME ".Error.NoSuchContainer", "s", "life");
        /* Whether it is seen while it is still being made is a matter of chance. */
        if (strcmp(heard.states, "running paused running stopped ") != 0 && strcmp(heard.states, "created running paused running stopped ") != 0)
                fail("states were: %s", heard.states);
        for (size_t i = 0; i < sizeof announced / sizeof announced[0]; i++)
                if (!strstr(heard.changed, announced[i]))
                        fail("no PropertiesChanged of %s:%s", announced[i], heard.changed);
        if (heard.created != 1 || heard.removed != 1 || heard.exited != 1)
                fail("a signal came twice");
        printf("life: %s\n", heard.states);
        sd_bus_flush_close_unref(bus);
        return 0;
}

/* ---- errors ---- */

#define ERROR NAME ".Error."

/* What may be wrong with a call, whatever the container's state. */
static void check_manager_errors(sd_bus *bus, const char *id, const char *bundle) {
        const char *const bad_ids[] = { "", ".", "..", "a/b", "a b" };

        expect_error(bus, PATH, MANAGER, "GetContainer", ERROR "NoSuchContainer", "s", "nobody");
        expect_error(bus, PATH, MANAGER, "GetContainerByPID", ERROR "NoSuchContainer", "u", (uint32_t) 1);
        expect_error(bus, PATH, MANAGER, "GetContainerByUnit", ERROR "NoSuchContainer", "s", "dbus.service");
        expect_error(bus, PATH, MANAGER, "StartContainer", ERROR "NoSuchContainer", "s", "nobody");
        expect_error(bus, PATH, MANAGER, "CreateContainer", ERROR "ContainerExists", "ssa{sv}", id, bundle, 0);
        expect_error(bus, PATH, MANAGER, "CreateContainer", ERROR "NoSuchBundle", "ssa{sv}", "new", "/none", 0);
        expect_error(bus, PATH, MANAGER, "CreateContainer", ERROR "InvalidArgument", "ssa{sv}", "new", "", 0);
        expect_error(bus, PATH, MANAGER, "CreateContainer", ERROR "InvalidArgument", "ssa{sv}", "new", bundle, 1, "Nonsense", "s", "x");
        for (size_t i = 0; i < sizeof bad_ids / sizeof bad_ids[0]; i++)
                expect_error(bus, PATH, MANAGER, "CreateContainer", ERROR "InvalidArgument", "ssa{sv}", bad_ids[i], bundle, 0);
        expect_error(bus, PATH, MANAGER, "RestoreContainer", ERROR "NoSuchCheckpoint", "sssa{sv}", "new", bundle, "none", 0);
        expect_error(bus, PATH, MANAGER, "RestoreContainer", ERROR "InvalidArgument", "sssa{sv}", "new", bundle, "", 0);
        expect_error(bus, PATH, MANAGER, "RestoreContainer", ERROR "NoSuchBundle", "sssa{sv}", "new", "/none", "none", 0);
}

static void check_running_errors(sd_bus *bus, const char *path) {
        expect_error(bus, path, CONTAINER, "Start", ERROR "WrongState", NULL);
        expect_error(bus, path, CONTAINER, "Delete", ERROR "WrongState", NULL);
        expect_error(bus, path, CONTAINER, "Kill", ERROR "InvalidArgument", "i", 4711);
        expect_error(bus, path, CONTAINER, "KillProcess", ERROR "NoSuchProcess", "ui", (uint32_t) 1, SIGTERM);
        expect_error(bus, path, CONTAINER, "Update", ERROR "InvalidArgument", "s", "{\"memory\": 1}");
        expect_error(bus, path, CONTAINER, "Checkpoint", ERROR "InvalidArgument", "sa{sv}", "", 0);
        expect_error(bus, path, CONTAINER, "Checkpoint", ERROR "InvalidArgument", "sa{sv}", "../x", 0);
        expect_error(bus, path, CONTAINER, "DeleteCheckpoint", ERROR "NoSuchCheckpoint", "s", "none");
        expect_error(bus, path, CONTAINER, "Restore", ERROR "WrongState", "sa{sv}", "none", 0);
        expect_error(bus, path, CONTAINER, "Exec", ERROR "InvalidArgument", "asa{sv}", 0, 0);
        call_void(bus, path, "Pause", NULL, 0);
        expect_error(bus, path, CONTAINER, "Exec", ERROR "WrongState", "asa{sv}", 1, "true", 0);
        call_void(bus, path, "Resume", NULL, 0);
}

static void check_stopped_errors(sd_bus *bus, const char *path) {
        expect_error(bus, path, CONTAINER, "Start", ERROR "NotRunning", NULL);
        expect_error(bus, path, CONTAINER, "Kill", ERROR "NotRunning", "i", SIGTERM);
        expect_error(bus, path, CONTAINER, "Pause", ERROR "NotRunning", NULL);
        expect_error(bus, path, CONTAINER, "Resume", ERROR "NotRunning", NULL);
        expect_error(bus, path, CONTAINER, "Exec", ERROR "NotRunning", "asa{sv}", 1, "true", 0);
        expect_error(bus, path, CONTAINER, "GetStats", ERROR "NotRunning", NULL);
        expect_error(bus, path, CONTAINER, "OpenPTY", ERROR "NotRunning", NULL);
        expect_error(bus, path, CONTAINER, "Update", ERROR "NotRunning", "s", "{}");
        expect_error(bus, path, CONTAINER, "Checkpoint", ERROR "NotRunning", "sa{sv}", "name", 0);
        expect_error(bus, path, CONTAINER, "Restore", ERROR "NoSuchCheckpoint", "sa{sv}", "none", 0);
}

static int do_errors(const char *bundle) {
        sd_bus *bus = connect_bus();
        char *path = create(bus, "errors", bundle, -1);

        check_manager_errors(bus, "errors", bundle);
        call_void(bus, path, "Start", NULL, 0);
        check_running_errors(bus, path);
        call_void(bus, path, "Kill", "i", SIGKILL);
        sd_bus_message_unref(call(bus, path, CONTAINER, "Wait", NULL));
        check_stopped_errors(bus, path);
        call_void(bus, path, "Delete", NULL, 0);
        expect_error(bus, path, CONTAINER, "Start", "org.freedesktop.DBus.Error.UnknownObject", NULL);
        free(path);
        sd_bus_flush_close_unref(bus);
        return 0;
}

/* ---- swarm ---- */

static void begin_life(sd_bus *bus, const char *bundle, unsigned number) {
        char id[32], *path;

        snprintf(id, sizeof id, "swarm-%u", number);
        path = create(bus, id, bundle, -1);
        call_void(bus, path, "Start", NULL, 0);
        expect_state(bus, path, "running");
        free(path);
}

/* Its exit status is its number's. */
static void end_life(sd_bus *bus, const char *bundle, unsigned number) {
        sd_bus_message *reply;
        char id[32], *path;
        int status;

        snprintf(id, sizeof id, "swarm-%u", number);
        reply = call(bus, PATH, MANAGER, "GetContainer", "s", id);
        if (sd_bus_message_read(reply, "o", &path) < 0)
                fail("GetContainer");
        path = strdup(path);
        sd_bus_message_unref(reply);
        /* Asked in time it ends with 3. */
        call_void(bus, path, number % 2 ? "Kill" : "Stop", number % 2 ? "i" : "t", number % 2 ? SIGKILL : 300000);
        reply = call(bus, path, CONTAINER, "Wait", NULL);
        if (sd_bus_message_read(reply, "i", &status) < 0 || (status != 128 + SIGKILL && (number % 2 || status != 3)))
                fail("%s: ended with %d", id, status);
        sd_bus_message_unref(reply);
        call_void(bus, path, "Delete", NULL, 0);
        free(path);
}

typedef void (*Part)(sd_bus *bus, const char *bundle, unsigned number);

static int run_client(Part part, const char *bundle, unsigned first, unsigned n, unsigned step) {
        sd_bus *bus = connect_bus();

        for (unsigned i = first; i < n; i += step)
                part(bus, bundle, i);
        sd_bus_flush_close_unref(bus);
        return 0;
}

static pid_t owner_of(sd_bus *bus, const char *name) {
        sd_bus_creds *creds = NULL;
        pid_t pid;

        if (sd_bus_get_name_creds(bus, name, SD_BUS_CREDS_PID, &creds) < 0 || sd_bus_creds_get_pid(creds, &pid) < 0)
                fail("pid of %s", name);
        sd_bus_creds_unref(creds);
        return pid;
}

/* How long a process that could run waited for a processor until now (CONFIG_SCHED_INFO); 0 where the kernel does not tell. */
static uint64_t waited_of(pid_t pid) {
        unsigned long long nsec = 0;
        char path[64];
        FILE *file;

        snprintf(path, sizeof path, "/proc/%ld/schedstat", (long) pid);
        file = fopen(path, "re");
        if (file && fscanf(file, "%*u %llu", &nsec) != 1)
                nsec = 0;
        if (file)
                fclose(file);
        return nsec / 1000;
}

/* Those who have a part in a round trip. That they have no processor is no fault of berthd's loop, which works for all the others. */
static uint64_t waited_usec(const pid_t *pids, size_t n) {
        uint64_t usec = 0;

        for (size_t i = 0; i < n; i++)
                usec += waited_of(pids[i]);
        return usec;
}

static uint64_t round_trip(sd_bus *bus, const char *name) {
        uint64_t begin = now_usec();
        sd_bus_message *reply = NULL;
        int r = sd_bus_call_method(bus, name, PATH, "org.freedesktop.DBus.Peer", "Ping", NULL, &reply, NULL);

        if (r < 0)
                fail("%s does not answer: %s", name, strerror(-r));
        sd_bus_message_unref(reply);
        return now_usec() - begin;
}

typedef struct Measure {
        uint64_t n, longest, sum;
} Measure;

static void add_measure(Measure *measure, uint64_t usec) {
        measure->n++;
        measure->sum += usec;
        if (usec > measure->longest)
                measure->longest = usec;
}

static void print_measure(const char *name, const Measure *measure) {
        printf("%s: %llu answers, longest %llu us, mean %llu us\n", name, (unsigned long long) measure->n, (unsigned long long) measure->longest,
               (unsigned long long) (measure->n ? measure->sum / measure->n : 0));
}

/* All clients at once do their part, and meanwhile the prober calls. */
static void run_clients(sd_bus *bus, Part part, const char *bundle, unsigned n, unsigned clients, Measure *berthd, Measure *echo) {
        unsigned left = clients, bad = 0;
        const pid_t pids[] = { owner_of(bus, NAME), owner_of(bus, "org.freedesktop.DBus"), getpid() };

        fflush(stdout);
        for (unsigned i = 0; i < clients; i++)
                if (fork() == 0)
                        _exit(run_client(part, bundle, i, n, clients));
        while (left > 0) {
                uint64_t waited, usec;
                int status;
                pid_t pid = waitpid(-1, &status, WNOHANG);

                if (pid > 0) {
                        left--;
                        bad += status != 0;
                }
                add_measure(echo, round_trip(bus, ECHO));
                waited = waited_usec(pids, sizeof pids / sizeof *pids);
                usec = round_trip(bus, NAME);
                waited = waited_usec(pids, sizeof pids / sizeof *pids) - waited;
                add_measure(berthd, usec > waited ? usec - waited : 0);
                usleep(2000);
        }
        if (bad > 0)
                fail("%u clients failed", bad);
}

static unsigned count_running(sd_bus *bus) {
        sd_bus_message *reply = call(bus, PATH, MANAGER, "ListContainers", NULL);
        const char *state;
        unsigned n = 0;

        if (sd_bus_message_enter_container(reply, 'a', "(sssuo)") < 0)
                fail("ListContainers");
        while (sd_bus_message_read(reply, "(sssuo)", NULL, &state, NULL, NULL, NULL) > 0)
                n += strcmp(state, "running") == 0;
        sd_bus_message_unref(reply);
        return n;
}

/* What berthd takes, in KiB, by its own account: VmRSS with all that it shares. */
static unsigned memory_of_berthd(sd_bus *bus) {
        char path[64], line[256];
        unsigned kib = 0;
        FILE *file;

        snprintf(path, sizeof path, "/proc/%ld/status", (long) owner_of(bus, NAME));
        file = fopen(path, "re");
        while (file && fgets(line, sizeof line, file))
                if (sscanf(line, "VmRSS: %u", &kib) == 1)
                        break;
        if (file)
                fclose(file);
        return kib;
}

static int do_swarm(const char *bundle, unsigned n, unsigned clients) {
        sd_bus *bus = connect_bus();
        Measure berthd = {}, echo = {};
        unsigned kib;
        pid_t echo_pid = fork();

        if (echo_pid == 0) {
                execl("/proc/self/exe", "berthd-client", "echo", NULL);
                _exit(1);
        }
        while (sd_bus_call_method(bus, ECHO, PATH, "org.freedesktop.DBus.Peer", "Ping", NULL, NULL, NULL) < 0)
                usleep(10000);
        run_clients(bus, begin_life, bundle, n, clients, &berthd, &echo);
        if (count_running(bus) != n)
                fail("%u of %u run", count_running(bus), n);
        kib = memory_of_berthd(bus);
        printf("%u run, and berthd takes %u KiB\n", n, kib);
        run_clients(bus, end_life, bundle, n, clients, &berthd, &echo);
        kill(echo_pid, SIGKILL);
        print_measure("berthd", &berthd);
        print_measure("yardstick", &echo);
        if (kib == 0 || kib >= 10240)
                fail("berthd has grown");
        /* How long a machine this busy lets anybody wait is no fault of the loop. */
        if (berthd.longest > 50000 && berthd.longest > 2 * echo.longest)
                fail("the loop was blocked");
        sd_bus_flush_close_unref(bus);
        return 0;
}

static int do_echo(void) {
        sd_bus *bus = connect_bus();
        int r = sd_bus_request_name(bus, ECHO, 0);

        while (r >= 0) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, UINT64_MAX);
        }
        fail("echo: %s", strerror(-r));
}

int main(int argc, char *argv[]) {
        if (argc == 3 && strcmp(argv[1], "life") == 0)
                return do_life(argv[2]);
        if (argc == 3 && strcmp(argv[1], "errors") == 0)
                return do_errors(argv[2]);
        if (argc == 5 && strcmp(argv[1], "swarm") == 0)
                return do_swarm(argv[2], (unsigned) atoi(argv[3]), (unsigned) atoi(argv[4]));
        if (argc == 2 && strcmp(argv[1], "echo") == 0)
                return do_echo();
        fail("usage: berthd-client life BUNDLE | errors BUNDLE | swarm BUNDLE N CLIENTS | echo");
}
