/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command line of berth(1) as tables: a verb a row, an option a row. Names are runc's and crun's; where they differ both are taken. */

#include "cli/verbs.h"

#include <stddef.h>

#include "cli/update.h"

#define FLAG(name, letter, member, help) { name, letter, OPTION_FLAG, offsetof(Arguments, member), NULL, help }
#define STRING(name, letter, member, argument, help) { name, letter, OPTION_STRING, offsetof(Arguments, member), argument, help }
#define STRINGS(name, letter, member, argument, help) { name, letter, OPTION_STRINGS, offsetof(Arguments, member), argument, help }
#define DURATION(name, letter, member, argument, help) { name, letter, OPTION_DURATION, offsetof(Arguments, member), argument, help }
#define U32(name, letter, member, argument, help) { name, letter, OPTION_U32, offsetof(Arguments, member), argument, help }
#define ACCEPTED(name, letter, help) { name, letter, OPTION_ACCEPTED_FLAG, 0, NULL, help }
#define ACCEPTED_STRING(name, letter, argument, help) { name, letter, OPTION_ACCEPTED_STRING, 0, argument, help }
#define HELP FLAG("help", 'h', help, "show help")

/* clang-format off */
const Option global_options[] = {
        STRING("root", 0, root, "DIR", "directory of container state (/run/berth, $XDG_RUNTIME_DIR/berth)"),
        STRING("log", 0, log, "FILE", "file for errors and debug output, appended to"),
        STRING("log-format", 0, log_format, "text|json", "form of the records in it"),
        STRING("log-level", 0, log_level, "LEVEL", "error, warning, info or debug"),
        FLAG("debug", 0, debug, "debug output"),
        FLAG("systemd-cgroup", 's', systemd_cgroup, "no container of a user without a service manager; systemd is always asked"),
        STRING("cgroup-manager", 0, cgroup_manager, "NAME", "systemd, or disabled: no scope and no limits"),
        STRING("rootless", 0, rootless, "BOOL", "accepted: who calls decides"),
        ACCEPTED_STRING("criu", 0, "PATH", "accepted: criu is found in $PATH"),
        FLAG("version", 'v', version, "print the version"),
        HELP,
        {}
};

#define CREATE_OPTIONS \
        STRING("bundle", 'b', bundle, "DIR", "bundle, default the working directory"), \
        STRING("config", 'f', config, "FILE", "configuration instead of the bundle's config.json"), \
        STRING("console-socket", 0, console_socket, "SOCKET", "unix socket that receives the terminal"), \
        STRING("pidfd-socket", 0, pidfd_socket, "SOCKET", "unix socket that receives a pidfd of the init"), \
        STRING("pid-file", 0, pid_file, "FILE", "file for the pid of the init"), \
        U32("preserve-fds", 0, preserve_fds, "N", "descriptors 3 to 2 + N are passed on"), \
        FLAG("register", 0, register_machine, "make it known to systemd-machined"), \
        STRINGS("annotation", 0, annotations, "KEY=VALUE", "added to the bundle's annotations"), \
        STRINGS("credentials", 0, credentials, "PATTERN", "credentials of the caller that the container gets"), \
        FLAG("no-pivot", 0, no_pivot, "move the root mount instead of pivot_root(2)"), \
        FLAG("no-new-keyring", 0, no_new_keyring, "keep the caller's session keyring"), \
        U32("spread-slices", 0, spread_slices, "N", "one of N slices below berth.slice, chosen by the id"), \
        STRING("scope-start", 0, scope_start, "auto|fast|wait", "how systemd is waited for"), \
        STRING("log-driver", 0, log_driver, "NAME", "passthrough, journal, journal-direct or none"), \
        STRING("log-tag", 0, log_tag, "NAME", "identifier of its lines in the journal, default the id"), \
        STRING("stop-signal", 0, stop_signal, "SIGNAL", "what asks the container to stop, default the bundle's, or TERM"), \
        DURATION("stop-timeout", 0, stop_timeout_usec, "TIME", "how long it has then before it is killed, default 10s"), \
        ACCEPTED("no-subreaper", 0, "accepted: berth never is one")

