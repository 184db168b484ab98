/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a mount step says of attributes, propagation and options, in the words that config.json has for them. */

#include <inttypes.h>
#include <linux/mount.h>

#include "plan/text.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000 /* 5.14 */
#endif

typedef struct AttributeWords {
        uint32_t attribute;
        const char *set, *clear;
} AttributeWords;

static const AttributeWords attributes[] = {
        { MOUNT_ATTR_RDONLY, "ro", "rw" },
        { MOUNT_ATTR_NOSUID, "nosuid", "suid" },
        { MOUNT_ATTR_NODEV, "nodev", "dev" },
        { MOUNT_ATTR_NOEXEC, "noexec", "exec" },
        { MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
        { MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
};

typedef struct OptionWord {
        uint32_t option;
        const char *word;
} OptionWord;

static const OptionWord option_words[] = {
        { PLAN_MOUNT_RECURSIVE, "recursive" },
        { PLAN_MOUNT_COPY_UP, "tmpcopyup" },
        { PLAN_MOUNT_SOURCE_NOFOLLOW, "src-nofollow" },
        { PLAN_MOUNT_DESTINATION_NOFOLLOW, "dest-nofollow" },
        { PLAN_MOUNT_COPY_SYMLINK, "copy-symlink" },
        { PLAN_MOUNT_IN_HOST_CGROUP, "of the host's hierarchy" },
        { PLAN_MOUNT_HOST_WRITABLE, "writable" },
        { PLAN_MOUNT_SOURCE_BELOW, "source in the root" },
};

static void add_word(Text *text, const char **separator, const char *prefix, const char *word) {
        text_addf(text, "%s%s%s", *separator, prefix, word);
        *separator = ",";
}

static void add_attributes(Text *text, const char **separator, const char *prefix, uint64_t flags) {
        uint32_t set = (uint32_t) flags, clear = (uint32_t) (flags >> 32);

        FOREACH_ELEMENT(a, attributes)
                if ((set & a->attribute) != 0)
                        add_word(text, separator, prefix, a->set);
                else if ((clear & a->attribute) != 0)
                        add_word(text, separator, prefix, a->clear);
        if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
                add_word(text, separator, prefix, "noatime");
        else if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME)
                add_word(text, separator, prefix, "strictatime");
        else if ((clear & MOUNT_ATTR__ATIME) != 0)
                add_word(text, separator, prefix, "relatime");
}

void plan_mount_flags_text(uint32_t flags, Text *text) {
        const char *separator = "";

        FOREACH_ELEMENT(a, attributes)
                if ((flags & a->attribute) != 0)
                        add_word(text, &separator, "", a->set);
        if ((flags & MOUNT_ATTR__ATIME) != 0)
                add_word(text, &separator, "", (flags & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME ? "noatime" : "strictatime");
        if (separator[0] == 0)
                text_add(text, "relatime");
}

static void add_propagation(Text *text, const char **separator, uint64_t flags) {
        const char *prefix = (flags & PLAN_MS_REC) != 0 ? "r" : "";

        if ((flags & PLAN_MS_SHARED) != 0)
                add_word(text, separator, prefix, "shared");
        if ((flags & PLAN_MS_SLAVE) != 0)
                add_word(text, separator, prefix, "slave");
        if ((flags & PLAN_MS_PRIVATE) != 0)
                add_word(text, separator, prefix, "private");
        if ((flags & PLAN_MS_UNBINDABLE) != 0)
                add_word(text, separator, prefix, "unbindable");
}

void plan_mount_options_text(const Plan *plan, const PlanStep *step, Text *text) {
        const char *data = plan_string(plan, step->data), *separator = " (";

        FOREACH_ELEMENT(o, option_words)
                if ((step->options & o->option) != 0)
                        add_word(text, &separator, "", o->word);
        add_attributes(text, &separator, "", step->flags);
        add_attributes(text, &separator, "r", step->value[0]);
        add_propagation(text, &separator, step->value[1]);
        if (data) {
                text_addf(text, "%s", separator[0] == ',' ? "; " : " (");
                if ((step->options & PLAN_MOUNT_LABEL) != 0)
                        text_add(text, "labelled ");
                plan_escape_text(text, data);
                separator = ",";
        }
        if (separator[0] == ',')
                text_add(text, ")");
}
