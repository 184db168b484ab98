/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* linux.mountLabel: the SELinux label of file systems that are made for a container. Which of SELinux' mount options it becomes
 * can be told by an annotation, as with crun; none but those four ever reaches a file system from there. */

#include <errno.h>

#include "base/strv.h"
#include "plan/compilation.h"

#define CONTEXT_ANNOTATION "run.oci.mount_context_type"

static const char *const contexts[] = { "context", "fscontext", "defcontext", "rootcontext" };

static const char *find_context(const char *name) {
        FOREACH_ELEMENT(context, contexts)
                if (streq(*context, name))
                        return *context;
        return NULL;
}

int compilation_add_label(const Compilation *c, Text *data, Error *error) {
        const char *asked = spec_map_get(&c->spec->annotations, CONTEXT_ANNOTATION), *context = find_context(asked ?: "context");

        if (isempty(c->spec->os.mount_label))
                return 0;
        if (!context)
                return error_set(error, -EINVAL, "annotations[%s]: must be context, fscontext, defcontext or rootcontext", CONTEXT_ANNOTATION);
        /* In quotes, as a label has commas between its categories. */
        text_addf(data, "%s%s=\"%s\"", data->length > 0 ? "," : "", context, c->spec->os.mount_label);
        return 0;
}
