/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The features document (runtime-spec features.md) as JSON; NULL without memory. The caller frees it. */
char *features_json(void);
