/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/resource: from linux.resources, annotations and the rest of a spec to properties, files and device rules. */

#include <errno.h>
#include <math.h>

#include "base/strv.h"
#include "base/text.h"
#include "resource/compile.h"
#include "resource/knobs.h"
#include "resource/print.h"
#include "test.h"

/* The set of an update with these resources, as text. */
static char *update(const char *json) {
        CLEANUP(spec_resources_freep) SpecResources *resources = NULL;
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        Error error = {};
        Text text = {};

        ASSERT_OK_ERROR(spec_parse_resources(json, strlen(json), &resources, &error), &error);
        ASSERT_OK_ERROR(resource_compile_update(NULL, resources, resources, false, &set, &error), &error);
        resource_to_text(set, &text);
        return text_take(&text);
}

static void refused(const char *json, const char *part) {
        CLEANUP(spec_resources_freep) SpecResources *resources = NULL;
        ResourceSet *set = NULL;
        Error error = {};

        /* Either by the reader of the text or by the compiler; the caller does not see which. */
        if (spec_parse_resources(json, strlen(json), &resources, &error) >= 0 &&
            resource_compile_update(NULL, resources, resources, false, &set, &error) >= 0)
                FAIL("%s is taken", json);
        ASSERT_NULL(set);
        ASSERT_ERROR_CONTAINS(&error, part);
}

typedef struct Case {
        const char *json, *text;
} Case;

static void check_all(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                CLEANUP(freep) char *text = update(cases[i].json);

                if (!streq(text, cases[i].text))
                        FAIL("%s gives \"%s\", not \"%s\"", cases[i].json, text, cases[i].text);
        }
}

static void refuse_all(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++)
                refused(cases[i].json, cases[i].text);
}

TEST(shares) {
        static const unsigned pairs[][2] = {
                { 2, 1 }, { 3, 2 }, { 10, 4 }, { 100, 17 }, { 256, 35 }, { 512, 59 }, { 1000, 99 }, { 1024, 100 }, { 2048, 174 },
                                { 4096, 303 },
                { 10240, 639 }, { 65536, 3023 }, { 262144, 10000 }, { 1, 1 }, { 300000, 10000 },
        };

        FOREACH_ELEMENT(pair, pairs)
                ASSERT_EQ(cpu_shares_to_weight((*pair)[0]), (*pair)[1]);
}

/* The search gives what the formula gives in libm's arithmetic, for every value there is. */
TEST(shares_are_the_formula) {
        for (uint64_t shares = 3; shares < 262144; shares++) {
                double l = log2((double) shares), exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;

                ASSERT_EQ(cpu_shares_to_weight(shares), (uint64_t) ceil(pow(10, exponent)));
        }
}

TEST(quota) {
        ASSERT_EQ(cpu_quota_per_second(50000, 100000), 500000U);
        ASSERT_EQ(cpu_quota_per_second(33333, 100000), 340000U);
        ASSERT_EQ(cpu_quota_per_second(16666, 50000), 340000U);
        ASSERT_EQ(cpu_quota_per_second(1000, 1000000), 10000U);
        ASSERT_EQ(cpu_quota_per_second(400000, 100000), 4000000U);
}

TEST(memory) {
        static const Case cases[] = {
                { "{\"memory\":{\"limit\":52428800}}", "MemoryMax=52428800\n" },
                { "{\"memory\":{\"limit\":-1}}", "MemoryMax=infinity\nMemorySwapMax=infinity\n" },
                { "{\"memory\":{\"limit\":0}}", "" },
                { "{\"memory\":{\"reservation\":1000}}", "MemoryLow=1000\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":1500}}", "MemoryMax=1000\nMemorySwapMax=500\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":1000}}", "MemoryMax=1000\nMemorySwapMax=0\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":-1}}", "MemoryMax=1000\nMemorySwapMax=infinity\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":0}}", "MemoryMax=1000\n" },
                { "{\"memory\":{\"swap\":-1}}", "MemorySwapMax=infinity\n" },
                { "{\"memory\":{\"limit\":-1,\"swap\":5000}}", "MemoryMax=infinity\nMemorySwapMax=5000\n" },
                /* "no limit" in the words of cgroup v1 */
                { "{\"memory\":{\"limit\":9223372036854771712,\"swap\":9223372036854771712}}", "MemoryMax=9223372036854771712\nMemorySwapMax=infinity\n" },
                { "{\"memory\":{\"kernel\":-1,\"kernelTCP\":0,\"swappiness\":0,\"disableOOMKiller\":false}}", "" },
                { "{\"memory\":{\"swappiness\":18446744073709551615}}", "" },
                { "{\"memory\":{\"kernel\":1000,\"useHierarchy\":true,\"checkBeforeUpdate\":true}}", "" },
        };
        static const Case bad[] = {
                { "{\"memory\":{\"limit\":-2}}", "linux.resources.memory.limit: must be -1" },
                { "{\"memory\":{\"reservation\":-5}}", "linux.resources.memory.reservation" },
                { "{\"memory\":{\"swap\":1000}}", "linux.resources.memory.swap: unable to set swap limit without memory limit" },
                { "{\"memory\":{\"limit\":1000,\"swap\":999}}",
                  "linux.resources.memory.swap: memory+swap limit should be >= memory limit" },
                { "{\"memory\":{\"swappiness\":60}}", "linux.resources.memory.swappiness" },
                { "{\"memory\":{\"disableOOMKiller\":true}}", "linux.resources.memory.disableOOMKiller" },
        };

        check_all(cases, ELEMENTSOF(cases));
        refuse_all(bad, ELEMENTSOF(bad));
}

