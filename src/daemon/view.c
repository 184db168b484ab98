/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The entries, and the watch on the state root. Invariants: entries are sorted by id; the kernel's events only mark what has to be looked at again, so
 * that neither their order nor their number matters, and a lost one is made good by looking at all; no turn of the loop looks at more than a few. */

#include "daemon/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sorted.h"
#include "base/strv.h"
#include "daemon/entry.h"

#define ENTRIES_PER_TURN 16

static const char *entry_name(const void *entries, size_t i) {
        return ((Entry *const *) entries)[i]->id;
}

static size_t find_position(const Daemon *daemon, const char *id, bool *ret_found) {
        return sorted_position(daemon->entries, daemon->n_entries, entry_name, id, ret_found);
}

static Entry *find_entry(Daemon *daemon, const char *id) {
        bool found;
        size_t i = find_position(daemon, id, &found);

        return found ? daemon->entries[i] : NULL;
}

Entry *view_find(Daemon *daemon, const char *id) {
        Entry *entry = find_entry(daemon, id);

        return entry && entry->announced ? entry : NULL;
}

static Entry *add_entry(Daemon *daemon, const char *id) {
        Entry *entry;
        size_t i;
        bool found;

        i = find_position(daemon, id, &found);
        if (found)
                return daemon->entries[i];
        if (daemon->n_entries == daemon->n_allocated) {
                size_t n = daemon->n_allocated ? daemon->n_allocated * 2 : 64;
                Entry **entries = reallocarray(daemon->entries, n, sizeof *entries);

                if (!entries)
                        return NULL;
                daemon->entries = entries;
                daemon->n_allocated = n;
        }
        entry = entry_new(daemon, id);
        if (!entry)
                return NULL;
        memmove(daemon->entries + i + 1, daemon->entries + i, (daemon->n_entries - i) * sizeof *daemon->entries);
        daemon->entries[i] = entry;
        daemon->n_entries++;
        return entry;
}

static void remove_entry(Entry *entry) {
        Daemon *daemon = entry->daemon;
        size_t i;
        bool found;

        i = find_position(daemon, entry->id, &found);
        if (found) {
                memmove(daemon->entries + i, daemon->entries + i + 1, (daemon->n_entries - i - 1) * sizeof *daemon->entries);
                daemon->n_entries--;
        }
        for (Entry **link = &daemon->dirty; *link; link = &(*link)->next_dirty)
                if (*link == entry) {
                        *link = entry->next_dirty;
                        break;
                }
        entry_gone(entry);
        entry_free(entry);
}

Entry *view_refresh(Daemon *daemon, const char *id) {
        Entry *entry = container_check_id(id, NULL) < 0 ? NULL : add_entry(daemon, id);

        if (!entry)
                return NULL;
        if (entry_reload(entry) < 0) {
                remove_entry(entry);
                return NULL;
        }
        return entry->announced ? entry : NULL;
}

/* Containers below a unit's cgroup name it with its sub-cgroups: "/berth.slice/berth-web.scope/payload". */
Entry *view_find_by_cgroup(Daemon *daemon, const char *cgroup) {
        for (size_t i = 0; i < daemon->n_entries; i++) {
                Entry *entry = daemon->entries[i];
                const char *own = entry->container && entry->announced ? entry->container->record->cgroup : NULL, *rest;

                if (isempty(own) || streq(own, "/"))
                        continue;
                rest = startswith(cgroup, own);
                if (rest && (*rest == '\0' || *rest == '/'))
                        return entry;
        }
        return NULL;
}

Entry *view_find_by_unit(Daemon *daemon, const char *unit) {
        for (size_t i = 0; i < daemon->n_entries; i++) {
                Entry *entry = daemon->entries[i];

                if (entry->announced && entry->container->record->unit && streq(entry->container->record->unit, unit))
                        return entry;
        }
        return NULL;
}

void view_forget_client(Daemon *daemon, const char *client) {
        for (size_t i = 0; i < daemon->n_entries; i++)
                entry_forget_client(daemon->entries[i], client);
}

/* ---- what changed ---- */

static int on_work(sd_event_source *source, void *userdata) {
        Daemon *daemon = userdata;

        for (size_t i = 0; i < ENTRIES_PER_TURN && daemon->dirty; i++) {
                Entry *entry = daemon->dirty;

                daemon->dirty = entry->next_dirty;
                entry->next_dirty = NULL;
                entry->dirty = false;
                if (entry_reload(entry) < 0)
                        remove_entry(entry);
        }
        return sd_event_source_set_enabled(source, daemon->dirty ? SD_EVENT_ON : SD_EVENT_OFF);
}

void entry_mark(Entry *entry) {
        if (entry->dirty)
                return;
        entry->dirty = true;
        entry->next_dirty = entry->daemon->dirty;
        entry->daemon->dirty = entry;
        (void) sd_event_source_set_enabled(entry->daemon->work, SD_EVENT_ON);
}

static int mark_all(Daemon *daemon) {
        CLEANUP(strv_freep) char **ids = NULL;
        int r = container_list(daemon->root_fd, &ids, NULL);

        if (r < 0)
                return r;
        STRV_FOREACH(id, ids)
                if (!add_entry(daemon, *id))
                        return -ENOMEM;
        for (size_t i = 0; i < daemon->n_entries; i++)
                entry_mark(daemon->entries[i]);
        return 0;
}

static int on_root(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        Daemon *daemon = userdata;
        Entry *entry;

        if (event->mask & IN_Q_OVERFLOW)
                return mark_all(daemon);
        if (event->mask & (IN_DELETE_SELF | IN_IGNORED)) {
                log_error("the state directory %s was removed", daemon->root);
                return sd_event_exit(daemon->event, -ENOENT);
        }
        if (event->len == 0 || event->name[0] == '.' || container_check_id(event->name, NULL) < 0)
                return 0;
        entry = add_entry(daemon, event->name);
        if (!entry)
                return -ENOMEM;
        entry_mark(entry);
        return 0;
}

int view_start(Daemon *daemon, Error *error) {
        int r;

        r = sd_event_add_defer(daemon->event, &daemon->work, on_work, daemon);
        if (r >= 0)
                r = sd_event_source_set_enabled(daemon->work, SD_EVENT_OFF);
        /* First the watch and then the look, so that nothing falls between. */
        if (r >= 0)
                r = sd_event_add_inotify_fd(daemon->event, &daemon->root_watch, daemon->root_fd,
                                            IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR, on_root, daemon);
        if (r >= 0)
                r = mark_all(daemon);
        if (r < 0)
                return error_set(error, r, "watching %s: %m", daemon->root);
        while (daemon->dirty)
                (void) on_work(daemon->work, daemon);
        return 0;
}

void view_done(Daemon *daemon) {
        for (size_t i = 0; i < daemon->n_entries; i++)
                entry_free(daemon->entries[i]);
        free(daemon->entries);
        daemon->entries = NULL;
        daemon->n_entries = 0;
        daemon->root_watch = sd_event_source_disable_unref(daemon->root_watch);
        daemon->work = sd_event_source_disable_unref(daemon->work);
}
