/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of mounts[].options, one row each, sorted. A word means the same to berth as to runc and crun; one that no row has
 * is data for the file system. The new mount API takes attributes of the mount (mount_setattr(2)) apart from parameters of the
 * file system (fsconfig(2)), which mount(2) mixed: a row says which of the two a word is. */

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "plan/mount-options.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000 /* 5.14 */
#endif

typedef enum WordKind {
        WORD_NOTHING,           /* what is so anyway, or what the kernel has no use for any more */
        WORD_SET,               /* an attribute of this mount */
        WORD_CLEAR,
        WORD_ATIME,             /* one value of the access time field */
        WORD_ATIME_CLEAR,       /* takes that value back; another one stays, as mount(2) has no flag for "not this one" */
        WORD_SET_RECURSIVE,     /* the same of all mounts below too (5.12) */
        WORD_CLEAR_RECURSIVE,
        WORD_ATIME_RECURSIVE,
        WORD_PROPAGATION,
        WORD_FLAG,              /* a flag of mount(2) without an attribute */
        WORD_SUPERBLOCK,        /* a parameter of every file system; for new ones only */
        WORD_OPTION,            /* PLAN_MOUNT_* */
        WORD_IDMAP,
} WordKind;

typedef struct OptionWord {
        WordKind kind;
        uint64_t value;
} OptionWord;

