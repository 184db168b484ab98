/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/base: numbers, sets, text, vectors, paths, signals, errors, files. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/lock.h"
#include "base/number.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/process.h"
#include "base/sorted.h"
#include "base/strv.h"
#include "base/text.h"
#include "test.h"

TEST(number_u64) {
        uint64_t number;

        ASSERT_OK(number_parse_u64("18446744073709551615", UINT64_MAX, &number));
        ASSERT_TRUE(number == UINT64_MAX);
        ASSERT_OK(number_parse_u64("0", 0, &number));
        ASSERT_EQ(number, 0);
        ASSERT_FAILS(number_parse_u64("18446744073709551616", UINT64_MAX, &number), ERANGE);
        ASSERT_FAILS(number_parse_u64("11", 10, &number), ERANGE);
        ASSERT_FAILS(number_parse_u64("", UINT64_MAX, &number), EINVAL);
        ASSERT_FAILS(number_parse_u64("-1", UINT64_MAX, &number), EINVAL);
        ASSERT_FAILS(number_parse_u64("+1", UINT64_MAX, &number), EINVAL);
        ASSERT_FAILS(number_parse_u64(" 1", UINT64_MAX, &number), EINVAL);
        ASSERT_FAILS(number_parse_u64("1 ", UINT64_MAX, &number), EINVAL);
        ASSERT_FAILS(number_parse_u64("0x10", UINT64_MAX, &number), EINVAL);
}

TEST(number_i64) {
        int64_t number;

        ASSERT_OK(number_parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &number));
        ASSERT_TRUE(number == INT64_MIN);
        ASSERT_OK(number_parse_i64("9223372036854775807", INT64_MIN, INT64_MAX, &number));
        ASSERT_TRUE(number == INT64_MAX);
        ASSERT_FAILS(number_parse_i64("9223372036854775808", INT64_MIN, INT64_MAX, &number), ERANGE);
        ASSERT_FAILS(number_parse_i64("-2", -1, 10, &number), ERANGE);
        ASSERT_FAILS(number_parse_i64("-", INT64_MIN, INT64_MAX, &number), EINVAL);
        ASSERT_FAILS(number_parse_i64("--1", INT64_MIN, INT64_MAX, &number), EINVAL);
}

TEST(number_others) {
        uint32_t number;
        pid_t pid;
        mode_t mode;

        ASSERT_OK(number_parse_u32("4294967295", &number));
        ASSERT_EQ(number, UINT32_MAX);
        ASSERT_FAILS(number_parse_u32("4294967296", &number), ERANGE);
        ASSERT_OK(number_parse_pid("1", &pid));
        ASSERT_EQ(pid, 1);
        ASSERT_LT(number_parse_pid("0", &pid), 0);
        ASSERT_LT(number_parse_pid("-1", &pid), 0);
        ASSERT_LT(number_parse_pid("99999999999", &pid), 0);
        ASSERT_OK(number_parse_mode("0755", &mode));
        ASSERT_EQ(mode, 0755);
        ASSERT_OK(number_parse_mode("7777", &mode));
        ASSERT_LT(number_parse_mode("10000", &mode), 0);
        ASSERT_LT(number_parse_mode("8", &mode), 0);
        ASSERT_LT(number_parse_mode("", &mode), 0);
}

TEST(number_size) {
        uint64_t size;

        ASSERT_OK(number_parse_size("512", &size));
        ASSERT_EQ(size, 512);
        ASSERT_OK(number_parse_size("4k", &size));
        ASSERT_EQ(size, 4096);
        ASSERT_OK(number_parse_size("64MiB", &size));
        ASSERT_EQ(size, 64U * 1024 * 1024);
        ASSERT_OK(number_parse_size("2GB", &size));
        ASSERT_EQ(size, UINT64_C(2) << 30);
        ASSERT_FAILS(number_parse_size("99999999T", &size), ERANGE);
        ASSERT_FAILS(number_parse_size("4X", &size), EINVAL);
        ASSERT_FAILS(number_parse_size("K", &size), EINVAL);
        ASSERT_FAILS(number_parse_size("4KK", &size), EINVAL);
}

