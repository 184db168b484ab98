/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line of option words, and what stands behind "idmap=". */

#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "plan/mount-idmap.h"
#include "plan/mount-options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const PlanSourceMap map = { .container_id = 1, .host_id = 2, .size = 1000 };
        CLEANUP(freep) char *line = calloc(1, size + 1); /* strndup() would trip ASan's strict_string_checks */
        CLEANUP(strv_freep) char **words = NULL;
        CLEANUP(mount_options_done) MountOptions options = {};
        CLEANUP(mount_idmap_done) PlanSource source = {};

        if (!line)
                return 0;
        memcpy(line, data, size);
        if (strv_split(line, ",", &words) < 0)
                return 0;
        if (mount_options_read(words, &options, NULL) >= 0 && options.idmap_value)
                (void) mount_idmap_read(options.idmap_value, &map, 1, &map, 1, &source, NULL);
        return 0;
}
