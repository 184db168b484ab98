/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

#include "base/error.h"
#include "systemd/systemd.h"

/* One job of systemd's: a method call that answers with the job's path, and the JobRemoved signal that tells how it ended. */
typedef struct Job {
        sd_bus_slot *match, *call;
        sd_bus_error error;     /* what the call answered instead of a path */
        char *path;
        char *result;           /* "done", ...; NULL until the job has gone */
        bool replied, ended;
} Job;

/* Sends the call, with the match for its job's end in front of it; returns when both are written. */
int job_send(Job *job, Systemd *systemd, const char *unit, sd_bus_message *message);
/* Waits for the answer. */
int job_wait_reply(Job *job, Systemd *systemd, uint64_t deadline_usec);
/* Waits for the end and maps its result; action is for the error: "start of". */
int job_wait_end(Job *job, Systemd *systemd, const char *action, const char *unit, uint64_t deadline_usec, Error *error);
/* Forgets the job, which goes on. */
void job_done(Job *job);
