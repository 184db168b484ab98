/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "spec/spec.h"

/* A file of options that CRIU reads behind those that it is given (criu(8), CONFIGURATION FILES). */
typedef struct CriuConfig {
        int fd;                 /* to be kept open for CRIU, or -EBADF */
        char *path;             /* as CRIU opens it; NULL: there is none */
        char *log_name;         /* what it says of log-file, if that is a plain name; else NULL */
} CriuConfig;

#define CRIU_CONFIG_NONE ((CriuConfig) { .fd = -EBADF })

/* The administrator's file, or that which the annotation org.criu.config names (the empty string: none). Of the latter
 * only options of a list are taken, as whoever wrote the bundle is not trusted with the others; another one is an
 * error. */
int criu_config_open(const Spec *spec, CriuConfig *ret, Error *error);
/* Adds it to a request. */
void criu_config_add(const CriuConfig *config, Text *options);
void criu_config_done(CriuConfig *config);
