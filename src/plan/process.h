/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/text.h"

/* Capabilities of capabilities(7): names to a mask and back. */

/* "CAP_KILL" in any case; names that are unknown here are left out (spec_check() has warned of them). */
uint64_t plan_capabilities_mask(char *const *names);
/* "kill,net_bind_service"; a number for a bit without a name; "none". */
void plan_capabilities_text(uint64_t mask, Text *text);
