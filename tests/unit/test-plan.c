/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/plan: the builder, the reader against damaged plans, texts of failures. What is compiled of a bundle is for the goldens. */

#include <errno.h>
#include <json-c/json.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "plan/builder.h"
#include "plan/compile.h"
#include "plan/process.h"
#include "plan/text.h"
#include "test.h"

static char true_program[] = "true", variable[] = "A=b", empty[] = "";
static char *const only_true[] = { true_program, NULL };

static void add_exec(PlanBuilder *builder) {
        static char *const environment[] = { variable, empty, NULL };
        PlanStep step = { .kind = STEP_EXEC };

        step.bytes = plan_add_argv(builder, only_true, environment, &step.value[0]);
        plan_add_step(builder, &step);
}

/* A plan with a step of each sort of member. The caller frees it. */
static PlanImage *make_plan(void) {
        CLEANUP(plan_builder_done) PlanBuilder builder = {};
        PlanSource source = { .kind = PLAN_SOURCE_NAMESPACE, .path = variable, .flags = CLONE_NEWNET };
        uint32_t groups[] = { 1, 2, 3 };
        PlanImage *image = NULL;

        (void) plan_add_source(&builder, &source);
        plan_add_step(&builder,
                      &(PlanStep){ .kind = STEP_JOIN, .flags = CLONE_NEWNET, .path = plan_add_string(&builder, "A=b") });
        plan_add_step(&builder, &(PlanStep) { .kind = STEP_HOSTNAME, .data = plan_add_string(&builder, "host\nname") });
        plan_add_step(&builder, &(PlanStep){ .kind = STEP_MOUNT,
                                             .options = PLAN_MOUNT_BIND,
                                             .path = plan_add_string(&builder, "/b"),
                                             .source = plan_add_string(&builder, "/a") });
        plan_add_step(&builder, &(PlanStep) { .kind = STEP_GROUPS, .bytes = plan_add_bytes(&builder, groups, sizeof(groups)) });
        plan_add_step(&builder, &(PlanStep) { .kind = STEP_USER, .value = { 1, 2 } });
        add_exec(&builder);
        ASSERT_OK(plan_builder_finish(&builder, &image));
        return image;
}

TEST(builder_round_trip) {
        CLEANUP(plan_image_freep) PlanImage *image = make_plan();
        uint64_t offset = 0;
        Plan plan;

        ASSERT_OK(plan_open(image->bytes, image->size, &plan));
        ASSERT_EQ(plan.header->n_steps, 6);
        ASSERT_EQ(plan.header->n_sources, 1);
        ASSERT_STREQ(image->sources[0].path, "A=b");
        ASSERT_STREQ(plan_string(&plan, plan.steps[1].data), "host\nname");
        ASSERT_NULL(plan_string(&plan, plan.steps[1].path));
        ASSERT_EQ(((const uint32_t *) plan_bytes(&plan, plan.steps[3].bytes))[2], 3);
        ASSERT_STREQ(plan_next_string(&plan, plan.steps[5].bytes, &offset, plan.steps[5].value[0]), "true");
        ASSERT_NULL(plan_next_string(&plan, plan.steps[5].bytes, &offset, plan.steps[5].value[0]));
        ASSERT_STREQ(plan_next_string(&plan, plan.steps[5].bytes, &offset, UINT64_MAX), "A=b");
        ASSERT_STREQ(plan_next_string(&plan, plan.steps[5].bytes, &offset, UINT64_MAX), "");
        ASSERT_NULL(plan_next_string(&plan, plan.steps[5].bytes, &offset, UINT64_MAX));
}

TEST(builder_strings_are_shared) {
        CLEANUP(plan_builder_done) PlanBuilder builder = {};
        PlanString first = plan_add_string(&builder, "a"), none;
        char name[16];

        ASSERT_NE(first, 0);
        ASSERT_EQ(plan_add_string(&builder, "a"), first);
        ASSERT_EQ(plan_add_string_n(&builder, "abc", 1), first);
        none = plan_add_string(&builder, "");
        ASSERT_NE(none, 0);
        ASSERT_EQ(plan_add_string(&builder, ""), none);
        ASSERT_EQ(plan_add_string(&builder, NULL), 0);
        /* Past the first growth of the index. */
        for (unsigned i = 0; i < 1000; i++) {
                (void) snprintf(name, sizeof(name), "%u", i);
                (void) plan_add_string(&builder, name);
        }
        ASSERT_EQ(builder.n_index, 1002);
        for (unsigned i = 0; i < 1000; i++) {
                (void) snprintf(name, sizeof(name), "%u", i);
                ASSERT_STREQ(builder.strings + plan_add_string(&builder, name), name);
        }
        ASSERT_EQ(builder.n_index, 1002);
}

