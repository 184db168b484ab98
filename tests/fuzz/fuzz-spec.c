/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as config.json: read, check, write. What was read and written must read again and write the same. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "spec/check.h"
#include "spec/field.h"
#include "spec/spec.h"
#include "spec/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_strict(const char *text, size_t size) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_freep) Spec *spec = NULL, *again = NULL;
        CLEANUP(freep) char *first = NULL, *second = NULL;

        if (spec_parse(text, size, "/bundle", &spec, &error) < 0) {
                if (!error.text)
                        abort();
                return;
        }
        if (spec_check(spec, &error) < 0 && !error.text)
                abort();
        first = spec_to_json(spec);
        if (!first || spec_parse(first, strlen(first), "/bundle", &again, NULL) < 0)
                abort();
        second = spec_to_json(again);
        if (!second || !streq(first, second))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(spec_resources_freep) SpecResources *resources = NULL;
        void *lenient = NULL;

        fuzz_strict((const char *) data, size);
        if (spec_parse_resources((const char *) data, size, &resources, NULL) >= 0)
                (void) spec_check_resources(resources, NULL);
        if (object_parse(&spec_type, (const char *) data, size, SPEC_SIZE_MAX, OBJECT_LIKE_GO, NULL, &lenient, NULL) >= 0)
                (void) object_free(&spec_type, lenient);
        return 0;
}
