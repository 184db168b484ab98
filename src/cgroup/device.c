/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The device program and the kernel. Invariant: when cgroup_device_attach() returns 0, the kernel has said that the program is
 * in force; between an old program and a new one there is no moment without either. bpf(2) is called directly: what is needed
 * of it is four commands. */

#include "cgroup/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"

#define PROGRAM_NAME "berth_device"
#define PROGRAMS_MAX 64 /* BPF_CGROUP_MAX_PROGS */
#define LOG_SIZE 4096

/* Larger than the union of any header: Linux 6.17 writes answers behind the end of a shorter one, and takes a longer one whose
 * end is zero. */
typedef union Attribute {
        uint8_t bytes[512];
        union bpf_attr bpf;
} Attribute;

/* Zeroes all of it. An initializer of one member does not since GCC 15, and the kernel refuses what is left in the rest. The first member is the largest
 * for the same reason. */
#define ATTRIBUTE_NONE ((Attribute) { .bytes = { 0 } })

static int bpf(enum bpf_cmd command, Attribute *attribute) {
        int r = (int) syscall(SYS_bpf, command, attribute, sizeof *attribute);

        return r < 0 ? -errno : r;
}

static int load(const struct bpf_insn *instructions, size_t n, char *log, size_t log_size) {
        Attribute attribute = ATTRIBUTE_NONE;

        attribute.bpf.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
        attribute.bpf.insn_cnt = (uint32_t) n;
        attribute.bpf.insns = (uintptr_t) instructions;
        attribute.bpf.license = (uintptr_t) "LGPL-2.1-or-later";
        memcpy(attribute.bpf.prog_name, PROGRAM_NAME, sizeof PROGRAM_NAME);
        if (log) {
                attribute.bpf.log_level = 1;
                attribute.bpf.log_buf = (uintptr_t) log;
                attribute.bpf.log_size = (uint32_t) log_size;
        }
        return bpf(BPF_PROG_LOAD, &attribute);
}

static int query(int cgroup_fd, uint32_t ids[static PROGRAMS_MAX], size_t *ret_n) {
        Attribute attribute = ATTRIBUTE_NONE;
        int r;

        attribute.bpf.query.target_fd = (uint32_t) cgroup_fd;
        attribute.bpf.query.attach_type = BPF_CGROUP_DEVICE;
        attribute.bpf.query.prog_ids = (uintptr_t) ids;
        attribute.bpf.query.prog_cnt = PROGRAMS_MAX;
        r = bpf(BPF_PROG_QUERY, &attribute);
        *ret_n = r < 0 ? 0 : attribute.bpf.query.prog_cnt;
        return r;
}

static int get_info(int program_fd, struct bpf_prog_info *ret) {
        Attribute attribute = ATTRIBUTE_NONE;

        attribute.bpf.info.bpf_fd = (uint32_t) program_fd;
        attribute.bpf.info.info_len = sizeof *ret;
        attribute.bpf.info.info = (uintptr_t) ret;
        memset(ret, 0, sizeof *ret);
        return bpf(BPF_OBJ_GET_INFO_BY_FD, &attribute);
}

static int open_program(uint32_t id) {
        Attribute attribute = ATTRIBUTE_NONE;

        attribute.bpf.prog_id = id;
        return bpf(BPF_PROG_GET_FD_BY_ID, &attribute);
}

/* The program of ours that is attached, or -ENOENT. */
static int find_ours(int cgroup_fd) {
        uint32_t ids[PROGRAMS_MAX] = {};
        size_t n;
        int r = query(cgroup_fd, ids, &n);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                CLEANUP(fd_closep) int fd = open_program(ids[i]);
                struct bpf_prog_info info;

                if (fd == -ENOENT)
                        continue; /* gone since */
                r = fd < 0 ? fd : get_info(fd, &info);
                if (r < 0)
                        return r;
                if (streq(info.name, PROGRAM_NAME))
                        return TAKE_FD(fd);
        }
        return -ENOENT;
}

static int verify(int cgroup_fd, int program_fd) {
        uint32_t ids[PROGRAMS_MAX] = {};
        struct bpf_prog_info info;
        size_t n;
        int r = get_info(program_fd, &info);

        if (r >= 0)
                r = query(cgroup_fd, ids, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (ids[i] == info.id)
                        return 0;
        return -ENODATA;
}

static int attach(int cgroup_fd, int program_fd, int replaced_fd) {
        Attribute attribute = ATTRIBUTE_NONE;

        attribute.bpf.target_fd = (uint32_t) cgroup_fd;
        attribute.bpf.attach_bpf_fd = (uint32_t) program_fd;
        attribute.bpf.attach_type = BPF_CGROUP_DEVICE;
        attribute.bpf.attach_flags = BPF_F_ALLOW_MULTI;
        if (replaced_fd >= 0) {
                attribute.bpf.attach_flags |= BPF_F_REPLACE;
                attribute.bpf.replace_bpf_fd = (uint32_t) replaced_fd;
        }
        return bpf(BPF_PROG_ATTACH, &attribute);
}

int cgroup_device_attach(int cgroup_fd, const DeviceRule *rules, size_t n_rules, Error *error) {
        CLEANUP(freep) struct bpf_insn *instructions = NULL;
        CLEANUP(fd_closep) int program_fd = -EBADF, replaced_fd = -EBADF;
        size_t n;
        int r;

        r = device_program_make(rules, n_rules, &instructions, &n);
        if (r < 0)
                return r;
        program_fd = load(instructions, n, NULL, 0);
        if (program_fd == -EINVAL || program_fd == -EACCES) {
                char log[LOG_SIZE] = "";

                program_fd = load(instructions, n, log, sizeof log);
                if (program_fd < 0)
                        return error_set(error, program_fd, "linux.resources.devices: the kernel refuses the program: %m: %s",
                                         log);
        }
        if (program_fd < 0)
                return error_set(error, program_fd, "linux.resources.devices: loading the program: %m");
        replaced_fd = find_ours(cgroup_fd);
        if (replaced_fd < 0 && replaced_fd != -ENOENT)
                return error_set(error, replaced_fd, "linux.resources.devices: asking for programs: %m");
        r = attach(cgroup_fd, program_fd, replaced_fd);
        if (r < 0)
                return error_set(error, r, "linux.resources.devices: attaching the program: %m");
        r = verify(cgroup_fd, program_fd);
        return r < 0 ? error_set(error, r, "linux.resources.devices: the program is not in force: %m") : 0;
}
