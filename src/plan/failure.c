/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words for a step that failed. Engines match some of them (Podman: "executable file not found in", "no such file or
 * directory", "permission denied", "/proc/.../attr"; Docker makes exit codes 126 and 127 of them; conmon passes them on), so
 * those are worded as runc words them. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/strv.h"
#include "plan/text.h"

/* strerror() with a small first letter, as the matched texts have it. */
static void add_error(Text *text, int error) {
        char buffer[128];
        const char *words = strerror_r(error, buffer, sizeof(buffer));
        char first[2] = { (char) tolower((unsigned char) words[0]), 0 };

        text_add(text, first);
        if (words[0])
                text_add(text, words + 1);
}

static void fail_lookup(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        const char *name = plan_string(plan, step->data);

        /* Nothing else in this step can be. */
        if (message->error == EFBIG) {
                text_add(text, "HOME: /etc/passwd of the container is too large to look for the user in it");
                return;
        }
        text_add(text, "exec: \"");
        plan_escape_text(text, name);
        text_add(text, "\": ");
        if (message->error == ENOENT && !strchr(name, '/')) {
                text_add(text, "executable file not found in $PATH");
                return;
        }
        if (message->error == ENOENT || message->error == ENOTDIR || message->error == ELOOP) {
                text_add(text, "stat ");
                plan_escape_text(text, name);
                text_add(text, ": ");
        }
        add_error(text, message->error);
        /* What execve(2) would say of it; Podman knows only these words as exit code 126. */
        if (message->error == EISDIR)
                text_add(text, ": permission denied");
}

static void fail_exec(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        uint64_t offset = 0;

        text_add(text, "exec ");
        plan_escape_text(text, plan_next_string(plan, step->bytes, &offset, step->value[0]));
        text_add(text, ": ");
        add_error(text, message->error);
}

static void fail_directory_change(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        text_add(text, "chdir to cwd (\"");
        plan_escape_text(text, plan_string(plan, step->path));
        text_add(text, "\") set in config.json failed: ");
        add_error(text, message->error);
}

static void fail_hook(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        text_add(text, "error running ");
        plan_escape_text(text, plan_string(plan, step->source));
        text_addf(text, " hook #%" PRIu64 ": ", step->value[2]);
        plan_escape_text(text, plan_string(plan, step->path));
        text_add(text, ": ");
        if (message->error == ECHILD && message->value > 128)
                text_addf(text, "ended by signal %u", message->value - 128);
        else if (message->error == ECHILD)
                text_addf(text, "exit status %u", message->value);
        else if (message->error == ETIMEDOUT)
                text_add(text, "took longer than its timeout");
        else
                add_error(text, message->error);
}

/* How each step fails that has no words of its own: its number, what it does, why it could not. */
static void fail_other(const Plan *plan, const SyncMessage *message, Text *text) {
        char buffer[128];

        text_addf(text, "step %u, ", message->step + 1);
        plan_step_text(plan, message->step, text);
        text_addf(text, ": %s", strerror_r(message->error, buffer, sizeof(buffer)));
}

static void fail_mount(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        /* A link or a file where proc or sysfs is to be. */
        if ((step->options & PLAN_MOUNT_PROTECTED) && (message->error == ELOOP || message->error == ENOTDIR)) {
                text_add(text, "filesystem \"");
                plan_escape_text(text, plan_string(plan, step->type));
                text_add(text, "\" must be mounted on ordinary directory: ");
        }
        if (message->error != EPERM || message->value == 0) {
                fail_other(plan, message, text);
                return;
        }
        text_add(text, "error mounting \"");
        plan_escape_text(text, plan_string(plan, step->source));
        text_add(text, "\" to rootfs at \"");
        plan_escape_text(text, plan_string(plan, step->path));
        text_add(text, "\": cannot clear locked flags ");
        plan_mount_flags_text(message->value, text);
        text_add(text, ": ");
        add_error(text, message->error);
}

static void fail_label(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        int apparmor = step->kind == STEP_APPARMOR;

        text_add(text, apparmor ? "process.apparmorProfile: unable to apply apparmor profile " : "process.selinuxLabel: unable to apply selinux label ");
        plan_escape_text(text, plan_string(plan, step->data));
        text_addf(text, ": write /proc/thread-self/attr/%s: ", apparmor ? "apparmor/exec" : "exec");
        add_error(text, message->error);
        if (apparmor && message->error == ENOENT)
                text_add(text, ": no such profile is loaded");
}

static void fail_scheduler(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        text_add(text, "process.scheduler: sched_setattr:");
        plan_scheduling_text(plan, step, text);
        text_add(text, ": ");
        add_error(text, message->error);
}

static void fail_mounted(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text) {
        plan_escape_text(text, plan_string(plan, step->path));
        if (message->error == ESTALE || message->error == ENOENT) {
                text_add(text, " is not what was mounted there: somebody else changes the root file system");
                return;
        }
        text_add(text, ": ");
        add_error(text, message->error);
}

typedef void (*FailurePrinter)(const Plan *plan, const PlanStep *step, const SyncMessage *message, Text *text);

static const FailurePrinter failures[_STEP_MAX] = {
        [STEP_LOOKUP] = fail_lookup,
        [STEP_EXEC] = fail_exec,
        [STEP_DIRECTORY_CHANGE] = fail_directory_change,
        [STEP_HOOK] = fail_hook,
        [STEP_MOUNTED] = fail_mounted,
        [STEP_MOUNT] = fail_mount,
        [STEP_SCHEDULER] = fail_scheduler,
        [STEP_APPARMOR] = fail_label,
        [STEP_SELINUX] = fail_label,
};

static const char *const preparations[_PREPARATION_MAX] = {
        [PREPARE_PLAN] = "read the plan",
        [PREPARE_DESCRIPTORS] = "find the descriptors that the payload inherits",
        [PREPARE_PROC] = "open /proc",
        [PREPARE_SOURCES] = "receive the sources of mounts",
};

static void fail_before_steps(const SyncMessage *message, Text *text) {
        uint32_t preparation = UINT32_MAX - message->step;
        char buffer[128];

        text_addf(text, "berth-init: %s%s%s", preparation < _PREPARATION_MAX ? preparations[preparation] : "", preparation < _PREPARATION_MAX ? ": " : "",
                  strerror_r(message->error, buffer, sizeof(buffer)));
}

void plan_step_failure(const Plan *plan, const SyncMessage *message, Text *text) {
        const PlanStep *step;

        if (message->step >= plan->header->n_steps) {
                fail_before_steps(message, text);
                return;
        }
        step = plan->steps + message->step;
        if (failures[step->kind]) {
                failures[step->kind](plan, step, message, text);
                return;
        }
        fail_other(plan, message, text);
}
