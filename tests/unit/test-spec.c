/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/spec/spec.h: config.json to the model, every object of it; the default configuration; features. */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "spec/check.h"
#include "spec/default.h"
#include "spec/features.h"
#include "spec/spec.h"
#include "spec/tables.h"
#include "test.h"

/* Every property of config.md and config-linux.md (1.3). */
static const char everything[] =
        "{\"ociVersion\":\"1.3.0\","
        "\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
        "\"hostname\":\"h\",\"domainname\":\"d\","
        "\"mounts\":[{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"/srv\",\"options\":[\"rbind\",\"idmap\"],"
        "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":2000,"
        "\"size\":2}]}],"
        "\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},"
        "\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[3,4]},\"args\":[\"sh\",\"-c\",\"true\"],"
        "\"env\":[\"A=b\"],\"cwd\":\"/tmp\","
        "\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],\"inheritable\":[],"
        "\"permitted\":[\"CAP_KILL\"],"
        "\"ambient\":[\"CAP_KILL\"]},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1024,\"hard\":18446744073709551615}],"
        "\"noNewPrivileges\":true,\"apparmorProfile\":\"a\",\"selinuxLabel\":\"s\",\"oomScoreAdj\":-5,"
        "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":0,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"],\"runtime\":1024,"
        "\"deadline\":2048,"
        "\"period\":3072},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4},\"execCPUAffinity\":{\"initial\":\"0-1\","
        "\"final\":\"2\"}},"
        "\"hooks\":{\"prestart\":[{\"path\":\"/p1\",\"args\":[\"p1\",\"x\"],\"env\":[\"E=f\"],\"timeout\":5}],"
        "\"createRuntime\":[{\"path\":\"/p2\"}],"
        "\"createContainer\":[{\"path\":\"/p3\"}],\"startContainer\":[{\"path\":\"/p4\"}],\"poststart\":[{\"path\":\"/p5\"}],"
        "\"poststop\":[{\"path\":\"/p6\"}]},"
        "\"annotations\":{\"a.b\":\"c\"},"
        "\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],"
        "\"gidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},"
        "\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\",\"major\":1,"
        "\"minor\":-1,"
        "\"access\":\"r\"}],"
        "\"memory\":{\"limit\":1,\"reservation\":2,\"swap\":3,\"kernel\":-1,\"kernelTCP\":-1,\"swappiness\":60,"
        "\"disableOOMKiller\":false,"
        "\"useHierarchy\":true,\"checkBeforeUpdate\":true},\"cpu\":{\"shares\":1024,\"quota\":-1,\"burst\":10,\"period\":100000,"
        "\"realtimeRuntime\":5,\"realtimePeriod\":6,\"cpus\":\"0-3\",\"mems\":\"0\",\"idle\":1},\"pids\":{\"limit\":-1},"
        "\"blockIO\":{\"weight\":100,\"leafWeight\":200,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10,"
        "\"leafWeight\":20}],"
        "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":11}],\"throttleWriteBpsDevice\":[{\"major\":8,"
        "\"minor\":2,\"rate\":12}],"
        "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":3,\"rate\":13}],\"throttleWriteIOPSDevice\":[{\"major\":8,"
        "\"minor\":4,"
        "\"rate\":14}]},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4096}],\"network\":{\"classID\":7,"
        "\"priorities\":[{\"name\":\"eth0\","
        "\"priority\":8}]},\"rdma\":{\"mlx5_0\":{\"hcaHandles\":1,\"hcaObjects\":2},\"mlx5_1\":{\"hcaObjects\":3}},"
        "\"unified\":{\"memory.high\":\"max\"}},"
        "\"cgroupsPath\":\"system.slice:berth:x\",\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"mount\"},"
        "{\"type\":\"ipc\",\"path\":\"/proc/1/ns/ipc\"},"
        "{\"type\":\"uts\"},{\"type\":\"user\"},{\"type\":\"cgroup\"},{\"type\":\"time\"}],"
        "\"devices\":[{\"type\":\"u\",\"path\":\"/dev/x\",\"major\":1,\"minor\":3,\"fileMode\":438,\"uid\":0,"
        "\"gid\":5},{\"type\":\"p\","
        "\"path\":\"/dev/fifo\"}],\"netDevices\":{\"eth1\":{\"name\":\"eth0\"},\"dummy0\":{}},"
        "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86_64\","
        "\"SCMP_ARCH_X32\"],"
        "\"flags\":[],\"listenerPath\":\"/run/agent\",\"listenerMetadata\":\"m\",\"syscalls\":[{\"names\":[\"read\",\"openat\"],"
        "\"action\":\"SCMP_ACT_NOTIFY\",\"args\":[{\"index\":5,\"value\":18446744073709551615,\"valueTwo\":1,"
        "\"op\":\"SCMP_CMP_MASKED_EQ\"}]},"
        "{\"names\":[\"ptrace\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0}]},"
        "\"rootfsPropagation\":\"rslave\",\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\"],"
        "\"mountLabel\":\"l\","
        "\"intelRdt\":{\"closID\":\"c\",\"schemata\":[\"L3:0=f\"],\"l3CacheSchema\":\"L3:0=ff\",\"memBwSchema\":\"MB:0=50\","
        "\"enableMonitoring\":true},\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\","
        "\"flags\":[\"MPOL_F_STATIC_NODES\"]},"
        "\"personality\":{\"domain\":\"LINUX32\"},\"timeOffsets\":{\"monotonic\":{\"secs\":-1,\"nanosecs\":999999999},"
        "\"boottime\":{\"secs\":2}}}}";

