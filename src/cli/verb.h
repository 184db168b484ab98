/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "cli/options.h"

/* The verbs of berth(1). A verb returns the exit code, or a negative errno with the error set; the exit code is then error_status of its row. */

typedef struct Verb {
        const char *name;
        const Option *options;          /* ends with {} */
        OptionOrder order;
        size_t minimum, maximum;        /* positional arguments */
        const char *arguments;          /* for the help: "CONTAINER" */
        const char *help;
        int error_status;               /* 1; runc's exec says 255, so that it cannot be taken for a status of the command */
        int (*run)(const Arguments *arguments, Error *error);
        bool with_libsystemd;           /* it needs that; see cli/handover.h */
} Verb;

int verb_checkpoint(const Arguments *arguments, Error *error);
int verb_checkpoints(const Arguments *arguments, Error *error);
int verb_convert(const Arguments *arguments, Error *error);
int verb_completion(const Arguments *arguments, Error *error);
int verb_inspect(const Arguments *arguments, Error *error);
int verb_stop(const Arguments *arguments, Error *error);
int verb_up(const Arguments *arguments, Error *error);
int verb_wait(const Arguments *arguments, Error *error);
int verb_create(const Arguments *arguments, Error *error);
int verb_delete(const Arguments *arguments, Error *error);
int verb_events(const Arguments *arguments, Error *error);
int verb_exec(const Arguments *arguments, Error *error);
int verb_features(const Arguments *arguments, Error *error);
int verb_kill(const Arguments *arguments, Error *error);
int verb_list(const Arguments *arguments, Error *error);
int verb_logs(const Arguments *arguments, Error *error);
int verb_pause(const Arguments *arguments, Error *error);
int verb_plan(const Arguments *arguments, Error *error);
int verb_ps(const Arguments *arguments, Error *error);
int verb_restore(const Arguments *arguments, Error *error);
int verb_resume(const Arguments *arguments, Error *error);
int verb_run(const Arguments *arguments, Error *error);
int verb_spec(const Arguments *arguments, Error *error);
int verb_start(const Arguments *arguments, Error *error);
int verb_state(const Arguments *arguments, Error *error);
int verb_top(const Arguments *arguments, Error *error);
int verb_update(const Arguments *arguments, Error *error);

/* What the options of create, run and plan say. */
struct LaunchOptions;
int launch_options_from(const Arguments *arguments, struct LaunchOptions *ret, Error *error);

/* Opens the container that positional argument 0 names. */
struct Container;
int open_named_container(const Arguments *arguments, bool locked, struct Container **ret, Error *error);
