/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The conversation with berth-init. Invariant: every message either advances the plan or ends it; nothing that the container could say later is
 * listened to, as berth-init's end of the socket is closed by execve(2). */

#include "launch/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "container/hooks.h"
#include "container/listener.h"
#include "container/step-failure.h"
#include "container/sync.h"
#include "launch/console.h"
#include "launch/maps.h"
#include "launch/netdevice.h"
#include "plan/text.h"

#define IOPRIO_WHO_PROCESS 1 /* linux/ioprio.h came with Linux 5.14 */

/* A set-up that takes longer than this is stuck; hooks have their own limits and do not count. */
#define STEP_USEC (120 * USEC_PER_SEC)

static size_t maps_of(const SpecIdMap *from, size_t n, PlanSourceMap *to, size_t maximum) {
        size_t i;

        for (i = 0; i < n && i < maximum; i++)
                to[i] = (PlanSourceMap) { from[i].container_id, from[i].host_id, from[i].size };
        return i;
}

#define MAPS_MAX 340 /* the kernel's limit since 4.15 */

static int on_maps(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        const Spec *spec = talk->container->spec;
        CLEANUP(freep) PlanSourceMap *maps = calloc(2 * MAPS_MAX, sizeof *maps);
        size_t n_uid_maps, n_gid_maps;
        int r;

        if (!maps)
                return -ENOMEM;
        n_uid_maps = maps_of(spec->os.uid_mappings, spec->os.n_uid_mappings, maps, MAPS_MAX);
        n_gid_maps = maps_of(spec->os.gid_mappings, spec->os.n_gid_mappings, maps + MAPS_MAX, MAPS_MAX);
        r = maps_write(talk->process->pid, maps, n_uid_maps, maps + MAPS_MAX, n_gid_maps, error);
        return r < 0 ? r : sync_go(talk->sync_fd);
}

/* The first process has made its child in the pid namespace and is leaving. */
static int on_forked(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        if (*fd < 0 || message->value == 0)
                return error_set(error, -EBADMSG, "berth-init: no pidfd for its child");
        (void) process_wait(talk->process->pid);
        process_release(talk->process);
        *talk->process = (Process) { (pid_t) message->value, TAKE_FD(*fd) };
        return 0;
}

static int on_net_devices(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        const SpecOs *os = &talk->container->spec->os;
        CLEANUP(fd_closep) int ns_fd = -EBADF;
        char path[64];
        int r;

        snprintf(path, sizeof path, "/proc/%ld/ns/net", (long) talk->process->pid);
        ns_fd = open(path, O_RDONLY | O_CLOEXEC);
        if (ns_fd < 0)
                return error_set(error, -errno, "linux.netDevices: network namespace: %m");
        r = net_devices_move(os->net_devices, os->n_net_devices, ns_fd, error);
        if (r < 0)
                return r;
        talk->net_ns_fd = TAKE_FD(ns_fd);
        return sync_go(talk->sync_fd);
}

static int on_idmap(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        int r;

        if (*fd < 0 || !talk->sources || message->value >= talk->source_fds->n_fds || talk->sources[message->value].kind != PLAN_SOURCE_IDMAP)
                return error_set(error, -EBADMSG, "berth-init: no mount to map ids of");
        r = source_map(&talk->sources[message->value], talk->source_fds->fds[message->value], *fd, error);
        return r < 0 ? r : sync_go(talk->sync_fd);
}

static int on_hooks(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        const SpecHooks *hooks = &talk->container->spec->hooks;
        const SpecMap *annotations = &talk->container->spec->annotations;
        CLEANUP(freep) char *state = NULL;
        int r;

        talk->container->record->pid = (uint64_t) talk->process->pid;
        state = container_state_json(talk->container, STATUS_CREATING, true);
        if (!state)
                return -ENOMEM;
        r = hooks_run(hooks->prestart, hooks->n_prestart, "prestart", annotations, state, error);
        if (r >= 0)
                r = hooks_run(hooks->create_runtime, hooks->n_create_runtime, "createRuntime", annotations, state,
                              error);
        return r < 0 ? r : sync_go(talk->sync_fd);
}

static int on_console(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        if (*fd < 0)
                return error_set(error, -EBADMSG, "berth-init: no terminal came");
        if (talk->console_socket)
                return console_send(talk->console_socket, *fd, error);
        fd_close(talk->console_fd);
        talk->console_fd = TAKE_FD(*fd);
        /* Before the payload could ask for it. */
        console_copy_size(talk->console_fd);
        console_keep_line_ends(talk->console_fd);
        return 0;
}

static int on_seccomp(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        return listener_hand_over(talk->container, talk->process->pid, talk->sync_fd, *fd, error);
}

static int on_failed(Talk *talk, const SyncMessage *message, int *fd, Error *error) {
        return step_failure(talk->plan, message, *fd, error);
}

static int (*const handlers[])(Talk *talk, const SyncMessage *message, int *fd, Error *error) = {
        [SYNC_MAPS] = on_maps,
        [SYNC_FORKED] = on_forked,
        [SYNC_NET_DEVICES] = on_net_devices,
        [SYNC_HOOKS] = on_hooks,
        [SYNC_IDMAP] = on_idmap,
        [SYNC_CONSOLE] = on_console,
        [SYNC_SECCOMP] = on_seccomp,
        [SYNC_FAILED] = on_failed,
};

