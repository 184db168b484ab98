/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/plan: words of mounts[].options. */

#include <errno.h>
#include <linux/mount.h>

#include "base/strv.h"
#include "plan/mount-idmap.h"
#include "plan/mount-options.h"
#include "test.h"

#define CLEAR(attributes) ((uint64_t) (attributes) << 32)

static void read_words(const char *line, MountOptions *ret) {
        CLEANUP(strv_freep) char **words = NULL;

        ASSERT_OK(strv_split(line, ",", &words));
        ASSERT_OK(mount_options_read(words, ret, NULL));
}

TEST(words_are_sorted) {
        size_t n;
        const char *const *words = plan_mount_option_words(&n);

        ASSERT_GT(n, 70);
        for (size_t i = 1; i < n; i++)
                if (strcmp(words[i - 1], words[i]) >= 0)
                        FAIL("%s stands before %s", words[i - 1], words[i]);
}

/* Every word is found again: none of them is taken for data. */
TEST(words_are_known) {
        size_t n;
        const char *const *words = plan_mount_option_words(&n);

        for (size_t i = 0; i < n; i++) {
                CLEANUP(mount_options_done) MountOptions options = {};

                read_words(words[i], &options);
                if (options.data.length > 0)
                        FAIL("%s became data", words[i]);
        }
}

TEST(later_word_wins) {
        CLEANUP(mount_options_done) MountOptions options = {};

        read_words("ro,rw,nosuid,suid,nosuid,noatime,strictatime", &options);
        ASSERT_TRUE(options.attributes ==
                    (MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME | CLEAR(MOUNT_ATTR_RDONLY | MOUNT_ATTR__ATIME)));
        ASSERT_FALSE(options.read_only);
}

TEST(access_time_is_taken_back) {
        CLEANUP(mount_options_done) MountOptions back = {}, other = {};

        read_words("noatime,nodiratime,atime,diratime", &back);
        ASSERT_TRUE(back.attributes == CLEAR(MOUNT_ATTR_NODIRATIME));
        read_words("strictatime,atime,norelatime", &other);
        ASSERT_TRUE(other.attributes == (MOUNT_ATTR_STRICTATIME | CLEAR(MOUNT_ATTR__ATIME)));
}

/* What mount(2) has no flag for leaves a bind mount as its source is. */
TEST(words_for_flags) {
        static const char *const with[] = { "ro", "dev", "atime", "norelatime", "async", "loud", "noiversion", "bind,rw" };
        static const char *const without[] = { "", "bind", "rbind", "defaults", "rshared", "rro", "ratime", "acl", "idmap", "src-nofollow", "remount" };

        FOREACH_ELEMENT(line, with) {
                CLEANUP(mount_options_done) MountOptions options = {};

                read_words(*line, &options);
                if (!options.has_flags)
                        FAIL("%s names no flag", *line);
        }
        FOREACH_ELEMENT(line, without) {
                CLEANUP(mount_options_done) MountOptions options = {};

                read_words(*line, &options);
                if (options.has_flags)
                        FAIL("%s names a flag", *line);
        }
}

TEST(recursive_words) {
        CLEANUP(mount_options_done) MountOptions options = {};

        read_words("rro,rnodev,rdev,rnoatime", &options);
        ASSERT_TRUE(options.attributes == 0);
        ASSERT_TRUE(options.attributes_recursive ==
                    (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME | CLEAR(MOUNT_ATTR_NODEV | MOUNT_ATTR__ATIME)));
}

TEST(propagation_words) {
        CLEANUP(mount_options_done) MountOptions options = {};
        CLEANUP(error_done) Error error = {};
        CLEANUP(strv_freep) char **words = NULL;

        read_words("rslave,unbindable", &options);
        ASSERT_EQ(options.n_propagation, 2);
        ASSERT_TRUE(options.propagation[0] == (PLAN_MS_SLAVE | PLAN_MS_REC));
        ASSERT_TRUE(options.propagation[1] == PLAN_MS_UNBINDABLE);
        for (unsigned i = 0; i < MOUNT_PROPAGATIONS_MAX + 1; i++)
                ASSERT_OK(strv_append(&words, "shared"));
        ASSERT_LT(mount_options_read(words, &options, &error), 0);
        ASSERT_ERROR_CONTAINS(&error, "propagation");
}

TEST(unknown_words_are_data) {
        CLEANUP(mount_options_done) MountOptions options = {};

        read_words("mode=755,sync,x,lazytime,ro=1", &options);
        ASSERT_STREQ(options.data.string, "mode=755,x,ro=1");
        ASSERT_STREQ(options.superblock.string, "sync,lazytime");
}

TEST(bind_words) {
        CLEANUP(mount_options_done) MountOptions options = {}, recursive = {};

        read_words("bind", &options);
        ASSERT_EQ(options.options, 0);
        read_words("rbind,tmpcopyup,dest-nofollow", &recursive);
        ASSERT_EQ(recursive.options, PLAN_MOUNT_RECURSIVE | PLAN_MOUNT_COPY_UP | PLAN_MOUNT_DESTINATION_NOFOLLOW);
}

static int read_idmap(const char *value, PlanSource *ret) {
        static const PlanSourceMap maps[] = { { 0, 0, 1 }, { 1, 2, 1000 } };

        return mount_idmap_read(value, maps, ELEMENTSOF(maps), maps, ELEMENTSOF(maps), ret, NULL);
}

TEST(idmap_values) {
        CLEANUP(mount_idmap_done) PlanSource source = {};

        ASSERT_OK(read_idmap("uids=0-1000-1#5-6-7;gids=@1-3-10", &source));
        ASSERT_EQ(source.n_uid_maps, 2);
        ASSERT_EQ(source.uid_maps[1].container_id, 5);
        ASSERT_EQ(source.uid_maps[1].host_id, 6);
        ASSERT_EQ(source.uid_maps[1].size, 7);
        /* Relative: 3 of the container is 4 of the host. */
        ASSERT_EQ(source.n_gid_maps, 1);
        ASSERT_EQ(source.gid_maps[0].host_id, 4);
}

TEST(idmap_values_refused) {
        static const char *const values[] = {
                "",
                "uids=0-0-1",
                "uids=;gids=0-0-1",
                "uids=0-0-0;gids=0-0-1",
                "uids=0-0;gids=0-0-1",
                "uids=0-0-1-1;gids=0-0-1",
                "uids=0-0-1;gids=0-0-1;x=1",
                "uids=0-0-1;uids=0-0-1;gids=0-0-1",
                "uids=@5000-0-1;gids=0-0-1",
                "uids=@1-0-1;gids=0-0-1",
                "uids=@1-4294967295-1;gids=0-0-1",
                "uids=4294967296-0-1;gids=0-0-1",
        };

        FOREACH_ELEMENT(value, values) {
                CLEANUP(mount_idmap_done) PlanSource source = {};

                if (read_idmap(*value, &source) >= 0)
                        FAIL("\"%s\" was taken", *value);
        }
}
