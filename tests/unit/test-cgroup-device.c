/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/cgroup/device.h: the generated program is run by a small machine and compared with the reference, on rules of OCI's
 * corners and on random ones. */

#include "base/strv.h"
#include "cgroup/device.h"
#include "test.h"

#define STEPS_MAX 100000

/* Runs what device_program_make() can generate, as the kernel would; anything else fails the test. */
static bool run(const struct bpf_insn *program, size_t n, uint32_t access_type, uint32_t major, uint32_t minor) {
        uint64_t registers[11] = {};
        struct bpf_cgroup_dev_ctx context = { access_type, major, minor };

        registers[1] = (uintptr_t) &context;
        for (size_t pc = 0, steps = 0; steps < STEPS_MAX; pc++, steps++) {
                const struct bpf_insn *i = &program[pc];
                uint64_t *d = &registers[i->dst_reg], immediate = (uint64_t) (int64_t) i->imm;

                ASSERT_LT(pc, n);
                switch (i->code) {
                case BPF_LDX | BPF_MEM | BPF_W:
                        *d = *(const uint32_t *) (uintptr_t) (registers[i->src_reg] + (uint64_t) i->off);
                        break;
                case BPF_ALU64 | BPF_MOV | BPF_X:
                        *d = registers[i->src_reg];
                        break;
                case BPF_ALU64 | BPF_MOV | BPF_K:
                        *d = immediate;
                        break;
                case BPF_ALU64 | BPF_AND | BPF_K:
                        *d &= immediate;
                        break;
                case BPF_ALU64 | BPF_RSH | BPF_K:
                        *d >>= immediate;
                        break;
                case BPF_JMP | BPF_JNE | BPF_K:
                        pc += *d != immediate ? (size_t) i->off : 0;
                        break;
                case BPF_JMP | BPF_JSET | BPF_K:
                        pc += *d & immediate ? (size_t) i->off : 0;
                        break;
                case BPF_JMP | BPF_JA:
                        pc += (size_t) i->off;
                        break;
                case BPF_JMP | BPF_EXIT:
                        return registers[0];
                default:
                        FAIL("instruction %#x is not one the machine knows", i->code);
                }
        }
        FAIL("endless program");
}

/* Forward jumps inside the program, every instruction reachable: what the kernel's verifier asks before anything else. */
static void verify(const struct bpf_insn *program, size_t n) {
        CLEANUP(freep) bool *reached = calloc(n + 1, sizeof *reached);

        reached[0] = true;
        for (size_t pc = 0; pc < n; pc++) {
                uint8_t code = program[pc].code;
                bool is_jump = BPF_CLASS(code) == BPF_JMP && code != (BPF_JMP | BPF_EXIT);

                ASSERT_TRUE(reached[pc]);
                if (is_jump) {
                        size_t target = pc + 1 + (size_t) program[pc].off;

                        ASSERT_GE(program[pc].off, 0);
                        ASSERT_LT(target, n);
                        reached[target] = true;
                }
                if (code != (BPF_JMP | BPF_EXIT) && code != (BPF_JMP | BPF_JA))
                        reached[pc + 1] = true;
        }
        ASSERT_FALSE(reached[n]);
}

static bool ask(const DeviceRule *rules, size_t n_rules, char type, uint32_t major, uint32_t minor, const char *access) {
        CLEANUP(freep) struct bpf_insn *program = NULL;
        uint32_t mask = (strchr(access, 'm') ? BPF_DEVCG_ACC_MKNOD : 0U) | (strchr(access, 'r') ? BPF_DEVCG_ACC_READ : 0U) |
                        (strchr(access, 'w') ? BPF_DEVCG_ACC_WRITE : 0U);
        bool expected = device_rules_allow(rules, n_rules, type, major, minor, access), got;
        size_t n;

        ASSERT_OK(device_program_make(rules, n_rules, &program, &n));
        verify(program, n);
        got = run(program, n, mask << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR), major, minor);
        if (got != expected)
                FAIL("%c %u:%u %s: program says %d, reference %d", type, major, minor, access, got, expected);
        return got;
}