static const Option create_options[] = { CREATE_OPTIONS, HELP, {} };
static const Option run_options[] = {
        CREATE_OPTIONS,
        FLAG("detach", 'd', detach, "do not wait for the end"),
        FLAG("adopt", 0, adopt, "take over a running container of this id whose supervisor died"),
        STRING("notify", 0, notify, "started|payload", "as a service: who says that it is ready"),
        FLAG("keep", 0, keep, "do not delete the container at its end"),
        FLAG("no-start", 0, no_start, "leave it created; berth start starts it"),
        HELP,
        {}
};
static const Option plain_options[] = { HELP, {} };
static const Option delete_options[] = {
        FLAG("force", 'f', force, "kill it first; an unknown container is fine"),
        FLAG("regex", 'r', regex, "the argument is an extended regular expression: all that match"),
        HELP,
        {}
};
static const Option kill_options[] = {
        FLAG("all", 'a', all, "all processes, not the init alone"),
        FLAG("regex", 'r', regex, "the argument is an extended regular expression: all that match"),
        HELP,
        {}
};
static const Option list_options[] = {
        STRING("format", 'f', format, "table|json", "form of the output"),
        FLAG("quiet", 'q', quiet, "ids alone"),
        HELP,
        {}
};
static const Option ps_options[] = {
        STRING("format", 'f', format, "table|json", "form of the output"),
        HELP,
        {}
};
static const Option exec_options[] = {
        STRING("console-socket", 0, console_socket, "SOCKET", "unix socket that receives the terminal"),
        STRING("pidfd-socket", 0, pidfd_socket, "SOCKET", "unix socket that receives a pidfd of the process"),
        STRING("pid-file", 0, pid_file, "FILE", "file for the pid of the process"),
        STRING("process", 'p', process, "FILE", "process object (JSON) instead of a command"),
        STRING("cwd", 0, cwd, "DIR", "working directory"),
        STRINGS("env", 'e', env, "NAME=VALUE", "environment"),
        FLAG("tty", 't', tty, "a terminal"),
        STRING("user", 'u', user, "UID[:GID]", "user and group, as numbers"),
        STRINGS("additional-gids", 'g', additional_gids, "GID", "supplementary groups"),
        FLAG("detach", 'd', detach, "do not wait for the end"),
        STRINGS("cap", 'c', capabilities, "CAP", "add a capability to the bounding, effective and permitted sets"),
        FLAG("no-new-privs", 0, no_new_privileges, "set no_new_privs"),
        STRING("process-label", 0, process_label, "LABEL", "SELinux label"),
        STRING("apparmor", 0, apparmor, "PROFILE", "AppArmor profile"),
        U32("preserve-fds", 0, preserve_fds, "N", "descriptors 3 to 2 + N are passed on"),
        STRING("cgroup", 0, cgroup, "PATH", "sub-cgroup of the container's"),
        FLAG("ignore-paused", 0, ignore_paused, "also in a paused container, where it waits"),
        ACCEPTED("no-subreaper", 0, "accepted: berth never is one"),
        HELP,
        {}
};
static const Option logs_options[] = {
        FLAG("follow", 'f', follow, "go on until the container ends"),
        STRING("lines", 'n', lines, "N|all", "the last N lines only"),
        STRING("since", 0, since, "TIME", "from a date on, or 90s, 5m, 2h, 1d ago; default since it was created"),
        STRING("output", 'o', output, "cat|short|json", "bare lines, with time and name, or all fields"),
        FLAG("events", 0, events, "also what berth said about the container"),
        HELP,
        {}
};
static const Option events_options[] = {
        DURATION("interval", 0, interval_usec, "TIME", "time between figures, default 5s"),
        FLAG("stats", 0, stats, "the figures once, and no stream"),
        HELP,
        {}
};
static const Option top_options[] = {
        DURATION("interval", 0, interval_usec, "TIME", "time between tables, default 2s"),
        U32("iterations", 'n', iterations, "N", "end after so many tables"),
        HELP,
        {}
};
#define LIMIT(name, flag, argument, help) STRING(name, 0, update[flag], argument, help)
static const Option update_options[] = {
        STRING("resources", 'r', resources, "FILE", "linux.resources as JSON instead of flags; - is standard input"),
        LIMIT("blkio-weight", UPDATE_BLKIO_WEIGHT, "WEIGHT", "block I/O weight, 10 to 1000"),
        LIMIT("cpu-period", UPDATE_CPU_PERIOD, "USEC", "period of the CPU quota"),
        LIMIT("cpu-quota", UPDATE_CPU_QUOTA, "USEC", "CPU time in each period, -1: no limit"),
        LIMIT("cpu-burst", UPDATE_CPU_BURST, "USEC", "unused CPU time that may be used later"),
        LIMIT("cpu-share", UPDATE_CPU_SHARE, "SHARES", "CPU shares, 2 to 262144"),
        LIMIT("cpu-shares", UPDATE_CPU_SHARE, "SHARES", "the same"),
        LIMIT("cpu-rt-period", UPDATE_CPU_RT_PERIOD, "USEC", "cgroup v1 only"),
        LIMIT("cpu-rt-runtime", UPDATE_CPU_RT_RUNTIME, "USEC", "cgroup v1 only"),
        LIMIT("cpu-idle", UPDATE_CPU_IDLE, "0|1", "run only when nobody else wants to"),
        LIMIT("cpuset-cpus", UPDATE_CPUSET_CPUS, "LIST", "CPUs, as 0-3,7"),
        LIMIT("cpuset-mems", UPDATE_CPUSET_MEMS, "LIST", "memory nodes"),
        LIMIT("kernel-memory", UPDATE_KERNEL_MEMORY, "BYTES", "cgroup v1 only"),
        LIMIT("kernel-memory-tcp", UPDATE_KERNEL_MEMORY_TCP, "BYTES", "cgroup v1 only"),
        LIMIT("memory", UPDATE_MEMORY, "BYTES", "memory limit, -1: no limit"),
        LIMIT("memory-reservation", UPDATE_MEMORY_RESERVATION, "BYTES", "memory that is reclaimed last"),
        LIMIT("memory-swap", UPDATE_MEMORY_SWAP, "BYTES", "memory and swap together, -1: no limit"),
        LIMIT("pids-limit", UPDATE_PIDS_LIMIT, "N", "number of tasks, -1: no limit"),
        LIMIT("l3-cache-schema", UPDATE_L3_CACHE_SCHEMA, "TEXT", "refused: Intel RDT"),
        LIMIT("mem-bw-schema", UPDATE_MEM_BW_SCHEMA, "TEXT", "refused: Intel RDT"),
        HELP,
        {}
};
static const Option stop_options[] = {
        DURATION("timeout", 't', stop_timeout_usec, "TIME", "how long it has before it is killed, default its own"),
        STRING("signal", 's', stop_signal, "SIGNAL", "what asks it to stop, default its own"),
        HELP,
        {}
};
static const Option wait_options[] = {
        DURATION("timeout", 't', stop_timeout_usec, "TIME", "how long to wait, default for ever"),
        HELP,
        {}
};
static const Option up_options[] = {
        STRING("name", 0, name, "CONTAINER", "id of the container, default the bundle's directory name"),
        STRING("restart", 0, restart, "no|on-failure|always", "when systemd starts it again, as Restart= has it"),
        STRING("log-driver", 0, log_driver, "NAME", "default journal; see run"),
        STRING("log-tag", 0, log_tag, "NAME", "see run"),
        STRING("notify", 0, notify, "started|payload", "who says that it is ready"),
        STRING("stop-signal", 0, stop_signal, "SIGNAL", "see run"),
        DURATION("stop-timeout", 0, stop_timeout_usec, "TIME", "see run"),
        FLAG("register", 0, register_machine, "make it known to systemd-machined"),
        HELP,
        {}
};
static const Option spec_options[] = {
        STRING("bundle", 'b', bundle, "DIR", "where to write config.json, default the working directory"),
        STRING("config", 'f', config, "FILE", "another name than config.json"),
        FLAG("rootless", 0, rootless_spec, "for a caller without privileges"),
        HELP,
        {}
};
#define CRIU_OPTIONS \
        STRING("image-path", 0, image_path, "DIR", "directory of the images, default ./checkpoint"), \
        STRING("work-path", 0, work_path, "DIR", "directory of CRIU's log"), \
        FLAG("tcp-established", 0, tcp_established, "open TCP connections too"), \
        FLAG("ext-unix-sk", 0, ext_unix_sk, "unix sockets that lead outside too"), \
        FLAG("shell-job", 0, shell_job, "processes whose terminal is outside too"), \
        FLAG("file-locks", 0, file_locks, "file locks too"), \
        STRING("manage-cgroups-mode", 0, manage_cgroups_mode, "MODE", "soft, full, strict or ignore"), \
        STRING("network-lock", 0, network_lock, "METHOD", "iptables, nftables or skip"), \
        STRINGS("empty-ns", 0, empty_ns, "network", "a namespace without what is in it"), \
        FLAG("auto-dedup", 0, auto_dedup, "no page twice in a chain of images"), \
        FLAG("lazy-pages", 0, lazy_pages, "pages when they are needed, from a page server")

