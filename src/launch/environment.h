/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* Socket activation (sd_listen_fds(3)): when the caller passed sockets to us, they are passed on. Adds the assignments for the payload's environment,
 * where it is process 1, and raises *preserve_fds to cover them. */
int environment_for_payload(char ***environment, uint32_t *preserve_fds);

/* Refuses to preserve a descriptor that the caller did not pass on: it would be one of ours (CVE-2024-21626). */
int check_preserved_fds(uint32_t preserve_fds, uint32_t inherited_fds, Error *error);
