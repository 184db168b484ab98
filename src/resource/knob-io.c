/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Block devices. systemd parses "/dev/block/MAJOR:MINOR" without looking at the file; "8:0" alone, or a name, it would look
 * up. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/number.h"
#include "base/strv.h"
#include "resource/entries.h"
#include "resource/knob-rows.h"

#define BFQ_WEIGHT_MIN 10
#define BFQ_WEIGHT_MAX 1000
#define IO_WEIGHT_MAX 10000
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575

/* The inverse of what systemd writes to io.bfq.weight for an IOWeight= (which goes from 1 to 10000 with 100 in the middle, bfq
 * from 1 to 1000), so that the device ends up with the weight that was asked for. */
uint64_t io_weight_from_bfq(uint64_t weight) {
        return weight <= 100 ? weight : 100 + (weight - 100) * 11;
}

static int check_weight(const char *field, uint32_t weight, Error *error) {
        return weight < BFQ_WEIGHT_MIN || weight > BFQ_WEIGHT_MAX
                ? error_set(error, -EINVAL, "%s: must be from %d to %d, not %" PRIu32, field, BFQ_WEIGHT_MIN, BFQ_WEIGHT_MAX,
                            weight)
                : 0;
}

static int check_device(const char *field, size_t i, int64_t major, int64_t minor, Error *error) {
        return major < 0 || major > MAJOR_MAX || minor < 0 || minor > MINOR_MAX
                ? error_set(error, -EINVAL, "%s[%zu]: no block device can have the number %" PRIi64 ":%" PRIi64, field, i, major,
                            minor)
                : 0;
}

int compile_io_weight(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalU32 *weight = knob_value(knob, compile);
        int r;

        if (!weight || !weight->set || weight->value == 0)
                return 0;
        r = check_weight(knob->field, weight->value, error);
        return r < 0 ? r : knob_put_u64(knob, compile, knob->field, io_weight_from_bfq(weight->value));
}