/* Sorted as strcmp() does, for bsearch(). */
#define WORDS(ROW) \
        ROW("acl", WORD_NOTHING, 0) \
        ROW("async", WORD_SUPERBLOCK, 0) \
        ROW("atime", WORD_ATIME_CLEAR, MOUNT_ATTR_NOATIME) \
        ROW("bind", WORD_OPTION, 0) \
        ROW("copy-symlink", WORD_OPTION, PLAN_MOUNT_COPY_SYMLINK) \
        ROW("defaults", WORD_NOTHING, 0) \
        ROW("dest-nofollow", WORD_OPTION, PLAN_MOUNT_DESTINATION_NOFOLLOW) \
        ROW("dev", WORD_CLEAR, MOUNT_ATTR_NODEV) \
        ROW("diratime", WORD_CLEAR, MOUNT_ATTR_NODIRATIME) \
        ROW("dirsync", WORD_SUPERBLOCK, 0) \
        ROW("exec", WORD_CLEAR, MOUNT_ATTR_NOEXEC) \
        ROW("idmap", WORD_IDMAP, 1) \
        ROW("iversion", WORD_FLAG, 0) \
        ROW("lazytime", WORD_SUPERBLOCK, 0) \
        ROW("loud", WORD_FLAG, 0) \
        ROW("mand", WORD_SUPERBLOCK, 0) \
        ROW("noacl", WORD_NOTHING, 0) \
        ROW("noatime", WORD_ATIME, MOUNT_ATTR_NOATIME) \
        ROW("nodev", WORD_SET, MOUNT_ATTR_NODEV) \
        ROW("nodiratime", WORD_SET, MOUNT_ATTR_NODIRATIME) \
        ROW("noexec", WORD_SET, MOUNT_ATTR_NOEXEC) \
        ROW("noiversion", WORD_FLAG, 0) \
        ROW("nolazytime", WORD_SUPERBLOCK, 0) \
        ROW("nomand", WORD_SUPERBLOCK, 0) \
        ROW("norelatime", WORD_ATIME_CLEAR, MOUNT_ATTR_RELATIME) \
        ROW("nostrictatime", WORD_ATIME_CLEAR, MOUNT_ATTR_STRICTATIME) \
        ROW("nosuid", WORD_SET, MOUNT_ATTR_NOSUID) \
        ROW("nosymfollow", WORD_SET, MOUNT_ATTR_NOSYMFOLLOW) \
        ROW("private", WORD_PROPAGATION, PLAN_MS_PRIVATE) \
        ROW("rasync", WORD_NOTHING, 0) \
        ROW("ratime", WORD_ATIME_RECURSIVE, MOUNT_ATTR_RELATIME) \
        ROW("rbind", WORD_OPTION, PLAN_MOUNT_RECURSIVE) \
        ROW("rdev", WORD_CLEAR_RECURSIVE, MOUNT_ATTR_NODEV) \
        ROW("rdiratime", WORD_CLEAR_RECURSIVE, MOUNT_ATTR_NODIRATIME) \
        ROW("rdirsync", WORD_NOTHING, 0) \
        ROW("relatime", WORD_ATIME, MOUNT_ATTR_RELATIME) \
        ROW("remount", WORD_OPTION, PLAN_MOUNT_REMOUNT) \
        ROW("rexec", WORD_CLEAR_RECURSIVE, MOUNT_ATTR_NOEXEC) \
        ROW("ridmap", WORD_IDMAP, 2) \
        ROW("rmand", WORD_NOTHING, 0) \
        ROW("rnoatime", WORD_ATIME_RECURSIVE, MOUNT_ATTR_NOATIME) \
        ROW("rnodev", WORD_SET_RECURSIVE, MOUNT_ATTR_NODEV) \
        ROW("rnodiratime", WORD_SET_RECURSIVE, MOUNT_ATTR_NODIRATIME) \
        ROW("rnoexec", WORD_SET_RECURSIVE, MOUNT_ATTR_NOEXEC) \
        ROW("rnomand", WORD_NOTHING, 0) \
        ROW("rnorelatime", WORD_NOTHING, 0) \
        ROW("rnostrictatime", WORD_ATIME_RECURSIVE, MOUNT_ATTR_RELATIME) \
        ROW("rnosuid", WORD_SET_RECURSIVE, MOUNT_ATTR_NOSUID) \
        ROW("rnosymfollow", WORD_SET_RECURSIVE, MOUNT_ATTR_NOSYMFOLLOW) \
        ROW("ro", WORD_SET, MOUNT_ATTR_RDONLY) \
        ROW("rprivate", WORD_PROPAGATION, PLAN_MS_PRIVATE | PLAN_MS_REC) \
        ROW("rrelatime", WORD_ATIME_RECURSIVE, MOUNT_ATTR_RELATIME) \
        ROW("rro", WORD_SET_RECURSIVE, MOUNT_ATTR_RDONLY) \
        ROW("rrw", WORD_CLEAR_RECURSIVE, MOUNT_ATTR_RDONLY) \
        ROW("rshared", WORD_PROPAGATION, PLAN_MS_SHARED | PLAN_MS_REC) \
        ROW("rslave", WORD_PROPAGATION, PLAN_MS_SLAVE | PLAN_MS_REC) \
        ROW("rstrictatime", WORD_ATIME_RECURSIVE, MOUNT_ATTR_STRICTATIME) \
        ROW("rsuid", WORD_CLEAR_RECURSIVE, MOUNT_ATTR_NOSUID) \
        ROW("rsymfollow", WORD_CLEAR_RECURSIVE, MOUNT_ATTR_NOSYMFOLLOW) \
        ROW("rsync", WORD_NOTHING, 0) \
        ROW("runbindable", WORD_PROPAGATION, PLAN_MS_UNBINDABLE | PLAN_MS_REC) \
        ROW("rw", WORD_CLEAR, MOUNT_ATTR_RDONLY) \
        ROW("shared", WORD_PROPAGATION, PLAN_MS_SHARED) \
        ROW("silent", WORD_FLAG, 0) \
        ROW("slave", WORD_PROPAGATION, PLAN_MS_SLAVE) \
        ROW("src-nofollow", WORD_OPTION, PLAN_MOUNT_SOURCE_NOFOLLOW) \
        ROW("strictatime", WORD_ATIME, MOUNT_ATTR_STRICTATIME) \
        ROW("suid", WORD_CLEAR, MOUNT_ATTR_NOSUID) \
        ROW("symfollow", WORD_CLEAR, MOUNT_ATTR_NOSYMFOLLOW) \
        ROW("sync", WORD_SUPERBLOCK, 0) \
        ROW("tmpcopyup", WORD_OPTION, PLAN_MOUNT_COPY_UP) \
        ROW("unbindable", WORD_PROPAGATION, PLAN_MS_UNBINDABLE)

#define ROW_NAME(name, kind, value) name,
#define ROW_WORD(name, kind, value) { kind, value },

static const char *const names[] = { WORDS(ROW_NAME) };
static const OptionWord words[] = { WORDS(ROW_WORD) };

const char *const *plan_mount_option_words(size_t *ret_n) {
        *ret_n = ELEMENTSOF(names);
        return names;
}

static int compare_name(const void *key, const void *element) {
        return strcmp(key, *(const char *const *) element);
}

static const OptionWord *find_word(const char *name) {
        const char *const *found = bsearch(name, names, ELEMENTSOF(names), sizeof(names[0]), compare_name);

        return found ? words + (found - names) : NULL;
}