TEST(number_set) {
        NumberSet set;

        ASSERT_OK(number_set_parse("0-3,7", &set));
        ASSERT_EQ(set.n_bytes, 1);
        ASSERT_EQ(set.bits[0], 0x8f);
        ASSERT_OK(number_set_parse("8,15", &set));
        ASSERT_EQ(set.n_bytes, 2);
        ASSERT_EQ(set.bits[0], 0);
        ASSERT_EQ(set.bits[1], 0x81);
        ASSERT_OK(number_set_parse("", &set));
        ASSERT_EQ(set.n_bytes, 0);
        ASSERT_OK(number_set_parse("8191", &set));
        ASSERT_EQ(set.n_bytes, NUMBER_SET_MAX / 8);
        ASSERT_LT(number_set_parse("8192", &set), 0);
        ASSERT_LT(number_set_parse("3-1", &set), 0);
        ASSERT_LT(number_set_parse("1-", &set), 0);
        ASSERT_LT(number_set_parse("a", &set), 0);
        ASSERT_LT(number_set_parse("1,,2", &set), 0);
        ASSERT_LT(number_set_parse("-1", &set), 0);
}

static char *json_of(const char *string) {
        Text text = {};

        text_add_json(&text, string);
        return text_take(&text);
}

TEST(text_json) {
        static const struct {
                const char *string;
                const char *json;
        } cases[] = {
                { "", "\"\"" },
                { "a/b", "\"a/b\"" },
                { "\"\\", "\"\\\"\\\\\"" },
                { "\b\f\n\r\t\x01\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u007f\"" },
                { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
                { "\xff", "\"\\ufffd\"" },
                { "\xc0\xaf", "\"\\ufffd\\ufffd\"" },             /* overlong */
                { "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },   /* a surrogate */
                { "a\xe2\x82", "\"a\\ufffd\\ufffd\"" },            /* cut short */
                { "\xc2\x9b", "\"\\u009b\"" },                      /* C1, which a terminal obeys */
                { "\xc2\x9f\xc2\xa0", "\"\\u009f\xc2\xa0\"" },
                { "\xe2\x80\xae\xe2\x81\xa9\xd8\x9c", "\"\\u202e\\u2069\\u061c\"" }, /* another direction */
        };

        FOREACH_ELEMENT(row, cases) {
                CLEANUP(freep) char *json = json_of(row->string);

                ASSERT_STREQ(json, row->json);
        }
}

TEST(text_visible) {
        static const struct {
                const char *string, *kept, *visible;
        } cases[] = {
                { "", "", "" },
                { "a b", "", "a b" },
                { "a\tb\nc\r", "\t", "a\tb\\x0ac\\x0d" },
                { "a\tb\nc", "\n\t", "a\tb\nc" },
                { "\x1b[2J\x7f", "\n\t", "\\x1b[2J\\x7f" },
                { "\xc2\x9b\xc2\xa0", "", "\\xc2\\x9b\xc2\xa0" },
                { "\x9b" "31m", "", "\\x9b31m" },                  /* C1 as one byte */
                { "\xe2\x80\xae\xe2\x81\xa6\xe2\x82\xac", "", "\\xe2\\x80\\xae\\xe2\\x81\\xa6\xe2\x82\xac" },
                { "\xf0\x9f\x98\x80\xf0\x9f", "", "\xf0\x9f\x98\x80\\xf0\\x9f" }, /* cut short */
        };

        FOREACH_ELEMENT(row, cases) {
                CLEANUP(text_done) Text text = {};

                text_add_visible(&text, row->string, strlen(row->string), row->kept);
                ASSERT_STREQ(text.string ? text.string : "", row->visible);
        }
        CLEANUP(text_done) Text text = {};

        text_add_visible(&text, "a\0b", 3, "\n\t");
        ASSERT_STREQ(text.string, "a\\x00b");
}

TEST(text_grows) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *string = NULL;

        for (int i = 0; i < 1000; i++)
                text_addf(&text, "%03d,", i);
        ASSERT_EQ(text.length, 4000);
        text_add_bytes(&text, "xyz", 2);
        string = text_take(&text);
        ASSERT_EQ(strlen(string), 4002);
        ASSERT_STREQ(string + 3996, "999,xy");
        free(string);
        string = text_take(&text);
        ASSERT_STREQ(string, "");
}

TEST(strv) {
        CLEANUP(strv_freep) char **strv = NULL, **copy = NULL;
        CLEANUP(freep) char *joined = NULL;

        ASSERT_EQ(strv_length(NULL), 0);
        ASSERT_OK(strv_split(",a,,b,", ",", &strv));
        ASSERT_EQ(strv_length(strv), 2);
        ASSERT_OK(strv_append(&strv, "c"));
        ASSERT_OK(strv_copy(strv, &copy));
        joined = strv_join(copy, "+");
        ASSERT_STREQ(joined, "a+b+c");
        ASSERT_TRUE(strv_contains(strv, "b"));
        ASSERT_FALSE(strv_contains(strv, "d"));
        ASSERT_FALSE(strv_contains(NULL, "d"));
}

TEST(strv_environment) {
        CLEANUP(strv_freep) char **environment = NULL;

        ASSERT_OK(strv_environment_set(&environment, "A=1"));
        ASSERT_OK(strv_environment_set(&environment, "AB=2"));
        ASSERT_OK(strv_environment_set(&environment, "A=3"));
        ASSERT_EQ(strv_length(environment), 2);
        ASSERT_STREQ(strv_environment_get(environment, "A"), "3");
        ASSERT_STREQ(strv_environment_get(environment, "AB"), "2");
        ASSERT_NULL(strv_environment_get(environment, "B"));
}

TEST(strv_environment_unique) {
        static const char *const given[] = { "A=1", "AB=2", "B=1", "A=", "B=2", "AB=3", "A=4", "C" }, *const left[] = { "B=2", "AB=3", "A=4", "C" };
        CLEANUP(strv_freep) char **environment = NULL;

        ASSERT_OK(strv_environment_unique(environment));
        FOREACH_ELEMENT(assignment, given)
                ASSERT_OK(strv_append(&environment, *assignment));
        ASSERT_STREQ(strv_environment_get(environment, "B"), "2");
        ASSERT_OK(strv_environment_unique(environment));
        ASSERT_EQ(strv_length(environment), ELEMENTSOF(left));
        for (size_t i = 0; i < ELEMENTSOF(left); i++)
                ASSERT_STREQ(environment[i], left[i]);
}

TEST(strings) {
        ASSERT_STREQ(startswith("berth-1", "berth-"), "1");
        ASSERT_NULL(startswith("ber", "berth"));
        ASSERT_STREQ(endswith("a.scope", ".scope"), ".scope");
        ASSERT_NULL(endswith("scope", "a.scope"));
        ASSERT_TRUE(isempty(NULL));
        ASSERT_TRUE(isempty(""));
        ASSERT_FALSE(isempty("a"));
}

static void check_path(char *path, const char *expected) {
        CLEANUP(freep) char *owned = path;

        ASSERT_STREQ(owned, expected);
}

TEST(paths) {
        check_path(path_join("a", "b"), "a/b");
        check_path(path_join("a/", "b"), "a/b");
        check_path(path_join("/a", "/b"), "/b");
        check_path(path_simplify("//a/./b//"), "/a/b");
        check_path(path_simplify("a/../b"), "a/../b");
        check_path(path_simplify("/"), "/");
        check_path(path_simplify("./"), ".");
        ASSERT_TRUE(path_has_dotdot("a/../b"));
        ASSERT_TRUE(path_has_dotdot(".."));
        ASSERT_TRUE(path_has_dotdot("/a/.."));
        ASSERT_FALSE(path_has_dotdot("/a/..b/c.."));
        ASSERT_FALSE(path_has_dotdot(""));
        ASSERT_TRUE(path_is_component("a"));
        ASSERT_FALSE(path_is_component(""));
        ASSERT_FALSE(path_is_component(".."));
        ASSERT_FALSE(path_is_component("a/b"));
}

TEST(path_open_in_root) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(fd_closep) int root = -EBADF, fd = -EBADF;

        ASSERT_NOT_NULL(mkdtemp(directory));
        root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        ASSERT_GE(root, 0);
        ASSERT_OK(file_replace_at(root, "file", "inside", 6, 0600));
        ASSERT_EQ(symlinkat("/file", root, "absolute"), 0);
        ASSERT_EQ(symlinkat("../../../../file", root, "up"), 0);
        ASSERT_EQ(symlinkat("/proc/self/root/etc", root, "magic"), 0);
        fd = path_open_in_root(root, "absolute", O_RDONLY, 0);
        ASSERT_GE(fd, 0);
        fd_closep(&fd);
        fd = path_open_in_root(root, "up", O_RDONLY, 0);
        ASSERT_GE(fd, 0);
        fd_closep(&fd);
        ASSERT_LT(path_open_in_root(root, "magic", O_RDONLY, 0), 0);
        ASSERT_LT(path_open_in_root(root, "../etc/passwd", O_RDONLY, 0), 0);
        ASSERT_LT(path_open_beneath(root, "absolute", O_RDONLY, 0), 0);
        ASSERT_LT(path_open_beneath(root, "..", O_RDONLY, 0), 0);
        fd = path_open_beneath(root, "file", O_RDONLY, 0);
        ASSERT_GE(fd, 0);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
        ASSERT_EQ(access(directory, F_OK), -1);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
}

