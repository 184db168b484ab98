/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The bundle of before 1.0 (spec/legacy.h), against the list of what the runtime of the day did with it: one test for each
 * row that reading and lowering decide, named by its number. The list, with the tests of all numbers, is
 * tests/integration/legacy-rows.tsv. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "plan/compile.h"
#include "plan/text.h"
#include "spec/check.h"
#include "spec/legacy.h"
#include "spec/spec.h"
#include "spec/state.h"
#include "test.h"

#define PROCESS "\"process\":{\"args\":[\"true\"]}"
#define CONFIG "{\"version\":\"0.2.0\"," PROCESS ",\"root\":{\"path\":\"rootfs\"}}"
#define CONFIG_WITH(more) "{\"version\":\"0.2.0\"," PROCESS ",\"root\":{\"path\":\"rootfs\"}," more "}"
#define ALL_NAMESPACES "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"mount\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}]"
#define MAPS "\"uidMappings\":[{\"hostID\":100000,\"containerID\":0,\"size\":65536}]," \
        "\"gidMappings\":[{\"hostID\":200000,\"containerID\":0,\"size\":65536}]"
#define LINUX(more) "{\"linux\":{" more "}}"
#define RESOURCES(more) LINUX("\"resources\":{" more "}")
#define SECCOMP(more) LINUX("\"seccomp\":{" more "}")

static int parse(const char *config, const char *runtime, Spec **ret, Error *error) {
        const LegacyFile config_file = { "/b/config.json", config, strlen(config) };
        const LegacyFile runtime_file = { "/b/runtime.json", runtime, strlen(runtime) };

        return legacy_parse(&config_file, &runtime_file, "/b", ret, error);
}

/* The model, which also makes sense as a whole unless a row is about what does not. */
static Spec *lower_unchecked(const char *config, const char *runtime) {
        CLEANUP(error_done) Error error = {};
        Spec *spec = NULL;

        ASSERT_OK_ERROR(parse(config, runtime, &spec, &error), &error);
        return spec;
}

static Spec *lower(const char *config, const char *runtime) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(freep) char *text = NULL;
        Spec *spec = lower_unchecked(config, runtime);
        CLEANUP(spec_freep) Spec *again = NULL;

        ASSERT_OK_ERROR(spec_check(spec, &error), &error);
        /* What `convert` prints is a configuration of the OCI form, and the same one. */
        text = spec_to_json(spec);
        ASSERT_NOT_NULL(text);
        ASSERT_OK_ERROR(spec_parse(text, strlen(text), "/b", &again, &error), &error);
        ASSERT_OK_ERROR(spec_check(again, &error), &error);
        {
                CLEANUP(freep) char *second = spec_to_json(again);

                ASSERT_STREQ(second, text);
        }
        return spec;
}

#define ASSERT_REFUSED(config_, runtime_, text_) \
        do { \
                CLEANUP(error_done) Error error_ = {}; \
                CLEANUP(spec_freep) Spec *spec_ = NULL; \
                int r_ = parse(config_, runtime_, &spec_, &error_); \
                if (r_ >= 0) \
                        r_ = spec_check(spec_, &error_); \
                if (r_ >= 0) \
                        FAIL("not refused, expected \"%s\"", text_); \
                ASSERT_STREQ(error_text(&error_), text_); \
        } while (0)

static char *plan_text(const Spec *spec) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(plan_image_freep) PlanImage *image = NULL;
        const PlanOptions options = { .id = "c1" };
        Text text = {};

        ASSERT_OK_ERROR(plan_compile(spec, &options, &image, &error), &error);
        ASSERT_OK(plan_to_text(image, &text));
        return text_take(&text);
}

/* A directory with the two files; NULL: absent. */
static void make_bundle(char *directory, const char *config, const char *runtime) {
        CLEANUP(fd_closep) int fd = -EBADF;

        ASSERT_NOT_NULL(mkdtemp(directory));
        fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (config)
                ASSERT_OK(file_replace_at(fd, "config.json", config, strlen(config), 0600));
        if (runtime)
                ASSERT_OK(file_replace_at(fd, "runtime.json", runtime, strlen(runtime), 0600));
}

/* text has at most one "%s", for the directory; NULL: it loads. */
static void assert_load(const char *config, const char *runtime, const char *text) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_freep) Spec *spec = NULL;
        CLEANUP(freep) char *expected = NULL;
        const char *hole;
        int r;

        make_bundle(directory, config, runtime);
        r = spec_load(directory, NULL, &spec, &error);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
        if (!text) {
                ASSERT_OK_ERROR(r, &error);
                ASSERT_EQ(spec->format, SPEC_FORMAT_LEGACY);
                return;
        }
        ASSERT_LT(r, 0);
        hole = strstr(text, "%s");
        ASSERT_TRUE(asprintf(&expected, "%.*s%s%s", hole ? (int) (hole - text) : 0, text, hole ? directory : "", hole ? hole + 2 : text) >= 0);
        ASSERT_STREQ(error_text(&error), expected);
}

/* ---- A: loading ---- */

TEST(row_001_both_files_are_read) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX(ALL_NAMESPACES));

        ASSERT_EQ(spec->format, SPEC_FORMAT_LEGACY);
        ASSERT_STREQ(spec->oci_version, "1.0.2");
        ASSERT_STREQ(spec_map_get(&spec->annotations, SPEC_LEGACY_ANNOTATION), "0.2.0");
        ASSERT_EQ(spec->os.n_namespaces, 5);
        ASSERT_STREQ(spec->process->args[0], "true");
        assert_load(CONFIG, "{}", NULL);
}

TEST(row_002_config_missing) { assert_load(NULL, "{}", "JSON specification file at %s/config.json not found"); }

TEST(row_003_runtime_missing) { assert_load(CONFIG, NULL, "JSON runtime config file at %s/runtime.json not found"); }

TEST(row_004_both_missing) { assert_load(NULL, NULL, "JSON specification file at %s/config.json not found"); }

TEST(row_005_unreadable) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_freep) Spec *spec = NULL;
        CLEANUP(freep) char *path = NULL, *expected = NULL;

        make_bundle(directory, CONFIG, NULL);
        path = path_join(directory, "runtime.json");
        ASSERT_OK(symlink("runtime.json", path));
        ASSERT_FAILS(spec_load(directory, NULL, &spec, &error), ELOOP);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
        ASSERT_TRUE(asprintf(&expected, "open %s/runtime.json: Too many levels of symbolic links", directory) >= 0);
        ASSERT_STREQ(error_text(&error), expected);
}

TEST(row_006_config_not_decodable) {
        assert_load("", "{}", "unmarshal %s/config.json: EOF");
        assert_load(" \n", "{}", "unmarshal %s/config.json: EOF");
        assert_load("{\"version\":", "{}", "unmarshal %s/config.json: unexpected EOF");
        assert_load("x", "{}", "unmarshal %s/config.json: invalid character 'x' looking for beginning of value");
        assert_load("{\"version\":2}", "{}", "unmarshal %s/config.json: version: must be a string, not a number");
        assert_load(CONFIG_WITH("\"hostname\":[]"), "{}", "unmarshal %s/config.json: hostname: must be a string, not an array");
}

TEST(row_007_runtime_not_decodable) {
        assert_load("{\"version\":\"9\"}", "{", "unmarshal %s/runtime.json: unexpected EOF");
        assert_load(CONFIG, "{\"linux\":{\"resources\":{\"cpu\":{\"shares\":\"1\"}}}}",
                    "unmarshal %s/runtime.json: linux.resources.cpu.shares: must be a number, not a string");
        assert_load(CONFIG, "{\"linux\":{\"resources\":{\"cpu\":{\"shares\":1.0}}}}",
                    "unmarshal %s/runtime.json: linux.resources.cpu.shares: must be a whole number, written without point and "
                    "exponent");
}

