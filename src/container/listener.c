/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The seccomp listener of a container's process goes to the agent that the bundle names (runtime-spec config-linux.md, Seccomp: listenerPath,
 * ContainerProcessState). Invariant: berth-init waits until the agent has it, so no system call is asked about that nobody answers. Called by run and exec
 * (launch/talk.c) and by start. */

#include "container/listener.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "container/sync.h"
#include "spec/state.h"

int listener_hand_over(Container *container, pid_t pid, int sync_fd, int listener_fd, Error *error) {
        const SpecSeccomp *seccomp = container->spec->os.seccomp;
        CLEANUP(freep) char *state = NULL, *json = NULL;
        CLEANUP(fd_closep) int socket = -EBADF;
        ContainerStatus status = STATUS_CREATING;
        int r;

        if (listener_fd < 0 || !seccomp || !seccomp->listener_path)
                return error_set(error, -EBADMSG, "linux.seccomp: a listener without listenerPath");
        /* Before the init is the payload, agents expect what runc and crun say. The process of an exec is none of the container's state. */
        r = (uint64_t) pid == container->record->pid ? 0 : container_status(container, &status, error);
        if (r < 0)
                return r;
        state = container_state_json(container, status, true);
        json = state ? state_to_seccomp_json(pid, seccomp->listener_metadata, state) : NULL;
        if (!json)
                return -ENOMEM;
        socket = socket_connect_unix(seccomp->listener_path);
        /* The words are runc's. */
        if (socket < 0)
                return error_set(error, socket,
                                 "failed to connect with seccomp agent specified in the seccomp profile: "
                                 "linux.seccomp.listenerPath %s: %m",
                                 seccomp->listener_path);
        r = socket_send_fds(socket, json, strlen(json), &listener_fd, 1);
        if (r < 0)
                return error_set(error, r, "linux.seccomp.listenerPath %s: %m", seccomp->listener_path);
        return sync_go(sync_fd);
}