TEST(files) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(fd_closep) int root = -EBADF;
        CLEANUP(freep) char *text = NULL;
        size_t size;

        ASSERT_NOT_NULL(mkdtemp(directory));
        root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        ASSERT_OK(file_replace_at(root, "a", "one", 3, 0644));
        ASSERT_OK(file_replace_at(root, "a", "two", 3, 0644));
        ASSERT_OK(file_read_at(root, "a", 3, &text, &size));
        ASSERT_EQ(size, 3);
        ASSERT_STREQ(text, "two");
        ASSERT_FAILS(file_read_at(root, "a", 2, &text, &size), EFBIG);
        ASSERT_FAILS(file_read_at(root, "b", 2, &text, &size), ENOENT);
        ASSERT_OK(file_write_at(root, "a", "six"));
        ASSERT_FAILS(file_write_at(root, "b", "six"), ENOENT);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
}

TEST(names_in_a_directory) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(fd_closep) int root = -EBADF;
        CLEANUP(strv_freep) char **names = NULL, **again = NULL;

        ASSERT_NOT_NULL(mkdtemp(directory));
        root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ASSERT_OK(directory_read_names(root, &names));
        ASSERT_EQ(strv_length(names), 0);
        ASSERT_OK(file_replace_at(root, ".a", "x", 1, 0644));
        ASSERT_OK(mkdirat(root, "b", 0700));
        ASSERT_OK(directory_read_names(root, &names));
        ASSERT_EQ(strv_length(names), 2);
        ASSERT_OK(directory_read_names(root, &again));
        ASSERT_EQ(strv_length(again), 2);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
        ASSERT_FAILS(directory_read_names(-EBADF, &again), EBADF);
}

