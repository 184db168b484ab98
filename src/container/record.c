/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The record of a container. Invariant: it is replaced in one step, so that a reader without the lock sees the old one or the new one. */

#include "container/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/strv.h"

#define RECORD_MAX (4U * 1024 * 1024)

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

int record_read(int dir_fd, Record **ret, Error *error) {
        CLEANUP(freep) char *text = NULL;
        void *record;
        size_t size;
        int r = file_read_regular_at(dir_fd, RECORD_FILE, RECORD_MAX, &text, &size);

        if (r == -ENOENT)
                return r;
        if (r < 0)
                return error_set(error, r, RECORD_FILE ": %m");
        r = object_parse(&record_type, text, size, RECORD_MAX, 0, NULL, &record, error);
        if (r < 0)
                return error_prefix(error, RECORD_FILE);
        *ret = record;
        return 0;
}

int record_write(int dir_fd, const Record *record, Error *error) {
        CLEANUP(freep) char *text = object_to_json(&record_type, record, false);
        int r = text ? file_replace_at(dir_fd, RECORD_FILE, text, strlen(text), 0600) : -ENOMEM;

        return r < 0 ? error_set(error, r, RECORD_FILE ": %m") : 0;
}
