/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The record of a container. Invariant: it is replaced in one step, so that a reader without the lock sees the old one or the new one. */

#include "container/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/strv.h"

/* Of all that may be in it only annotations have no limit of their own. Those of a bundle fit, however they are escaped. */
#define RECORD_MAX (8U * SPEC_SIZE_MAX)
#define NEXT_FILE RECORD_FILE ".next~"

static const Field record_fields[] = {
        FIELD_STRING("id", Record, id, FIELD_REQUIRED),
        FIELD_STRING("bundle", Record, bundle, FIELD_REQUIRED),
        FIELD_STRING("rootfs", Record, rootfs, 0),
        FIELD_U64("created", Record, created_usec, 0),
        FIELD_U64("pid", Record, pid, 0),
        FIELD_U64("startTime", Record, start_time, 0),
        FIELD_U64("anchorPid", Record, anchor_pid, 0),
        FIELD_U64("anchorStartTime", Record, anchor_start_time, 0),
        FIELD_U64("watcherPid", Record, watcher_pid, 0),
        FIELD_U64("watcherStartTime", Record, watcher_start_time, 0),
        FIELD_STRING("unit", Record, unit, 0),
        FIELD_STRING("supervisingUnit", Record, supervising_unit, 0),
        FIELD_STRING("cgroup", Record, cgroup, 0),
        FIELD_U64("cgroupId", Record, cgroup_id, 0),
        FIELD_BOOL("userManager", Record, user_manager, 0),
        FIELD_BOOL("ownPidNamespace", Record, own_pid_namespace, 0),
        FIELD_BOOL("withoutPoststop", Record, without_poststop, 0),
        FIELD_U64("uid", Record, uid, 0),
        FIELD_U64("started", Record, started_usec, 0),
        FIELD_U64("exited", Record, exited_usec, 0),
        FIELD_I64("exitStatus", Record, exit_status, FIELD_ALWAYS),
        FIELD_U64("oomKills", Record, oom_kills, 0),
        FIELD_U64("stopSignal", Record, stop_signal, 0),
        FIELD_U64("stopTimeout", Record, stop_timeout_usec, FIELD_ALWAYS),
        FIELD_STRING("service", Record, service, 0),
        FIELD_STRING("resctrlGroup", Record, resctrl_group, 0),
        FIELD_BOOL("resctrlGroupMade", Record, resctrl_group_made, 0),
        FIELD_STRING("resctrlMonitor", Record, resctrl_monitor, 0),
        FIELD_MAP("annotations", Record, annotations, 0),
        {}
};
static OBJECT_TYPE(record_type, Record, record_fields);

Record *record_new(void) {
        return calloc(1, sizeof(Record));
}

Record *record_free(Record *record) {
        return object_free(&record_type, record);
}

/* ---- what berth cannot have written ---- */

static const struct {
        const char *name;
        size_t pid, start_time;
} processes[] = {
        { "pid", offsetof(Record, pid), offsetof(Record, start_time) },
        { "anchorPid", offsetof(Record, anchor_pid), offsetof(Record, anchor_start_time) },
        { "watcherPid", offsetof(Record, watcher_pid), offsetof(Record, watcher_start_time) },
};

static uint64_t *pid_at(Record *record, size_t offset) {
        return (uint64_t *) (void *) ((char *) record + offset);
}

static bool is_cgroup_path(const char *cgroup) {
        return cgroup[0] == '/' && strlen(cgroup) < PATH_MAX;
}

/* The kernel refuses these, and so an error would come up in the middle of a delete. */
static const char *find_impossible(Record *record) {
        FOREACH_ELEMENT(process, processes)
                if (*pid_at(record, process->pid) > INT32_MAX)
                        return process->name;
        if (record->cgroup && !is_cgroup_path(record->cgroup))
                return "cgroup";
        return record->stop_signal > (uint64_t) SIGRTMAX ? "stopSignal" : NULL;
}

static void drop_impossible(Record *record) {
        FOREACH_ELEMENT(process, processes)
                if (*pid_at(record, process->start_time) == 0 || *pid_at(record, process->pid) > INT32_MAX)
                        *pid_at(record, process->pid) = 0;
        if (record->cgroup && !is_cgroup_path(record->cgroup))
                free(TAKE_PTR(record->cgroup));
}

bool record_cgroup_is_of_unit(const Record *record) {
        const char *slash = strrchr(record->cgroup, '/');

        return slash && streq(slash + 1, record->unit) && endswith(record->unit, ".scope");
}