#define RULE(allow_, type_, major_, minor_, access_) \
        { .allow = (allow_), .type = (type_), .major = (major_), .minor = (minor_), \
          .read = (access_)[0] == 'r', .write = (access_)[1] == 'w', .mknod = (access_)[2] == 'm' }

TEST(nothing_is_denied) {
        ASSERT_FALSE(ask(NULL, 0, 'c', 1, 3, "r"));
}

TEST(last_rule_wins) {
        static const DeviceRule rules[] = {
                RULE(false, 'a', -1, -1, "rwm"), RULE(true, 'c', 1, 3, "rwm"), RULE(false, 'c', 1, 3, "-w-"),
                                RULE(true, 'b', 8, -1, "r-m"),
        };

        ASSERT_TRUE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "r"));
        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "w"));
        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "rw"));
        ASSERT_TRUE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "rm"));
        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'b', 1, 3, "r"));
        ASSERT_TRUE(ask(rules, ELEMENTSOF(rules), 'b', 8, 17, "r"));
        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'b', 8, 17, "rw"));
        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'b', 9, 17, "r"));
}

TEST(allow_all_but) {
        static const DeviceRule rules[] = { RULE(true, 'a', -1, -1, "rwm"), RULE(false, 'b', 8, 0, "rwm") };

        ASSERT_TRUE(ask(rules, ELEMENTSOF(rules), 'c', 99, 1, "rwm"));
        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'b', 8, 0, "r"));
        ASSERT_TRUE(ask(rules, ELEMENTSOF(rules), 'b', 8, 1, "r"));
}

/* Read by one rule and write by another is read and write. */
TEST(things_add_up) {
        static const DeviceRule rules[] = { RULE(true, 'c', 1, 3, "r--"), RULE(true, 'c', 1, 3, "-w-") };

        ASSERT_TRUE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "rw"));
        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "rwm"));
}

TEST(deny_all_at_the_end) {
        static const DeviceRule rules[] = { RULE(true, 'a', -1, -1, "rwm"), RULE(false, 'a', -1, -1, "rwm") };

        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "r"));
}

TEST(numbers_no_device_has) {
        static const DeviceRule rules[] = { RULE(true, 'c', INT64_C(1) << 32 | 1, 3, "rwm"),
                                            RULE(true, 'c', 1, INT64_MAX, "rwm") };

        ASSERT_FALSE(ask(rules, ELEMENTSOF(rules), 'c', 1, 3, "r"));
}

static unsigned draw(unsigned *seed, unsigned n) {
        *seed = *seed * 1103515245 + 12345;
        return *seed / 65536 % n;
}

TEST(random_rules) {
        unsigned seed = 1;

        for (unsigned round = 0; round < 3000; round++) {
                DeviceRule rules[8];
                size_t n_rules = draw(&seed, ELEMENTSOF(rules) + 1);

                for (size_t i = 0; i < n_rules; i++) {
                        unsigned access = draw(&seed, 8);

                        rules[i] = (DeviceRule) {
                                .allow = draw(&seed, 2),
                                .type = "abc"[draw(&seed, 3)],
                                .major = (int64_t) draw(&seed, 3) - 1,
                                .minor = (int64_t) draw(&seed, 3) - 1,
                                .read = access & 1,
                                .write = access & 2,
                                .mknod = access & 4,
                        };
                }
                for (unsigned access = 0; access < 8; access++) {
                        char text[4] = "";

                        for (unsigned bit = 0; bit < 3; bit++)
                                if (access & 1U << bit)
                                        strncat(text, &"r\0w\0m"[2 * bit], 1);
                        ask(rules, n_rules, "bc"[draw(&seed, 2)], draw(&seed, 2), draw(&seed, 2), text);
                }
        }
}
