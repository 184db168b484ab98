/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Golden bundles: NAME.json is a config.json, and each output that berth makes of it is compared with a file beside it
 * (NAME.plan, NAME.unit). Prints TAP.
 *
 *   run-golden DIRECTORY            compare
 *   run-golden --update DIRECTORY   write the outputs as they are now; look at the difference before you commit it
 *
 * NAME.exec.json is the process of an exec into the container of NAME.json. A name that begins with "rootless" is compiled as
 * for a launcher without privileges. A file NAME.error in place of outputs holds the text with which the bundle is refused. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/strv.h"
#include "base/text.h"
#include "plan/compile.h"
#include "plan/text.h"
#include "resource/compile.h"
#include "resource/print.h"
#include "spec/check.h"
#include "spec/spec.h"

#define FILE_MAX (4U * 1024 * 1024)

/* What a golden bundle is, once read. */
typedef struct Golden {
        const char *name;
        Spec *spec;
        SpecProcess *process;   /* of an exec, else NULL */
} Golden;

static void golden_done(Golden *golden) {
        spec_free(golden->spec);
        spec_process_free(golden->process);
}

/* A filter of fixed size, as that of libseccomp differs with its version: what goldens show is its place. */
static PlanFilter stand_in_filter(const SpecSeccomp *seccomp) {
        static const uint64_t bpf[] = { 6, 6 };
        PlanFilter filter = {};

        if (!seccomp)
                return filter;
        filter = (PlanFilter) { .bpf = bpf, .size = sizeof(bpf) };
        for (size_t i = 0; i < seccomp->n_syscalls; i++)
                if (seccomp->syscalls[i].action == SPEC_SECCOMP_NOTIFY)
                        filter.flags = 1 << 3; /* SECCOMP_FILTER_FLAG_NEW_LISTENER */
        return filter;
}

static int render_plan(const Golden *golden, Text *text, Error *error) {
        static char listen_fds[] = "LISTEN_FDS=1", *const environment[] = { listen_fds, NULL };
        PlanOptions options = {
                .id = "golden",
                .rootless = startswith(golden->name, "rootless") != NULL,
                .device_nodes = startswith(golden->name, "rootless") == NULL,
                .environment = streq(golden->name, "process") ? environment : NULL,
                .preserve_fds = streq(golden->name, "process") ? 1 : 0,
                .no_pivot = streq(golden->name, "host-dev"),
                .no_new_keyring = streq(golden->name, "host-dev"),
                .filter = stand_in_filter(golden->spec->os.seccomp),
        };
        CLEANUP(plan_image_freep) PlanImage *image = NULL;
        int r;

        r = golden->process ? plan_compile_exec(golden->spec, golden->process, &options, &image, error) :
                              plan_compile(golden->spec, &options, &image, error);
        if (r < 0)
                return r;
        r = plan_to_text(image, text);
        return r < 0 ? error_set(error, r, "a plan that cannot be read back") : 0;
}

/* Unit, properties, cgroup files and device rules. */
static int render_unit(const Golden *golden, Text *text, Error *error) {
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        const bool below = startswith(golden->name, "delegated") != NULL;
        const Placement placement = {
                .user_manager = startswith(golden->name, "rootless") != NULL,
                .cgroup = below ? golden->spec->os.cgroups_path : NULL,
                .supervising_unit = below ? "web.service" : NULL,
                .delegated_cgroup = below ? "/system.slice/web.service" : NULL,
        };
        int r = resource_compile(golden->spec, "golden", &placement, &set, error);

        if (r >= 0)
                resource_to_text(set, text);
        return r;
}

/* One row for each kind of output. A row that is not for exec is left out there. */
static const struct Output {
        const char *suffix;
        bool for_exec;
        int (*render)(const Golden *golden, Text *text, Error *error);
} outputs[] = {
        { ".plan", true, render_plan },
        { ".unit", false, render_unit },
};

static int read_spec(int dir_fd, const char *file, Spec **ret, Error *error) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = file_read_at(dir_fd, file, FILE_MAX, &text, &size);
        if (r < 0)
                return error_set(error, r, "%s: %m", file);
        r = spec_parse(text, size, "/bundle", ret, error);
        return r < 0 ? r : spec_check(*ret, error);
}

