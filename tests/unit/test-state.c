/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/spec/state.h: the state as hooks, agents and callers of `state` and `list` read it. */

#include <errno.h>

#include "base/strv.h"
#include "spec/state.h"
#include "test.h"

static char id[] = "web", bundle[] = "/srv/web", rootfs[] = "/srv/web/rootfs", unit[] = "berth-web.scope", key[] = "a/b";
static char value[] = "c/d";
static SpecPair pairs[] = { { key, value } };

static const State running = {
        .id = id,
        .status = "running",
        .pid = 42,
        .bundle = bundle,
        .rootfs = rootfs,
        .created_usec = UINT64_C(1764000000123456),
        .annotations = { pairs, 1 },
        .unit = unit,
};

TEST(hook_form) {
        CLEANUP(freep) char *text = state_to_hook_json(&running);

        ASSERT_STREQ(text, "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"running\",\"pid\":42,\"bundle\":\"/srv/web\","
                           "\"annotations\":{\"a/b\":\"c/d\"}}");
}

TEST(hook_form_without_process) {
        State state = running;
        CLEANUP(freep) char *text = NULL;

        state.pid = 0;
        state.status = "stopped";
        text = state_to_hook_json(&state);
        ASSERT_NOT_CONTAINS(text, "\"pid\"");
}

TEST(people_form) {
        CLEANUP(freep) char *text = state_to_json(&running);

        ASSERT_CONTAINS(text, "  \"pid\": 42,\n");
        ASSERT_CONTAINS(text, "  \"created\": \"2025-11-24T16:00:00.123456000Z\",\n");
        ASSERT_CONTAINS(text, "  \"owner\": \"\"");
        ASSERT_CONTAINS(text, "  \"systemd-scope\": \"berth-web.scope\"");
        ASSERT_TRUE(endswith(text, "}\n"));
}

TEST(stopped_has_pid_zero) {
        State state = running;
        CLEANUP(freep) char *text = NULL;

        state.pid = 0;
        text = state_to_json(&state);
        ASSERT_CONTAINS(text, "\"pid\": 0");
}

TEST(list) {
        const State two[] = { running, running };
        CLEANUP(freep) char *none = state_list_to_json(NULL, 0), *text = state_list_to_json(two, 2);

        ASSERT_STREQ(none, "null\n");
        /* one line, in runc's order */
        ASSERT_TRUE(startswith(text, "[{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":42,\"status\":\"running\",\"bundle\":\"/srv/web\",\"rootfs\":"));
        ASSERT_TRUE(endswith(text, "}]\n"));
        ASSERT_TRUE(strchr(text, '\n') == text + strlen(text) - 1);
}

TEST(seccomp_agent) {
        CLEANUP(freep) char *text = state_to_seccomp_json(7, "m\"", "{\"id\":\"web\"}");
        CLEANUP(freep) char *bare = state_to_seccomp_json(7, NULL, "{}");

        ASSERT_STREQ(text, "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"metadata\":\"m\\\"\","
                           "\"state\":{\"id\":\"web\"}}");
        ASSERT_STREQ(bare, "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"state\":{}}");
}

TEST(reads_back) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(freep) char *text = state_to_json(&running);
        CLEANUP(state_freep) State *state = NULL;

        ASSERT_OK_ERROR(state_parse(text, strlen(text), &state, &error), &error);
        ASSERT_STREQ(state->id, "web");
        ASSERT_STREQ(state->status, "running");
        ASSERT_EQ(state->pid, 42);
        ASSERT_EQ(state->created_usec, running.created_usec);
        ASSERT_STREQ(spec_map_get(&state->annotations, "a/b"), "c/d");
        ASSERT_STREQ(state->unit, "berth-web.scope");
}

TEST(refused) {
        static const char time[] = "{\"ociVersion\":\"1\",\"id\":\"a\",\"status\":\"b\",\"bundle\":\"/\","
        "\"created\":\"yesterday\"}";
        CLEANUP(error_done) Error error = {};
        State *state = NULL;

        ASSERT_FAILS(state_parse(time, strlen(time), &state, &error), EINVAL);
        ASSERT_ERROR_CONTAINS(&error, "created: \"yesterday\"");
        ASSERT_FAILS(state_parse("{}", 2, &state, &error), EINVAL);
        ASSERT_ERROR_CONTAINS(&error, "is required");
        ASSERT_NULL(state);
}
