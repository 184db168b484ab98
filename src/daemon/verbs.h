/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/operation.h"

/* What workers do. */

extern const OperationKind operation_start_kind, operation_kill, operation_kill_process, operation_stop, operation_pause, operation_resume, operation_delete;
/* Starts it, and returns when its poststart hooks have run. */
int verb_start_container(Worker *worker, Container *container, Error *error);
/* Deletes a stopped or created one; its poststop hooks have run then. */
int verb_delete_container(Worker *worker, Container *container, Error *error);
/* In whatever state it is: after a start that failed. */
void verb_remove_container(Worker *worker, Container *container);
extern const OperationKind operation_update, operation_get_stats, operation_get_processes, operation_open_pty;