static Spec *read_everything(void) {
        CLEANUP(error_done) Error error = {};
        Spec *spec = NULL;

        ASSERT_OK_ERROR(spec_parse(everything, strlen(everything), "/bundle", &spec, &error), &error);
        return spec;
}

TEST(top_level) {
        CLEANUP(spec_freep) Spec *spec = read_everything();

        ASSERT_EQ(spec->format, SPEC_FORMAT_OCI);
        ASSERT_STREQ(spec->bundle, "/bundle");
        ASSERT_STREQ(spec->oci_version, "1.3.0");
        ASSERT_STREQ(spec->root.path, "rootfs");
        ASSERT_TRUE(spec->root.readonly);
        ASSERT_STREQ(spec->hostname, "h");
        ASSERT_STREQ(spec->domainname, "d");
        ASSERT_EQ(spec->n_mounts, 1);
        ASSERT_STREQ(spec->mounts[0].options[1], "idmap");
        ASSERT_EQ(spec->mounts[0].gid_mappings[0].host_id, 2000);
        ASSERT_STREQ(spec_map_get(&spec->annotations, "a.b"), "c");
        ASSERT_STREQ(spec->hooks.prestart[0].args[1], "x");
        ASSERT_STREQ(spec->hooks.prestart[0].env[0], "E=f");
        ASSERT_EQ(spec->hooks.prestart[0].timeout.value, 5);
        ASSERT_STREQ(spec->hooks.create_runtime[0].path, "/p2");
        ASSERT_STREQ(spec->hooks.create_container[0].path, "/p3");
        ASSERT_STREQ(spec->hooks.start_container[0].path, "/p4");
        ASSERT_STREQ(spec->hooks.poststart[0].path, "/p5");
        ASSERT_STREQ(spec->hooks.poststop[0].path, "/p6");
        ASSERT_FALSE(spec->hooks.poststop[0].timeout.set);
}

TEST(process) {
        CLEANUP(spec_freep) Spec *spec = read_everything();
        const SpecProcess *process = spec->process;

        ASSERT_TRUE(process->terminal);
        ASSERT_EQ(process->console_size->width, 80);
        ASSERT_EQ(process->user.uid, 1);
        ASSERT_EQ(process->user.umask.value, 18);
        ASSERT_EQ(process->user.additional_gids[1], 4);
        ASSERT_EQ(strv_length(process->args), 3);
        ASSERT_STREQ(process->cwd, "/tmp");
        ASSERT_STREQ(process->capabilities->ambient[0], "CAP_KILL");
        ASSERT_NOT_NULL(process->capabilities->inheritable);
        ASSERT_EQ(strv_length(process->capabilities->inheritable), 0);
        ASSERT_EQ(spec_rlimit_resource(process->rlimits[0].type), RLIMIT_NOFILE);
        ASSERT_TRUE(process->rlimits[0].hard == RLIM_INFINITY);
        ASSERT_TRUE(process->no_new_privileges);
        ASSERT_EQ(process->oom_score_adj.value, -5);
        ASSERT_EQ(process->scheduler->policy, SPEC_SCHEDULER_DEADLINE);
        ASSERT_TRUE(spec_set_has(process->scheduler->flags, SPEC_SCHEDULER_FLAG_RESET_ON_FORK));
        ASSERT_EQ(process->io_priority->class, SPEC_IO_PRIORITY_BE);
        ASSERT_STREQ(process->exec_cpu_affinity->final, "2");
}

