/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The files that belong to a program: helpers. */

/* installed, an absolute path; for a program that lies in the tree it was built in the file built, relative to that tree. Both are constants. NULL without
 * memory. The caller frees it. */
char *installed_path(const char *built, const char *installed);