static uint32_t count_hooks_as_payload(const Plan *plan) {
        uint32_t n = 0;

        for (uint32_t i = 0; i < plan->header->n_steps; i++)
                n += plan->steps[i].kind == STEP_HOOK && (plan->steps[i].options & PLAN_HOOK_AS_PAYLOAD) != 0;
        return n;
}

/* Who may trace berth-init can speak for it: what it says is taken once, and where the plan has it. */
static bool is_due(Talk *talk, const SyncMessage *message) {
        static const StepKind askers[] = {
                [SYNC_MAPS] = STEP_MAPS,
                [SYNC_FORKED] = STEP_FORK,
                [SYNC_NET_DEVICES] = STEP_NET_DEVICES,
                [SYNC_IDMAP] = STEP_MOUNT,
                [SYNC_HOOKS] = STEP_ASK_HOOKS,
                [SYNC_CONSOLE] = STEP_CONSOLE,
                [SYNC_SECCOMP] = STEP_SECCOMP,
                [SYNC_CREATED] = STEP_CREATED,
        };

        if (message->kind == SYNC_FAILED)
                return true;
        if (message->kind >= ELEMENTSOF(askers) || message->step < talk->next_step || message->step >= talk->plan->header->n_steps ||
            talk->plan->steps[message->step].kind != askers[message->kind])
                return false;
        /* Each startContainer hook takes the payload's step before the payload does. */
        if (message->kind == SYNC_SECCOMP && talk->n_listeners < count_hooks_as_payload(talk->plan)) {
                talk->n_listeners++;
                talk->next_step = message->step;
        } else
                talk->next_step = message->step + 1;
        return true;
}

static int set_limit(pid_t pid, const PlanStep *step) {
        struct rlimit limit = { step->value[1], step->value[2] };

        return prlimit(pid, (__rlimit_resource_t) step->value[0], &limit, NULL);
}

/* Limits, scheduler and i/o priority are set from outside: inside a user namespace nobody may raise them. */
static int set_limits(const Talk *talk, Error *error) {
        for (uint32_t i = 0; i < talk->plan->header->n_steps; i++) {
                const PlanStep *step = &talk->plan->steps[i];
                SyncMessage failure = { .kind = SYNC_FAILED, .step = i };
                long r = 0;

                if (step->kind == STEP_RLIMIT)
                        r = set_limit(talk->process->pid, step);
                else if (step->kind == STEP_SCHEDULER)
                        r = syscall(SYS_sched_setattr, talk->process->pid, plan_bytes(talk->plan, step->bytes), 0);
                else if (step->kind == STEP_IO_PRIORITY)
                        r = syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, talk->process->pid, step->value[0]);
                if (r >= 0)
                        continue;
                failure.error = errno;
                return step_failure(talk->plan, &failure, -EBADF, error);
        }
        return 0;
}

/* Until a message of the kind (1), or the end of file (0). */
static void tell(const SyncMessage *message) {
        static const char *const names[] = {
                [SYNC_MAPS] = "asks for its id maps",
                [SYNC_FORKED] = "is in its pid namespace",
                [SYNC_NET_DEVICES] = "asks for network devices",
                [SYNC_HOOKS] = "asks for prestart and createRuntime hooks",
                [SYNC_CONSOLE] = "hands over the terminal",
                [SYNC_SECCOMP] = "hands over the seccomp listener",
                [SYNC_CREATED] = "has prepared the container",
                [SYNC_FAILED] = "has failed",
        };

        if (message->kind < ELEMENTSOF(names) && names[message->kind])
                log_debug("berth-init %s (step %u)", names[message->kind], message->step + 1);
}

static int talk_until(Talk *talk, SyncKind kind, Error *error) {
        for (;;) {
                CLEANUP(fd_closep) int fd = -EBADF;
                SyncMessage message;
                int r = sync_receive(talk->sync_fd, usec_monotonic() + STEP_USEC, &message, &fd);

                if (r <= 0)
                        return r;
                if (!is_due(talk, &message))
                        return error_set(error, -EBADMSG, "berth-init: unexpected message %u", message.kind);
                tell(&message);
                if (message.kind == kind)
                        return r;
                r = handlers[message.kind](talk, &message, &fd, error);
                if (r < 0)
                        return r;
        }
}

int talk_until_created(Talk *talk, Error *error) {
        int r = talk_until(talk, SYNC_CREATED, error);

        if (r < 0)
                return error_set(error, r, "berth-init: %m");
        if (r == 0)
                return error_set(error, -ECHILD, "berth-init ended before the container was prepared");
        return set_limits(talk, error);
}

int talk_until_executed(Talk *talk, Error *error) {
        int r = sync_go(talk->sync_fd);

        /* The talk until then may have been another one. */
        for (uint32_t i = talk->next_step; i < talk->plan->header->n_steps; i++)
                if (talk->plan->steps[i].kind == STEP_CREATED)
                        talk->next_step = i + 1;
        if (r >= 0)
                r = talk_until(talk, _SYNC_NONE, error);
        if (r >= 0 && talk->container->spec->os.seccomp)
                r = step_unfinished(talk->plan, talk->process->pid, talk->process->pidfd, error);
        return r < 0 ? error_set(error, r, "berth-init: %m") : 0;
}
