/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target over files, so that every input that ever mattered is an ordinary test with any compiler. Arguments are
 * files, or directories of files. Fails when there was none. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_LIMIT (64U * 1024U * 1024U)

static int run_file(const char *path) {
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) uint8_t *exact = NULL;
        size_t size;
        int r;

        r = file_read_at(AT_FDCWD, path, SIZE_LIMIT, &text, &size);
        if (r < 0) {
                fprintf(stderr, "%s: %s\n", path, strerror(-r));
                return r;
        }
        /* A copy without the NUL, so that the address sanitizer sees one byte too many. */
        exact = malloc(size ? size : 1);
        if (!exact)
                return -ENOMEM;
        memcpy(exact, text, size);
        (void) LLVMFuzzerTestOneInput(exact, size);
        printf("ok %s\n", path);
        return 1;
}

static int run_directory(const char *path) {
        DIR *directory = opendir(path);
        int n = 0, r = 0;

        if (!directory)
                return -errno;
        for (const struct dirent *entry; r >= 0 && (entry = readdir(directory));) {
                CLEANUP(freep) char *file = NULL;

                if (entry->d_name[0] == '.')
                        continue;
                file = path_join(path, entry->d_name);
                r = file ? run_file(file) : -ENOMEM;
                n++;
        }
        closedir(directory);
        return r < 0 ? r : n;
}

int main(int argc, char **argv) {
        int n = 0;

        for (int i = 1; i < argc; i++) {
                struct stat status;
                int r;

                r = stat(argv[i], &status) < 0 ? -errno : S_ISDIR(status.st_mode) ? run_directory(argv[i]) : run_file(argv[i]);
                if (r < 0) {
                        fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
                        return EXIT_FAILURE;
                }
                n += r;
        }
        printf("%d inputs\n", n);
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
