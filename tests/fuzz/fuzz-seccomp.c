/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as linux.seccomp: read, check, compile. What comes out is a program that the kernel could take, and the same one twice, since filters
 * are kept by the profile that they were made of. */

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"
#include "plan/seccomp.h"
#include "spec/check.h"
#include "spec/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char before[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"x\"]},\"linux\":{\"seccomp\":";

static Spec *read_profile(const uint8_t *data, size_t size) {
        CLEANUP(freep) char *text = calloc(1, sizeof(before) + size + 2);
        size_t length = sizeof(before) - 1;
        Spec *spec = NULL;

        if (!text)
                return NULL;
        memcpy(text, before, length);
        memcpy(text + length, data, size);
        memcpy(text + length + size, "}}", 2);
        return spec_parse(text, length + size + 2, "/bundle", &spec, NULL) < 0 ? NULL : spec;
}

static void check_program(const struct sock_filter *program, size_t size) {
        size_t n = size / sizeof(*program);

        if (n == 0 || size % sizeof(*program) != 0 || n > BPF_MAXINSNS || BPF_CLASS(program[n - 1].code) != BPF_RET)
                abort();
        for (size_t i = 0; i < n; i++)
                if (BPF_CLASS(program[i].code) == BPF_JMP &&
                    (BPF_OP(program[i].code) == BPF_JA ? program[i].k >= n - i - 1 :
                                                         i + 1 + program[i].jt >= n || i + 1 + program[i].jf >= n))
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(spec_freep) Spec *spec = read_profile(data, size);
        CLEANUP(freep) void *first = NULL, *second = NULL;
        CLEANUP(error_done) Error error = {};
        size_t first_size, second_size;
        uint32_t flags;

        if (!spec || !spec->os.seccomp || spec_check(spec, NULL) < 0)
                return 0;
        if (seccomp_compile(spec->os.seccomp, &first, &first_size, &flags, &error) < 0) {
                if (!error.text)
                        abort();
                return 0;
        }
        check_program(first, first_size);
        if (seccomp_compile(spec->os.seccomp, &second, &second_size, &flags, NULL) < 0 || first_size != second_size ||
            memcmp(first, second, first_size) != 0)
                abort();
        return 0;
}
