/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be learned of a container's end by one who is not its parent. Invariant: a guess is never made; what nobody knows is -ENODATA. */

#include "daemon/leader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/macro.h"
#include "base/number.h"
#include "base/strv.h"

/* linux/pidfd.h of Linux 6.15; older headers have none of it. */
struct pidfd_info_0 {
        uint64_t mask;
        uint64_t cgroup_id;
        uint32_t pid, tgid, ppid, ids[8];
        int32_t exit_code;
};
#define PIDFD_INFO_EXIT_BIT (UINT64_C(1) << 3)
#define PIDFD_GET_INFO_0 _IOWR(0xFF, 11, struct pidfd_info_0)

int leader_exit_status(int pidfd) {
        struct pidfd_info_0 info = { .mask = PIDFD_INFO_EXIT_BIT };

        if (pidfd < 0 || ioctl(pidfd, PIDFD_GET_INFO_0, &info) < 0 || !(info.mask & PIDFD_INFO_EXIT_BIT))
                return -ENODATA;
        return WIFSIGNALED(info.exit_code) ? 128 + WTERMSIG(info.exit_code) : WEXITSTATUS(info.exit_code);
}

int leader_final_oom_kills(int dir_fd, uint64_t *ret) {
        CLEANUP(freep) char *text = NULL;
        char *section, *line, *end;

        if (file_read_at(dir_fd, "final", 1024 * 1024, &text, NULL) < 0)
                return -ENODATA;
        section = strstr(text, "# memory.events\n");
        if (!section)
                return -ENODATA;
        section += strlen("# memory.events\n");
        end = strstr(section, "\n# ");
        if (end)
                *end = '\0';
        line = startswith(section, "oom_kill ") ? section : strstr(section, "\noom_kill ");
        if (!line)
                return -ENODATA;
        line += line == section ? strlen("oom_kill ") : strlen("\noom_kill ");
        line[strcspn(line, "\n")] = '\0';
        return number_parse_u64(line, UINT64_MAX, ret) < 0 ? -ENODATA : 0;
}
