/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The floor of a container's start: the system calls that nobody can save, and nothing else. The same namespaces and mounts as the default
 * config.json, a scope asked of systemd with an anchor by the shortest message, no runtime: no configuration, no state, no errors handled, no safety. What berth takes
 * above it is berth's own. usage: floor ROOTFS ID PROGRAM */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "systemd/starter.h"

static void nap(long nsec) {
        nanosleep(&(struct timespec) { 0, nsec }, NULL);
}

static pid_t spawn(int cgroup_fd, uint64_t flags) {
        struct clone_args args = { .flags = CLONE_INTO_CGROUP | flags, .exit_signal = SIGCHLD, .cgroup = (uint64_t) cgroup_fd };

        return (pid_t) syscall(SYS_clone3, &args, sizeof args);
}

static void set_up_mounts(void) {
        static const struct { const char *source, *target, *type; unsigned long flags; const char *data; } mounts[] = {
                { "proc", "proc", "proc", 0, NULL },
                { "tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=65536k" },
                { "devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620" },
                { "shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k" },
                { "mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL },
                { "sysfs", "sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
                { "cgroup", "sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
        };

        for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
                (void) mkdir(mounts[i].target, 0755);
                (void) mount(mounts[i].source, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].data);
        }
}

static void set_up_devices(void) {
        static const struct { const char *path; unsigned major, minor; } devices[] = {
                { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 }, { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
        };

        for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
                (void) mknod(devices[i].path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor));
        (void) symlink("/proc/self/fd", "dev/fd");
        (void) symlink("pts/ptmx", "dev/ptmx");
}

static void mask(void) {
        static const char *const masked[] = { "proc/acpi", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list", "proc/sched_debug", "proc/scsi", "sys/firmware" };
        static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
        struct stat st;

        for (size_t i = 0; i < sizeof masked / sizeof masked[0]; i++) {
                if (stat(masked[i], &st) < 0)
                        continue;
                if (S_ISDIR(st.st_mode))
                        (void) mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0k");
                else
                        (void) mount("/dev/null", masked[i], NULL, MS_BIND, NULL);
        }
        for (size_t i = 0; i < sizeof readonly / sizeof readonly[0]; i++) {
                (void) mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL);
                (void) mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
        }
}

static void payload(const char *root, const char *program, int gate) {
        char byte;

        (void) mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
        (void) mount(root, root, NULL, MS_BIND | MS_REC, NULL);
        if (chdir(root) < 0)
                _exit(96);
        set_up_mounts();
        set_up_devices();
        mask();
        (void) sethostname("floor", 5);
        (void) syscall(SYS_pivot_root, ".", ".");
        (void) umount2(".", MNT_DETACH);
        (void) mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
        (void) setrlimit(RLIMIT_NOFILE, &(struct rlimit) { 1024, 1024 });
        (void) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (read(gate, &byte, 1) == 1)
                execl(program, program, (char *) NULL);
        _exit(97);
}

static int ask(Starter *starter, const char *unit, pid_t anchor) {
        static char collect[] = "inactive-or-failed", slice[] = "floor.slice";
        Property properties[] = {
                { .name = "Delegate", .type = PROPERTY_BOOL, .boolean = true },
                { .name = "CollectMode", .type = PROPERTY_STRING, .string = collect },
                { .name = "Slice", .type = PROPERTY_STRING, .string = slice },
        };
        const ResourceSet set = { .unit = (char *) (uintptr_t) unit, .properties = properties, .n_properties = ELEMENTSOF(properties) };
        Error error = {};

        if (starter_send(starter, &set, &anchor, 1, 0, &error) < 0 || starter_reply(starter, &error) < 0)
                return fprintf(stderr, "%s\n", error_text(&error)), -1;
        return 0;
}

int main(int argc, char **argv) {
        char unit[128], directory[256], link[256], target[64];
        int gate[2], anchor_gate[2], cgroup_fd, status = 0;
        pid_t anchor, init;
        Starter *starter = NULL;

        if (argc != 4 || pipe2(gate, O_CLOEXEC) < 0 || pipe2(anchor_gate, O_CLOEXEC) < 0)
                return 2;
        snprintf(unit, sizeof unit, "floor-%s.scope", argv[2]);
        snprintf(directory, sizeof directory, "/sys/fs/cgroup/floor.slice/%s", unit);
        snprintf(link, sizeof link, "/run/systemd/units/invocation:%s", unit);
        (void) starter_open(false, &starter, NULL);
        if (mkdir(directory, 0755) < 0)
                return perror(directory), 1;
        cgroup_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        anchor = spawn(cgroup_fd, 0);
        if (anchor == 0) {
                close(anchor_gate[1]);
                (void) read(anchor_gate[0], target, 1);
                _exit(0);
        }
        init = spawn(cgroup_fd, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP);
        if (init == 0)
                payload(argv[1], argv[3], gate[0]);
        if (!starter || ask(starter, unit, anchor) < 0) {
                kill(anchor, SIGKILL);
                kill(init, SIGKILL);
                return 1;
        }
        for (int i = 0; readlink(link, target, sizeof target) < 0 && i < 50000; i++)
                nap(20000);
        (void) write(gate[1], "x", 1);
        (void) waitpid(init, &status, 0);
        kill(anchor, SIGKILL);
        (void) waitpid(anchor, NULL, 0);
        starter_close(starter);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
