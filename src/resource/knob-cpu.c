/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CPU time and placement. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/number.h"
#include "base/strv.h"
#include "resource/entries.h"
#include "resource/knob-rows.h"

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define WEIGHT_MAX 10000
#define WEIGHT_IDLE 0
#define LOG2_OF_10 3.32192809488736234787
#define USEC 1000000
/* The kernel's bounds (kernel/sched/core.c), which are systemd's too. */
#define PERIOD_USEC_MIN 1000
#define PERIOD_USEC_MAX 1000000
#define PERIOD_USEC_DEFAULT 100000
#define QUOTA_USEC_MIN 1000
#define QUOTA_USEC_MAX (UINT64_MAX / USEC / 2)
/* systemd keeps CPUQuota= in whole percents; a finer value would be another one after its next reload. */
#define QUOTA_STEP_USEC 10000

/* Bit by bit: squaring a number in [1, 2) doubles its logarithm. Here and not libm's, which every command would have to load. */
static double log2_of(uint64_t value) {
        int whole = 63 - __builtin_clzll(value);
        double x = (double) value / (double) (UINT64_C(1) << whole), result = whole;

        for (double bit = 0.5; bit > 1e-16; bit /= 2) {
                x *= x;
                if (x >= 2) {
                        x /= 2;
                        result += bit;
                }
        }
        return result;
}

/* The curve of the runtimes since 2025, through (2, 1), (1024, 100) and (262144, 10000): with l = log2(shares), 10 to the
 * power of (l * l + 125 * l) / 612 - 7 / 34, rounded up. The inverse is searched, with room for the rounding of a number that
 * is an integer (1024 must not give 101). */
uint64_t cpu_shares_to_weight(uint64_t shares) {
        uint64_t low = 1, high = WEIGHT_MAX;
        double l, exponent;

        if (shares <= SHARES_MIN)
                return 1;
        if (shares >= SHARES_MAX)
                return WEIGHT_MAX;
        l = log2_of(shares);
        exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
        while (low < high) {
                uint64_t middle = (low + high) / 2;

                if (log2_of(middle) / LOG2_OF_10 >= exponent - 1e-12)
                        high = middle;
                else
                        low = middle + 1;
        }
        return low;
}

uint64_t cpu_quota_per_second(uint64_t quota_usec, uint64_t period_usec) {
        uint64_t per_second = quota_usec * USEC / period_usec;

        return (per_second + QUOTA_STEP_USEC - 1) / QUOTA_STEP_USEC * QUOTA_STEP_USEC;
}

/* The kernel's file takes any value. Rounded up, so that lower_cpu_max(), which rounds down, comes back to the very quota: no period is longer than a
 * second. */
static uint64_t quota_per_second(uint64_t quota_usec, uint64_t period_usec, const Compile *compile) {
        return compile->files ? (quota_usec * USEC + period_usec - 1) / period_usec : cpu_quota_per_second(quota_usec, period_usec);
}

int compile_shares(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalU64 *shares = knob_value(knob, compile);

        if (!shares || !shares->set || shares->value == 0)
                return 0;
        return knob_put_u64(knob, compile, knob->field, cpu_shares_to_weight(shares->value));
}

int compile_idle(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalI64 *idle = knob_value(knob, compile);
        const SpecCpu *cpu = compile->resources->cpu;

        if (!idle || !idle->set)
                return 0;
        if (idle->value != 0 && idle->value != 1)
                return error_set(error, -EINVAL, "%s: must be 0 or 1, not %" PRIi64, knob->field, idle->value);
        if (idle->value == 1) {
                if (cpu->shares.set && cpu->shares.value > 0)
                        log_warning("linux.resources.cpu.shares: of no effect, as linux.resources.cpu.idle is 1");
                return knob_put_u64(knob, compile, knob->field, WEIGHT_IDLE);
        }
        /* No longer idle: the default weight, unless shares were given. */
        if (!compile->update || resource_set_find(compile->set, knob->property))
                return 0;
        return knob_put_u64(knob, compile, knob->field, UINT64_MAX);
}

