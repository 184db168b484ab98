/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/container/resctrl.c on a directory that behaves like a resctrl file system: a directory that is made in it has files, and goes with them. */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "container/resctrl.h"
#include "test.h"

static int n_removed;

static void make_file(int dir_fd, const char *directory, const char *name) {
        CLEANUP(freep) char *path = path_join(directory, name);
        int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        ASSERT_OK(fd);
        fd_close(fd);
}

/* In place of the C library's: the kernel's part of it. */
int mkdirat(int dir_fd, const char *path, mode_t mode) {
        CLEANUP(freep) char *groups = path_join(path, "mon_groups");

        if (syscall(SYS_mkdirat, dir_fd, path, mode) < 0)
                return -1;
        make_file(dir_fd, path, "schemata");
        make_file(dir_fd, path, "tasks");
        if (!strstr(path, "mon_groups"))
                ASSERT_OK(syscall(SYS_mkdirat, dir_fd, groups, 0755));
        return 0;
}

int unlinkat(int dir_fd, const char *path, int flags) {
        static const char *const names[] = { "schemata", "tasks", "mon_groups" };

        if ((flags & AT_REMOVEDIR) == 0)
                return (int) syscall(SYS_unlinkat, dir_fd, path, flags);
        FOREACH_ELEMENT(name, names) {
                CLEANUP(freep) char *below = path_join(path, *name);

                (void) syscall(SYS_unlinkat, dir_fd, below, streq(*name, "mon_groups") ? AT_REMOVEDIR : 0);
        }
        n_removed++;
        return (int) syscall(SYS_unlinkat, dir_fd, path, flags);
}

typedef struct Directory {
        char path[64];
        int fd;
} Directory;

static Directory directory_new(void) {
        Directory directory = { .path = "/tmp/test-resctrl.XXXXXX" };

        ASSERT_NOT_NULL(mkdtemp(directory.path));
        directory.fd = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ASSERT_OK(directory.fd);
        make_file(directory.fd, ".", "schemata");
        make_file(directory.fd, ".", "tasks");
        ASSERT_OK(syscall(SYS_mkdirat, directory.fd, "mon_groups", 0755));
        n_removed = 0;
        return directory;
}

static void directory_done(Directory *directory) {
        fd_close(directory->fd);
        (void) path_remove_tree_at(AT_FDCWD, directory->path);
}

static void assert_file(const Directory *directory, const char *name, const char *wanted) {
        CLEANUP(freep) char *text = NULL;

        ASSERT_OK(file_read_at(directory->fd, name, 4096, &text, NULL));
        ASSERT_STREQ(text, wanted);
}

static bool exists(const Directory *directory, const char *name) {
        return faccessat(directory->fd, name, F_OK, 0) >= 0;
}

static char clos[] = "gold", root_class[] = "/", l3[] = "L3:0=7f0;1=1f", mb[] = "MB:0=20;1=70", l2[] = "L2:0=f";
static char *schemata[] = { l2, NULL };

TEST(class_is_made) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(record_freep) Record *record = record_new();
        CLEANUP(error_done) Error error = {};
        SpecIntelRdt rdt = { .l3_cache_schema = l3, .mem_bw_schema = mb, .schemata = schemata };

        ASSERT_OK_ERROR(resctrl_enter(directory.fd, &rdt, "web", 42, record, &error), &error);
        assert_file(&directory, "web/schemata", "L3:0=7f0;1=1f\nMB:0=20;1=70\nL2:0=f\n");
        assert_file(&directory, "web/tasks", "42");
        ASSERT_STREQ(record->resctrl_group, "web");
        ASSERT_TRUE(record->resctrl_group_made);
        resctrl_leave(directory.fd, record);
        ASSERT_FALSE(exists(&directory, "web"));
        ASSERT_EQ(n_removed, 1);
}

TEST(class_of_its_own_name_stays) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(record_freep) Record *record = record_new();
        CLEANUP(error_done) Error error = {};
        SpecIntelRdt rdt = { .clos_id = clos, .mem_bw_schema = mb };

        ASSERT_OK_ERROR(resctrl_enter(directory.fd, &rdt, "web", 42, record, &error), &error);
        assert_file(&directory, "gold/schemata", "MB:0=20;1=70\n");
        ASSERT_FALSE(record->resctrl_group_made);
        resctrl_leave(directory.fd, record);
        ASSERT_TRUE(exists(&directory, "gold"));
}

