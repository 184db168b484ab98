/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as the two files of a checkpoint that berth reads itself: inventory.img and descriptors.json. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/archive.h"
#include "checkpoint/criu-external.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(text_done) Text options = {};
        CLEANUP(error_done) Error error = {};
        CLEANUP(freep) char *text = malloc(size + 1);
        const int fds[3] = { 0, 1, 2 };

        (void) archive_check_inventory(data, size);
        if (!text)
                return 0;
        for (size_t i = 0; i < size; i++)
                text[i] = (char) data[i];
        text[size] = '\0';
        if (criu_inherit_descriptors(text, size, fds, &options, &error) < 0 && !error.text)
                abort();
        return 0;
}