TEST(linux_object) {
        CLEANUP(spec_freep) Spec *spec = read_everything();
        const SpecOs *os = &spec->os;

        ASSERT_EQ(os->n_namespaces, 8);
        ASSERT_STREQ(spec_namespace(spec, SPEC_NAMESPACE_IPC)->path, "/proc/1/ns/ipc");
        ASSERT_TRUE(spec_has_namespace(spec, SPEC_NAMESPACE_TIME));
        ASSERT_EQ(os->uid_mappings[0].size, 65536);
        ASSERT_EQ(os->devices[0].type, SPEC_DEVICE_CHARACTER);
        ASSERT_EQ(os->devices[0].file_mode.value, 0666);
        ASSERT_EQ(os->devices[1].type, SPEC_DEVICE_FIFO);
        ASSERT_EQ(os->n_net_devices, 2);
        ASSERT_STREQ(os->net_devices[0].host_name, "eth1");
        ASSERT_STREQ(os->net_devices[0].name, "eth0");
        ASSERT_NULL(os->net_devices[1].name);
        ASSERT_STREQ(os->cgroups_path, "system.slice:berth:x");
        ASSERT_EQ(os->rootfs_propagation, SPEC_PROPAGATION_RSLAVE);
        ASSERT_STREQ(os->masked_paths[0], "/proc/kcore");
        ASSERT_STREQ(os->intel_rdt->schemata[0], "L3:0=f");
        ASSERT_TRUE(os->intel_rdt->enable_monitoring);
        ASSERT_EQ(os->memory_policy->mode, SPEC_MEMORY_POLICY_BIND);
        ASSERT_EQ(os->personality->domain, SPEC_PERSONALITY_LINUX32);
        ASSERT_EQ(os->time_offsets->monotonic->secs, -1);
        ASSERT_EQ(os->time_offsets->boottime->nanosecs, 0);
}

TEST(resources) {
        CLEANUP(spec_freep) Spec *spec = read_everything();
        const SpecResources *resources = spec->os.resources;

        ASSERT_EQ(resources->n_devices, 2);
        ASSERT_EQ(resources->devices[0].type, 0);
        ASSERT_FALSE(resources->devices[0].major.set);
        ASSERT_EQ(resources->devices[1].minor.value, -1);
        ASSERT_EQ(resources->memory->limit.value, 1);
        ASSERT_EQ(resources->memory->kernel.value, -1);
        ASSERT_TRUE(resources->memory->disable_oom_killer.set);
        ASSERT_TRUE(resources->memory->check_before_update.value);
        ASSERT_EQ(resources->cpu->quota.value, -1);
        ASSERT_EQ(resources->cpu->burst.value, 10);
        ASSERT_EQ(resources->cpu->idle.value, 1);
        ASSERT_STREQ(resources->cpu->cpus, "0-3");
        ASSERT_EQ(resources->pids->limit.value, -1);
        ASSERT_EQ(resources->block_io->weight_device[0].leaf_weight.value, 20);
        ASSERT_EQ(resources->block_io->throttle_read_bps_device[0].rate, 11);
        ASSERT_EQ(resources->block_io->throttle_write_bps_device[0].rate, 12);
        ASSERT_EQ(resources->block_io->throttle_read_iops_device[0].rate, 13);
        ASSERT_EQ(resources->block_io->throttle_write_iops_device[0].rate, 14);
        ASSERT_STREQ(resources->hugepage_limits[0].page_size, "2MB");
        ASSERT_EQ(resources->network->class_id.value, 7);
        ASSERT_STREQ(resources->network->priorities[0].name, "eth0");
        ASSERT_EQ(resources->n_rdma, 2);
        ASSERT_STREQ(resources->rdma[0].device, "mlx5_0");
        ASSERT_EQ(resources->rdma[0].hca_objects.value, 2);
        ASSERT_FALSE(resources->rdma[1].hca_handles.set);
        ASSERT_STREQ(spec_map_get(&resources->unified, "memory.high"), "max");
}

TEST(seccomp) {
        CLEANUP(spec_freep) Spec *spec = read_everything();
        const SpecSeccomp *seccomp = spec->os.seccomp;

        ASSERT_EQ(seccomp->default_action, SPEC_SECCOMP_ERRNO);
        ASSERT_EQ(seccomp->default_errno_ret.value, 38);
        ASSERT_TRUE(spec_set_has(seccomp->architectures, SPEC_ARCHITECTURE_X32));
        ASSERT_FALSE(spec_set_has(seccomp->architectures, SPEC_ARCHITECTURE_X86));
        ASSERT_TRUE(seccomp->flags.set);
        ASSERT_EQ(seccomp->flags.mask, 0);
        ASSERT_EQ(seccomp->n_syscalls, 2);
        ASSERT_STREQ(seccomp->syscalls[0].names[1], "openat");
        ASSERT_TRUE(seccomp->syscalls[0].args[0].value == UINT64_MAX);
        ASSERT_EQ(seccomp->syscalls[0].args[0].op, SPEC_SECCOMP_MASKED_EQ);
        ASSERT_FALSE(seccomp->syscalls[0].errno_ret.set);
        ASSERT_TRUE(seccomp->syscalls[1].errno_ret.set);
}

