/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Jobs. Invariant: the match is on its way before the call, so the end of a short job is never missed. systemd sends
 * JobRemoved to whoever caused the job without Subscribe(), which would make PID 1 tell us, and everybody, everything. */

#include "systemd/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "systemd/bus-error.h"
#include "systemd/connection.h"

static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *path, *unit, *result;
        Job *job = userdata;
        int r;

        r = sd_bus_message_read(message, "uoss", NULL, &path, &unit, &result);
        /* A path is never used twice, so a namesake's job, or one before ours, is told by it. */
        if (r < 0 || !job->path || !streq(path, job->path))
                return 0;
        job->result = strdup(result);
        job->ended = true;
        return 0;
}

static int on_reply(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *path;
        Job *job = userdata;
        int r;

        job->replied = true;
        if (sd_bus_message_is_method_error(message, NULL))
                return sd_bus_error_copy(&job->error, sd_bus_message_get_error(message)), 0;
        r = sd_bus_message_read(message, "o", &path);
        if (r >= 0)
                job->path = strdup(path);
        if (!job->path)
                sd_bus_error_set_errno(&job->error, r < 0 ? r : -ENOMEM);
        return 0;
}

static int add_match(Job *job, Systemd *systemd) {
        CLEANUP(freep) char *rule = NULL;
        Text text = {};

        text_add(&text, "type='signal',path='" SYSTEMD_PATH "',interface='" SYSTEMD_MANAGER "',member='JobRemoved'");
        if (systemd->on_bus)
                text_add(&text, ",sender='" SYSTEMD_NAME "'"); /* there are no names on the private socket */
        /* No arg2 with the unit: sd-bus (252) cannot compare an argument that stands behind one that is no string, and drops
         * every signal then. */
        rule = text_take(&text);
        if (!rule)
                return -ENOMEM;
        return sd_bus_add_match_async(systemd->bus, &job->match, rule, on_job_removed, NULL, job);
}

int job_send(Job *job, Systemd *systemd, const char *unit, sd_bus_message *message) {
        int r;

        job_done(job);
        r = add_match(job, systemd);
        if (r >= 0)
                r = sd_bus_call_async(systemd->bus, &job->call, message, on_reply, job, SYSTEMD_CALL_USEC);
        if (r >= 0)
                r = sd_bus_flush(systemd->bus);
        if (r < 0)
                job_done(job);
        return r < 0 ? r : 0;
}

int job_wait_reply(Job *job, Systemd *systemd, uint64_t deadline_usec) {
        int r;

        if (!job->call)
                return -ESTALE;
        r = connection_process_until(systemd, &job->replied, deadline_usec);
        if (r < 0)
                return r;
        return sd_bus_error_is_set(&job->error) ? bus_error_to_errno(&job->error, -EIO) : 0;
}

int job_wait_end(Job *job, Systemd *systemd, const char *action, const char *unit, uint64_t deadline_usec, Error *error) {
        int r = job->path ? connection_process_until(systemd, &job->ended, deadline_usec) : -ESTALE;

        if (r < 0)
                return error_set(error, r, "%s %s: waiting for systemd's job: %m", action, unit);
        if (!job->result)
                return -ENOMEM;
        return job_result_report(job->result, action, unit, error);
}

void job_done(Job *job) {
        sd_bus_slot_unref(job->match);
        sd_bus_slot_unref(job->call);
        sd_bus_error_free(&job->error);
        free(job->path);
        free(job->result);
        *job = (Job) {};
}
