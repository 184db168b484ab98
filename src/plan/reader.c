/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks and reads a plan. Invariant: after plan_open() no offset, size or kind in the plan can lead outside of it, whatever
 * the bundle was, so that berth-init needs no bounds of its own. No libc: berth-init has none, and asm/errno.h is only
 * numbers. */

#include <asm/errno.h>

#include "plan/reader.h"

enum {
        NEED_PATH = 1 << 0,
        NEED_SOURCE = 1 << 1,
        NEED_TYPE = 1 << 2,
        NEED_DATA = 1 << 3,
        NEED_BYTES = 1 << 4,
};

/* What a step must have: members; options that it may have; the bytes' unit and how many of them at most. */
typedef struct StepRule {
        uint8_t needs;
        uint8_t unit;
        uint32_t maximum;
        uint32_t options;
} StepRule;

#define MOUNT_OPTIONS \
        (((PLAN_MOUNT_LABEL << 1) - 1) | PLAN_MOUNT_FLAGS | PLAN_MOUNT_LOCKED | PLAN_MOUNT_HOST_WRITABLE | PLAN_MOUNT_KEEP | PLAN_MOUNT_SOURCE_BELOW)
#define STRINGS_MAX PLAN_SIZE_MAX
#define FILTER_MAX 4096U        /* BPF_MAXINSNS */
#define GROUPS_MAX 65536U       /* NGROUPS_MAX */
#define NODES_MAX 1024U         /* bytes: MAX_NUMNODES is 1024 at most */
#define CPUS_MAX 1024U          /* bytes: 8192 processors */

static const StepRule rules[_STEP_MAX] = {
        [STEP_JOIN] = { .options = PLAN_JOIN_LAST },
        [STEP_TIME_OFFSETS] = { .needs = NEED_DATA },
        [STEP_KEYRING] = { .needs = NEED_DATA },
        [STEP_HOSTNAME] = { .needs = NEED_DATA },
        [STEP_DOMAINNAME] = { .needs = NEED_DATA },
        [STEP_SYSCTL] = { .needs = NEED_PATH | NEED_DATA },
        [STEP_ROOT] = { .needs = NEED_PATH, .options = PLAN_ROOT_PLAIN },
        [STEP_MOUNT] = { .needs = NEED_PATH, .options = MOUNT_OPTIONS | PLAN_SOURCE },
        [STEP_DIRECTORY] = { .needs = NEED_PATH },
        [STEP_DEVICE] = { .needs = NEED_PATH, .options = PLAN_DEVICE_BIND | PLAN_SOURCE },
        [STEP_SYMLINK] = { .needs = NEED_PATH | NEED_SOURCE, .options = PLAN_REPLACE },
        [STEP_CONSOLE] = { .options = PLAN_CONSOLE_DEVICE },
        [STEP_MOUNTED] = { .needs = NEED_PATH },
        [STEP_MASK] = { .needs = NEED_PATH },
        [STEP_READONLY] = { .needs = NEED_PATH },
        [STEP_WRITABLE] = { .needs = NEED_PATH },
        [STEP_HOOK] = { .needs = NEED_PATH | NEED_SOURCE | NEED_TYPE | NEED_DATA | NEED_BYTES,
                        .unit = 1,
                        .maximum = STRINGS_MAX,
                        .options = PLAN_HOOK_AS_PAYLOAD | PLAN_HOOK_ENVIRONMENT },
        [STEP_PIVOT] = { .options = PLAN_PIVOT_MOVE | PLAN_PIVOT_NONE },
        [STEP_OOM_SCORE] = { .needs = NEED_DATA },
        [STEP_SCHEDULER] = { .needs = NEED_BYTES, .unit = 8, .maximum = 16 },
        [STEP_MEMORY_POLICY] = { .unit = 8, .maximum = NODES_MAX / 8 },
        [STEP_AFFINITY] = { .unit = 8, .maximum = CPUS_MAX / 8 },
        [STEP_APPARMOR] = { .needs = NEED_DATA },
        [STEP_SELINUX] = { .needs = NEED_DATA },
        [STEP_LOOKUP] = { .needs = NEED_DATA },
        [STEP_SECCOMP] = { .needs = NEED_BYTES, .unit = 8, .maximum = FILTER_MAX },
        [STEP_GROUPS] = { .unit = 4, .maximum = GROUPS_MAX, .options = PLAN_KEEP_GROUPS },
        [STEP_CAPABILITIES] = { .options = PLAN_CAPABILITIES_FILTER },
        [STEP_DIRECTORY_CHANGE] = { .needs = NEED_PATH, .options = PLAN_CREATE },
        [STEP_EXEC] = { .needs = NEED_BYTES, .unit = 1, .maximum = STRINGS_MAX, .options = PLAN_EXEC_HOME },
};