TEST(everything_is_sensible_and_reads_back) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_freep) Spec *spec = read_everything(), *again = NULL;
        CLEANUP(freep) char *text = spec_to_json(spec), *second = NULL;

        ASSERT_OK_ERROR(spec_check(spec, &error), &error);
        ASSERT_NOT_NULL(text);
        ASSERT_OK_ERROR(spec_parse(text, strlen(text), "/bundle", &again, &error), &error);
        second = spec_to_json(again);
        ASSERT_STREQ(second, text);
        ASSERT_CONTAINS(text, "\"hard\": 18446744073709551615");
        ASSERT_CONTAINS(text, "\"dummy0\": {}");
}

/* Every name of the tables stands in the text above, so that a new row gets a test. */
static void find_names(const ObjectType *type) {
        for (const Field *field = type->fields; field->name; field++) {
                char quoted[64];

                (void) snprintf(quoted, sizeof(quoted), "\"%s\":", field->name);
                if (!strstr(everything, quoted) && strcmp(field->name, "username") != 0)
                        FAIL("%s is in no test", field->name);
                if (field->type)
                        find_names(field->type);
        }
}

TEST(no_row_is_forgotten) {
        find_names(&spec_type);
}

TEST(process_alone) {
        static const char text[] = "{\"user\":{\"uid\":3,\"gid\":0},\"args\":[\"id\"],\"cwd\":\"/\","
        "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1}]}";
        static const char good[] = "{\"args\":[\"id\"],\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,"
        "\"hard\":2}]}";
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_process_freep) SpecProcess *process = NULL, *copy = NULL;

        ASSERT_FAILS(spec_parse_process(text, strlen(text), &process, &error), EINVAL);
        ASSERT_STREQ(error_text(&error), "process.rlimits[0].hard: is required");
        error_done(&error);
        ASSERT_OK_ERROR(spec_parse_process(good, strlen(good), &process, &error), &error);
        ASSERT_OK_ERROR(spec_check_process(process, &error), &error);
        ASSERT_OK(spec_process_copy(process, &copy));
        ASSERT_STREQ(copy->args[0], "id");
        ASSERT_EQ(copy->rlimits[0].hard, 2);
        ASSERT_TRUE(copy->args != process->args);
        ASSERT_NULL(copy->capabilities);
}

TEST(resources_alone) {
        static const char text[] = "{\"memory\":{\"limit\":4096},\"pids\":{\"limit\":\"x\"}}";
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_resources_freep) SpecResources *resources = NULL;

        ASSERT_FAILS(spec_parse_resources(text, strlen(text), &resources, &error), EINVAL);
        ASSERT_STREQ(error_text(&error), "linux.resources.pids.limit: must be a number, not a string");
        ASSERT_OK(spec_parse_resources("{}", 2, &resources, NULL));
        ASSERT_NULL(resources->memory);
}

TEST(load) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_freep) Spec *spec = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;

        ASSERT_NOT_NULL(mkdtemp(directory));
        fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        ASSERT_FAILS(spec_load(directory, NULL, &spec, &error), ENOENT);
        ASSERT_CONTAINS(error_text(&error), "JSON specification file at ");
        ASSERT_ERROR_CONTAINS(&error, directory);
        ASSERT_OK(file_replace_at(fd, "config.json", "{}", 2, 0600));
        ASSERT_FAILS(spec_load(directory, NULL, &spec, &error), EINVAL);
        ASSERT_ERROR_CONTAINS(&error, "/config.json: ociVersion: is required");
        ASSERT_OK(file_replace_at(fd, "other.json", everything, strlen(everything), 0600));
        ASSERT_OK_ERROR(spec_load(directory, "other.json", &spec, &error), &error);
        ASSERT_STREQ(spec->bundle, directory);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
}

static Spec *read_default(bool rootless, char *const *command) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(freep) char *text = spec_default_json(rootless, 1000, 1001, command);
        Spec *spec = NULL;

        ASSERT_NOT_NULL(text);
        ASSERT_OK_ERROR(spec_parse(text, strlen(text), "/bundle", &spec, &error), &error);
        ASSERT_OK_ERROR(spec_check(spec, &error), &error);
        return spec;
}

