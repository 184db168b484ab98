/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/spec/check.h: the rules across fields. Each row of a table is one configuration that differs from a good one in one
 * place. */

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "base/fd.h"
#include "base/strv.h"
#include "spec/check.h"
#include "spec/tables.h"
#include "test.h"

typedef struct Case {
        const char *members;
        const char *error;      /* NULL: accepted */
} Case;

#define NAMESPACES "{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"network\"}"

static int check_text(const char *text, Error *error) {
        CLEANUP(spec_freep) Spec *spec = NULL;

        if (spec_parse(text, strlen(text), "/bundle", &spec, error) < 0)
                FAIL("%s: %s", error_text(error), text);
        return spec_check(spec, error);
}

/* The members are put in place of %s, with the comma before them. */
static void check_cases(const char *format_before, const char *format_after, const Case *cases, size_t n_cases) {
        for (size_t i = 0; i < n_cases; i++) {
                CLEANUP(error_done) Error error = {};
                char text[8192];
                int r;

                (void) snprintf(text, sizeof(text), "%s%s%s", format_before, cases[i].members, format_after);
                r = check_text(text, &error);
                if (!cases[i].error) {
                        if (r < 0)
                                FAIL("%s: refused with \"%s\"", cases[i].members, error_text(&error));
                        continue;
                }
                if (r >= 0)
                        FAIL("%s: accepted", cases[i].members);
                ASSERT_EQ(r, -EINVAL);
                ASSERT_ERROR_CONTAINS(&error, cases[i].error);
        }
}

#define PROCESS "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"}"
#define ROOT "\"root\":{\"path\":\"rootfs\"}"
#define LINUX "\"linux\":{\"namespaces\":[" NAMESPACES "]}"

static void check_versions(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"", "\"," PROCESS "," ROOT "}", cases, n_cases);
}
static void check_top_members(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"1.0.2\"", "}", cases, n_cases);
}
static void check_process_members(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"1.0.2\"," ROOT "," LINUX ",\"process\":{", "}}", cases, n_cases);
}
static void check_linux_members(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"1.0.2\"," ROOT "," PROCESS ",\"linux\":{\"namespaces\":[" NAMESPACES "]", "}}", cases,
                    n_cases);
}
static void check_namespace_members(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"1.0.2\"," ROOT "," PROCESS ",\"linux\":{", "}}", cases, n_cases);
}
static void check_mount_members(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"1.0.2\"," ROOT "," PROCESS "," LINUX ",\"mounts\":[{", "}]}", cases, n_cases);
}
static void check_resource_members(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"1.0.2\"," ROOT "," PROCESS ",\"linux\":{\"resources\":{", "}}}", cases, n_cases);
}
static void check_seccomp_members(const Case *cases, size_t n_cases) {
        check_cases("{\"ociVersion\":\"1.0.2\"," ROOT "," PROCESS ",\"linux\":{\"seccomp\":{", "}}}", cases, n_cases);
}

TEST(version) {
        static const Case cases[] = {
                { "1.0.0", NULL },
                { "1.0.2-dev", NULL },
                { "1.1.0+dev", NULL },
                { "1.3.9", NULL },
                { "1.4.0", "ociVersion: 1.4.0 is newer than 1.3.0" },
                { "0.5.0", "ociVersion: 0.5.0 is not supported" },
                { "2.0.0", "ociVersion: 2.0.0 is not supported" },
                { "1.0", "ociVersion: \"1.0\" is not of the form 1.2.3" },
                { "", "ociVersion: \"\" is not of the form" },
                { " 1.0.0", "is not of the form" },
                { "1.-1.0", "is not of the form" },
                { "1.0.0x", "is not of the form" },
                { "v1.0.0", "is not of the form" },
        };

        check_versions(cases, ELEMENTSOF(cases));
}

