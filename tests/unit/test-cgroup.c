/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/cgroup: what is read of a cgroup's files, from a directory that looks like one; tests/unit/test-cgroup-kernel.c asks the
 * kernel. */

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/check.h"
#include "cgroup/stats.h"
#include "test.h"

typedef struct Directory {
        char path[64];
        int fd;
} Directory;

static Directory directory_new(void) {
        Directory directory = { .path = "/tmp/test-cgroup.XXXXXX" };

        ASSERT_NOT_NULL(mkdtemp(directory.path));
        directory.fd = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ASSERT_OK(directory.fd);
        return directory;
}

static void directory_done(Directory *directory) {
        fd_close(directory->fd);
        (void) path_remove_tree_at(AT_FDCWD, directory->path);
}

static void put(const Directory *directory, const char *name, const char *text) {
        ASSERT_OK(file_replace_at(directory->fd, name, text, strlen(text), 0644));
}

static char *get(const Directory *directory, const char *name) {
        char *text;

        ASSERT_OK(file_read_at(directory->fd, name, 4096, &text, NULL));
        return text;
}

TEST(numbers) {
        CLEANUP(directory_done) Directory directory = directory_new();
        uint64_t value;

        put(&directory, "a", "17\n");
        put(&directory, "b", "max\n");
        put(&directory, "c", "17 18\n");
        put(&directory, "d", "low 1\nlower 2\noom_kill 18446744073709551615\n");
        ASSERT_OK(cgroup_read_u64(directory.fd, "a", &value));
        ASSERT_EQ(value, 17U);
        ASSERT_OK(cgroup_read_u64(directory.fd, "b", &value));
        ASSERT_EQ(value, UINT64_MAX);
        ASSERT_FAILS(cgroup_read_u64(directory.fd, "c", &value), EINVAL);
        ASSERT_FAILS(cgroup_read_u64(directory.fd, "e", &value), ENOENT);
        ASSERT_OK(cgroup_read_key(directory.fd, "d", "lower", &value));
        ASSERT_EQ(value, 2U);
        ASSERT_OK(cgroup_read_key(directory.fd, "d", "oom_kill", &value));
        ASSERT_EQ(value, UINT64_MAX);
        ASSERT_FAILS(cgroup_read_key(directory.fd, "d", "lowe", &value), ENODATA);
}

TEST(events) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CgroupEvents events;

        put(&directory, "cgroup.events", "populated 1\nfrozen 0\n");
        ASSERT_OK(cgroup_read_events(directory.fd, &events));
        ASSERT_TRUE(events.populated);
        ASSERT_FALSE(events.frozen || events.memory);
        put(&directory, "cgroup.events", "populated 0\nfrozen 1\n");
        put(&directory, "memory.events", "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\nnews 7\n");
        ASSERT_OK(cgroup_read_events(directory.fd, &events));
        ASSERT_FALSE(events.populated);
        ASSERT_TRUE(events.frozen && events.memory);
        ASSERT_EQ(events.low, 1U);
        ASSERT_EQ(events.oom, 4U);
        ASSERT_EQ(events.oom_kill, 5U);
        ASSERT_EQ(events.oom_group_kill, 6U);
        ASSERT_EQ(cgroup_is_frozen(directory.fd), 1);
        ASSERT_EQ(cgroup_is_populated(directory.fd), 0);
}

TEST(processes) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(freep) pid_t *pids = NULL;
        size_t n;

        put(&directory, "cgroup.procs", "5\n0\n6\n");
        ASSERT_OK(mkdirat(directory.fd, "below", 0755));
        ASSERT_OK(mkdirat(directory.fd, "below/deeper", 0755));
        put(&directory, "below/cgroup.procs", "");
        put(&directory, "below/deeper/cgroup.procs", "7\n");
        ASSERT_OK(cgroup_processes(directory.fd, &pids, &n));
        ASSERT_EQ(n, 3U);
        ASSERT_EQ(pids[0], 5);
        ASSERT_EQ(pids[1], 6);
        ASSERT_EQ(pids[2], 7);
}

