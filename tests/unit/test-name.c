/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/resource/name.h: units, slices, escapes. */

#include <errno.h>

#include "base/strv.h"
#include "resource/hash.h"
#include "resource/name.h"
#include "test.h"

static void check(const char *path, const char *id, bool user, const char *slice, const char *unit) {
        CLEANUP(freep) char *got_slice = NULL, *got_unit = NULL;
        Error error = {};

        ASSERT_OK_ERROR(resource_name(path, id, &(Placement) { .user_manager = user }, &got_slice, &got_unit, &error), &error);
        ASSERT_STREQ(got_slice, slice);
        ASSERT_STREQ(got_unit, unit);
}

TEST(own_names) {
        check(NULL, "web", false, "berth.slice", "berth-web.scope");
        check("", "web", true, "berth.slice", "berth-web.scope");
        check(NULL, "a+b", false, "berth.slice", "berth-a\\x2bb.scope");
        check(NULL, "a@b", false, "berth.slice", "berth-a\\x40b.scope");
        check(NULL, "a.b_c:d-e", false, "berth.slice", "berth-a.b_c:d-e.scope");
        check(NULL, "\xc3\xa9", false, "berth.slice", "berth-\\xc3\\xa9.scope");
}

TEST(names_of_callers) {
        check("machine.slice:libpod:1234", "x", false, "machine.slice", "libpod-1234.scope");
        check("a-b.slice:cri:x", "x", true, "a-b.slice", "cri-x.scope");
        check(":runc:x", "x", false, "system.slice", "runc-x.scope");
        check(":runc:x", "x", true, "user.slice", "runc-x.scope");
        check("-:p:n", "x", false, "-.slice", "p-n.scope");
        check("system.slice::n", "x", false, "system.slice", "n.scope");
        check("system.slice::n.scope", "x", false, "system.slice", "n.scope");
        check("plain", "x", false, "system.slice", "plain.scope");
}

/* systemd-escape --path makes the same of them. */
TEST(paths) {
        check("/k8s.io/x", "id", false, "k8s.io.slice", "berth-k8s.io-x.scope");
        check("/docker/0123", "id", false, "docker.slice", "berth-docker-0123.scope");
        check("foo/bar/", "id", true, "foo.slice", "berth-foo-bar.scope");
        check("//x//", "id", false, "berth.slice", "berth-x.scope");
        check("/a/b/c", "id", false, "a-b.slice", "berth-a-b-c.scope");
        check("/a-b/c", "id", false, "a\\x2db.slice", "berth-a\\x2db-c.scope");
        check("/libpod_parent/libpod-1", "id", false, "libpod_parent.slice", "berth-libpod_parent-libpod\\x2d1.scope");
        check("/.a/b c@d\\", "id", false, "\\x2ea.slice", "berth-\\x2ea-b\\x20c\\x40d\\x5c.scope");
        /* What is systemd's own in name and place stays that. */
        check("/machine.slice/x", "id", false, "machine.slice", "berth-machine.slice-x.scope");
        check("/a.slice/a-b.slice/x", "id", false, "a-b.slice", "berth-a.slice-a\\x2db.slice-x.scope");
        check("/x/machine.slice/y", "id", false, "x-machine.slice.slice", "berth-x-machine.slice-y.scope");
        check("/a:b:c/d", "id", false, "a:b:c.slice", "berth-a:b:c-d.scope");
}

TEST(path_refused) {
        char longest[600], *slice = NULL, *unit = NULL;
        const char *const paths[] = { "/", "//", "/a/../b", "../x", "/./a", "a/.", longest };
        Error error = {};

        memset(longest, 'x', sizeof longest);
        memcpy(longest + 300, "/y", 3);
        longest[0] = '/';
        FOREACH_ELEMENT(path, paths) {
                ASSERT_FAILS(resource_name(*path, "id", &(Placement) {}, &slice, &unit, &error), EINVAL);
                ASSERT_ERROR_CONTAINS(&error, "linux.cgroupsPath");
        }
        /* With --systemd-cgroup. */
        ASSERT_FAILS(resource_name("/foo/bar", "id", &(Placement) { .no_paths = true }, &slice, &unit, &error), EINVAL);
        ASSERT_ERROR_CONTAINS(&error, "slice:prefix:name");
        ASSERT_NULL(unit);
}

TEST(path_too_long_for_a_unit) {
        CLEANUP(freep) char *slice = NULL, *unit = NULL, *other_slice = NULL, *other = NULL;
        char path[300];

        memset(path, 'x', sizeof path);
        path[0] = '/';
        path[299] = '\0';
        ASSERT_OK(resource_name(path, "id", &(Placement) {}, &slice, &unit, NULL));
        path[298] = 'y';
        ASSERT_OK(resource_name(path, "id", &(Placement) {}, &other_slice, &other, NULL));
        ASSERT_TRUE(unit_name_is_valid(unit) && unit_name_is_valid(other) && !streq(unit, other));
}

TEST(refused) {
        static const struct {
                const char *path, *text;
        } cases[] = {
                { "a.slice:b/c:d", "slice:prefix:name" },
                { "a.slice:b", "slice:prefix:name" },
                { "a.slice:b:c:d", "slice:prefix:name" },
                { "a:b:c", "not the name of a slice" },
                { "-a.slice:b:c", "not the name of a slice" },
                { "a-.slice:b:c", "not the name of a slice" },
                { "a--b.slice:b:c", "not the name of a slice" },
                { ".slice:b:c", "not the name of a slice" },
                { "a b.slice:b:c", "not the name of a slice" },
                { "a.slice:b:", "missing" },
        };

        FOREACH_ELEMENT(entry, cases) {
                char *slice = NULL, *unit = NULL;
                Error error = {};

                ASSERT_FAILS(resource_name(entry->path, "id", &(Placement) {}, &slice, &unit, &error), EINVAL);
                ASSERT_CONTAINS(error_text(&error), "linux.cgroupsPath");
                ASSERT_ERROR_CONTAINS(&error, entry->text);
                ASSERT_NULL(unit);
        }
}

