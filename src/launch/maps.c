/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* User namespace maps. Invariant: each map is one write(2), as the kernel takes a map only once and whole. */

#include "launch/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"

static char *map_text(const PlanSourceMap *maps, size_t n_maps) {
        CLEANUP(text_done) Text text = {};

        for (size_t i = 0; i < n_maps; i++)
                text_addf(&text, "%u %u %u\n", maps[i].container_id, maps[i].host_id, maps[i].size);
        return text_take(&text);
}

static int write_map(int proc_fd, const char *file, const PlanSourceMap *maps, size_t n_maps) {
        CLEANUP(freep) char *text = map_text(maps, n_maps);

        return text ? file_write_at(proc_fd, file, text) : -ENOMEM;
}

/* newuidmap(1) and newgidmap(1): PROGRAM PID CONTAINER HOST SIZE ... */
static int run_map_program(const char *program, pid_t pid, const PlanSourceMap *maps, size_t n_maps, Error *error) {
        CLEANUP(strv_freep) char **arguments = NULL;
        char number[16];
        pid_t child;
        int r;

        snprintf(number, sizeof number, "%ld", (long) pid);
        r = strv_append(&arguments, program);
        if (r >= 0)
                r = strv_append(&arguments, number);
        for (size_t i = 0; r >= 0 && i < n_maps; i++) {
                const uint32_t values[] = { maps[i].container_id, maps[i].host_id, maps[i].size };

                FOREACH_ELEMENT(value, values) {
                        snprintf(number, sizeof number, "%u", *value);
                        r = r < 0 ? r : strv_append(&arguments, number);
                }
        }
        if (r < 0)
                return r;
        r = -posix_spawnp(&child, program, NULL, NULL, arguments, environ);
        if (r < 0)
                return error_set(error, r, "%s: %m (package uidmap; a range in /etc/subuid and /etc/subgid)", program);
        r = process_wait(child);
        if (r != 0)
                return error_set(error, -EPERM, "%s refused the map: is there a range for this user in /etc/subuid and /etc/subgid?", program);
        return 0;
}

static bool maps_only_id(const PlanSourceMap *maps, size_t n_maps, uint32_t id) {
        return n_maps == 1 && maps[0].size == 1 && maps[0].host_id == id;
}

int maps_write(pid_t pid, const PlanSourceMap *uid_maps, size_t n_uid_maps, const PlanSourceMap *gid_maps, size_t n_gid_maps, Error *error) {
        CLEANUP(fd_closep) int proc_fd = -EBADF;
        bool privileged = geteuid() == 0;
        char path[64];
        int r;

        snprintf(path, sizeof path, "/proc/%ld", (long) pid);
        proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (proc_fd < 0)
                return error_set(error, -errno, "%s: %m", path);

        if (privileged || maps_only_id(uid_maps, n_uid_maps, geteuid()))
                r = write_map(proc_fd, "uid_map", uid_maps, n_uid_maps);
        else
                r = run_map_program("newuidmap", pid, uid_maps, n_uid_maps, error);
        if (r < 0)
                return error_set(error, r, "linux.uidMappings: %m");

        if (!privileged && maps_only_id(gid_maps, n_gid_maps, getegid())) {
                /* CVE-2014-8989: an unprivileged map of one's own group must give up dropping groups first. */
                r = file_write_at(proc_fd, "setgroups", "deny");
                if (r >= 0)
                        r = write_map(proc_fd, "gid_map", gid_maps, n_gid_maps);
        } else if (privileged)
                r = write_map(proc_fd, "gid_map", gid_maps, n_gid_maps);
        else
                r = run_map_program("newgidmap", pid, gid_maps, n_gid_maps, error);
        if (r < 0)
                return error_set(error, r, "linux.gidMappings: %m");
        return 0;
}

int user_namespace_make(
                const PlanSourceMap *uid_maps, size_t n_uid_maps, const PlanSourceMap *gid_maps, size_t n_gid_maps, Error *error) {
        struct clone_args clone = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
        CLEANUP(fd_closep) int fd = -EBADF;
        char path[64];
        pid_t pid;
        int r;

        pid = (pid_t) syscall(SYS_clone3, &clone, sizeof clone);
        if (pid == 0)
                for (;;)
                        pause();
        if (pid < 0)
                return error_set(error, -errno, "user namespace: %m");
        r = maps_write(pid, uid_maps, n_uid_maps, gid_maps, n_gid_maps, error);
        if (r >= 0) {
                snprintf(path, sizeof path, "/proc/%ld/ns/user", (long) pid);
                fd = open(path, O_RDONLY | O_CLOEXEC);
                if (fd < 0)
                        r = error_set(error, -errno, "%s: %m", path);
        }
        (void) kill(pid, SIGKILL);
        (void) process_wait(pid);
        return r < 0 ? r : TAKE_FD(fd);
}