int compile_io_weight_devices(const Knob *knob, const Compile *compile, Error *error) {
        const SpecBlockIo *io = compile->resources->block_io;

        for (size_t i = 0; io && i < io->n_weight_device; i++) {
                const SpecBlockIoWeightDevice *device = &io->weight_device[i];
                int r = check_device(knob->field, i, device->major, device->minor, error);

                if (r < 0)
                        return r;
                if (device->leaf_weight.set && device->leaf_weight.value > 0)
                        log_warning("%s[%zu].leafWeight: cgroup v2 has nothing like it, ignored", knob->field, i);
                if (!device->weight.set || device->weight.value == 0)
                        continue;
                r = check_weight(knob->field, device->weight.value, error);
                if (r >= 0)
                        r = put_device_limit(compile->set, knob->property, knob->field, device->major, device->minor,
                                             io_weight_from_bfq(device->weight.value));
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The member is the list's pointer; its count is the next member. */
int compile_throttle(const Knob *knob, const Compile *compile, Error *error) {
        const SpecBlockIoThrottle *const *list = knob_value(knob, compile);
        const size_t *n = list ? (const size_t *) (list + 1) : NULL;

        for (size_t i = 0; list && i < *n; i++) {
                const SpecBlockIoThrottle *throttle = &(*list)[i];
                int r = check_device(knob->field, i, throttle->major, throttle->minor, error);

                if (r >= 0)
                        r = put_device_limit(compile->set, knob->property, knob->field, throttle->major, throttle->minor,
                                             throttle->rate == 0 ? UINT64_MAX : throttle->rate);
                if (r < 0)
                        return r;
        }
        return 0;
}

#define COUNT_IS_BEHIND(list) (offsetof(SpecBlockIo, n_##list) == offsetof(SpecBlockIo, list) + sizeof(void *))
_Static_assert(COUNT_IS_BEHIND(throttle_read_bps_device) && COUNT_IS_BEHIND(throttle_write_bps_device) &&
               COUNT_IS_BEHIND(throttle_read_iops_device) && COUNT_IS_BEHIND(throttle_write_iops_device),
               "compile_throttle() expects the count behind the list");

/* ---- unified ---- */

static int parse_device(const char *word, int64_t *ret_major, int64_t *ret_minor) {
        const char *colon = strchr(word, ':');
        CLEANUP(freep) char *major = colon ? strndup(word, (size_t) (colon - word)) : NULL;

        if (!major)
                return colon ? -ENOMEM : -EINVAL;
        if (number_parse_i64(major, 0, MAJOR_MAX, ret_major) < 0 || number_parse_i64(colon + 1, 0, MINOR_MAX, ret_minor) < 0)
                return -EINVAL;
        return 0;
}

static int parse_value(const char *word, uint64_t *ret) {
        if (streq(word, "max")) {
                *ret = UINT64_MAX;
                return 0;
        }
        return number_parse_u64(word, UINT64_MAX - 1, ret);
}

/* Calls put for each line, split into words. */
static int for_each_line(
                const Knob *knob, const char *value, const Compile *compile, const char *expected,
                int (*put)(const Knob *knob, char **words, const Compile *compile), Error *error) {
        CLEANUP(strv_freep) char **lines = NULL;

        if (strv_split(value, "\n", &lines) < 0)
                return -ENOMEM;
        STRV_FOREACH(line, lines) {
                CLEANUP(strv_freep) char **words = NULL;
                int r = strv_split(*line, " \t", &words);

                if (r >= 0)
                        r = strv_length(words) > 0 ? put(knob, words, compile) : -EINVAL;
                if (r == -EINVAL || r == -ERANGE)
                        return unified_error(knob, *line, expected, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* "100", "default 100", "8:0 200"; scale: from what the file counts in. */
static int put_weight(char **words, const Compile *compile, uint64_t maximum, uint64_t (*scale)(uint64_t)) {
        const char *last = words[strv_length(words) - 1];
        int64_t major, minor;
        uint64_t weight;
        int r;

        if (strv_length(words) > 2)
                return -EINVAL;
        if (strv_length(words) == 2 && streq(last, "default"))
                weight = UINT64_MAX;
        else {
                r = number_parse_u64(last, maximum, &weight);
                if (r < 0)
                        return r;
                if (weight == 0)
                        return -ERANGE;
                weight = scale ? scale(weight) : weight;
        }
        if (strv_length(words) == 1 || streq(words[0], "default"))
                return knob_put_u64(knob_by_property("IOWeight"), compile, UNIFIED, weight);
        r = parse_device(words[0], &major, &minor);
        return r < 0 ? r : put_device_limit(compile->set, "IODeviceWeight", UNIFIED, major, minor, weight);
}

static int put_io_weight(const Knob *knob, char **words, const Compile *compile) {
        return put_weight(words, compile, IO_WEIGHT_MAX, NULL);
}

static int put_bfq_weight(const Knob *knob, char **words, const Compile *compile) {
        return put_weight(words, compile, BFQ_WEIGHT_MAX, io_weight_from_bfq);
}

int parse_io_weight(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        return for_each_line(knob, value, compile, "a weight from 1 to 10000, or \"MAJOR:MINOR WEIGHT\"", put_io_weight, error);
}

int parse_bfq_weight(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        return for_each_line(knob, value, compile, "a weight from 1 to 1000, or \"MAJOR:MINOR WEIGHT\"", put_bfq_weight, error);
}

static int put_io_max(const Knob *knob, char **words, const Compile *compile) {
        static const struct {
                const char *key, *property;
        } keys[] = {
                { "rbps=", "IOReadBandwidthMax" },
                { "wbps=", "IOWriteBandwidthMax" },
                { "riops=", "IOReadIOPSMax" },
                { "wiops=", "IOWriteIOPSMax" },
        };
        int64_t major, minor;
        int r = parse_device(words[0], &major, &minor);

        if (r < 0)
                return r;
        STRV_FOREACH(word, words + 1) {
                const char *text = NULL, *property = NULL;
                uint64_t value;

                FOREACH_ELEMENT(entry, keys)
                        if (!text && (text = startswith(*word, entry->key)))
                                property = entry->property;
                r = text ? parse_value(text, &value) : -EINVAL;
                if (r >= 0)
                        r = put_device_limit(compile->set, property, UNIFIED, major, minor, value);
                if (r < 0)
                        return r;
        }
        return words[1] ? 0 : -EINVAL;
}

int parse_io_max(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        return for_each_line(knob, value, compile, "\"MAJOR:MINOR KEY=VALUE...\" with keys rbps, wbps, riops, wiops", put_io_max,
                             error);
}

static int put_io_latency(const Knob *knob, char **words, const Compile *compile) {
        const char *text = words[1] ? startswith(words[1], "target=") : NULL;
        int64_t major, minor;
        uint64_t value;
        int r = parse_device(words[0], &major, &minor);

        if (r >= 0)
                r = text && !words[2] ? parse_value(text, &value) : -EINVAL;
        return r < 0 ? r : put_device_limit(compile->set, knob->property, UNIFIED, major, minor, value);
}

int parse_io_latency(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        return for_each_line(knob, value, compile, "\"MAJOR:MINOR target=MICROSECONDS\"", put_io_latency, error);
}