const char *plan_string(const Plan *plan, PlanString string) {
        return string != 0 && string < plan->header->strings_size ? plan->strings + string : NULL;
}

const void *plan_bytes(const Plan *plan, PlanBytes bytes) {
        if (bytes.size == 0 || bytes.size > plan->header->bytes_size || bytes.offset > plan->header->bytes_size - bytes.size)
                return NULL;
        return plan->bytes + bytes.offset;
}

const char *plan_next_string(const Plan *plan, PlanBytes bytes, uint64_t *offset, uint64_t end) {
        const char *start = plan_bytes(plan, bytes), *string;

        if (end > bytes.size)
                end = bytes.size;
        if (!start || *offset >= end)
                return NULL;
        string = start + *offset;
        while (*offset < end && start[*offset] != 0)
                (*offset)++;
        (*offset)++;
        return string;
}

/* The layout is exactly that of plan_builder_finish(): parts without gaps (strings padded to 8), so that nothing overlaps and
 * nothing hides. */
static int check_header(const PlanHeader *header, size_t size) {
        uint64_t end;

        if (header->magic != PLAN_MAGIC || header->version != PLAN_VERSION || header->size != size || size > PLAN_SIZE_MAX)
                return -EINVAL;
        end = sizeof(PlanHeader) + (uint64_t) header->n_steps * sizeof(PlanStep);
        if (header->steps_offset != sizeof(PlanHeader) || header->strings_offset != end || header->strings_size == 0)
                return -EINVAL;
        end = (end + header->strings_size + 7) & ~UINT64_C(7);
        if (header->bytes_offset != end || end + header->bytes_size != size)
                return -EINVAL;
        if (header->preserve_fds > INT32_MAX || header->n_sources > header->n_steps)
                return -EINVAL;
        return 0;
}

static int check_string(const Plan *plan, PlanString string, int needed) {
        if (string >= plan->header->strings_size || (needed && string == 0))
                return -EINVAL;
        return 0;
}

static int check_bytes(const Plan *plan, const PlanStep *step, const StepRule *rule) {
        if (step->bytes.size == 0)
                return (rule->needs & NEED_BYTES) != 0 ? -EINVAL : 0;
        if (rule->unit == 0 || step->bytes.size % rule->unit != 0 || step->bytes.size / rule->unit > rule->maximum)
                return -EINVAL;
        if (step->bytes.offset % 8 != 0 || !plan_bytes(plan, step->bytes))
                return -EINVAL;
        return 0;
}

/* argv of at least one string, then the environment; both parts are whole strings. */
static int check_argv(const Plan *plan, const PlanStep *step) {
        const char *start = plan_bytes(plan, step->bytes);
        uint64_t argv_size = step->value[0];

        if (!start || argv_size == 0 || argv_size > step->bytes.size)
                return -EINVAL;
        return start[argv_size - 1] != 0 || start[step->bytes.size - 1] != 0 ? -EINVAL : 0;
}

static int check_mount(const PlanStep *step) {
        const uint32_t without_type = PLAN_MOUNT_BIND | PLAN_MOUNT_REMOUNT | PLAN_MOUNT_CGROUP | PLAN_MOUNT_ONLY_PROPAGATION;

        if (step->type == 0 && (step->options & (without_type | PLAN_SOURCE)) == 0)
                return -EINVAL;
        if ((step->options & PLAN_MOUNT_BIND) != 0 && (step->options & (PLAN_SOURCE | PLAN_MOUNT_REMOUNT)) == 0 &&
            step->source == 0)
                return -EINVAL;
        if ((step->options & PLAN_MOUNT_LABEL) != 0 && step->data == 0)
                return -EINVAL;
        return 0;
}