#define WRONG_VERSION(version) "spec version is not compatible with implemented version \"0.2.0\": spec \"" version "\""

TEST(row_008_version_differs) {
        CLEANUP(spec_freep) Spec *spec = lower("{\"version\":\"0.1.0\"," PROCESS "}", "{}");

        ASSERT_STREQ(spec_map_get(&spec->annotations, SPEC_LEGACY_ANNOTATION), "0.1.0");
        ASSERT_REFUSED("{\"version\":\"0.3.0\"}", "{}", WRONG_VERSION("0.3.0"));
}

TEST(row_009_version_missing) {
        assert_load("{" PROCESS "}", "{}", WRONG_VERSION(""));
        assert_load("{\"version\":null}", "{}", WRONG_VERSION(""));
}

TEST(row_010_version_is_compared_exactly) {
        ASSERT_REFUSED("{\"version\":\"0.2.1\"}", "{}", WRONG_VERSION("0.2.1"));
        ASSERT_REFUSED("{\"version\":\"v0.2.0\"}", "{}", WRONG_VERSION("v0.2.0"));
        ASSERT_REFUSED("{\"version\":\"0.2.0-dev\"}", "{}", WRONG_VERSION("0.2.0-dev"));
        ASSERT_REFUSED("{\"version\":\" 0.2.0\"}", "{}", WRONG_VERSION(" 0.2.0"));
}

TEST(row_011_null_documents) {
        assert_load("null", "{}", "unmarshal %s/config.json: JSON: must be an object, not null");
        assert_load(CONFIG, "null", "unmarshal %s/runtime.json: JSON: must be an object, not null");
}

TEST(row_012_lenient_json) {
        CLEANUP(spec_freep) Spec *spec = lower(
                        "{\"VERSION\":\"0.2.0\",\"later\":{\"x\":1},\"Process\":{\"Args\":[\"a\",null],\"TERMINAL\":null,\"env\":null,"
                        "\"User\":{\"UID\":7}},\"root\":{\"path\":\"one\"},\"root\":{\"path\":\"two\"},\"mounts\":null,"
                        "\"process\":{\"user\":{\"gid\":8},\"args\":[\"b\",null]}} trailing {",
                        "{\"Linux\":{\"Resources\":{\"Network\":{\"classId\":\"16\"}},\"NameSpaces\":[{\"Type\":\"pid\",\"path\":null}]}}]");

        ASSERT_EQ(spec->process->user.uid, 7);
        ASSERT_EQ(spec->process->user.gid, 8);
        ASSERT_STREQ(spec->process->args[0], "b");
        ASSERT_STREQ(spec->process->args[1], "");
        ASSERT_EQ(strv_length(spec->process->args), 2);
        ASSERT_STREQ(spec->root.path, "two");
        ASSERT_EQ(spec->os.resources->network->class_id.value, 16);
        ASSERT_NOT_NULL(spec_namespace(spec, SPEC_NAMESPACE_PID));
}

TEST(row_013_other_platform) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG_WITH("\"platform\":{\"os\":\"plan9\",\"arch\":\"vax\"}"), "{}");

        ASSERT_NOT_NULL(spec);
}

/* ---- B: root, host name, namespaces ---- */

static void assert_root(const char *written, const char *expected) {
        CLEANUP(spec_freep) Spec *spec = NULL;
        CLEANUP(freep) char *config = NULL;

        ASSERT_TRUE(asprintf(&config, "{\"version\":\"0.2.0\"," PROCESS ",\"root\":{\"path\":\"%s\"}}", written) >= 0);
        spec = lower(config, "{}");
        ASSERT_STREQ(spec->root.path, expected);
}

TEST(row_014_relative_root) {
        assert_root("rootfs/../x", "x");
        assert_root("./rootfs//y/", "rootfs/y");
        assert_root("../b2/x", "/b2/x");
}

TEST(row_015_absolute_root) { assert_root("/srv/../tree/", "/srv/../tree/"); }

TEST(row_016_no_root) {
        CLEANUP(spec_freep) Spec *spec = lower("{\"version\":\"0.2.0\"," PROCESS "}", "{}");

        ASSERT_STREQ(spec->root.path, ".");
        assert_root("", ".");
}

#define READONLY "{\"version\":\"0.2.0\"," PROCESS ",\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"mounts\":[" \
        "{\"name\":\"s\",\"path\":\"/sys\"},{\"name\":\"p\",\"path\":\"/proc\"},{\"name\":\"t\",\"path\":\"/t\"}]}"
#define SOME_MOUNTS "\"mounts\":{\"s\":{\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":[\"rw\",\"nodev\"]}," \
        "\"p\":{\"type\":\"proc\",\"source\":\"proc\"},\"t\":{\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":null}}"

TEST(row_019_readonly_root) {
        CLEANUP(spec_freep) Spec *spec = lower(READONLY, "{" SOME_MOUNTS ",\"linux\":{" ALL_NAMESPACES "}}");
        CLEANUP(freep) char *plan = plan_text(spec);

        ASSERT_TRUE(spec->root.readonly);
        ASSERT_CONTAINS(plan, "root-readonly");
}

TEST(row_020_readonly_sysfs) {
        CLEANUP(spec_freep) Spec *spec = lower(READONLY, "{" SOME_MOUNTS ",\"linux\":{" ALL_NAMESPACES "}}");

        ASSERT_STREQ(spec->mounts[0].options[2], "ro");
        ASSERT_EQ(strv_length(spec->mounts[0].options), 3);
        ASSERT_EQ(strv_length(spec->mounts[1].options), 0);
        ASSERT_EQ(strv_length(spec->mounts[2].options), 0);
}

TEST(row_021_masks) {
        CLEANUP(spec_freep) Spec *spec = lower(READONLY, "{" SOME_MOUNTS ",\"linux\":{" ALL_NAMESPACES "}}");
        CLEANUP(freep) char *masked = strv_join(spec->os.masked_paths, " "), *readonly = strv_join(spec->os.readonly_paths, " ");

        ASSERT_STREQ(masked, "/proc/kcore");
        ASSERT_STREQ(readonly, "/proc/sys /proc/sysrq-trigger /proc/irq /proc/bus");
        ASSERT_REFUSED(READONLY, "{" SOME_MOUNTS ",\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]}}",
                       "unable to restrict sys entries without a private MNT namespace");
}

TEST(row_022_writable_root) {
        CLEANUP(spec_freep) Spec *spec = lower(
                        CONFIG_WITH("\"mounts\":[{\"name\":\"s\",\"path\":\"/sys\"}]"), "{" SOME_MOUNTS ",\"linux\":{" ALL_NAMESPACES "}}");

        ASSERT_EQ(strv_length(spec->os.masked_paths), 0);
        ASSERT_EQ(strv_length(spec->os.readonly_paths), 0);
        ASSERT_EQ(strv_length(spec->mounts[0].options), 2);
}

TEST(row_023_hostname) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG_WITH("\"hostname\":\"h\""), LINUX(ALL_NAMESPACES));
        CLEANUP(spec_freep) Spec *none = lower(CONFIG_WITH("\"hostname\":\"\""), "{}");

        ASSERT_STREQ(spec->hostname, "h");
        ASSERT_NULL(none->hostname);
        ASSERT_REFUSED(CONFIG_WITH("\"hostname\":\"h\""), "{}", "unable to set hostname without a private UTS namespace");
}

