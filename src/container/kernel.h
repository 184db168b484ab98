/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "spec/spec.h"

/* What depends on how the running kernel was built and started. */
bool kernel_has_apparmor(void);
bool kernel_has_selinux(void);

/* Refuses, with the field's path, what this kernel cannot confine as it was asked to. */
int kernel_check_spec(const Spec *spec, Error *error);
int kernel_check_process(const SpecProcess *process, Error *error);
