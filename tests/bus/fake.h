/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "systemd/manager.h"
#include "systemd/starter.h"
#include "systemd/systemd.h"

/* A PID 1 that only talks: the other end of a socket pair, served by a thread, that does what a script says. So errors, late
 * and lost jobs can be had at will. */

typedef enum FakeJob {
        FAKE_JOB_ENDS,          /* JobRemoved with result, right behind the answer */
        FAKE_JOB_LATE,          /* the same, 100 ms later */
        FAKE_JOB_OTHER_FIRST,   /* those of other jobs before ours */
        FAKE_JOB_LOST,          /* never */
        FAKE_JOB_HANGS_UP,      /* the connection is closed instead */
} FakeJob;

typedef struct FakeScript {
        const char *unknown[3];         /* properties that this systemd does not know */
        const char *start_error, *start_message;
        unsigned start_errors;          /* how often; then it works */
        const char *active_state;       /* of the unit that was there before */
        const char *result;             /* of the job; NULL: "done" */
        FakeJob job;
        bool has_process;               /* GetUnitByPID says that the process is in the unit of the start before */
        const char *control_group;      /* of the units; NULL: the word "ControlGroup" */
        bool persistent;                /* no unit is transient */
        bool silent;                    /* answers nothing */
} FakeScript;

typedef struct FakeRecord {
        unsigned n_starts, n_resets, n_stops, n_freezes, n_abandoned, n_subscribed, n_pid_questions;
        char stopped[256];              /* object path of the unit that was stopped by it */
        char mode[16];
        char unit[256];
        char properties[4096];          /* "Name=signature:value;" of the last start or change */
        bool runtime;
} FakeRecord;

typedef struct Fake Fake;

/* Starts it and gives a connection to it, of one kind or another. */
Fake *fake_new(const FakeScript *script, Systemd **ret_systemd);
Fake *fake_new_starter(const FakeScript *script, Starter **ret_starter);
Fake *fake_new_manager(const FakeScript *script, Manager **ret_manager);
/* Tells that a unit has another ActiveState now. */
void fake_change_state(Fake *fake, const char *unit, const char *active_state);
/* Sends RequestStop for a unit. */
void fake_request_stop(Fake *fake, const char *unit);
/* Ends the thread and gives what was asked. */
FakeRecord fake_end(Fake *fake);
