/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "container/container.h"
#include "journal/event.h"

/* What happened to a container, for the journal (journal/event.h). None of these can fail. */

/* The container as the journal knows it; it points into the container. */
void announce_subject(const Container *container, EventSubject *ret);

void announce_created(const Container *container);
void announce_started(const Container *container);
/* status: the exit code, 128 + signal, or -1 for one that nobody saw. */
void announce_exited(const Container *container, int64_t status);
void announce_oom(const Container *container, uint64_t oom_kills);
/* The entry of announce_oom() for the anchor, which adds OOM_KILLS= and sends it: a memfd, or negative errno. */
int announce_oom_entry(const Container *container);
void announce_limits_changed(const Container *container);
/* signal 0: none is sent. */
void announce_stop_requested(const Container *container, const char *by, int signal, uint64_t grace_usec);
void announce_stop_timeout(const Container *container, uint64_t grace_usec);
/* hook: "hooks.poststop"; text: what went wrong. */
void announce_hook_failed(const Container *container, const char *hook, const char *text);
void announce_adopted(const Container *container);
void announce_deleted(const Container *container);
/* It could not be made, or not be started. */
void announce_failed(const Container *container, const char *text);