static const Option checkpoint_options[] = {
        CRIU_OPTIONS,
        STRING("name", 0, name, "NAME", "a named checkpoint, in checkpoints/NAME of the bundle"),
        STRING("parent-path", 0, parent_path, "DIR", "images of an earlier pre-dump, relative to --image-path"),
        FLAG("pre-dump", 0, pre_dump, "memory alone; the container runs on"),
        FLAG("leave-running", 'R', leave_running, "the container runs on"),
        FLAG("tcp-skip-in-flight", 0, tcp_skip_in_flight, "without TCP connections that are just being made"),
        FLAG("link-remap", 0, link_remap, "unlinked files too"),
        STRING("page-server", 0, page_server, "ADDRESS:PORT", "where pages go instead of into files"),
        STRING("status-fd", 0, status_fd, "FD", "descriptor that is written to when lazy pages can be asked for"),
        FLAG("quiet", 'q', quiet, "do not show how far it is"),
        HELP,
        {}
};
static const Option checkpoints_options[] = {
        STRING("bundle", 'b', bundle, "DIR", "bundle, for a container that is no more"),
        STRING("delete", 0, delete_name, "NAME", "delete that checkpoint"),
        STRING("format", 'f', format, "table|json", "form of the output"),
        FLAG("quiet", 'q', quiet, "names alone"),
        HELP,
        {}
};
static const Option restore_options[] = {
        CRIU_OPTIONS,
        STRING("name", 0, name, "NAME", "a named checkpoint, from checkpoints/NAME of the bundle"),
        FLAG("tcp-close", 0, tcp_close, "open TCP connections are closed"),
        STRING("lsm-profile", 0, lsm_profile, "TYPE:NAME", "profile of apparmor or selinux instead of the configuration's"),
        STRING("lsm-mount-context", 0, lsm_mount_context, "CONTEXT", "SELinux context of mounts that have one"),
        CREATE_OPTIONS,
        FLAG("detach", 'd', detach, "do not wait for the end"),
        FLAG("keep", 0, keep, "do not delete the container at its end"),
        HELP,
        {}
};
static const Option convert_options[] = {
        STRING("bundle", 'b', bundle, "DIR", "bundle, default the working directory"),
        STRING("config", 'f', config, "FILE", "configuration instead of the bundle's config.json"),
        STRING("output", 'o', output, "FILE", "a new file instead of standard output"),
        HELP,
        {}
};
static const Option plan_options[] = {
        CREATE_OPTIONS,
        FLAG("json", 0, json, "as JSON"),
        HELP,
        {}
};

