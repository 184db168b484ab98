/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* New file systems, by fsopen(2). Invariant: what comes out is attached nowhere yet, and has its attributes. */

#include <linux/magic.h>
#include <linux/mount.h>

#include "init/setup.h"

#define SOURCE_ANY "none"
#define VALUE_MAX 255 /* of FSCONFIG_SET_STRING, without the NUL */

/* One option of the file system: "key=value" or "flag". Double quotes around a value keep its commas and are not part of it. */
static int configure_option(int fs_fd, char *option) {
        char *value = option, *end;

        while (*value && *value != '=')
                value++;
        if (!*value)
                return SYSCALL_INT(fsconfig, fs_fd, FSCONFIG_SET_FLAG, option, 0, 0);
        *value++ = '\0';
        end = value + strlen(value);
        if (*value == '"' && end - value >= 2 && end[-1] == '"') {
                *--end = '\0';
                value++;
        }
        return end - value > VALUE_MAX ? -E2BIG : SYSCALL_INT(fsconfig, fs_fd, FSCONFIG_SET_STRING, option, value, 0);
}

static int configure(int fs_fd, const char *data) {
        char option[SETUP_PATH_MAX];

        while (data && *data) {
                bool quoted = false;
                size_t n = 0;
                int r;

                for (; *data && (*data != ',' || quoted); data++) {
                        if (*data == '"')
                                quoted = !quoted;
                        /* An escaped comma belongs to the value (overlay's lowerdir). */
                        if (*data == '\\' && data[1] && n < sizeof option - 1)
                                option[n++] = *data++;
                        if (n >= sizeof option - 1)
                                return -ENAMETOOLONG;
                        option[n++] = *data;
                }
                option[n] = '\0';
                if (*data == ',')
                        data++;
                if (n == 0)
                        continue;
                r = configure_option(fs_fd, option);
                if (r < 0)
                        return r;
        }
        return 0;
}

int file_system_create(int fs_fd, const char *source, const char *first, const char *data) {
        int r;

        if (!source || !*source)
                source = SOURCE_ANY;
        if (strlen(source) > VALUE_MAX)
                return -E2BIG;
        r = SYSCALL_INT(fsconfig, fs_fd, FSCONFIG_SET_STRING, "source", source, 0);
        if (r >= 0)
                r = configure(fs_fd, first);
        if (r >= 0)
                r = configure(fs_fd, data);
        if (r >= 0)
                r = SYSCALL_INT(fsconfig, fs_fd, FSCONFIG_CMD_CREATE, 0, 0, 0);
        return r;
}

int file_system_open(const char *type, const char *source, const char *first, const char *data) {
        CLEANUP(init_closep) int fs_fd = SYSCALL_INT(fsopen, type, FSOPEN_CLOEXEC);
        int r = fs_fd < 0 ? fs_fd : file_system_create(fs_fd, source, first, data);

        return r < 0 ? r : TAKE_FD(fs_fd);
}

/* Attributes are given at birth: a user namespace may mount proc only as protected as the one that it can see. */
int file_system_mount(int fs_fd, unsigned attributes) {
        return SYSCALL_INT(fsmount, fs_fd, FSMOUNT_CLOEXEC, attributes);
}

int file_system_make(const char *type, const char *source, const char *first, const char *data, unsigned attributes) {
        CLEANUP(init_closep) int fs_fd = file_system_open(type, source, first, data);

        return fs_fd < 0 ? fs_fd : file_system_mount(fs_fd, attributes);
}

int file_system_change(int fd, const char *data) {
        CLEANUP(init_closep) int fs_fd = -1;
        int r;

        if (!data || !*data)
                return 0;
        fs_fd = SYSCALL_INT(fspick, fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
        if (fs_fd < 0)
                return fs_fd;
        r = configure(fs_fd, data);
        return r < 0 ? r : SYSCALL_INT(fsconfig, fs_fd, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
}

/* On a host with both versions the second one is at "unified". */
static int bind_cgroup(void) {
        static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

        FOREACH_ELEMENT(place, places) {
                CLEANUP(init_closep) int fd = SYSCALL_INT(openat, AT_FDCWD, *place, O_PATH | O_DIRECTORY | O_CLOEXEC);

                if (fd >= 0 && fd_is_on(fd, CGROUP2_SUPER_MAGIC))
                        return mount_bind(fd, "", AT_RECURSIVE);
        }
        return mount_bind(AT_FDCWD, places[0], AT_RECURSIVE);
}

int host_cgroup_bind(bool read_only) {
        int fd = bind_cgroup(), r = fd < 0 ? fd : read_only ? mount_set(fd, MOUNT_ATTR_RDONLY, 0, true) : 0;

        if (r < 0) {
                init_closep(&fd);
                return r;
        }
        return fd;
}
