/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes what systemd has no property for, and all in a cgroup that is not systemd's. Invariant: only files of the container's own cgroup are written, and in
 * the cgroups above it nothing but "+controller" for controllers that systemd does not manage. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/check.h"

#define FILE_MAX 65536

/* A controller is in a cgroup when all above it pass it on, beginning with the root. */
static void enable_above(const char *path, const char *controller) {
        CLEANUP(freep) char *above = strdup(path), *word = NULL;
        Text text = {};

        text_addf(&text, "+%s", controller);
        word = text_take(&text);
        if (!above || !word)
                return;
        for (char *slash = above; slash && slash[1]; slash = strchr(slash + 1, '/')) {
                CLEANUP(fd_closep) int fd = -EBADF;
                int r;

                *slash = '\0';
                fd = cgroup_open(above, NULL);
                r = fd < 0 ? fd : file_write_at(fd, "cgroup.subtree_control", word);
                if (r < 0)
                        log_debug("cgroup %s: %s: %s", *above ? above : "/", word, strerror(-r));
                *slash = '/';
        }
}

/* Whether the cgroup has what the name begins with among its controllers; core files belong to none. */
static bool has_controller(int cgroup_fd, const char *name) {
        CLEANUP(freep) char *text = NULL, *controller = strndup(name, strcspn(name, "."));
        CLEANUP(strv_freep) char **controllers = NULL;

        return !controller || streq(controller, "cgroup") ||
               file_read_at(cgroup_fd, "cgroup.controllers", FILE_MAX, &text, NULL) < 0 ||
               strv_split(text, " \n", &controllers) < 0 || strv_contains(controllers, controller);
}

static int explain(int cgroup_fd, const CgroupFile *file, int r, Error *error) {
        const char *field = file->field ? file->field : file->name;

        /* The words are crun's. */
        if (r == -ENOENT && !has_controller(cgroup_fd, file->name))
                return error_set(error, r,
                                 "%s: the cgroup has no %s: no such file or directory: the requested cgroup controller "
                                 "`%.*s` is not available",
                                 field, file->name, (int) strcspn(file->name, "."), file->name);
        if (r == -ENOENT)
                return error_set(error, r, "%s: the cgroup has no %s: no such file or directory (not in this kernel)",
                                 field, file->name);
        return error_set(error, r, "%s: writing \"%s\" to %s: %m", field, file->value, file->name);
}

/* cgroups(7), Cgroup delegation. The list of a kernel that has none is that of config-linux.md. */
int cgroup_set_owner(int cgroup_fd, uid_t uid) {
        CLEANUP(freep) char *list = NULL;
        CLEANUP(strv_freep) char **names = NULL;
        int r = file_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", FILE_MAX, &list, NULL);

        r = strv_split(r < 0 ? "cgroup.procs cgroup.subtree_control cgroup.threads" : list, " \n", &names);
        if (r < 0)
                return r;
        if (fchown(cgroup_fd, uid, (gid_t) -1) < 0)
                return -errno;
        STRV_FOREACH(name, names)
                if (path_is_component(*name) && fchownat(cgroup_fd, *name, uid, (gid_t) -1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
                        return -errno;
        return 0;
}

/* Where systemd has written something else meanwhile, that stays. */
static bool is_as_expected(int cgroup_fd, const CgroupFile *file) {
        CLEANUP(freep) char *text = NULL;

        return !file->only_if ||
               (file_read_at(cgroup_fd, file->name, FILE_MAX, &text, NULL) >= 0 && startswith(text, file->only_if));
}

static bool has_alternative(int cgroup_fd, const CgroupFile *file) {
        return file->alternative && faccessat(cgroup_fd, file->alternative, F_OK, 0) >= 0;
}

int cgroup_write_files(int cgroup_fd, const char *path, const ResourceSet *set, Error *error) {
        for (size_t i = 0; i < set->n_files; i++) {
                const CgroupFile *file = &set->files[i];
                int r;

                if (!path_is_component(file->name))
                        return error_set(error, -EINVAL, "%s: not the name of a cgroup file", file->name);
                if (!is_as_expected(cgroup_fd, file))
                        continue;
                r = file_write_at(cgroup_fd, file->name, file->value);
                if (r == -ENOENT && file->controller && path) {
                        enable_above(path, file->controller);
                        r = file_write_at(cgroup_fd, file->name, file->value);
                }
                if (r == -ENOENT && (file->optional || has_alternative(cgroup_fd, file)))
                        continue;
                if (r == -ENOENT && file->limit)
                        r = cgroup_limit_is_unmet(file, error);
                else if (r < 0)
                        r = explain(cgroup_fd, file, r, error);
                if (r < 0)
                        return r;
        }
        return 0;
}