static int check_ids(uint64_t uid, uint64_t gid) {
        return uid >= UINT32_MAX || gid >= UINT32_MAX ? -EINVAL : 0;
}

/* What the generic rule cannot say. */
static int check_values(const Plan *plan, const PlanStep *step) {
        switch (step->kind) {
        case STEP_JOIN:
                return step->value[0] < plan->header->n_sources && step->flags != 0 && step->value[1] <= PLAN_PROCFS_MAX ? 0 : -EINVAL;
        case STEP_UNSHARE:
                return step->flags != 0 ? 0 : -EINVAL;
        case STEP_MOUNT:
                if ((step->options & PLAN_SOURCE) != 0 && step->value[2] >= plan->header->n_sources)
                        return -EINVAL;
                return check_mount(step);
        case STEP_DEVICE:
                if ((step->options & PLAN_SOURCE) != 0 &&
                    ((step->options & PLAN_DEVICE_BIND) == 0 || step->value[2] >= plan->header->n_sources))
                        return -EINVAL;
                return step->flags > UINT32_MAX || step->value[0] > UINT32_MAX || step->value[1] > UINT32_MAX ? -EINVAL : 0;
        case STEP_DIRECTORY:
        case STEP_UMASK:
                return step->flags > 07777 ? -EINVAL : 0;
        case STEP_CONSOLE:
                return step->value[0] > UINT16_MAX || step->value[1] > UINT16_MAX ? -EINVAL : 0;
        case STEP_RLIMIT:
                return step->value[0] >= 16 ? -EINVAL : 0; /* RLIM_NLIMITS */
        case STEP_MEMORY_POLICY:
                return step->value[0] > (uint64_t) step->bytes.size * 8 + 1 ? -EINVAL : 0;
        case STEP_USER:
                return check_ids(step->value[0], step->value[1]);
        case STEP_HOOK:
        case STEP_EXEC:
                return check_argv(plan, step);
        default:
                return 0;
        }
}

static int check_step(const Plan *plan, const PlanStep *step) {
        const StepRule *rule;

        if (step->kind == _STEP_NONE || step->kind >= _STEP_MAX)
                return -EINVAL;
        rule = rules + step->kind;
        if ((step->options & ~(rule->options | PLAN_OPTIONAL)) != 0)
                return -EINVAL;
        if (check_string(plan, step->path, rule->needs & NEED_PATH) < 0 ||
            check_string(plan, step->source, rule->needs & NEED_SOURCE) < 0 ||
            check_string(plan, step->type, rule->needs & NEED_TYPE) < 0 ||
            check_string(plan, step->data, rule->needs & NEED_DATA) < 0)
                return -EINVAL;
        if (check_bytes(plan, step, rule) < 0)
                return -EINVAL;
        return check_values(plan, step);
}

int plan_open(const void *image, size_t size, Plan *ret) {
        const PlanHeader *header = image;
        Plan plan;

        if (!image || ((uintptr_t) image & 7) != 0 || size < sizeof(PlanHeader) || check_header(header, size) < 0)
                return -EINVAL;
        plan.header = header;
        plan.steps = (const PlanStep *) (const void *) ((const char *) image + header->steps_offset);
        plan.strings = (const char *) image + header->strings_offset;
        plan.bytes = (const uint8_t *) image + header->bytes_offset;
        if (plan.strings[header->strings_size - 1] != 0)
                return -EINVAL;
        for (uint32_t i = 0; i < header->n_steps; i++)
                if (check_step(&plan, plan.steps + i) < 0)
                        return -EINVAL;
        /* Whatever the kinds before it: the last step is the one that does not come back. */
        if (header->n_steps == 0 || plan.steps[header->n_steps - 1].kind != STEP_EXEC)
                return -EINVAL;
        *ret = plan;
        return 0;
}