TEST(cpu) {
        static const Case cases[] = {
                { "{\"cpu\":{\"shares\":1024}}", "CPUWeight=100\n" },
                { "{\"cpu\":{\"shares\":0}}", "" },
                { "{\"cpu\":{\"quota\":50000,\"period\":100000}}", "CPUQuotaPeriodUSec=100000\nCPUQuotaPerSecUSec=500000\n" },
                { "{\"cpu\":{\"quota\":20000}}", "CPUQuotaPerSecUSec=200000\n" },
                { "{\"cpu\":{\"quota\":-1}}", "CPUQuotaPerSecUSec=infinity\n" },
                { "{\"cpu\":{\"period\":50000}}", "CPUQuotaPeriodUSec=50000\ncpu.max = max 50000\n" },
                { "{\"cpu\":{\"quota\":-1,\"period\":50000}}", "CPUQuotaPeriodUSec=50000\nCPUQuotaPerSecUSec=infinity\ncpu.max = max 50000\n" },
                { "{\"cpu\":{\"idle\":1}}", "CPUWeight=0\n" },
                { "{\"cpu\":{\"idle\":0}}", "CPUWeight=infinity\n" },
                { "{\"cpu\":{\"idle\":0,\"shares\":1024}}", "CPUWeight=100\n" },
                { "{\"cpu\":{\"idle\":1,\"shares\":1024}}", "CPUWeight=0\n" },
                { "{\"cpu\":{\"burst\":1000,\"quota\":5000}}", "CPUQuotaPerSecUSec=50000\ncpu.max.burst = 1000\n" },
                { "{\"cpu\":{\"cpus\":\"0-3,7\",\"mems\":\"0\"}}", "AllowedCPUs=0-3,7\nAllowedMemoryNodes=0\n" },
                { "{\"cpu\":{\"cpus\":\"9\",\"mems\":\"\"}}", "AllowedCPUs=9\n" },
                { "{\"cpu\":{\"realtimeRuntime\":0,\"realtimePeriod\":0}}", "" },
        };
        static const Case bad[] = {
                { "{\"cpu\":{\"quota\":999}}", "linux.resources.cpu.quota: must be at least 1000" },
                { "{\"cpu\":{\"quota\":9223372036854775807}}", "linux.resources.cpu.quota" },
                { "{\"cpu\":{\"period\":999}}", "linux.resources.cpu.period: must be from 1000 to 1000000" },
                { "{\"cpu\":{\"period\":1000001}}", "linux.resources.cpu.period" },
                { "{\"cpu\":{\"idle\":2}}", "linux.resources.cpu.idle" },
                { "{\"cpu\":{\"burst\":6000,\"quota\":5000}}", "linux.resources.cpu.burst" },
                { "{\"cpu\":{\"cpus\":\"0-4294967295\"}}", "linux.resources.cpu.cpus" },
                { "{\"cpu\":{\"cpus\":\"3-1\"}}", "linux.resources.cpu.cpus" },
                { "{\"cpu\":{\"realtimeRuntime\":1}}", "linux.resources.cpu.realtimeRuntime" },
                { "{\"cpu\":{\"realtimePeriod\":1}}", "linux.resources.cpu.realtimePeriod" },
        };

        check_all(cases, ELEMENTSOF(cases));
        refuse_all(bad, ELEMENTSOF(bad));
}

TEST(cpus_are_a_bit_mask) {
        CLEANUP(spec_resources_freep) SpecResources *resources = NULL;
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        static const char json[] = "{\"cpu\":{\"cpus\":\"1,8-9\"}}";

        ASSERT_OK(spec_parse_resources(json, strlen(json), &resources, NULL));
        ASSERT_OK(resource_compile_update(NULL, resources, resources, false, &set, NULL));
        ASSERT_EQ(set->properties[0].n_bytes, 2U);
        ASSERT_MEMEQ(set->properties[0].bytes, "\x02\x03", 2);
        ASSERT_STREQ(set->properties[0].controller, "cpuset");
}

