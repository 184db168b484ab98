/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "base/macro.h"
#include "init/syscall.h"
#include "plan/plan.h"
#include "plan/reader.h"

/* berth-init while it executes a plan. */

#define SETUP_PATH_MAX 4096
#define SETUP_STACK_SIZE 8192
#define PROC_ROOT_INODE 1
#define SIGNAL_SET_SIZE 8               /* of the kernel's sigset_t */

/* A directory that we mounted where the kernel's file systems are: what lies below is resolved from it. */
typedef struct OwnMount {
        const char *path;
        int fd;
        uint64_t id;                    /* STATX_MNT_ID */
} OwnMount;

typedef struct Setup {
        Plan plan;
        uint32_t index;                 /* of the step being executed */
        int plan_fd;
        int sync_fd;                    /* to the launcher; then to who started the container */
        int start_fd;                   /* the start socket, or -1 */
        int proc_fd;                    /* the host's /proc; -1 behind STEP_SEAL */
        int root_fd;                    /* the container's root, by which all its paths are resolved; -1 before STEP_ROOT */
        int mask_fd;                    /* an empty read-only tmpfs that masks directories, once made */
        int cgroup_fd;                  /* a cgroup2 file system that is not mounted yet, or -1 */
        int procfs_fds[PLAN_PROCFS_MAX]; /* the same of procfs of the pid namespace that we join */
        int pid_ns_fd;                  /* that namespace, joined by STEP_SEAL; or -1 */
        uint32_t pid_ns_index;          /* of the step that named it */
        int null_fd;                    /* the container's /dev/null, once it was found */
        OwnMount *mounts;               /* in their order, from the arena */
        uint32_t n_mounts;
        int *sources;                   /* plan/source.h, from the arena; -1 once used */
        char **pointers;                /* room for argv and environment, from the arena */
        char *thread_stack;             /* SETUP_STACK_SIZE of the arena: of who hands a seccomp listener over while we go on */
        uint32_t failure_value;         /* SyncMessage.value of a failure: a hook's exit status, a mount's locked flags */
        int failure_fd;                 /* what a failed hook wrote, or -1 */
        uint64_t parent_propagation;    /* PLAN_MS_*: what the mount around the root must become, as it may be shared; or 0 */
        bool settled;                   /* the launcher's death is no longer ours */
        bool directory_entered;         /* the working directory is the payload's */
        bool sealed;                    /* nothing of the host is held any more; the two below are known */
        uint64_t permitted, inheritable; /* our capabilities */
        bool descriptors_ready;         /* what the payload must not have is marked to be closed */
        char *executable;               /* what STEP_LOOKUP found; SETUP_PATH_MAX of the arena, empty before that */
        char *home;                     /* "HOME=...", or empty; the same */
} Setup;

typedef int (*StepFunction)(Setup *setup, const PlanStep *step);

/* Descriptors without a libc: closed by the cleanup attribute, -1 or any negative is none. */
static inline void init_closep(int *fd) {
        if (*fd >= 0)
                SYSCALL(close, *fd);
}

/* What a change of credentials undoes: not dumpable, and not to outlive the launcher until the container is on record. (main.c) */
void setup_protect(const Setup *setup);
/* Hands over a source's descriptor. */
static inline int setup_take_source(Setup *setup, uint64_t index) {
        return TAKE(setup->sources[index], -1);
}

/* The arguments of a step. */
static inline const char *step_path(const Setup *setup, const PlanStep *step) {
        return plan_string(&setup->plan, step->path);
}
static inline const char *step_source(const Setup *setup, const PlanStep *step) {
        return plan_string(&setup->plan, step->source);
}
static inline const char *step_type(const Setup *setup, const PlanStep *step) {
        return plan_string(&setup->plan, step->type);
}
static inline const char *step_data(const Setup *setup, const PlanStep *step) {
        return plan_string(&setup->plan, step->data);
}

/* sync.c */
int sync_send(Setup *setup, SyncKind kind, uint32_t value, int fd);
/* Waits for SYNC_GO; its value in *ret (may be NULL). End of file is -ECONNRESET. */
int sync_wait_go(Setup *setup, uint32_t *ret);
int sync_receive_sources(Setup *setup);
/* The descriptor of one message on another socket. */
int sync_receive_fd(int socket_fd);
/* Tells a failure by write(2), which is all that a filter has to allow for it (plan/filtered.c). False when nobody was told. */
bool sync_report(Setup *setup, int error);