TEST(memfd_is_sealed) {
        CLEANUP(fd_closep) int fd = memfd_sealed("test", "abc", 3);
        CLEANUP(freep) char *text = NULL;
        size_t size;

        ASSERT_GE(fd, 0);
        ASSERT_EQ(pwrite(fd, "x", 1, 0), -1);
        ASSERT_EQ(ftruncate(fd, 0), -1);
        ASSERT_EQ(lseek(fd, 0, SEEK_SET), 0);
        ASSERT_OK(fd_read_file(fd, 10, &text, &size));
        ASSERT_STREQ(text, "abc");
}

TEST(signals) {
        char buffer[24];

        ASSERT_EQ(signal_from_string("TERM"), SIGTERM);
        ASSERT_EQ(signal_from_string("SIGTERM"), SIGTERM);
        ASSERT_EQ(signal_from_string("sigkill"), SIGKILL);
        ASSERT_EQ(signal_from_string("15"), 15);
        ASSERT_EQ(signal_from_string("RTMIN"), SIGRTMIN);
        ASSERT_EQ(signal_from_string("RTMIN+3"), SIGRTMIN + 3);
        ASSERT_EQ(signal_from_string("SIGRTMAX-1"), SIGRTMAX - 1);
        ASSERT_FAILS(signal_from_string("BOGUS"), EINVAL);
        ASSERT_FAILS(signal_from_string(""), EINVAL);
        ASSERT_FAILS(signal_from_string("65"), EINVAL);
        ASSERT_FAILS(signal_from_string("-1"), EINVAL);
        ASSERT_FAILS(signal_from_string("RTMIN+99"), EINVAL);
        ASSERT_STREQ(signal_to_string(SIGTERM, buffer), "TERM");
        ASSERT_STREQ(signal_to_string(SIGRTMIN + 3, buffer), "RTMIN+3");
        ASSERT_NULL(signal_to_string(0, buffer));
        ASSERT_NULL(signal_to_string(200, buffer));
        for (int signal = 1; signal <= SIGRTMAX; signal++) {
                const char *name = signal_to_string(signal, buffer);

                if (name)
                        ASSERT_EQ(signal_from_string(name), signal);
        }
}