/* What an update sends, with what was set before. */
static char *change(const char *before_json, const char *changes_json) {
        CLEANUP(spec_resources_freep) SpecResources *before = NULL, *changes = NULL, *merged = NULL;
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        Error error = {};
        Text text = {};

        ASSERT_OK(spec_parse_resources(before_json, strlen(before_json), &before, NULL));
        ASSERT_OK(spec_parse_resources(changes_json, strlen(changes_json), &changes, NULL));
        ASSERT_OK(spec_resources_merge(before, changes, &merged));
        if (resource_compile_update(before, changes, merged, false, &set, &error) < 0)
                text_add(&text, error.text);
        else
                resource_to_text(set, &text);
        error_done(&error);
        return text_take(&text);
}

TEST(update_sends_what_changes_and_what_follows) {
        static const struct {
                const char *before, *changes, *text;
        } cases[] = {
                { "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":2000}}", "MemoryMax=2000\nMemorySwapMax=1000\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"swap\":1000}}", "MemorySwapMax=0\n" },
                { "{\"memory\":{\"limit\":1000}}", "{\"memory\":{\"limit\":0,\"reservation\":500}}", "MemoryLow=500\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"cpu\":{\"shares\":1024}}", "CPUWeight=100\n" },
                /* said again, as somebody else may have changed it meanwhile */
                { "{\"memory\":{\"limit\":1000}}", "{\"memory\":{\"limit\":1000}}", "MemoryMax=1000\n" },
                { "{\"cpu\":{\"quota\":50000,\"period\":100000}}", "{\"cpu\":{\"period\":50000}}",
                  "CPUQuotaPeriodUSec=50000\nCPUQuotaPerSecUSec=1000000\n" },
                { "{\"cpu\":{\"quota\":500000,\"period\":1000000}}", "{\"cpu\":{\"quota\":-1}}", "CPUQuotaPerSecUSec=infinity\ncpu.max = max 1000000\n" },
                { "{\"cpu\":{\"quota\":-1,\"period\":30000}}", "{\"cpu\":{\"quota\":15000}}", "CPUQuotaPerSecUSec=500000\n" },
                { "{\"cpu\":{\"quota\":-1,\"period\":30000}}", "{\"pids\":{\"limit\":5}}", "TasksMax=5\n" },
                /* memory that becomes unlimited takes the sum with it, unless that is named */
                { "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":-1}}", "MemoryMax=infinity\nMemorySwapMax=infinity\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":-1,\"swap\":0}}", "MemoryMax=infinity\nMemorySwapMax=infinity\n" },
                { "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":-1,\"swap\":5000}}", "MemoryMax=infinity\nMemorySwapMax=5000\n" },
                { "{\"cpu\":{\"quota\":50000,\"burst\":20000}}", "{\"cpu\":{\"quota\":10000}}",
                  "linux.resources.cpu.burst: must not be more than linux.resources.cpu.quota" },
                { "{\"unified\":{\"memory.high\":\"1000\",\"memory.oom.group\":\"1\"}}", "{\"unified\":{\"memory.min\":\"5\"}}", "MemoryMin=5\n" },
                { "{\"unified\":{\"memory.high\":\"1000\"}}", "{\"unified\":{\"memory.high\":\"1000\"}}", "MemoryHigh=1000\n" },
                { "{}", "{\"unified\":{\"memory.oom.group\":\"1\"}}",
                  "linux.resources.unified[memory.oom.group]: cannot be changed while the container runs" },
                { "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2097152}]}", "{\"pids\":{\"limit\":5}}", "TasksMax=5\n" },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(freep) char *text = change(entry->before, entry->changes);

                if (!streq(text, entry->text))
                        FAIL("%s with %s gives \"%s\", not \"%s\"", entry->before, entry->changes, text, entry->text);
        }
}

