/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a bundle asks of the running kernel that not every kernel has. Invariant: a confinement that cannot be had is an error before anything is
 * made, never left out. */

#include "launch/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/number.h"
#include "base/path.h"
#include "base/strv.h"
#include "container/resctrl.h"
#include "plan/process.h"

static bool has_apparmor(void) {
        CLEANUP(freep) char *enabled = NULL;

        return file_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &enabled, NULL) >= 0 && enabled[0] == 'Y';
}

static bool has_selinux(void) {
        struct statfs buffer;

        return statfs("/sys/fs/selinux", &buffer) >= 0 && (uint32_t) buffer.f_type == SELINUX_MAGIC;
}

/* The loaded policy is asked: the answer to a context that it has is that context. Before one is loaded every context is taken and means "kernel". Who may
 * not ask hears of a context that is none from the step that sets it. */
static int check_label(const char *field, const char *label, Error *error) {
        CLEANUP(fd_closep) int fd = -EBADF;
        char answer[4096] = "";

        if (isempty(label))
                return 0;
        if (!has_selinux())
                return error_set(error, -EOPNOTSUPP, "%s: SELinux is not enabled in this kernel", field);
        fd = open("/sys/fs/selinux/context", O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return 0;
        if (write(fd, label, strlen(label)) < 0)
                return errno == EACCES ? 0 : error_set(error, -EINVAL, "%s: \"%s\" is no context of the SELinux policy that is loaded", field, label);
        if (read(fd, answer, sizeof answer - 1) > 0 && !strchr(answer, ':'))
                return error_set(error, -EOPNOTSUPP, "%s: SELinux has no policy loaded", field);
        return 0;
}

static bool has_resctrl(void) {
        CLEANUP(fd_closep) int fd = resctrl_open();

        return fd >= 0;
}

/* The caller's own; all of them where that cannot be told. */
static uint64_t own_permitted(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = {};

        if (syscall(SYS_capget, &header, data) < 0)
                return ~UINT64_C(0);
        return data[0].permitted | (uint64_t) data[1].permitted << 32;
}

/* A bounding set is inherited, and may have what is not permitted. */
static bool is_in_own_bounding(unsigned capability) {
        return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

/* config.md: what cannot be granted must be logged as a warning, and is no reason to fail. Who becomes root of a user namespace
 * has all of them there. */
static void warn_capabilities(const Spec *spec, const SpecProcess *process) {
        const SpecCapabilities *names = process->capabilities;
        uint64_t own, bounding, missing;
        CLEANUP(text_done) Text text = {};

        if (!names || geteuid() != 0 || spec_namespace(spec, SPEC_NAMESPACE_USER))
                return;
        own = own_permitted();
        bounding = plan_capabilities_mask(names->bounding) & ~own;
        missing = (plan_capabilities_mask(names->permitted) | plan_capabilities_mask(names->inheritable)) & ~own;
        for (unsigned i = 0; i < 64; i++)
                if ((bounding >> i & 1) != 0 && !is_in_own_bounding(i))
                        missing |= UINT64_C(1) << i;
        if (missing == 0)
                return;
        plan_capabilities_text(missing, &text);
        log_warning("process.capabilities: cannot be granted, the caller does not have them: %s", text.string ?: "?");
}

/* "unconfined" confines nothing, and engines ask for it whether or not there is an AppArmor. */
int kernel_check_process(const Spec *spec, const SpecProcess *process, Error *error) {
        warn_capabilities(spec, process);
        if (!isempty(process->apparmor_profile) && !streq(process->apparmor_profile, "unconfined") && !has_apparmor())
                return error_set(error, -EOPNOTSUPP, "process.apparmorProfile: AppArmor is not enabled in this kernel");
        return check_label("process.selinuxLabel", process->selinux_label, error);
}

/* A path may lead to the very namespace that we are in. */
static bool is_own_namespace(const SpecNamespace *namespace, const char *name) {
        CLEANUP(freep) char *own = path_join("/proc/self/ns", name);
        struct stat a, b;

        return own && !isempty(namespace->path) && stat(namespace->path, &a) >= 0 && stat(own, &b) >= 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Which namespaces linux.sysctl reaches into. What passed check_sysctl() is one of these. */
static bool sysctl_in(const Spec *spec, SpecNamespaceType type) {
        for (size_t i = 0; i < spec->os.sysctl.n_items; i++) {
                const char *key = spec->os.sysctl.items[i].key;
                SpecNamespaceType reached = SPEC_NAMESPACE_IPC;

                if (startswith(key, "net"))
                        reached = SPEC_NAMESPACE_NETWORK;
                else if (endswith(key, "domainname"))
                        reached = SPEC_NAMESPACE_UTS;
                if (reached == type)
                        return true;
        }
        return false;
}

/* What is set in a namespace must not be set in the host's (as with runc). */
static int check_own_namespaces(const Spec *spec, Error *error) {
        const struct {
                SpecNamespaceType type;
                const char *name, *place;
                bool asked;
        } rows[] = {
                { SPEC_NAMESPACE_NETWORK, "net", "linux.sysctl", sysctl_in(spec, SPEC_NAMESPACE_NETWORK) },
                { SPEC_NAMESPACE_IPC, "ipc", "linux.sysctl", sysctl_in(spec, SPEC_NAMESPACE_IPC) },
                { SPEC_NAMESPACE_UTS, "uts", "linux.sysctl", sysctl_in(spec, SPEC_NAMESPACE_UTS) },
                { SPEC_NAMESPACE_UTS, "uts", "hostname", !isempty(spec->hostname) },
                { SPEC_NAMESPACE_UTS, "uts", "domainname", !isempty(spec->domainname) },
        };

        FOREACH_ELEMENT(row, rows) {
                const SpecNamespace *namespace = row->asked ? spec_namespace(spec, row->type) : NULL;

                if (namespace && is_own_namespace(namespace, row->name))
                        return error_set(error, -EINVAL, "%s: the %s namespace %s is the host's own", row->place, row->name, namespace->path);
        }
        return 0;
}

/* sched_setattr(2): SCHED_DEADLINE is for processes that may run on all CPUs. Whether the kernel would find out is a
 * question of which comes first, the policy or the cgroup's limit. The words are runc's. */
static int check_scheduler(const Spec *spec, Error *error) {
        const SpecScheduler *scheduler = spec->process ? spec->process->scheduler : NULL;
        const SpecResources *resources = spec->os.resources;
        const char *list = resources ? spec_map_get(&resources->unified, "cpuset.cpus") : NULL;
        CLEANUP(freep) char *online = NULL;
        NumberSet allowed, all;

        if (!list && resources && resources->cpu)
                list = resources->cpu->cpus;
        if (!scheduler || scheduler->policy != SPEC_SCHEDULER_DEADLINE || isempty(list))
                return 0;
        if (number_set_parse(list, &allowed) < 0 ||
            file_read_at(AT_FDCWD, "/sys/devices/system/cpu/online", 65536, &online, NULL) < 0)
                return 0;
        online[strcspn(online, "\n")] = '\0';
        if (number_set_parse(online, &all) < 0)
                return 0;
        for (size_t i = 0; i < all.n_bytes; i++)
                if (all.bits[i] & ~(i < allowed.n_bytes ? allowed.bits[i] : 0))
                        return error_set(error, -EPERM,
                                         "process scheduler can't be used together with AllowedCPUs: "
                                         "process.scheduler: SCHED_DEADLINE needs all CPUs (%s), "
                                         "and linux.resources.cpu.cpus is %.80s",
                                         online, list);
        return 0;
}

int kernel_check_spec(const Spec *spec, Error *error) {
        int r = check_own_namespaces(spec, error);

        if (r >= 0)
                r = check_scheduler(spec, error);
        if (r < 0)
                return r;
        r = check_label("linux.mountLabel", spec->os.mount_label, error);
        if (r < 0)
                return r;
        if (spec->os.intel_rdt && !has_resctrl())
                return error_set(error, -EOPNOTSUPP, "linux.intelRdt: no resctrl file system is mounted");
        return spec->process ? kernel_check_process(spec, spec->process, error) : 0;
}
