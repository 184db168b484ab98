/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "spec/spec.h"

/* Credentials of the service that berth runs in (systemd.exec(5), LoadCredential=), for the payload. */

#define CREDENTIALS_PATH "/run/credentials"
#define CREDENTIALS_PATH_MACHINE "/run/host/credentials"

typedef struct Credentials {
        char **names;           /* NULL: there are none for it */
        uint32_t uid, gid;      /* of the payload, on the host */
} Credentials;

/* Chooses from $CREDENTIALS_DIRECTORY what a pattern names, and the annotation org.berth.credentials too if there is
 * one; and adds to the spec the mount, at path, and $CREDENTIALS_DIRECTORY. */
int credentials_compile(Spec *spec, char *const *patterns, const char *path, Credentials *ret, Error *error);
void credentials_done(Credentials *credentials);
/* A file system with the credentials that is mounted nowhere. */
int credentials_mount(const Credentials *credentials, Error *error);
