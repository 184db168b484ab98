/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Device rules to BPF instructions. An access may ask for several things at once (open for reading and writing), and the last
 * rule that speaks of a thing decides about it; the access is allowed when all of its things are. So the rules are walked from
 * the last to the first with the set of things nobody has decided yet.
 *
 * Invariant: device_rules_allow() and the program give the same answer to every access. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "cgroup/device.h"

#define ACCESS_ALL (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)

/* Numbers a device can have (linux/kdev_t.h: 12 and 20 bits), so that they fit an instruction's immediate. */
#define MAJOR_MAX ((1 << 12) - 1)
#define MINOR_MAX ((1 << 20) - 1)

#define RULE_INSTRUCTIONS_MAX 8
#define PROLOGUE_INSTRUCTIONS 6
#define EPILOGUE_INSTRUCTIONS 2

enum {
        REGISTER_RESULT = BPF_REG_0,
        REGISTER_CONTEXT = BPF_REG_1,
        REGISTER_ACCESS = BPF_REG_2,    /* what is not decided yet */
        REGISTER_TYPE = BPF_REG_3,
        REGISTER_MAJOR = BPF_REG_4,
        REGISTER_MINOR = BPF_REG_5,
};

static unsigned rule_access(const DeviceRule *rule) {
        return (rule->mknod ? BPF_DEVCG_ACC_MKNOD : 0U) | (rule->read ? BPF_DEVCG_ACC_READ : 0U) |
                        (rule->write ? BPF_DEVCG_ACC_WRITE : 0U);
}

bool device_rules_allow(const DeviceRule *rules, size_t n_rules, char type, uint32_t major, uint32_t minor, const char *access) {
        unsigned undecided = (strchr(access, 'm') ? BPF_DEVCG_ACC_MKNOD : 0U) | (strchr(access, 'r') ? BPF_DEVCG_ACC_READ : 0U) |
                             (strchr(access, 'w') ? BPF_DEVCG_ACC_WRITE : 0U);

        for (size_t i = n_rules; i > 0; i--) {
                const DeviceRule *rule = &rules[i - 1];

                if ((rule->type != 'a' && rule->type != type) || (rule->major >= 0 && rule->major != (int64_t) major) ||
                    (rule->minor >= 0 && rule->minor != (int64_t) minor))
                        continue;
                if (!rule->allow && (undecided & rule_access(rule)))
                        return false;
                if (rule->allow) {
                        undecided &= ~rule_access(rule);
                        if (undecided == 0)
                                return true;
                }
        }
        return false;
}

typedef struct Program {
        struct bpf_insn *instructions;
        size_t n;
} Program;

static void add(Program *program, unsigned code, unsigned destination, unsigned source, int offset, int immediate) {
        program->instructions[program->n++] = (struct bpf_insn) {
                .code = (uint8_t) code,
                .dst_reg = destination & 0xf,
                .src_reg = source & 0xf,
                .off = (int16_t) offset,
                .imm = immediate,
        };
}

static void add_return(Program *program, bool allow) {
        add(program, BPF_ALU64 | BPF_MOV | BPF_K, REGISTER_RESULT, 0, 0, allow);
        add(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* access_type has what is asked for in its upper and the device's type in its lower half. */
static void add_prologue(Program *program) {
        add(program, BPF_LDX | BPF_MEM | BPF_W, REGISTER_ACCESS, REGISTER_CONTEXT,
            offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
        add(program, BPF_ALU64 | BPF_MOV | BPF_X, REGISTER_TYPE, REGISTER_ACCESS, 0, 0);
        add(program, BPF_ALU64 | BPF_AND | BPF_K, REGISTER_TYPE, 0, 0, 0xffff);
        add(program, BPF_ALU64 | BPF_RSH | BPF_K, REGISTER_ACCESS, 0, 0, 16);
        add(program, BPF_LDX | BPF_MEM | BPF_W, REGISTER_MAJOR, REGISTER_CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, major), 0);
        add(program, BPF_LDX | BPF_MEM | BPF_W, REGISTER_MINOR, REGISTER_CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
}

/* True when the rule decides everything, so that nothing before it counts. */
static bool add_rule(Program *program, const DeviceRule *rule) {
        unsigned access = rule_access(rule);
        size_t first = program->n, skips[RULE_INSTRUCTIONS_MAX], n_skips = 0;

        if (rule->major > MAJOR_MAX || rule->minor > MINOR_MAX)
                return false;
        if (rule->type != 'a') {
                skips[n_skips++] = program->n;
                add(program, BPF_JMP | BPF_JNE | BPF_K, REGISTER_TYPE, 0, 0,
                    rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
        }
        if (rule->major >= 0) {
                skips[n_skips++] = program->n;
                add(program, BPF_JMP | BPF_JNE | BPF_K, REGISTER_MAJOR, 0, 0, (int) rule->major);
        }
        if (rule->minor >= 0) {
                skips[n_skips++] = program->n;
                add(program, BPF_JMP | BPF_JNE | BPF_K, REGISTER_MINOR, 0, 0, (int) rule->minor);
        }
        if (rule->allow) {
                if (access != ACCESS_ALL) {
                        add(program, BPF_ALU64 | BPF_AND | BPF_K, REGISTER_ACCESS, 0, 0, (int) (ACCESS_ALL & ~access));
                        skips[n_skips++] = program->n;
                        add(program, BPF_JMP | BPF_JNE | BPF_K, REGISTER_ACCESS, 0, 0, 0);
                }
        } else {
                add(program, BPF_JMP | BPF_JSET | BPF_K, REGISTER_ACCESS, 0, 1, (int) access);
                skips[n_skips++] = program->n;
                add(program, BPF_JMP | BPF_JA, 0, 0, 0, 0);
        }
        add_return(program, rule->allow);
        for (size_t i = 0; i < n_skips; i++)
                program->instructions[skips[i]].off = (int16_t) (program->n - skips[i] - 1);
        return program->n == first + 2;
}

int device_program_make(const DeviceRule *rules, size_t n_rules, struct bpf_insn **ret, size_t *ret_n) {
        Program program = {};
        bool complete = false;

        program.instructions = calloc(PROLOGUE_INSTRUCTIONS + EPILOGUE_INSTRUCTIONS + RULE_INSTRUCTIONS_MAX * n_rules,
                                      sizeof *program.instructions);
        if (!program.instructions)
                return -ENOMEM;
        add_prologue(&program);
        for (size_t i = n_rules; !complete && i > 0; i--)
                complete = add_rule(&program, &rules[i - 1]);
        if (!complete)
                add_return(&program, false); /* instructions that nothing reaches are refused by the kernel */
        *ret = program.instructions;
        *ret_n = program.n;
        return 0;
}
