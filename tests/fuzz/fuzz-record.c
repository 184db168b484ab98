/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as state.json: what was read is written so that it reads again, and writes the same. */

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "container/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/tmp/berth-fuzz.XXXXXX";

static void remove_directory(void) {
        (void) path_remove_tree_at(AT_FDCWD, directory);
}

static int open_directory(void) {
        static int fd = -EBADF;

        if (fd < 0) {
                if (!mkdtemp(directory))
                        abort();
                (void) atexit(remove_directory);
                fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        return fd;
}

static char *written(int fd, const Record *record) {
        char *text = NULL;

        if (record_write(fd, record, NULL) < 0 || file_read_at(fd, RECORD_FILE, SIZE_MAX / 2, &text, NULL) < 0)
                return NULL;
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(record_freep) Record *record = NULL, *again = NULL;
        CLEANUP(freep) char *first = NULL, *second = NULL;
        CLEANUP(error_done) Error error = {};
        int fd = open_directory();

        if (file_replace_at(fd, RECORD_FILE, (const char *) data, size, 0600) < 0)
                return 0;
        if (record_read(fd, &record, &error) < 0) {
                if (!error.text)
                        abort();
                return 0;
        }
        /* One that is too large to be read again is not written. */
        first = written(fd, record);
        if (!first)
                return 0;
        if (record_read(fd, &again, NULL) < 0)
                abort();
        second = written(fd, again);
        if (!second || strcmp(first, second) != 0)
                abort();
        return 0;
}
