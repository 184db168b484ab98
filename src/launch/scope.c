/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From a resource set to a running scope. Why two forms: waiting for systemd's JobRemoved costs a kernel grace period of 8 to 20 ms (every write to
 * cgroup.procs takes cgroup_threadgroup_rwsem), and nobody has to wait for it. systemd realizes a unit in this order: directory, attributes,
 * the symlink below /run/systemd/units, and only then the slow attach. So a process that was born in the directory may go on at the symlink.
 *
 * Invariant: the payload runs only when every limit is in force, in both forms. */

#include "launch/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/check.h"
#include "cgroup/delegate.h"
#include "cgroup/device.h"
#include "container/unit-stop.h"
#include "resource/name.h"
#include "systemd/manager.h"
#include "systemd/realized.h"
#include "systemd/systemd.h"

/* A unit of the same name that was just left by its last process is collected within some ms; the kernel may delay the news by 10 to 16 ms. */
#define REUSE_USEC (5 * USEC_PER_SEC)
#define REUSE_STEP_USEC (USEC_PER_MSEC / 2)
#define TOUCH_STEP_USEC (50 * USEC_PER_MSEC)
/* One with processes that are still there after this long is in use; one without should have been collected. */
#define NAMESAKE_USEC (USEC_PER_SEC / 2)
/* Realizing takes about 2 ms; when it takes longer than this, the job's end is waited for instead. */
#define REALIZED_USEC (2 * USEC_PER_SEC)
#define JOB_USEC (30 * USEC_PER_SEC)
#define STOP_USEC (10 * USEC_PER_SEC)
/* Under a small pids limit an anchor in the scope would take a place that the payload needs. In a cgroup that the
 * payload manages nobody else may be: the kernel passes no controllers on from one that has processes. */
#define SMALL_TASKS_MAX 64

static bool has_small_tasks_max(const ResourceSet *set) {
        const Property *property = resource_set_find(set, "TasksMax");

        return property && property->u64 < SMALL_TASKS_MAX;
}

/* After a kill for want of memory systemd ends the unit, with a SIGKILL when there is one more: an anchor in the scope may be gone before the kernel has
 * counted the last process of a group. */
static bool ends_by_oom_kill(const ResourceSet *set) {
        const Property *property = resource_set_find(set, "OOMPolicy");

        return property && !streq(property->string, "continue");
}

/* What systemd keeps of a transient unit until it has forgotten it; *ret NULL where a user's manager has no place for it. */
static int transient_file(const char *unit, bool user_manager, char **ret) {
        const char *runtime = user_manager ? secure_getenv("XDG_RUNTIME_DIR") : "/run";

        *ret = NULL;
        return !runtime || asprintf(ret, "%s/systemd/transient/%s", runtime, unit) >= 0 ? 0 : -ENOMEM;
}

/* Whose is it? The first words are runc's, in its order. */
static int in_use(const char *unit, int cgroup_fd, Error *error) {
        if (cgroup_fd >= 0 && cgroup_is_populated(cgroup_fd) > 0)
                return error_set(error, -EEXIST, "container's cgroup is not empty: unit %s exists already", unit);
        if (cgroup_fd >= 0 && cgroup_is_frozen(cgroup_fd) > 0)
                return error_set(error, -EEXIST, "container's cgroup unexpectedly frozen: unit %s exists already",
                                 unit);
        return error_set(error, -EEXIST, "unit %s exists already", unit);
}

/* Where systemd makes the directory. It would put our processes into one that somebody has frozen, and wait for them.
 */
static int check_unused(const char *unit, const char *slice_path, Error *error) {
        CLEANUP(freep) char *path = path_join(slice_path, unit);
        CLEANUP(fd_closep) int fd = path ? cgroup_open(path, NULL) : -ENOMEM;

        if (!path)
                return -ENOMEM;
        return fd >= 0 && (cgroup_is_populated(fd) > 0 || cgroup_is_frozen(fd) > 0) ? in_use(unit, fd, error) : 0;
}

