/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* inspect: everything about a container on one page. Invariant: what cannot be read is left out, and never makes the page fail. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "cli/verb.h"
#include "container/container.h"
#include "container/figures.h"
#include "container/stop.h"
#include "container/supervision.h"
#include "resource/compile.h"
#include "systemd/systemd.h"

#define PROC_FILE_MAX (1024U * 1024)

/* A line "     Name: value"; control characters of what a bundle says are made visible. */
static void line(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(const char *name, const char *format, ...) {
        CLEANUP(text_done) Text text = {}, shown = {};
        va_list arguments;

        va_start(arguments, format);
        text_addv(&text, format, arguments);
        va_end(arguments);
        if (isempty(text.string))
                return;
        text_add_visible(&shown, text.string, text.length, "");
        printf("%14s: %s\n", name, shown.string ? shown.string : "");
}

static const char *stamp(uint64_t usec, char buffer[static 32]) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        struct tm tm;

        strftime(buffer, 32, "%Y-%m-%d %H:%M:%S %Z", localtime_r(&seconds, &tm));
        return buffer;
}

static const char *size(uint64_t bytes, char buffer[static 32]) {
        static const char suffixes[] = "BKMGTP";
        double value = (double) bytes;
        size_t i = 0;

        if (bytes == UINT64_MAX)
                return "no limit";
        for (; value >= 1024 && i + 2 < sizeof suffixes; i++)
                value /= 1024;
        snprintf(buffer, 32, i ? "%.1f%c" : "%.0f%c", value, suffixes[i]);
        return buffer;
}

static void print_exit(const Container *container) {
        int status = container_exit_status(container);
        char buffer[32], signal_buffer[24];
        const char *signal = status > 128 ? signal_to_string(status - 128, signal_buffer) : NULL;

        if (container_exited_usec(container) > 0)
                line("Exited", "%s", stamp(container_exited_usec(container), buffer));
        if (signal)
                line("Exit status", "%d (SIG%s)", status, signal);
        else if (status >= 0)
                line("Exit status", "%d", status);
        else
                line("Exit status", "seen by whoever waited for it");
}

static void print_state(Container *container, ContainerStatus status) {
        const Record *record = container->record;
        char buffer[32], signal_buffer[24];
        const char *signal;
        StopRule rule;

        stop_rule_from_record(record, &rule);
        signal = signal_to_string(rule.signal, signal_buffer);
        line("State", "%s", container_status_to_string(status));
        line("Created", "%s", stamp(record->created_usec, buffer));
        if (record->started_usec > 0)
                line("Started", "%s", stamp(record->started_usec, buffer));
        if (status == STATUS_STOPPED)
                print_exit(container);
        if (container_oom_kills(container) > 0)
                line("OOM kills", "%llu", (unsigned long long) container_oom_kills(container));
        line("Bundle", "%s", record->bundle);
        line("Root", "%s", record->rootfs ? record->rootfs : "");
        if (rule.grace_usec == UINT64_MAX)
                line("Stopped by", "SIG%s, never killed", signal ? signal : "TERM");
        else
                line("Stopped by", "SIG%s, killed after %llu s", signal ? signal : "TERM", (unsigned long long) (rule.grace_usec / USEC_PER_SEC));
        line("Supervisor", "%s", supervision_exists(container) <= 0 ? "none" : record->service ? record->service : "berth run");
        for (size_t i = 0; i < record->annotations.n_items; i++)
                line(i ? "" : "Annotations", "%s=%s", record->annotations.items[i].key, record->annotations.items[i].value);
}

/* ---- unit ---- */

static void print_property(Systemd *systemd, const char *unit, const char *name) {
        CLEANUP(freep) char *value = NULL;

        if (systemd_functions.get_property(systemd, unit, name, &value, NULL) >= 0 && !isempty(value))
                line("", "%s=%s", name, value);
}

/* The properties that the bundle asks for, with the values that they have now. */
static void print_unit(Container *container) {
        const Record *record = container->record;
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        const Placement placement = { .user_manager = record->user_manager };
        UnitState state = {};
        Systemd *systemd = NULL;

        line("Cgroup", "%s", record->cgroup ? record->cgroup : "");
        if (!record->unit || systemd_functions.open(record->user_manager, &systemd, NULL) < 0) {
                line("Unit", "%s", record->unit ? record->unit : "none");
                if (record->supervising_unit)
                        line("In unit", "%s", record->supervising_unit);
                return;
        }
        if (systemd_functions.unit_state(systemd, record->unit, &state, NULL) >= 0) {
                line("Unit", "%s, %s (%s)", record->unit, state.active_state, state.sub_state);
                if (!isempty(state.controller))
                        line("Controller", "%s", state.controller);
                systemd_functions.unit_state_done(&state);
        }
        if (container_load_spec(container, NULL) >= 0 &&
            resource_compile(container->spec, container->id, &placement, &set, NULL) >= 0) {
                line("Properties", " ");
                for (size_t i = 0; i < set->n_properties; i++)
                        print_property(systemd, record->unit, set->properties[i].name);
                print_property(systemd, record->unit, "TimeoutStopUSec");
        }
        systemd_functions.close(systemd);
}

