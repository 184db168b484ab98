/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Users without privileges that have something under way. Invariant: a user is in the list as long as somebody holds a reference, and no longer. authorize.c,
 * operation.c and entry.c hold references and count. */

#include "daemon/user.h"

#include <stdlib.h>

User *user_get(Daemon *daemon, uint32_t uid) {
        User *user;

        for (user = daemon->users; user; user = user->next)
                if (user->uid == uid)
                        return user_ref(user);
        user = calloc(1, sizeof *user);
        if (!user)
                return NULL;
        *user = (User) { .daemon = daemon, .next = daemon->users, .uid = uid, .n_refs = 1 };
        daemon->users = user;
        return user;
}

User *user_ref(User *user) {
        if (user)
                user->n_refs++;
        return user;
}

User *user_unref(User *user) {
        if (!user || --user->n_refs > 0)
                return NULL;
        for (User **link = &user->daemon->users; *link; link = &(*link)->next)
                if (*link == user) {
                        *link = user->next;
                        break;
                }
        free(user);
        return NULL;
}
