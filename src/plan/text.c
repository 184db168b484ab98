/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One line of text for each kind of step: a table that names the kind and says how its members read. Pure; the plan comes from
 * plan_open() and its strings from a bundle, so they are escaped. */

#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/strv.h"
#include "plan/process.h"
#include "plan/text.h"

typedef void (*StepPrinter)(const Plan *plan, const PlanStep *step, Text *text);

typedef struct StepText {
        const char *name;
        StepPrinter print; /* what follows the name, with its space; NULL: nothing does */
} StepText;

typedef struct FlagName {
        uint64_t flag;
        const char *name;
} FlagName;

static const FlagName namespaces[] = {
        { CLONE_NEWUSER, "user" },
        { CLONE_NEWPID, "pid" },
        { CLONE_NEWNET, "network" },
        { CLONE_NEWIPC, "ipc" },
        { CLONE_NEWUTS, "uts" },
        { CLONE_NEWCGROUP, "cgroup" },
        { CLONE_NEWTIME, "time" },
        { CLONE_NEWNS, "mount" },
};

static const FlagName propagations[] = {
        { MS_SHARED, "shared" },
        { MS_SLAVE, "slave" },
        { MS_PRIVATE, "private" },
        { MS_UNBINDABLE, "unbindable" },
};

static const char *const rlimits[] = {
        [RLIMIT_AS] = "AS",
        [RLIMIT_CORE] = "CORE",
        [RLIMIT_CPU] = "CPU",
        [RLIMIT_DATA] = "DATA",
        [RLIMIT_FSIZE] = "FSIZE",
        [RLIMIT_LOCKS] = "LOCKS",
        [RLIMIT_MEMLOCK] = "MEMLOCK",
        [RLIMIT_MSGQUEUE] = "MSGQUEUE",
        [RLIMIT_NICE] = "NICE",
        [RLIMIT_NOFILE] = "NOFILE",
        [RLIMIT_NPROC] = "NPROC",
        [RLIMIT_RSS] = "RSS",
        [RLIMIT_RTPRIO] = "RTPRIO",
        [RLIMIT_RTTIME] = "RTTIME",
        [RLIMIT_SIGPENDING] = "SIGPENDING",
        [RLIMIT_STACK] = "STACK",
};

void plan_escape_text(Text *text, const char *string) {
        if (string)
                text_add_visible(text, string, strlen(string), "");
}

static void add_string(const Plan *plan, Text *text, const char *before, PlanString string) {
        if (string == 0)
                return;
        text_add(text, before);
        plan_escape_text(text, plan_string(plan, string));
}

static void add_flags(Text *text, const FlagName *names, size_t n_names, uint64_t flags) {
        const char *separator = "";

        for (size_t i = 0; i < n_names; i++)
                if ((flags & names[i].flag) != 0) {
                        text_addf(text, "%s%s", separator, names[i].name);
                        flags &= ~names[i].flag;
                        separator = ",";
                }
        if (flags != 0)
                text_addf(text, "%s0x%" PRIx64, separator, flags);
}

void plan_namespaces_text(uint64_t flags, Text *text) {
        add_flags(text, namespaces, ELEMENTSOF(namespaces), flags);
}

static void print_namespaces(const Plan *plan, const PlanStep *step, Text *text) {
        text_add(text, " ");
        plan_namespaces_text(step->flags, text);
}

static void print_join(const Plan *plan, const PlanStep *step, Text *text) {
        print_namespaces(plan, step, text);
        add_string(plan, text, " of ", step->path);
        if (step->value[1] > 0)
                text_addf(text, ", procfs: %" PRIu64, step->value[1]);
        if ((step->options & PLAN_JOIN_LAST) != 0)
                text_add(text, ", before the fork");
}

static void print_data(const Plan *plan, const PlanStep *step, Text *text) {
        add_string(plan, text, " ", step->data);
}

static void print_keyring(const Plan *plan, const PlanStep *step, Text *text) {
        print_data(plan, step, text);
        add_string(plan, text, " labelled ", step->source);
}

/* Lines become words. */
static void print_time_offsets(const Plan *plan, const PlanStep *step, Text *text) {
        const char *separator = " ";

        for (const char *line = plan_string(plan, step->data); *line;) {
                size_t n = strcspn(line, "\n");

                text_add(text, separator);
                text_add_visible(text, line, n, "");
                line += line[n] ? n + 1 : n;
                separator = ", ";
        }
}