static int check_period(const char *field, uint64_t period_usec, Error *error) {
        return period_usec < PERIOD_USEC_MIN || period_usec > PERIOD_USEC_MAX
                ? error_set(error, -EINVAL, "%s: must be from %d to %d microseconds, not %" PRIu64, field, PERIOD_USEC_MIN,
                            PERIOD_USEC_MAX, period_usec)
                : 0;
}

static int check_quota(const char *field, uint64_t quota_usec, Error *error) {
        return quota_usec < QUOTA_USEC_MIN || quota_usec > QUOTA_USEC_MAX
                ? error_set(error, -EINVAL, "%s: must be at least %d microseconds, not %" PRIu64, field, QUOTA_USEC_MIN,
                            quota_usec)
                : 0;
}

int compile_period(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalU64 *period = knob_value(knob, compile);
        int r;

        if (!period || !period->set || period->value == 0)
                return 0;
        r = check_period(knob->field, period->value, error);
        return r < 0 ? r : knob_put_u64(knob, compile, knob->field, period->value);
}

int compile_quota(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalI64 *quota = knob_value(knob, compile);
        const Property *period;
        int r;

        if (!quota || !quota->set || quota->value == 0)
                return 0;
        if (quota->value < 0)
                return knob_put_u64(knob, compile, knob->field, UINT64_MAX);
        r = check_quota(knob->field, (uint64_t) quota->value, error);
        if (r < 0)
                return r;
        period = resource_set_find(compile->set, "CPUQuotaPeriodUSec");
        return knob_put_u64(knob, compile, knob->field,
                            quota_per_second((uint64_t) quota->value, period ? period->u64 : PERIOD_USEC_DEFAULT, compile));
}

/* A period without a quota. systemd keeps it in the property, and a later quota has it; into the file it writes its own
 * default (252 to 262), where what runs inside and the kernel's figures would read another period than was asked for.
 * Without a quota that is no limit, so this one file is written beside systemd, and only while it has no quota. */
int keep_period(const Compile *compile) {
        const Property *period = resource_set_find(compile->set, "CPUQuotaPeriodUSec"),
                       *quota = resource_set_find(compile->set, "CPUQuotaPerSecUSec");
        CgroupFile *file;
        char text[32];
        int r;

        if (!period || (quota && quota->u64 != UINT64_MAX))
                return 0;
        snprintf(text, sizeof text, "max %" PRIu64, period->u64);
        r = put_file(compile->set, "cpu.max", text, NULL, period->field, true);
        if (r < 0)
                return r;
        file = &compile->set->files[compile->set->n_files - 1];
        file->only_if = "max ";
        return 0;
}

int compile_burst(const Knob *knob, const Compile *compile, Error *error) {
        const OptionalU64 *burst = knob_value(knob, compile);
        const SpecCpu *cpu = compile->resources->cpu;
        char text[24];

        if (!burst || !burst->set)
                return 0;
        if (cpu->quota.set && cpu->quota.value > 0 && burst->value > (uint64_t) cpu->quota.value)
                return error_set(error, -EINVAL, "%s: must not be more than linux.resources.cpu.quota", knob->field);
        snprintf(text, sizeof text, "%" PRIu64, burst->value);
        return put_file(compile->set, knob->file, text, knob->controller, knob->field, burst->value == 0); /* Linux 5.14 */
}

static int put_number_set(const Knob *knob, const char *field, const NumberSet *numbers, const Compile *compile) {
        Property *property = put_property(compile->set, knob->property, PROPERTY_BYTES);

        if (!property)
                return -ENOMEM;
        property->field = field;
        property->controller = knob->controller;
        property->bytes = malloc(numbers->n_bytes);
        if (!property->bytes)
                return -ENOMEM;
        memcpy(property->bytes, numbers->bits, numbers->n_bytes);
        property->n_bytes = numbers->n_bytes;
        return 0;
}

