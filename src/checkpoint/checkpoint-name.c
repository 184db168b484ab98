/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Named checkpoints below the bundle. Invariant: a directory that has a checkpoint's name is a whole one, images and description;
 * what is being made has another name until then. The bundle may be anybody's: no link in it is followed. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/utc.h"
#include "checkpoint/checkpoint.h"
#include "spec/field.h"

#define NAME_LENGTH_MAX 64
#define DESCRIPTION_FILE "config.json"
#define DESCRIPTION_MAX 4096U
#define LIST_MAX 65536U
#define LOCK_USEC (2 * USEC_PER_SEC)
/* No valid name begins with a dot. */
#define DRAFT_PREFIX ".new-"

static const Field checkpoint_fields[] = {
        FIELD_STRING("created", Checkpoint, created, 0),
        FIELD_STRING("name", Checkpoint, name, 0),
        FIELD_BOOL("tcp", Checkpoint, tcp, FIELD_ALWAYS),
        FIELD_BOOL("unixSockets", Checkpoint, unix_sockets, FIELD_ALWAYS),
        FIELD_BOOL("shell", Checkpoint, shell, FIELD_ALWAYS),
        FIELD_BOOL("exit", Checkpoint, exit, FIELD_ALWAYS),
        {}
};
static OBJECT_TYPE(checkpoint_type, Checkpoint, checkpoint_fields);

Checkpoint *checkpoint_free(Checkpoint *checkpoint) {
        return object_free(&checkpoint_type, checkpoint);
}

int checkpoint_check_name(const char *name, Error *error) {
        static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

        if (isempty(name))
                return error_set(error, -EINVAL, "checkpoint name cannot be empty");
        if (strlen(name) > NAME_LENGTH_MAX || name[strspn(name, allowed)] || *name == '.')
                return error_set(error, -EINVAL, "checkpoint name \"%.80s\": must be of letters, digits, _, - and .", name);
        return 0;
}

