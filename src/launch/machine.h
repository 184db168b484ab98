/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "spec/spec.h"
#include "systemd/systemd.h"

/* A container whose payload is systemd: what such a payload finds, as the Container Interface of systemd.io describes
 * it. */

#define UUID_TEXT_SIZE 37

typedef struct Machine {
        bool is_machine;
        bool has_host_directory;        /* /run/host, which machine_make_directory() has to make */
        uint32_t uid, gid;              /* the container's root on the host */
        uint8_t id[MACHINE_ID_SIZE];
        char uuid[UUID_TEXT_SIZE];      /* the id as text: "6ba7b810-9dad-..." */
} Machine;

/* Looks whether the payload is systemd, or the annotation org.berth.machine says so, and then adds to the spec what is
 * missing. root_fd: the state root; -EBADF: nothing will be made. */
int machine_compile(Spec *spec, int root_fd, const char *id, Machine *ret, Error *error);
/* What is below /run/host, in the container's directory. */
int machine_make_directory(const Machine *machine, int dir_fd, Error *error);
