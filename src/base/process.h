/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

/* Processes and time. */

/* CLOCK_MONOTONIC and CLOCK_REALTIME in microseconds. */
uint64_t usec_monotonic(void);
uint64_t usec_realtime(void);
/* Sleeps, going on after EINTR. */
void usec_sleep(uint64_t usec);

#define USEC_PER_SEC 1000000ULL
#define USEC_PER_MSEC 1000ULL

/* True for root where /run is root's: whoever is root of a user namespace alone, as rootless Podman makes one around us, has a user's directories and a
 * user's systemd; $XDG_RUNTIME_DIR is set then. */
bool process_is_system_root(void);

/* A pidfd (close-on-exec) of a process. -ESRCH: there is none of that pid. */
int pidfd_open_pid(pid_t pid);
/* Sends a signal; -ESRCH when the process is gone. */
int pidfd_signal(int pidfd, int signal);

/* Start time of a process in clock ticks since boot (field 22 of /proc/<pid>/stat): with the pid it names one process for good.
 * A zombie is gone: -ESRCH. */
int process_start_time(pid_t pid, uint64_t *ret);
/* Name of a process, 16 bytes as the kernel has it; and its wait status, -1 before it has ended. -ESRCH once it is reaped. */
int process_name(pid_t pid, char name[static 16], int *ret_status);
/* The pid of its parent; -ESRCH when it is gone. */
int process_parent(pid_t pid, pid_t *ret);
/* A pidfd of the process that has this pid and this start time, else -ESRCH. Any other error (-EMFILE, -ENOMEM) says nothing about
 * the process. */
int process_open(pid_t pid, uint64_t start_time);

/* Waits for a child. Returns its exit code, or 128 + the signal that ended it; negative errno. */
int process_wait(pid_t pid);
/* The same encoding from a siginfo_t of waitid(2). */
int process_exit_code(const siginfo_t *info);
/* The same of the first process of a pid namespace (base/pidfd.h). */
int process_wait_first(pid_t pid);
/* The same of any process, once it has ended and been reaped by its parent, from a pidfd that was opened while it lived (Linux 6.15). -1 where the kernel
 * does not tell. first: of a pid namespace. */
int pidfd_exit_code(int pidfd, bool first);
/* The same without waiting: -EAGAIN before it has ended and been reaped, -ENOTTY where the kernel does not tell. */
int pidfd_exit_code_now(int pidfd, bool first);

/* "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3", "SIGRTMAX-1" to a signal number, else -EINVAL. */
int signal_from_string(const char *string);
/* "TERM" for SIGTERM, "RTMIN+3"; NULL when there is none. Static, or written to buffer. */
const char *signal_to_string(int signal, char buffer[static 24]);