TEST(resources_merge) {
        static const struct {
                const char *before, *changes, *merged;
        } cases[] = {
                { "{\"cpu\":{\"shares\":5}}", "{\"cpu\":{\"quota\":7000}}", "{\"cpu\":{\"shares\":5,\"quota\":7000}}" },
                { "{\"cpu\":{\"shares\":5,\"cpus\":\"0\"}}", "{\"cpu\":{\"shares\":0,\"cpus\":\"\"}}", "{\"cpu\":{\"shares\":5,\"cpus\":\"0\"}}" },
                { "{\"cpu\":{\"idle\":1}}", "{\"cpu\":{\"idle\":0}}", "{\"cpu\":{\"idle\":0}}" },
                { "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1},{\"pageSize\":\"1GB\",\"limit\":2}]}",
                  "{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":3},{\"pageSize\":\"64KB\",\"limit\":4}]}",
                  "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1},{\"pageSize\":\"1GB\",\"limit\":3},{\"pageSize\":\"64KB\",\"limit\":4}]}" },
                { "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]}}",
                  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,\"rate\":2}]}}",
                  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},{\"major\":8,\"minor\":16,\"rate\":2}]}}" },
                { "{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"r\"}]}",
                  "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}", "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}" },
                { "{\"memory\":{\"limit\":1000,\"swap\":3000}}", "{\"memory\":{\"limit\":-1}}", "{\"memory\":{\"limit\":-1,\"swap\":-1}}" },
                { "{\"unified\":{\"memory.high\":\"1\"}}", "{\"unified\":{\"memory.high\":\"2\",\"memory.min\":\"3\"}}",
                  "{\"unified\":{\"memory.high\":\"2\",\"memory.min\":\"3\"}}" },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(spec_resources_freep) SpecResources *before = NULL, *changes = NULL, *merged = NULL, *expected = NULL;
                CLEANUP(freep) char *is = NULL, *should = NULL;

                ASSERT_OK(spec_parse_resources(entry->before, strlen(entry->before), &before, NULL));
                ASSERT_OK(spec_parse_resources(entry->changes, strlen(entry->changes), &changes, NULL));
                ASSERT_OK(spec_parse_resources(entry->merged, strlen(entry->merged), &expected, NULL));
                ASSERT_OK(spec_resources_merge(before, changes, &merged));
                is = spec_resources_to_json(merged);
                should = spec_resources_to_json(expected);
                ASSERT_STREQ(is, should);
        }
}

TEST(pids) {
        static const Case cases[] = {
                { "{\"pids\":{\"limit\":100}}", "TasksMax=100\n" },
                { "{\"pids\":{\"limit\":0}}", "TasksMax=1\n" },
                { "{\"pids\":{\"limit\":-1}}", "TasksMax=infinity\n" },
                { "{\"pids\":{}}", "" },
        };

        check_all(cases, ELEMENTSOF(cases));
}

/* What 0 means depends on the ociVersion: since 1.3 it is a limit. */
TEST(pids_0_of_a_version) {
        static const struct {
                const char *version, *tasks;
        } cases[] = { { "1.0.0", "TasksMax=infinity\n" }, { "1.2.1", "TasksMax=infinity\n" }, { "1.2.1-dev", "TasksMax=infinity\n" }, { "1.3.0", "TasksMax=1\n" } };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(spec_freep) Spec *spec = NULL;
                CLEANUP(resource_set_freep) ResourceSet *set = NULL;
                CLEANUP(freep) char *json = NULL, *text = NULL;
                Error error = {};
                Text built = {};

                ASSERT_TRUE(asprintf(&json, "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"/\"},\"linux\":{\"resources\":{\"pids\":{\"limit\":0}}}}", entry->version) > 0);
                ASSERT_OK_ERROR(spec_parse(json, strlen(json), "/b", &spec, &error), &error);
                ASSERT_OK_ERROR(resource_compile(spec, "c1", &(Placement) {}, &set, &error), &error);
                resource_to_text(set, &built);
                text = text_take(&built);
                ASSERT_CONTAINS(text, entry->tasks);
        }
}

TEST(io) {
        static const Case cases[] = {
                { "{\"blockIO\":{\"weight\":10}}", "IOWeight=10\n" },
                { "{\"blockIO\":{\"weight\":100}}", "IOWeight=100\n" },
                { "{\"blockIO\":{\"weight\":1000}}", "IOWeight=10000\n" },
                { "{\"blockIO\":{\"weight\":0,\"leafWeight\":0}}", "" },
                { "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":500},"
                  "{\"major\":8,\"minor\":16,\"leafWeight\":5}]}}",
                  "IODeviceWeight=/dev/block/8:0 4500\n" },
                { "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":600},"
                  "{\"major\":8,\"minor\":16,\"rate\":0}],"
                  "\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":700}],"
                  "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":800}],"
                  "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":900}]}}",
                  "IOReadBandwidthMax=/dev/block/8:0 600 /dev/block/8:16 infinity\nIOWriteBandwidthMax=/dev/block/8:0 700\n"
                  "IOReadIOPSMax=/dev/block/8:0 800\nIOWriteIOPSMax=/dev/block/8:0 900\n" },
        };
        static const Case bad[] = {
                { "{\"blockIO\":{\"weight\":9}}", "linux.resources.blockIO.weight: must be from 10 to 1000" },
                { "{\"blockIO\":{\"weight\":1001}}", "linux.resources.blockIO.weight" },
                { "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":5}]}}",
                  "linux.resources.blockIO.weightDevice" },
                { "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":5000,\"minor\":0,\"rate\":600}]}}",
                  "linux.resources.blockIO.throttleReadBpsDevice[0]" },
        };

        check_all(cases, ELEMENTSOF(cases));
        refuse_all(bad, ELEMENTSOF(bad));
        ASSERT_EQ(io_weight_from_bfq(101), 111U);
}

