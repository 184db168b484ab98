/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes as a plan: what plan_open() lets pass must be safe to walk and to print. */

#include <stdlib.h>
#include <string.h>

#include "plan/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fields of the header that depend on the others, so that mutations get past them: layout, magic and the last step's kind. */
static void repair(void *copy, size_t size) {
        PlanHeader *header = copy;
        size_t strings = sizeof(PlanHeader) + (size_t) header->n_steps % 16 * sizeof(PlanStep);
        size_t bytes = (strings + header->strings_size % 1024 + 7) & ~(size_t) 7;

        if (strings >= size || bytes > size || header->strings_size % 1024 == 0)
                return;
        header->magic = PLAN_MAGIC;
        header->version = PLAN_VERSION;
        header->size = (uint32_t) size;
        header->n_steps %= 16;
        header->steps_offset = sizeof(PlanHeader);
        header->strings_offset = (uint32_t) strings;
        header->strings_size %= 1024;
        header->bytes_offset = (uint32_t) bytes;
        header->bytes_size = (uint32_t) (size - bytes);
        ((char *) copy)[strings + header->strings_size - 1] = 0;
}

static void walk(const void *copy, size_t size) {
        PlanImage image = { .bytes = NULL, .size = size };
        CLEANUP(text_done) Text text = {};
        Plan plan;

        if (plan_open(copy, size, &plan) < 0)
                return;
        for (uint32_t i = 0; i < plan.header->n_steps; i++) {
                SyncMessage message = { .kind = SYNC_FAILED, .step = i, .error = (int32_t) (i % 140), .value = i * 64 };

                plan_step_text(&plan, i, &text);
                plan_step_failure(&plan, &message, &text);
        }
        memcpy(&image.bytes, &copy, sizeof(copy));
        if (plan_to_text(&image, &text) < 0 || plan_to_json(&image, &text) < 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        void *copy = malloc(size > 0 ? size : 1);

        if (!copy)
                return 0;
        memcpy(copy, data, size);
        walk(copy, size);
        if (size >= sizeof(PlanHeader)) {
                repair(copy, size);
                walk(copy, size);
        }
        free(copy);
        return 0;
}
