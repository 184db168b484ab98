/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/operation.h"

/* Methods that are operations: the same row serves the method of a container's object and the Manager's that takes the id first. */
typedef struct Method {
        const char *name;               /* of org.berth1.Container */
        const char *manager_name;       /* of org.berth1.Manager; NULL: it has none */
        const char *action;             /* of polkit */
        const OperationKind *kind;
        /* Reads what follows the id; NULL: nothing does. */
        int (*read)(sd_bus_message *message, Request *request, sd_bus_error *error);
} Method;

/* What becomes a command line of a transient unit must fit one. */
#define METHOD_ARGUMENTS_MAX (256U * 1024)

/* The action that a method of org.berth1.Container needs; NULL for one that is not in a row. */
const char *method_action(const char *member);
/* Handles the call of any of them. id NULL: it is one of the Manager's, and the id is the message's first argument. */
int method_call(Daemon *daemon, sd_bus_message *message, const char *id, sd_bus_message_handler_t handler, sd_bus_error *error);

/* Reads the argument a{sv}. rows ends with {}. An unknown or repeated name is an error that names it. */
typedef struct BusOption {
        const char *name;
        const char *signature;
        int (*read)(sd_bus_message *message, Request *request, sd_bus_error *error);
} BusOption;
int method_read_options(sd_bus_message *message, const BusOption *rows, Request *request, sd_bus_error *error);
/* Takes a copy of a descriptor out of a message into the request, and gives its number there. */
int method_read_fd(sd_bus_message *message, Request *request, int *ret_index, sd_bus_error *error);
/* The name of a checkpoint into *ret, which the request owns; one that could not be refuses. */
int method_read_checkpoint_name(sd_bus_message *message, char **ret, sd_bus_error *error);
/* "as" into *ret; bounded. */
int method_read_strv(sd_bus_message *message, char ***ret, sd_bus_error *error);

/* Those that are elsewhere; each table ends with {}. A restored one is a stopped container again, of a checkpoint of its bundle. */
extern const Method checkpoint_methods[], restore_methods[], exec_methods[];
/* Manager.RestoreContainer: CreateContainer of a named checkpoint. */
int method_on_restore(sd_bus_message *message, void *userdata, sd_bus_error *error);
/* Manager.CreateContainer. */
int method_on_create(sd_bus_message *message, void *userdata, sd_bus_error *error);
