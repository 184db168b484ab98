/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "container/stop.h"
#include "launch/credentials.h"
#include "launch/launch.h"
#include "launch/machine.h"
#include "plan/builder.h"
#include "resource/set.h"
#include "spec/spec.h"

/* A bundle as everything that launching needs: spec, plan and resource set. Makes nothing on the system. */
typedef struct Compiled {
        Spec *spec;
        char *text;             /* config.json in the OCI form */
        size_t text_size;
        PlanImage *image;
        ResourceSet *resources;
        StopRule stop;
        Machine machine;
        char **writable_paths;  /* in the container */
        Credentials credentials;
        uint64_t namespaces;    /* CLONE_NEW* that the container has of its own or joins */
        uint32_t preserve_fds;  /* with those of socket activation */
} Compiled;

/* root_fd: the state root; -EBADF: nothing will be made. */
int compile_bundle(const LaunchOptions *options, int root_fd, Compiled **ret, Error *error);
Compiled *compiled_free(Compiled *compiled);
DEFINE_CLEANUP(Compiled *, compiled_free)
