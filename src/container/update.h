/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "container/container.h"
#include "spec/spec.h"

/* Changing the limits of a container that was created and has not stopped. */

/* Applies the changes on top of what was set before and keeps the result for the next update. All or nothing, as far as the kernel lets us. Errors name
 * the field. */
int container_update(Container *container, SpecResources *changes, Error *error);