/* With few descriptors: how deep a container's cgroups are is up to the container. */
TEST(processes_of_a_deep_tree) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(fd_closep) int fd = openat(directory.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CLEANUP(freep) pid_t *pids = NULL;
        struct rlimit before, few = { 32, 32 };
        size_t n;

        put(&directory, "cgroup.procs", "5\n");
        for (int depth = 0; depth < 300; depth++) {
                int below;

                ASSERT_OK(mkdirat(fd, "d", 0755));
                ASSERT_OK(mkdirat(fd, "e", 0755));
                below = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                ASSERT_OK(below);
                ASSERT_OK(file_replace_at(fd, "e/cgroup.procs", "", 0, 0600));
                ASSERT_OK(file_replace_at(below, "cgroup.procs", depth == 299 ? "7\n" : "", depth == 299 ? 2 : 0, 0600));
                fd_close(fd);
                fd = below;
        }
        ASSERT_OK(getrlimit(RLIMIT_NOFILE, &before));
        few.rlim_max = before.rlim_max;
        ASSERT_OK(setrlimit(RLIMIT_NOFILE, &few));
        ASSERT_OK(cgroup_processes(directory.fd, &pids, &n));
        ASSERT_OK(setrlimit(RLIMIT_NOFILE, &before));
        ASSERT_EQ(n, 2U);
        ASSERT_EQ(pids[0], 5);
        ASSERT_EQ(pids[1], 7);
}

TEST(files) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CgroupFile files[2] = {};
        char burst[] = "cpu.max.burst", value[] = "5", high[] = "memory.swap.high", bad[] = "../x";
        ResourceSet set = { .files = files, .n_files = 2 };
        CLEANUP(freep) char *text = NULL;
        Error error = {};

        files[0] = (CgroupFile) { .name = burst, .value = value, .field = "linux.resources.cpu.burst" };
        files[1] = (CgroupFile) { .name = high, .value = value, .field = "linux.resources.unified" };
        put(&directory, "cpu.max.burst", "");
        ASSERT_FAILS(cgroup_write_files(directory.fd, "/none", &set, &error), ENOENT);
        ASSERT_CONTAINS(error_text(&error), "linux.resources.unified");
        ASSERT_ERROR_CONTAINS(&error, "memory.swap.high");
        text = get(&directory, "cpu.max.burst");
        ASSERT_STREQ(text, "5");
        files[1].optional = true;
        ASSERT_OK_ERROR(cgroup_write_files(directory.fd, "/none", &set, &error), &error);
        files[1].name = bad;
        ASSERT_FAILS(cgroup_write_files(directory.fd, "/none", &set, &error), EINVAL);
        error_done(&error);
}

TEST(controllers) {
        CLEANUP(directory_done) Directory directory = directory_new();
        Property properties[2] = {
                { .name = "MemoryMax", .type = PROPERTY_U64, .field = "linux.resources.memory.limit", .controller = "memory" },
                { .name = "AllowedCPUs", .type = PROPERTY_BYTES, .field = "linux.resources.cpu.cpus", .controller = "cpuset" },
        };
        ResourceSet set = { .properties = properties, .n_properties = 2 };
        Error error = {};

        put(&directory, "cgroup.controllers", "cpuset cpu io memory pids\n");
        ASSERT_OK_ERROR(cgroup_check_controllers(directory.fd, &set, &error), &error);
        put(&directory, "cgroup.controllers", "cpu memory pids\n");
        ASSERT_FAILS(cgroup_check_controllers(directory.fd, &set, &error), EOPNOTSUPP);
        ASSERT_ERROR_CONTAINS(&error, "linux.resources.cpu.cpus: controller cpuset");
        put(&directory, "cgroup.controllers", "\n");
        ASSERT_FAILS(cgroup_check_controllers(directory.fd, &set, &error), EOPNOTSUPP);
        ASSERT_ERROR_CONTAINS(&error, "linux.resources.memory.limit: controller memory");
        set.n_properties = 0;
        ASSERT_OK(cgroup_check_controllers(-1, &set, &error));
}

