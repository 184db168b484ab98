/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "spec/spec.h"

/* Whether processes that came from images are what the configuration allows: images may be anybody's (CVE-2024-8676). Looked at while
 * they are stopped, before their first instruction. rootfs is the path of the root file system. -EPERM with a text that says what
 * differs. */
int restore_verify(const Spec *spec, const char *rootfs, const pid_t *pids, size_t n_pids, pid_t init, Error *error);