/* path.c: everything below setup->root_fd */
int path_open(const Setup *setup, const char *path, int flags);
/* The directory, made with all that is missing above it. O_PATH. */
int path_make_directory(const Setup *setup, const char *path, unsigned mode);
/* The directory that holds path, made if missing, and the last component in name. */
int path_open_parent(const Setup *setup, const char *path, char name[static 256]);
/* From here on what is below the path is resolved from the mount; the descriptor is taken over. Behind another one at that path it takes its place. */
void path_add_mount(Setup *setup, const char *path, int *mount_fd, uint64_t id);
/* The same for what was attached over one of these. */
int path_cover_mount(Setup *setup, const char *path, int *mount_fd);
/* What is mounted on: made as a directory or an empty file if missing. O_PATH. options: PLAN_MOUNT_*. */
int path_open_target(const Setup *setup, const char *path, bool directory, uint32_t options);
/* /dev/null of the container, no link followed and verified to be it (CVE-2025-31133). O_PATH; -ENODEV when it is something else. */
int path_open_null(const Setup *setup);
/* S_IFMT of what a descriptor is. */
int fd_file_type(int fd, unsigned *ret);
/* True for a character device of these numbers. */
bool fd_is_character_device(int fd, unsigned major, unsigned minor);
bool fd_is_on(int fd, uint64_t file_system_magic);
/* Writes to a file of the host's /proc: "self/..." or "sys/...". */
int proc_write(const Setup *setup, const char *path, const char *text);
/* The same for a file of this process that only its owner may write. */
int proc_write_own(const Setup *setup, const char *path, const char *text);
/* Opens again, with other flags, what a descriptor (O_PATH) is. */
int proc_reopen(const Setup *setup, int fd, int flags);
/* Copies a string; -ENAMETOOLONG when it does not fit. */
int string_copy(char *to, size_t size, const char *from);
/* A number in decimal, at the end of the buffer; returns where it starts. */
char *number_text(unsigned long number, char buffer[static 24]);

/* mount helpers (mount.c) */
int mount_attach(int mount_fd, int target_fd);
/* A detached clone of a mount from path on; of what the descriptor is, for path "". flags: AT_RECURSIVE, AT_SYMLINK_NOFOLLOW. */
int mount_bind(int fd_or_dir, const char *path, unsigned flags);
/* attributes: MOUNT_ATTR_* to set | to clear << 32; propagation: PLAN_MS_*. */
int mount_set(int fd, uint64_t attributes, uint64_t propagation, bool recursive);

/* Attributes and propagation of a bind mount that is not attached yet (bind.c). -EPERM with the locked flags in failure_value. */
int bind_set_all(Setup *setup, int fd, const PlanStep *step);

/* A new file system, not attached yet (filesystem.c). first: an option that comes before data, or NULL. -E2BIG for an option that is longer than
 * fsconfig(2) takes. */
int file_system_make(const char *type, const char *source, const char *first, const char *data, unsigned attributes);
/* The two halves of it: a file system, and a mount of it. Both return a descriptor. */
int file_system_open(const char *type, const char *source, const char *first, const char *data);
/* The rest of the first, for what fsopen(2) gave. */
int file_system_create(int fs_fd, const char *source, const char *first, const char *data);
int file_system_mount(int fs_fd, unsigned attributes);
/* Other options for the file system of a mount; no data is fine. */
int file_system_change(int fd, const char *data);
/* The host's cgroup v2 tree, or what it has at /sys/fs/cgroup. */
int host_cgroup_bind(bool read_only);

/* hide.c: in all of the mount namespace but below the container's root. */
int hide_procfs_and_sysfs(Setup *setup);

/* root.c: propagation of the mount that a directory lies on. */
int mount_unshare_parent(int directory_fd, uint64_t propagation);
/* The mount at the working directory takes the place of "/", by MS_MOVE and chroot(2). */
int root_move(void);

/* procfs.c: a file system of that pid namespace, as fsopen(2) gives one. Before we join it ourselves. */
int procfs_open(Setup *setup, int ns_fd);