/* What the kernel makes of a number: whole pages, and "max" from PAGE_COUNTER_MAX on. */
TEST(applied_as_the_kernel_reads_it) {
        static const struct {
                const char *name, *file;
                uint64_t value;
                const char *text;
                bool holds;
        } cases[] = {
                { "MemoryMax", "memory.max", 8192, "8192\n", true },
                { "MemoryMax", "memory.max", 8193, "8192\n", true },
                { "MemoryMax", "memory.max", 8192, "4096\n", false },
                { "MemoryMax", "memory.max", 8192, "max\n", false },
                { "MemoryMax", "memory.max", UINT64_MAX, "max\n", true },
                { "MemoryMax", "memory.max", UINT64_MAX, "4096\n", false },
                { "MemoryMax", "memory.max", UINT64_C(9223372036854771712), "max\n", true },
                { "MemoryHigh", "memory.high", INT64_MAX, "max\n", true },
                { "MemorySwapMax", "memory.swap.max", UINT64_C(18446744073709551614), "max\n", true },
                { "MemorySwapMax", "memory.swap.max", UINT64_C(1) << 50, "1125899906842624\n", true },
                { "MemorySwapMax", "memory.swap.max", UINT64_C(1) << 50, "max\n", false },
                { "TasksMax", "pids.max", 8193, "8193\n", true },
                { "TasksMax", "pids.max", 8193, "8192\n", false },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(directory_done) Directory directory = directory_new();
                Property property = { .name = entry->name, .type = PROPERTY_U64, .u64 = entry->value };
                ResourceSet set = { .properties = &property, .n_properties = 1 };

                put(&directory, entry->file, entry->text);
                if (entry->holds != (cgroup_check_applied(directory.fd, &set, NULL) >= 0))
                        FAIL("%s=%llu with \"%s\"", entry->name, (unsigned long long) entry->value, entry->text);
        }
}

/* Operations per second are 32 bits there, and all of them set is no limit. */
TEST(applied_to_devices) {
        static const struct {
                const char *name;
                uint64_t value;
                bool holds;
        } cases[] = {
                { "IOReadIOPSMax", 500, true }, { "IOReadIOPSMax", 501, false }, { "IOWriteIOPSMax", UINT32_MAX, true },
                { "IOWriteIOPSMax", UINT64_C(5000000000), true }, { "IOWriteBandwidthMax", UINT64_C(5000000000), false },
        };
        char path[] = "/dev/block/8:0";

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(directory_done) Directory directory = directory_new();
                DeviceLimit limit = { .path = path, .value = entry->value };
                Property property = { .name = entry->name, .type = PROPERTY_DEVICE_LIMITS };
                ResourceSet set = { .properties = &property, .n_properties = 1 };

                property.limits = &limit;
                property.n_limits = 1;
                put(&directory, "io.max", "8:0 rbps=max wbps=max riops=500 wiops=max\n");
                if (entry->holds != (cgroup_check_applied(directory.fd, &set, NULL) >= 0))
                        FAIL("%s=%llu", entry->name, (unsigned long long) entry->value);
        }
}

/* A file that systemd owns is written only while it has what was expected. */
TEST(files_with_a_condition) {
        CLEANUP(directory_done) Directory directory = directory_new();
        char name[] = "cpu.max", value[] = "max 30000";
        CgroupFile file = { .name = name, .value = value, .only_if = "max " };
        ResourceSet set = { .files = &file, .n_files = 1 };
        CLEANUP(freep) char *limited = NULL, *free_of_it = NULL;

        put(&directory, "cpu.max", "50000 100000\n");
        ASSERT_OK(cgroup_write_files(directory.fd, "/x", &set, NULL));
        limited = get(&directory, "cpu.max");
        ASSERT_STREQ(limited, "50000 100000\n");
        put(&directory, "cpu.max", "max 100000\n");
        ASSERT_OK(cgroup_write_files(directory.fd, "/x", &set, NULL));
        free_of_it = get(&directory, "cpu.max");
        ASSERT_TRUE(startswith(free_of_it, "max 30000"));
}

TEST(devices) {
        char path[] = "/dev/block/4095:1048575";
        DeviceLimit limit = { .path = path, .value = 5 };
        Property property = { .name = "IOReadBandwidthMax", .type = PROPERTY_DEVICE_LIMITS,
                              .field = "linux.resources.blockIO.throttleReadBpsDevice" };
        ResourceSet set = { .properties = &property, .n_properties = 1 };
        Error error = {};

        property.limits = &limit;
        property.n_limits = 1;
        ASSERT_FAILS(cgroup_check_devices(&set, &error), ENODEV);
        ASSERT_CONTAINS(error_text(&error), "linux.resources.blockIO.throttleReadBpsDevice");
        ASSERT_ERROR_CONTAINS(&error, "4095:1048575");
}