/* Waits until systemd has let go of a unit of the same name that was just left: its transient file is the last thing that goes. Making the directory any
 * sooner can hit the moment between systemd's removal of the old one and its look whether that is empty: the dead unit then keeps our
 * directory for its own and is never collected (seen with systemd 252, one of some hundred immediate reuses). cgroup: NULL where it is not known. */
static int wait_for_name(const char *unit, bool user_manager, const char *cgroup, Error *error) {
        uint64_t start_usec = usec_monotonic();
        CLEANUP(freep) char *file = NULL;

        if (transient_file(unit, user_manager, &file) < 0)
                return -ENOMEM;
        while (file && access(file, F_OK) >= 0) {
                uint64_t waited_usec = usec_monotonic() - start_usec;

                if (waited_usec > NAMESAKE_USEC) {
                        CLEANUP(fd_closep) int fd = cgroup ? cgroup_open(cgroup, NULL) : -EBADF;

                        if (waited_usec > REUSE_USEC || (fd >= 0 && cgroup_is_populated(fd) > 0))
                                return in_use(unit, fd, error);
                        cgroup_touch(fd);
                        usec_sleep(TOUCH_STEP_USEC);
                }
                usec_sleep(REUSE_STEP_USEC);
        }
        return 0;
}

/* The slice's directory must be there: systemd makes missing ones, with the controllers enabled on the way. */
static int make_directory(Scope *scope, const char *slice_path, Error *error) {
        CLEANUP(fd_closep) int slice_fd = cgroup_open(slice_path, NULL);

        if (slice_fd < 0)
                return slice_fd;
        if (mkdirat(slice_fd, scope->set->unit, 0755) < 0) {
                CLEANUP(fd_closep) int fd = -EBADF;

                if (errno != EEXIST)
                        return -errno;
                fd = openat(slice_fd, scope->set->unit, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                return in_use(scope->set->unit, fd, error);
        }
        if (asprintf(&scope->cgroup, "%s%s%s", slice_path, endswith(slice_path, "/") ? "" : "/", scope->set->unit) < 0) {
                scope->cgroup = NULL;
                (void) unlinkat(slice_fd, scope->set->unit, AT_REMOVEDIR);
                return -ENOMEM;
        }
        scope->cgroup_fd = openat(slice_fd, scope->set->unit, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return scope->cgroup_fd < 0 ? -errno : 0;
}

/* bpf(2) is not for users, and neither is mknod(2). */
static int attach_devices(Scope *scope, Error *error) {
        int r;

        if (scope->devices_attached || scope->set->n_devices == 0 || scope->user_manager)
                return 0;
        r = cgroup_device_attach(scope->cgroup_fd, scope->set->devices, scope->set->n_devices, error);
        scope->devices_attached = r >= 0;
        return r;
}

static bool asks_for_limits(const ResourceSet *set) {
        for (size_t i = 0; i < set->n_properties; i++)
                if (set->properties[i].field && startswith(set->properties[i].field, "linux.resources"))
                        return true;
        return set->n_files > 0;
}

/* So that the cgroup, and with it the unit, is known for the container's, whatever becomes of the launcher and the record. Where it cannot be marked there is
 * the unit's Description=. */
static void mark(const Scope *scope) {
        int r = cgroup_set_mark(scope->cgroup_fd, scope->mark);

        if (r < 0)
                log_debug("mark of %s: %s", scope->cgroup, strerror(-r));
}

/* Nothing of ours is to be in it, so that the container can pass controllers on; the directory stays until delete without that. */
static int prepare_delegated(Scope *scope, Error *error) {
        scope->cgroup = strdup(scope->set->cgroup);
        if (!scope->cgroup)
                return -ENOMEM;
        scope->cgroup_fd = cgroup_make(scope->set->delegated_cgroup, scope->cgroup, &scope->n_made, error);
        if (scope->cgroup_fd < 0)
                return scope->cgroup_fd;
        mark(scope);
        scope->delegated = scope->fast = true;
        scope->with_watcher = true;
        return 0;
}

int scope_prepare(Scope *scope, const ResourceSet *set, const LaunchOptions *options, const char *container_mark, Error *error) {
        CLEANUP(freep) char *slice_path = NULL;
        int r;

        scope->set = set;
        scope->mark = container_mark;
        if (set->cgroup) {
                scope->user_manager = !process_is_system_root();
                return prepare_delegated(scope, error);
        }
        scope->none = options->no_cgroup;
        scope->supervised = !scope->none && options->foreground;
        scope->user_manager = !process_is_system_root();
        scope->with_anchor = !scope->none && !has_small_tasks_max(set) && !set->managed_inside;
        scope->with_watcher = !scope->none && (!scope->with_anchor || ends_by_oom_kill(set));
        if (scope->none)
                return 0;
        /* Only greets, and its answer is there by the time that we ask for something; that it failed is told then, too. */
        r = starter_open(scope->user_manager, &scope->starter, &scope->unreachable);
        if (r < 0 && scope->user_manager && options->without_user_manager && !asks_for_limits(set)) {
                log_info("%s; the container is in no unit", error_text(&scope->unreachable));
                scope->none = true;
                scope->with_anchor = scope->with_watcher = scope->supervised = false;
        }
        if (scope->user_manager)
                return 0;
        r = cgroup_check_devices(set, error);
        if (r < 0)
                return r;
        slice_path = slice_to_cgroup_path(set->slice);
        if (!slice_path)
                return -ENOMEM;
        if (!scope->with_anchor || options->scope_start == SCOPE_START_WAIT)
                return check_unused(set->unit, slice_path, error);
        r = make_directory(scope, slice_path, error);
        if (r >= 0) {
                mark(scope);
                scope->fast = true;
                return 0;
        }
        if (r == -EEXIST || r == -ENOMEM)
                return r;
        if (options->scope_start == SCOPE_START_FAST)
                return error_set(error, r, "--scope-start=fast: cgroup of %s: %m", set->slice);
        log_debug("waiting form: cgroup of %s is not there yet", set->slice);
        return 0;
}

static int send_request(Scope *scope, Error *error) {
        StarterFlags flags = 0;
        int r;

        /* Without a bus there is no controller, and systemd stops it by itself. */
        if (scope->controlled && starter_is_on_bus(scope->starter))
                flags |= STARTER_CONTROL;
        if (!scope->fast)
                flags |= STARTER_JOB;
        log_debug("unit %s asked of %s manager, in the %s form, with %zu processes", scope->set->unit,
                  scope->user_manager ? "the user's" : "the system's", scope->fast ? "fast" : "waiting", scope->n_pids);
        r = starter_send(scope->starter, scope->set, scope->pids, scope->n_pids, flags, error);
        if (r >= 0)
                scope->requested = true;
        return r;
}

/* The reply; while a unit of the name is still being collected, again. */
static int receive_reply(Scope *scope, Error *error) {
        uint64_t deadline_usec = usec_monotonic() + REUSE_USEC;

        for (;;) {
                CLEANUP(error_done) Error attempt = {};
                int r = starter_reply(scope->starter, &attempt);

                if (r != -EEXIST || usec_monotonic() > deadline_usec)
                        return r < 0 ? error_set(error, r, "%s", error_text(&attempt)) : 0;
                usec_sleep(REUSE_STEP_USEC);
                r = send_request(scope, error);
                if (r < 0)
                        return r;
        }
}

/* Where systemd put the process, from the kernel: the path of a slice is no interface. */
static int find_cgroup(Scope *scope, pid_t pid, Error *error) {
        int r = cgroup_of_process(pid, &scope->cgroup);

        if (r < 0)
                return error_set(error, r, "cgroup of %s: %m", scope->set->unit);
        scope->cgroup_fd = cgroup_open(scope->cgroup, error);
        if (scope->cgroup_fd < 0)
                return scope->cgroup_fd;
        mark(scope);
        return 0;
}

int scope_request(Scope *scope, const Process *init, const Process *anchor, Error *error) {
        int r;

        if (scope->none)
                return 0;
        if (scope->delegated)
                return attach_devices(scope, error);
        if (!scope->starter)
                return error_set(error, scope->unreachable.number, "%s", error_text(&scope->unreachable));
        /* Now, as attaching takes cgroup_mutex, which systemd holds for the whole grace period of its own attach a moment later. */
        r = scope->fast ? attach_devices(scope, error) : 0;
        if (r < 0)
                return r;
        if (anchor->pid > 0)
                scope->pids[scope->n_pids++] = anchor->pid;
        if (!scope->fast)
                scope->pids[scope->n_pids++] = init->pid;
        r = send_request(scope, error);
        if (r < 0 || scope->fast)
                return r;
        r = receive_reply(scope, error);
        if (r >= 0)
                r = starter_wait_job(scope->starter, JOB_USEC, error);
        return r < 0 ? r : find_cgroup(scope, init->pid, error);
}

int scope_ready(Scope *scope, Error *error) {
        int r;

        if (!scope->fast || scope->delegated)
                return 0;
        r = receive_reply(scope, error);
        if (r < 0)
                return r;
        if (systemd_wait_realized(scope->set->unit, usec_monotonic() + REALIZED_USEC) >= 0)
                return 0;
        log_debug("%s is not realized yet, waiting for it to be active", scope->set->unit);
        return starter_wait_job(scope->starter, JOB_USEC, error);
}

/* One that the kernel does not have is nobody's. */
static int give_files(const Scope *scope, Error *error) {
        const ResourceSet *set = scope->set;

        if (!set->has_payload_user || set->payload_user == 0 || scope->user_manager)
                return 0;
        STRV_FOREACH(name, set->payload_files)
                if (fchownat(scope->cgroup_fd, *name, set->payload_user, (gid_t) -1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
                        return error_set(error, -errno, "owner of %s: %m", *name);
        return 0;
}

int scope_limit(Scope *scope, Error *error) {
        int r;

        if (scope->none)
                return 0;
        log_debug("unit %s is there, its cgroup is %s", scope->set->unit, scope->cgroup);
        r = cgroup_check_controllers(scope->cgroup_fd, scope->set, error);
        if (r >= 0)
                r = cgroup_check_applied(scope->cgroup_fd, scope->set, error);
        if (r >= 0)
                r = cgroup_write_files(scope->cgroup_fd, scope->delegated ? NULL : scope->cgroup, scope->set, error);
        if (r >= 0 && scope->set->has_owner && !scope->user_manager) {
                r = cgroup_set_owner(scope->cgroup_fd, scope->set->owner);
                if (r < 0)
                        return error_set(error, r, "owner of the cgroup: %m");
        }
        if (r >= 0)
                r = give_files(scope, error);
        return r < 0 ? r : attach_devices(scope, error);
}

int scope_register(Scope *scope, const MachineRegistration *machine, Error *error) {
        Systemd *systemd;
        int r;

        if (scope->delegated)
                return error_set(error, -EINVAL, "--register: needs a unit of its own, and the container is in %s", scope->set->supervising_unit);
        if (scope->none)
                return error_set(error, -EINVAL, "--register: needs a unit, and there is none with --cgroup-manager=disabled");
        if (!has_libsystemd())
                return error_set(error, -ELIBACC, "--register: needs libsystemd, which this program does not have");
        r = systemd_functions.open(scope->user_manager, &systemd, error);
        if (r < 0)
                return error_prefix(error, "--register");
        r = systemd_functions.register_machine(systemd, machine, error);
        systemd_functions.close(systemd);
        return r;
}

/* A cgroup that is in use is somebody else's; delete would end it for what the record says. */
static int expect_delegated(const ResourceSet *set, Record *record, Error *error) {
        CLEANUP(fd_closep) int fd = cgroup_open(set->cgroup, NULL);

        if (fd >= 0 && cgroup_is_populated(fd) != 0)
                return error_set(error, -EEXIST, "linux.cgroupsPath: cgroup %s is in use", set->cgroup);
        record->user_manager = !process_is_system_root();
        record->cgroup = strdup(set->cgroup);
        record->supervising_unit = strdup(set->supervising_unit);
        return record->cgroup && record->supervising_unit ? 0 : -ENOMEM;
}

int scope_expect(const ResourceSet *set, const LaunchOptions *options, Record *record, Error *error) {
        CLEANUP(freep) char *slice_path = NULL, *cgroup = NULL, *unit = NULL;
        int r;

        if (options->no_cgroup)
                return 0;
        if (set->cgroup)
                return expect_delegated(set, record, error);
        slice_path = slice_to_cgroup_path(set->slice);
        unit = strdup(set->unit);
        if (!slice_path || !unit)
                return -ENOMEM;
        record->user_manager = !process_is_system_root();
        if (!record->user_manager && !(cgroup = path_join(slice_path, unit)))
                return -ENOMEM;
        r = wait_for_name(unit, record->user_manager, cgroup, error);
        if (r < 0)
                return r;
        record->unit = TAKE_PTR(unit);
        record->cgroup = TAKE_PTR(cgroup);
        return 0;
}

int scope_fill_record(const Scope *scope, Record *record) {
        char *cgroup;

        if (scope->none) {
                free(TAKE_PTR(record->unit));
                free(TAKE_PTR(record->cgroup));
                return 0;
        }
        cgroup = strdup(scope->cgroup);
        if (!cgroup)
                return -ENOMEM;
        free(record->cgroup);
        record->cgroup = cgroup;
        return cgroup_id(scope->cgroup_fd, &record->cgroup_id);
}

/* The answer to a request under way comes first, else the unit could be started after we stopped it. */
static void settle(Scope *scope) {
        if (starter_reply(scope->starter, NULL) < 0)
                return;
        /* In the fast form a job that is still under way is canceled by the stop. */
        if (!scope->fast)
                (void) starter_wait_job(scope->starter, STOP_USEC, NULL);
}

/* Where our processes are, in the eyes of the kernel. */
static bool is_own_control_group(const Scope *scope, const char *control_group) {
        CLEANUP(freep) char *cgroup = NULL;

        if (scope->cgroup_fd >= 0) {
                CLEANUP(fd_closep) int fd = cgroup_open(control_group, NULL);
                uint64_t ours, theirs;

                return fd >= 0 && cgroup_id(scope->cgroup_fd, &ours) >= 0 && cgroup_id(fd, &theirs) >= 0 && ours == theirs;
        }
        return scope->n_pids > 0 && cgroup_of_process(scope->pids[0], &cgroup) >= 0 && streq(cgroup, control_group);
}

/* A unit whose job has not been run has no control group yet; then its Description= has to do. */
static bool is_own_unit(const Scope *scope, const UnitIdentity *identity) {
        const Property *description = resource_set_find(scope->set, "Description");

        if (!identity->transient)
                return false;
        if (identity->control_group[0])
                return is_own_control_group(scope, identity->control_group);
        return description && streq(description->string, identity->description);
}

void scope_claim(Scope *scope) {
        CLEANUP(unit_identity_done) UnitIdentity identity = {};
        CLEANUP(manager_closep) Manager *manager = NULL;

        if (!scope->requested || scope->own.description)
                return;
        settle(scope);
        /* A unit of that name is not of this attempt. */
        if (starter_is_refused(scope->starter))
                return;
        if (manager_open(scope->user_manager, &manager, NULL) < 0 || manager_identify(manager, scope->set->unit, &identity, NULL) < 0)
                return;
        if (is_own_unit(scope, &identity))
                scope->own = TAKE(identity, ((UnitIdentity) {}));
        else
                log_debug("unit %s is not of this attempt", scope->set->unit);
}

void scope_stop(Scope *scope) {
        if (scope->own.description)
                unit_stop(scope->set->unit, &scope->own, scope->user_manager, scope->cgroup_fd);
}

void scope_undo(Scope *scope) {
        if (scope->delegated)
                cgroup_unmake(scope->cgroup, scope->n_made);
        if (!scope->fast || scope->delegated || !scope->cgroup)
                return;
        /* EBUSY while a process that was killed is still on its way out. */
        for (unsigned tries = 0; cgroup_remove_own(scope->cgroup, scope->cgroup_fd) == -EBUSY && tries < 1000; tries++)
                usec_sleep(USEC_PER_MSEC);
}

void scope_done(Scope *scope) {
        scope->starter = starter_close(scope->starter);
        error_done(&scope->unreachable);
        unit_identity_done(&scope->own);
        scope->cgroup_fd = fd_close(scope->cgroup_fd);
        free(scope->cgroup);
        *scope = SCOPE_NONE;
}
