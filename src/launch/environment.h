/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* Socket activation (sd_listen_fds(3)): when the caller passed sockets to us, they are passed on. Adds the assignments for the payload's environment,
 * where it is process 1, and raises *preserve_fds to cover them. */
int environment_for_payload(char ***environment, uint32_t *preserve_fds);

/* How many descriptors socket activation has passed to this very process (LISTEN_FDS). */
uint32_t activation_fds(void);

/* --preserve-fds with holes: a caller (Podman) may count to the last one that it means. *preserve_fds becomes the number up to the last
 * that is open, and what is not open before it is taken by something that is close-on-exec, so that nothing of ours gets its number and is
 * inherited. To be called before anything but the log is opened. The first descriptors, activation of them, are those of socket activation. */
int reserve_preserved_fds(uint32_t activation, uint32_t *preserve_fds, uint32_t *inherited_fds, Error *error);

/* Refuses to preserve a descriptor that the caller did not pass on: it would be one of ours (CVE-2024-21626). */
int check_preserved_fds(uint32_t preserve_fds, uint32_t inherited_fds, Error *error);
