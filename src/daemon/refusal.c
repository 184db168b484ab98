/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers that wait. Invariant: each call that expects an answer gets one, sooner or later, and their number is bounded. Called by authorize.c. */

#include "daemon/refusal.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/authorize.h"
#include "daemon/errors.h"

/* Above that they are sent at once. */
#define REFUSALS_MAX 4096

struct Refusal {
        Refusal *next;
        sd_bus_message *answer;
};

void refusal_send_next(Daemon *daemon) {
        Refusal *refusal = daemon->refusals;

        if (!refusal)
                return;
        (void) sd_bus_send(daemon->bus, refusal->answer, NULL);
        daemon->refusals = refusal->next;
        daemon->n_refusals--;
        sd_bus_message_unref(refusal->answer);
        free(refusal);
}

int refuse_later(Daemon *daemon, sd_bus_message *message, const char *text) {
        const sd_bus_error error = SD_BUS_ERROR_MAKE_CONST(BUS_ERROR_LIMIT, text);
        Refusal *refusal;
        int r;

        if (!sd_bus_message_get_expect_reply(message))
                return 0;
        if (daemon->n_refusals >= REFUSALS_MAX)
                return sd_bus_reply_method_error(message, &error);
        refusal = calloc(1, sizeof *refusal);
        if (!refusal)
                return -ENOMEM;
        r = sd_bus_message_new_method_error(message, &refusal->answer, &error);
        if (r < 0) {
                free(refusal);
                return r;
        }
        if (daemon->refusals)
                daemon->refusals_last->next = refusal;
        else
                daemon->refusals = refusal;
        daemon->refusals_last = refusal;
        daemon->n_refusals++;
        turn_schedule(daemon);
        return 0;
}

void refusals_done(Daemon *daemon) {
        while (daemon->refusals)
                refusal_send_next(daemon);
}
