/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#include "base/error.h"
#include "resource/set.h"

/* Device access by BPF (BPF_PROG_TYPE_CGROUP_DEVICE), with the rules of linux.resources.devices in their order: the last one
 * that matches decides, and what none matches is denied. Programs of several owners on a cgroup and above it must all agree,
 * so this one can only narrow what systemd allows. */

/* What one access asks for: type 'b' or 'c', access any of 'r', 'w', 'm'. The reference for the generated program. */
bool device_rules_allow(const DeviceRule *rules, size_t n_rules, char type, uint32_t major, uint32_t minor, const char *access);

/* Compiles the rules. *ret is allocated. */
int device_program_make(const DeviceRule *rules, size_t n_rules, struct bpf_insn **ret, size_t *ret_n);

/* Loads and attaches the program, in the place of ours when one is there already, without a moment in between; then asks the
 * kernel whether it is. -EPERM without CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN). */
int cgroup_device_attach(int cgroup_fd, const DeviceRule *rules, size_t n_rules, Error *error);