TEST(row_024_new_namespaces) {
        static const SpecNamespaceType types[] = { SPEC_NAMESPACE_PID, SPEC_NAMESPACE_NETWORK, SPEC_NAMESPACE_MOUNT,
                                                   SPEC_NAMESPACE_IPC, SPEC_NAMESPACE_UTS };
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX(ALL_NAMESPACES));

        FOREACH_ELEMENT(type, types) {
                const SpecNamespace *namespace = spec_namespace(spec, *type);

                ASSERT_NOT_NULL(namespace);
                ASSERT_NULL(namespace->path);
        }
}

TEST(row_025_joined_namespace) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"namespaces\":[{\"type\":\"ipc\",\"path\":\"/proc/1/ns/ipc\"}]"));

        ASSERT_STREQ(spec_namespace(spec, SPEC_NAMESPACE_IPC)->path, "/proc/1/ns/ipc");
}

TEST(row_026_unknown_namespace) {
        ASSERT_REFUSED(CONFIG, LINUX("\"namespaces\":[{\"type\":\"net\",\"path\":\"/x\"}]"), "namespace {\"net\" \"/x\"} does not exist");
        ASSERT_REFUSED(CONFIG, LINUX("\"namespaces\":[{\"type\":\"cgroup\"}]"), "namespace {\"cgroup\" \"\"} does not exist");
        ASSERT_REFUSED(CONFIG, LINUX("\"namespaces\":[{\"type\":\"PID\"}]"), "namespace {\"PID\" \"\"} does not exist");
        ASSERT_REFUSED(CONFIG, LINUX("\"namespaces\":[{}]"), "namespace {\"\" \"\"} does not exist");
}

TEST(row_027_namespace_twice) {
        CLEANUP(spec_freep) Spec *spec = lower(
                        CONFIG, LINUX("\"namespaces\":[{\"type\":\"ipc\",\"path\":\"/1\"},{\"type\":\"pid\"},{\"type\":\"ipc\",\"path\":\"/2\"}]"));

        ASSERT_EQ(spec->os.n_namespaces, 2);
        ASSERT_STREQ(spec_namespace(spec, SPEC_NAMESPACE_IPC)->path, "/2");
}

TEST(row_028_no_namespaces) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"namespaces\":[]"));
        CLEANUP(freep) char *plan = plan_text(spec);

        ASSERT_EQ(spec->os.n_namespaces, 0);
        ASSERT_NOT_CONTAINS(plan, "unshare");
}

TEST(row_029_loopback) {
        CLEANUP(spec_freep) Spec *own = lower(CONFIG, LINUX(ALL_NAMESPACES));
        CLEANUP(spec_freep) Spec *joined = lower(
                        CONFIG, LINUX("\"namespaces\":[{\"type\":\"network\",\"path\":\"/run/netns/x\"}]"));
        CLEANUP(freep) char *own_plan = plan_text(own), *joined_plan = plan_text(joined);

        ASSERT_CONTAINS(own_plan, "loopback");
        ASSERT_CONTAINS(joined_plan, "loopback");
}

TEST(row_030_no_network_namespace) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"namespaces\":[{\"type\":\"pid\"}]"));
        CLEANUP(freep) char *plan = plan_text(spec);

        ASSERT_NOT_CONTAINS(plan, "loopback");
}

/* ---- C: mounts ---- */

#define MOUNTING(points) CONFIG_WITH("\"mounts\":[" points "]")
#define ONE_MOUNT(type, source, options) "{\"mounts\":{\"m\":{\"type\":\"" type "\",\"source\":\"" source "\",\"options\":[" options "]}}," \
        "\"linux\":{" ALL_NAMESPACES "}}"
#define AT(name, path) "{\"name\":\"" name "\",\"path\":\"" path "\"}"

TEST(row_031_order_of_mounts) {
        CLEANUP(spec_freep) Spec *spec = lower(
                        MOUNTING(AT("t", "/t") "," AT("p", "/proc") "," AT("s", "/sys")), "{" SOME_MOUNTS ",\"linux\":{" ALL_NAMESPACES "}}");

        ASSERT_EQ(spec->n_mounts, 3);
        ASSERT_STREQ(spec->mounts[0].destination, "/t");
        ASSERT_STREQ(spec->mounts[0].type, "tmpfs");
        ASSERT_STREQ(spec->mounts[1].source, "proc");
        ASSERT_STREQ(spec->mounts[2].type, "sysfs");
}

TEST(row_032_unknown_mount) {
        ASSERT_REFUSED(MOUNTING(AT("x", "/x")), "{" SOME_MOUNTS "}", "Mount with Name \"x\" not found in runtime config");
        ASSERT_REFUSED(MOUNTING(AT("S", "/x")), "{" SOME_MOUNTS "}", "Mount with Name \"S\" not found in runtime config");
}

TEST(row_033_unused_mount) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, "{" SOME_MOUNTS "}");

        ASSERT_EQ(spec->n_mounts, 0);
}

TEST(row_034_mount_twice) {
        CLEANUP(spec_freep) Spec *spec = lower(MOUNTING(AT("t", "/a") "," AT("t", "/b")), "{" SOME_MOUNTS ",\"linux\":{" ALL_NAMESPACES "}}");

        ASSERT_EQ(spec->n_mounts, 2);
        ASSERT_STREQ(spec->mounts[1].destination, "/b");
        ASSERT_STREQ(spec->mounts[1].type, "tmpfs");
}

TEST(row_035_relative_bind_source) {
        CLEANUP(spec_freep) Spec *spec = lower(MOUNTING(AT("m", "/d")), ONE_MOUNT("bind", "data/x", "\"rbind\""));
        CLEANUP(spec_freep) Spec *whole = lower(MOUNTING(AT("m", "/d")), ONE_MOUNT("bind", "", "\"bind\""));
        CLEANUP(freep) char *plan = plan_text(spec), *whole_plan = plan_text(whole);

        ASSERT_CONTAINS(plan, "/b/data/x");
        ASSERT_CONTAINS(whole_plan, "/b");
        ASSERT_STREQ(whole->mounts[0].source, ".");
}

TEST(row_036_absolute_bind_source) {
        CLEANUP(spec_freep) Spec *spec = lower(MOUNTING(AT("m", "/d")), ONE_MOUNT("bind", "/srv/x", "\"bind\""));

        ASSERT_STREQ(spec->mounts[0].source, "/srv/x");
}

TEST(row_037_bind_of_another_type) {
        CLEANUP(spec_freep) Spec *spec = lower(MOUNTING(AT("m", "/d")), ONE_MOUNT("tmpfs", "data", "\"bind\""));

        ASSERT_STREQ(spec->mounts[0].source, "rootfs/data");
        ASSERT_TRUE(strv_contains(spec->mounts[0].options, "src-nofollow"));
}

static char *mount_plan(const char *options) {
        CLEANUP(spec_freep) Spec *spec = NULL;
        CLEANUP(freep) char *runtime = NULL, *plan = NULL;
        char *start, *end;

        ASSERT_TRUE(asprintf(&runtime, "{\"mounts\":{\"m\":{\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":%s}},\"linux\":{"
                             ALL_NAMESPACES "}}", options) >= 0);
        spec = lower(MOUNTING(AT("m", "/m")), runtime);
        plan = plan_text(spec);
        start = strstr(plan, "tmpfs");
        ASSERT_NOT_NULL(start);
        while (start > plan && start[-1] != '\n')
                start--;
        end = strchr(start, '\n');
        /* With the line of a second step for the propagation. */
        if (end && strchr(end + 1, '\n'))
                end = strchr(end + 1, '\n');
        return strndup(start, end ? (size_t) (end - start) : strlen(start));
}

