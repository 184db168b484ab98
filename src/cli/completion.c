/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* completion: the shells' view of the verb tables. Invariant: there is no second list of verbs or options. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "cli/verb.h"
#include "cli/verbs.h"

/* What stands behind a verb: the id of a container that is there, or something else. */
static bool wants_container(const Verb *verb) {
        static const char *const makers[] = { "create", "run", "plan" };

        FOREACH_ELEMENT(maker, makers)
                if (streq(verb->name, *maker))
                        return false;
        return startswith(verb->arguments, "CONTAINER") != NULL;
}

/* "text|json" and the like are the words themselves. */
static bool is_choice(const Option *option) {
        return option->argument && strchr(option->argument, '|') && !strchr(option->argument, '[');
}

static void print_choices(const char *argument) {
        for (const char *c = argument; *c; c++)
                putchar(*c == '|' ? ' ' : *c);
}

static void print_bash_options(const char *name, const Option *options) {
        printf("        %s)\n                options='", name);
        for (const Option *o = options; o->name; o++) {
                printf("--%s ", o->name);
                if (o->letter)
                        printf("-%c ", o->letter);
        }
        printf("'\n                case $previous in\n");
        for (const Option *o = options; o->name; o++) {
                if (is_choice(o)) {
                        printf("                --%s", o->name);
                        if (o->letter)
                                printf("|-%c", o->letter);
                        printf(") choices='");
                        print_choices(o->argument);
                        printf("';;\n");
                } else if (o->argument) {
                        printf("                --%s", o->name);
                        if (o->letter)
                                printf("|-%c", o->letter);
                        printf(") kind=%s;;\n", streq(o->argument, "DIR") ? "directory" : streq(o->argument, "SIGNAL") ? "signal" : "file");
                }
        }
        printf("                esac;;\n");
}

static void print_bash(void) {
        printf("# bash completion for berth(1), from its own tables: berth completion bash\n"
               "_berth() {\n"
               "        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb= options= choices= kind= i word\n"
               "        for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "                word=${COMP_WORDS[i]}\n"
               "                case $word in\n"
               "                ");
        for (const Option *o = global_options; o->name; o++)
                if (o->argument)
                        printf("--%s|", o->name);
        printf("=) i=$((i + 1));;\n"
               "                -*) ;;\n"
               "                *) verb=$word; break;;\n"
               "                esac\n"
               "        done\n"
               "        case $verb in\n");
        print_bash_options("''", global_options);
        for (const Verb *v = verbs; v->name; v++)
                print_bash_options(v->name, v->options);
        printf("        esac\n"
               "        if [ -n \"$choices\" ]; then COMPREPLY=($(compgen -W \"$choices\" -- \"$current\")); return; fi\n"
               "        case $kind in\n"
               "        directory) COMPREPLY=($(compgen -d -- \"$current\")); return;;\n"
               "        signal) COMPREPLY=($(compgen -A signal -- \"$current\")); return;;\n"
               "        file) COMPREPLY=($(compgen -f -- \"$current\")); return;;\n"
               "        esac\n"
               "        case $current in -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")); return;; esac\n"
               "        case $verb in\n"
               "        '') COMPREPLY=($(compgen -W '");
        for (const Verb *v = verbs; v->name; v++)
                printf("%s ", v->name);
        printf("' -- \"$current\"));;\n        ");
        for (const Verb *v = verbs, *first = NULL; v->name; v++)
                if (wants_container(v)) {
                        printf("%s%s", first ? "|" : "", v->name);
                        first = v;
                }
        printf(") COMPREPLY=($(compgen -W \"$(berth list -q 2>/dev/null)\" -- \"$current\"));;\n"
               "        *) COMPREPLY=($(compgen -f -- \"$current\"));;\n"
               "        esac\n"
               "}\n"
               "complete -o filenames -F _berth berth\n");
}

/* Between single quotes, and where brackets and colons have a meaning. */
static void print_zsh_quoted(const char *text) {
        for (const char *c = text; *c; c++)
                if (*c == '\'')
                        printf("'\\''");
                else if (strchr("[]:\\", *c))
                        printf("\\%c", *c);
                else
                        putchar(*c);
}

static void print_zsh_option(const Option *o) {
        printf("                '");
        if (o->letter)
                printf("(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter, o->name);
        else
                printf("--%s[", o->name);
        print_zsh_quoted(o->help);
        printf("]");
        if (is_choice(o)) {
                printf(":value:(");
                print_choices(o->argument);
                printf(")");
        } else if (o->argument)
                printf(":value:%s", streq(o->argument, "DIR") ? "_directories" : streq(o->argument, "SIGNAL") ? "_signals" : "_files");
        printf("' \\\n");
}

static void print_zsh(void) {
        printf("#compdef berth\n"
               "# zsh completion for berth(1), from its own tables: berth completion zsh\n"
               "_berth_containers() { compadd -- ${(f)\"$(berth list -q 2>/dev/null)\"} }\n"
               "_berth() {\n"
               "        local -a verbs\n"
               "        local context state line\n"
               "        verbs=(\n");
        for (const Verb *v = verbs; v->name; v++) {
                printf("                '%s:", v->name);
                print_zsh_quoted(v->help);
                printf("'\n");
        }
        printf("        )\n"
               "        _arguments -C \\\n");
        for (const Option *o = global_options; o->name; o++)
                print_zsh_option(o);
        printf("                '1:command:->command' '*::argument:->argument'\n"
               "        case $state in\n"
               "        command) _describe command verbs;;\n"
               "        argument)\n"
               "                case $words[1] in\n");
        for (const Verb *v = verbs; v->name; v++) {
                printf("                %s) _arguments \\\n", v->name);
                for (const Option *o = v->options; o->name; o++)
                        print_zsh_option(o);
                printf("                '*:argument:%s';;\n", wants_container(v) ? "_berth_containers" : "_files");
        }
        printf("                esac;;\n"
               "        esac\n"
               "}\n"
               "_berth \"$@\"\n");
}

int verb_completion(const Arguments *arguments, Error *error) {
        const char *shell = arguments->positional[0];

        if (streq(shell, "bash"))
                print_bash();
        else if (streq(shell, "zsh"))
                print_zsh();
        else
                return error_set(error, -EINVAL, "completion %s: must be bash or zsh", shell);
        return fflush(stdout) == 0 ? 0 : -EIO;
}
