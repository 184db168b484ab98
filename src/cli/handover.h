/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/* berth is linked statically: half of the time of a small verb would be the loading of libraries. What needs libsystemd, which there is no archive of, is done
 * by a second program that is made of the same sources and has it, berth-full; on a build that is not static berth is that program itself (has_libsystemd()). */

/* Becomes that program, with the same command line. Does not return unless it fails. */
int hand_over(char **argv, Error *error);