TEST(row_038_flag_words) {
        CLEANUP(freep) char *rw = mount_plan("[\"ro\",\"rw\"]"), *ro = mount_plan("[\"rw\",\"ro\"]");
        CLEANUP(freep) char *many = mount_plan("[\"nosuid\",\"noexec\",\"nodev\",\"noatime\",\"suid\"]");

        ASSERT_NOT_CONTAINS(rw, " ro");
        ASSERT_CONTAINS(ro, "tmpfs");
        ASSERT_CONTAINS(many, "noexec");
        ASSERT_CONTAINS(many, "nodev");
        ASSERT_CONTAINS(many, "noatime");
        ASSERT_NOT_CONTAINS(many, "nosuid");
}

TEST(row_039_propagation_words) {
        CLEANUP(freep) char *plan = mount_plan("[\"slave\",\"shared\"]");

        ASSERT_CONTAINS(plan, "slave");
        ASSERT_CONTAINS(plan, "shared");
        ASSERT_LT(strstr(plan, "slave") - plan, strstr(plan, "shared") - plan);
}

TEST(row_040_no_propagation_word) {
        CLEANUP(freep) char *plan = mount_plan("[\"nosuid\"]");

        ASSERT_NOT_CONTAINS(plan, "private");
        ASSERT_NOT_CONTAINS(plan, "slave");
        ASSERT_NOT_CONTAINS(plan, "shared");
}

TEST(row_041_data) {
        CLEANUP(freep) char *plan = mount_plan("[\"nosuid\",\"mode=755\",\"size=1m\"]");

        ASSERT_CONTAINS(plan, "mode=755,size=1m");
}

/* It was handed to the file system, which most refuse: mended, as mount(8) means it. */
TEST(row_042_defaults) {
        CLEANUP(freep) char *plan = mount_plan("[\"defaults\",\"mode=755\"]");

        ASSERT_NOT_CONTAINS(plan, "defaults");
        ASSERT_CONTAINS(plan, "mode=755");
}

TEST(row_043_empty_option) {
        CLEANUP(freep) char *plan = mount_plan("[\"\",\"mode=755\"]");

        ASSERT_CONTAINS(plan, "mode=755");
}

TEST(row_044_words_are_matched_exactly) {
        CLEANUP(freep) char *plan = mount_plan("[\"RO\",\"nosuid,noexec\"]");

        ASSERT_CONTAINS(plan, "RO,nosuid,noexec");
}

TEST(row_045_no_options) {
        CLEANUP(freep) char *plan = mount_plan("null");

        ASSERT_NOT_CONTAINS(plan, "nosuid");
        ASSERT_NOT_CONTAINS(plan, "mode=");
}

TEST(row_046_unknown_type) {
        ASSERT_REFUSED(MOUNTING(AT("m", "/d")), ONE_MOUNT("ext4", "/dev/sda1", ""), "unknown mount device \"ext4\" to \"/d\"");
        ASSERT_REFUSED(MOUNTING(AT("m", "/d")), ONE_MOUNT("", "/x", "\"bind\""), "unknown mount device \"\" to \"/d\"");
}

TEST(row_047_bind_destination) {
        ASSERT_REFUSED(MOUNTING(AT("m", "/")), ONE_MOUNT("bind", "/x", "\"bind\""), "mounting into / is prohibited");
        ASSERT_REFUSED(MOUNTING(AT("m", "/proc/self")), ONE_MOUNT("bind", "/x", "\"bind\""),
                       "\"/proc/self\" cannot be mounted because it is located inside \"/proc\"");
}

/* ---- D: devices, users, maps ---- */

#define DEVICE(path, type, major, minor, permissions) "{\"path\":\"" path "\",\"type\":" type ",\"major\":" major ",\"minor\":" minor \
        ",\"permissions\":\"" permissions "\",\"fileMode\":438,\"uid\":3,\"gid\":4}"

TEST(row_048_devices) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX(ALL_NAMESPACES ",\"devices\":[" DEVICE("/dev/null", "99", "1", "3", "rwm") ","
                                                             DEVICE("/dev/loop0", "98", "7", "0", "r") "]"));
        const SpecDevice *device = spec->os.devices + 1;
        const SpecDeviceRule *rule = spec->os.resources->devices + 2;

        ASSERT_EQ(spec->os.n_devices, 2);
        ASSERT_EQ(device->type, SPEC_DEVICE_BLOCK);
        ASSERT_STREQ(device->path, "/dev/loop0");
        ASSERT_EQ(device->major.value, 7);
        ASSERT_EQ(device->file_mode.value, 0666);
        ASSERT_EQ(device->uid.value, 3);
        ASSERT_EQ(device->gid.value, 4);
        ASSERT_TRUE(rule->allow);
        ASSERT_EQ(rule->type, SPEC_DEVICE_BLOCK);
        ASSERT_EQ(rule->minor.value, 0);
        ASSERT_STREQ(rule->access, "r");
}

TEST(row_049_device_rules) {
        static const struct {
                SpecDeviceType type;
                int64_t major, minor;
                const char *access;
        } expected[] = {
                { SPEC_DEVICE_CHARACTER, 10, 229, "rw" }, { SPEC_DEVICE_CHARACTER, -1, -1, "m" }, { SPEC_DEVICE_BLOCK, -1, -1, "m" },
                { SPEC_DEVICE_CHARACTER, 5, 1, "rwm" },   { SPEC_DEVICE_CHARACTER, 4, 0, "rwm" }, { SPEC_DEVICE_CHARACTER, 4, 1, "rwm" },
                { SPEC_DEVICE_CHARACTER, 136, -1, "rwm" }, { SPEC_DEVICE_CHARACTER, 5, 2, "rwm" }, { SPEC_DEVICE_CHARACTER, 10, 200, "rwm" },
        };
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"devices\":[" DEVICE("/dev/fuse", "99", "10", "229", "rw") "]"));
        const SpecDeviceRule *rules = spec->os.resources->devices;

        ASSERT_EQ(spec->os.resources->n_devices, 1 + ELEMENTSOF(expected));
        ASSERT_FALSE(rules[0].allow);
        ASSERT_EQ(rules[0].type, SPEC_DEVICE_ALL);
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                const SpecDeviceRule *rule = rules + 1 + i;

                ASSERT_TRUE(rule->allow);
                ASSERT_EQ(rule->type, expected[i].type);
                ASSERT_EQ(rule->major.set ? rule->major.value : -1, expected[i].major);
                ASSERT_EQ(rule->minor.set ? rule->minor.value : -1, expected[i].minor);
                ASSERT_STREQ(rule->access, expected[i].access);
        }
}

/* Behind a user namespace the old runtime stumbled over it: mended. */
TEST(row_050_device_without_path) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"devices\":[" DEVICE("", "99", "10", "-1", "rw") "]"));
        CLEANUP(spec_freep) Spec *mapped = lower(CONFIG, LINUX(MAPS "," ALL_NAMESPACES ",\"devices\":[" DEVICE("", "99", "10", "-1", "rw") "]"));

        ASSERT_EQ(spec->os.n_devices, 0);
        ASSERT_EQ(spec->os.resources->devices[1].major.value, 10);
        ASSERT_FALSE(spec->os.resources->devices[1].minor.set);
        ASSERT_EQ(mapped->os.n_devices, 0);
}

