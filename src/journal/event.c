/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events. Invariant: a MESSAGE_ID once released keeps its meaning; catalog/berth.catalog explains each one. */

#include "journal/event.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "journal/entry.h"
#include "journal/socket.h"

#define SEND_MSEC 100

/* As in syslog(3). */
enum {
        PRIORITY_WARNING = 4,
        PRIORITY_NOTICE = 5,
        PRIORITY_INFO = 6,
};

static const struct {
        const char *name;
        const char *message_id;
        int priority;
} events[_EVENT_MAX] = {
        [EVENT_CREATED] = { "created", "49f9268bc3084f3ab34e7dae30df9020", PRIORITY_INFO },
        [EVENT_STARTED] = { "started", "3f1d50465cf7421981e8403344ef46e3", PRIORITY_INFO },
        [EVENT_EXITED] = { "exited", "6ef7679f85ed492fb93807a7daf926a9", PRIORITY_INFO },
        [EVENT_OOM] = { "oom", "0f04b2e6e4c249edbfb00e67c3688e97", PRIORITY_WARNING },
        [EVENT_STOP_REQUESTED] = { "stop-requested", "472f212ebf0a49488038008eb2307139", PRIORITY_INFO },
        [EVENT_STOP_TIMEOUT] = { "stop-timeout", "3fa812d517e34c20a3a1681893ea05e6", PRIORITY_WARNING },
        [EVENT_HOOK_FAILED] = { "hook-failed", "03250204aaba4250ae4aa5be97f0a8dd", PRIORITY_WARNING },
        [EVENT_LIMITS_CHANGED] = { "limits-changed", "a6771a38eb8a458484603ae337ebfc0b", PRIORITY_INFO },
        [EVENT_ADOPTED] = { "adopted", "db00be535cfd4f089badc6cbc40451a4", PRIORITY_NOTICE },
        [EVENT_DELETED] = { "deleted", "573684b23fc743e38c1612ea4c232e82", PRIORITY_INFO },
        [EVENT_FAILED] = { "failed", "f236d1380d8a42448225f9c7ef64858f", PRIORITY_WARNING },
};

const char *event_name(EventKind kind) {
        return events[kind].name;
}

const char *event_message_id(EventKind kind) {
        return events[kind].message_id;
}

/* journalctl -u takes OBJECT_SYSTEMD_UNIT= from root alone, and journalctl --user -u the others from the user. */
static void add_unit(Text *entry, const EventSubject *subject) {
        if (subject->user_manager) {
                entry_add(entry, "OBJECT_SYSTEMD_USER_UNIT", subject->unit);
                entry_add(entry, "USER_UNIT", subject->unit);
        } else
                entry_add(entry, "OBJECT_SYSTEMD_UNIT", subject->unit);
}

/* As conmon and dockerd name them: the short id is the first twelve characters. */
void event_add_output_subject(Text *entry, const EventSubject *subject) {
        size_t length = strlen(subject->id);

        entry_add_bytes(entry, "CONTAINER_ID", subject->id, length > 12 ? 12 : length);
        entry_add(entry, "CONTAINER_ID_FULL", subject->id);
        entry_add(entry, "CONTAINER_NAME", subject->name ? subject->name : subject->id);
        entry_add(entry, "CONTAINER_TAG", subject->tag);
        add_unit(entry, subject);
}

/* Never CONTAINER_*: Podman and Docker take every entry of root that has CONTAINER_ID_FULL= as output of the container. */
static void add_subject(Text *entry, const EventSubject *subject) {
        entry_add(entry, "BERTH_CONTAINER_ID", subject->id);
        entry_add(entry, "BERTH_CONTAINER_NAME", subject->name ? subject->name : subject->id);
        if (subject->pid > 0)
                entry_addf(entry, "BERTH_CONTAINER_PID", "%ld", (long) subject->pid);
        add_unit(entry, subject);
}

static int PRINTF(5, 0) event_composev(
                EventKind kind, const EventSubject *subject, const Text *fields, Text *entry, const char *format, va_list arguments) {
        CLEANUP(text_done) Text message = {};

        text_addv(&message, format, arguments);
        entry_add(entry, "MESSAGE", message.string ? message.string : "");
        entry_add(entry, "MESSAGE_ID", events[kind].message_id);
        entry_addf(entry, "PRIORITY", "%d", events[kind].priority);
        entry_add(entry, "SYSLOG_IDENTIFIER", "berth");
        entry_add(entry, "BERTH_EVENT", events[kind].name);
        add_subject(entry, subject);
        if (fields && fields->length > 0)
                text_add_bytes(entry, fields->string, fields->length);
        return text_failed(entry) || text_failed(&message) || (fields && text_failed(fields)) ? -ENOMEM : 0;
}

static int send_patiently(const Text *text) {
        CLEANUP(fd_closep) int fd = journal_connect(NULL);
        struct iovec entry = { text->string, text->length };
        struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
        size_t sent;
        int r = fd < 0 ? fd : journal_send(fd, &entry, 1, &sent);

        if (r != -EAGAIN)
                return r;
        (void) poll(&poll_fd, 1, SEND_MSEC);
        return journal_send(fd, &entry, 1, &sent);
}

int event_compose(EventKind kind, const EventSubject *subject, const Text *fields, Text *entry, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = event_composev(kind, subject, fields, entry, format, arguments);
        va_end(arguments);
        return r;
}

void event_send(EventKind kind, const EventSubject *subject, const Text *fields, const char *format, ...) {
        CLEANUP(text_done) Text entry = {};
        va_list arguments;
        int saved_errno = errno, r;

        va_start(arguments, format);
        r = event_composev(kind, subject, fields, &entry, format, arguments);
        va_end(arguments);
        if (r >= 0)
                r = send_patiently(&entry);
        if (r < 0)
                log_debug("journal: %s: %s", events[kind].name, strerror(-r));
        errno = saved_errno;
}
