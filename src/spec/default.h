/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* The config.json that `spec` writes, to be edited by a person. command: what runs in rootfs/, without a terminal; NULL: a shell on a terminal. rootless:
 * for a user without privileges, who is root inside; uid and gid are that user's. NULL without memory. The caller frees it. */
char *spec_default_json(bool rootless, uid_t uid, gid_t gid, char *const *command);
