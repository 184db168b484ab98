/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "base/error.h"

/* The error names of org.berth1(5). A name is for programs, the text, which is that of berth(1), for people. */

#define BUS_ERROR_FAILED "org.berth1.Error.Failed"
#define BUS_ERROR_NO_SUCH_CONTAINER "org.berth1.Error.NoSuchContainer"
#define BUS_ERROR_CONTAINER_EXISTS "org.berth1.Error.ContainerExists"
#define BUS_ERROR_NO_SUCH_BUNDLE "org.berth1.Error.NoSuchBundle"
#define BUS_ERROR_NO_SUCH_PROCESS "org.berth1.Error.NoSuchProcess"
#define BUS_ERROR_NO_SUCH_CHECKPOINT "org.berth1.Error.NoSuchCheckpoint"
#define BUS_ERROR_CHECKPOINT_EXISTS "org.berth1.Error.CheckpointExists"
#define BUS_ERROR_NOT_RUNNING "org.berth1.Error.NotRunning"
#define BUS_ERROR_WRONG_STATE "org.berth1.Error.WrongState"
#define BUS_ERROR_INVALID_ARGUMENT "org.berth1.Error.InvalidArgument"
#define BUS_ERROR_NOT_SUPPORTED "org.berth1.Error.NotSupported"
#define BUS_ERROR_TIMEOUT "org.berth1.Error.Timeout"
#define BUS_ERROR_LIMIT "org.berth1.Error.LimitExceeded"

/* What a verb's negative errno means where the usual does not fit. */
typedef struct BusErrorName {
        int number;             /* positive errno */
        const char *name;
} BusErrorName;

/* The name for a negative errno; special ends with {} and may be NULL. */
const char *bus_error_name(int number, const BusErrorName *special);
/* For an id that may be anything, of any length. */
int bus_error_no_container(sd_bus_error *error, const char *id);
/* Sets error from a negative errno and its text. Returns the negative errno that sd-bus makes of it. */
int bus_error_fill(sd_bus_error *error, int number, const char *text, const BusErrorName *special);
