/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"
#include "spec/spec.h"

/* What a container has from outside, as options for CRIU. Each thing is named by its place in the configuration, never by a path
 * that an image or a process could choose; what a name stands for when it is restored comes from the configuration alone. */

/* What is outside now: bind mounts, devices and masks that are mounts of the host's, joined namespaces. pid: the init. */
int criu_add_external(const Spec *spec, pid_t pid, Text *options, Error *error);

/* What the names stand for. Descriptors of joined namespaces go to ret_fds (room for CRIU_NAMESPACES_MAX), to be kept open and passed
 * on; *ret_n_fds is valid also on failure. */
#define CRIU_NAMESPACES_MAX 4
int criu_add_sources(const Spec *spec, Text *options, int *ret_fds, size_t *ret_n_fds, Error *error);

/* The descriptors 0 to 2 of a process that lead outside, as an array of three strings (descriptors.json); what needs to be named
 * to CRIU is. The caller frees *ret. */
int criu_add_descriptors(pid_t pid, Text *options, char **ret, Error *error);
/* Hands fds[0..2] to what these descriptors were. text is hostile. */
int criu_inherit_descriptors(const char *text, size_t size, const int fds[static 3], Text *options, Error *error);