/* ---- what it uses ---- */

static void print_figures(Container *container) {
        CLEANUP(fd_closep) int fd = container_open_cgroup(container, NULL);
        char current[32], maximum[32];
        CgroupStats stats = {};

        if (fd < 0 || cgroup_stats_read(fd, &stats) < 0)
                return;
        if (stats.has_cpu)
                line("CPU", "%.3f s (user %.3f, system %.3f)", (double) stats.usage_usec / 1e6, (double) stats.user_usec / 1e6,
                     (double) stats.system_usec / 1e6);
        if (stats.has_memory)
                line("Memory", "%s of %s", size(stats.memory_current, current), size(stats.memory_max, maximum));
        if (stats.has_pids)
                line("Tasks", stats.pids_max == UINT64_MAX ? "%llu" : "%llu of %llu", (unsigned long long) stats.pids_current,
                     (unsigned long long) stats.pids_max);
        cgroup_stats_done(&stats);
}

static void print_processes(Container *container) {
        CLEANUP(freep) pid_t *pids = NULL;
        size_t n_pids = 0;

        if (container_processes(container, &pids, &n_pids, NULL) < 0)
                return;
        for (size_t i = 0; i < n_pids && i < 50; i++) {
                CLEANUP(freep) char *command = NULL;
                char path[48];
                size_t length;

                snprintf(path, sizeof path, "/proc/%ld/cmdline", (long) pids[i]);
                if (file_read_at(AT_FDCWD, path, PROC_FILE_MAX, &command, &length) < 0)
                        continue;
                for (size_t j = 0; j + 1 < length; j++)
                        if (command[j] == '\0')
                                command[j] = ' ';
                line(i ? "" : "Processes", "%ld %.120s", (long) pids[i], command);
        }
        if (n_pids > 50)
                line("", "... and %zu more", n_pids - 50);
}

static void print_namespaces(const Container *container) {
        static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
        const char *title = "Namespaces";

        FOREACH_ELEMENT(name, names) {
                char path[64], ours[64], theirs[64];
                ssize_t n, m;

                snprintf(path, sizeof path, "/proc/%llu/ns/%s", (unsigned long long) container->record->pid, *name);
                n = readlink(path, theirs, sizeof theirs - 1);
                snprintf(path, sizeof path, "/proc/self/ns/%s", *name);
                m = readlink(path, ours, sizeof ours - 1);
                if (n <= 0 || m <= 0)
                        continue;
                theirs[n] = ours[m] = '\0';
                line(title, "%s%s", theirs, streq(theirs, ours) ? " (ours)" : "");
                title = "";
        }
}

/* mountinfo, proc_pid_mountinfo(5): 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static void print_mounts(const Container *container) {
        CLEANUP(freep) char *text = NULL;
        CLEANUP(strv_freep) char **lines = NULL;
        const char *title = "Mounts";
        char path[48];

        snprintf(path, sizeof path, "/proc/%llu/mountinfo", (unsigned long long) container->record->pid);
        if (file_read_at(AT_FDCWD, path, PROC_FILE_MAX, &text, NULL) < 0 || strv_split(text, "\n", &lines) < 0)
                return;
        STRV_FOREACH(mount, lines) {
                CLEANUP(strv_freep) char **words = NULL;
                size_t separator = 6, n;

                if (strv_split(*mount, " ", &words) < 0)
                        return;
                n = strv_length(words);
                while (separator < n && !streq(words[separator], "-"))
                        separator++;
                if (separator + 2 >= n)
                        continue;
                line(title, "%s  %s  %s  %s", words[4], words[separator + 1], words[separator + 2], words[5]);
                title = "";
        }
}

int verb_inspect(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        ContainerStatus status;
        int r = open_named_container(arguments, false, &container, error);

        if (r >= 0)
                r = container_status(container, &status, error);
        if (r < 0)
                return r;
        printf("%s\n", container->id);
        print_state(container, status);
        print_unit(container);
        print_figures(container);
        if (!(status & (STATUS_STOPPED | STATUS_CREATING))) {
                print_processes(container);
                print_namespaces(container);
                print_mounts(container);
        }
        return fflush(stdout) == 0 ? 0 : -EIO;
}
