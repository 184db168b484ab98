/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* probe: what a process inside a container can ask only by a system call; linked statically, so that it runs in any root.
 *
 *   probe call NUMBER [ARGUMENT...]   makes the system call; prints "0" (or more), or "errno N". An argument with a slash is a string
 *   probe call32 NUMBER [ARGUMENT]    the same by the 32-bit entry of x86
 *   probe scheduler                   policy, flags, nice, priority, runtime, deadline, period
 *   probe io-priority                 class and level
 *   probe memory-policy               mode (with its flags) and node mask
 *   probe keyring                     description of the session keyring
 *   probe keyring-label               its SELinux label
 *   probe clock                       whole seconds of CLOCK_MONOTONIC and CLOCK_BOOTTIME
 *   probe open PATH                   opens for writing; "0", or "errno N"
 *   probe notify TEXT [FD...]         to $NOTIFY_SOCKET, \n for a new line, with descriptors; "0", or "errno N"
 *   probe barrier                     waits at most 20 s until all of that has been dealt with; "1", or "0"
 *   probe exchange A B                swaps both names as fast as it can, until its parent has ended
 *   probe dumpable
 *   probe ties                        the signal at its parent's death, whether it is a subreaper */

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1

struct attributes {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
};

static int result(long r) {
        if (r < 0)
                printf("errno %d\n", errno);
        else
                printf("%ld\n", r);
        return 0;
}

static int call(int argc, char **argv) {
        long arguments[6] = { 0 };

        for (int i = 0; i < argc - 3 && i < 6; i++)
                arguments[i] = strchr(argv[i + 3], '/') ? (long) (intptr_t) argv[i + 3] : (long) strtoul(argv[i + 3], NULL, 0);
        return result(syscall(strtol(argv[2], NULL, 0), arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]));
}

static int call32(int argc, char **argv) {
#ifdef __x86_64__
        long number = strtol(argv[2], NULL, 0), argument = argc > 3 ? strtol(argv[3], NULL, 0) : 0;
        int r;

        __asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(argument) : "memory", "r8", "r9", "r10", "r11");
        errno = r < 0 ? -r : 0;
        return result(r < 0 ? -1 : r);
#else
        return 2;
#endif
}

static int scheduler(void) {
        struct attributes a = { .size = sizeof a };

        if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) < 0)
                return result(-1);
        printf("policy=%u flags=%#llx nice=%d priority=%u runtime=%llu deadline=%llu period=%llu\n", a.policy, (unsigned long long) a.flags, a.nice,
               a.priority, (unsigned long long) a.runtime, (unsigned long long) a.deadline, (unsigned long long) a.period);
        return 0;
}

static int memory_policy(void) {
        unsigned long mask[16] = { 0 };
        int mode = 0;

        if (syscall(SYS_get_mempolicy, &mode, mask, sizeof mask * 8, NULL, 0) < 0)
                return result(-1);
        printf("mode=%#x nodes=%#lx\n", (unsigned) mode, mask[0]);
        return 0;
}

static int keyring(void) {
        char text[256] = "";

        if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text - 1) < 0)
                return result(-1);
        puts(text);
        return 0;
}

static int keyring_label(void) {
        char text[256] = "";

        if (syscall(SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, text, sizeof text - 1) < 0)
                return result(-1);
        puts(text);
        return 0;
}

static int clocks(void) {
        struct timespec monotonic, boottime;

        (void) clock_gettime(CLOCK_MONOTONIC, &monotonic);
        (void) clock_gettime(CLOCK_BOOTTIME, &boottime);
        printf("%lld %lld\n", (long long) monotonic.tv_sec, (long long) boottime.tv_sec);
        return 0;
}

static int notify(const char *text, const int *fds, size_t n_fds) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(16 * sizeof(int))];
        } control = { 0 };
        struct iovec iov;
        struct msghdr header = { .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &iov, .msg_iovlen = 1 };
        const char *path = getenv("NOTIFY_SOCKET");
        char message[1024];
        size_t n = 0;
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

        if (!path || fd < 0 || strlen(path) >= sizeof address.sun_path)
                return 2;
        strcpy(address.sun_path, path);
        for (; *text && n < sizeof message; text++) {
                int newline = text[0] == '\\' && text[1] == 'n';

                message[n++] = newline ? '\n' : *text;
                text += newline;
        }
        iov = (struct iovec) { message, n };
        if (n_fds > 0) {
                header.msg_control = control.bytes;
                header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
        }
        return result(sendmsg(fd, &header, 0) < 0 ? -1 : 0);
}

static int notify_with(int argc, char **argv) {
        int fds[16];
        size_t n = 0;

        for (int i = 3; i < argc && n < 16; i++)
                fds[n++] = atoi(argv[i]);
        return notify(argv[2], fds, n);
}

static int barrier(void) {
        int ends[2];
        struct pollfd poll_end;

        if (pipe(ends) < 0 || notify("BARRIER=1", ends + 1, 1) != 0)
                return 2;
        close(ends[1]);
        poll_end = (struct pollfd) { .fd = ends[0] };
        return result(poll(&poll_end, 1, 20000));
}

static int exchange(const char *a, const char *b) {
        pid_t parent = getppid();

        while (getppid() == parent)
                for (unsigned i = 0; i < 1000; i++)
                        (void) syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */);
        return 0;
}

static int ties(void) {
        int number = -1, subreaper = -1;

        (void) prctl(PR_GET_PDEATHSIG, &number);
        (void) prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
        printf("pdeathsig=%d subreaper=%d\n", number, subreaper);
        return 0;
}

int main(int argc, char **argv) {
        const char *what = argc > 1 ? argv[1] : "";

        if (strcmp(what, "call") == 0 && argc > 2)
                return call(argc, argv);
        if (strcmp(what, "call32") == 0 && argc > 2)
                return call32(argc, argv);
        if (strcmp(what, "scheduler") == 0)
                return scheduler();
        if (strcmp(what, "io-priority") == 0) {
                long r = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

                printf("class=%ld level=%ld\n", r >> 13, r & 7);
                return 0;
        }
        if (strcmp(what, "memory-policy") == 0)
                return memory_policy();
        if (strcmp(what, "keyring") == 0)
                return keyring();
        if (strcmp(what, "keyring-label") == 0)
                return keyring_label();
        if (strcmp(what, "clock") == 0)
                return clocks();
        if (strcmp(what, "open") == 0 && argc > 2)
                return result(open(argv[2], O_WRONLY | O_CLOEXEC));
        if (strcmp(what, "notify") == 0 && argc > 2)
                return notify_with(argc, argv);
        if (strcmp(what, "barrier") == 0)
                return barrier();
        if (strcmp(what, "exchange") == 0 && argc > 3)
                return exchange(argv[2], argv[3]);
        if (strcmp(what, "dumpable") == 0)
                return result(prctl(PR_GET_DUMPABLE));
        if (strcmp(what, "ties") == 0)
                return ties();
        return 2;
}