TEST(builder_refuses_what_is_too_large) {
        CLEANUP(plan_builder_done) PlanBuilder builder = {};
        CLEANUP(freep) char *large = calloc(1, PLAN_SIZE_MAX / 2);
        CLEANUP(plan_image_freep) PlanImage *image = NULL;

        ASSERT_NOT_NULL(large);
        (void) plan_add_bytes(&builder, large, PLAN_SIZE_MAX / 2);
        ASSERT_EQ(builder.failed, 0);
        (void) plan_add_bytes(&builder, large, PLAN_SIZE_MAX / 2);
        (void) plan_add_bytes(&builder, large, PLAN_SIZE_MAX / 2);
        ASSERT_EQ(builder.failed, -E2BIG);
        /* Remembered, and nothing more is taken. */
        ASSERT_EQ(plan_add_string(&builder, "a"), 0);
        ASSERT_FAILS(plan_builder_finish(&builder, &image), E2BIG);
        ASSERT_NULL(image);
}

/* Every byte of the header and of the steps, changed one at a time: never anything but refused, or read within bounds (as ASan
 * sees). */
TEST(reader_with_damaged_bytes) {
        CLEANUP(plan_image_freep) PlanImage *image = make_plan();
        uint8_t *bytes = image->bytes;
        size_t n_refused = 0, end;
        Plan plan;

        ASSERT_OK(plan_open(image->bytes, image->size, &plan));
        end = plan.header->strings_offset;
        for (size_t i = 0; i < end; i++)
                for (unsigned bit = 0; bit < 8; bit++) {
                        CLEANUP(text_done) Text text = {};

                        bytes[i] ^= (uint8_t) (1U << bit);
                        if (plan_open(image->bytes, image->size, &plan) < 0)
                                n_refused++;
                        else
                                ASSERT_OK(plan_to_text(image, &text));
                        bytes[i] ^= (uint8_t) (1U << bit);
                }
        ASSERT_GT(n_refused, 500);
}

TEST(reader_with_wrong_sizes) {
        CLEANUP(plan_image_freep) PlanImage *image = make_plan();
        Plan plan;

        for (size_t size = 0; size < image->size; size++) {
                CLEANUP(freep) void *copy = malloc(size > 0 ? size : 1);

                ASSERT_NOT_NULL(copy);
                memcpy(copy, image->bytes, size);
                ASSERT_FAILS(plan_open(copy, size, &plan), EINVAL);
        }
        ASSERT_FAILS(plan_open(image->bytes, image->size + 8, &plan), EINVAL);
        ASSERT_FAILS(plan_open(NULL, 0, &plan), EINVAL);
        ASSERT_FAILS(plan_open((const char *) image->bytes + 1, image->size - 1, &plan), EINVAL);
}

/* One damage each that a check exists for. */
TEST(reader_refuses) {
        static const struct {
                uint32_t step;
                size_t offset;
                uint32_t value;
        } damages[] = {
                { 0, offsetof(PlanStep, value), 1 },            /* no such source */
                { 0, offsetof(PlanStep, flags), 0 },            /* joins nothing */
                { 1, offsetof(PlanStep, kind), _STEP_MAX },
                { 1, offsetof(PlanStep, kind), _STEP_NONE },
                { 1, offsetof(PlanStep, data), 0 },             /* a hostname without a name */
                { 1, offsetof(PlanStep, data), 1U << 20 },
                { 1, offsetof(PlanStep, options), 1 },
                { 2, offsetof(PlanStep, source), 0 },           /* a bind mount of nothing */
                { 2, offsetof(PlanStep, options), 0 },          /* neither bind nor type */
                { 3, offsetof(PlanStep, bytes.offset), 4 },
                { 3, offsetof(PlanStep, bytes.size), 13 },
                { 3, offsetof(PlanStep, bytes.size), 1U << 30 },
                { 3, offsetof(PlanStep, bytes.offset), 0xfffffff8 },
                { 4, offsetof(PlanStep, value[1]), UINT32_MAX }, /* setresgid(2) would leave it */
                { 5, offsetof(PlanStep, value), 0 },            /* no argv */
                { 5, offsetof(PlanStep, value), 4 },            /* ends inside of a string */
                { 5, offsetof(PlanStep, value), 100 },
                { 5, offsetof(PlanStep, bytes.size), 8 },       /* no NUL at the end */
                { 5, offsetof(PlanStep, kind), STEP_MAPS },     /* nothing is executed */
        };

        FOREACH_ELEMENT(damage, damages) {
                CLEANUP(plan_image_freep) PlanImage *image = make_plan();
                Plan plan;

                memcpy((uint8_t *) image->bytes + sizeof(PlanHeader) + damage->step * sizeof(PlanStep) + damage->offset,
                       &damage->value, sizeof(uint32_t));
                if (plan_open(image->bytes, image->size, &plan) >= 0)
                        FAIL("damage %zu was not noticed", (size_t) (damage - damages));
        }
}

