/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes a plan piece by piece. Invariant: every offset that is handed out lies in the block that plan_builder_finish() makes,
 * and that block passes plan_open(). Sizes are kept below PLAN_SIZE_MAX at each step, so that no 32-bit offset can overflow
 * (CVE-2021-43784 was a length that did not fit its field). */

#include <errno.h>
#include <string.h>

#include "plan/builder.h"

static void *fail(PlanBuilder *builder, int error) {
        if (builder->failed == 0)
                builder->failed = error;
        return NULL;
}

/* Room for another count elements in an array that grows; NULL (and *array as it was) on failure. */
static void *reserve(PlanBuilder *builder, void **array, size_t *allocated, size_t used, size_t count, size_t element) {
        void *larger;
        size_t n;

        if (builder->failed < 0)
                return NULL;
        if (count > PLAN_SIZE_MAX / element || used > PLAN_SIZE_MAX / element - count)
                return fail(builder, -E2BIG);
        if (used + count <= *allocated)
                return *array;
        n = used + count > *allocated * 2 ? used + count : *allocated * 2;
        if (n < 32)
                n = 32;
        larger = realloc(*array, n * element);
        if (!larger)
                return fail(builder, -ENOMEM);
        *array = larger;
        *allocated = n;
        return larger;
}

/* FNV-1a. Strings of a hostile bundle can be made to collide; the cost of that is bounded by PLAN_SIZE_MAX and paid by who
 * asked for it. */
static uint32_t hash_string(const char *string, size_t length) {
        uint32_t hash = 2166136261U;

        for (size_t i = 0; i < length; i++)
                hash = (hash ^ (uint8_t) string[i]) * 16777619U;
        return hash;
}

/* The place of a string in the index: where it is, or where it belongs. */
static PlanString *index_find(const PlanBuilder *builder, const char *string, size_t length) {
        size_t mask = builder->index_size - 1, i = hash_string(string, length) & mask;

        while (builder->index[i] != 0) {
                const char *other = builder->strings + builder->index[i];

                if (strncmp(other, string, length) == 0 && other[length] == 0)
                        break;
                i = (i + 1) & mask;
        }
        return builder->index + i;
}

static void index_grow(PlanBuilder *builder) {
        PlanString *old = builder->index;
        size_t old_size = builder->index_size, size = old_size > 0 ? old_size * 2 : 128;

        if (builder->n_index * 2 < old_size)
                return;
        builder->index = calloc(size, sizeof(PlanString));
        if (!builder->index) {
                builder->index = old;
                fail(builder, -ENOMEM);
                return;
        }
        builder->index_size = size;
        for (size_t i = 0; i < old_size; i++)
                if (old[i] != 0) {
                        const char *string = builder->strings + old[i];

                        *index_find(builder, string, strlen(string)) = old[i];
                }
        free(old);
}

PlanString plan_add_string_n(PlanBuilder *builder, const char *string, size_t length) {
        PlanString *place;
        char *room;

        if (!string)
                return 0;
        length = strnlen(string, length);
        index_grow(builder);
        /* One byte more for the first string: offset 0 means absent. */
        if (builder->failed < 0 ||
            !reserve(builder, (void **) &builder->strings, &builder->strings_allocated, builder->strings_size, length + 2, 1))
                return 0;
        if (builder->strings_size == 0)
                builder->strings[builder->strings_size++] = 0;
        place = index_find(builder, string, length);
        if (*place != 0)
                return *place;
        room = builder->strings + builder->strings_size;
        memcpy(room, string, length);
        room[length] = 0;
        *place = (PlanString) builder->strings_size;
        builder->strings_size += length + 1;
        builder->n_index++;
        return *place;
}

PlanString plan_add_string(PlanBuilder *builder, const char *string) {
        return string ? plan_add_string_n(builder, string, strlen(string)) : 0;
}

/* Room for bytes, beginning at a multiple of 8. */
static uint8_t *extend_bytes(PlanBuilder *builder, size_t size, PlanBytes *ret) {
        size_t padding = -builder->bytes_size & 7;
        uint8_t *start;

        if (size > PLAN_SIZE_MAX)
                return fail(builder, -E2BIG);
        if (!reserve(builder, (void **) &builder->bytes, &builder->bytes_allocated, builder->bytes_size, size + padding, 1))
                return NULL;
        memset(builder->bytes + builder->bytes_size, 0, padding);
        builder->bytes_size += padding;
        start = builder->bytes + builder->bytes_size;
        *ret = (PlanBytes) { .offset = (uint32_t) builder->bytes_size, .size = (uint32_t) size };
        builder->bytes_size += size;
        return start;
}

PlanBytes plan_add_bytes(PlanBuilder *builder, const void *bytes, size_t size) {
        PlanBytes result = {};
        uint8_t *room;

        if (size == 0)
                return result;
        room = extend_bytes(builder, size, &result);
        if (!room)
                return (PlanBytes) {};
        memcpy(room, bytes, size);
        return result;
}

static size_t strings_size(char *const *strings) {
        size_t size = 0;

        for (char *const *s = strings; s && *s; s++)
                size += strlen(*s) + 1;
        return size;
}