/* main.c: the steps from setup->index on. 0 when the next one is STEP_EXEC, which is not executed; PLAN_HOOK_AS_PAYLOAD. */
int setup_become_payload(Setup *setup);

/* exec.c: the strings from one offset to another, as an array that ends in NULL; returns how many. */
size_t strings_to_pointers(const Plan *plan, PlanBytes bytes, uint64_t from, uint64_t to, char **ret);
/* The payload's environment, HOME included, as an array that ends in NULL. */
void payload_environment(const Setup *setup, char **ret);
void signals_reset(const Setup *setup);
/* Marks all descriptors that the payload must not have; before a filter could forbid the calls for it. */
int descriptors_prepare(Setup *setup);

/* anchor.c */
int anchor_main(char **argv);

/* the steps */
int step_unshare(Setup *setup, const PlanStep *step);
int step_join(Setup *setup, const PlanStep *step);
int step_maps(Setup *setup, const PlanStep *step);
int step_fork(Setup *setup, const PlanStep *step);
int step_time_offsets(Setup *setup, const PlanStep *step);
int step_scope(Setup *setup, const PlanStep *step);
int step_session(Setup *setup, const PlanStep *step);
int step_terminal(Setup *setup, const PlanStep *step);
int step_keyring(Setup *setup, const PlanStep *step);
int step_loopback(Setup *setup, const PlanStep *step);
int step_hostname(Setup *setup, const PlanStep *step);
int step_domainname(Setup *setup, const PlanStep *step);
int step_sysctl(Setup *setup, const PlanStep *step);
int step_net_devices(Setup *setup, const PlanStep *step);
int step_ask_hooks(Setup *setup, const PlanStep *step);
int step_propagation(Setup *setup, const PlanStep *step);
int step_root(Setup *setup, const PlanStep *step);
int step_cgroup_file_system(Setup *setup, const PlanStep *step);
int step_mount(Setup *setup, const PlanStep *step);
int step_directory(Setup *setup, const PlanStep *step);
int step_device(Setup *setup, const PlanStep *step);
int step_symlink(Setup *setup, const PlanStep *step);
int step_console(Setup *setup, const PlanStep *step);
int step_mounted(Setup *setup, const PlanStep *step);
int step_mask(Setup *setup, const PlanStep *step);
int step_readonly(Setup *setup, const PlanStep *step);
int step_writable(Setup *setup, const PlanStep *step);
int step_hook(Setup *setup, const PlanStep *step);
int step_pivot(Setup *setup, const PlanStep *step);
int step_root_readonly(Setup *setup, const PlanStep *step);
int step_root_propagation(Setup *setup, const PlanStep *step);
int step_rlimit(Setup *setup, const PlanStep *step);
int step_oom_score(Setup *setup, const PlanStep *step);
int step_scheduler(Setup *setup, const PlanStep *step);
int step_io_priority(Setup *setup, const PlanStep *step);
int step_memory_policy(Setup *setup, const PlanStep *step);
int step_affinity(Setup *setup, const PlanStep *step);
int step_personality(Setup *setup, const PlanStep *step);
int step_apparmor(Setup *setup, const PlanStep *step);
int step_selinux(Setup *setup, const PlanStep *step);
int step_umask(Setup *setup, const PlanStep *step);
int step_stdio(Setup *setup, const PlanStep *step);
/* Finds HOME, if the plan asks for it. -EFBIG: /etc/passwd is too large to be looked through. */
int home_prepare(Setup *setup);
int step_lookup(Setup *setup, const PlanStep *step);
int step_seal(Setup *setup, const PlanStep *step);
int step_created(Setup *setup, const PlanStep *step);
int step_no_new_privileges(Setup *setup, const PlanStep *step);
int step_seccomp(Setup *setup, const PlanStep *step);
int step_bounding(Setup *setup, const PlanStep *step);
int step_groups(Setup *setup, const PlanStep *step);
int step_user(Setup *setup, const PlanStep *step);
int step_capabilities(Setup *setup, const PlanStep *step);
int step_directory_change(Setup *setup, const PlanStep *step);
int step_exec(Setup *setup, const PlanStep *step);
