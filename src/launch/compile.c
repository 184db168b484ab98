/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bundle becomes spec, plan and resource set. Invariant: whatever is wrong with a bundle is found here, before anything is made on the system. */

#include "launch/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/delegate.h"
#include "launch/environment.h"
#include "launch/kernel.h"
#include "launch/pressure.h"
#include "launch/seccomp.h"
#include "launch/stop-rule.h"
#include "plan/compile.h"
#include "resource/compile.h"
#include "spec/check.h"

static int read_config(const LaunchOptions *options, Compiled *compiled, Error *error) {
        return spec_load_text(options->bundle ? options->bundle : ".", options->config_file, &compiled->spec, &compiled->text,
                              &compiled->text_size, error);
}

/* What the runtime of before 1.0 asked of a root: a path without links. */
static int check_legacy_root(const char *path, Error *error) {
        CLEANUP(freep) char *resolved = realpath(path, NULL);

        if (!resolved)
                return error_set(error, -errno, "lstat %s: %m", path);
        return streq(resolved, path) ? 0 : error_set(error, -EINVAL, "%s is not an absolute path or is a symlink", path);
}

static int check_root(const Spec *spec, Error *error) {
        CLEANUP(freep) char *path = path_join(spec->bundle, spec->root.path);
        struct stat st;

        if (!path)
                return -ENOMEM;
        if (spec->format == SPEC_FORMAT_LEGACY) {
                CLEANUP(freep) char *simple = streq(spec->root.path, ".") ? strdup(spec->bundle) : TAKE_PTR(path);

                return simple ? check_legacy_root(simple, error) : -ENOMEM;
        }
        if (stat(path, &st) < 0)
                return error_set(error, -errno, "root.path: %s: %m", path);
        return S_ISDIR(st.st_mode) ? 0 : error_set(error, -ENOTDIR, "root.path: %s: not a directory", path);
}

static int check_options(const Spec *spec, const LaunchOptions *options, Error *error) {
        bool terminal = spec->process && spec->process->terminal;

        if (terminal && !options->foreground && isempty(options->console_socket))
                return error_set(error, -EINVAL, "cannot allocate tty if runc will detach without setting console socket: process.terminal is true; "
                                 "set it to false, drop --detach, or give --console-socket");
        if (options->log_driver == LOG_DRIVER_JOURNAL && !options->foreground)
                return error_set(error, -EINVAL, "--log-driver=journal: needs a supervisor, and there is none with --detach and create (see berth up, and journal-direct)");
        if (!terminal && !isempty(options->console_socket))
                return error_set(error, -EINVAL, "cannot use console socket if runc will not detach or allocate tty");
        return 0;
}

/* An annotation of crun's, for who would rather not start than start with a profile that says less than it seems to. */
static int check_seccomp_names(const Spec *spec, Error *error) {
        const char *word = spec_map_get(&spec->annotations, "run.oci.seccomp_fail_unknown_syscall");

        return spec->os.seccomp && word && !streq(word, "0") ? seccomp_check_profile(spec->os.seccomp, error) : 0;
}

