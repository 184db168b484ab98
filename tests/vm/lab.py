# SPDX-License-Identifier: LGPL-2.1-or-later
"""For the machine's tests in Python: bundles, berth, systemd and cgroup files, with as few processes as possible (each costs a tenth of a second in
software emulation). A test prints `ok SUITE NAME` or `not ok SUITE NAME`, as those in bash do."""
import glob, json, os, pathlib, subprocess, sys, tempfile, time, traceback

BERTH = os.environ.get("BERTH", "berth")
ROOTFS = "/var/tmp/berth-rootfs"
CGROUP = pathlib.Path("/sys/fs/cgroup")
SUITE = pathlib.Path(sys.argv[0]).name
_template = None
_failed = 0


class Failure(Exception):
    pass


def fail(text):
    raise Failure(text)


def equal(got, wanted, what=""):
    if got != wanted:
        fail(f"{what}: {got!r} is not {wanted!r}")


def run(*arguments, status=0, stdin=None, says=None, timeout=120):
    """Runs a command; its exit status must be that (None: any), and stderr must have the text. Returns stdout."""
    # Files and no pipes: a container that goes on has them open.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err, tempfile.TemporaryFile("w+") as given:
        given.write(stdin or "")
        given.seek(0)
        got = subprocess.run(arguments, stdin=given, stdout=out, stderr=err, timeout=timeout).returncode
        out.seek(0)
        err.seek(0)
        out, err = out.read(), err.read()
    if status is not None and got != status:
        fail(f"exit status {got}, not {status}: {' '.join(map(str, arguments))}\n{(stdin or '')[:500]}\n{out[-2000:]}{err[-2000:]}")
    if says is not None and says not in err:
        fail(f"stderr lacks «{says}»: {err[-2000:]}")
    return out


def berth(*arguments, **options):
    return run(BERTH, *arguments, **options)


def spec():
    global _template
    if _template is None:
        with tempfile.TemporaryDirectory() as directory:
            berth("spec", "-b", directory)
            _template = pathlib.Path(directory, "config.json").read_text()
    return json.loads(_template)


def bundle(directory, arguments=("sleep", "10000"), resources=None, change=None):
    """A bundle without a terminal, with the cgroup to be seen inside."""
    config = spec()
    config["process"]["terminal"] = False
    config["process"]["args"] = list(arguments)
    config["root"]["path"] = ROOTFS
    if not any(mount["destination"] == "/sys/fs/cgroup" for mount in config["mounts"]):
        config["mounts"].append({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid", "noexec", "nodev"]})
    if resources is not None:
        merge(config["linux"].setdefault("resources", {}), resources)
    if change:
        change(config)
    pathlib.Path(directory).mkdir(exist_ok=True)
    pathlib.Path(directory, "config.json").write_text(json.dumps(config))
    return str(directory)


def merge(into, more):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value
    return into


def properties(unit, names):
    names = sorted(names)
    text = run("systemctl", "show", unit, *[f"-p{name}" for name in names])
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def cgroup_file(unit, name, parent="berth.slice"):
    return (CGROUP / parent / unit / name).read_text().rstrip("\n")


def snapshot():
    found = set()
    for line in run("systemctl", "list-units", "--all", "--no-legend", "--plain", "berth*", status=None).splitlines():
        if line.split()[0] != "berth.slice":
            found.add("unit " + line.split()[0])
    found.update("cgroup " + str(path) for path in CGROUP.glob("berth.slice/**/") if path.name != "berth.slice")
    for comm in glob.glob("/proc/[0-9]*/comm"):
        try:
            name = pathlib.Path(comm).read_text().strip()
        except OSError:
            continue
        if name.startswith("berth"):
            found.add(f"process {comm} {name}")
    found.update("state " + path for path in glob.glob("/run/berth/*"))
    found.update("mount " + line.split()[4] for line in open("/proc/self/mountinfo"))
    return found


def nothing_left(before, seconds=15):
    end = time.monotonic() + seconds
    while True:
        left = snapshot() - before
        if not left:
            return
        if time.monotonic() > end:
            fail(f"left behind: {sorted(left)}")
        time.sleep(.2)


def until(seconds, function, what=""):
    end = time.monotonic() + seconds
    while not (value := function()):
        if time.monotonic() > end:
            fail(f"did not come true in {seconds} s: {what or function}")
        time.sleep(.05)
    return value


def check(name, function):
    """Runs one test in a directory of its own."""
    global _failed
    before = snapshot()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-test.", dir="/var/tmp") as directory:
        os.chdir(directory)
        try:
            function()
            nothing_left(before)
        except Exception as problem:
            _failed += 1
            print(f"not ok {SUITE} {name}")
            text = str(problem) if isinstance(problem, Failure) else traceback.format_exc()
            print("\n".join("  | " + line for line in text.splitlines()[-40:]))
            for identifier in run(BERTH, "list", "-q", status=None).split():
                run(BERTH, "delete", "--force", identifier, status=None)
        else:
            print(f"ok {SUITE} {name}")
        print(f"# {time.monotonic() - start:.1f} s", flush=True)
        os.chdir("/")


def finish():
    sys.exit(1 if _failed else 0)
