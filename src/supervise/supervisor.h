/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "launch/launch.h"
#include "supervise/notify.h"

/* The foreground of run: it owns the console or the pump of the output, hears systemd when the unit is to be stopped, and ends the container in order. It
 * is no part of the container: when it is killed the container lives on, systemd can stop it, and another can take its place. */

typedef struct SuperviseOptions {
        LogDriver log_driver;
        int signal_fd;          /* foreground_prepare() */
        bool keep;              /* do not delete the container at its end */
        bool payload_ready;     /* READY=1 is the payload's to say */
} SuperviseOptions;

/* Supervises what was just launched, or adopted, until it has ended and everything that follows is done. Returns its exit code, or 128 + signal;
 * negative errno. notify: as whom we do it; closed by the caller. */
int supervise(Launched *launched, Notify *notify, const SuperviseOptions *options, Error *error);

/* Takes over a container whose supervisor has ended: *ret is as if it had just been launched, without what cannot be had again: the child, the controller.
 * -EBUSY: there is a supervisor. */
int adopt(Container *container, Launched *ret, Error *error);
