/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "resource/knobs.h"

/* What the rows of knobs.c name. Private to it. Texts of errors begin with knob->field, or with linux.resources.unified[KEY]. */

#define UNIFIED "linux.resources.unified"

/* The member of a section, or NULL when the section is absent. */
const void *knob_value(const Knob *knob, const Compile *compile);
/* Puts a number, and for a newer property the file beside it. */
int knob_put_u64(const Knob *knob, const Compile *compile, const char *field, uint64_t value);
int unified_error(const Knob *knob, const char *value, const char *expected, Error *error);

/* knob-memory.c: memory, pids, and what cgroup v1 had */
int compile_bytes(const Knob *knob, const Compile *compile, Error *error);
int compile_swap(const Knob *knob, const Compile *compile, Error *error);
int compile_tasks(const Knob *knob, const Compile *compile, Error *error);
int compile_ignored_i64(const Knob *knob, const Compile *compile, Error *error);
int compile_ignored_u32(const Knob *knob, const Compile *compile, Error *error);
int compile_refused_i64(const Knob *knob, const Compile *compile, Error *error);
int compile_refused_u64(const Knob *knob, const Compile *compile, Error *error);
int compile_refused_u32(const Knob *knob, const Compile *compile, Error *error);
int compile_refused_bool(const Knob *knob, const Compile *compile, Error *error);
int compile_refused_list(const Knob *knob, const Compile *compile, Error *error);
int parse_bytes(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_tasks(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_bool(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_oom_group(const Knob *knob, const char *value, const Compile *compile, Error *error);

/* knob-cpu.c */
int compile_shares(const Knob *knob, const Compile *compile, Error *error);
int compile_idle(const Knob *knob, const Compile *compile, Error *error);
int compile_period(const Knob *knob, const Compile *compile, Error *error);
int compile_quota(const Knob *knob, const Compile *compile, Error *error);
int keep_period(const Compile *compile);
int compile_burst(const Knob *knob, const Compile *compile, Error *error);
int compile_number_set(const Knob *knob, const Compile *compile, Error *error);
int parse_weight(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_idle(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_nice(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_cpu_max(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_number_set(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_string(const Knob *knob, const char *value, const Compile *compile, Error *error);

/* knob-io.c */
int compile_io_weight(const Knob *knob, const Compile *compile, Error *error);
int compile_io_weight_devices(const Knob *knob, const Compile *compile, Error *error);
int compile_throttle(const Knob *knob, const Compile *compile, Error *error);
int parse_io_weight(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_bfq_weight(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_io_max(const Knob *knob, const char *value, const Compile *compile, Error *error);
int parse_io_latency(const Knob *knob, const char *value, const Compile *compile, Error *error);

/* knob-lower.c: properties as files */
int lower_number(const Knob *knob, const Property *property, const Compile *compile);
int lower_oom_group(const Knob *knob, const Property *property, const Compile *compile);
int lower_weight(const Knob *knob, const Property *property, const Compile *compile);
int lower_cpu_max(const Knob *knob, const Property *property, const Compile *compile);
int lower_number_set(const Knob *knob, const Property *property, const Compile *compile);
int lower_io_weight(const Knob *knob, const Property *property, const Compile *compile);
int lower_io_weight_devices(const Knob *knob, const Property *property, const Compile *compile);
int lower_throttle(const Knob *knob, const Property *property, const Compile *compile);
int lower_io_latency(const Knob *knob, const Property *property, const Compile *compile);

/* knob-file.c: what only files have */
int compile_hugepages(const Knob *knob, const Compile *compile, Error *error);
int compile_rdma(const Knob *knob, const Compile *compile, Error *error);
int parse_file(const Knob *knob, const char *value, const Compile *compile, Error *error);
/* A key of unified that has no row. */
int put_unknown_file(const char *key, const char *value, const Compile *compile, Error *error);
