/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* events: one JSON object a line, in runc's form. */

#include "container/events.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/verb.h"

#define INTERVAL_USEC (5 * 1000000ULL)

static int print_event(const char *id, const char *type, const char *data, void *userdata) {
        CLEANUP(text_done) Text line = {};

        text_addf(&line, "{\"type\":\"%s\",\"id\":", type);
        text_add_json(&line, id);
        if (data) {
                text_add(&line, ",\"data\":");
                text_add(&line, data);
        }
        text_add(&line, "}\n");
        if (text_failed(&line))
                return -ENOMEM;
        fputs(line.string, stdout);
        return fflush(stdout) == 0 ? 0 : -EIO;
}

int verb_events(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        uint64_t interval_usec = arguments->interval_usec == UINT64_MAX ? INTERVAL_USEC : arguments->interval_usec;
        int r;

        if (interval_usec == 0)
                return error_set(error, -EINVAL, "duration interval must be greater than 0");
        r = open_named_container(arguments, false, &container, error);

        if (r < 0)
                return r;
        if (arguments->stats)
                return container_stats(container, print_event, NULL, error);
        return container_events(container, interval_usec, print_event, NULL, error);
}