TEST(files) {
        static const Case cases[] = {
                { "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
                  "hugetlb.2MB.max = 4194304\nhugetlb.2MB.rsvd.max = 4194304\n" },
                { "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000},\"mlx4_0\":{\"hcaObjects\":5},\"none\":{}}}",
                  "rdma.max = mlx5_1 hca_handle=3 hca_object=10000\nrdma.max = mlx4_0 hca_object=5\n" },
                { "{\"network\":{}}", "" },
                { "{\"network\":{\"classID\":0,\"priorities\":[]}}", "" },
        };
        static const Case bad[] = {
                { "{\"hugepageLimits\":[{\"pageSize\":\"../x\",\"limit\":1}]}", "linux.resources.hugepageLimits[0].pageSize" },
                { "{\"hugepageLimits\":[{\"pageSize\":\"2MB/\",\"limit\":1}]}", "linux.resources.hugepageLimits[0].pageSize" },
                { "{\"rdma\":{\"a b\":{\"hcaHandles\":3}}}", "linux.resources.rdma" },
                { "{\"network\":{\"classID\":1}}", "linux.resources.network.classID" },
                { "{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":1}]}}", "linux.resources.network.priorities" },
        };

        check_all(cases, ELEMENTSOF(cases));
        refuse_all(bad, ELEMENTSOF(bad));
}

TEST(unified) {
        static const Case cases[] = {
                { "{\"unified\":{\"memory.high\":\"max\"}}", "MemoryHigh=infinity\n" },
                { "{\"unified\":{\"memory.min\":\"1M\"}}", "MemoryMin=1048576\n" },
                { "{\"memory\":{\"limit\":5},\"unified\":{\"memory.max\":\"10\"}}", "MemoryMax=10\n" },
                { "{\"unified\":{\"memory.swap.max\":\"0\"}}", "MemorySwapMax=0\n" },
                { "{\"unified\":{\"memory.zswap.max\":\"7\"}}", "MemoryZSwapMax=7\nmemory.zswap.max = 7\n" },
                { "{\"unified\":{\"memory.zswap.writeback\":\"0\"}}", "MemoryZSwapWriteback=no\nmemory.zswap.writeback = 0\n" },
                { "{\"unified\":{\"cpu.max\":\"max 100000\"}}", "CPUQuotaPeriodUSec=100000\nCPUQuotaPerSecUSec=infinity\ncpu.max = max 100000\n" },
                { "{\"unified\":{\"cpu.max\":\"20000\"}}", "CPUQuotaPerSecUSec=200000\n" },
                { "{\"unified\":{\"cpu.max\":\"20000 40000\"}}", "CPUQuotaPeriodUSec=40000\nCPUQuotaPerSecUSec=500000\n" },
                { "{\"unified\":{\"cpu.weight\":\"77\"}}", "CPUWeight=77\n" },
                { "{\"unified\":{\"cpu.idle\":\"1\"}}", "CPUWeight=0\n" },
                { "{\"unified\":{\"cpuset.cpus\":\"0,2\"}}", "AllowedCPUs=0,2\n" },
                { "{\"unified\":{\"pids.max\":\"max\"}}", "TasksMax=infinity\n" },
                { "{\"unified\":{\"io.weight\":\"default 200\\n8:0 300\"}}",
                  "IOWeight=200\nIODeviceWeight=/dev/block/8:0 300\n" },
                { "{\"unified\":{\"io.bfq.weight\":\"200\"}}", "IOWeight=1200\n" },
                { "{\"unified\":{\"io.max\":\"8:0 rbps=1000 wiops=max\\n8:16 wbps=5\"}}",
                  "IOReadBandwidthMax=/dev/block/8:0 1000\nIOWriteIOPSMax=/dev/block/8:0 infinity\n"
                  "IOWriteBandwidthMax=/dev/block/8:16 5\n" },
                { "{\"unified\":{\"io.latency\":\"8:0 target=5000\"}}", "IODeviceLatencyTargetUSec=/dev/block/8:0 5000\n" },
                { "{\"unified\":{\"memory.swap.high\":\"4096\",\"misc.max\":\"res 3\",\"cpu.uclamp.min\":\"10.5\"}}",
                  "memory.swap.high = 4096\nmisc.max = res 3\ncpu.uclamp.min = 10.5\n" },
                { "{\"unified\":{\"cgroup.max.depth\":\"5\",\"cgroup.max.descendants\":\"9\",\"cgroup.pressure\":\"0\",\"cgroup.new\":\"1\"}}",
                  "cgroup.max.depth = 5\ncgroup.max.descendants = 9\ncgroup.pressure = 0\ncgroup.new = 1\n" },
                { "{\"unified\":{\"rdma.max\":\"a hca_handle=1\\nb hca_handle=2\"}}",
                  "rdma.max = a hca_handle=1\nrdma.max = b hca_handle=2\n" },
        };
        static const Case bad[] = {
                { "{\"unified\":{\"cgroup.procs\":\"1\"}}", "\"cgroup.procs\" is not a resource: which processes" },
                { "{\"unified\":{\"cgroup.threads\":\"1\"}}", "is not a resource" },
                { "{\"unified\":{\"cgroup.freeze\":\"1\"}}", "is not a resource: berth pause" },
                { "{\"unified\":{\"cgroup.kill\":\"1\"}}", "is not a resource: berth kill" },
                { "{\"unified\":{\"cgroup.type\":\"threaded\"}}", "is not a resource" },
                { "{\"unified\":{\"cgroup.subtree_control\":\"+cpu\"}}", "is not a resource" },
                { "{\"unified\":{\"../memory.max\":\"1\"}}", "no slashes" },
                { "{\"unified\":{\"memory\":\"1\"}}", "CONTROLLER.PARAMETER" },
                { "{\"unified\":{\".memory\":\"1\"}}", "CONTROLLER.PARAMETER" },
                { "{\"unified\":{\"memory.a b\":\"1\"}}", "not the name of a cgroup file" },
                { "{\"unified\":{\"memory.max\":\"much\"}}", "linux.resources.unified[memory.max]" },
                { "{\"unified\":{\"memory.max\":\"-1\"}}", "linux.resources.unified[memory.max]" },
                { "{\"unified\":{\"memory.oom.group\":\"1\"}}", "linux.resources.unified[memory.oom.group]" },
                { "{\"unified\":{\"cpu.max\":\"1 2 3\"}}", "linux.resources.unified[cpu.max]" },
                { "{\"unified\":{\"cpu.max\":\"10\"}}", "linux.resources.unified[cpu.max]" },
                { "{\"unified\":{\"cpu.weight\":\"0\"}}", "linux.resources.unified[cpu.weight]" },
                { "{\"unified\":{\"cpu.weight.nice\":\"5\"}}", "linux.resources.unified[cpu.weight.nice]" },
                { "{\"unified\":{\"cpu.idle\":\"2\"}}", "linux.resources.unified[cpu.idle]" },
                { "{\"unified\":{\"pids.max\":\"-5\"}}", "linux.resources.unified[pids.max]" },
                { "{\"unified\":{\"io.max\":\"8:0 speed=3\"}}", "linux.resources.unified[io.max]" },
                { "{\"unified\":{\"io.max\":\"sda rbps=3\"}}", "linux.resources.unified[io.max]" },
                { "{\"unified\":{\"io.weight\":\"10001\"}}", "linux.resources.unified[io.weight]" },
        };

        check_all(cases, ELEMENTSOF(cases));
        refuse_all(bad, ELEMENTSOF(bad));
}