static int compile_plan(const LaunchOptions *options, Compiled *compiled, Error *error) {
        CLEANUP(strv_freep) char **environment = NULL;
        CLEANUP(freep) void *filter = NULL;
        PlanOptions plan = {
                .id = options->id,
                .no_pivot = options->no_pivot,
                .no_new_keyring = options->no_new_keyring,
                .rootless = geteuid() != 0,
                .device_nodes = compiled->spec->os.n_devices > 0 && process_is_system_root(),
                .preserve_fds = options->preserve_fds,
        };
        int r;

        r = environment_for_payload(&environment, &plan.preserve_fds);
        if (r >= 0)
                r = check_preserved_fds(plan.preserve_fds, options->inherited_fds, error);
        if (r < 0)
                return r;
        plan.environment = environment;
        plan.writable_paths = compiled->writable_paths;
        r = check_seccomp_names(compiled->spec, error);
        if (r < 0)
                return r;
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

/* The payload's own sd_notify(3): its messages come to the supervisor. */
static int add_notify_socket(Spec *spec, const char *directory) {
        static const char *const options[] = { "bind", "ro", "nosuid", "nodev", "noexec" };
        SpecMount *mounts = reallocarray(spec->mounts, spec->n_mounts + 1, sizeof *mounts), *mount;
        int r = 0;

        if (!mounts)
                return -ENOMEM;
        spec->mounts = mounts;
        mount = &mounts[spec->n_mounts++];
        *mount = (SpecMount) {
                .destination = strdup("/run/notify"),
                .type = strdup("bind"),
                .source = strdup(directory),
        };
        FOREACH_ELEMENT(option, options)
                r = r < 0 ? r : strv_append(&mount->options, *option);
        if (r >= 0 && spec->process)
                r = strv_environment_set(&spec->process->env, "NOTIFY_SOCKET=/run/notify/notify.sock");
        return r < 0 || !mount->destination || !mount->type || !mount->source ? -ENOMEM : 0;
}

/* What the caller adds is as if it had been in the bundle. */
static int add_annotations(Spec *spec, char *const *assignments, Error *error) {
        int r = 0;

        STRV_FOREACH(assignment, assignments) {
                const char *equals = strchr(*assignment, '=');
                CLEANUP(freep) char *key = equals ? strndup(*assignment, (size_t) (equals - *assignment)) : NULL;

                if (!equals || equals == *assignment)
                        return error_set(error, -EINVAL, "--annotation %s: must be KEY=VALUE", *assignment);
                r = key ? spec_map_set(&spec->annotations, key, equals + 1) : -ENOMEM;
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Below a cgroup that is delegated to us we are the one who makes cgroups; anywhere else systemd is asked. */
static int compile_resources(const LaunchOptions *options, Compiled *compiled, Error *error) {
        const char *path = compiled->spec->os.cgroups_path;
        CLEANUP(delegation_done) Delegation delegation = {};
        Placement placement = {
                .user_manager = !process_is_system_root(),
                .no_paths = options->systemd_cgroup && !options->no_cgroup,
                .spread_slices = options->spread_slices,
        };
        int r = isempty(path) || options->no_cgroup ? 0 : cgroup_find_delegation(path, &delegation);

        if (r < 0)
                return error_set(error, r, "linux.cgroupsPath: %m");
        placement.cgroup = delegation.cgroup;
        placement.supervising_unit = delegation.unit;
        placement.delegated_cgroup = delegation.unit_cgroup;
        return resource_compile(compiled->spec, options->id, &placement, &compiled->resources, error);
}

int compile_bundle(const LaunchOptions *options, int root_fd, Compiled **ret, Error *error) {
        CLEANUP(compiled_freep) Compiled *compiled = calloc(1, sizeof *compiled);
        int r;

        if (!compiled)
                return -ENOMEM;
        r = container_check_id(options->id, error);
        if (r >= 0)
                r = read_config(options, compiled, error);
        if (r >= 0)
                r = add_annotations(compiled->spec, options->annotations, error);
        if (r >= 0)
                r = spec_check(compiled->spec, error);
        if (r >= 0)
                r = check_options(compiled->spec, options, error);
        if (r >= 0)
                r = check_root(compiled->spec, error);
        if (r >= 0)
                r = kernel_check_spec(compiled->spec, error);
        if (r >= 0)
                r = compile_resources(options, compiled, error);
        if (r >= 0)
                r = machine_compile(compiled->spec, root_fd, options->id, &compiled->machine, error);
        if (r >= 0)
                r = stop_rule_compile(options, compiled, error);
        if (r >= 0)
                r = pressure_compile(compiled->spec, compiled->resources, &compiled->writable_paths, error);
        if (r >= 0)
                r = credentials_compile(compiled->spec, options->credentials,
                                        compiled->machine.has_host_directory ? CREDENTIALS_PATH_MACHINE : CREDENTIALS_PATH,
                                        &compiled->credentials, error);
        if (r >= 0 && options->notify_directory)
                r = add_notify_socket(compiled->spec, options->notify_directory);
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
        strv_free(compiled->writable_paths);
        credentials_done(&compiled->credentials);
        resource_set_free(compiled->resources);
        free(compiled);
        return NULL;
}
