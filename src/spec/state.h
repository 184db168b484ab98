/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"
#include "spec/value.h"

/* The state of a container as runtime-spec runtime.md, State, has it, with runc's additions: what `state` prints, `list`
 * prints items of, and hooks read on stdin. Callers fill one in from what they own; nothing is copied, unless it came from
 * state_parse(). */
typedef struct State {
        char *oci_version;      /* NULL: SPEC_VERSION_MAX */
        char *id;
        const char *status;     /* "creating", "created", "running", "paused" or "stopped" */
        uint64_t pid;           /* 0 when there is none; left out then for hooks only, as the specification wants */
        char *bundle;
        char *rootfs;
        uint64_t created_usec;  /* CLOCK_REALTIME; printed in UTC with nanoseconds (RFC 3339); 0: left out */
        SpecMap annotations;
        char *owner;            /* NULL: "" */
        char *unit;             /* the scope, printed as "systemd-scope"; NULL: left out */
        char *supervising_unit; /* in whose cgroup it is instead, printed as "supervising-unit"; NULL: left out */
        uint64_t oom_kills;     /* processes that were killed for want of memory, printed as "oomKills"; 0: left out */
} State;

/* For people and `state`: indented. With a newline at the end. NULL without memory. The caller frees it. */
char *state_to_json(const State *state);
/* For hooks: one line, slashes not escaped (hooks that match text break otherwise). */
char *state_to_hook_json(const State *state);
/* For `list -f json`: an indented array, "null" for none as runc prints it, newline at the end. */
char *state_list_to_json(const State *states, size_t n_states);
/* ContainerProcessState for a seccomp agent (config-linux.md, Seccomp): hook_json is what state_to_hook_json() gave,
 * metadata may be NULL. */
char *state_to_seccomp_json(uint64_t pid, const char *metadata, const char *hook_json);

int state_parse(const char *text, size_t size, State **ret, Error *error);
State *state_free(State *state);
DEFINE_CLEANUP(State *, state_free)
