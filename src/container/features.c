/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What `features` says, from the tables that do the work. As features.md has it, that is what this program can do, not what the kernel under it can. */

#include "container/features.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/strv.h"
#include "config.h"
#include "plan/mount-options.h"
#include "spec/features.h"
#include "spec/spec.h"

char *features_json(void) {
        char criu_config[] = "org.criu.config", systemd_property[] = "org.systemd.property.", run_oci[] = "run.oci.";
        char *const unsafe_annotations[] = { criu_config, systemd_property, run_oci, NULL };
        CLEANUP(strv_freep) char **words = NULL;
        const char *const *table;
        Features features = {
                .unsafe_annotations = unsafe_annotations,
                .seccomp = BERTH_SECCOMP,
                .seccomp_flags = {
                        .mask = 1U << SPEC_SECCOMP_FLAG_TSYNC | 1U << SPEC_SECCOMP_FLAG_LOG | 1U << SPEC_SECCOMP_FLAG_SPEC_ALLOW |
                                1U << SPEC_SECCOMP_FLAG_WAIT_KILLABLE_RECV,
                        .set = true,
                },
                .apparmor = true,
                .selinux = true,
        };
        char *json = NULL;
        size_t n;

        table = plan_mount_option_words(&n);
        for (size_t i = 0; i < n; i++)
                if (strv_append(&words, table[i]) < 0)
                        return NULL;
        features.mount_options = words;
        if (spec_map_set(&features.annotations, "org.berth.version", BERTH_VERSION) >= 0)
                json = features_to_json(&features);
        spec_map_done(&features.annotations);
        return json;
}