TEST(top) {
        static const Case cases[] = {
                { "," ROOT "," PROCESS, NULL },
                { "," PROCESS, "root.path: is required" },
                { "," ROOT, "process: is required" },
                { "," ROOT "," PROCESS ",\"annotations\":{\"\":\"x\"}", "annotations: a key is empty" },
                { "," ROOT "," PROCESS "," LINUX ",\"hostname\":\"a\",\"domainname\":\"b\"", NULL },
                { "," ROOT "," PROCESS ",\"hostname\":\"a\"", "hostname: needs an uts namespace" },
                { "," ROOT "," PROCESS ",\"hostname\":\"\"", NULL },
                { "," ROOT "," PROCESS ",\"domainname\":\"a\"", "domainname: needs an uts namespace" },
                { "," ROOT "," PROCESS "," LINUX
                  ",\"hostname\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
                          "hostname: is longer than 64" },
                { "," ROOT "," PROCESS ",\"hooks\":{\"poststop\":[{\"path\":\"/a\",\"timeout\":1},{\"path\":\"b\"}]}",
                  "hooks.poststop[1].path: must be absolute" },
                { "," ROOT "," PROCESS ",\"hooks\":{\"prestart\":[{\"path\":\"/a\",\"timeout\":0}]}",
                  "hooks.prestart[0].timeout: must be greater than zero" },
        };

        check_top_members(cases, ELEMENTSOF(cases));
}

TEST(process) {
        static const Case cases[] = {
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"env\":[\"A=\",\"B=c=d\"]", NULL },
                { "\"cwd\":\"/\"", "process.args: must not be empty" },
                { "\"cwd\":\"/\",\"args\":[]", "process.args: must not be empty" },
                { "\"args\":[\"sh\"]", "process.cwd: must be an absolute path" },
                { "\"args\":[\"sh\"],\"cwd\":\"tmp\"", "process.cwd: must be an absolute path" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"env\":[\"A=1\",\"B\"]", "process.env[1]: must have the form NAME=value" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"env\":[\"=1\"]", "process.env[0]: the name is empty" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]",
                  "process.rlimits[0].soft: is greater than hard" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},"
                  "{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]", "process.rlimits[1].type: RLIMIT_AS is there already" },
                /* consoleSize without a terminal is to be ignored (config.md). */
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"consoleSize\":{\"height\":1,\"width\":1}", NULL },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"capabilities\":{\"bounding\":[\"CAP_KILL\"]}", NULL },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":10}", NULL },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_FIFO\"}",
                  "process.scheduler.priority: must be from 1 to 99" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"priority\":1}",
                  "process.scheduler.priority: has no meaning with SCHED_OTHER" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"runtime\":1}",
                  "have no meaning with SCHED_BATCH" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":3,\"deadline\":2}",
                  "process.scheduler: sched_setattr: `SCHED_DEADLINE` runtime (3) must be <= deadline (2)" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\"}", "`SCHED_DEADLINE` requires `runtime`" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":0,\"deadline\":5000}",
                  "`SCHED_DEADLINE` runtime must be greater than 0" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5000}", "`SCHED_DEADLINE` requires `deadline`" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5000,\"deadline\":6000,\"period\":5999}",
                  "`SCHED_DEADLINE` deadline (6000) must be <= period (5999)" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1023,\"deadline\":6000}",
                  "`SCHED_DEADLINE` runtime (1023) must be between 1024 and 9223372036854775807" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":9223372036854775809,\"deadline\":9223372036854775810}",
                  "`SCHED_DEADLINE` runtime (9223372036854775809) must be between" },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5000,\"deadline\":6000}", NULL },
                { "\"args\":[\"sh\"],\"cwd\":\"/\",\"execCPUAffinity\":{\"initial\":\"0-\"}",
                  "process.execCPUAffinity.initial: \"0-\" is no list of CPUs" },
        };

        check_process_members(cases, ELEMENTSOF(cases));
}