/* A row says where it comes from and where it goes. */
TEST(table) {
        for (const Knob *knob = knobs; knob->field || knob->file; knob++) {
                ASSERT_TRUE(knob->compile || knob->parse);
                ASSERT_TRUE(!knob->compile == !knob->field);
                ASSERT_TRUE(!knob->parse || knob->file);
                if (knob->property)
                        ASSERT_NOT_NULL(knob->controller);
                if (knob->since > 0)
                        ASSERT_NOT_NULL(knob->file);
        }
}

/* ---- a whole spec ---- */

static int compile(const char *more, const char *id, bool user, ResourceSet **ret, Error *error) {
        CLEANUP(freep) char *json = NULL;
        CLEANUP(spec_freep) Spec *spec = NULL;

        if (asprintf(&json, "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"}%s}", more) < 0)
                return -ENOMEM;
        ASSERT_OK_ERROR(spec_parse(json, strlen(json), "/bundle", &spec, error), error);
        return resource_compile(spec, id, &(Placement) { .user_manager = user }, ret, error);
}

static char *compile_to_text(const char *more) {
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        Error error = {};
        Text text = {};

        ASSERT_OK_ERROR(compile(more, "web", false, &set, &error), &error);
        set->n_devices = 0;
        resource_to_text(set, &text);
        return text_take(&text);
}

#define OWN_BEGIN \
        "unit berth-web.scope\nDescription=berth container web"
#define OWN_END \
        "\nSlice=berth.slice\nDelegate=yes\nDefaultDependencies=yes\nCollectMode=inactive-or-failed\n" \
        "OOMPolicy=continue\nCPUAccounting=yes\nIOAccounting=yes\nMemoryAccounting=yes\nTasksAccounting=yes\n"