TEST(error_first_text_wins) {
        CLEANUP(error_done) Error error = {};

        ASSERT_EQ(error_set(&error, -ENOENT, "file %s: %m", "x"), -ENOENT);
        ASSERT_STREQ(error_text(&error), "file x: No such file or directory");
        ASSERT_EQ(error_set(&error, -EPERM, "other"), -EPERM);
        ASSERT_EQ(error.number, -ENOENT);
        ASSERT_EQ(error_prefix(&error, "bundle %d", 1), -ENOENT);
        ASSERT_STREQ(error_text(&error), "bundle 1: file x: No such file or directory");
        error_done(&error);
        ASSERT_EQ(error.number, 0);
        ASSERT_EQ(error_set(NULL, -EPERM, "nobody reads"), -EPERM);
        ASSERT_NOT_NULL(error_text(&error));
}

TEST(process_of_mine) {
        CLEANUP(fd_closep) int fd = -EBADF;
        uint64_t start;

        ASSERT_OK(process_start_time(getpid(), &start));
        ASSERT_GT(start, 0);
        fd = process_open(getpid(), start);
        ASSERT_GE(fd, 0);
        ASSERT_FAILS(process_open(getpid(), start + 1), ESRCH);
}

TEST(how_a_process_ended) {
        static const struct {
                int status;
                bool first;
                int code;
        } cases[] = {
                { 0, false, 0 }, { 3 << 8, false, 3 }, { 255 << 8, true, 255 }, { SIGKILL, false, 137 }, { SIGKILL, true, 137 },
                { SIGSEGV | 0x80, true, 139 }, { SIGINT, false, 130 }, { SIGHUP, false, 129 }, { SIGINT, true, 0 },
                { SIGHUP, true, 133 }, { 130 << 8, true, 130 }, { SIGTERM, true, 143 },
        };

        FOREACH_ELEMENT(entry, cases)
                ASSERT_EQ(exit_code_from_wait(entry->status, entry->first), entry->code);
}