TEST(row_051_device_types) {
        ASSERT_REFUSED(CONFIG, LINUX("\"devices\":[" DEVICE("/dev/f", "112", "1", "3", "rw") "]"), "p is not a valid device type for device /dev/f");
        ASSERT_REFUSED(CONFIG, LINUX("\"devices\":[" DEVICE("/dev/f", "117", "1", "3", "rw") "]"), "u is not a valid device type for device /dev/f");
        ASSERT_REFUSED(CONFIG, LINUX("\"devices\":[" DEVICE("/dev/f", "\"c\"", "1", "3", "rw") "]"),
                       "unmarshal /b/runtime.json: linux.devices[0].type: must be a number, not a string");
}

TEST(row_052_empty_permissions) {
        ASSERT_REFUSED(CONFIG, LINUX("\"devices\":[" DEVICE("/dev/f", "99", "1", "3", "") "]"), "linux.devices[0].permissions: must not be empty");
}

TEST(row_053_maps_of_groups_alone) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"uidMappings\":[],\"gidMappings\":[{\"hostID\":1,\"containerID\":5,\"size\":1}]"));

        ASSERT_EQ(spec->os.n_gid_mappings, 0);
        ASSERT_NULL(spec_namespace(spec, SPEC_NAMESPACE_USER));
}

TEST(row_054_maps_bring_a_namespace) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX(MAPS "," ALL_NAMESPACES));
        CLEANUP(spec_freep) Spec *path = lower(CONFIG, LINUX(MAPS ",\"namespaces\":[{\"type\":\"user\",\"path\":\"/x\"}]"));

        ASSERT_NOT_NULL(spec_namespace(spec, SPEC_NAMESPACE_USER));
        ASSERT_NULL(spec_namespace(path, SPEC_NAMESPACE_USER)->path);
}

TEST(row_055_maps) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX(MAPS));

        ASSERT_EQ(spec->os.uid_mappings[0].host_id, 100000);
        ASSERT_EQ(spec->os.uid_mappings[0].size, 65536);
        ASSERT_EQ(spec->os.gid_mappings[0].host_id, 200000);
        ASSERT_EQ(spec->os.gid_mappings[0].container_id, 0);
}

TEST(row_056_no_group_maps) {
        ASSERT_REFUSED(CONFIG, LINUX("\"uidMappings\":[{\"hostID\":1,\"containerID\":0,\"size\":1}]"),
                       "User namespaces enabled, but no gid mappings found.");
}

TEST(row_057_no_root_user) {
        ASSERT_REFUSED(CONFIG, LINUX("\"uidMappings\":[{\"hostID\":1,\"containerID\":1,\"size\":9}],\"gidMappings\":[{\"hostID\":1,\"containerID\":0,\"size\":1}]"),
                       "User namespaces enabled, but no root user mapping found.");
}

TEST(row_058_no_root_group) {
        ASSERT_REFUSED(CONFIG, LINUX("\"uidMappings\":[{\"hostID\":1,\"containerID\":0,\"size\":1}],\"gidMappings\":[{\"hostID\":1,\"containerID\":1,\"size\":1}]"),
                       "User namespaces enabled, but no root group mapping found.");
}

/* "The host's ids of the container's root" are 0 in the container, which is how the OCI form counts. */
TEST(row_059_owner_of_devices) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX(MAPS "," ALL_NAMESPACES ",\"devices\":[" DEVICE("/dev/null", "99", "1", "3", "rwm") "]"));

        ASSERT_EQ(spec->os.devices[0].uid.value, 0);
        ASSERT_EQ(spec->os.devices[0].gid.value, 0);
}

TEST(row_060_user_namespace_without_maps) {
        ASSERT_REFUSED(CONFIG, LINUX("\"namespaces\":[{\"type\":\"user\"}]"), "linux.uidMappings: is required with a new user namespace");
}

#define AS_USER(user) "{\"version\":\"0.2.0\",\"process\":{\"args\":[\"true\"],\"user\":{" user "}}}"
#define OUT_OF_RANGE "Uids and gids must be in range 0-2147483647"

TEST(row_061_user) {
        CLEANUP(spec_freep) Spec *spec = lower(AS_USER("\"uid\":2147483647,\"gid\":5"), "{}");

        ASSERT_EQ(spec->process->user.uid, 2147483647);
        ASSERT_EQ(spec->process->user.gid, 5);
        ASSERT_REFUSED(AS_USER("\"uid\":2147483648"), "{}", OUT_OF_RANGE);
        ASSERT_REFUSED(AS_USER("\"gid\":-1"), "{}", OUT_OF_RANGE);
}

TEST(row_062_additional_groups) {
        CLEANUP(spec_freep) Spec *spec = lower(AS_USER("\"additionalGids\":[10,27]"), "{}");

        ASSERT_EQ(spec->process->user.n_additional_gids, 2);
        ASSERT_EQ(spec->process->user.additional_gids[1], 27);
        ASSERT_REFUSED(AS_USER("\"additionalGids\":[4294967295]"), "{}", OUT_OF_RANGE);
}

TEST(row_063_capabilities) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG_WITH("\"linux\":{\"capabilities\":[\"CAP_KILL\",\"CAP_CHOWN\"]}"), "{}");
        CLEANUP(spec_freep) Spec *none = lower(CONFIG, "{}");
        char *const *const sets[] = { spec->process->capabilities->bounding, spec->process->capabilities->effective,
                                      spec->process->capabilities->permitted, spec->process->capabilities->inheritable };

        FOREACH_ELEMENT(set, sets) {
                ASSERT_EQ(strv_length(*set), 2);
                ASSERT_STREQ((*set)[1], "CAP_CHOWN");
        }
        ASSERT_EQ(strv_length(spec->process->capabilities->ambient), 0);
        ASSERT_EQ(strv_length(none->process->capabilities->bounding), 0);
        ASSERT_REFUSED(CONFIG_WITH("\"linux\":{\"capabilities\":[\"KILL\"]}"), "{}", "unknown capability \"KILL\"");
}

/* ---- E: limits ---- */

#define RLIMIT(type, hard, soft) "{\"type\":\"" type "\",\"hard\":" hard ",\"soft\":" soft "}"

TEST(row_064_rlimits) {
        static const struct {
                const char *name;
                int resource;
        } rows[] = {
                { "RLIMIT_CPU", RLIMIT_CPU },         { "RLIMIT_FSIZE", RLIMIT_FSIZE },     { "RLIMIT_DATA", RLIMIT_DATA },
                { "RLIMIT_STACK", RLIMIT_STACK },     { "RLIMIT_CORE", RLIMIT_CORE },       { "RLIMIT_RSS", RLIMIT_RSS },
                { "RLIMIT_NPROC", RLIMIT_NPROC },     { "RLIMIT_NOFILE", RLIMIT_NOFILE },   { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
                { "RLIMIT_AS", RLIMIT_AS },           { "RLIMIT_LOCKS", RLIMIT_LOCKS },     { "RLIMIT_SGPENDING", RLIMIT_SIGPENDING },
                { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE }, { "RLIMIT_NICE", RLIMIT_NICE },     { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
                { "RLIMIT_RTTIME", RLIMIT_RTTIME },
        };

        FOREACH_ELEMENT(row, rows) {
                CLEANUP(freep) char *runtime = NULL;
                CLEANUP(spec_freep) Spec *spec = NULL;

                ASSERT_TRUE(asprintf(&runtime, LINUX("\"rlimits\":[" RLIMIT("%s", "18446744073709551615", "5") "]"), row->name) >= 0);
                spec = lower(CONFIG, runtime);
                ASSERT_EQ(spec_rlimit_resource(spec->process->rlimits[0].type), row->resource);
                ASSERT_EQ(spec->process->rlimits[0].soft, 5);
                ASSERT_TRUE(spec->process->rlimits[0].hard == RLIM_INFINITY);
        }
}

/* RLIMIT_SIGPENDING was refused for a slip of the pen: mended. */
TEST(row_065_unknown_rlimits) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"rlimits\":[" RLIMIT("RLIMIT_SIGPENDING", "9", "8") "]"));

        ASSERT_EQ(spec_rlimit_resource(spec->process->rlimits[0].type), RLIMIT_SIGPENDING);
        ASSERT_REFUSED(CONFIG, LINUX("\"rlimits\":[" RLIMIT("nofile", "1", "1") "]"), "Wrong rlimit value: nofile");
        ASSERT_REFUSED(CONFIG, LINUX("\"rlimits\":[{}]"), "Wrong rlimit value: ");
}

