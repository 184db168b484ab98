/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bundle becomes spec, plan and resource set. Invariant: whatever is wrong with a bundle is found here, before anything is made on the system. */

#include "container/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "container/environment.h"
#include "container/kernel.h"
#include "container/seccomp.h"
#include "plan/compile.h"
#include "resource/compile.h"
#include "spec/check.h"

static int read_config(const LaunchOptions *options, Compiled *compiled, Error *error) {
        CLEANUP(freep) char *bundle = NULL, *path = NULL;
        int r;

        r = path_make_absolute(options->bundle ? options->bundle : ".", &bundle);
        if (r < 0)
                return error_set(error, r, "bundle: %m");
        path = path_join(bundle, options->config_file ? options->config_file : SPEC_CONFIG_NAME);
        if (!path)
                return -ENOMEM;
        r = file_read_at(AT_FDCWD, path, SPEC_SIZE_MAX, &compiled->text, &compiled->text_size);
        if (r == -ENOENT)
                return error_set(error, r, "JSON specification file %s not found", path);
        if (r < 0)
                return error_set(error, r, "%s: %m", path);
        r = spec_parse(compiled->text, compiled->text_size, bundle, &compiled->spec, error);
        return r < 0 ? error_prefix(error, "%s", path) : 0;
}

static int check_root(const Spec *spec, Error *error) {
        CLEANUP(freep) char *path = path_join(spec->bundle, spec->root.path);
        struct stat st;

        if (!path)
                return -ENOMEM;
        if (stat(path, &st) < 0)
                return error_set(error, -errno, "root.path: %s: %m", path);
        return S_ISDIR(st.st_mode) ? 0 : error_set(error, -ENOTDIR, "root.path: %s: not a directory", path);
}

static int check_options(const Spec *spec, const LaunchOptions *options, Error *error) {
        bool terminal = spec->process && spec->process->terminal;

        if (terminal && !options->foreground && isempty(options->console_socket))
                return error_set(error, -EINVAL, "cannot allocate tty if runc will detach without setting console socket");
        if (!terminal && !isempty(options->console_socket))
                return error_set(error, -EINVAL, "cannot use console socket if runc will not detach or allocate tty");
        return 0;
}

static int compile_plan(const LaunchOptions *options, Compiled *compiled, Error *error) {
        CLEANUP(strv_freep) char **environment = NULL;
        CLEANUP(freep) void *filter = NULL;
        PlanOptions plan = {
                .id = options->id,
                .no_pivot = options->no_pivot,
                .no_new_keyring = options->no_new_keyring,
                .rootless = geteuid() != 0,
                .preserve_fds = options->preserve_fds,
        };
        int r;

        r = environment_for_payload(&environment, &plan.preserve_fds);
        if (r >= 0)
                r = check_preserved_fds(plan.preserve_fds, options->inherited_fds, error);
        if (r < 0)
                return r;
        plan.environment = environment;
        if (compiled->spec->os.seccomp) {
                r = seccomp_filter(compiled->spec->os.seccomp, !options->only_compile, &filter, &plan.filter.size, &plan.filter.flags, error);
                if (r < 0)
                        return r;
                plan.filter.bpf = filter;
        }
        r = plan_compile(compiled->spec, &plan, &compiled->image, error);
        if (r >= 0)
                compiled->preserve_fds = plan.preserve_fds;
        return r;
}

int compile_bundle(const LaunchOptions *options, Compiled **ret, Error *error) {
        CLEANUP(compiled_freep) Compiled *compiled = calloc(1, sizeof *compiled);
        int r;

        if (!compiled)
                return -ENOMEM;
        r = container_check_id(options->id, error);
        if (r >= 0)
                r = read_config(options, compiled, error);
        if (r >= 0)
                r = spec_check(compiled->spec, error);
        if (r >= 0)
                r = check_options(compiled->spec, options, error);
        if (r >= 0)
                r = check_root(compiled->spec, error);
        if (r >= 0)
                r = kernel_check_spec(compiled->spec, error);
        if (r >= 0)
                r = resource_compile(compiled->spec, options->id, geteuid() != 0, &compiled->resources, error);
        if (r >= 0)
                r = compile_plan(options, compiled, error);
        if (r < 0)
                return r;
        compiled->namespaces = plan_namespaces(compiled->spec);
        *ret = TAKE_PTR(compiled);
        return 0;
}

Compiled *compiled_free(Compiled *compiled) {
        if (!compiled)
                return NULL;
        spec_free(compiled->spec);
        free(compiled->text);
        plan_image_free(compiled->image);
        resource_set_free(compiled->resources);
        free(compiled);
        return NULL;
}
