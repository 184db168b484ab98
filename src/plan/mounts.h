/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan/compilation.h"

/* True when the bundle brings a /dev of its own by a bind mount: no device is made there then. */
bool compilation_has_bind_on_dev(const Compilation *compilation);
