/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties as lines of the files that the kernel has for them: for a cgroup that berth has made below a delegated one, which systemd does not answer for.
 * Invariant: the values are those that systemd would write for the same property, but for CPU quotas, which are not rounded to whole percents. Called by
 * knobs_lower(). */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"
#include "resource/entries.h"
#include "resource/knob-rows.h"
#include "resource/print.h"

#define USEC 1000000
#define PERIOD_USEC_DEFAULT 100000
#define WEIGHT_DEFAULT 100
#define BFQ_WEIGHT_MAX 1000

static CgroupFile *put_line(const Knob *knob, const Property *property, const Compile *compile, const char *name, const char *value) {
        CgroupFile *file;

        if (put_file(compile->set, name, value, property->controller ? knob->controller : NULL, property->field, false) < 0)
                return NULL;
        file = &compile->set->files[compile->set->n_files - 1];
        file->limit = true;
        return file;
}

/* "max", or the number. */
static void print_number(uint64_t value, char text[static 24]) {
        (void) snprintf(text, 24, value == UINT64_MAX ? "max" : "%" PRIu64, value);
}

int lower_number(const Knob *knob, const Property *property, const Compile *compile) {
        char text[24];
        CgroupFile *file;

        print_number(property->u64, text);
        file = put_line(knob, property, compile, knob->file, text);
        if (!file)
                return -ENOMEM;
        /* No limit is no file to write; no swap is no swap to limit. */
        file->optional = property->u64 == UINT64_MAX || property->u64 == 0;
        return 0;
}

int lower_oom_group(const Knob *knob, const Property *property, const Compile *compile) {
        return put_line(knob, property, compile, knob->file, streq(property->string, "kill") ? "1" : "0") ? 0 : -ENOMEM;
}

/* A weight of 0 is systemd's word for idle; the kernel takes no weight of a cgroup that is. */
int lower_weight(const Knob *knob, const Property *property, const Compile *compile) {
        uint64_t weight = property->u64 == UINT64_MAX ? WEIGHT_DEFAULT : property->u64;
        CgroupFile *file;
        char text[24];

        if (weight == 0)
                return put_line(knob, property, compile, "cpu.idle", "1") ? 0 : -ENOMEM;
        if (compile->update) {
                file = put_line(knob, property, compile, "cpu.idle", "0");
                if (!file)
                        return -ENOMEM;
                file->optional = true; /* Linux 5.15 */
        }
        print_number(weight, text);
        return put_line(knob, property, compile, knob->file, text) ? 0 : -ENOMEM;
}

/* Two properties are one file, with the quota of a period: it is written for the first of them. */
int lower_cpu_max(const Knob *knob, const Property *property, const Compile *compile) {
        const Property *quota = resource_set_find(compile->set, "CPUQuotaPerSecUSec"), *period = resource_set_find(compile->set, "CPUQuotaPeriodUSec");
        uint64_t period_usec = period ? period->u64 : PERIOD_USEC_DEFAULT;
        char text[64], number[24];

        if (property == quota && period)
                return 0;
        print_number(quota && quota->u64 != UINT64_MAX ? quota->u64 * period_usec / USEC : UINT64_MAX, number);
        (void) snprintf(text, sizeof text, "%s %" PRIu64, number, period_usec);
        return put_line(knob, quota ? quota : property, compile, knob->file, text) ? 0 : -ENOMEM;
}

int lower_number_set(const Knob *knob, const Property *property, const Compile *compile) {
        CLEANUP(text_done) Text text = {};

        property_value_to_text(property, &text);
        return !text_failed(&text) && put_line(knob, property, compile, knob->file, text.string ? text.string : "") ? 0 : -ENOMEM;
}

/* ---- block devices ---- */

/* The inverse of io_weight_from_bfq(). */
static uint64_t weight_to_bfq(uint64_t weight) {
        uint64_t bfq = weight <= 100 ? weight : 100 + (weight - 100) / 11;

        return bfq < BFQ_WEIGHT_MAX ? bfq : BFQ_WEIGHT_MAX;
}

/* To the BFQ scheduler's file, and to that of io.cost: a kernel has either or both. */
static int put_weights(const Knob *knob, const Property *property, const Compile *compile, const char *device, uint64_t weight) {
        char text[64];
        CgroupFile *file;

        weight = weight == UINT64_MAX ? WEIGHT_DEFAULT : weight;
        (void) snprintf(text, sizeof text, "%s %" PRIu64, device, weight_to_bfq(weight));
        file = put_line(knob, property, compile, "io.bfq.weight", text);
        if (!file)
                return -ENOMEM;
        file->alternative = "io.weight";
        (void) snprintf(text, sizeof text, "%s %" PRIu64, device, weight);
        file = put_line(knob, property, compile, "io.weight", text);
        if (!file)
                return -ENOMEM;
        file->alternative = "io.bfq.weight";
        return 0;
}

int lower_io_weight(const Knob *knob, const Property *property, const Compile *compile) {
        return put_weights(knob, property, compile, "default", property->u64);
}

/* "8:0" of "/dev/block/8:0". */
static const char *device_number(const DeviceLimit *limit) {
        const char *number = startswith(limit->path, "/dev/block/");

        return number ? number : limit->path;
}

int lower_io_weight_devices(const Knob *knob, const Property *property, const Compile *compile) {
        int r = 0;

        for (size_t i = 0; i < property->n_limits && r >= 0; i++)
                r = put_weights(knob, property, compile, device_number(&property->limits[i]), property->limits[i].value);
        return r;
}

static int put_device_lines(const Knob *knob, const Property *property, const Compile *compile, const char *key) {
        for (size_t i = 0; i < property->n_limits; i++) {
                char text[96], number[24];

                print_number(property->limits[i].value, number);
                (void) snprintf(text, sizeof text, "%s %s=%s", device_number(&property->limits[i]), key, number);
                if (!put_line(knob, property, compile, knob->file, text))
                        return -ENOMEM;
        }
        return 0;
}

int lower_throttle(const Knob *knob, const Property *property, const Compile *compile) {
        static const struct {
                const char *property, *key;
        } keys[] = {
                { "IOReadBandwidthMax", "rbps" },
                { "IOWriteBandwidthMax", "wbps" },
                { "IOReadIOPSMax", "riops" },
                { "IOWriteIOPSMax", "wiops" },
        };

        FOREACH_ELEMENT(entry, keys)
                if (streq(entry->property, property->name))
                        return put_device_lines(knob, property, compile, entry->key);
        return -EINVAL;
}

int lower_io_latency(const Knob *knob, const Property *property, const Compile *compile) {
        return put_device_lines(knob, property, compile, "target");
}
