/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/daemon.h"

/* What one user without privileges has under way in berthd. Each limit is counted here, so that no user can use up another's share. */

typedef struct User User;
struct User {
        Daemon *daemon;
        User *next;
        uint32_t uid;
        size_t n_refs;
        size_t n_calls;                 /* calls that wait: for polkit, or for their turn */
        size_t n_asked;                 /* of these the ones that polkit was asked about */
        size_t n_operations;            /* that run or wait to */
        size_t n_running;               /* workers */
        size_t n_waiting;               /* open calls of Wait() */
};

/* The user of that uid, with one more reference; NULL without memory. */
User *user_get(Daemon *daemon, uint32_t uid);
User *user_ref(User *user);
/* Forgets the user when that was the last reference. */
User *user_unref(User *user);