const Verb verbs[] = {
        { "create", create_options, ORDER_ANY, 1, 1, "CONTAINER", "make a container from a bundle", 1, verb_create },
        { "start", plain_options, ORDER_ANY, 1, 1, "CONTAINER", "start a created container", 1, verb_start },
        { "run", run_options, ORDER_ANY, 1, 1, "CONTAINER", "make and start a container", 1, verb_run },
        { "state", plain_options, ORDER_ANY, 1, 1, "CONTAINER", "print the state of a container", 1, verb_state },
        { "kill", kill_options, ORDER_ANY, 1, 2, "CONTAINER [SIGNAL]", "send a signal to a container, default TERM", 1, verb_kill },
        { "delete", delete_options, ORDER_ANY, 1, 1, "CONTAINER", "delete a stopped container", 1, verb_delete },
        { "list", list_options, ORDER_ANY, 0, 0, "", "list containers", 1, verb_list },
        { "exec", exec_options, ORDER_SECOND, 1, SIZE_MAX, "CONTAINER COMMAND [ARGUMENT...]", "run a command in a container", 255, verb_exec },
        { "ps", ps_options, ORDER_FIRST, 1, SIZE_MAX, "CONTAINER [PS-OPTION...]", "list the processes of a container", 1, verb_ps },
        { "up", up_options, ORDER_ANY, 1, 1, "BUNDLE", "run a bundle as a service", 1, verb_up, true },
        { "stop", stop_options, ORDER_ANY, 1, 1, "CONTAINER", "stop a container in order", 1, verb_stop },
        { "wait", wait_options, ORDER_ANY, 1, SIZE_MAX, "CONTAINER...", "wait for the end and print the exit status", 1, verb_wait },
        { "inspect", plain_options, ORDER_ANY, 1, 1, "CONTAINER", "all about a container on one page", 1, verb_inspect, true },
        { "logs", logs_options, ORDER_ANY, 1, 1, "CONTAINER", "print what a container wrote to the journal", 1, verb_logs, true },
        { "pause", plain_options, ORDER_ANY, 1, 1, "CONTAINER", "freeze a container", 1, verb_pause },
        { "resume", plain_options, ORDER_ANY, 1, 1, "CONTAINER", "thaw a container", 1, verb_resume },
        { "events", events_options, ORDER_ANY, 1, 1, "CONTAINER", "print figures and kills for want of memory, as JSON", 1, verb_events },
        { "top", top_options, ORDER_ANY, 0, SIZE_MAX, "[CONTAINER...]", "show what running containers use", 1, verb_top },
        { "update", update_options, ORDER_ANY, 1, 1, "CONTAINER", "change the limits of a container", 1, verb_update },
        { "spec", spec_options, ORDER_FIRST, 0, SIZE_MAX, "[COMMAND [ARGUMENT...]]", "write a default config.json", 1, verb_spec },
        { "checkpoint", checkpoint_options, ORDER_ANY, 1, 1, "CONTAINER", "write a running container to files (needs criu)", 1, verb_checkpoint },
        { "checkpoints", checkpoints_options, ORDER_ANY, 0, 1, "[CONTAINER]", "list or delete named checkpoints", 1, verb_checkpoints },
        { "restore", restore_options, ORDER_ANY, 1, 1, "CONTAINER", "make a container of a checkpoint (needs criu)", 1, verb_restore },
        { "convert", convert_options, ORDER_ANY, 0, 0, "", "print the configuration of a bundle, also one of before 1.0, in the OCI form", 1, verb_convert },
        { "plan", plan_options, ORDER_ANY, 1, 1, "CONTAINER", "print what create would do, and do nothing", 1, verb_plan },
        { "completion", plain_options, ORDER_ANY, 1, 1, "bash|zsh", "print a completion script", 1, verb_completion },
        { "features", plain_options, ORDER_ANY, 0, 0, "", "print what berth supports, as JSON", 1, verb_features },
        {}
};
/* clang-format on */
