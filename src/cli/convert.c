/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* convert: a bundle's configuration in the OCI form, whichever it has. Nothing is printed that create would refuse. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"
#include "cli/verb.h"
#include "spec/check.h"
#include "spec/spec.h"

int verb_convert(const Arguments *arguments, Error *error) {
        CLEANUP(spec_freep) Spec *spec = NULL;
        CLEANUP(freep) char *text = NULL;
        int r;

        r = spec_load(arguments->bundle ? arguments->bundle : ".", arguments->config, &spec, error);
        if (r >= 0)
                r = spec_check(spec, error);
        if (r < 0)
                return r;
        text = spec_to_json(spec);
        if (!text)
                return -ENOMEM;
        if (!arguments->output) {
                fputs(text, stdout);
                return fflush(stdout) == 0 ? 0 : error_set(error, -EIO, "standard output: %m");
        }
        if (faccessat(AT_FDCWD, arguments->output, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return error_set(error, -EEXIST, "File %s exists. Remove it first", arguments->output);
        r = file_replace_at(AT_FDCWD, arguments->output, text, strlen(text), 0666);
        return r < 0 ? error_set(error, r, "%s: %m", arguments->output) : 0;
}