/* A device is a source only where it is bound, and only one that there is. */
TEST(reader_of_device_sources) {
        static const struct {
                uint32_t options, source;
                bool fine;
        } rows[] = {
                { PLAN_DEVICE_BIND | PLAN_SOURCE, 0, true },
                { PLAN_DEVICE_BIND | PLAN_SOURCE, 1, false },
                { PLAN_SOURCE, 0, false },
                { PLAN_DEVICE_BIND, 1, true },  /* an owner */
        };

        FOREACH_ELEMENT(row, rows) {
                CLEANUP(plan_builder_done) PlanBuilder builder = {};
                CLEANUP(plan_image_freep) PlanImage *image = NULL;
                PlanSource source = { .kind = PLAN_SOURCE_DEVICE, .path = variable, .flags = S_IFCHR | 0666 };
                Plan plan;

                (void) plan_add_source(&builder, &source);
                plan_add_step(&builder, &(PlanStep) { .kind = STEP_DEVICE, .options = row->options, .flags = S_IFCHR | 0666,
                                                      .path = plan_add_string(&builder, "/dev/a"), .value = { 1, 3, row->source } });
                add_exec(&builder);
                ASSERT_OK(plan_builder_finish(&builder, &image));
                ASSERT_EQ(plan_open(image->bytes, image->size, &plan) >= 0, row->fine);
        }
}

TEST(all_kinds_have_a_name) {
        for (uint32_t kind = _STEP_NONE + 1; kind < _STEP_MAX; kind++)
                if (streq(plan_step_name(kind), "?"))
                        FAIL("kind %u has no name", kind);
        ASSERT_STREQ(plan_step_name(_STEP_MAX), "?");
}

static void assert_failure(StepKind kind, const char *data, const char *path, int error, uint32_t value, const char *expected) {
        CLEANUP(plan_builder_done) PlanBuilder builder = {};
        CLEANUP(plan_image_freep) PlanImage *image = NULL;
        CLEANUP(text_done) Text text = {};
        SyncMessage message = { .kind = SYNC_FAILED, .step = 0, .error = error, .value = value };
        PlanStep step = { .kind = kind, .data = plan_add_string(&builder, data), .path = plan_add_string(&builder, path) };
        Plan plan;

        if (kind == STEP_MOUNT)
                step.type = step.source = plan_add_string(&builder, "proc");
        if (kind == STEP_HOOK) {
                step.type = step.data;
                step.source = plan_add_string(&builder, "createContainer");
                step.bytes = plan_add_argv(&builder, only_true, NULL, &step.value[0]);
        }
        if (kind != STEP_EXEC)
                plan_add_step(&builder, &step);
        add_exec(&builder);
        ASSERT_OK(plan_builder_finish(&builder, &image));
        ASSERT_OK(plan_open(image->bytes, image->size, &plan));
        plan_step_failure(&plan, &message, &text);
        ASSERT_STREQ(text.string, expected);
}

