/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Copies what is in directory from_fd (O_PATH will do) into to_fd: files, directories, links, with mode, owner and times left to the file system. Other
 * kinds are left out. Bounded in depth. */
int copy_directory(int from_fd, int to_fd);
