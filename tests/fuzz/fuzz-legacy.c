/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as a bundle of before 1.0: config.json, a NUL, and runtime.json. What comes of it is a configuration of today, which reads again. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "spec/check.h"
#include "spec/legacy.h"
#include "spec/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(freep) char *text = malloc(size + 1), *json = NULL;
        CLEANUP(spec_freep) Spec *spec = NULL, *again = NULL;
        CLEANUP(error_done) Error error = {};
        size_t config_size;

        if (!text)
                return 0;
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';
        config_size = strlen(text);
        const LegacyFile config = { "config.json", text, config_size };
        const LegacyFile runtime = { "runtime.json", config_size < size ? text + config_size + 1 : NULL, config_size < size ? size - config_size - 1 : 0 };

        (void) legacy_recognize(config.text, config.size, runtime.text != NULL);
        if (legacy_parse(&config, &runtime, "/bundle", &spec, &error) < 0) {
                if (!error.text)
                        abort();
                return 0;
        }
        (void) spec_check(spec, NULL);
        json = spec_to_json(spec);
        if (!json || spec_parse(json, strlen(json), "/bundle", &again, NULL) < 0)
                abort();
        return 0;
}