TEST(lock) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(fd_closep) int first = -EBADF, second = -EBADF;
        uint64_t begin;
        pid_t pid;

        ASSERT_NOT_NULL(mkdtemp(directory));
        first = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        second = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ASSERT_OK(rmdir(directory));
        ASSERT_FAILS(lock_holder(first, &pid), ESRCH);
        ASSERT_OK(lock_take(first, 0));
        ASSERT_OK(lock_take(first, 0)); /* one's own is no obstacle */
        begin = usec_monotonic();
        ASSERT_FAILS(lock_take(second, begin + 50 * USEC_PER_MSEC), ETIME);
        ASSERT_GE(usec_monotonic(), begin + 50 * USEC_PER_MSEC);
        ASSERT_OK(lock_holder(second, &pid));
        ASSERT_EQ(pid, getpid());
        first = fd_close(first);
        ASSERT_OK(lock_take(second, 0));
        ASSERT_FAILS(lock_take(-EBADF, 0), EBADF);
}

TEST(lock_that_is_let_go_of) {
        char directory[] = "/tmp/berth-test-XXXXXX", byte;
        CLEANUP(fd_closep) int fd = -EBADF;
        int pipe_fds[2];
        pid_t child;

        ASSERT_NOT_NULL(mkdtemp(directory));
        ASSERT_OK(pipe2(pipe_fds, O_CLOEXEC));
        child = fork();
        if (child == 0) {
                int own = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

                if (own < 0 || flock(own, LOCK_EX) < 0 || write(pipe_fds[1], "x", 1) != 1)
                        _exit(1);
                usec_sleep(100 * USEC_PER_MSEC);
                _exit(0);
        }
        ASSERT_EQ(read(pipe_fds[0], &byte, 1), 1);
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ASSERT_OK(lock_take(fd, usec_monotonic() + 60 * USEC_PER_SEC));
        ASSERT_EQ(process_wait(child), 0);
        ASSERT_OK(rmdir(directory));
        fd_close(pipe_fds[0]);
        fd_close(pipe_fds[1]);
}

static const char *letter_at(const void *items, size_t i) {
        return ((const char *const *) items)[i];
}

TEST(sorted) {
        static const char *const names[] = { "b", "d", "dd", "f" };
        static const struct {
                const char *name;
                size_t position;
                bool found;
        } rows[] = { { "", 0, false }, { "a", 0, false }, { "b", 0, true }, { "c", 1, false }, { "d", 1, true }, { "dd", 2, true }, { "e", 3, false },
                     { "f", 3, true }, { "g", 4, false } };

        FOREACH_ELEMENT(row, rows) {
                bool found;

                ASSERT_EQ(sorted_position(names, ELEMENTSOF(names), letter_at, row->name, &found), row->position);
                ASSERT_EQ(found, row->found);
                ASSERT_EQ(sorted_position(NULL, 0, letter_at, row->name, &found), 0U);
                ASSERT_FALSE(found);
        }
}

static int thread_pipe[2];

static void *thread_main(void *ready) {
        char byte;

        *(pid_t *) ready = (pid_t) syscall(SYS_gettid);
        (void) !write(thread_pipe[1], "", 1);
        (void) !read(thread_pipe[0], &byte, 1);
        return NULL;
}

/* A pid that is used again may be a thread's. */
TEST(process_whose_pid_is_a_threads) {
        pthread_t thread;
        pid_t tid = 0;
        char byte;
        int fds[2];

        ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
        thread_pipe[0] = thread_pipe[1] = fds[1];
        ASSERT_EQ(pthread_create(&thread, NULL, thread_main, &tid), 0);
        ASSERT_EQ(read(fds[0], &byte, 1), 1);
        ASSERT_EQ(pidfd_open_pid(tid), -ESRCH);
        ASSERT_EQ(process_open(tid, 1), -ESRCH);
        ASSERT_EQ(write(fds[0], "", 1), 1);
        ASSERT_EQ(pthread_join(thread, NULL), 0);
}