TEST(default_configuration) {
        CLEANUP(spec_freep) Spec *spec = read_default(false, NULL);
        const SpecCapabilities *capabilities = spec->process->capabilities;

        ASSERT_STREQ(spec->process->args[0], "sh");
        ASSERT_TRUE(spec->process->terminal);
        ASSERT_TRUE(spec->process->no_new_privileges);
        ASSERT_TRUE(spec->root.readonly);
        ASSERT_STREQ(spec->hostname, "berth");
        ASSERT_EQ(strv_length(capabilities->bounding), 3);
        ASSERT_EQ(strv_length(capabilities->inheritable), 0);
        ASSERT_EQ(strv_length(capabilities->ambient), 0);
        ASSERT_EQ(spec->process->rlimits[0].soft, 1024);
        ASSERT_EQ(spec->n_mounts, 7);
        ASSERT_EQ(spec->os.n_namespaces, 6);
        ASSERT_FALSE(spec->os.resources->devices[0].allow);
        ASSERT_TRUE(strv_contains(spec->os.masked_paths, "/proc/kcore"));
        ASSERT_TRUE(strv_contains(spec->os.readonly_paths, "/proc/sysrq-trigger"));
}

TEST(default_configuration_with_a_command) {
        char echo[] = "echo", text[] = "a \"b\"\n";
        char *const command[] = { echo, text, NULL };
        CLEANUP(spec_freep) Spec *spec = read_default(false, command);

        ASSERT_EQ(strv_length(spec->process->args), 2);
        ASSERT_STREQ(spec->process->args[0], "echo");
        ASSERT_STREQ(spec->process->args[1], "a \"b\"\n");
        ASSERT_FALSE(spec->process->terminal);
        ASSERT_EQ(strv_length(spec->process->env), 1);
}

TEST(default_configuration_rootless) {
        CLEANUP(spec_freep) Spec *spec = read_default(true, NULL);

        ASSERT_TRUE(spec_has_namespace(spec, SPEC_NAMESPACE_USER));
        ASSERT_FALSE(spec_has_namespace(spec, SPEC_NAMESPACE_NETWORK));
        ASSERT_EQ(spec->os.uid_mappings[0].host_id, 1000);
        ASSERT_EQ(spec->os.gid_mappings[0].host_id, 1001);
        ASSERT_EQ(spec->os.gid_mappings[0].size, 1);
        ASSERT_NULL(spec->os.resources);
        for (size_t i = 0; i < spec->n_mounts; i++)
                ASSERT_FALSE(strv_contains(spec->mounts[i].options, "gid=5"));
        ASSERT_STREQ(spec->mounts[spec->n_mounts - 1].destination, "/sys");
        ASSERT_TRUE(strv_contains(spec->mounts[spec->n_mounts - 1].options, "rbind"));
}

TEST(features) {
        char bind[] = "bind", rro[] = "rro", prefix[] = "org.systemd.property.";
        char *options[] = { bind, rro, NULL }, *unsafe[] = { prefix, NULL };
        Features facts = {
                .mount_options = options,
                .unsafe_annotations = unsafe,
                .seccomp = true,
                .seccomp_flags = { .mask = 1 << SPEC_SECCOMP_FLAG_LOG, .set = true },
        };
        CLEANUP(freep) char *text = features_to_json(&facts), *without = NULL;

        ASSERT_CONTAINS(text, "\"ociVersionMin\": \"1.0.0\"");
        ASSERT_CONTAINS(text, "\"ociVersionMax\": \"1.3.0\"");
        ASSERT_CONTAINS(text, "\"startContainer\"");
        ASSERT_CONTAINS(text, "\"rro\"");
        ASSERT_CONTAINS(text, "\"CAP_CHECKPOINT_RESTORE\"");
        ASSERT_CONTAINS(text, "\"supportedFlags\": [\n        \"SECCOMP_FILTER_FLAG_LOG\"\n      ]");
        ASSERT_CONTAINS(text, "\"SCMP_ACT_NOTIFY\"");
        ASSERT_CONTAINS(text, "\"MPOL_WEIGHTED_INTERLEAVE\"");
        ASSERT_CONTAINS(text, "\"mountExtensions\": {\n      \"idmap\": {\n        \"enabled\": true");
        ASSERT_CONTAINS(text, "\"org.systemd.property.\"");
        facts.seccomp = false;
        without = features_to_json(&facts);
        ASSERT_NOT_CONTAINS(without, "SCMP_ACT_NOTIFY");
}
