/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state of a container as text (runtime-spec runtime.md, State). What hooks get is only what the specification names;
 * people and callers of `state` and `list` get the additions that other runtimes made. */

#include "spec/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "spec/field.h"
#include "spec/spec.h"

/* The JSON object. Members are borrowed when writing, owned when reading. */
typedef struct StateText {
        const char *oci_version;
        const char *id;
        const char *status;
        OptionalU64 pid;
        const char *bundle;
        const char *rootfs;
        const char *created;
        const char *owner;
        const char *unit;
        const char *supervising_unit;
        uint64_t oom_kills;
        SpecMap annotations;
        /* For hooks of bundles of before 1.0. */
        const char *version;
        const char *bundle_path;
        const char *root;
} StateText;

/* As runc prints it for people: some tests and scripts look at the text, and at the order in it. */
static const Field state_fields[] = {
        FIELD_STRING("ociVersion", StateText, oci_version, FIELD_REQUIRED),
        FIELD_STRING("id", StateText, id, FIELD_REQUIRED),
        FIELD_OPTIONAL_U64("pid", StateText, pid, 0),
        FIELD_STRING("status", StateText, status, FIELD_REQUIRED),
        FIELD_STRING("bundle", StateText, bundle, FIELD_REQUIRED),
        FIELD_STRING("rootfs", StateText, rootfs, 0),
        FIELD_STRING("created", StateText, created, 0),
        FIELD_MAP("annotations", StateText, annotations, 0),
        FIELD_STRING("owner", StateText, owner, 0),
        FIELD_STRING("systemd-scope", StateText, unit, 0),
        FIELD_STRING("supervising-unit", StateText, supervising_unit, 0),
        FIELD_U64("oomKills", StateText, oom_kills, 0),
        {}
};
static OBJECT_TYPE(state_type, StateText, state_fields);

/* As runtime.md has it (State), for hooks and agents. */
static const Field hook_fields[] = {
        FIELD_STRING("ociVersion", StateText, oci_version, FIELD_REQUIRED),
        FIELD_STRING("id", StateText, id, FIELD_REQUIRED),
        FIELD_STRING("status", StateText, status, FIELD_REQUIRED),
        FIELD_OPTIONAL_U64("pid", StateText, pid, 0),
        FIELD_STRING("bundle", StateText, bundle, FIELD_REQUIRED),
        FIELD_MAP("annotations", StateText, annotations, 0),
        FIELD_STRING("version", StateText, version, 0),
        FIELD_STRING("bundlePath", StateText, bundle_path, 0),
        FIELD_STRING("root", StateText, root, 0),
        {}
};
static OBJECT_TYPE(hook_type, StateText, hook_fields);

static StateText to_text(const State *state, bool hook, char buffer[static UTC_SIZE]) {
        StateText text = {
                .oci_version = state->oci_version ? state->oci_version : SPEC_VERSION_MAX,
                .id = state->id,
                .status = state->status,
                .pid = { .value = state->pid, .set = !hook || state->pid != 0 },
                .bundle = state->bundle,
                .annotations = state->annotations,
        };

        if (!hook) {
                text.rootfs = state->rootfs;
                text.created = state->created_usec > 0 ? utc_to_string(state->created_usec, UTC_NANOSECONDS, buffer) : NULL;
                text.owner = state->owner ? state->owner : "";
                text.unit = state->unit;
                text.supervising_unit = state->supervising_unit;
                text.oom_kills = state->oom_kills;
        } else if (spec_map_get(&state->annotations, SPEC_LEGACY_ANNOTATION)) {
                /* What hooks read before 1.0, in all its variants: the version is always the last one, "root" is the root file
                 * system, and a process that is gone has the pid 0. */
                text.version = "0.2.0";
                text.bundle_path = state->bundle;
                text.root = state->rootfs;
                text.pid.set = true;
        }
        return text;
}

char *state_to_json(const State *state) {
        char buffer[UTC_SIZE];
        StateText text = to_text(state, false, buffer);

        return object_to_json(&state_type, &text, false);
}

char *state_to_hook_json(const State *state) {
        char buffer[UTC_SIZE];
        StateText text = to_text(state, true, buffer);

        return object_to_json(&hook_type, &text, true);
}

char *state_list_to_json(const State *states, size_t n_states) {
        Writer writer = { .compact = true };

        if (n_states == 0)
                return strdup("null\n");
        writer_open(&writer, NULL, '[');
        for (size_t i = 0; i < n_states; i++) {
                char buffer[UTC_SIZE];
                StateText text = to_text(states + i, false, buffer);

                object_write(&state_type, &text, NULL, &writer);
        }
        writer_close(&writer, ']');
        text_add(&writer.text, "\n");
        return writer_take(&writer);
}

char *state_to_seccomp_json(uint64_t pid, const char *metadata, const char *hook_json) {
        Writer writer = { .compact = true };

        writer_open(&writer, NULL, '{');
        writer_string(&writer, "ociVersion", SPEC_VERSION_MAX);
        writer_open(&writer, "fds", '[');
        writer_string(&writer, NULL, "seccompFd");
        writer_close(&writer, ']');
        writer_u64(&writer, "pid", pid);
        if (metadata)
                writer_string(&writer, "metadata", metadata);
        writer_json(&writer, "state", hook_json);
        writer_close(&writer, '}');
        return writer_take(&writer);
}

/* Strings that object_parse() allocated, of which the model shows some as const. */
static char *take(const char **string) {
        union {
                const char *given;
                char *taken;
        } owned = { .given = *string };

        *string = NULL;
        return owned.taken;
}

int state_parse(const char *text, size_t size, State **ret, Error *error) {
        CLEANUP(state_freep) State *state = calloc(1, sizeof(*state));
        StateText *parsed = NULL;
        void *object;
        int r;

        if (!state)
                return error_set(error, -ENOMEM, "%m");
        r = object_parse(&state_type, text, size, SPEC_SIZE_MAX, 0, NULL, &object, error);
        if (r < 0)
                return r;
        parsed = object;
        if (parsed->created && utc_from_string(parsed->created, &state->created_usec) < 0)
                r = error_set(error, -EINVAL, "created: \"%.40s\" is no time (RFC 3339)", parsed->created);
        state->oci_version = take(&parsed->oci_version);
        state->id = take(&parsed->id);
        state->status = take(&parsed->status);
        state->pid = parsed->pid.value;
        state->bundle = take(&parsed->bundle);
        state->rootfs = take(&parsed->rootfs);
        state->annotations = TAKE(parsed->annotations, (SpecMap) {});
        state->owner = take(&parsed->owner);
        state->unit = take(&parsed->unit);
        object_free(&state_type, parsed);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(state);
        return 0;
}

State *state_free(State *state) {
        if (!state)
                return NULL;
        free(state->oci_version);
        free(state->id);
        free(take(&state->status));
        free(state->bundle);
        free(state->rootfs);
        spec_map_done(&state->annotations);
        free(state->owner);
        free(state->unit);
        free(state);
        return NULL;
}
