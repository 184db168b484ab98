/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What systemd has no property for, and so leaves alone: files, with the controllers that it does not enable. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"
#include "resource/entries.h"
#include "resource/knob-rows.h"

/* Controllers that systemd neither enables nor disables; Delegate= brings the others. */
static const char *const foreign_controllers[] = { "hugetlb", "rdma", "misc", "dmem" };

/* "2MB", as in /sys/kernel/mm/hugepages and the names of the files. */
static bool page_size_is_valid(const char *size) {
        size_t digits = strspn(size, "0123456789");

        return digits > 0 && digits < 10 && (streq(size + digits, "KB") || streq(size + digits, "MB") ||
                                             streq(size + digits, "GB"));
}

int compile_hugepages(const Knob *knob, const Compile *compile, Error *error) {
        const SpecResources *resources = compile->resources;

        for (size_t i = 0; i < resources->n_hugepage_limits; i++) {
                const SpecHugepageLimit *limit = &resources->hugepage_limits[i];
                char name[64], value[24];
                int r;

                if (!limit->page_size || !page_size_is_valid(limit->page_size))
                        return error_set(error, -EINVAL, "%s[%zu].pageSize: \"%s\" is not a size like \"2MB\"", knob->field, i,
                                         limit->page_size ? limit->page_size : "");
                snprintf(value, sizeof value, "%" PRIu64, limit->limit);
                snprintf(name, sizeof name, "hugetlb.%s.max", limit->page_size);
                r = put_file(compile->set, name, value, knob->controller, knob->field, false);
                if (r >= 0) {
                        /* Reservations are counted apart, from Linux 5.7 on; without this one a limit is only met with SIGBUS. */
                        snprintf(name, sizeof name, "hugetlb.%s.rsvd.max", limit->page_size);
                        r = put_file(compile->set, name, value, knob->controller, knob->field, true);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool rdma_name_is_valid(const char *name) {
        for (const char *p = name; *p; p++)
                if (!isgraph((unsigned char) *p) || *p == '/')
                        return false;
        return *name;
}

int compile_rdma(const Knob *knob, const Compile *compile, Error *error) {
        const SpecResources *resources = compile->resources;

        for (size_t i = 0; i < resources->n_rdma; i++) {
                const SpecRdma *rdma = &resources->rdma[i];
                CLEANUP(freep) char *line = NULL;
                Text text = {};
                int r;

                if (!rdma_name_is_valid(rdma->device))
                        return error_set(error, -EINVAL, "%s: \"%s\" is not the name of a device", knob->field, rdma->device);
                text_add(&text, rdma->device);
                if (rdma->hca_handles.set)
                        text_addf(&text, " hca_handle=%" PRIu32, rdma->hca_handles.value);
                if (rdma->hca_objects.set)
                        text_addf(&text, " hca_object=%" PRIu32, rdma->hca_objects.value);
                line = text_take(&text);
                if (!line)
                        return -ENOMEM;
                if (!rdma->hca_handles.set && !rdma->hca_objects.set)
                        continue;
                r = put_file(compile->set, knob->file, line, knob->controller, knob->field, false);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- unified ---- */

static int put_lines(const char *name, const char *value, const char *controller, const Compile *compile) {
        CLEANUP(strv_freep) char **lines = NULL;

        if (strv_split(value, "\n", &lines) < 0)
                return -ENOMEM;
        STRV_FOREACH(line, lines) {
                int r = put_file(compile->set, name, *line, controller, UNIFIED, false);

                if (r < 0)
                        return r;
        }
        return 0;
}

int parse_file(const Knob *knob, const char *value, const Compile *compile, Error *error) {
        return put_lines(knob->file, value, knob->controller, compile);
}

/* cgroup-v2.rst, Core Interface Files: those that are no limit. All others are written, as config-linux.md has it for
 * what a runtime does not know. */
static const struct {
        const char *key, *why;
} kept_out[] = {
        { "cgroup.type", "the tree is systemd's" },
        { "cgroup.procs", "which processes are in the cgroup is systemd's and berth's to decide" },
        { "cgroup.threads", "which threads are in the cgroup is systemd's and berth's to decide" },
        { "cgroup.subtree_control", "controllers are enabled by systemd, and by what the cgroup is delegated to" },
        { "cgroup.freeze", "berth pause does that" },
        { "cgroup.kill", "berth kill does that" },
};

static const char *foreign_controller(const char *key) {
        FOREACH_ELEMENT(controller, foreign_controllers) {
                const char *rest = startswith(key, *controller);

                if (rest && *rest == '.')
                        return *controller;
        }
        return NULL;
}

int put_unknown_file(const char *key, const char *value, const Compile *compile, Error *error) {
        const char *dot = strchr(key, '.');

        if (strchr(key, '/'))
                return error_set(error, -EINVAL, UNIFIED ": unified resource \"%s\" must be a file name (no slashes)", key);
        if (!dot || dot == key || !dot[1])
                return error_set(error, -EINVAL, UNIFIED ": unified resource \"%s\" must be in the form CONTROLLER.PARAMETER",
                                 key);
        for (const char *p = key; *p; p++)
                if (!isalnum((unsigned char) *p) && !strchr("._-", *p))
                        return error_set(error, -EINVAL, UNIFIED ": \"%s\" is not the name of a cgroup file", key);
        FOREACH_ELEMENT(entry, kept_out)
                if (streq(entry->key, key))
                        return error_set(error, -EPERM, UNIFIED ": \"%s\" is not a resource: %s", key, entry->why);
        return put_lines(key, value, foreign_controller(key), compile);
}
