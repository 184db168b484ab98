/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/operation.h"

/* A process that Exec has started, on the bus. It stays there for a while after its end, so that one who was late can still ask for its status. */

struct BusProcess {
        Daemon *daemon;
        BusProcess *next;
        char *path;
        char *container;                /* id */
        uint32_t pid;
        int pidfd;
        int status;                     /* -1 while it lives, or when nobody can tell */
        bool ended;
        sd_event_source *timer;
};

/* Takes over pidfd. */
int process_new(Daemon *daemon, const char *container, uint32_t pid, int pidfd, BusProcess **ret);
/* Tells the bus. */
void process_ended(BusProcess *process, int status);
BusProcess *process_find(Daemon *daemon, const char *path);
void processes_done(Daemon *daemon);
