/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "spec/spec.h"

/* The parts of spec_check(), by object of config.json. Each returns -EINVAL with the property's path in the text. */

int check_mounts(const Spec *spec, Error *error);
int check_namespaces(const Spec *spec, Error *error);
int check_linux(const Spec *spec, Error *error);
int check_sysctl(const Spec *spec, Error *error);
int check_seccomp(const SpecSeccomp *seccomp, Error *error);

/* A list of id maps: sizes, overflow, overlaps, the kernel's limit on lines. place is its path. */
int check_id_maps(const SpecIdMap *maps, size_t n_maps, const char *place, Error *error);
