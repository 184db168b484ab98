/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Options for CRIU from a file. Invariant: a bundle that names one can neither have CRIU run a program, open or write a
 * file that it chooses, nor take more or less of the container than berth has asked for; and nothing of a file that is
 * no such list is told. Called by checkpoint and restore. */

#include "checkpoint/criu-config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "checkpoint/criu.h"

#define ANNOTATION "annotations[org.criu.config]"
#define ADMIN_FILE "/etc/criu/runc.conf"
#define CONFIG_MAX 65536U

typedef enum ValueKind {
        VALUE_NONE,
        VALUE_NUMBER,
        VALUE_SIZE,
        VALUE_WORD,
        VALUE_LOG,      /* a name in the directory of the log, which must not be that of an image */
} ValueKind;

/* What a bundle may ask for. Not here: what names files, programs, descriptors or addresses; what berth itself decides
 * (processes, namespaces, mounts, cgroups, labels, whether the container goes on); what makes CRIU look less closely.
 */
static const struct {
        const char *name;
        ValueKind kind;
        const char *words;
} allowed[] = {
        { "auto-dedup" },
        { "evasive-devices" },
        { "ext-unix-sk" },
        { "file-locks" },
        { "ghost-fiemap" },
        { "ghost-limit", VALUE_SIZE },
        { "link-remap" },
        { "log-file", VALUE_LOG },
        { "network-lock", VALUE_WORD, "iptables nftables skip" },
        { "pre-dump-mode", VALUE_WORD, "read splice" },
        { "shell-job" },
        { "skip-in-flight" },
        { "tcp-close" },
        { "tcp-established" },
        { "timeout", VALUE_NUMBER },
        { "track-mem" },
        { "verbosity", VALUE_NUMBER },
        { "weak-sysctls" },
};

static bool is_one_of(const char *words, const char *word) {
        CLEANUP(strv_freep) char **list = NULL;

        return strv_split(words, " ", &list) >= 0 && strv_contains(list, word);
}

static bool is_log_name(const char *name) {
        const char *end = endswith(name, ".log");

        return end && end > name && path_is_component(name) && *name != '.' &&
               !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

static bool value_is_valid(size_t i, const char *value) {
        size_t digits = value ? strspn(value, "0123456789") : 0;

        switch (allowed[i].kind) {
        case VALUE_NONE:
                return !value;
        case VALUE_NUMBER:
                return digits > 0 && digits < 10 && !value[digits];
        case VALUE_SIZE:
                return digits > 0 && digits < 16 &&
                       (!value[digits] || (strchr("KMG", value[digits]) && !value[digits + 1]));
        case VALUE_WORD:
                return value && is_one_of(allowed[i].words, value);
        case VALUE_LOG:
                return value && is_log_name(value);
        }
        return false;
}

/* Printed only where it looks like an option: the annotation may name any file of the host. */
static const char *shown(const char *name) {
        return *name && strlen(name) < 32 && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] ? name : "a line";
}

/* "name", "name value", "name=value", with a comment behind it. The value is in the place of its line; NULL: there is
 * none. */
static char *split_line(char *line, char **ret_value) {
        char *name, *end;

        line[strcspn(line, "#")] = '\0';
        name = line + strspn(line, " \t\r");
        for (end = name + strlen(name); end > name && strchr(" \t\r", end[-1]); end--)
                end[-1] = '\0';
        end = name + strcspn(name, " \t=");
        *ret_value = *end ? end + 1 + strspn(end + 1, " \t") : NULL;
        *end = '\0';
        return name;
}

