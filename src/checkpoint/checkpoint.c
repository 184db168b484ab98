/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Dumping a container. Invariant: a dump that fails leaves no images behind and the container running; one that succeeds leaves
 * all of them, and of the container what was asked for. */

#include "checkpoint/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "checkpoint/criu-config.h"
#include "checkpoint/criu-external.h"
#include "checkpoint/criu-options.h"
#include "checkpoint/criu.h"

#define LOG_NAME "dump.log"
#define DESCRIPTORS_NAME "descriptors.json"
/* Where CRIU's log is without a directory for it: beside the state, and gone with the container. */
#define WORK_DIRECTORY "criu.work"

typedef struct Dump {
        Container *container;
        const CheckpointOptions *options;
        CheckpointDraft draft;          /* of a named one */
        char *images;                   /* the path */
        bool images_made;               /* by us */
        char **before;                  /* the names that were in it */
        int images_fd;
        int work_fd;
        char *log_path;
        CriuConfig config;
        Criu criu;
        uint64_t expected;              /* bytes of memory, 0: unknown */
        bool shown;                     /* the progress is on the terminal */
} Dump;

/* ---- directories ---- */

static int open_images(Dump *dump, Error *error) {
        int r;

        if (dump->options->name) {
                r = checkpoint_draft(dump->container->record->bundle, dump->options->name, &dump->draft, error);
                if (r < 0)
                        return r;
                dump->images = strdup(dump->draft.path);
        } else
                dump->images = strdup(dump->options->criu.images);
        if (!dump->images)
                return -ENOMEM;
        if (!dump->options->name) {
                if (mkdir(dump->images, 0700) >= 0)
                        dump->images_made = true;
                else if (errno != EEXIST)
                        return error_set(error, -errno, "--image-path %s: %m", dump->images);
        }
        /* That of a draft has its lock, which CRIU holds, too, as long as it works. */
        dump->images_fd = dump->options->name ? fcntl(dump->draft.fd, F_DUPFD_CLOEXEC, 3) : criu_open_directory(dump->images, error);
        if (dump->images_fd < 0)
                return dump->images_fd;
        r = directory_read_names(dump->images_fd, &dump->before);
        if (r >= 0 && (dump->images_made || dump->options->name))
                r = criu_let_in(dump->images_fd, dump->container->spec);
        return r < 0 ? error_set(error, r, "%s: %m", dump->images) : 0;
}

static const char *log_name(const Dump *dump) {
        return dump->config.log_name ? dump->config.log_name : LOG_NAME;
}

static int open_work(Dump *dump, Error *error) {
        const Container *container = dump->container;
        const char *path = dump->options->criu.work;

        if (path) {
                if (mkdir(path, 0700) < 0 && errno != EEXIST)
                        return error_set(error, -errno, "--work-path %s: %m", path);
                dump->work_fd = criu_open_directory(path, error);
                if (dump->work_fd < 0)
                        return dump->work_fd;
                return asprintf(&dump->log_path, "%s/%s", path, log_name(dump)) < 0 ? -ENOMEM : 0;
        }
        if (mkdirat(container->dir_fd, WORK_DIRECTORY, 0700) < 0 && errno != EEXIST)
                return error_set(error, -errno, "state directory: %m");
        dump->work_fd = openat(container->dir_fd, WORK_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dump->work_fd < 0)
                return error_set(error, -errno, "state directory: %m");
        return asprintf(&dump->log_path, "%s/" WORK_DIRECTORY "/%s (of its state)", container->id, log_name(dump)) < 0
                       ? -ENOMEM
                       : 0;
}

/* What the attempt has put into a directory that was there. */
static void remove_images(Dump *dump) {
        CLEANUP(strv_freep) char **names = NULL;

        checkpoint_abandon(&dump->draft);
        if (dump->options->name || dump->images_fd < 0 || directory_read_names(dump->images_fd, &names) < 0)
                return;
        STRV_FOREACH(name, names)
                if (!strv_contains(dump->before, *name) &&
                    !(dump->options->criu.work && streq(*name, log_name(dump))) &&
                    unlinkat(dump->images_fd, *name, 0) < 0)
                        log_debug("%s/%s: %s", dump->images, *name, strerror(errno));
        if (dump->images_made)
                (void) rmdir(dump->images);
}

/* ---- progress ---- */