static char *stats_json(const Directory *directory) {
        CLEANUP(cgroup_stats_done) CgroupStats stats = {};
        Text text = {};

        ASSERT_OK(cgroup_stats_read(directory->fd, &stats));
        cgroup_stats_to_json(&stats, &text);
        return text_take(&text);
}

TEST(stats_of_nothing) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(freep) char *json = stats_json(&directory);

        ASSERT_CONTAINS(json, "{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{}},\"cpuset\":{");
        ASSERT_CONTAINS(json, "\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},");
        ASSERT_CONTAINS(json, "\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}");
}

TEST(stats_of_all) {
        CLEANUP(directory_done) Directory directory = directory_new();
        CLEANUP(cgroup_stats_done) CgroupStats stats = {};
        CLEANUP(freep) char *json = NULL;

        put(&directory, "cpu.stat",
            "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 5\nnr_throttled 2\n"
            "throttled_usec 7\nnr_bursts 1\nburst_usec 3\n");
        put(&directory, "cpu.pressure",
            "some avg10=1.25 avg60=0.50 avg300=0.07 total=99\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
        put(&directory, "memory.current", "1000\n");
        put(&directory, "memory.peak", "2000\n");
        put(&directory, "memory.max", "4000\n");
        put(&directory, "memory.swap.current", "50\n");
        put(&directory, "memory.swap.max", "100\n");
        put(&directory, "memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n");
        put(&directory, "memory.stat", "anon 600\nfile 300\nkernel 80\n");
        put(&directory, "pids.current", "3\n");
        put(&directory, "pids.max", "max\n");
        put(&directory, "io.stat", "8:0 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=5 dios=6\n253:1 \nbroken\n8:16 rbytes=7\n");
        put(&directory, "hugetlb.2MB.current", "4194304\n");
        put(&directory, "hugetlb.2MB.rsvd.current", "0\n");
        put(&directory, "hugetlb.2MB.max", "max\n");
        put(&directory, "hugetlb.2MB.events", "max 6\n");
        put(&directory, "rdma.current", "mlx hca_handle=1 hca_object=20\n");
        put(&directory, "rdma.max", "mlx hca_handle=max hca_object=50\n");
        json = stats_json(&directory);
        ASSERT_CONTAINS(json, "\"usage\":{\"total\":30000,\"kernel\":10000,\"user\":20000},"
                              "\"throttling\":{\"periods\":5,\"throttledPeriods\":2,\"throttledTime\":7000},"
                              "\"psi\":{\"some\":{\"avg10\":1.25,\"avg60\":0.50,\"avg300\":0.07,\"total\":99},"
                              "\"full\":{\"avg10\":0.00,");
        ASSERT_CONTAINS(json, "\"cache\":300,\"usage\":{\"limit\":4000,\"usage\":1000,\"max\":2000,\"failcnt\":9},"
                              "\"swap\":{\"limit\":4100,\"usage\":1050,\"failcnt\":0},"
                              "\"kernel\":{\"limit\":0,\"usage\":80,\"failcnt\":0},");
        ASSERT_CONTAINS(json, "\"raw\":{\"anon\":600,\"file\":300,\"kernel\":80}");
        ASSERT_CONTAINS(json, "\"pids\":{\"current\":3}");
        ASSERT_CONTAINS(json,
                        "\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":100},"
                        "{\"major\":8,\"op\":\"Write\",\"value\":200},"
                              "{\"major\":8,\"minor\":16,\"op\":\"Read\",\"value\":7},"
                        "{\"major\":8,\"minor\":16,\"op\":\"Write\"}]");
        ASSERT_CONTAINS(json, "\"hugetlb\":{\"2MB\":{\"usage\":4194304,\"failcnt\":6}}");
        ASSERT_OK(cgroup_stats_read(directory.fd, &stats));
        ASSERT_EQ(stats.n_rdma, 1U);
        ASSERT_EQ(stats.rdma[0].objects, 20U);
        ASSERT_EQ(stats.rdma[0].handles_max, UINT64_MAX);
        ASSERT_EQ(stats.rdma[0].objects_max, 50U);
        ASSERT_EQ(stats.bursts, 1U);
        ASSERT_EQ(stats.oom_kill, 1U);
}