/* The later word wins: each clears what an earlier one has set. */
static void set_attributes(uint64_t *attributes, uint64_t set, uint64_t clear) {
        *attributes &= ~(clear | set << 32);
        *attributes |= set | clear << 32;
}

/* Access time is a field of which one value is set; mount_setattr(2) wants all of the field cleared for that. */
static void set_access_time(uint64_t *attributes, uint64_t value) {
        *attributes &= ~(uint64_t) MOUNT_ATTR__ATIME;
        *attributes |= value | (uint64_t) MOUNT_ATTR__ATIME << 32;
}

/* The value of new mounts is relatime, and a bind mount keeps its source's. */
static void clear_access_time(uint64_t *attributes, uint64_t value) {
        const uint64_t named = (uint64_t) MOUNT_ATTR__ATIME << 32;

        if ((*attributes & named) != 0 && (*attributes & MOUNT_ATTR__ATIME) == value)
                *attributes &= ~(named | MOUNT_ATTR__ATIME);
}

static void add_data(Text *data, const char *word) {
        if (data->length > 0)
                text_add(data, ",");
        text_add(data, word);
}

/* Words that are flags of mount(2), which has one set of them for a mount. */
static bool is_flag(WordKind kind) {
        return kind == WORD_SET || kind == WORD_CLEAR || kind == WORD_ATIME || kind == WORD_ATIME_CLEAR || kind == WORD_FLAG || kind == WORD_SUPERBLOCK;
}

static int apply_word(MountOptions *options, const OptionWord *row, const char *word, Error *error) {
        options->has_flags |= is_flag(row->kind);
        switch (row->kind) {
        case WORD_NOTHING:
        case WORD_FLAG:
                break;
        case WORD_SET:
                set_attributes(&options->attributes, row->value, 0);
                break;
        case WORD_CLEAR:
                set_attributes(&options->attributes, 0, row->value);
                break;
        case WORD_ATIME:
                set_access_time(&options->attributes, row->value);
                break;
        case WORD_ATIME_CLEAR:
                clear_access_time(&options->attributes, row->value);
                break;
        case WORD_SET_RECURSIVE:
                set_attributes(&options->attributes_recursive, row->value, 0);
                break;
        case WORD_CLEAR_RECURSIVE:
                set_attributes(&options->attributes_recursive, 0, row->value);
                break;
        case WORD_ATIME_RECURSIVE:
                set_access_time(&options->attributes_recursive, row->value);
                break;
        case WORD_PROPAGATION:
                if (options->n_propagation >= MOUNT_PROPAGATIONS_MAX)
                        return error_set(error, -EINVAL, "more than %d words for propagation", MOUNT_PROPAGATIONS_MAX);
                options->propagation[options->n_propagation++] = row->value;
                break;
        case WORD_SUPERBLOCK:
                add_data(&options->superblock, word);
                break;
        case WORD_OPTION:
                options->options |= (uint32_t) row->value;
                break;
        case WORD_IDMAP:
                options->idmap = (int) row->value;
                break;
        }
        return 0;
}

/* crun's form with maps in the word: "idmap=uids=0-1000-1;gids=0-1000-1". */
static bool read_idmap_value(MountOptions *options, const char *word) {
        const char *value = startswith(word, "idmap=");
        int idmap = 1;

        if (!value) {
                value = startswith(word, "ridmap=");
                idmap = 2;
        }
        if (!value)
                return false;
        options->idmap = idmap;
        options->idmap_value = value;
        return true;
}

int mount_options_read(char *const *list, MountOptions *ret, Error *error) {
        CLEANUP(mount_options_done) MountOptions options = {};
        int r;

        STRV_FOREACH(word, list) {
                const OptionWord *row = find_word(*word);

                if (row)
                        r = apply_word(&options, row, *word, error);
                else if (read_idmap_value(&options, *word))
                        r = 0;
                else {
                        if (**word)
                                add_data(&options.data, *word);
                        r = 0;
                }
                if (r < 0)
                        return r;
        }
        if (text_failed(&options.data) || text_failed(&options.superblock))
                return error_set(error, -ENOMEM, "out of memory");
        options.read_only = (options.attributes & MOUNT_ATTR_RDONLY) != 0;
        *ret = TAKE(options, ((MountOptions) {}));
        return 0;
}

void mount_options_done(MountOptions *options) {
        text_done(&options->superblock);
        text_done(&options->data);
}