static void print_path(const Plan *plan, const PlanStep *step, Text *text) {
        add_string(plan, text, " ", step->path);
}

static void print_path_create(const Plan *plan, const PlanStep *step, Text *text) {
        print_path(plan, step, text);
        if ((step->options & PLAN_CREATE) != 0)
                text_add(text, ", made when absent");
}

static void print_sysctl(const Plan *plan, const PlanStep *step, Text *text) {
        add_string(plan, text, " ", step->path);
        add_string(plan, text, " = ", step->data);
}

static void print_propagation(const Plan *plan, const PlanStep *step, Text *text) {
        text_addf(text, " %s", (step->flags & MS_REC) != 0 ? "r" : "");
        add_flags(text, propagations, ELEMENTSOF(propagations), step->flags & ~(uint64_t) MS_REC);
        print_path(plan, step, text);
}

static void print_root(const Plan *plan, const PlanStep *step, Text *text) {
        print_path(plan, step, text);
        if ((step->options & PLAN_ROOT_PLAIN) != 0)
                text_add(text, " (without a mount namespace)");
}

/* "mount proc on /proc", "bind /etc/hosts on /etc/hosts", "remount /dev": reads on from "mount ". */
static void print_mount(const Plan *plan, const PlanStep *step, Text *text) {
        const char *type = plan_string(plan, step->type), *source = plan_string(plan, step->source);

        if ((step->options & PLAN_MOUNT_REMOUNT) != 0)
                text_add(text, " again");
        else if ((step->options & PLAN_MOUNT_ONLY_PROPAGATION) != 0)
                text_add(text, " propagation");
        else if ((step->options & (PLAN_MOUNT_BIND | PLAN_SOURCE)) != 0)
                text_add(text, " bind");
        else
                add_string(plan, text, " ", step->type);
        if (source && (!type || !streq(source, type)))
                add_string(plan, text, " ", step->source);
        add_string(plan, text, " on ", step->path);
        plan_mount_options_text(plan, step, text);
}

static void print_directory(const Plan *plan, const PlanStep *step, Text *text) {
        print_path(plan, step, text);
        text_addf(text, " %04" PRIo64, step->flags);
}

static void print_device(const Plan *plan, const PlanStep *step, Text *text) {
        mode_t mode = (mode_t) step->flags;

        print_path(plan, step, text);
        if ((step->options & PLAN_DEVICE_BIND) != 0) {
                if ((step->options & PLAN_SOURCE) != 0)
                        text_addf(text, " (source %" PRIu64 ")", step->value[2]);
                else
                        text_add(text, " (the host's)");
                return;
        }
        if (S_ISFIFO(mode))
                text_add(text, " fifo");
        else
                text_addf(text, " %c %" PRIu64 ":%" PRIu64, S_ISBLK(mode) ? 'b' : 'c', step->value[0], step->value[1]);
        text_addf(text, " %04o %" PRIu32 ":%" PRIu32, mode & 07777U, (uint32_t) step->value[2],
                  (uint32_t) (step->value[2] >> 32));
}

static void print_symlink(const Plan *plan, const PlanStep *step, Text *text) {
        print_path(plan, step, text);
        add_string(plan, text, " -> ", step->source);
}

static void print_owner(Text *text, uint64_t owner) {
        if ((uint32_t) owner != UINT32_MAX)
                text_addf(text, " owner %" PRIu32, (uint32_t) owner);
        if (owner >> 32 != UINT32_MAX)
                text_addf(text, " group %" PRIu64, owner >> 32);
}

static void print_console(const Plan *plan, const PlanStep *step, Text *text) {
        if (step->value[0] != 0 || step->value[1] != 0)
                text_addf(text, " %" PRIu64 "x%" PRIu64, step->value[0], step->value[1]);
        if ((step->options & PLAN_CONSOLE_DEVICE) != 0)
                text_add(text, " on /dev/console");
        print_owner(text, step->value[2]);
}

static void print_stdio(const Plan *plan, const PlanStep *step, Text *text) {
        print_owner(text, step->value[0]);
}

static void print_argv(const Plan *plan, const PlanStep *step, Text *text) {
        uint64_t offset = 0;
        const char *string;

        while ((string = plan_next_string(plan, step->bytes, &offset, step->value[0]))) {
                text_add(text, " ");
                plan_escape_text(text, *string ? string : "''");
        }
}

