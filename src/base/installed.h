/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/* The files that belong to a program: helper and private modules. */

/* installed, an absolute path; for a program that lies in the tree it was built in the file built, relative to that tree. Both are constants. NULL without
 * memory. The caller frees it. */
char *installed_path(const char *built, const char *installed);

/* Opens a private module and returns the table of functions that it exports as symbol, whose first member is the version of berth as const char *. built
 * is relative to the build tree: "src/plan/berth-seccomp.so". Modules stay loaded. NULL with the error: -ELIBACC, -ELIBBAD for one of another version,
 * -ENOMEM. */
const void *module_load(const char *built, const char *symbol, Error *error);
/* Where module_load() looks. */
char *module_path(const char *built);