static char *unit_of(const char *id) {
        char *slice, *unit;

        ASSERT_OK(resource_name(NULL, id, &(Placement) {}, &slice, &unit, NULL));
        free(slice);
        return unit;
}

TEST(long_ids_keep_apart) {
        char id[1024];

        for (size_t length = 200; length < sizeof id; length++) {
                CLEANUP(freep) char *a = NULL, *b = NULL, *c = NULL;

                memset(id, 'a', length);
                id[length] = '\0';
                a = unit_of(id);
                id[length - 1] = 'b';
                b = unit_of(id);
                ASSERT_LE(strlen(a), 255U);
                ASSERT_TRUE(unit_name_is_valid(a));
                ASSERT_FALSE(streq(a, b));
                /* An id that reads like the shortened name of another. */
                memcpy(id, a + strlen("berth-"), strlen(a) - strlen("berth-.scope"));
                id[strlen(a) - strlen("berth-.scope")] = '\0';
                c = unit_of(id);
                ASSERT_TRUE(streq(a, c) == (length <= 255 - strlen("berth-.scope")));
        }
}

TEST(long_escapes_are_not_cut_in_the_middle) {
        char id[256];

        memset(id, '+', 255);
        id[255] = '\0';
        for (size_t offset = 0; offset < 4; offset++) {
                CLEANUP(freep) char *unit = NULL;
                const char *p;

                memset(id, 'a', offset);
                unit = unit_of(id);
                ASSERT_LE(strlen(unit), 255U);
                for (p = unit; (p = strchr(p, '\\')); p += 4)
                        ASSERT_TRUE(strncmp(p, "\\x2b", 4) == 0 || strncmp(p, "\\x2d", 4) == 0);
        }
}

TEST(escapes_are_reversible) {
        static const char *const pairs[][2] = {
                { "a+b", "a\\x2bb" }, { "a.b", ".a.b" }, { ".a", "\\x2ea" }, { "a/b", "a-b" }, { "a b", "a\\x20b" },
        };

        FOREACH_ELEMENT(pair, pairs) {
                CLEANUP(freep) char *a = unit_name_escape((*pair)[0], 200), *b = unit_name_escape((*pair)[1], 200);

                ASSERT_FALSE(streq(a, b));
        }
}

TEST(slice_paths) {
        static const struct {
                const char *slice, *path;
        } cases[] = {
                { "-.slice", "/" },
                { "a.slice", "/a.slice" },
                { "a-b.slice", "/a.slice/a-b.slice" },
                { "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice" },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(freep) char *path = slice_to_cgroup_path(entry->slice);

                ASSERT_STREQ(path, entry->path);
        }
}

TEST(validity) {
        ASSERT_TRUE(slice_name_is_valid("-.slice"));
        ASSERT_TRUE(slice_name_is_valid("a-b.slice"));
        ASSERT_FALSE(slice_name_is_valid("a.scope"));
        ASSERT_FALSE(slice_name_is_valid("--.slice"));
        ASSERT_FALSE(slice_name_is_valid("a@b.slice"));
        ASSERT_FALSE(unit_name_is_valid("nodot"));
        ASSERT_FALSE(unit_name_is_valid(".scope"));
        ASSERT_FALSE(unit_name_is_valid("a."));
        ASSERT_FALSE(unit_name_is_valid("a b.scope"));
        ASSERT_FALSE(unit_name_is_valid("a/b.scope"));
        ASSERT_TRUE(unit_name_is_valid("a@b.service"));
}

/* FIPS 180-4, and lengths around the end of a block. */
TEST(sha256_vectors) {
        static const struct {
                size_t n;
                const char *hash;
        } cases[] = {
                { 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
                { 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
                { 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
                { 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
                { 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
        };

        FOREACH_ELEMENT(entry, cases) {
                uint8_t hash[SHA256_SIZE];
                char bytes[128], text[65];

                memset(bytes, 'a', sizeof bytes);
                sha256(bytes, entry->n, hash);
                for (size_t i = 0; i < SHA256_SIZE; i++)
                        snprintf(text + 2 * i, 3, "%02x", hash[i]);
                ASSERT_STREQ(text, entry->hash);
        }
}

TEST(spread) {
        unsigned used[4] = {};

        for (unsigned i = 0; i < 400; i++) {
                CLEANUP(freep) char *slice = NULL, *unit = NULL, *again = NULL, *same = NULL;
                char id[16];
                unsigned number;

                snprintf(id, sizeof id, "id%u", i);
                ASSERT_OK(resource_name(NULL, id, &(Placement) { .spread_slices = 4 }, &slice, &unit, NULL));
                ASSERT_OK(resource_name(NULL, id, &(Placement) { .spread_slices = 4 }, &again, &same, NULL));
                ASSERT_STREQ(slice, again);
                ASSERT_EQ(sscanf(slice, "berth-%u.slice", &number), 1);
                ASSERT_TRUE(number < 4);
                used[number]++;
        }
        for (unsigned i = 0; i < 4; i++)
                ASSERT_TRUE(used[i] > 50);
}

TEST(spread_leaves_chosen_slices_alone) {
        CLEANUP(freep) char *slice = NULL, *unit = NULL;

        ASSERT_OK(resource_name("machine.slice:box:web", "id", &(Placement) { .spread_slices = 4 }, &slice, &unit, NULL));
        ASSERT_STREQ(slice, "machine.slice");
}