TEST(whole_spec) {
        CLEANUP(freep) char *plain = compile_to_text("");
        CLEANUP(freep) char *full = compile_to_text(
                        ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"nginx:1\\n\"},"
                        "\"linux\":{\"resources\":{\"pids\":{\"limit\":32},\"unified\":{\"memory.oom.group\":\"1\"}}}");

        ASSERT_STREQ(plain, OWN_BEGIN OWN_END "TasksMax=infinity\n");
        ASSERT_CONTAINS(full, "Description=berth container web (nginx:1_)\n");
        ASSERT_CONTAINS(full, "OOMPolicy=kill\n");
        ASSERT_CONTAINS(full, "TasksMax=32\n");
        ASSERT_NOT_CONTAINS(full, "TasksMax=infinity");
}

TEST(descriptions) {
        static const struct {
                const char *description, *id;
                bool expected;
        } cases[] = {
                { "berth container web", "web", true },
                { "berth container web (nginx:1_)", "web", true },
                { "berth container web2", "web", false },
                { "berth container we", "web", false },
                { "berth container ", "web", false },
                { "D-Bus System Message Bus", "web", false },
                { "my own", "web", true },
                { "'my own'", "web", false },
                { "", "web", false },
        };
        SpecPair item = { (char *) (uintptr_t) "org.systemd.property.Description", (char *) (uintptr_t) "'my own'" };

        FOREACH_ELEMENT(entry, cases)
                ASSERT_EQ(description_is_of(entry->description, entry->id, &(SpecMap) { &item, 1 }), entry->expected);
}

static char *annotated(const char *name, const char *value) {
        char more[512];

        snprintf(more, sizeof more, ",\"annotations\":{\"org.systemd.property.%s\":\"%s\"}", name, value);
        return compile_to_text(more);
}

TEST(annotations) {
        static const struct {
                const char *name, *value, *text;
        } cases[] = {
                { "TimeoutStopSec", "30", "TimeoutStopUSec=30000000\n" },
                { "TimeoutStopSec", "1.5", "TimeoutStopUSec=1500000\n" },
                { "TimeoutStopSec", "uint64 10", "TimeoutStopUSec=10000000\n" },
                { "TimeoutStopUSec", "uint64 10000000", "TimeoutStopUSec=10000000\n" },
                { "TimeoutStopUSec", "5", "TimeoutStopUSec=5\n" },
                { "KillSignal", "37", "KillSignal=37\n" },
                { "KillSignal", "int32 15", "KillSignal=15\n" },
                { "KillMode", "'mixed'", "KillMode=mixed\n" },
                { "SendSIGHUP", "true", "SendSIGHUP=yes\n" },
                { "DefaultDependencies", "false", "DefaultDependencies=no\n" },
                { "CollectMode", "'inactive'", "CollectMode=inactive\n" },
                { "After", "['a.service', 'b-c.target']", "After=a.service b-c.target\n" },
                { "After", "[]", "After=\n" },
                { "MemoryHigh", "uint64 1000", "MemoryHigh=1000\n" },
                { "TasksMax", "uint64 7", "TasksMax=7\n" },
                { "OOMPolicy", "'stop'", "OOMPolicy=stop\n" },
                { "Description", "\\\"it's mine\\\"", "Description=it's mine\n" },
        };

        FOREACH_ELEMENT(entry, cases) {
                CLEANUP(freep) char *text = annotated(entry->name, entry->value);

                ASSERT_CONTAINS(text, entry->text);
        }
}

/* An annotation does not take back what linux.resources asks for. */
TEST(annotations_and_resources) {
        static const char *const cases[] = {
                ",\"annotations\":{\"org.systemd.property.OOMPolicy\":\"'continue'\"},\"linux\":{\"resources\":{\"unified\":{\"memory.oom.group\":\"1\"}}}",
                ",\"annotations\":{\"org.systemd.property.TasksMax\":\"uint64 7\"},\"linux\":{\"resources\":{\"pids\":{\"limit\":5}}}",
        };

        FOREACH_ELEMENT(more, cases) {
                ResourceSet *set = NULL;
                Error error = {};

                ASSERT_TRUE(compile(*more, "web", false, &set, &error) < 0);
                ASSERT_NULL(set);
                ASSERT_ERROR_CONTAINS(&error, "linux.resources has set this limit already");
        }
}

