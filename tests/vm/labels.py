# SPDX-License-Identifier: LGPL-2.1-or-later
"""What test-apparmor and test-selinux have in common: a root file system with a secret, which nobody reads who has the label; and what attackers did so that
it was written to something else than the kernel's procfs."""
import json, os, pathlib, shutil, subprocess, sys, time
from lab import *

SECRET = "this is the secret"
READ_SECRET = ("sh", "-c", "cat /etc/secret; echo end")
RACE_SECONDS = float(os.environ.get("BERTH_RACE_SECONDS", "6"))


def root(directory):
    """A root file system of its own, with the secret in it."""
    path = pathlib.Path(directory, "rootfs").absolute()
    run("cp", "-a", ROOTFS, str(path))
    (path / "etc/secret").write_text(SECRET + "\n")
    return path


def with_root(directory, arguments, change):
    """A bundle with such a root, its path in the end of what is returned."""
    pathlib.Path(directory).mkdir(exist_ok=True)
    path = root(directory)

    def both(config):
        config["root"] = {"path": "rootfs"}
        change(config)

    return bundle(directory, arguments, change=both), path


def user_namespace(config):
    config["linux"]["namespaces"].append({"type": "user"})
    config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 0, "size": 65536}]


def attribute(pid, name="current"):
    return pathlib.Path(f"/proc/{pid}/attr/{name}").read_text().rstrip("\n\0")


def attributes_of(pattern, name="current"):
    """The attribute of each process whose name matches; one may end while it is looked at."""
    found = set()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if pattern in (process / "comm").read_text():
                found.add(attribute(process.name, name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def pid_of(identifier):
    return json.loads(berth("state", identifier))["pid"]


def tried(bundle_path):
    """Runs it; whether it works or is refused is all the same, but the secret is not read."""
    with open("out", "w+") as out:
        status = subprocess.run([BERTH, "run", "-b", bundle_path, "attacked"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=120).returncode
        out.seek(0)
        text = out.read()
    if SECRET in text:
        fail(f"the secret was read: {text}")
    return status, text


def false_attributes(directory):
    """Files like those of procfs; whatever is written to them is seen later."""
    for part in ("self", "thread-self", "1"):
        for name in ("attr/exec", "attr/current", "attr/keycreate", "attr/apparmor/exec"):
            path = pathlib.Path(directory, part, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")


def none_written(directory):
    written = [str(path) for path in pathlib.Path(directory).glob("**/attr/**/*") if path.is_file() and path.stat().st_size > 0]
    if written:
        fail(f"a label was written to {written}")


class Attacks:
    """label(config) gives the process its label; prepare(rootfs) what a secret needs besides."""

    def __init__(self, label, prepare=lambda path: None):
        self.label, self.prepare = label, prepare

    def bundle(self, directory, arguments=READ_SECRET, change=lambda config: None):
        def both(config):
            self.label(config)
            change(config)

        path, rootfs = with_root(directory, arguments, both)
        self.prepare(rootfs)
        return path, rootfs

    def without_label(self):
        """Else nothing here would show anything."""
        path, rootfs = with_root("b", READ_SECRET, lambda config: None)
        self.prepare(rootfs)
        equal(berth("run", "-b", path, "open"), SECRET + "\nend\n")

    def image_with_files(self):
        """The image's own /proc has files where the label is written to, and no procfs is mounted over them."""
        def change(config):
            config["mounts"] = [mount for mount in config["mounts"] if not mount["destination"].startswith("/proc")]

        path, rootfs = self.bundle("b", change=change)
        false_attributes(rootfs / "proc")
        status, text = tried(path)
        equal((status, "end" in text), (0, True), text)
        none_written(rootfs)

    def volume_over_proc(self):
        def change(config):
            for mount in config["mounts"]:
                if mount["destination"] == "/proc":
                    mount.update(type="bind", source=os.path.abspath("volume"), options=["rbind"])

        path, rootfs = self.bundle("b", change=change)
        false_attributes("volume")
        status, text = tried(path)
        equal(status, 1, text)
        if "/proc" not in text:
            fail(text)
        none_written("volume")

    def proc_is_a_link(self):
        path, rootfs = self.bundle("b")
        false_attributes(rootfs / "false")
        (rootfs / "proc").rmdir()
        (rootfs / "proc").symlink_to("false")
        status, text = tried(path)
        equal(status, 1, text)
        none_written(rootfs / "false")

    def exchanged_proc(self):
        path, rootfs = self.bundle("b")
        false_attributes(rootfs / "false")
        (rootfs / "link").symlink_to("false")
        code = "import ctypes, os, sys\nlibc = ctypes.CDLL(None)\na, b = map(os.fsencode, sys.argv[1:])\nwhile os.getppid() != 1:\n  for _ in range(1000): libc.renameat2(-100, a, -100, b, 2)"
        racer = subprocess.Popen([sys.executable, "-c", code, str(rootfs / "proc"), str(rootfs / "link")])
        try:
            self.race(path)
        finally:
            racer.kill()
            racer.wait()
        none_written(rootfs / "false")

    def shared_root(self):
        """Another container has the root as a shared volume, and mounts over its /proc/thread-self/attr and /proc again and again."""
        path, rootfs = self.bundle("b", change=lambda config: config["linux"].update(rootfsPropagation="shared"))
        run("mount", "--bind", str(rootfs), str(rootfs))
        run("mount", "--make-shared", str(rootfs))
        false_attributes("false")
        script = """while :; do
mount --bind /false /volume/proc; umount /volume/proc
mount --bind /false/self/attr /volume/proc/self/attr; umount /volume/proc/self/attr
done 2>/dev/zero"""

        def attacker(config):
            for names in config["process"]["capabilities"].values():
                names.append("CAP_SYS_ADMIN")
            config["linux"].pop("seccomp", None)
            config["mounts"] += [{"destination": "/volume", "type": "bind", "source": str(rootfs), "options": ["rbind", "rshared"]},
                                 {"destination": "/false", "type": "bind", "source": os.path.abspath("false"), "options": ["bind"]}]

        other, _ = with_root("other", ("sh", "-c", script), attacker)
        try:
            berth("run", "-d", "-b", other, "other")
            self.race(path)
        finally:
            run(BERTH, "delete", "--force", "other", status=None)
            while str(rootfs) in [line.split()[4] for line in open("/proc/self/mountinfo")]:
                run("umount", "-l", str(rootfs))
        none_written("false")

    def race(self, path):
        end = time.monotonic() + RACE_SECONDS
        tries = works = 0
        while time.monotonic() < end or tries < 5:
            works += tried(path)[0] == 0
            tries += 1
        print(f"# {tries} tries, {works} of them came to run")

    def check(self):
        check("the secret can be read without a label", self.without_label)
        check("CVE-2019-16884 a volume over /proc", self.volume_over_proc)
        check("CVE-2019-16884 files of the image in place of /proc", self.image_with_files)
        check("CVE-2023-28642 /proc is a link", self.proc_is_a_link)
        check("CVE-2019-19921 /proc is exchanged for a link", self.exchanged_proc)
        check("CVE-2025-52881 mounts over /proc of a shared root", self.shared_root)
