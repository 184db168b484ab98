/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The reader of command lines. Invariant: a value that is not wholly of its kind is refused with the option's name, never cut or guessed. */

#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/process.h"
#include "base/strv.h"

static const Option *find_name(const Option *options, const char *name, size_t length) {
        for (const Option *o = options; o->name; o++)
                if (strncmp(o->name, name, length) == 0 && !o->name[length])
                        return o;
        return NULL;
}

static const Option *find_letter(const Option *options, char letter) {
        for (const Option *o = options; o->name; o++)
                if (o->letter == letter)
                        return o;
        return NULL;
}

static bool is_flag(const Option *option) {
        return option->kind == OPTION_FLAG || option->kind == OPTION_ACCEPTED_FLAG;
}

static int parse_bool(const char *value, bool *ret) {
        static const char *const yes[] = { "true", "1", "t", "TRUE", "True" }, *const no[] = { "false", "0", "f", "FALSE", "False" };

        FOREACH_ELEMENT(word, yes)
                if (streq(*word, value))
                        return *ret = true, 0;
        FOREACH_ELEMENT(word, no)
                if (streq(*word, value))
                        return *ret = false, 0;
        return -EINVAL;
}

static int parse_duration(const char *value, uint64_t *ret) {
        static const struct {
                const char *suffix;
                uint64_t usec;
        } units[] = { { "ms", USEC_PER_MSEC }, { "us", 1 }, { "s", USEC_PER_SEC }, { "m", 60 * USEC_PER_SEC }, { "h", 3600 * USEC_PER_SEC }, { "", USEC_PER_SEC } };
        size_t digits = strspn(value, "0123456789");
        char number[24];
        uint64_t n;

        if (digits == 0 || digits >= sizeof number)
                return -EINVAL;
        memcpy(number, value, digits);
        number[digits] = '\0';
        FOREACH_ELEMENT(unit, units)
                if (streq(value + digits, unit->suffix)) {
                        int r = number_parse_u64(number, UINT64_MAX / unit->usec, &n);

                        if (r >= 0)
                                *ret = n * unit->usec;
                        return r;
                }
        return -EINVAL;
}

static int store(const Option *option, char *value, Arguments *arguments) {
        void *member = (char *) arguments + option->offset;

        switch (option->kind) {
        case OPTION_FLAG:
                return parse_bool(value, member);
        case OPTION_STRING:
                *(char **) member = value;
                return 0;
        case OPTION_STRINGS:
                return strv_append(member, value);
        case OPTION_U32:
                return number_parse_u32(value, member);
        case OPTION_DURATION:
                return parse_duration(value, member);
        case OPTION_ACCEPTED_FLAG:
        case OPTION_ACCEPTED_STRING:
                return 0;
        }
        return -EINVAL;
}

static int store_named(const Option *option, char *value, Arguments *arguments, Error *error) {
        int r = store(option, value, arguments);

        if (r == -EINVAL || r == -ERANGE)
                return error_set(error, r, "invalid value \"%s\" for flag --%s", value, option->name);
        return r;
}

/* One argument that begins with a dash; *i moves over a value in an argument of its own. */
static int parse_one(const Option *options, char **argv, size_t n, size_t *i, Arguments *arguments, Error *error) {
        char *name = argv[*i] + (argv[*i][1] == '-' ? 2 : 1), *value = strchr(name, '=');
        size_t length = value ? (size_t) (value - name) : strlen(name);
        const Option *option = find_name(options, name, length);
        char true_word[] = "true"; /* flags keep no pointer to it */

        if (value)
                value++;
        if (!option && argv[*i][1] != '-') {
                option = find_letter(options, name[0]);
                /* -eNAME=value: what follows the letter is the value; -it: one letter after the other. */
                if (option && !is_flag(option) && name[1])
                        value = name + 1 + (name[1] == '=');
                else if (option && is_flag(option) && name[1]) {
                        for (char *c = name; *c; c++) {
                                const Option *flag = find_letter(options, *c);

                                if (!flag || !is_flag(flag))
                                        return error_set(error, -EINVAL, "flag provided but not defined: %s", argv[*i]);
                                (void) store(flag, true_word, arguments);
                        }
                        return 0;
                }
        }
        if (!option)
                return error_set(error, -EINVAL, "flag provided but not defined: %s", argv[*i]);
        if (is_flag(option))
                return store_named(option, value ? value : true_word, arguments, error);
        if (!value) {
                if (*i + 1 >= n)
                        return error_set(error, -EINVAL, "flag needs an argument: --%s", option->name);
                value = argv[++*i];
        }
        return store_named(option, value, arguments, error);
}

int options_parse(const Option *options, OptionOrder order, char **argv, size_t n, Arguments *arguments, Error *error) {
        size_t n_positional = 0, last = order == ORDER_FIRST ? 1 : order == ORDER_SECOND ? 2 : SIZE_MAX;
        bool ended = false;

        for (size_t i = 0; i < n; i++) {
                int r;

                if (ended || argv[i][0] != '-' || !argv[i][1]) {
                        argv[n_positional++] = argv[i];
                        /* With one positional of its own, what follows belongs to a command. */
                        if (n_positional >= last)
                                ended = true;
                        continue;
                }
                if (streq(argv[i], "--")) {
                        ended = true;
                        continue;
                }
                r = parse_one(options, argv, n, &i, arguments, error);
                if (r < 0)
                        return r;
        }
        arguments->positional = argv;
        arguments->n_positional = n_positional;
        return 0;
}

void arguments_done(Arguments *arguments) {
        strv_free(arguments->annotations);
        strv_free(arguments->credentials);
        strv_free(arguments->env);
        strv_free(arguments->capabilities);
        strv_free(arguments->additional_gids);
        *arguments = (Arguments) {};
}

void options_help(const Option *options) {
        for (const Option *o = options; o->name; o++) {
                char left[64];

                snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
                if (o->letter)
                        printf("   -%c, %-32s %s\n", o->letter, left, o->help);
                else
                        printf("       %-32s %s\n", left, o->help);
        }
}
