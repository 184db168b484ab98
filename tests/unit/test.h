/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A unit test program is one .c file: it includes this header and has TEST(name) { ... } blocks, each of which registers
 * itself. There is no main() to write. A failed assertion ends its test and the others go on. With arguments only the tests of
 * those names run.
 *
 *         #include "test.h"
 *
 *         TEST(addition) {
 *                 ASSERT_EQ(1 + 1, 2);
 *         }
 *
 * Prints "ok name" or "not ok name: file:line: why" for each and "N passed, N failed" at the end; the exit status is 1 when one
 * failed, or when none ran. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

typedef struct Test {
        const char *name;
        void (*function)(void);
        struct Test *next;
} Test;

static Test *tests;
static Test **tests_end = &tests;
static jmp_buf test_failed;
static const char *test_name;

/* In the order of the file: constructors of one object run in that order with gcc and clang. */
#define TEST(name_) \
        static void test_##name_(void); \
        static Test test_entry_##name_ = { #name_, test_##name_, NULL }; \
        __attribute__((constructor)) static void test_register_##name_(void) { \
                *tests_end = &test_entry_##name_; \
                tests_end = &test_entry_##name_.next; \
        } \
        static void test_##name_(void)

__attribute__((format(printf, 3, 4), noreturn))
static inline void test_fail(const char *file, int line, const char *format, ...) {
        va_list arguments;

        printf("not ok %s: %s:%d: ", test_name, file, line);
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        printf("\n");
        longjmp(test_failed, 1);
}

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

#define ASSERT_TRUE(expression_) \
        do { \
                if (!(expression_)) \
                        FAIL("%s is not true", #expression_); \
        } while (0)
#define ASSERT_FALSE(expression_) \
        do { \
                if (expression_) \
                        FAIL("%s is not false", #expression_); \
        } while (0)
#define ASSERT_NULL(expression_) ASSERT_TRUE((expression_) == NULL)
#define ASSERT_NOT_NULL(expression_) ASSERT_TRUE((expression_) != NULL)

/* Integers of any type. */
#define TEST_COMPARE(a_, operator_, b_) \
        do { \
                __typeof__(a_) test_a_ = (a_); \
                __typeof__(b_) test_b_ = (b_); \
                if (!(test_a_ operator_ (__typeof__(test_a_)) test_b_)) \
                        FAIL("%s is %jd, not " #operator_ " %jd (%s)", #a_, (intmax_t) test_a_, (intmax_t) test_b_, #b_); \
        } while (0)
#define ASSERT_EQ(a_, b_) TEST_COMPARE(a_, ==, b_)
#define ASSERT_NE(a_, b_) TEST_COMPARE(a_, !=, b_)
#define ASSERT_LT(a_, b_) TEST_COMPARE(a_, <, b_)
#define ASSERT_LE(a_, b_) TEST_COMPARE(a_, <=, b_)
#define ASSERT_GT(a_, b_) TEST_COMPARE(a_, >, b_)
#define ASSERT_GE(a_, b_) TEST_COMPARE(a_, >=, b_)

/* The result of a call that returns 0 or more, or a negative errno. */
#define ASSERT_OK(expression_) \
        do { \
                long test_r_ = (long) (expression_); \
                if (test_r_ < 0) \
                        FAIL("%s: %s", #expression_, strerror((int) -test_r_)); \
        } while (0)
/* The same, with the text of the Error that it was given. */
#define ASSERT_OK_ERROR(expression_, error_) \
        do { \
                if ((expression_) < 0) \
                        FAIL("%s: %s", #expression_, error_text(error_)); \
        } while (0)
#define ASSERT_FAILS(expression_, number_) ASSERT_EQ(expression_, -(number_))

/* NULL is equal to NULL alone. */
static inline bool test_strings_equal(const char *a, const char *b) {
        return a == b || (a && b && strcmp(a, b) == 0);
}
#define ASSERT_STREQ(a_, b_) \
        do { \
                const char *test_a_ = (a_), *test_b_ = (b_); \
                if (!test_strings_equal(test_a_, test_b_)) \
                        FAIL("%s is \"%s\", not \"%s\"", #a_, test_a_ ? test_a_ : "(null)", test_b_ ? test_b_ : "(null)"); \
        } while (0)
#define ASSERT_CONTAINS(string_, part_) \
        do { \
                const char *test_a_ = (string_), *test_b_ = (part_); \
                if (!test_a_ || !strstr(test_a_, test_b_)) \
                        FAIL("%s is \"%s\", without \"%s\"", #string_, test_a_ ? test_a_ : "(null)", test_b_); \
        } while (0)
#define ASSERT_NOT_CONTAINS(string_, part_) \
        do { \
                const char *test_a_ = (string_), *test_b_ = (part_); \
                if (!test_a_ || strstr(test_a_, test_b_)) \
                        FAIL("%s is \"%s\", with \"%s\"", #string_, test_a_ ? test_a_ : "(null)", test_b_); \
        } while (0)
/* The Error is set and its text contains part_. Frees the text, so that the Error can be used again. */
#define ASSERT_ERROR_CONTAINS(error_, part_) \
        do { \
                Error *test_error_ = (error_); \
                if (test_error_->number >= 0) \
                        FAIL("%s is not set, expected \"%s\"", #error_, part_); \
                ASSERT_CONTAINS(error_text(test_error_), part_); \
                error_done(test_error_); \
        } while (0)
#define ASSERT_MEMEQ(a_, b_, size_) ASSERT_TRUE(memcmp(a_, b_, size_) == 0)

static inline bool test_wanted(const char *name, int argc, char **argv) {
        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], name) == 0)
                        return true;
        return argc < 2;
}

static inline bool test_run(const Test *test) {
        test_name = test->name;
        if (setjmp(test_failed) != 0)
                return false;
        test->function();
        printf("ok %s\n", test->name);
        return true;
}

int main(int argc, char **argv) {
        unsigned n_passed = 0, n_failed = 0;

        (void) setvbuf(stdout, NULL, _IOLBF, 0);
        for (const Test *test = tests; test; test = test->next) {
                if (!test_wanted(test->name, argc, argv))
                        continue;
                if (test_run(test))
                        n_passed++;
                else
                        n_failed++;
        }
        printf("%u passed, %u failed\n", n_passed, n_failed);
        return n_failed > 0 || n_passed == 0;
}