TEST(annotations_refused) {
        static const struct {
                const char *name, *value;
        } cases[] = {
                { "SuccessAction", "'poweroff-force'" }, { "FailureAction", "'reboot'" }, { "StartLimitAction", "'reboot'" },
                { "OnFailure", "['x.service']" }, { "OnSuccess", "['x.service']" }, { "JobTimeoutAction", "'poweroff'" },
                { "Slice", "'-.slice'" }, { "PIDs", "[uint32 1]" }, { "PIDFDs", "[]" }, { "Delegate", "false" },
                                { "DelegateControllers", "['cpu']" },
                { "Controller", "':1.1'" }, { "BPFProgram", "['x']" }, { "IPEgressFilterPath", "['/x']" },
                                { "IPIngressFilterPath", "['/x']" },
                { "JoinsNamespaceOf", "['x.service']" }, { "RequiresMountsFor", "['/']" }, { "ExecStart", "'x'" },
                                { "ExecStop", "'x'" },
                { "Wants", "['poweroff.target']" }, { "Requires", "['poweroff.target']" }, { "Conflicts", "['x.service']" },
                { "BindsTo", "['x.service']" }, { "PropagatesStopTo", "['x.service']" }, { "Upholds", "['x.service']" },
                                { "AddRef", "true" },
                { "User", "'x'" }, { "DevicePolicy", "'auto'" }, { "DeviceAllow", "[]" }, { "", "1" }, { "x", "1" },
                                { "slice", "'x.slice'" },
                /* known names, bad values */
                { "KillSignal", "'15'" }, { "KillSignal", "99999999999" }, { "KillSignal", "uint32 15" },
                                { "KillSignal", "15 " "x" }, { "KillSignal", "" },
                { "TimeoutStopSec", "-1" }, { "TimeoutStopSec", "'30'" }, { "TimeoutStopUSec", "-1" },
                                { "TimeoutStopSec", "18446744073709551615" },
                { "KillMode", "mixed" }, { "KillMode", "'mixed" }, { "KillMode", "'a\\\\q'" }, { "KillMode", "'a\\nb'" },
                                { "SendSIGHUP", "1" },
                { "SendSIGHUP", "truely" }, { "After", "'a.service'" }, { "After", "['a']" }, { "After", "['a b.service']" },
                                { "After", "['a.service'" },
                { "After", "['a.service' 'b.service']" }, { "MemoryHigh", "'1G'" }, { "KillSignal", "1.5" },
        };

        FOREACH_ELEMENT(entry, cases) {
                char more[512];
                ResourceSet *set = NULL;
                Error error = {};

                snprintf(more, sizeof more, ",\"annotations\":{\"org.systemd.property.%s\":\"%s\"}", entry->name, entry->value);
                if (compile(more, "web", false, &set, &error) >= 0)
                        FAIL("%s=%s is taken", entry->name, entry->value);
                ASSERT_NULL(set);
                ASSERT_CONTAINS(error_text(&error), "annotations[org.systemd.property.");
                ASSERT_ERROR_CONTAINS(&error, entry->name);
        }
}

TEST(device_rules) {
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        Error error = {};
        Text text = {};
        CLEANUP(freep) char *string = NULL;

        ASSERT_OK_ERROR(compile(",\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
                                "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"},"
                                "{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":11,\"access\":\"rwa\"},"
                                "{\"allow\":true,\"type\":\"b\",\"major\":-1,\"access\":\"\"}]}}",
                                "web", false, &set, &error), &error);
        resource_to_text(set, &text);
        string = text_take(&text);
        ASSERT_CONTAINS(string,
                        "device deny a *:* rwm\ndevice allow c 10:229 rw\n"
                        "device deny c 1:11 rw\n" /* "a" stands for no access */
                        "device allow b *:* rwm\ndevice allow c *:* m\ndevice allow b *:* m\n"
                                "device allow c 1:3 rwm\n");
        ASSERT_CONTAINS(string, "device allow c 136:* rwm\n");
        ASSERT_NOT_CONTAINS(string, "5:1");
}

TEST(device_rules_refused) {
        refused("{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}", "linux.resources.devices[0].access");
        refused("{\"devices\":[{\"allow\":true,\"major\":-2}]}", "linux.resources.devices[0].major");
}

TEST(json) {
        CLEANUP(resource_set_freep) ResourceSet *set = NULL;
        CLEANUP(freep) char *string = NULL;
        Error error = {};
        Text text = {};

        ASSERT_OK_ERROR(compile(",\"linux\":{\"resources\":{\"rdma\":{\"m\":{\"hcaObjects\":5}}}}", "web", false, &set, &error),
                        &error);
        resource_to_json(set, &text);
        string = text_take(&text);
        ASSERT_CONTAINS(string,
                        "{\"unit\":\"berth-web.scope\",\"slice\":\"berth.slice\","
                        "\"properties\":{\"Description\":\"berth container web\",");
        ASSERT_CONTAINS(string,
                        "\"TasksMax\":\"infinity\"},\"files\":[{\"name\":\"rdma.max\","
                        "\"value\":\"m hca_object=5\"}],\"devices\":[");
        ASSERT_CONTAINS(string, "\"allow c 136:* rwm\"]}");
}
