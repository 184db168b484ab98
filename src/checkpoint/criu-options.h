/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "spec/spec.h"

/* The options that checkpoint and restore share, for CRIU. Unknown words are refused. */
int criu_add_options(const CriuOptions *from, Text *options, Error *error);

/* Behind a user namespace its root opens images by itself: the directory gets that group, and lets it in. One that others may enter
 * already stays as it is. */
int criu_let_in(int images_fd, const Spec *spec);
/* Whether it may. */
bool criu_is_let_in(int images_fd, const Spec *spec);

/* What restoring with lazy pages needs: userfaultfd(2), and, unless work_fd is negative, a criu lazy-pages daemon that
 * listens in the directory of the log. work and images are for the text. -EOPNOTSUPP. */
int criu_check_lazy_pages(int work_fd, const char *work, const char *images, Error *error);

/* Opens a directory of images or of the log, below which CRIU works as root. */
int criu_open_directory(const char *path, Error *error);
