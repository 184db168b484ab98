/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events of containers in words. Invariant: a container gets no slower by it: one datagram without waiting, no library. */

#include "container/announce.h"

#include <stdio.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "journal/entry.h"

/* Where callers say what a person calls the container. */
static const char *const name_annotations[] = {
        "org.berth.name",
        "io.kubernetes.cri.container-name",
        "io.kubernetes.container.name",
};

static const char *annotation(const Container *container, const char *key) {
        const SpecMap *annotations = &container->record->annotations;

        for (size_t i = 0; i < annotations->n_items; i++)
                if (streq(annotations->items[i].key, key))
                        return annotations->items[i].value;
        return NULL;
}

void announce_subject(const Container *container, EventSubject *ret) {
        *ret = (EventSubject) {
                .id = container->id,
                .tag = annotation(container, "org.berth.log-tag"),
                .unit = container->record->unit ? container->record->unit : container->record->supervising_unit,
                .user_manager = container->record->user_manager,
                .pid = (pid_t) container->record->pid,
        };
        for (size_t i = 0; i < ELEMENTSOF(name_annotations) && isempty(ret->name); i++)
                ret->name = annotation(container, name_annotations[i]);
        if (isempty(ret->name))
                ret->name = NULL;
        if (isempty(ret->tag))
                ret->tag = NULL;
}

void announce_created(const Container *container) {
        CLEANUP(text_done) Text fields = {};
        EventSubject subject;

        announce_subject(container, &subject);
        entry_add(&fields, "BUNDLE", container->record->bundle);
        event_send(EVENT_CREATED, &subject, &fields, "Container %s was created.", container->id);
}

void announce_started(const Container *container) {
        EventSubject subject;

        announce_subject(container, &subject);
        event_send(EVENT_STARTED, &subject, NULL, "Container %s was started.", container->id);
}

void announce_exited(const Container *container, int64_t status) {
        CLEANUP(text_done) Text fields = {};
        EventSubject subject;
        char buffer[24];
        const char *signal = status > 128 && status < 256 ? signal_to_string((int) status - 128, buffer) : NULL;

        announce_subject(container, &subject);
        if (status >= 0)
                entry_addf(&fields, "EXIT_STATUS", "%lld", (long long) status);
        if (signal)
                entry_addf(&fields, "EXIT_SIGNAL", "SIG%s", signal);
        if (status < 0)
                event_send(EVENT_EXITED, &subject, &fields, "Container %s exited; its status was seen by whoever waited for it.", container->id);
        else if (signal)
                event_send(EVENT_EXITED, &subject, &fields, "Container %s exited with status %lld (SIG%s).", container->id, (long long) status, signal);
        else
                event_send(EVENT_EXITED, &subject, &fields, "Container %s exited with status %lld.", container->id, (long long) status);
}

void announce_oom(const Container *container, uint64_t oom_kills) {
        CLEANUP(text_done) Text fields = {};
        EventSubject subject;

        announce_subject(container, &subject);
        entry_addf(&fields, "OOM_KILLS", "%llu", (unsigned long long) oom_kills);
        event_send(EVENT_OOM, &subject, &fields, "The kernel killed processes of container %s for want of memory, %llu in all.", container->id,
                   (unsigned long long) oom_kills);
}

int announce_oom_entry(const Container *container) {
        CLEANUP(text_done) Text entry = {};
        EventSubject subject;
        int r;

        announce_subject(container, &subject);
        r = event_compose(EVENT_OOM, &subject, NULL, &entry, "The kernel killed a process of container %s for want of memory.", container->id);
        return r < 0 ? r : memfd_sealed("oom", entry.string, entry.length);
}

void announce_limits_changed(const Container *container) {
        EventSubject subject;

        announce_subject(container, &subject);
        event_send(EVENT_LIMITS_CHANGED, &subject, NULL, "Limits of container %s were changed.", container->id);
}

void announce_stop_requested(const Container *container, const char *by, int signal, uint64_t grace_usec) {
        CLEANUP(text_done) Text fields = {};
        EventSubject subject;
        char buffer[24];
        const char *name = signal > 0 ? signal_to_string(signal, buffer) : NULL;

        announce_subject(container, &subject);
        entry_addf(&fields, "SIGNAL", "%d", signal);
        entry_addf(&fields, "TIMEOUT_USEC", "%llu", (unsigned long long) grace_usec);
        entry_add(&fields, "REQUESTED_BY", by);
        if (grace_usec == UINT64_MAX)
                event_send(EVENT_STOP_REQUESTED, &subject, &fields, "Container %s is asked to stop by %s: SIG%s.", container->id, by, name ? name : "TERM");
        else
                event_send(EVENT_STOP_REQUESTED, &subject, &fields, "Container %s is asked to stop by %s: SIG%s, and %llu s until it is killed.",
                           container->id, by, name ? name : "TERM", (unsigned long long) (grace_usec / USEC_PER_SEC));
}

void announce_stop_timeout(const Container *container, uint64_t grace_usec) {
        EventSubject subject;

        announce_subject(container, &subject);
        event_send(EVENT_STOP_TIMEOUT, &subject, NULL, "Container %s did not stop within %llu s and is killed.", container->id,
                   (unsigned long long) (grace_usec / USEC_PER_SEC));
}

void announce_hook_failed(const Container *container, const char *hook, const char *text) {
        CLEANUP(text_done) Text fields = {};
        EventSubject subject;

        announce_subject(container, &subject);
        entry_add(&fields, "HOOK", hook);
        event_send(EVENT_HOOK_FAILED, &subject, &fields, "A hook of container %s failed: %s", container->id, text);
}

void announce_adopted(const Container *container) {
        EventSubject subject;

        announce_subject(container, &subject);
        event_send(EVENT_ADOPTED, &subject, NULL, "Container %s has a new supervisor.", container->id);
}

void announce_deleted(const Container *container) {
        EventSubject subject;

        announce_subject(container, &subject);
        event_send(EVENT_DELETED, &subject, NULL, "Container %s was deleted.", container->id);
}

void announce_failed(const Container *container, const char *text) {
        CLEANUP(text_done) Text fields = {};
        EventSubject subject;

        announce_subject(container, &subject);
        entry_add(&fields, "ERROR", text);
        event_send(EVENT_FAILED, &subject, &fields, "Container %s could not be started: %s", container->id, text);
}