static int read_golden(int dir_fd, const char *name, Golden *golden, Error *error) {
        const char *end = endswith(name, ".exec");
        CLEANUP(freep) char *text = NULL;
        char file[256];
        size_t size;
        int r;

        golden->name = name;
        (void) snprintf(file, sizeof(file), "%.*s.json", end ? (int) (end - name) : (int) strlen(name), name);
        r = read_spec(dir_fd, file, &golden->spec, error);
        if (r < 0 || !end)
                return r;
        (void) snprintf(file, sizeof(file), "%s.json", name);
        r = file_read_at(dir_fd, file, FILE_MAX, &text, &size);
        if (r < 0)
                return error_set(error, r, "%s: %m", file);
        r = spec_parse_process(text, size, &golden->process, error);
        return r < 0 ? r : spec_check_process(golden->process, error);
}

/* Comments of TAP: the first lines that differ. */
static void show_difference(const char *expected, const char *got) {
        unsigned shown = 0;

        while ((*expected || *got) && shown < 10) {
                size_t a = strcspn(expected, "\n"), b = strcspn(got, "\n");

                if (a != b || strncmp(expected, got, a) != 0) {
                        printf("# - %.*s\n# + %.*s\n", (int) a, expected, (int) b, got);
                        shown++;
                }
                expected += expected[a] ? a + 1 : a;
                got += got[b] ? b + 1 : b;
        }
}

/* Compares with the file, or writes it. Returns whether that is fine. */
static bool settle(int dir_fd, const char *file, const char *got, bool update) {
        CLEANUP(freep) char *expected = NULL;

        if (file_read_at(dir_fd, file, FILE_MAX, &expected, NULL) >= 0 && streq(expected, got))
                return true;
        if (update)
                return file_replace_at(dir_fd, file, got, strlen(got), 0644) >= 0;
        show_difference(expected ?: "", got);
        return false;
}

static bool report(unsigned *n, bool ok, const char *what) {
        printf("%s %u - %s\n", ok ? "ok" : "not ok", ++*n, what);
        return ok;
}

static bool refused(int dir_fd, const char *name, const Error *error, unsigned *n, bool update) {
        CLEANUP(text_done) Text text = {};
        char file[256];

        text_addf(&text, "%s\n", error_text(error));
        (void) snprintf(file, sizeof(file), "%s.error", name);
        /* A bundle that was fine must not become a refused one by --update. */
        return report(n, settle(dir_fd, file, text.string, update && faccessat(dir_fd, file, F_OK, 0) == 0), file);
}

static bool run_one(int dir_fd, const char *name, unsigned *n, bool update) {
        CLEANUP(golden_done) Golden golden = {};
        CLEANUP(error_done) Error error = {};
        bool ok = true;

        if (read_golden(dir_fd, name, &golden, &error) < 0)
                return refused(dir_fd, name, &error, n, update);
        FOREACH_ELEMENT(output, outputs) {
                CLEANUP(text_done) Text text = {};
                char file[256];

                if (golden.process && !output->for_exec)
                        continue;
                if (output->render(&golden, &text, &error) < 0)
                        return refused(dir_fd, name, &error, n, update);
                (void) snprintf(file, sizeof(file), "%s%s", name, output->suffix);
                ok = report(n, settle(dir_fd, file, text.string ?: "", update), file) && ok;
        }
        return ok;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static int list_names(const char *directory, char ***ret) {
        DIR *d = opendir(directory);
        struct dirent *entry;
        int r = 0;

        if (!d)
                return -errno;
        while (r >= 0 && (entry = readdir(d))) {
                const char *end = endswith(entry->d_name, ".json");

                if (end && end > entry->d_name)
                        r = strv_append_take(ret, strndup(entry->d_name, (size_t) (end - entry->d_name)));
        }
        (void) closedir(d);
        if (r >= 0 && *ret)
                qsort(*ret, strv_length(*ret), sizeof(char *), compare_names);
        return r;
}

int main(int argc, char **argv) {
        bool update = argc == 3 && streq(argv[1], "--update"), ok = true;
        CLEANUP(strv_freep) char **names = NULL;
        CLEANUP(fd_closep) int dir_fd = -EBADF;
        unsigned n = 0;

        if (argc != (update ? 3 : 2)) {
                fprintf(stderr, "usage: %s [--update] DIRECTORY\n", argv[0]);
                return 2;
        }
        dir_fd = open(argv[argc - 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0 || list_names(argv[argc - 1], &names) < 0) {
                fprintf(stderr, "%s: %s\n", argv[argc - 1], strerror(errno));
                return 2;
        }
        STRV_FOREACH(name, names)
                ok = run_one(dir_fd, *name, &n, update) && ok;
        printf("1..%u\n", n);
        return ok && n > 0 ? 0 : 1;
}
