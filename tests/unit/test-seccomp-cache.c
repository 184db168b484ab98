/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* container/seccomp-cache: what is found, and what must not be. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "launch/seccomp-cache.h"
#include "test.h"

typedef struct Bench {
        char root[64], directory[96], library[96], module[96];
} Bench;

static void write_file(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        ASSERT_OK(fd);
        ASSERT_EQ(write(fd, text, strlen(text)), (ssize_t) strlen(text));
        close(fd);
}

static Bench bench_new(void) {
        Bench bench;

        strcpy(bench.root, "/tmp/test-seccomp-cache.XXXXXX");
        ASSERT_TRUE(mkdtemp(bench.root));
        snprintf(bench.directory, sizeof bench.directory, "%s/cache", bench.root);
        snprintf(bench.library, sizeof bench.library, "%s/library", bench.root);
        snprintf(bench.module, sizeof bench.module, "%s/module", bench.root);
        write_file(bench.library, "library");
        write_file(bench.module, "module");
        return bench;
}

static void bench_done(Bench *bench) {
        char command[128];

        snprintf(command, sizeof command, "rm -rf %s", bench->root);
        (void) !system(command);
}

static const uint64_t filter[] = { 1, 2, 3, 4 };

static bool get(const Bench *bench, SpecSeccompAction action) {
        CLEANUP(seccomp_cache_done) SeccompCache cache = SECCOMP_CACHE_NONE;
        CLEANUP(freep) void *found = NULL;
        SpecSeccomp profile = { .default_action = action };
        uint32_t flags = 0;
        size_t size = 0;

        seccomp_cache_open(&cache, bench->directory, &profile, bench->module);
        if (!seccomp_cache_get(&cache, &found, &size, &flags))
                return false;
        ASSERT_EQ(size, sizeof filter);
        ASSERT_EQ(memcmp(found, filter, size), 0);
        ASSERT_EQ(flags, 8u);
        return true;
}

static void put(const Bench *bench, SpecSeccompAction action) {
        CLEANUP(seccomp_cache_done) SeccompCache cache = SECCOMP_CACHE_NONE;
        SpecSeccomp profile = { .default_action = action };

        seccomp_cache_open(&cache, bench->directory, &profile, bench->module);
        seccomp_cache_put(&cache, bench->library, filter, sizeof filter, 8);
}

/* The one file of the cache. */
static void entry_path(const Bench *bench, char path[static 256]) {
        CLEANUP(seccomp_cache_done) SeccompCache cache = SECCOMP_CACHE_NONE;
        SpecSeccomp profile = { .default_action = SPEC_SECCOMP_ALLOW };

        seccomp_cache_open(&cache, bench->directory, &profile, bench->module);
        snprintf(path, 256, "%s/%s", bench->directory, cache.name);
        ASSERT_OK(access(path, F_OK));
}

TEST(kept_and_found) {
        CLEANUP(bench_done) Bench bench = bench_new();

        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        put(&bench, SPEC_SECCOMP_ALLOW);
        ASSERT_TRUE(get(&bench, SPEC_SECCOMP_ALLOW));
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_KILL));
}

TEST(every_byte_counts) {
        CLEANUP(bench_done) Bench bench = bench_new();
        char path[256], byte;
        struct stat st;
        int fd;

        put(&bench, SPEC_SECCOMP_ALLOW);
        entry_path(&bench, path);
        ASSERT_OK(stat(path, &st));
        fd = open(path, O_RDWR | O_CLOEXEC);
        ASSERT_OK(fd);
        for (off_t offset = 0; offset < st.st_size; offset++) {
                ASSERT_EQ(pread(fd, &byte, 1, offset), 1);
                byte ^= 1;
                ASSERT_EQ(pwrite(fd, &byte, 1, offset), 1);
                ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
                byte ^= 1;
                ASSERT_EQ(pwrite(fd, &byte, 1, offset), 1);
        }
        ASSERT_TRUE(get(&bench, SPEC_SECCOMP_ALLOW));
        ASSERT_OK(ftruncate(fd, st.st_size - 8));
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        ASSERT_OK(ftruncate(fd, 10));
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        close(fd);
}

TEST(another_library_or_module) {
        CLEANUP(bench_done) Bench bench = bench_new();

        put(&bench, SPEC_SECCOMP_ALLOW);
        write_file(bench.library, "newer library");
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        put(&bench, SPEC_SECCOMP_ALLOW);
        ASSERT_TRUE(get(&bench, SPEC_SECCOMP_ALLOW));
        write_file(bench.module, "newer module");
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
}

TEST(what_others_can_write_is_not_used) {
        CLEANUP(bench_done) Bench bench = bench_new();
        char path[256], copy[300];

        put(&bench, SPEC_SECCOMP_ALLOW);
        entry_path(&bench, path);
        ASSERT_OK(chmod(path, 0620));
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        ASSERT_OK(chmod(path, 0600));
        ASSERT_TRUE(get(&bench, SPEC_SECCOMP_ALLOW));
        ASSERT_OK(chmod(bench.directory, 0777));
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        ASSERT_OK(chmod(bench.directory, 0700));
        snprintf(copy, sizeof copy, "%s.real", path);
        ASSERT_OK(rename(path, copy));
        ASSERT_OK(symlink(copy, path));
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        if (geteuid() == 0) {
                ASSERT_OK(unlink(path));
                ASSERT_OK(rename(copy, path));
                ASSERT_OK(chown(path, 65534, 0));
                ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
        }
}

TEST(bounded) {
        CLEANUP(bench_done) Bench bench = bench_new();
        char command[200];

        for (unsigned i = 0; i < 100; i++) {
                CLEANUP(seccomp_cache_done) SeccompCache cache = SECCOMP_CACHE_NONE;
                SpecSeccomp profile = { .default_action = SPEC_SECCOMP_ERRNO, .default_errno_ret = { .set = true, .value = i } };

                seccomp_cache_open(&cache, bench.directory, &profile, bench.module);
                seccomp_cache_put(&cache, bench.library, filter, sizeof filter, 0);
        }
        snprintf(command, sizeof command, "[ $(ls %s | wc -l) = 64 ]", bench.directory);
        ASSERT_EQ(system(command), 0);
}

TEST(no_directory) {
        CLEANUP(bench_done) Bench bench = bench_new();

        write_file(bench.directory, "a file");
        put(&bench, SPEC_SECCOMP_ALLOW);
        ASSERT_FALSE(get(&bench, SPEC_SECCOMP_ALLOW));
}