TEST(failures_as_callers_match_them) {
        assert_failure(STEP_LOOKUP, "nosuch", NULL, ENOENT, 0, "exec: \"nosuch\": executable file not found in $PATH");
        assert_failure(STEP_LOOKUP, "/bin/nosuch", NULL, ENOENT, 0,
                       "exec: \"/bin/nosuch\": stat /bin/nosuch: no such file or directory");
        assert_failure(STEP_LOOKUP, "/etc", NULL, EISDIR, 0, "exec: \"/etc\": is a directory: permission denied");
        assert_failure(STEP_LOOKUP, "/etc/passwd", NULL, EACCES, 0, "exec: \"/etc/passwd\": permission denied");
        assert_failure(STEP_LOOKUP, "a\nb", NULL, ENOENT, 0, "exec: \"a\\x0ab\": executable file not found in $PATH");
        assert_failure(STEP_EXEC, NULL, NULL, ENOEXEC, 0, "exec true: exec format error");
        assert_failure(STEP_DIRECTORY_CHANGE, NULL, "/x", ENOTDIR, 0,
                       "chdir to cwd (\"/x\") set in config.json failed: not a directory");
        assert_failure(STEP_MOUNT, NULL, "/proc", EPERM, 0, "step 1, mount proc on /proc: Operation not permitted");
        assert_failure(STEP_HOOK, "{", "/bin/hook", ECHILD, 3, "error running createContainer hook #0: /bin/hook: exit status 3");
        assert_failure(STEP_HOOK, "{", "/bin/hook", ECHILD, 137,
                       "error running createContainer hook #0: /bin/hook: ended by signal 9");
        assert_failure(STEP_HOOK, "{", "/bin/hook", ETIMEDOUT, 0,
                       "error running createContainer hook #0: /bin/hook: took longer than its timeout");
        assert_failure(STEP_APPARMOR, "p", NULL, ENOENT, 0,
                       "process.apparmorProfile: unable to apply apparmor profile p: write /proc/thread-self/attr/apparmor/exec: no such file or "
                       "directory: no such profile is loaded");
        assert_failure(STEP_SELINUX, "l", NULL, EACCES, 0,
                       "process.selinuxLabel: unable to apply selinux label l: write /proc/thread-self/attr/exec: permission denied");
}

TEST(failure_outside_of_the_plan) {
        CLEANUP(plan_image_freep) PlanImage *image = make_plan();
        SyncMessage message = { .kind = SYNC_FAILED, .step = 1000, .error = EPERM };
        CLEANUP(text_done) Text text = {};
        Plan plan;

        ASSERT_OK(plan_open(image->bytes, image->size, &plan));
        plan_step_failure(&plan, &message, &text);
        ASSERT_STREQ(text.string, "berth-init: Operation not permitted");
        text_done(&text);
        message = (SyncMessage) { .kind = SYNC_FAILED, .step = UINT32_MAX - PREPARE_PROC, .error = EXDEV };
        plan_step_failure(&plan, &message, &text);
        ASSERT_STREQ(text.string, "berth-init: open /proc: Invalid cross-device link");
}

TEST(json_is_json) {
        CLEANUP(plan_image_freep) PlanImage *image = make_plan();
        CLEANUP(text_done) Text text = {};
        struct json_object *object, *steps, *member;

        ASSERT_OK(plan_to_json(image, &text));
        object = json_tokener_parse(text.string);
        ASSERT_NOT_NULL(object);
        ASSERT_TRUE(json_object_object_get_ex(object, "steps", &steps));
        ASSERT_EQ(json_object_array_length(steps), 6);
        ASSERT_TRUE(json_object_object_get_ex(json_object_array_get_idx(steps, 1), "data", &member));
        ASSERT_STREQ(json_object_get_string(member), "host\nname");
        ASSERT_TRUE(json_object_object_get_ex(json_object_array_get_idx(steps, 5), "args", &member));
        ASSERT_EQ(json_object_array_length(member), 1);
        json_object_put(object);
}

TEST(capabilities) {
        static char kill_name[] = "CAP_KILL", small[] = "cap_chown", unknown[] = "CAP_NO_SUCH",
                    checkpoint[] = "CAP_CHECKPOINT_RESTORE";
        static char *const names[] = { kill_name, small, unknown, checkpoint, NULL };
        CLEANUP(text_done) Text text = {}, none = {}, high = {};

        ASSERT_TRUE(plan_capabilities_mask(names) == (UINT64_C(1) << 5 | 1 | UINT64_C(1) << 40));
        ASSERT_TRUE(plan_capabilities_mask(NULL) == 0);
        plan_capabilities_text(plan_capabilities_mask(names), &text);
        ASSERT_STREQ(text.string, "chown,kill,checkpoint_restore");
        plan_capabilities_text(0, &none);
        ASSERT_STREQ(none.string, "none");
        plan_capabilities_text(UINT64_C(1) << 63, &high);
        ASSERT_STREQ(high.string, "63");
}

TEST(namespaces_text) {
        CLEANUP(text_done) Text text = {};

        plan_namespaces_text(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUSER | 1, &text);
        ASSERT_STREQ(text.string, "user,pid,mount,0x1");
}
