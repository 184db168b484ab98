/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/macro.h"
#include "base/text.h"

/* What happens to containers, told to the journal: each kind has a MESSAGE_ID with an explanation in the catalog (journalctl -x), and names the
 * container's unit, so that journalctl -u <scope> tells its whole story. */

typedef enum EventKind {
        EVENT_CREATED,
        EVENT_STARTED,
        EVENT_EXITED,           /* EXIT_STATUS= */
        EVENT_OOM,              /* OOM_KILLS= */
        EVENT_STOP_REQUESTED,   /* SIGNAL=, TIMEOUT_USEC= */
        EVENT_STOP_TIMEOUT,
        EVENT_HOOK_FAILED,      /* HOOK= */
        EVENT_LIMITS_CHANGED,
        EVENT_ADOPTED,
        EVENT_DELETED,
        EVENT_FAILED,           /* could not be made: ERROR= */
        _EVENT_MAX,
} EventKind;

/* Whom it is about. */
typedef struct EventSubject {
        const char *id;
        const char *name;       /* NULL: the id */
        const char *tag;        /* or NULL */
        const char *unit;       /* or NULL */
        bool user_manager;
        pid_t pid;              /* of the init, 0: none */
} EventSubject;

/* The word for BERTH_EVENT=, as in "exited". */
const char *event_name(EventKind kind);
/* 32 hexadecimal digits. */
const char *event_message_id(EventKind kind);

/* CONTAINER_ID_FULL=, CONTAINER_NAME=, OBJECT_SYSTEMD_UNIT=, ...: what each line of a container's output has. No event has the first ones, as engines find
 * a container's output by them; events have BERTH_CONTAINER_ID= and BERTH_CONTAINER_NAME=. */
void event_add_output_subject(Text *entry, const EventSubject *subject);

/* Sends it. fields: further ones, built with entry_add(), or NULL. The message is the format. A journal that is not there, or that has no room within 100
 * ms, is no reason to fail anything: the event is lost then, with a debug line. */
void event_send(EventKind kind, const EventSubject *subject, const Text *fields, const char *format, ...) PRINTF(4, 5);
/* The same as an entry in journald's protocol, for somebody else to send, who may add fields. */
int event_compose(EventKind kind, const EventSubject *subject, const Text *fields, Text *entry, const char *format, ...) PRINTF(5, 6);