static int take_line(const char *path, size_t number, char *line, CriuConfig *config, Text *text, Error *error) {
        char *value, *name = split_line(line, &value);

        if (!*name)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(allowed); i++) {
                if (!streq(allowed[i].name, name))
                        continue;
                if (!value_is_valid(i, value))
                        return error_set(error, -EINVAL,
                                         ANNOTATION ": %s, line %zu: %s: not a value that a bundle may give it", path,
                                         number, name);
                text_addf(text, "%s%s%s\n", name, value ? " " : "", value ? value : "");
                if (allowed[i].kind == VALUE_LOG) {
                        free(config->log_name);
                        config->log_name = strdup(value);
                        return config->log_name ? 0 : -ENOMEM;
                }
                return 0;
        }
        return error_set(error, -EPERM,
                         ANNOTATION
                         ": %s, line %zu: %s is not allowed in a file that a bundle names (only in " ADMIN_FILE ")",
                         path, number, shown(name));
}

static int read_named(const char *path, char **ret, Error *error) {
        CLEANUP(fd_closep) int fd = -EBADF;
        struct stat st;
        int r;

        if (*path != '/')
                return error_set(error, -EINVAL, ANNOTATION ": must be an absolute path");
        fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) {
                log_warning(ANNOTATION ": there is no file %s", path);
                return 0;
        }
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_set(error, -errno, ANNOTATION ": %s: %m", path);
        if (!S_ISREG(st.st_mode))
                return error_set(error, -EINVAL, ANNOTATION ": %s: is no regular file", path);
        r = fd_read_file(fd, CONFIG_MAX, ret, NULL);
        return r < 0 ? error_set(error, r, ANNOTATION ": %s: %m", path) : 1;
}

/* CRIU gets what was looked through, and not what the file has become meanwhile. */
static int open_named(const char *path, CriuConfig *config, Error *error) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *content = NULL;
        size_t number = 0;
        char *rest;
        int r = read_named(path, &content, error);

        rest = content;
        for (char *line; r > 0 && (line = strsep(&rest, "\n"));) {
                int q = take_line(path, ++number, line, config, &text, error);

                if (q < 0)
                        return q;
        }
        if (r <= 0 || text.length == 0)
                return r;
        config->fd = text_failed(&text) ? -ENOMEM : memfd_sealed("criu.conf", text.string, text.length);
        if (config->fd < 0)
                return error_set(error, config->fd, ANNOTATION ": %m");
        return asprintf(&config->path, "/proc/self/fd/%d", config->fd) < 0 ? -ENOMEM : 0;
}

/* All of it counts; the name of the log is for messages. */
static int open_admins(CriuConfig *config) {
        CLEANUP(freep) char *content = NULL;
        char *rest;

        if (file_read_at(AT_FDCWD, ADMIN_FILE, CONFIG_MAX, &content, NULL) < 0)
                return 0;
        rest = content;
        for (char *line; (line = strsep(&rest, "\n"));) {
                char *value, *name = split_line(line, &value);

                if (streq(name, "log-file") && value && path_is_component(value)) {
                        free(config->log_name);
                        config->log_name = strdup(value);
                }
        }
        config->path = strdup(ADMIN_FILE);
        return config->path ? 0 : -ENOMEM;
}

int criu_config_open(const Spec *spec, CriuConfig *ret, Error *error) {
        const char *named = spec_map_get(&spec->annotations, "org.criu.config");
        CriuConfig config = CRIU_CONFIG_NONE;
        int r = !named ? open_admins(&config) : *named ? open_named(named, &config, error) : 0;

        if (r < 0) {
                criu_config_done(&config);
                return error_set(error, r, ANNOTATION ": %m");
        }
        if (config.path)
                log_debug("criu: options of %s%s", named ? named : ADMIN_FILE, named ? " that a bundle may give" : "");
        *ret = config;
        return 0;
}

void criu_config_add(const CriuConfig *config, Text *options) {
        if (config->path)
                message_add_string(options, CRIU_CONFIG_FILE, config->path);
}

void criu_config_done(CriuConfig *config) {
        fd_close(config->fd);
        free(config->path);
        free(config->log_name);
        *config = CRIU_CONFIG_NONE;
}