TEST(class_that_is_there) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(record_freep) Record *record = record_new();
        CLEANUP(error_done) Error error = {};
        SpecIntelRdt rdt = { .clos_id = clos };

        ASSERT_OK(mkdirat(directory.fd, "gold", 0755));
        ASSERT_OK_ERROR(resctrl_enter(directory.fd, &rdt, "web", 7, record, &error), &error);
        assert_file(&directory, "gold/tasks", "7");
        assert_file(&directory, "gold/schemata", "");
        ASSERT_OK(resctrl_join(directory.fd, record, 8));
        assert_file(&directory, "gold/tasks", "8");
        resctrl_leave(directory.fd, record);
        ASSERT_EQ(n_removed, 0);
}

TEST(default_class) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(record_freep) Record *record = record_new();
        CLEANUP(error_done) Error error = {};
        SpecIntelRdt rdt = { .clos_id = root_class, .enable_monitoring = true };

        ASSERT_OK_ERROR(resctrl_enter(directory.fd, &rdt, "web", 7, record, &error), &error);
        assert_file(&directory, "tasks", "7");
        assert_file(&directory, "mon_groups/web/tasks", "7");
        resctrl_leave(directory.fd, record);
        ASSERT_FALSE(exists(&directory, "mon_groups/web"));
        ASSERT_TRUE(exists(&directory, "tasks"));
}

TEST(class_is_missing) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(record_freep) Record *record = record_new();
        CLEANUP(error_done) Error error = {};
        SpecIntelRdt rdt = { .clos_id = clos };

        ASSERT_FAILS(resctrl_enter(directory.fd, &rdt, "web", 7, record, &error), ENOENT);
        ASSERT_CONTAINS(error_text(&error), "linux.intelRdt.closID");
        ASSERT_NULL(record->resctrl_group);
        ASSERT_FALSE(exists(&directory, "gold"));
}

TEST(another_schema) {
        static const struct {
                const char *there;
                int result;
        } cases[] = {
                { "    L3:0=7f0;1=1f\n    MB:0=100;1=100\n", 0 },
                { "L3:0=07f0;1=01F;2=fff\n", 0 },
                { "    L3:0=7f0;1=3f\n", -EEXIST },
                { "    L3:0=7f0\n", -EEXIST },
                { "    L3DATA:0=7f0;1=1f\n", -EEXIST },
                { "", -EEXIST },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(directory_done) Directory directory = directory_new();
                CLEANUP(record_freep) Record *record = record_new();
                CLEANUP(error_done) Error error = {};
                SpecIntelRdt rdt = { .clos_id = clos, .l3_cache_schema = l3 };

                ASSERT_OK(mkdirat(directory.fd, "gold", 0755));
                ASSERT_OK(file_replace_at(directory.fd, "gold/schemata", entry->there, strlen(entry->there), 0644));
                ASSERT_EQ(resctrl_enter(directory.fd, &rdt, "web", 7, record, &error), entry->result);
                assert_file(&directory, "gold/schemata", entry->there);
                assert_file(&directory, "gold/tasks", entry->result < 0 ? "" : "7");
        }
}

TEST(monitoring) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(record_freep) Record *record = record_new();
        CLEANUP(error_done) Error error = {};
        SpecIntelRdt rdt = { .enable_monitoring = true };

        ASSERT_OK_ERROR(resctrl_enter(directory.fd, &rdt, "web", 7, record, &error), &error);
        assert_file(&directory, "web/tasks", "7");
        assert_file(&directory, "web/mon_groups/web/tasks", "7");
        resctrl_leave(directory.fd, record);
        ASSERT_FALSE(exists(&directory, "web"));

        /* One of that name is somebody else's: an error, and nothing stays. */
        rdt.clos_id = clos;
        ASSERT_OK(mkdirat(directory.fd, "gold", 0755));
        ASSERT_OK(mkdirat(directory.fd, "gold/mon_groups/web", 0755));
        ASSERT_FAILS(resctrl_enter(directory.fd, &rdt, "web", 7, record, &error), EEXIST);
        ASSERT_CONTAINS(error_text(&error), "linux.intelRdt.enableMonitoring");
        ASSERT_TRUE(exists(&directory, "gold/mon_groups/web"));
}
