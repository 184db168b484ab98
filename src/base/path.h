/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/macro.h"

/* Paths. What belongs to a container or an image is only ever opened below a descriptor of its root. */

/* "a/b" of two parts, with exactly one slash between them; an absolute second part replaces the first. NULL without memory. */
char *path_join(const char *directory, const char *name);
/* The path without ".", "//" and a trailing slash; ".." is left as it is, since only the kernel knows what it means. NULL without memory. */
char *path_simplify(const char *path);
/* As an absolute path below a root in which no component is a symbolic link: "/a/b", or "/". NULL without memory. */
char *path_lexical(const char *path);
/* True for a path that has ".." as a component. */
bool path_has_dotdot(const char *path);
/* True for one component: not empty, no slash, not "." or "..". */
bool path_is_component(const char *name);
/* The path made absolute by the working directory, simplified, symlinks kept. Negative errno. */
int path_make_absolute(const char *path, char **ret);

/* openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS: symlinks are resolved as if root_fd were "/". */
int path_open_in_root(int root_fd, const char *path, int flags, mode_t mode);
/* openat2(2) with RESOLVE_BENEATH, NO_SYMLINKS and NO_MAGICLINKS: for directories that are ours. */
int path_open_beneath(int root_fd, const char *path, int flags, mode_t mode);

/* Removes a directory and what is in it, not following links and not leaving the file system; -ENOENT is success. */
int path_remove_tree_at(int dir_fd, const char *name);

/* The names in a directory but "." and "..", in no order; *ret is NULL for an empty one. The descriptor's position does not matter and does not change. */
int directory_read_names(int dir_fd, char ***ret);
/* The same of directories alone, where the file system tells types (as cgroup2 and /proc do). */
int directory_read_directories(int dir_fd, char ***ret);
