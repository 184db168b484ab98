/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* checkpoint, checkpoints, restore: arguments to the container layer. */

#include "checkpoint/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/path.h"
#include "base/show.h"
#include "base/strv.h"
#include "checkpoint/restore.h"
#include "cli/launching.h"
#include "cli/verb.h"
#include "container/container.h"

#define DEFAULT_IMAGES "checkpoint"

static CriuOptions criu_options(const Arguments *arguments) {
        return (CriuOptions) {
                .images = arguments->image_path ? arguments->image_path : DEFAULT_IMAGES,
                .work = arguments->work_path,
                .manage_cgroups = arguments->manage_cgroups_mode,
                .network_lock = arguments->network_lock,
                .empty_namespaces = arguments->empty_ns,
                .tcp_established = arguments->tcp_established,
                .tcp_close = arguments->tcp_close,
                .ext_unix_sk = arguments->ext_unix_sk,
                .shell_job = arguments->shell_job,
                .file_locks = arguments->file_locks,
                .link_remap = arguments->link_remap,
                .lazy_pages = arguments->lazy_pages,
                .auto_dedup = arguments->auto_dedup,
        };
}

static int check_place(const Arguments *arguments, Error *error) {
        if (arguments->name && arguments->image_path)
                return error_set(error, -EINVAL, "--name and --image-path exclude each other");
        return 0;
}

int verb_checkpoint(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CheckpointOptions options = {
                .criu = criu_options(arguments),
                .name = arguments->name,
                .parent = arguments->parent_path,
                .page_server = arguments->page_server,
                .status_fd = -EBADF,
                .leave_running = arguments->leave_running,
                .pre_dump = arguments->pre_dump,
                .tcp_skip_in_flight = arguments->tcp_skip_in_flight,
                .quiet = arguments->quiet,
        };
        uint64_t number;
        int r = check_place(arguments, error);

        if (r < 0)
                return r;
        if (arguments->status_fd) {
                if (number_parse_u64(arguments->status_fd, INT16_MAX, &number) < 0)
                        return error_set(error, -EINVAL, "--status-fd %s: is no descriptor", arguments->status_fd);
                options.status_fd = (int) number;
        }
        r = open_named_container(arguments, true, &container, error);
        return r < 0 ? r : container_checkpoint(container, &options, error);
}

static void print_table(const CheckpointList *list) {
        printf("%-24s %-22s %-5s %-5s %-5s %s\n", "NAME", "CREATED", "TCP", "UNIX", "SHELL", "EXIT");
        for (size_t i = 0; i < list->n_items; i++) {
                const Checkpoint *item = list->items + i;

                (void) showf(stdout, "%-24s %-22s %-5s %-5s %-5s %s\n", item->name, item->created, item->tcp ? "yes" : "no",
                             item->unix_sockets ? "yes" : "no", item->shell ? "yes" : "no", item->exit ? "yes" : "no");
        }
}

static int print_list(const Arguments *arguments, const char *bundle, Error *error) {
        CLEANUP(checkpoint_list_done) CheckpointList list = {};
        CLEANUP(freep) char *json = NULL;
        int r;

        if (arguments->format && !streq(arguments->format, "table") && !streq(arguments->format, "json"))
                return error_set(error, -EINVAL, "invalid format option: %s", arguments->format);
        r = checkpoint_list(bundle, &list, error);
        if (r < 0)
                return r;
        if (arguments->quiet)
                for (size_t i = 0; i < list.n_items; i++)
                        printf("%s\n", list.items[i].name);
        else if (arguments->format && streq(arguments->format, "json")) {
                json = checkpoint_list_to_json(&list);
                if (!json)
                        return -ENOMEM;
                (void) show(stdout, json, strlen(json));
        } else
                print_table(&list);
        return fflush(stdout) == 0 ? 0 : -EIO;
}

/* Of a container, or of a bundle whose container has ended with its checkpoint. */
int verb_checkpoints(const Arguments *arguments, Error *error) {
        CLEANUP(container_freep) Container *container = NULL;
        CLEANUP(freep) char *bundle = NULL;
        int r;

        if (arguments->n_positional > 0 && !arguments->bundle) {
                r = open_named_container(arguments, false, &container, error);
                if (r < 0)
                        return r;
                bundle = strdup(container->record->bundle);
                r = bundle ? 0 : -ENOMEM;
        } else
                r = path_make_absolute(arguments->bundle ? arguments->bundle : ".", &bundle);
        if (r < 0)
                return error_set(error, r, "bundle: %m");
        return arguments->delete_name ? checkpoint_delete(bundle, arguments->delete_name, error) : print_list(arguments, bundle, error);
}

static int launch_restored(int root_fd, const Arguments *arguments, LaunchOptions *options, Launched *ret, Error *error) {
        const RestoreOptions restore_options = {
                .criu = criu_options(arguments),
                .name = arguments->name,
                .lsm_profile = arguments->lsm_profile,
                .lsm_mount_context = arguments->lsm_mount_context,
        };

        return restore(root_fd, &restore_options, options, ret, error);
}

int verb_restore(const Arguments *arguments, Error *error) {
        int r = check_place(arguments, error);

        return r < 0 ? r : launch_and_supervise(arguments, launch_restored, error);
}