PlanBytes plan_add_argv(PlanBuilder *builder, char *const *argv, char *const *environment, uint64_t *ret_argv_size) {
        char *const *const parts[] = { argv, environment };
        size_t argv_size = strings_size(argv), size = argv_size + strings_size(environment);
        PlanBytes result = {};
        uint8_t *room;

        *ret_argv_size = argv_size;
        room = size > 0 ? extend_bytes(builder, size, &result) : NULL;
        if (!room)
                return (PlanBytes) {};
        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                for (char *const *s = parts[i]; s && *s; s++) {
                        size_t length = strlen(*s) + 1;

                        memcpy(room, *s, length);
                        room += length;
                }
        return result;
}

void plan_add_step(PlanBuilder *builder, const PlanStep *step) {
        if (!reserve(builder, (void **) &builder->steps, &builder->steps_allocated, builder->n_steps, 1, sizeof(PlanStep)))
                return;
        builder->steps[builder->n_steps++] = *step;
}

static void source_done(PlanSource *source) {
        free(source->path);
        free(source->user_namespace);
        free(source->uid_maps);
        free(source->gid_maps);
}

static PlanSourceMap *copy_maps(PlanBuilder *builder, const PlanSourceMap *maps, size_t n) {
        PlanSourceMap *copy;

        if (n == 0)
                return NULL;
        copy = reallocarray(NULL, n, sizeof(PlanSourceMap));
        if (!copy)
                return fail(builder, -ENOMEM);
        memcpy(copy, maps, n * sizeof(PlanSourceMap));
        return copy;
}

uint32_t plan_add_source(PlanBuilder *builder, const PlanSource *source) {
        PlanSource *copy;

        if (!reserve(builder, (void **) &builder->sources, &builder->sources_allocated, builder->n_sources, 1,
                     sizeof(PlanSource)))
                return 0;
        copy = builder->sources + builder->n_sources++;
        *copy = *source;
        copy->path = source->path ? strdup(source->path) : NULL;
        copy->user_namespace = source->user_namespace ? strdup(source->user_namespace) : NULL;
        if ((source->path && !copy->path) || (source->user_namespace && !copy->user_namespace))
                fail(builder, -ENOMEM);
        copy->uid_maps = copy_maps(builder, source->uid_maps, source->n_uid_maps);
        copy->gid_maps = copy_maps(builder, source->gid_maps, source->n_gid_maps);
        return (uint32_t) (builder->n_sources - 1);
}

static void copy_part(void *image, uint32_t offset, const void *part, size_t size) {
        if (size > 0)
                memcpy((uint8_t *) image + offset, part, size);
}

int plan_builder_finish(PlanBuilder *builder, PlanImage **ret) {
        CLEANUP(plan_image_freep) PlanImage *image = NULL;
        size_t steps, strings, bytes, size;
        PlanHeader header;

        /* There is always a string, so that the area ends in NUL and offset 0 is within it. */
        (void) plan_add_string(builder, "");
        steps = builder->n_steps * sizeof(PlanStep);
        strings = sizeof(PlanHeader) + steps;
        bytes = (strings + builder->strings_size + 7) & ~(size_t) 7;
        size = bytes + builder->bytes_size;
        if (size > PLAN_SIZE_MAX)
                fail(builder, -E2BIG);
        image = calloc(1, sizeof(PlanImage));
        if (!image)
                fail(builder, -ENOMEM);
        if (builder->failed == 0) {
                image->bytes = calloc(1, size);
                if (!image->bytes)
                        fail(builder, -ENOMEM);
        }
        if (builder->failed < 0) {
                int r = builder->failed;

                plan_builder_done(builder);
                return r;
        }
        header = (PlanHeader) {
                .magic = PLAN_MAGIC,
                .version = PLAN_VERSION,
                .size = (uint32_t) size,
                .steps_offset = sizeof(PlanHeader),
                .n_steps = (uint32_t) builder->n_steps,
                .strings_offset = (uint32_t) strings,
                .strings_size = (uint32_t) builder->strings_size,
                .bytes_offset = (uint32_t) bytes,
                .bytes_size = (uint32_t) builder->bytes_size,
                .clone_flags = builder->clone_flags,
                .n_sources = (uint32_t) builder->n_sources,
                .preserve_fds = builder->preserve_fds,
        };
        copy_part(image->bytes, 0, &header, sizeof(header));
        copy_part(image->bytes, header.steps_offset, builder->steps, steps);
        copy_part(image->bytes, header.strings_offset, builder->strings, builder->strings_size);
        copy_part(image->bytes, header.bytes_offset, builder->bytes, builder->bytes_size);
        image->size = size;
        image->n_sources = TAKE(builder->n_sources, 0);
        image->sources = TAKE_PTR(builder->sources);
        plan_builder_done(builder);
        *ret = TAKE_PTR(image);
        return 0;
}

void plan_builder_done(PlanBuilder *builder) {
        for (size_t i = 0; i < builder->n_sources; i++)
                source_done(builder->sources + i);
        free(builder->sources);
        free(builder->steps);
        free(builder->strings);
        free(builder->index);
        free(builder->bytes);
        *builder = (PlanBuilder) {};
}

PlanImage *plan_image_free(PlanImage *image) {
        if (!image)
                return NULL;
        for (size_t i = 0; i < image->n_sources; i++)
                source_done(image->sources + i);
        free(image->sources);
        free(image->bytes);
        free(image);
        return NULL;
}
