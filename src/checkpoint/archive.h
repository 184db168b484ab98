/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The files of a checkpoint, before CRIU sees them. Who writes an archive can write anything there. */

/* Checks each file of the directory, and of the earlier ones that it names by "parent", by descriptor: none may be anything that an open or a read could wait for,
 * that leads elsewhere, or that is larger than such a file can be. *ret_bytes: all of them together. */
int archive_check(int images_fd, uint64_t *ret_bytes, Error *error);
/* Whether that is CRIU's inventory.img. */
int archive_check_inventory(const void *bytes, size_t size);