TEST(row_066_rlimit_twice) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"rlimits\":[" RLIMIT("RLIMIT_CORE", "1", "1") "," RLIMIT("RLIMIT_CPU", "5", "5") ","
                                                             RLIMIT("RLIMIT_CORE", "3", "2") "]"));

        ASSERT_EQ(spec->process->n_rlimits, 2);
        ASSERT_EQ(spec->process->rlimits[0].soft, 2);
        ASSERT_EQ(spec->process->rlimits[0].hard, 3);
}

TEST(row_067_rlimit_soft_above_hard) {
        ASSERT_REFUSED(CONFIG, LINUX("\"rlimits\":[" RLIMIT("RLIMIT_NOFILE", "1", "2") "]"), "error setting rlimit type 7: invalid argument");
}

TEST(row_068_memory_and_cpu) {
        CLEANUP(spec_freep) Spec *set = lower(CONFIG, RESOURCES("\"memory\":{\"limit\":10,\"reservation\":5,\"swap\":20,\"kernel\":3,\"swappiness\":60},"
                                                                "\"cpu\":{\"shares\":512,\"quota\":50000,\"period\":100000,\"realtimeRuntime\":1,\"realtimePeriod\":2}"));
        CLEANUP(spec_freep) Spec *zero = lower(CONFIG, RESOURCES("\"memory\":{\"limit\":0,\"swap\":0,\"swappiness\":0},\"cpu\":{\"shares\":0,\"quota\":0}"));
        CLEANUP(spec_freep) Spec *minus = lower(
                        CONFIG, RESOURCES("\"memory\":{\"limit\":18446744073709551615,\"reservation\":-1,\"swap\":-1,\"kernel\":18446744073709551615,"
                                          "\"swappiness\":-1},\"cpu\":{\"shares\":-1,\"quota\":-1,\"period\":-1}"));

        ASSERT_EQ(set->os.resources->memory->limit.value, 10);
        ASSERT_EQ(set->os.resources->memory->reservation.value, 5);
        ASSERT_EQ(set->os.resources->memory->swap.value, 20);
        ASSERT_EQ(set->os.resources->memory->kernel.value, 3);
        ASSERT_EQ(set->os.resources->memory->swappiness.value, 60);
        ASSERT_EQ(set->os.resources->cpu->shares.value, 512);
        ASSERT_EQ(set->os.resources->cpu->quota.value, 50000);
        ASSERT_EQ(set->os.resources->cpu->period.value, 100000);
        ASSERT_EQ(set->os.resources->cpu->realtime_runtime.value, 1);
        ASSERT_EQ(set->os.resources->cpu->realtime_period.value, 2);
        ASSERT_FALSE(zero->os.resources->memory->limit.set);
        ASSERT_FALSE(zero->os.resources->memory->swap.set);
        ASSERT_FALSE(zero->os.resources->memory->swappiness.set);
        ASSERT_FALSE(zero->os.resources->cpu->shares.set);
        ASSERT_FALSE(zero->os.resources->cpu->quota.set);
        ASSERT_EQ(minus->os.resources->memory->limit.value, -1);
        ASSERT_EQ(minus->os.resources->memory->reservation.value, -1);
        ASSERT_FALSE(minus->os.resources->memory->swap.set);
        ASSERT_FALSE(minus->os.resources->memory->kernel.set);
        ASSERT_FALSE(minus->os.resources->memory->swappiness.set);
        ASSERT_FALSE(minus->os.resources->cpu->shares.set);
        ASSERT_EQ(minus->os.resources->cpu->quota.value, -1);
        ASSERT_FALSE(minus->os.resources->cpu->period.set);
        ASSERT_REFUSED(CONFIG, RESOURCES("\"memory\":{\"swappiness\":101}"), "invalid value:101. valid memory swappiness range is 0-100");
}

TEST(row_069_cpusets) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, RESOURCES("\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"\"}"));

        ASSERT_STREQ(spec->os.resources->cpu->cpus, "0-1");
        ASSERT_NULL(spec->os.resources->cpu->mems);
}

TEST(row_070_weights) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, RESOURCES("\"blockIO\":{\"blkioWeight\":300,\"blkioLeafWeight\":0}"));
        CLEANUP(spec_freep) Spec *minus = lower(CONFIG, RESOURCES("\"blockIO\":{\"blkioWeight\":-1,\"blkioLeafWeight\":200}"));

        ASSERT_EQ(spec->os.resources->block_io->weight.value, 300);
        ASSERT_FALSE(spec->os.resources->block_io->leaf_weight.set);
        ASSERT_FALSE(minus->os.resources->block_io->weight.set);
        ASSERT_EQ(minus->os.resources->block_io->leaf_weight.value, 200);
}

TEST(row_071_weight_devices) {
        CLEANUP(spec_freep) Spec *spec = lower(
                        CONFIG, RESOURCES("\"blockIO\":{\"blkioWeightDevice\":[{\"major\":8,\"minor\":0,\"weight\":500,\"leafWeight\":300},{\"major\":8,\"minor\":16,\"weight\":10}]}"));
        CLEANUP(spec_freep) Spec *lines = lower(CONFIG, RESOURCES("\"blockIO\":{\"blkioWeightDevice\":\"8:0 500\\n8:16 20\"}"));
        CLEANUP(spec_freep) Spec *empty = lower(CONFIG, RESOURCES("\"blockIO\":{\"blkioWeightDevice\":\"\"}"));

        ASSERT_EQ(spec->os.resources->block_io->n_weight_device, 2);
        ASSERT_EQ(spec->os.resources->block_io->weight_device[0].leaf_weight.value, 300);
        ASSERT_EQ(spec->os.resources->block_io->weight_device[1].weight.value, 10);
        ASSERT_EQ(lines->os.resources->block_io->n_weight_device, 2);
        ASSERT_EQ(lines->os.resources->block_io->weight_device[1].minor, 16);
        ASSERT_EQ(lines->os.resources->block_io->weight_device[1].weight.value, 20);
        ASSERT_EQ(empty->os.resources->block_io->n_weight_device, 0);
        ASSERT_REFUSED(CONFIG, RESOURCES("\"blockIO\":{\"blkioWeightDevice\":\"sda 500\"}"),
                       "unmarshal /b/runtime.json: linux.resources.blockIO.blkioWeightDevice: \"sda 500\" is not of the form MAJOR:MINOR VALUE");
}

