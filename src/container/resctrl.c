/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cache and memory bandwidth of a container. Invariants: a group that was there before is never written to but for its tasks, and never removed; one that
 * was made and could not be used does not stay. The rules are those of config-linux.md, IntelRdt. */

#include "container/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/text.h"

#define FILE_MAX 65536
#define ROOT_GROUP "/" /* closID of the default class: the root itself */

int resctrl_open(void) {
        CLEANUP(freep) char *text = NULL;
        CLEANUP(strv_freep) char **lines = NULL;
        int r = file_read_at(AT_FDCWD, "/proc/self/mountinfo", 16 * 1024 * 1024, &text, NULL);

        if (r >= 0)
                r = strv_split(text, "\n", &lines);
        if (r < 0)
                return r;
        /* 36 35 98:0 /root /mount-point options - type source ... */
        STRV_FOREACH(line, lines) {
                CLEANUP(strv_freep) char **fields = NULL;
                int fd;

                if (!strstr(*line, " - resctrl "))
                        continue;
                r = strv_split(*line, " ", &fields);
                if (r < 0 || strv_length(fields) < 5)
                        return r < 0 ? r : -EBADMSG;
                fd = open(fields[4], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        return -ENOENT;
}

static bool is_root(const char *group) {
        return streq(group, ROOT_GROUP);
}

static int open_group(int root_fd, const char *group) {
        int fd = is_root(group) ? fcntl(root_fd, F_DUPFD_CLOEXEC, 3) : openat(root_fd, group, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

static int add_task(int group_fd, pid_t pid) {
        char number[16];

        snprintf(number, sizeof number, "%ld", (long) pid);
        return file_write_at(group_fd, "tasks", number);
}

/* All that the file is to say; the order is the specification's. NULL when it is nothing. */
static int schemata_text(const SpecIntelRdt *rdt, char **ret) {
        Text text = {};

        if (!isempty(rdt->l3_cache_schema))
                text_addf(&text, "%s\n", rdt->l3_cache_schema);
        if (!isempty(rdt->mem_bw_schema))
                text_addf(&text, "%s\n", rdt->mem_bw_schema);
        STRV_FOREACH(line, rdt->schemata)
                text_addf(&text, "%s\n", *line);
        if (text.length == 0) {
                *ret = NULL;
                return 0;
        }
        *ret = text_take(&text);
        return *ret ? 0 : -ENOMEM;
}

/* "0=00f" says what "0=f" says. */
static bool same_domain(const char *a, const char *b) {
        const char *a_value = strchr(a, '='), *b_value = strchr(b, '=');

        if (!a_value || !b_value || strtoul(a, NULL, 10) != strtoul(b, NULL, 10))
                return false;
        a_value += 1 + strspn(a_value + 1, " 0");
        b_value += 1 + strspn(b_value + 1, " 0");
        return strcasecmp(a_value, b_value) == 0;
}

static bool has_domain(char *const *domains, const char *wanted) {
        STRV_FOREACH(domain, domains)
                if (same_domain(*domain, wanted))
                        return true;
        return false;
}

/* The line of one resource ("L3:0=f;1=f") in a group's schemata, which has blanks before it. 1: says the same for every domain that is asked for. */
static int has_line(const char *text, const char *wanted) {
        CLEANUP(strv_freep) char **lines = NULL, **wanted_domains = NULL;
        size_t length = strcspn(wanted, ":");
        int r = strv_split(text, "\n", &lines);

        if (r >= 0)
                r = strv_split(wanted[length] ? wanted + length + 1 : "", ";", &wanted_domains);
        if (r < 0)
                return r;
        STRV_FOREACH(line, lines) {
                CLEANUP(strv_freep) char **domains = NULL;
                const char *name = *line + strspn(*line, " ");

                if (strncmp(name, wanted, length) != 0 || name[length] != ':')
                        continue;
                r = strv_split(name + length + 1, ";", &domains);
                if (r < 0)
                        return r;
                STRV_FOREACH(domain, wanted_domains)
                        if (!has_domain(domains, *domain))
                                return 0;
                return 1;
        }
        return 0;
}

static int compare_schemata(int group_fd, const char *group, const char *wanted, Error *error) {
        CLEANUP(freep) char *text = NULL;
        CLEANUP(strv_freep) char **lines = NULL;
        int r = file_read_at(group_fd, "schemata", FILE_MAX, &text, NULL);

        if (r >= 0)
                r = strv_split(wanted, "\n", &lines);
        if (r < 0)
                return error_set(error, r, "linux.intelRdt.closID %s: schemata: %m", group);
        STRV_FOREACH(line, lines) {
                r = has_line(text, *line);
                if (r < 0)
                        return r;
                if (r == 0)
                        return error_set(error, -EEXIST, "linux.intelRdt.closID: %s is there and has another schema than \"%s\"", group, *line);
        }
        return 0;
}

static int make_monitor(int group_fd, const char *group, const char *id, pid_t pid, Record *record, Error *error) {
        CLEANUP(freep) char *below = path_join("mon_groups", id);
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        if (!below)
                return -ENOMEM;
        if (mkdirat(group_fd, below, 0755) < 0)
                return error_set(error, -errno, "linux.intelRdt.enableMonitoring: group %s: %m", id);
        record->resctrl_monitor = is_root(group) ? strdup(below) : path_join(group, below);
        if (!record->resctrl_monitor) {
                (void) unlinkat(group_fd, below, AT_REMOVEDIR);
                return -ENOMEM;
        }
        fd = openat(group_fd, below, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = fd < 0 ? -errno : add_task(fd, pid);
        return r < 0 ? error_set(error, r, "linux.intelRdt.enableMonitoring: tasks: %m") : 0;
}

/* The class with this schema: made, or there already and the same. */
static int prepare_group(int root_fd, const SpecIntelRdt *rdt, Record *record, Error *error) {
        const char *group = record->resctrl_group;
        CLEANUP(freep) char *schemata = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        bool made = false;
        int r = schemata_text(rdt, &schemata);

        if (r < 0)
                return r;
        if (!is_root(group) && (schemata || isempty(rdt->clos_id))) {
                made = mkdirat(root_fd, group, 0755) >= 0;
                if (!made && errno != EEXIST)
                        return error_set(error, -errno, "linux.intelRdt: class %s: %m", group);
                /* Only one without a name of its own is the container's, to be removed with it. */
                record->resctrl_group_made = made && isempty(rdt->clos_id);
        }
        fd = open_group(root_fd, group);
        if (fd < 0)
                return error_set(error, fd, "linux.intelRdt.closID: class %s: %m", group);
        if (schemata && made)
                r = file_write_at(fd, "schemata", schemata);
        else if (schemata)
                return compare_schemata(fd, group, schemata, error);
        if (r < 0 && made && !record->resctrl_group_made)
                (void) unlinkat(root_fd, group, AT_REMOVEDIR);
        return r < 0 ? error_set(error, r, "linux.intelRdt: schemata of class %s: %m", group) : 0;
}

int resctrl_enter(int root_fd, const SpecIntelRdt *rdt, const char *id, pid_t pid, Record *record, Error *error) {
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        record->resctrl_group = strdup(isempty(rdt->clos_id) ? id : rdt->clos_id);
        if (!record->resctrl_group)
                return -ENOMEM;
        r = prepare_group(root_fd, rdt, record, error);
        if (r >= 0) {
                fd = open_group(root_fd, record->resctrl_group);
                r = fd < 0 ? fd : add_task(fd, pid);
                if (r < 0)
                        error_set(error, r, "linux.intelRdt: tasks of class %s: %m", record->resctrl_group);
        }
        if (r >= 0 && rdt->enable_monitoring)
                r = make_monitor(fd, record->resctrl_group, id, pid, record, error);
        if (r < 0)
                resctrl_leave(root_fd, record);
        return r;
}

int resctrl_join(int root_fd, const Record *record, pid_t pid) {
        const char *groups[] = { record->resctrl_group, record->resctrl_monitor };

        FOREACH_ELEMENT(group, groups) {
                CLEANUP(fd_closep) int fd = -EBADF;
                int r;

                if (!*group)
                        continue;
                fd = open_group(root_fd, *group);
                r = fd < 0 ? fd : add_task(fd, pid);
                if (r < 0)
                        return r;
        }
        return 0;
}

void resctrl_leave(int root_fd, Record *record) {
        if (record->resctrl_monitor)
                (void) unlinkat(root_fd, record->resctrl_monitor, AT_REMOVEDIR);
        if (record->resctrl_group_made)
                (void) unlinkat(root_fd, record->resctrl_group, AT_REMOVEDIR);
        record->resctrl_group_made = false;
        free(TAKE_PTR(record->resctrl_group));
        free(TAKE_PTR(record->resctrl_monitor));
}
