/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The whole plan as text and as JSON. The text is what golden files hold: one line a step, so that a difference reads as what
 * changed. */

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "plan/text.h"

static const char *const source_kinds[] = {
        [PLAN_SOURCE_NAMESPACE] = "namespace",
        [PLAN_SOURCE_INIT] = "init",
        [PLAN_SOURCE_MOUNT] = "mount",
        [PLAN_SOURCE_IDMAP] = "idmap of",
        [PLAN_SOURCE_CREDENTIALS] = "credentials",
        [PLAN_SOURCE_DEVICE] = "device",
};

static void add_maps(Text *text, const char *name, const PlanSourceMap *maps, size_t n) {
        for (size_t i = 0; i < n; i++)
                text_addf(text, " %s %" PRIu32 ":%" PRIu32 ":%" PRIu32, name, maps[i].container_id, maps[i].host_id,
                          maps[i].size);
}

static void device_text(const PlanSource *source, Text *text) {
        mode_t mode = (mode_t) source->flags;

        text_addf(text, " %c %" PRIu32 ":%" PRIu32 " %04o %" PRIu32 ":%" PRIu32 "%s", S_ISBLK(mode) ? 'b' : 'c', source->major, source->minor,
                  mode & 07777U, source->uid, source->gid, source->host_first ? " or the host's" : "");
}

static void source_text(const PlanSource *source, Text *text) {
        text_add(text, source_kinds[source->kind]);
        if (source->path) {
                text_add(text, " ");
                plan_escape_text(text, source->path);
        }
        if (source->kind == PLAN_SOURCE_CREDENTIALS)
                return;
        if (source->kind == PLAN_SOURCE_DEVICE) {
                device_text(source, text);
                return;
        }
        if (source->kind != PLAN_SOURCE_MOUNT && source->kind != PLAN_SOURCE_IDMAP) {
                text_add(text, " as ");
                plan_namespaces_text(source->flags, text);
                return;
        }
        if ((source->flags & PLAN_MOUNT_RECURSIVE) != 0)
                text_add(text, " recursive");
        if ((source->flags & PLAN_MOUNT_SOURCE_NOFOLLOW) != 0)
                text_add(text, " src-nofollow");
        if ((source->flags & PLAN_MOUNT_SHARED) != 0)
                text_add(text, " shared");
        if (source->idmap != 0)
                text_add(text, source->idmap == 2 ? " ridmap" : " idmap");
        if (source->user_namespace) {
                text_add(text, " of ");
                plan_escape_text(text, source->user_namespace);
        }
        add_maps(text, "uid", source->uid_maps, source->n_uid_maps);
        add_maps(text, "gid", source->gid_maps, source->n_gid_maps);
}

int plan_to_text(const PlanImage *image, Text *text) {
        Plan plan;
        int r;

        r = plan_open(image->bytes, image->size, &plan);
        if (r < 0)
                return r;
        if (plan.header->clone_flags != 0) {
                text_add(text, "namespaces ");
                plan_namespaces_text(plan.header->clone_flags, text);
                text_add(text, "\n");
        }
        if (plan.header->preserve_fds > 0)
                text_addf(text, "preserved descriptors %" PRIu32 "\n", plan.header->preserve_fds);
        for (size_t i = 0; i < image->n_sources; i++) {
                text_addf(text, "source %zu for step %" PRIu32 ": ", i, image->sources[i].step + 1);
                source_text(image->sources + i, text);
                text_add(text, "\n");
        }
        for (uint32_t i = 0; i < plan.header->n_steps; i++) {
                text_addf(text, "%3" PRIu32 "  ", i + 1);
                plan_step_text(&plan, i, text);
                text_add(text, "\n");
        }
        return text_failed(text) ? -ENOMEM : 0;
}

static void json_member(Text *text, const char *name, const char *value) {
        if (!value)
                return;
        text_addf(text, ",\"%s\":", name);
        text_add_json(text, value);
}

static void json_number(Text *text, const char *name, uint64_t value) {
        if (value != 0)
                text_addf(text, ",\"%s\":%" PRIu64, name, value);
}

static void json_strings(const Plan *plan, Text *text, const char *name, PlanBytes bytes, uint64_t offset, uint64_t end) {
        const char *string, *separator = "";

        text_addf(text, ",\"%s\":[", name);
        while ((string = plan_next_string(plan, bytes, &offset, end))) {
                text_add(text, separator);
                text_add_json(text, string);
                separator = ",";
        }
        text_add(text, "]");
}

static void json_line(Text *text, const char *name, const Text *line) {
        json_member(text, name, line->string ?: "");
        text->failed = text->failed || line->failed;
}

static void json_step(const Plan *plan, uint32_t index, Text *text) {
        const PlanStep *step = plan->steps + index;
        CLEANUP(text_done) Text line = {};

        plan_step_text(plan, index, &line);
        text_addf(text, "%s{\"step\":%" PRIu32, index > 0 ? "," : "", index + 1);
        json_member(text, "kind", plan_step_name(step->kind));
        json_line(text, "text", &line);
        json_member(text, "path", plan_string(plan, step->path));
        json_member(text, "source", plan_string(plan, step->source));
        /* The state JSON of a hook stands in these two: not for reading. */
        if (step->kind != STEP_HOOK) {
                json_member(text, "type", plan_string(plan, step->type));
                json_member(text, "data", plan_string(plan, step->data));
        }
        json_number(text, "flags", step->flags);
        if (step->kind == STEP_EXEC || step->kind == STEP_HOOK) {
                json_strings(plan, text, "args", step->bytes, 0, step->value[0]);
                json_strings(plan, text, "env", step->bytes, step->value[0], step->bytes.size);
        } else if (step->value[0] != 0 || step->value[1] != 0 || step->value[2] != 0)
                text_addf(text, ",\"value\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", step->value[0], step->value[1],
                          step->value[2]);
        if ((step->options & PLAN_OPTIONAL) != 0)
                text_add(text, ",\"optional\":true");
        text_add(text, "}");
}

static void json_namespaces(uint64_t flags, Text *text) {
        const char *separator = "";

        for (unsigned i = 0; i < 64; i++)
                if ((flags >> i & 1) != 0) {
                        text_add(text, separator);
                        text_add(text, "\"");
                        plan_namespaces_text(UINT64_C(1) << i, text);
                        text_add(text, "\"");
                        separator = ",";
                }
}

static void json_source(const PlanSource *source, Text *text) {
        CLEANUP(text_done) Text line = {};

        source_text(source, &line);
        text_addf(text, "{\"step\":%" PRIu32, source->step + 1);
        json_member(text, "kind", source_kinds[source->kind]);
        json_line(text, "text", &line);
        json_member(text, "path", source->path);
        text_add(text, "}");
}

int plan_to_json(const PlanImage *image, Text *text) {
        Plan plan;
        int r;

        r = plan_open(image->bytes, image->size, &plan);
        if (r < 0)
                return r;
        text_add(text, "{\"namespaces\":[");
        json_namespaces(plan.header->clone_flags, text);
        text_addf(text, "],\"preserveFds\":%" PRIu32 ",\"sources\":[", plan.header->preserve_fds);
        for (size_t i = 0; i < image->n_sources; i++) {
                text_add(text, i > 0 ? "," : "");
                json_source(image->sources + i, text);
        }
        text_add(text, "],\"steps\":[");
        for (uint32_t i = 0; i < plan.header->n_steps; i++)
                json_step(&plan, i, text);
        text_add(text, "]}");
        return text_failed(text) ? -ENOMEM : 0;
}