TEST(row_072_throttles) {
        CLEANUP(spec_freep) Spec *spec = lower(
                        CONFIG, RESOURCES("\"blockIO\":{\"blkioThrottleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},{\"major\":8,\"minor\":1,\"rate\":0}],"
                                          "\"blkioThrottleWriteBpsDevice\":\"8:0 2\",\"blkioThrottleReadIopsDevice\":\"8:0 3\","
                                          "\"blkioThrottleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":4}]}"));
        const SpecBlockIo *block_io = spec->os.resources->block_io;

        ASSERT_EQ(block_io->n_throttle_read_bps_device, 2);
        ASSERT_EQ(block_io->throttle_read_bps_device[0].rate, 1);
        ASSERT_EQ(block_io->throttle_read_bps_device[1].rate, 0);
        ASSERT_EQ(block_io->throttle_write_bps_device[0].rate, 2);
        ASSERT_EQ(block_io->throttle_read_iops_device[0].rate, 3);
        ASSERT_EQ(block_io->throttle_write_iops_device[0].rate, 4);
}

TEST(row_073_hugepages) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4096},{\"pageSize\":\"1GB\",\"limit\":-1}]"));

        ASSERT_EQ(spec->os.resources->n_hugepage_limits, 1);
        ASSERT_STREQ(spec->os.resources->hugepage_limits[0].page_size, "2MB");
        ASSERT_EQ(spec->os.resources->hugepage_limits[0].limit, 4096);
}

TEST(row_074_oom_killer) {
        CLEANUP(spec_freep) Spec *on = lower(CONFIG, RESOURCES("\"disableOOMKiller\":true"));
        CLEANUP(spec_freep) Spec *off = lower(CONFIG, RESOURCES("\"disableOOMKiller\":false"));

        ASSERT_TRUE(on->os.resources->memory->disable_oom_killer.value);
        ASSERT_FALSE(off->os.resources->memory->disable_oom_killer.set);
}

TEST(row_075_network_class) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, RESOURCES("\"network\":{\"classID\":\"0x100001\"}"));
        CLEANUP(spec_freep) Spec *empty = lower(CONFIG, RESOURCES("\"network\":{\"classId\":\"\",\"priorities\":null}"));

        ASSERT_EQ(spec->os.resources->network->class_id.value, 0x100001);
        ASSERT_NULL(empty->os.resources->network);
        ASSERT_REFUSED(CONFIG, RESOURCES("\"network\":{\"classID\":\"1:1\"}"), "linux.resources.network.classID: \"1:1\" is no number of 32 bits");
}

TEST(row_076_network_priorities) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, RESOURCES("\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":500},{\"name\":\"lo\",\"priority\":1}]}"));

        ASSERT_EQ(spec->os.resources->network->n_priorities, 2);
        ASSERT_STREQ(spec->os.resources->network->priorities[0].name, "eth0");
        ASSERT_EQ(spec->os.resources->network->priorities[0].priority, 500);
}

TEST(row_077_cgroups_path_is_ignored) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"cgroupsPath\":\"/ledger/one\""));

        ASSERT_NULL(spec->os.cgroups_path);
}

TEST(row_078_no_resources) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"resources\":null"));
        const SpecResources *resources = spec->os.resources;

        ASSERT_FALSE(resources->memory->limit.set);
        ASSERT_FALSE(resources->cpu->shares.set);
        ASSERT_NULL(resources->pids);
        ASSERT_EQ(resources->n_devices, 9);
}

/* They were read and did nothing: mended, but for the score that is always there. */
TEST(row_079_fields_that_did_nothing) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, RESOURCES("\"pids\":{\"limit\":200},\"oomScoreAdj\":100,\"memory\":{\"kernelTCP\":7}"));
        CLEANUP(spec_freep) Spec *zero = lower(CONFIG, RESOURCES("\"pids\":{\"limit\":0}"));

        ASSERT_EQ(spec->os.resources->pids->limit.value, 200);
        ASSERT_EQ(spec->process->oom_score_adj.value, 100);
        ASSERT_EQ(spec->os.resources->memory->kernel_tcp.value, 7);
        ASSERT_NULL(zero->os.resources->pids);
        ASSERT_TRUE(zero->process->oom_score_adj.set);
        ASSERT_EQ(zero->process->oom_score_adj.value, 0);
}

/* ---- F: seccomp, labels, hooks ---- */

TEST(row_080_no_filter) {
        static const char *const texts[] = {
                "{}", SECCOMP(""), LINUX("\"seccomp\":null"), SECCOMP("\"defaultAction\":\"\",\"syscalls\":null,\"architectures\":[\"SCMP_ARCH_X86\"]"),
        };

        FOREACH_ELEMENT(text, texts) {
                CLEANUP(spec_freep) Spec *spec = lower(CONFIG, *text);

                ASSERT_NULL(spec->os.seccomp);
        }
}

TEST(row_081_default_action_alone) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[]"));

        ASSERT_NOT_NULL(spec->os.seccomp);
        ASSERT_EQ(spec->os.seccomp->default_action, SPEC_SECCOMP_ALLOW);
        ASSERT_EQ(spec->os.seccomp->n_syscalls, 0);
}

#define SYSCALL(name, action, args) "{\"name\":\"" name "\",\"action\":\"" action "\",\"args\":" args "}"

TEST(row_082_no_default_action) {
        ASSERT_REFUSED(CONFIG, SECCOMP("\"syscalls\":[" SYSCALL("read", "SCMP_ACT_ALLOW", "null") "]"), "string  is not a valid action for seccomp");
}

TEST(row_083_order_of_checks) {
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"D\",\"architectures\":[\"A\"],\"syscalls\":[" SYSCALL("x", "S", "null") "]"),
                       "string A is not a valid arch for seccomp");
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"D\",\"syscalls\":[" SYSCALL("x", "S", "null") "]"), "string D is not a valid action for seccomp");
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[" SYSCALL("x", "S", "[{\"op\":\"O\"}]") "]"),
                       "string S is not a valid action for seccomp");
}

TEST(row_084_architectures) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_MIPSEL64N32\"]"));

        ASSERT_TRUE(spec_set_has(spec->os.seccomp->architectures, SPEC_ARCHITECTURE_X86));
        ASSERT_TRUE(spec_set_has(spec->os.seccomp->architectures, SPEC_ARCHITECTURE_MIPSEL64N32));
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_RISCV64\"]"),
                       "string SCMP_ARCH_RISCV64 is not a valid arch for seccomp");
}

TEST(row_085_actions) {
        static const char *const words[] = { "SCMP_ACT_KILL", "SCMP_ACT_ERRNO", "SCMP_ACT_TRAP", "SCMP_ACT_ALLOW", "SCMP_ACT_TRACE" };

        FOREACH_ELEMENT(word, words) {
                CLEANUP(freep) char *runtime = NULL;
                CLEANUP(spec_freep) Spec *spec = NULL;

                ASSERT_TRUE(asprintf(&runtime, SECCOMP("\"defaultAction\":\"%s\""), *word) >= 0);
                spec = lower(CONFIG, runtime);
                ASSERT_NE((unsigned) spec->os.seccomp->default_action, 0U);
        }
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_LOG\""), "string SCMP_ACT_LOG is not a valid action for seccomp");
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[" SYSCALL("x", "allow", "null") "]"),
                       "string allow is not a valid action for seccomp");
}

TEST(row_086_operators) {
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[" SYSCALL("x", "SCMP_ACT_ALLOW", "[{\"op\":\"==\"}]") "]"),
                       "string == is not a valid operator for seccomp");
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[" SYSCALL("x", "SCMP_ACT_ALLOW", "[{}]") "]"),
                       "string  is not a valid operator for seccomp");
}