static void print_hook(const Plan *plan, const PlanStep *step, Text *text) {
        add_string(plan, text, " ", step->source);
        print_path(plan, step, text);
        text_add(text, ":");
        print_argv(plan, step, text);
        if (step->options & PLAN_HOOK_AS_PAYLOAD)
                text_add(text, step->options & PLAN_HOOK_ENVIRONMENT ? " (as the payload, with its environment)" : " (as the payload)");
        if (step->value[1] != 0)
                text_addf(text, " (at most %" PRIu64 " us)", step->value[1]);
}

static void print_pivot(const Plan *plan, const PlanStep *step, Text *text) {
        if ((step->options & PLAN_PIVOT_MOVE) != 0)
                text_add(text, " by moving the mount");
        if ((step->options & PLAN_PIVOT_NONE) != 0)
                text_add(text, " by chroot alone");
}

static void print_limit(Text *text, uint64_t limit) {
        if (limit == UINT64_MAX)
                text_add(text, " infinity");
        else
                text_addf(text, " %" PRIu64, limit);
}

static void print_rlimit(const Plan *plan, const PlanStep *step, Text *text) {
        const char *name = step->value[0] < ELEMENTSOF(rlimits) ? rlimits[step->value[0]] : NULL;

        text_addf(text, " %s", name ?: "?");
        print_limit(text, step->value[1]);
        print_limit(text, step->value[2]);
}

static void print_io_priority(const Plan *plan, const PlanStep *step, Text *text) {
        text_addf(text, " class %" PRIu64 " level %" PRIu64, step->value[0] >> 13, step->value[0] & 0x1fff);
}

static void print_flags(const Plan *plan, const PlanStep *step, Text *text) {
        text_addf(text, " 0x%" PRIx64, step->flags);
}

static void print_umask(const Plan *plan, const PlanStep *step, Text *text) {
        text_addf(text, " %04" PRIo64, step->flags);
}

static void print_lookup(const Plan *plan, const PlanStep *step, Text *text) {
        print_data(plan, step, text);
        add_string(plan, text, " in ", step->source);
}

static void print_seccomp(const Plan *plan, const PlanStep *step, Text *text) {
        text_addf(text, " %" PRIu32 " instructions", step->bytes.size / 8);
        if (step->flags != 0)
                text_addf(text, ", flags 0x%" PRIx64, step->flags);
}

static void print_bounding(const Plan *plan, const PlanStep *step, Text *text) {
        text_add(text, " ");
        plan_capabilities_text(step->flags, text);
}

static void print_seal(const Plan *plan, const PlanStep *step, Text *text) {
        text_add(text, ", capabilities that stay:");
        print_bounding(plan, step, text);
}

static void print_capabilities(const Plan *plan, const PlanStep *step, Text *text) {
        static const char *const sets[] = { "effective", "inheritable", "ambient" };

        text_add(text, " permitted ");
        plan_capabilities_text(step->flags, text);
        for (size_t i = 0; i < ELEMENTSOF(sets); i++) {
                text_addf(text, "; %s ", sets[i]);
                if (step->value[i] == step->flags && step->flags != 0)
                        text_add(text, "the same");
                else
                        plan_capabilities_text(step->value[i], text);
        }
        if (step->options & PLAN_CAPABILITIES_FILTER)
                text_add(text, "; sys_admin for the filter");
}

static void print_groups(const Plan *plan, const PlanStep *step, Text *text) {
        const gid_t *groups = plan_bytes(plan, step->bytes);

        if ((step->options & PLAN_KEEP_GROUPS) != 0)
                text_add(text, " as they are");
        else if (!groups)
                text_add(text, " none");
        for (uint32_t i = 0; groups && i < step->bytes.size / sizeof(gid_t); i++)
                text_addf(text, "%s%" PRIu32, i > 0 ? "," : " ", groups[i]);
}

static void print_user(const Plan *plan, const PlanStep *step, Text *text) {
        text_addf(text, " %" PRIu64 ":%" PRIu64, step->value[0], step->value[1]);
}

static void print_exec(const Plan *plan, const PlanStep *step, Text *text) {
        print_argv(plan, step, text);
        if ((step->options & PLAN_EXEC_HOME) != 0)
                text_addf(text, " (HOME of %" PRIu64 ")", step->flags);
}