static uint64_t written_bytes(const Dump *dump) {
        CLEANUP(strv_freep) char **names = NULL;
        uint64_t bytes = 0;
        struct stat st;

        if (directory_read_names(dump->images_fd, &names) < 0)
                return 0;
        STRV_FOREACH(name, names)
                if (startswith(*name, "pages-") && fstatat(dump->images_fd, *name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                        bytes += (uint64_t) st.st_size;
        return bytes;
}

static void show_progress(void *userdata) {
        Dump *dump = userdata;
        uint64_t mib = written_bytes(dump) >> 20;

        if (dump->expected > 0)
                fprintf(stderr, "\r%ju MiB of about %ju MiB written", (uintmax_t) mib, (uintmax_t) (dump->expected >> 20));
        else
                fprintf(stderr, "\r%ju MiB written", (uintmax_t) mib);
        fflush(stderr);
        dump->shown = true;
}

/* ---- the request ---- */

static int add_page_server(const char *address, Text *options, Error *error) {
        const char *colon = strrchr(address, ':');
        CLEANUP(freep) char *host = colon ? strndup(address, (size_t) (colon - address)) : NULL;
        Text server = {};
        uint64_t port;

        if (!colon || isempty(host) || number_parse_u64(colon + 1, UINT16_MAX, &port) < 0 || port == 0)
                return error_set(error, -EINVAL, "--page-server %s: must be ADDRESS:PORT", address);
        message_add_string(&server, 1, host);
        message_add_number(&server, 2, port);
        message_add_message(options, CRIU_PAGE_SERVER, &server);
        return 0;
}

/* CRIU would only say that a file is missing. The words are runc's. */
static int check_parent(const Dump *dump, Error *error) {
        const char *parent = dump->options->parent;
        CLEANUP(fd_closep) int fd = -EBADF;

        if (!parent)
                return 0;
        if (*parent == '/')
                return error_set(error, -EINVAL,
                                 "--parent-path must be relative: %s is not (it begins at --image-path)", parent);
        fd = openat(dump->images_fd, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? error_set(error, -errno, "invalid --parent-path: %s/%s: %m", dump->images, parent) : 0;
}

static int add_own_options(Dump *dump, Text *options, Error *error) {
        const CheckpointOptions *from = dump->options;
        const Record *record = dump->container->record;
        int r;

        message_add_number(options, CRIU_IMAGES_DIR_FD, (uint64_t) dump->images_fd);
        message_add_number(options, CRIU_PID, record->pid);
        message_add_string(options, CRIU_ROOT, record->rootfs);
        if (from->leave_running || from->pre_dump)
                message_add_bool(options, CRIU_LEAVE_RUNNING, true);
        if (from->tcp_skip_in_flight)
                message_add_bool(options, CRIU_TCP_SKIP_IN_FLIGHT, true);
        if (from->pre_dump || from->parent)
                message_add_bool(options, CRIU_TRACK_MEM, true);
        if (from->parent)
                message_add_string(options, CRIU_PARENT_IMG, from->parent);
        if (from->status_fd >= 0)
                message_add_number(options, CRIU_STATUS_FD, (uint64_t) from->status_fd);
        r = from->page_server ? add_page_server(from->page_server, options, error) : 0;
        return r < 0 ? r : criu_add_options(&from->criu, options, error);
}

static int write_descriptors(Dump *dump, Text *options, Error *error) {
        CLEANUP(freep) char *text = NULL;
        int r = criu_add_descriptors((pid_t) dump->container->record->pid, options, &text, error);

        if (r >= 0 && !dump->options->pre_dump)
                r = file_replace_at(dump->images_fd, DESCRIPTORS_NAME, text, strlen(text), 0600);
        return r < 0 ? error_set(error, r, DESCRIPTORS_NAME ": %m") : 0;
}

/* All that it uses, which is not only memory of processes: "about". */
static void expect_bytes(Dump *dump) {
        CLEANUP(fd_closep) int fd = container_open_cgroup(dump->container, NULL);

        if (fd >= 0)
                (void) cgroup_read_u64(fd, "memory.current", &dump->expected);
}

/* Processes of a paused container cannot be stopped by ptrace(2) alone. Told of the cgroup, CRIU takes hold of them
 * while they are frozen, lets them out into its own stop, and freezes those again that go on. */
static int add_freezer(const Dump *dump, Text *options, Error *error) {
        CLEANUP(freep) char *path = NULL;
        ContainerStatus status;
        int r = container_status(dump->container, &status, error);

        if (r < 0 || status != STATUS_PAUSED)
                return r;
        path = dump->container->record->cgroup
                       ? path_join(cgroup_mount() ?: "/sys/fs/cgroup", dump->container->record->cgroup + 1)
                       : NULL;
        if (!path)
                return error_set(error, -ENOMEM, "the container's cgroup: %m");
        message_add_string(options, CRIU_FREEZE_CGROUP, path);
        return 0;
}

static int run_criu(Dump *dump, Error *error) {
        CLEANUP(text_done) Text options = {};
        CriuWatch watch = { .userdata = dump };
        const int fds[] = { dump->images_fd, dump->work_fd, dump->options->status_fd, dump->config.fd };
        const CriuSpawn spawn = { .cgroup_fd = -EBADF, .fds = fds, .n_fds = ELEMENTSOF(fds) };
        int r;

        r = check_parent(dump, error);
        if (r >= 0)
                r = add_own_options(dump, &options, error);
        if (r >= 0)
                r = criu_add_external(dump->container->spec, (pid_t) dump->container->record->pid, &options, error);
        if (r >= 0)
                r = write_descriptors(dump, &options, error);
        if (r >= 0)
                r = add_freezer(dump, &options, error);
        criu_config_add(&dump->config, &options);
        if (r >= 0)
                r = criu_start(&spawn, &dump->criu, error);
        if (r < 0)
                return r;
        if (!dump->options->quiet && isatty(STDERR_FILENO)) {
                watch.progress = show_progress;
                expect_bytes(dump);
        }
        r = criu_request(&dump->criu, dump->options->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, &options, &watch,
                         dump->work_fd, log_name(dump), dump->log_path, error);
        if (dump->shown)
                fprintf(stderr, "\r\033[K");
        return r;
}

/* ---- the whole ---- */

static int check_state(Container *container, const CheckpointOptions *options, Error *error) {
        ContainerStatus status;
        int r = container_status(container, &status, error);

        if (r < 0)
                return r;
        if (options->criu.lazy_pages && !options->page_server)
                return error_set(error, -EINVAL,
                                 "--lazy-pages: needs --page-server ADDRESS:PORT, where restore --lazy-pages has the "
                                 "pages from");
        if (options->name && options->pre_dump)
                return error_set(error, -EINVAL, "--name: a pre-dump is no checkpoint");
        if (!(status & (STATUS_RUNNING | STATUS_PAUSED)))
                return error_set(error, -ESRCH, "cannot checkpoint a %s container", container_status_to_string(status));
        if (options->criu.lazy_pages && criu_check_lazy_pages(-EBADF, NULL, NULL, error) < 0)
                return error->number;
        return container_load_spec(container, error);
}

static int commit(Dump *dump, Error *error) {
        const CheckpointOptions *options = dump->options;
        const Checkpoint checkpoint = {
                .name = (char *) (uintptr_t) options->name,
                .exit = !options->leave_running,
                .tcp = options->criu.tcp_established,
                .unix_sockets = options->criu.ext_unix_sk,
                .shell = options->criu.shell_job,
        };

        return options->name ? checkpoint_commit(&dump->draft, &checkpoint, error) : 0;
}

static void dump_done(Dump *dump) {
        criu_done(&dump->criu);
        checkpoint_abandon(&dump->draft);
        strv_free(dump->before);
        free(dump->images);
        free(dump->log_path);
        criu_config_done(&dump->config);
        fd_close(dump->images_fd);
        fd_close(dump->work_fd);
}

int container_checkpoint(Container *container, const CheckpointOptions *options, Error *error) {
        Dump dump = {
                .container = container,
                .options = options,
                .draft = CHECKPOINT_DRAFT_NONE,
                .images_fd = -EBADF,
                .work_fd = -EBADF,
                .config = CRIU_CONFIG_NONE,
                .criu = CRIU_NONE,
        };
        int r;

        r = check_state(container, options, error);
        if (r >= 0)
                r = criu_config_open(container->spec, &dump.config, error);
        if (r >= 0)
                r = open_images(&dump, error);
        if (r >= 0)
                r = open_work(&dump, error);
        if (r >= 0)
                r = run_criu(&dump, error);
        if (r >= 0)
                r = commit(&dump, error);
        if (r < 0)
                remove_images(&dump);
        dump_done(&dump);
        if (r < 0 || options->leave_running || options->pre_dump)
                return r;
        /* Its processes are gone, as CRIU ends them; what is left is as of any container that has ended. */
        return container_delete(container, true, error);
}