TEST(row_087_arguments) {
        CLEANUP(spec_freep) Spec *spec = lower(
                        CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" SYSCALL("clone", "SCMP_ACT_ERRNO",
                                        "[{\"index\":0,\"value\":268435456,\"valueTwo\":1,\"op\":\"SCMP_CMP_MASKED_EQ\"},{\"index\":5,\"value\":18446744073709551615,\"op\":\"SCMP_CMP_GE\"}]") "]"));
        const SpecSeccompSyscall *rule = spec->os.seccomp->syscalls;

        ASSERT_STREQ(rule->names[0], "clone");
        ASSERT_EQ(rule->n_args, 2);
        ASSERT_EQ(rule->args[0].value, 268435456);
        ASSERT_EQ(rule->args[0].value_two, 1);
        ASSERT_EQ(rule->args[0].op, SPEC_SECCOMP_MASKED_EQ);
        ASSERT_EQ(rule->args[1].index, 5);
        ASSERT_TRUE(rule->args[1].value == UINT64_MAX);
}

TEST(row_088_syscall_names) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" SYSCALL("no_such_call", "SCMP_ACT_KILL", "null") "]"));

        ASSERT_STREQ(spec->os.seccomp->syscalls[0].names[0], "no_such_call");
        ASSERT_REFUSED(CONFIG, SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" SYSCALL("", "SCMP_ACT_KILL", "null") "]"),
                       "empty string is not a valid syscall");
}

/* A name that belongs to no namespace changed the host: mended. */
TEST(row_089_sysctl) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX(ALL_NAMESPACES ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}"));

        ASSERT_STREQ(spec_map_get(&spec->os.sysctl, "net.ipv4.ip_forward"), "1");
        ASSERT_REFUSED(CONFIG, LINUX("\"sysctl\":{\"kernel.panic\":\"1\"}"),
                       "linux.sysctl[\"kernel.panic\"]: belongs to no namespace, it would change the host");
}

TEST(row_090_labels) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"apparmorProfile\":\"a\",\"selinuxProcessLabel\":\"s\""));
        CLEANUP(spec_freep) Spec *none = lower(CONFIG, LINUX("\"apparmorProfile\":\"\",\"selinuxProcessLabel\":\"\""));

        ASSERT_STREQ(spec->process->apparmor_profile, "a");
        ASSERT_STREQ(spec->process->selinux_label, "s");
        ASSERT_NULL(none->process->apparmor_profile);
        ASSERT_NULL(none->process->selinux_label);
}

#define HOOKS "{\"hooks\":{\"prestart\":[{\"path\":\"/p\",\"args\":[\"p\",\"x\"],\"env\":[\"A=b\"]},{\"path\":\"/q\",\"args\":[],\"env\":[]}]," \
        "\"poststart\":[{\"path\":\"/s\"}],\"poststop\":[{\"path\":\"/t\",\"args\":null,\"env\":null}]}}"

TEST(row_091_prestart_hooks) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, HOOKS);

        ASSERT_EQ(spec->hooks.n_prestart, 2);
        ASSERT_STREQ(spec->hooks.prestart[0].args[1], "x");
        ASSERT_STREQ(spec->hooks.prestart[0].env[0], "A=b");
        ASSERT_NULL(spec->hooks.prestart[1].args);
        ASSERT_NOT_NULL(spec->hooks.prestart[1].env);
        ASSERT_FALSE(spec->hooks.prestart[0].timeout.set);
}

TEST(row_092_poststop_hooks) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, HOOKS);

        ASSERT_EQ(spec->hooks.n_poststop, 1);
        ASSERT_NULL(spec->hooks.poststop[0].args);
        ASSERT_NULL(spec->hooks.poststop[0].env);
}

/* The old runtime had forgotten them: mended. */
TEST(row_093_poststart_hooks) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, HOOKS);

        ASSERT_EQ(spec->hooks.n_poststart, 1);
}

TEST(row_094_version_for_hooks) {
        CLEANUP(spec_freep) Spec *spec = lower("{\"version\":\"0.1.0\"," PROCESS "}", "{}");
        char id[] = "c1", bundle[] = "/b", rootfs[] = "/b/rootfs";
        const State state = { .id = id, .status = "stopped", .bundle = bundle, .rootfs = rootfs, .annotations = spec->annotations };
        CLEANUP(freep) char *json = state_to_hook_json(&state);

        ASSERT_CONTAINS(json, "\"version\":\"0.2.0\"");
        ASSERT_CONTAINS(json, "\"root\":\"/b/rootfs\"");
        ASSERT_CONTAINS(json, "\"bundlePath\":\"/b\"");
        ASSERT_CONTAINS(json, "\"bundle\":\"/b\"");
        ASSERT_CONTAINS(json, "\"pid\":0");
}

TEST(row_099_no_arguments) {
        ASSERT_REFUSED("{\"version\":\"0.2.0\",\"process\":{\"args\":[]}}", "{}", "process.args: must not be empty");
        ASSERT_REFUSED("{\"version\":\"0.2.0\"}", "{}", "process.args: must not be empty");
}

/* ---- beyond the rows ---- */

TEST(environment_and_directory) {
        CLEANUP(spec_freep) Spec *relative = lower("{\"version\":\"0.2.0\",\"process\":{\"args\":[\"x\"],\"cwd\":\"srv/x\"}}", "{}");
        CLEANUP(spec_freep) Spec *none = lower("{\"version\":\"0.2.0\",\"process\":{\"args\":[\"x\"],\"cwd\":\"\"}}", "{}");

        ASSERT_STREQ(relative->process->cwd, "/srv/x");
        ASSERT_STREQ(none->process->cwd, "/");
        ASSERT_REFUSED("{\"version\":\"0.2.0\",\"process\":{\"args\":[\"x\"],\"env\":[\"A\"]}}", "{}", "invalid environment 'A'");
}

TEST(propagation_of_the_root) {
        CLEANUP(spec_freep) Spec *spec = lower(CONFIG, LINUX("\"rootfsPropagation\":\"slave\""));
        CLEANUP(spec_freep) Spec *none = lower(CONFIG, LINUX("\"rootfsPropagation\":\"\""));

        ASSERT_EQ(spec->os.rootfs_propagation, SPEC_PROPAGATION_SLAVE);
        ASSERT_EQ((unsigned) none->os.rootfs_propagation, 0U);
}

TEST(recognized_by_shape) {
        static const char oci[] = "{\"ociVersion\":\"1.0.2\",\"version\":\"0.2.0\"}", old[] = "{\"Version\":\"0.2.0\"}", other[] = "{}";

        ASSERT_FALSE(legacy_recognize(oci, strlen(oci), true));
        ASSERT_TRUE(legacy_recognize(old, strlen(old), false));
        ASSERT_FALSE(legacy_recognize(other, strlen(other), false));
        ASSERT_TRUE(legacy_recognize(other, strlen(other), true));
        ASSERT_FALSE(legacy_recognize("{", 1, false));
}

/* A bundle of today is not looked at as an old one, whatever lies beside it. */
TEST(runtime_json_beside_a_bundle_of_today) {
        char directory[] = "/tmp/berth-test-XXXXXX";
        CLEANUP(error_done) Error error = {};
        CLEANUP(spec_freep) Spec *spec = NULL;
        int r;

        make_bundle(directory, "{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[1]}}", "{}");
        r = spec_load(directory, NULL, &spec, &error);
        ASSERT_OK(path_remove_tree_at(AT_FDCWD, directory));
        ASSERT_EQ(r, -EINVAL);
        ASSERT_CONTAINS(error_text(&error), "config.json: process.args[0]: must be a string, not a number");
}