int record_read(int dir_fd, Record **ret, Error *error) {
        CLEANUP(record_freep) Record *record = NULL;
        CLEANUP(freep) char *text = NULL;
        const char *impossible;
        void *parsed;
        size_t size;
        int r = file_read_regular_at(dir_fd, RECORD_FILE, RECORD_MAX, &text, &size);

        if (r == -ENOENT)
                return r;
        if (r < 0)
                return error_set(error, r, RECORD_FILE ": %m");
        r = object_parse(&record_type, text, size, RECORD_MAX, 0, NULL, &parsed, error);
        if (r < 0)
                return error_prefix(error, RECORD_FILE);
        record = parsed;
        impossible = find_impossible(record);
        if (impossible)
                return error_set(error, -ERANGE, RECORD_FILE ": %s: no container has such a value", impossible);
        *ret = TAKE_PTR(record);
        return 0;
}

static int write_as(int dir_fd, const char *name, const Record *record, Error *error) {
        CLEANUP(freep) char *text = object_to_json(&record_type, record, false);
        size_t size = text ? strlen(text) : 0;
        int r;

        if (!text)
                return error_set(error, -ENOMEM, RECORD_FILE ": %m");
        if (size > RECORD_MAX)
                return error_set(error, -EFBIG, "annotations: too large for a record of %u bytes", RECORD_MAX);
        r = file_replace_at(dir_fd, name, text, size, 0600);
        return r < 0 ? error_set(error, r, RECORD_FILE ": %m") : 0;
}

int record_write(int dir_fd, const Record *record, Error *error) {
        return write_as(dir_fd, RECORD_FILE, record, error);
}

int record_prepare(int dir_fd, const Record *record, Error *error) {
        return write_as(dir_fd, NEXT_FILE, record, error);
}

int record_commit(int dir_fd, Error *error) {
        return renameat(dir_fd, NEXT_FILE, dir_fd, RECORD_FILE) < 0 ? error_set(error, -errno, RECORD_FILE ": %m") : 0;
}

void record_abandon(int dir_fd) {
        (void) unlinkat(dir_fd, NEXT_FILE, 0);
}

/* ---- what is left of one ---- */

/* The value behind a member's name, wherever that stands. A quote within a string is escaped, so that what is found is the text of a member, if maybe not of the
 * record's own. */
static const char *find_value(const char *text, const char *name) {
        size_t length = strlen(name);

        for (const char *p = text; (p = strstr(p, name)); p += length) {
                const char *value = p + length;

                if (p == text || p[-1] != '"' || *value != '"')
                        continue;
                value++;
                value += strspn(value, " \t\r\n");
                if (*value == ':')
                        return value + 1 + strspn(value + 1, " \t\r\n");
        }
        return NULL;
}

static void salvage_number(const char *text, const char *name, uint64_t *ret) {
        const char *value = find_value(text, name);
        CLEANUP(freep) char *digits = value ? strndup(value, strspn(value, "0123456789")) : NULL;

        if (!digits || number_parse_u64(digits, UINT64_MAX, ret) < 0)
                *ret = 0;
}

/* Names of units and paths of cgroups: of escapes there is the backslash alone. */
static void salvage_string(const char *text, const char *name, char **ret) {
        const char *value = find_value(text, name);
        size_t length = 0;
        char *string;

        if (!value || *value++ != '"')
                return;
        string = strdup(value);
        for (const char *p = value; string && *p && *p != '"' && *p != '\n'; p++) {
                if (*p == '\\' && p[1])
                        p++;
                string[length++] = *p;
        }
        if (!string || value[strcspn(value, "\"\n")] == '\0') {
                free(string);
                return;
        }
        string[length] = '\0';
        *ret = string;
}

int record_salvage(int dir_fd, const char *id, Record **ret) {
        CLEANUP(record_freep) Record *record = record_new();
        CLEANUP(freep) char *text = NULL;
        int r = record ? file_read_regular_at(dir_fd, RECORD_FILE, RECORD_MAX, &text, NULL) : -ENOMEM;

        if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
                return r;
        record->id = strdup(id);
        record->exit_status = -1;
        if (text) {
                salvage_string(text, "bundle", &record->bundle);
                salvage_string(text, "unit", &record->unit);
                salvage_string(text, "cgroup", &record->cgroup);
                salvage_string(text, "supervisingUnit", &record->supervising_unit);
                salvage_number(text, "pid", &record->pid);
                salvage_number(text, "startTime", &record->start_time);
                salvage_number(text, "anchorPid", &record->anchor_pid);
                salvage_number(text, "anchorStartTime", &record->anchor_start_time);
                salvage_number(text, "watcherPid", &record->watcher_pid);
                salvage_number(text, "watcherStartTime", &record->watcher_start_time);
                salvage_number(text, "cgroupId", &record->cgroup_id);
                salvage_number(text, "created", &record->created_usec);
        }
        drop_impossible(record);
        if (!record->bundle)
                record->bundle = strdup("/");
        if (!record->id || !record->bundle)
                return -ENOMEM;
        *ret = TAKE_PTR(record);
        return 0;
}
