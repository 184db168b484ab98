/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "spec/spec.h"

/* Refuses, with the field's path, what this kernel cannot confine as it was asked to. */
int kernel_check_spec(const Spec *spec, Error *error);
/* Of the container itself, or of an exec into it. Warns of capabilities that the caller cannot grant. */
int kernel_check_process(const Spec *spec, const SpecProcess *process, Error *error);
