/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/verb.h"

/* All verbs, ending with {}; and the options that stand before a verb. */
extern const Verb verbs[];
extern const Option global_options[];