TEST(unknown_capabilities_warn) {
        static const char text[] = "{\"args\":[\"sh\"],\"cwd\":\"/\",\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_NOVEL\"],"
                                   "\"effective\":[\"CAP_NOVEL\",\"cap_kill\",\"KILL\"]}}";
        CLEANUP(spec_process_freep) SpecProcess *process = NULL;
        CLEANUP(freep) char *record = NULL;
        char path[] = "/tmp/berth-test-XXXXXX";
        int fd = mkstemp(path);

        ASSERT_GE(fd, 0);
        ASSERT_OK(spec_parse_process(text, strlen(text), &process, NULL));
        log_open(dup(fd), LOG_FORMAT_JSON, LOG_LEVEL_WARNING);
        ASSERT_OK(spec_check_process(process, NULL));
        log_close();
        ASSERT_EQ(lseek(fd, 0, SEEK_SET), 0);
        ASSERT_OK(fd_read_file(fd, 10000, &record, NULL));
        (void) unlink(path);
        fd_close(fd);
        ASSERT_CONTAINS(record, "CAP_NOVEL, KILL");
        ASSERT_NOT_CONTAINS(record, "cap_kill");
}

TEST(namespaces) {
        static const Case cases[] = {
                { "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\",\"path\":\"/a\"}]",
                  "linux.namespaces[1].type: pid is there already" },
                { "\"namespaces\":[{\"type\":\"network\",\"path\":\"run/netns/a\"}]",
                  "linux.namespaces[0].path: must be absolute" },
                { "\"namespaces\":[{\"type\":\"network\",\"path\":\"\"}]", NULL },
                { "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "linux.uidMappings: needs a user namespace" },
                { "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "linux.gidMappings: needs a user namespace" },
                { "\"namespaces\":[{\"type\":\"user\"}]", "linux.uidMappings: is required" },
                { "\"namespaces\":[{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}]", NULL },
                { "\"timeOffsets\":{\"monotonic\":{\"secs\":1}}", "linux.timeOffsets: needs a time namespace" },
                { "\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"monotonic\":{\"secs\":1}}", NULL },
                { "\"maskedPaths\":[\"/proc/kcore\"]", "linux.maskedPaths: needs a mount namespace" },
                { "\"readonlyPaths\":[\"/proc/sys\"]", "linux.readonlyPaths: needs a mount namespace" },
                { "\"maskedPaths\":[]", NULL },
                { "\"netDevices\":{\"eth0\":{}}", "linux.netDevices: needs a network namespace" },
        };

        check_namespace_members(cases, ELEMENTSOF(cases));
}

#define USER "\"namespaces\":[{\"type\":\"user\"}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],\"uidMappings\":"

TEST(id_maps) {
        static const Case cases[] = {
                { USER "[{\"containerID\":0,\"hostID\":1000,\"size\":1},{\"containerID\":1,\"hostID\":100000,\"size\":65535}]",
                  NULL },
                { USER "[{\"containerID\":0,\"hostID\":0,\"size\":4294967295}]", NULL },
                { USER "[{\"containerID\":0,\"hostID\":1000,\"size\":0}]", "linux.uidMappings[0].size: must not be zero" },
                { USER "[{\"containerID\":1,\"hostID\":0,\"size\":4294967295},{\"containerID\":0,\"hostID\":0,\"size\":1}]",
                  "overlaps" },
                { USER "[{\"containerID\":2,\"hostID\":0,\"size\":4294967295}]",
                  "linux.uidMappings[0].size: goes beyond 32 bits" },
                { USER "[{\"containerID\":0,\"hostID\":0,\"size\":10},{\"containerID\":9,\"hostID\":20,\"size\":1}]",
                  "linux.uidMappings[1]: overlaps with entry 0" },
                { USER "[{\"containerID\":0,\"hostID\":0,\"size\":10},{\"containerID\":10,\"hostID\":9,\"size\":1}]",
                  "linux.uidMappings[1]: overlaps with entry 0" },
        };

        check_namespace_members(cases, ELEMENTSOF(cases));
}

TEST(linux_members) {
        static const Case cases[] = {
                { "", NULL },
                { ",\"maskedPaths\":[\"/a\",\"b\"]", "linux.maskedPaths[1]: must be absolute" },
                { ",\"readonlyPaths\":[\"b\"]", "linux.readonlyPaths[0]: must be absolute" },
                { ",\"devices\":[{\"type\":\"c\",\"path\":\"/dev/a\",\"major\":1,\"minor\":3,\"fileMode\":8630}]", NULL },
                { ",\"devices\":[{\"type\":\"c\",\"path\":\"dev/a\",\"major\":1,\"minor\":3}]",
                  "linux.devices[0].path: must be absolute" },
                { ",\"devices\":[{\"type\":\"c\",\"path\":\"/dev/../a\",\"major\":1,\"minor\":3}]",
                  "linux.devices[0].path: must be" },
                { ",\"devices\":[{\"type\":\"b\",\"path\":\"/dev/a\",\"major\":1}]", "linux.devices[0].minor: is required" },
                { ",\"devices\":[{\"type\":\"b\",\"path\":\"/dev/a\"}]", "linux.devices[0].major: is required" },
                { ",\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\"}]", NULL },
                { ",\"devices\":[{\"type\":\"p\",\"path\":\"/dev/a\",\"fileMode\":65536}]",
                  "linux.devices[0].fileMode: is no file mode" },
                { ",\"cgroupsPath\":\"system.slice:berth:x\"", NULL },
                { ",\"cgroupsPath\":\"system.slice:berth:init\"", NULL },
                { ",\"cgroupsPath\":\"my.slice.of.bread\"", NULL },
                { ",\"cgroupsPath\":\"system.slice::machine.slice\"", "linux.cgroupsPath: \"machine.slice\" is a name for a slice" },
                { ",\"cgroupsPath\":\"machine.slice\"", "linux.cgroupsPath: \"machine.slice\" is a name for a slice" },
                { ",\"cgroupsPath\":\"system.slice:a:b.slice\"", "is a name for a slice" },
                { ",\"cgroupsPath\":\"system.slice::dbus.service\"", "linux.cgroupsPath: \"dbus.service\" is a name for a service" },
                { ",\"cgroupsPath\":\"-::init\"", "linux.cgroupsPath: init.scope is systemd's own" },
                { ",\"cgroupsPath\":\"-::init.scope\"", "linux.cgroupsPath: init.scope is systemd's own" },
                { ",\"cgroupsPath\":\"init\"", "linux.cgroupsPath: init.scope is systemd's own" },
                { ",\"netDevices\":{\"eth0\":{\"name\":\"lan\"},\"eth1\":{}}", NULL },
                { ",\"netDevices\":{\"eth0\":{\"name\":\"eth1\"},\"eth1\":{}}", "eth1 is there already" },
                { ",\"netDevices\":{\"a/b\":{}}", "linux.netDevices: \"a/b\" is no name of an interface" },
                { ",\"netDevices\":{\"eth0\":{\"name\":\"0123456789abcdef\"}}", "is no name of an interface" },
                { ",\"netDevices\":{\"eth0\":{\"name\":\"..\"}}", "is no name of an interface" },
                { ",\"netDevices\":{\"\":{}}", "is no name of an interface" },
                { ",\"intelRdt\":{\"closID\":\"../x\"}", "linux.intelRdt.closID: must be one component" },
                { ",\"intelRdt\":{\"closID\":\"mon_groups\"}", "linux.intelRdt.closID: must be one component" },
                { ",\"intelRdt\":{\"closID\":\"/\"}", NULL },
                { ",\"intelRdt\":{\"memBwSchema\":\"L3:0=f\"}", "linux.intelRdt.memBwSchema: must be one line that starts with MB:" },
                { ",\"intelRdt\":{\"memBwSchema\":\"MB:0=9\\nL3:0=f\"}", "linux.intelRdt.memBwSchema: must be one line" },
                { ",\"intelRdt\":{\"schemata\":[\"L3:0=f\",\"L2:0=f\\nL3:0=f\"]}", "linux.intelRdt.schemata[1]: must be one line" },
                { ",\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"\"}", NULL },
                { ",\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0\"}",
                  "memory policy mode requires 0 nodes but got 1: linux.memoryPolicy.nodes: must be empty with MPOL_LOCAL" },
                { ",\"memoryPolicy\":{\"mode\":\"MPOL_BIND\"}", "memory policy mode requires at least one node but got 0: linux.memoryPolicy.nodes: is required with MPOL_BIND" },
                { ",\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"x\"}", "linux.memoryPolicy.nodes: \"x\" is no list" },
                { ",\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\","
                "\"MPOL_F_RELATIVE_NODES\"]}",
                  "exclude each other" },
        };

        check_linux_members(cases, ELEMENTSOF(cases));
}

TEST(sysctl) {
        static const Case cases[] = {
                { ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\",\"net/ipv4/conf/eth0.1/forwarding\":\"1\",\"kernel.shmmax\":\"1\","
                  "\"fs.mqueue.msg_max\":\"1\",\"kernel.domainname\":\"x\",\"kernel/sem\":\"1\"}", NULL },
                { ",\"sysctl\":{\"kernel.core_pattern\":\"|/x\"}",
                  "linux.sysctl[\"kernel.core_pattern\"]: belongs to no namespace" },
                { ",\"sysctl\":{\"kernel.shmmaxx\":\"1\"}", "belongs to no namespace" },
                { ",\"sysctl\":{\"kernel.hostname\":\"1\"}", "conflicts with hostname" },
                { ",\"sysctl\":{\"net/../kernel/core_pattern\":\"1\"}", "is no name of a sysctl" },
                { ",\"sysctl\":{\"net.//.kernel.core_pattern\":\"1\"}", "is no name of a sysctl" },
                { ",\"sysctl\":{\"/net/a\":\"1\"}", "is no name of a sysctl" },
                { ",\"sysctl\":{\"net..a\":\"1\"}", "is no name of a sysctl" },
                { ",\"sysctl\":{\"net.\":\"1\"}", "is no name of a sysctl" },
                { ",\"sysctl\":{\"\":\"1\"}", "is no name of a sysctl" },
                { ",\"sysctl\":{\"net\":\"1\"}", "belongs to no namespace" },
                { ",\"sysctl\":{\"user.max_user_namespaces\":\"1\"}", "needs a namespace of type user" },
        };
        static const Case host[] = {
                { "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}", "needs a namespace of type network" },
                { "\"sysctl\":{\"kernel.sem\":\"1\"}", "needs a namespace of type ipc" },
                { "\"sysctl\":{\"kernel.domainname\":\"1\"}", "needs a namespace of type uts" },
        };
        CLEANUP(freep) char *path = spec_sysctl_path("net.ipv4.conf.eth0/1.forwarding");

        check_linux_members(cases, ELEMENTSOF(cases));
        check_namespace_members(host, ELEMENTSOF(host));
        ASSERT_STREQ(path, "net/ipv4/conf/eth0.1/forwarding");
}

TEST(mounts) {
        static const Case cases[] = {
                { "\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"", NULL },
                { "\"destination\":\"/data\",\"type\":\"tmpfs\"", NULL },
                { "\"destination\":\"data\",\"type\":\"tmpfs\"", NULL },
                { "\"destination\":\"\"", "mounts[0].destination: must not be empty" },
                { "\"destination\":\"/a\",\"type\":\"bind\"", "mounts[0].source: is required for a bind mount" },
                { "\"destination\":\"/a\",\"options\":[\"rbind\"]", "mounts[0].source: is required for a bind mount" },
                { "\"destination\":\"/proc\",\"type\":\"tmpfs\"", "because it is not of type proc" },
                { "\"destination\":\"/proc\",\"type\":\"bind\",\"source\":\"/proc\"", NULL },
                { "\"destination\":\"/proc/cpuinfo\",\"type\":\"bind\",\"source\":\"/x\"", NULL },
                { "\"destination\":\"/proc/sys/kernel/ns_last_pid\",\"type\":\"bind\",\"source\":\"/x\"", NULL },
                { "\"destination\":\"/proc/self/attr\",\"type\":\"bind\",\"source\":\"/x\"", "because it is inside /proc" },
                { "\"destination\":\"/a/../proc//./self/attr/\",\"type\":\"tmpfs\"", "because it is inside /proc" },
                { "\"destination\":\"../../proc/sys\",\"type\":\"tmpfs\"", "because it is inside /proc" },
                { "\"destination\":\"proc/self\",\"type\":\"tmpfs\"", "because it is inside /proc" },
                { "\"destination\":\"/procfs\",\"type\":\"tmpfs\"", NULL },
                { "\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/b\",\"uidMappings\":[{\"containerID\":0,"
                "\"hostID\":1,\"size\":1}]",
                  "mounts[0].gidMappings: uidMappings and gidMappings go together" },
                { "\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/b\",\"uidMappings\":[{\"containerID\":0,"
                "\"hostID\":1,\"size\":0}],"
                  "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]",
                          "mounts[0].uidMappings[0].size: must not be zero" },
        };

        check_mount_members(cases, ELEMENTSOF(cases));
}

TEST(resources) {
        static const Case cases[] = {
                { "\"memory\":{\"limit\":-1},\"cpu\":{\"cpus\":\"\",\"mems\":\"0-1\"},\"pids\":{\"limit\":0}", NULL },
                { "\"memory\":{\"limit\":-2}", "linux.resources.memory.limit: must not be negative" },
                { "\"memory\":{\"swap\":-9}", "linux.resources.memory.swap: must not be negative" },
                { "\"memory\":{\"swappiness\":101}", "linux.resources.memory.swappiness: must be from 0 to 100" },
                { "\"memory\":{\"swappiness\":18446744073709551615}", NULL },
                { "\"cpu\":{\"cpus\":\"0-x\"}", "linux.resources.cpu.cpus: \"0-x\" is no list of numbers" },
                { "\"cpu\":{\"mems\":\"9999999\"}", "linux.resources.cpu.mems" },
                { "\"devices\":[{\"allow\":true,\"access\":\"rwx\"}]", "linux.resources.devices[0].access: \"rwx\"" },
                { "\"blockIO\":{\"weight\":5}", "linux.resources.blockIO.weight: must be from 10 to 1000" },
                { "\"blockIO\":{\"weightDevice\":[{\"major\":1,\"minor\":1,\"weight\":1001}]}",
                  "linux.resources.blockIO.weightDevice[0].weight: must be" },
                { "\"hugepageLimits\":[{\"pageSize\":\"2MiB\",\"limit\":1}]",
                  "linux.resources.hugepageLimits[0].pageSize: \"2MiB\"" },
                { "\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]", "is not of the form 2MB" },
                { "\"rdma\":{\"a b\":{}}", "linux.resources.rdma: \"a b\" is no name of a device" },
                { "\"unified\":{\"memory.high\":\"1\"}", NULL },
                { "\"unified\":{\"../memory.high\":\"1\"}",
                  "linux.resources.unified: unified resource \"../memory.high\" must be a file name (no slashes)" },
                { "\"unified\":{\"x\":\"1\"}", "unified resource \"x\" must be in the form CONTROLLER.PARAMETER" },
        };

        check_resource_members(cases, ELEMENTSOF(cases));
}

TEST(seccomp) {
        static const Case cases[] = {
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\"", NULL },
                { "\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/a\"",
                  "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be" },
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_NOTIFY\"}]",
                  "linux.seccomp.listenerPath: is required with SCMP_ACT_NOTIFY" },
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/a\",\"syscalls\":[{\"names\":[\"read\",\"write\"],"
                  "\"action\":\"SCMP_ACT_NOTIFY\"}]",
                          "SCMP_ACT_NOTIFY cannot be used for the write syscall: linux.seccomp.syscalls[0].action" },
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"a\"", "linux.seccomp.listenerPath: must be absolute" },
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"a\"",
                  "linux.seccomp.listenerMetadata: needs listenerPath" },
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1",
                  "linux.seccomp.defaultErrnoRet: has no meaning with" },
                { "\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096",
                  "linux.seccomp.defaultErrnoRet: is greater than 4095" },
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\","
                "\"errnoRet\":1}]",
                  "linux.seccomp.syscalls[0].errnoRet: has no meaning with SCMP_ACT_LOG" },
                { "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_TRACE\","
                "\"errnoRet\":1}]", NULL },
        };

        check_seccomp_members(cases, ELEMENTSOF(cases));
}