int compile_number_set(const Knob *knob, const Compile *compile, Error *error) {
        char *const *list = knob_value(knob, compile);
        NumberSet numbers;

        if (!list || isempty(*list))
                return 0;
        if (number_set_parse(*list, &numbers) < 0)
                return error_set(error, -EINVAL, "%s: \"%s\" is not a list of numbers like \"0-3,7\"", knob->field, *list);
        return put_number_set(knob, knob->field, &numbers, compile);
}

/* ---- unified ---- */

int parse_weight(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        uint64_t weight;

        if (number_parse_u64(value, WEIGHT_MAX, &weight) < 0 || weight == 0)
                return unified_error(knob, value, "a weight from 1 to 10000", error);
        return knob_put_u64(knob, compile, UNIFIED, weight);
}

int parse_idle(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        if (!streq(value, "0") && !streq(value, "1"))
                return unified_error(knob, value, "0 or 1", error);
        if (value[0] == '0' && !compile->update)
                return 0;
        return knob_put_u64(knob, compile, UNIFIED, value[0] == '1' ? WEIGHT_IDLE : UINT64_MAX);
}

int parse_nice(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        if (compile->files)
                return put_file(compile->set, knob->file, value, knob->controller, UNIFIED, false);
        return error_set(error, -EOPNOTSUPP, UNIFIED "[%s]: systemd owns cpu.weight, and would take this back; set that instead",
                         knob->file);
}

/* "QUOTA PERIOD", "max PERIOD", or the first alone. */
int parse_cpu_max(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        CLEANUP(strv_freep) char **words = NULL;
        const Knob *period_knob = knob_by_property("CPUQuotaPeriodUSec");
        uint64_t quota = UINT64_MAX, period = PERIOD_USEC_DEFAULT;
        size_t n;
        int r;

        if (strv_split(value, " \t\n", &words) < 0)
                return -ENOMEM;
        n = strv_length(words);
        if (n < 1 || n > 2 || (!streq(words[0], "max") && number_parse_u64(words[0], UINT64_MAX - 1, &quota) < 0) ||
            (n == 2 && number_parse_u64(words[1], UINT64_MAX, &period) < 0))
                return unified_error(knob, value, "\"QUOTA PERIOD\" or \"max PERIOD\"", error);
        r = check_period("linux.resources.unified[cpu.max]", period, error);
        if (r >= 0 && quota != UINT64_MAX)
                r = check_quota("linux.resources.unified[cpu.max]", quota, error);
        if (r >= 0 && n == 2)
                r = knob_put_u64(period_knob, compile, UNIFIED, period);
        if (r < 0)
                return r;
        return knob_put_u64(knob, compile, UNIFIED, quota == UINT64_MAX ? UINT64_MAX : quota_per_second(quota, period, compile));
}

int parse_number_set(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        NumberSet numbers;

        if (isempty(value))
                return 0;
        if (number_set_parse(value, &numbers) < 0)
                return unified_error(knob, value, "a list of numbers like \"0-3,7\"", error);
        return put_number_set(knob, UNIFIED, &numbers, compile);
}

int parse_string(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        Property *property;
        char *copy;

        for (const char *p = value; *p; p++)
                if (*p < ' ' || *p > '~')
                        return unified_error(knob, value, "a word", error);
        copy = strdup(value);
        property = copy ? put_property(compile->set, knob->property, PROPERTY_STRING) : NULL;
        if (!property) {
                free(copy);
                return -ENOMEM;
        }
        property->string = copy;
        property->field = UNIFIED;
        property->optional = knob->since > 0;
        return knob->since > 0 ? put_file(compile->set, knob->file, value, NULL, property->field, false) : 0;
}
