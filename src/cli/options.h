/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macro.h"

/* Command lines as tables. The forms of both families of callers are taken: --name VALUE, --name=VALUE, -name VALUE (Go's flag package),
 * -x VALUE and -xVALUE (getopt). */

typedef enum OptionKind {
        OPTION_FLAG,            /* bool; also --name=true and --name=false */
        OPTION_STRING,          /* char *, not owned: it points into argv */
        OPTION_STRINGS,         /* char **, appended to with each use */
        OPTION_U32,             /* uint32_t */
        OPTION_DURATION,        /* uint64_t in microseconds: "5s", "100ms", "1m", plain seconds */
        OPTION_ACCEPTED_FLAG,   /* taken and without effect here; the help says why */
        OPTION_ACCEPTED_STRING,
} OptionKind;

typedef struct Option {
        const char *name;       /* without dashes */
        char letter;            /* 0: none */
        OptionKind kind;
        size_t offset;          /* of the member in struct Arguments */
        const char *argument;   /* what the help calls the value, NULL for flags */
        const char *help;
} Option;

/* Everything that any verb takes; each verb's table names the members that it uses. */
typedef struct Arguments {
        /* global */
        char *root;
        char *log;
        char *log_format;
        char *log_level;
        char *cgroup_manager;
        char *rootless;
        bool debug;
        bool systemd_cgroup;
        bool version;
        bool help;
        /* verbs */
        char *bundle;
        char *config;
        char *console_socket;
        char *pidfd_socket;
        char *pid_file;
        char *scope_start;
        char *process;
        char *cwd;
        char *user;
        char *format;
        char *cgroup;
        char *apparmor;
        char *process_label;
        char *resources;
        char *output;
        char *log_driver;
        char *log_tag;
        char *stop_signal;
        char *notify;
        char *name;
        char *restart;
        uint64_t stop_timeout_usec; /* UINT64_MAX: not given */
        char *since;
        char *lines;
        char **annotations;
        char **credentials;
        /* checkpoint, checkpoints, restore */
        char *delete_name;
        char *image_path;
        char *work_path;
        char *parent_path;
        char *page_server;
        char *status_fd;
        char *manage_cgroups_mode;
        char *network_lock;
        char *lsm_profile;
        char *lsm_mount_context;
        char **empty_ns;
        char **env;
        char **capabilities;
        char **additional_gids;
        uint32_t preserve_fds;
        uint32_t spread_slices;
        uint64_t interval_usec; /* UINT64_MAX: not given */
        uint32_t iterations;
        bool adopt;
        bool all;
        bool detach;
        bool events;
        bool follow;
        bool force;
        bool ignore_paused;
        bool keep;
        bool no_new_keyring;
        bool no_new_privileges;
        bool no_pivot;
        bool no_start;
        bool quiet;
        bool register_machine;
        bool regex;
        bool stats;
        bool tty;
        bool json;
        bool leave_running;
        bool pre_dump;
        bool lazy_pages;
        bool auto_dedup;
        bool tcp_established;
        bool tcp_close;
        bool tcp_skip_in_flight;
        bool ext_unix_sk;
        bool shell_job;
        bool file_locks;
        bool link_remap;
        bool rootless_spec;
        /* update: values as given, in the units of the flags */
        char *update[24];      /* by UpdateFlag */
        /* not from the command line: how many descriptors from 3 on were open when we began */
        uint32_t inherited_fds;
        /* what is no option */
        char **positional;      /* points into argv */
        size_t n_positional;
} Arguments;

/* Where parsing ends. */
typedef enum OptionOrder {
        ORDER_ANY,              /* options may stand behind arguments too */
        ORDER_FIRST,            /* the first argument ends them: global options before the verb, ps ID PS-OPTIONS */
        ORDER_SECOND,           /* the second does: exec ID COMMAND */
} OptionOrder;

/* Reads argv[0..n-1]; positional arguments are collected at the front of argv. Errors are worded as callers probe for them
 * ("flag needs an argument: --lsm-mount-context"). */
int options_parse(const Option *options, OptionOrder order, char **argv, size_t n, Arguments *arguments, Error *error);
void arguments_done(Arguments *arguments);

/* Prints the lines of --help for a table. */
void options_help(const Option *options);