static const StepText steps[_STEP_MAX] = {
        [STEP_UNSHARE] = { "unshare", print_namespaces },
        [STEP_JOIN] = { "join", print_join },
        [STEP_MAPS] = { "maps", NULL },
        [STEP_FORK] = { "fork", NULL },
        [STEP_TIME_OFFSETS] = { "time-offsets", print_time_offsets },
        [STEP_SCOPE] = { "scope", NULL },
        [STEP_CGROUP_FILE_SYSTEM] = { "cgroup file system", NULL },
        [STEP_SESSION] = { "session", NULL },
        [STEP_TERMINAL] = { "terminal", NULL },
        [STEP_KEYRING] = { "keyring", print_keyring },
        [STEP_LOOPBACK] = { "loopback", NULL },
        [STEP_HOSTNAME] = { "hostname", print_data },
        [STEP_DOMAINNAME] = { "domainname", print_data },
        [STEP_SYSCTL] = { "sysctl", print_sysctl },
        [STEP_NET_DEVICES] = { "net-devices", NULL },
        [STEP_ASK_HOOKS] = { "hooks of the runtime namespace", NULL },
        [STEP_PROPAGATION] = { "propagation", print_propagation },
        [STEP_ROOT] = { "root", print_root },
        [STEP_MOUNT] = { "mount", print_mount },
        [STEP_DIRECTORY] = { "directory", print_directory },
        [STEP_DEVICE] = { "device", print_device },
        [STEP_SYMLINK] = { "symlink", print_symlink },
        [STEP_CONSOLE] = { "console", print_console },
        [STEP_MOUNTED] = { "mounted", print_path },
        [STEP_MASK] = { "mask", print_path },
        [STEP_READONLY] = { "readonly", print_path },
        [STEP_WRITABLE] = { "writable", print_path },
        [STEP_HOOK] = { "hook", print_hook },
        [STEP_PIVOT] = { "pivot", print_pivot },
        [STEP_ROOT_READONLY] = { "root-readonly", NULL },
        [STEP_ROOT_PROPAGATION] = { "root-propagation", print_propagation },
        [STEP_RLIMIT] = { "rlimit", print_rlimit },
        [STEP_OOM_SCORE] = { "oom-score", print_data },
        [STEP_SCHEDULER] = { "scheduler", plan_scheduling_text },
        [STEP_IO_PRIORITY] = { "io-priority", print_io_priority },
        [STEP_MEMORY_POLICY] = { "memory-policy", plan_scheduling_text },
        [STEP_AFFINITY] = { "affinity", plan_scheduling_text },
        [STEP_PERSONALITY] = { "personality", print_flags },
        [STEP_APPARMOR] = { "apparmor", print_data },
        [STEP_SELINUX] = { "selinux", print_data },
        [STEP_UMASK] = { "umask", print_umask },
        [STEP_STDIO] = { "stdio", print_stdio },
        [STEP_LOOKUP] = { "lookup", print_lookup },
        [STEP_SEAL] = { "seal", print_seal },
        [STEP_CREATED] = { "created", NULL },
        [STEP_NO_NEW_PRIVILEGES] = { "no-new-privileges", NULL },
        [STEP_SECCOMP] = { "seccomp", print_seccomp },
        [STEP_BOUNDING] = { "bounding", print_bounding },
        [STEP_GROUPS] = { "groups", print_groups },
        [STEP_USER] = { "user", print_user },
        [STEP_CAPABILITIES] = { "capabilities", print_capabilities },
        [STEP_DIRECTORY_CHANGE] = { "directory-change", print_path_create },
        [STEP_EXEC] = { "exec", print_exec },
};

const char *plan_step_name(uint32_t kind) {
        return kind < _STEP_MAX && steps[kind].name ? steps[kind].name : "?";
}

void plan_step_text(const Plan *plan, uint32_t index, Text *text) {
        const PlanStep *step;

        if (index >= plan->header->n_steps)
                return;
        step = plan->steps + index;
        text_add(text, plan_step_name(step->kind));
        if (step->kind < _STEP_MAX && steps[step->kind].print)
                steps[step->kind].print(plan, step, text);
        if ((step->options & PLAN_OPTIONAL) != 0)
                text_add(text, " (may fail)");
}