static int open_directory(int dir_fd, const char *name) {
        int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* <bundle>/checkpoints; made if that is wished for. */
static int open_checkpoints(const char *bundle, bool create) {
        CLEANUP(fd_closep) int bundle_fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (bundle_fd < 0)
                return -errno;
        if (create && mkdirat(bundle_fd, CHECKPOINTS_DIRECTORY, 0755) < 0 && errno != EEXIST)
                return -errno;
        return open_directory(bundle_fd, CHECKPOINTS_DIRECTORY);
}

/* What a maker that was killed has left goes with the next verb. */
static int open_checkpoints_swept(const char *bundle) {
        checkpoint_sweep(bundle);
        return open_checkpoints(bundle, false);
}

/* One without a description is from before there were any: it has its directory's time, and nothing else is known. */
static int read_description(int parent_fd, const char *name, Checkpoint **ret, Error *error) {
        CLEANUP(fd_closep) int fd = open_directory(parent_fd, name), file_fd = -EBADF;
        CLEANUP(freep) char *text = NULL;
        Checkpoint *checkpoint;
        void *object;
        struct stat st;
        uint64_t usec;
        size_t size;
        int r;

        if (fd < 0)
                return fd;
        file_fd = openat(fd, DESCRIPTION_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (file_fd < 0 && errno != ENOENT)
                return error_set(error, -errno, "checkpoint %s: " DESCRIPTION_FILE ": %m", name);
        r = file_fd < 0 ? -ENOENT : fd_read_file(file_fd, DESCRIPTION_MAX, &text, &size);
        if (r >= 0)
                r = object_parse(&checkpoint_type, text, size, DESCRIPTION_MAX, 0, NULL, &object, error);
        else if (r == -ENOENT) {
                object = calloc(1, sizeof(Checkpoint));
                r = object ? 0 : -ENOMEM;
        }
        if (r < 0)
                return error_set(error, r, "checkpoint %s: " DESCRIPTION_FILE ": %m", name);
        checkpoint = object;
        free(checkpoint->name);
        checkpoint->name = strdup(name);
        /* It is shown on terminals: nothing but a time may come out of a description. */
        if (checkpoint->created && utc_from_string(checkpoint->created, &usec) < 0) {
                free(checkpoint->created);
                checkpoint->created = NULL;
        }
        if (!checkpoint->created && fstat(fd, &st) >= 0) {
                char stamp[UTC_SIZE];

                checkpoint->created = strdup(utc_to_string(st.st_mtime > 0 ? (uint64_t) st.st_mtime * USEC_PER_SEC : 0, UTC_SECONDS, stamp) ? stamp : "");
        }
        if (!checkpoint->name || !checkpoint->created) {
                checkpoint_free(checkpoint);
                return -ENOMEM;
        }
        *ret = checkpoint;
        return 0;
}

int checkpoint_find(const char *bundle, const char *name, char **ret_path, Checkpoint **ret, Error *error) {
        CLEANUP(fd_closep) int fd = -EBADF;
        int r = checkpoint_check_name(name, error);

        if (r < 0)
                return r;
        fd = open_checkpoints_swept(bundle);
        r = fd < 0 ? fd : read_description(fd, name, ret, error);
        if (r == -ENOENT)
                return error_set(error, r, "checkpoint does not exist for container: %s", name);
        if (r < 0)
                return error_set(error, r, "checkpoint %s: %m", name);
        if (asprintf(ret_path, "%s/" CHECKPOINTS_DIRECTORY "/%s", bundle, name) < 0)
                return -ENOMEM;
        return 0;
}

static int compare_checkpoints(const void *a, const void *b) {
        return strcmp(((const Checkpoint *) a)->name, ((const Checkpoint *) b)->name);
}

static int add_entry(int fd, const char *name, CheckpointList *list, Error *error) {
        CLEANUP(error_done) Error ours = {};
        Checkpoint *items, *checkpoint;
        int r;

        if (checkpoint_check_name(name, NULL) < 0 || list->n_items >= LIST_MAX)
                return 0;
        r = read_description(fd, name, &checkpoint, &ours);
        if (r == -ENOTDIR || r == -ELOOP || r == -ENOENT)
                return 0;
        if (r < 0)
                return error_set(error, r, "%s", error_text(&ours));
        items = reallocarray(list->items, list->n_items + 1, sizeof *items);
        if (!items) {
                checkpoint_free(checkpoint);
                return -ENOMEM;
        }
        list->items = items;
        items[list->n_items++] = *checkpoint;
        free(checkpoint);
        return 0;
}

int checkpoint_list(const char *bundle, CheckpointList *ret, Error *error) {
        CheckpointList list = {};
        struct dirent *entry;
        int fd = open_checkpoints_swept(bundle), r = 0;
        DIR *dir;

        *ret = list;
        if (fd == -ENOENT)
                return 0;
        dir = fd < 0 ? NULL : fdopendir(fd);
        if (!dir)
                return error_set(error, fd < 0 ? fd : -ENOMEM, "%s/" CHECKPOINTS_DIRECTORY ": %m", bundle);
        while (r >= 0 && (entry = readdir(dir)))
                r = add_entry(fd, entry->d_name, &list, error);
        closedir(dir);
        if (r < 0) {
                checkpoint_list_done(&list);
                return r;
        }
        if (list.n_items > 0)
                qsort(list.items, list.n_items, sizeof *list.items, compare_checkpoints);
        *ret = list;
        return 0;
}

char *checkpoint_list_to_json(const CheckpointList *list) {
        Writer writer = {};

        writer_open(&writer, NULL, '[');
        for (size_t i = 0; i < list->n_items; i++)
                object_write(&checkpoint_type, list->items + i, NULL, &writer);
        writer_close(&writer, ']');
        text_add(&writer.text, "\n");
        return writer_take(&writer);
}

void checkpoint_list_done(CheckpointList *list) {
        for (size_t i = 0; i < list->n_items; i++)
                object_done(&checkpoint_type, list->items + i);
        free(list->items);
        *list = (CheckpointList) {};
}

int checkpoint_delete(const char *bundle, const char *name, Error *error) {
        CLEANUP(fd_closep) int fd = -EBADF;
        struct stat st;
        int r = checkpoint_check_name(name, error);

        if (r < 0)
                return r;
        fd = open_checkpoints_swept(bundle);
        if (fd == -ENOENT || (fd >= 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT))
                return error_set(error, -ENOENT, "checkpoint does not exist for container: %s", name);
        /* A file of that name is none. */
        r = fd < 0 ? fd : path_remove_tree_at(fd, name);
        return r < 0 ? error_set(error, r, "checkpoint %s: %m", name) : 0;
}

/* ---- making one ---- */

static void sweep(int fd) {
        CLEANUP(strv_freep) char **names = NULL;

        if (directory_read_names(fd, &names) < 0)
                return;
        STRV_FOREACH(name, names) {
                CLEANUP(fd_closep) int draft_fd = startswith(*name, DRAFT_PREFIX) ? open_directory(fd, *name) : -EBADF;

                if (draft_fd >= 0 && flock(draft_fd, LOCK_EX | LOCK_NB) >= 0)
                        (void) path_remove_tree_at(fd, *name);
        }
}

/* The lock on all of them is held while a draft is made and has no lock of its own yet. */
void checkpoint_sweep(const char *bundle) {
        CLEANUP(fd_closep) int fd = open_checkpoints(bundle, false);

        if (fd >= 0 && lock_take(fd, usec_monotonic() + LOCK_USEC) >= 0)
                sweep(fd);
}

static int make_draft(CheckpointDraft *draft, Error *error) {
        int r = lock_take(draft->parent_fd, usec_monotonic() + LOCK_USEC);

        if (r < 0)
                return error_set(error, r, "%s: lock: %m", draft->path);
        sweep(draft->parent_fd);
        if (mkdirat(draft->parent_fd, draft->name, 0700) < 0)
                r = -errno;
        else {
                draft->fd = open_directory(draft->parent_fd, draft->name);
                r = draft->fd < 0 ? draft->fd : flock(draft->fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
        }
        (void) flock(draft->parent_fd, LOCK_UN);
        return r < 0 ? error_set(error, r, "%s: %m", draft->path) : 0;
}

int checkpoint_draft(const char *bundle, const char *name, CheckpointDraft *ret, Error *error) {
        CheckpointDraft draft = CHECKPOINT_DRAFT_NONE;
        struct stat st;
        uint64_t number;
        int r = checkpoint_check_name(name, error);

        if (r < 0)
                return r;
        draft.parent_fd = open_checkpoints(bundle, true);
        if (draft.parent_fd < 0)
                return error_set(error, draft.parent_fd, "%s/" CHECKPOINTS_DIRECTORY ": %m", bundle);
        if (fstatat(draft.parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                r = error_set(error, -EEXIST, "checkpoint already exists: %s", name);
        else if (getrandom(&number, sizeof number, 0) != sizeof number ||
                 asprintf(&draft.name, DRAFT_PREFIX "%016jx", (uintmax_t) number) < 0 ||
                 asprintf(&draft.path, "%s/" CHECKPOINTS_DIRECTORY "/%s", bundle, draft.name) < 0)
                r = -ENOMEM;
        else
                r = make_draft(&draft, error);
        if (r < 0) {
                checkpoint_abandon(&draft);
                return r;
        }
        *ret = draft;
        return 0;
}

int checkpoint_commit(CheckpointDraft *draft, const Checkpoint *checkpoint, Error *error) {
        CLEANUP(fd_closep) int fd = open_directory(draft->parent_fd, draft->name);
        Checkpoint written = *checkpoint;
        CLEANUP(freep) char *text = NULL;
        char stamp[UTC_SIZE];
        int r;

        written.created = utc_to_string(usec_realtime(), UTC_SECONDS, stamp) ? stamp : NULL;
        text = object_to_json(&checkpoint_type, &written, false);
        r = fd < 0 ? fd : text ? file_replace_at(fd, DESCRIPTION_FILE, text, strlen(text), 0600) : -ENOMEM;
        if (r >= 0 && renameat2(draft->parent_fd, draft->name, draft->parent_fd, checkpoint->name, RENAME_NOREPLACE) < 0)
                r = -errno;
        if (r == -EEXIST)
                return error_set(error, r, "checkpoint already exists: %s", checkpoint->name);
        if (r < 0)
                return error_set(error, r, "checkpoint %s: %m", checkpoint->name);
        free(TAKE_PTR(draft->name));
        return 0;
}

void checkpoint_abandon(CheckpointDraft *draft) {
        if (draft->name && draft->parent_fd >= 0) {
                (void) path_remove_tree_at(draft->parent_fd, draft->name);
                /* Only when it is empty. */
                (void) unlinkat(draft->parent_fd, "../" CHECKPOINTS_DIRECTORY, AT_REMOVEDIR);
        }
        draft->fd = fd_close(draft->fd);
        draft->parent_fd = fd_close(draft->parent_fd);
        free(TAKE_PTR(draft->name));
        free(TAKE_PTR(draft->path));
}
