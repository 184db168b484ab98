# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# mounts[]: option words, propagation, id maps, the forms of cgroup, proc and sysfs; rootfsPropagation, maskedPaths, readonlyPaths, mountLabel.

m=$(at) below=$(at /m/sub)

# ---- attributes of one mount ----
both 'mounts ro' 'tmpfs(["ro"])' "touch /m/x 2>&1; $m" 'Read-only file system <ro'
both 'mounts rw wins over an earlier ro' 'tmpfs(["ro", "rw"])' "touch /m/x && $m" '^<rw'
both 'mounts ro of a bind' 'bind(["ro"])' "touch /m/x 2>&1; cat /m/file; $m" 'Read-only file system top <ro'
both 'mounts ro of a file' 'mount("/tmp/f"; "bind"; env.SRC + "/of-0"; ["bind", "ro"])' 'cat /tmp/f; echo x 2>&1 >/tmp/f || :' '^0 .*(Read-only|Permission)'
both 'mounts nosuid' 'tmpfs(["nosuid"])' "$m" '^<rw,nosuid'
both 'mounts suid' 'tmpfs(["nosuid", "suid"])' "$m" '^<rw[ ,>][^u]*tmpfs'
both 'mounts nodev' 'mount("/m"; "bind"; "/dev/null"; ["bind", "nodev"])' 'echo x 2>&1 >/m' 'Permission denied'
both 'mounts dev' 'mount("/m"; "bind"; "/dev/null"; ["bind", "nodev", "dev"])' 'echo x >/m && echo fine' '^fine'
both 'mounts noexec' 'bind(["noexec"])' '/m/busybox true 2>&1' 'Permission denied'
both 'mounts exec' 'bind(["noexec", "exec"])' '/m/busybox echo fine' '^fine'
both 'mounts noatime' 'tmpfs(["noatime"])' "$m" '<rw,noatime'
both 'mounts atime' 'tmpfs(["noatime", "atime"])' "$m" '<rw,relatime'
both 'mounts nodiratime' 'tmpfs(["nodiratime"])' "$m" '<rw,nodiratime'
both 'mounts diratime' 'tmpfs(["nodiratime", "diratime"])' "$m" '<rw,relatime'
both 'mounts relatime' 'tmpfs(["noatime", "relatime"])' "$m" '<rw,relatime'
both 'mounts norelatime' 'tmpfs(["norelatime"])' "$m" '^<rw'
both 'mounts strictatime' 'tmpfs(["strictatime"])' "$m" '^<rw>'
both 'mounts nostrictatime' 'tmpfs(["strictatime", "nostrictatime"])' "$m" '<rw,relatime'
both 'mounts nosymfollow' 'bind(["nosymfollow"])' 'cat /m/link 2>&1; cat /m/file' 'symbolic links.* top'
both 'mounts symfollow' 'bind(["nosymfollow", "symfollow"])' 'cat /m/link' '^top'
both 'mounts defaults' 'tmpfs(["defaults"])' "$m" '^<rw,relatime>tmpfs'
both 'mounts without options' 'tmpfs([])' "$m" '^<rw,relatime>tmpfs'
both 'mounts several' 'tmpfs(["ro", "nosuid", "nodev", "noexec", "noatime"])' "$m" '^<ro,nosuid,nodev,noexec,noatime>'

# ---- parameters of the file system ----
both 'mounts sync' 'tmpfs(["sync"])' "$m" 'tmpfs\[rw,sync'
both 'mounts async' 'tmpfs(["sync", "async"])' "$m" 'tmpfs\[rw(,[^s]|\])'
both 'mounts dirsync' 'tmpfs(["dirsync"])' "$m" 'tmpfs\[rw,dirsync'
both 'mounts lazytime' 'tmpfs(["lazytime"])' "$m" 'tmpfs\[rw,lazytime'
both 'mounts nolazytime' 'tmpfs(["lazytime", "nolazytime"])' "$m" 'tmpfs\[rw(,[^l]|\])'
for word in mand nomand iversion noiversion silent loud acl noacl; do both "mounts $word" "tmpfs([\"$word\"])" "$m" '^<rw,relatime>tmpfs'; done
both 'mounts size and mode' 'tmpfs(["size=1m", "mode=0711"])' "$m; stat -c %a /m" 'size=1024k.* 711'
both 'mounts unknown option' 'tmpfs(["bogus"])' true 'mount tmpfs on /m \(bogus\): Invalid argument .*\[1\]'

# ---- the same for all mounts below ----
both 'mounts bind leaves out what is below' 'bind([])' 'ls /m/sub; echo "/$(cat /m/file)"' '^/top'
both 'mounts rbind' 'rbind([])' 'cat /m/sub/file' '^below'
both 'mounts ro is not recursive' 'rbind(["ro"])' "touch /m/sub/x && rm /m/sub/x && $m" '^<ro'
both 'mounts rro' 'rbind(["rro"])' "$m; $below" '^<ro.*<ro'
both 'mounts rnosuid' 'rbind(["rnosuid"])' "$m; $below" '^<rw,nosuid.*<rw,nosuid'
both 'mounts rnodev' 'rbind(["rnodev"])' "$m; $below" '^<rw,nodev.*<rw,nodev'
both 'mounts rnoexec' 'rbind(["rnoexec"])' "$m; $below" '^<rw,noexec.*<rw,noexec'
both 'mounts rnoatime' 'rbind(["rnoatime"])' "$m; $below" '^<rw,noatime.*<rw,noatime'
both 'mounts rnodiratime' 'rbind(["rnodiratime"])' "$m; $below" '^<rw,nodiratime.*<rw,nodiratime'
both 'mounts rrelatime' 'rbind(["rnoatime", "rrelatime"])' "$m; $below" '^<rw,relatime.*<rw,relatime'
both 'mounts rstrictatime' 'rbind(["rstrictatime"])' "$m; $below" '^<rw>.*<rw>'
both 'mounts rnostrictatime' 'rbind(["rstrictatime", "rnostrictatime"])' "$m; $below" '^<rw,relatime.*<rw,relatime'
both 'mounts rnosymfollow' 'rbind(["rnosymfollow"])' "$m; $below" '^<rw,[a-z,]*nosymfollow.*<rw,[a-z,]*nosymfollow'
both 'mounts rsymfollow' 'rbind(["rnosymfollow", "rsymfollow"])' "cat /m/link" '^top'
# Cleared where the source has them; in a user namespace they are locked.
locked='error mounting "[^"]*" to rootfs at "/m": cannot clear locked flags'
root 'mounts rrw' 'protected(["rrw"])' "$m; $below" '^<rw.*<rw'
root 'mounts rsuid' 'protected(["rsuid"])' "$m; $below" '^<ro,nodev.*<ro,nodev'
root 'mounts rdev' 'protected(["rdev"])' "$m; $below" '^<ro,nosuid,noexec.*<ro,nosuid,noexec'
root 'mounts rexec' 'protected(["rexec"])' "$m; $below" '^<ro,nosuid,nodev,noatime.*<ro,nosuid,nodev,noatime'
user 'mounts rrw, locked' 'protected(["rrw"])' true "$locked ro: operation not permitted .*\[1\]"
user 'mounts rsuid, locked' 'protected(["rsuid"])' true "$locked nosuid: .*\[1\]"
user 'mounts rdev, locked' 'protected(["rdev"])' true "$locked nodev: .*\[1\]"
user 'mounts rexec, locked' 'protected(["rexec"])' true "$locked noexec: .*\[1\]"
both 'mounts ratime' 'protected(["ratime"])' "$m; $below" 'noexec,relatime.*noexec,relatime'
both 'mounts rnorelatime' 'protected(["rnorelatime"])' "$m; $below" '^<ro.*<ro'
both 'mounts rdiratime' 'protected(["rnodiratime", "rdiratime"])' "$m; $below" '^<ro,nosuid,nodev,noexec,noatime>'
both 'mounts bind keeps what the source has' 'protected([])' "$m" '^<ro,nosuid,nodev,noexec,noatime>'
# With one word for a flag those that are not named are cleared, and access time stays (runc 1.4). In a user namespace what is locked stays.
root 'mounts a flag of a bind clears the others' 'protected(["nosuid"])' "$m; $below" '^<rw,nosuid,noatime>.*<ro,nosuid,nodev,noexec,noatime>'
user 'mounts a flag of a bind keeps locked ones' 'protected(["nosuid"])' "$m; $below" '^<ro,nosuid,nodev,noexec,noatime>.*<ro,nosuid,nodev,noexec,noatime>'
root 'mounts a clearing word of a bind clears the others' 'protected(["dev"])' "$m" '^<rw,noatime>'
user 'mounts a clearing word of a bind, locked' 'protected(["dev"])' true "$locked nodev: operation not permitted .*\[1\]"
root 'mounts rw of a ro bind' 'protected(["rw", "nosuid", "nodev"])' "$m" '^<rw,nosuid,nodev,noatime>'
user 'mounts rw of a ro bind, locked' 'protected(["rw", "nosuid", "nodev"])' true "$locked ro: operation not permitted .*\[1\]"
root 'mounts a flag without an attribute of a bind' 'protected(["loud"])' "$m" '^<rw,noatime>'
both 'mounts defaults and propagation of a bind' 'protected(["defaults", "private"])' "$m" '^<ro,nosuid,nodev,noexec,noatime>'
both 'mounts rro and nosuid of a bind' 'rbind(["rro", "nosuid"])' "$m; $below" '^<ro,nosuid.*<ro'
# Access time is one of four flags to mount(2), and only those that set it have a meaning.
for word in atime norelatime nostrictatime diratime; do both "mounts $word of a bind" "protected([\"$word\", \"ro\", \"nosuid\", \"nodev\", \"noexec\"])" "$m" '^<ro,nosuid,nodev,noexec,noatime>'; done
root 'mounts relatime of a bind' 'protected(["relatime"])' "$m" '^<rw,relatime>'
root 'mounts strictatime of a bind' 'protected(["strictatime"])' "$m" '^<rw>'
root 'mounts nodiratime of a bind' 'protected(["nodiratime"])' "$m" '^<rw,nodiratime,relatime>'
root 'mounts nodiratime and strictatime of a bind' 'protected(["nodiratime", "strictatime"])' "$m" '^<rw,nodiratime>'
for word in relatime strictatime nodiratime; do user "mounts $word of a bind, locked" "protected([\"$word\"])" true "$locked noatime: operation not permitted .*\[1\]"; done
both 'mounts noatime of a bind, as it is' 'protected(["noatime", "ro", "nosuid", "nodev", "noexec"])' "$m" '^<ro,nosuid,nodev,noexec,noatime>'
# A read-only file system has mounts that are not; nosymfollow is never locked.
both 'mounts rw of a read-only file system' 'mount("/m"; "bind"; env.SRC | sub("source$"; "frozen"); ["bind", "rw", "nosuid"])' "$m" '^<rw,nosuid,relatime>tmpfs\[ro'
both 'mounts nosymfollow is cleared' 'mount("/m"; "bind"; env.SRC | sub("source$"; "marked"); ["bind", "nodev"])' "$m" '^<rw,nodev,relatime>'
for word in rsync rasync rdirsync rmand rnomand; do both "mounts $word" "rbind([\"$word\"])" "$m" '^<rw'; done
both 'mounts remount' 'tmpfs([]) | mount("/m"; "none"; "none"; ["remount", "ro"])' "touch /m/x 2>&1; $m" 'Read-only.*<ro'
both 'mounts bind and remount' 'bind([]) | mount("/m"; "none"; "none"; ["bind", "remount", "ro", "nosuid"])' "$m" '<ro,nosuid'

# ---- where from and where to ----
both 'mounts tmpcopyup' 'mount("/etc"; "tmpfs"; "tmpfs"; ["tmpcopyup"])' "grep -c root /etc/passwd; touch /etc/x && ls /etc/x; $(at /etc)" '^1 /etc/x <rw,.*>tmpfs'
both 'mounts tmpcopyup and ro' 'mount("/etc"; "tmpfs"; "tmpfs"; ["tmpcopyup", "ro"])' 'grep -c root /etc/passwd; touch /etc/x 2>&1' '^1 .*Read-only'
both 'mounts copy-symlink' 'mount("/tmp/l"; "bind"; env.SRC + "/link"; ["bind", "copy-symlink"])' 'readlink /tmp/l; rm /tmp/l' '^file'
both 'mounts copy-symlink of no link' 'mount("/m"; "bind"; env.SRC + "/file"; ["bind", "copy-symlink"])' 'cat /m' '^top'
both 'mounts src-nofollow' 'tmpfs([]) | mount("/m/f"; "bind"; env.SRC + "/link"; ["bind", "src-nofollow"])' 'readlink /m/f' '^file \[0'
both 'mounts source is followed' 'mount("/m"; "bind"; env.SRC + "/link"; ["bind"])' 'cat /m' '^top'
both 'mounts dest-nofollow' 'mount("/tmp/a"; "tmpfs"; "tmpfs"; []) | mount("/tmp/a/l"; "bind"; env.SRC + "/link"; ["bind", "copy-symlink"]) |
  mount("/tmp/a/l"; "bind"; env.SRC + "/link"; ["bind", "src-nofollow", "dest-nofollow"])' 'readlink /tmp/a/l' '^file'
# As runc: a destination may be written as a path of the host, and a source may come to be by an earlier mount.
root_of='env.SRC | sub("source$"; MODE) + "/rootfs"'
for mode in root user; do
  $mode 'mounts destination with the root itself before it' "mount((${root_of/MODE/\"$mode\"}) + \"/m\"; \"tmpfs\"; \"tmpfs\"; [\"nosuid\"])" "$m" '^<rw,nosuid'
  for options in '"bind"' '"rbind", "ro"'; do
    $mode "mounts source below an earlier target ($options)" \
      "mount(\"/m\"; \"bind\"; env.SRC; [\"rbind\"]) | mount(\"/tmp/n\"; \"bind\"; (${root_of/MODE/\"$mode\"}) + \"/m/sub\"; [$options])" 'cat /tmp/n/file' '^below'
  done
  $mode 'mounts source below an earlier target, idmap' \
    "mount(\"/m\"; \"bind\"; env.SRC; [\"rbind\"]) | .mounts += [{destination: \"/tmp/n\", type: \"bind\", source: ((${root_of/MODE/\"$mode\"}) + \"/m\"), options: [\"bind\", \"idmap\"],
      uidMappings: maps(0; 100000; 65536), gidMappings: maps(0; 100000; 65536)}]" 'stat -c %u:%g /tmp/n/of-0 /tmp/n/of-1000' \
    "$([ $mode = root ] && echo '^100000:100000 101000:101000' || echo '^0:0 1000:1000')"
done
user 'mounts source below the root that is not there' "mount(\"/tmp/n\"; \"bind\"; (${root_of/MODE/\"user\"}) + \"/m/none\"; [\"bind\"])" true 'mount bind /m/none on /tmp/n.*No such file.*\[1\]'
both 'mounts relative destination' 'mount("m/deep"; "tmpfs"; "tmpfs"; [])' "$(at /m/deep)" '^<rw'
both 'mounts destination with dots' 'mount("/m/../../m/./deep"; "tmpfs"; "tmpfs"; [])' "$(at /m/deep)" '^<rw'
both 'mounts destination is made' 'mount("/m/a/b/c"; "tmpfs"; "tmpfs"; [])' 'ls -d /m/a/b/c' '^/m/a/b/c'
both 'mounts order' 'tmpfs([]) | mount("/m/x"; "bind"; env.SRC; ["bind"])' 'cat /m/x/file' '^top'
both 'mounts relative source' 'mount("/m"; "bind"; "rootfs/etc"; ["bind"])' 'ls /m/passwd' '^/m/passwd'

# ---- id maps ----
owners='stat -c %u:%g /m/of-0 /m/of-1000'
root 'mounts uidMappings' 'bind([]) | .mounts[-1] += {uidMappings: maps(0; 5000; 2000), gidMappings: maps(0; 6000; 2000)}' "$owners" '^5000:6000 6000:7000'
root 'mounts idmap' 'bind(["idmap"]) | .mounts[-1] += {uidMappings: maps(0; 5000; 2000), gidMappings: maps(0; 5000; 2000)}' "$owners; ls /m/sub" '^5000:5000 6000:6000 \['
root 'mounts ridmap' 'rbind(["ridmap"]) | .mounts[-1] += {uidMappings: maps(0; 5000; 2000), gidMappings: maps(0; 5000; 2000)}' 'stat -c %u /m/sub/file' '^5000'
root 'mounts idmap is not recursive' 'rbind(["idmap"]) | .mounts[-1] += {uidMappings: maps(0; 5000; 2000), gidMappings: maps(0; 5000; 2000)}' 'stat -c %u /m/of-0 /m/sub/file' '^5000 0'
root 'mounts idmap=uids' 'bind(["idmap=uids=0-5000-2000;gids=0-6000-2000"])' "$owners" '^5000:6000 6000:7000'
root 'mounts idmap=uids of several' 'bind(["idmap=uids=0-5000-10#1000-7000-10;gids=0-5000-10#1000-7000-10"])' "$owners" '^5000:5000 7000:7000'
root 'mounts an id that is not mapped' 'bind(["idmap=uids=0-5000-1;gids=0-5000-1"])' "$owners" '^5000:5000 65534:65534'
root 'mounts an id-mapped mount writes back' 'mount("/m"; "bind"; env.SRC; ["idmap", "bind"]) | .mounts[-1] += {uidMappings: maps(0; 0; 1), gidMappings: maps(0; 0; 1)}' \
  'touch /m/new; stat -c %u /m/new; rm /m/new' '^0'
user 'mounts idmap of the container' 'bind(["idmap"])' "$owners" '^0:0 1000:1000'
user 'mounts without idmap' 'bind([])' "$owners" '^65534:65534 65534:65534'
user 'mounts uidMappings' 'bind([]) | .mounts[-1] += {uidMappings: maps(0; 100000; 65536), gidMappings: maps(0; 100000; 65536)}' "$owners" '^0:0 1000:1000'
user 'mounts ridmap' 'rbind(["ridmap"])' 'stat -c %u /m/of-0 /m/sub/file' '^0 0'
user 'mounts idmap=uids' 'bind(["idmap=uids=0-100000-1;gids=0-100000-1"])' "$owners" '^0:0 65534:65534'
user 'mounts idmap=uids, relative' 'bind(["idmap=uids=@1000-0-1;gids=@1000-0-1"])' "$owners" '^65534:65534 0:0'

# ---- propagation ----
for word in private rprivate; do both "mounts $word" "rbind([\"$word\"])" "$m" '^<[a-z,]*>'; done
for word in slave rslave; do both "mounts $word" "rbind([\"$word\"])" "$m" '^<[a-z,]*( master:[0-9]+)?>'; done
for word in shared rshared; do both "mounts $word" "rbind([\"$word\"])" "$m" '^<[a-z,]* shared:'; done
for word in unbindable runbindable; do both "mounts $word" "rbind([\"$word\"])" "$m" '^<[a-z,]* unbindable>'; done
both 'mounts rshared reaches below' 'rbind(["rshared"])' "$below" ' shared:'
both 'mounts rprivate reaches below' 'rbind(["rprivate"])' "$below" '^<[a-z,]*>'
both 'mounts runbindable reaches below' 'rbind(["runbindable"])' "$below" ' unbindable>'
both 'mounts rslave after rshared' 'rbind(["rshared"]) | mount("/m"; ""; ""; ["rprivate"])' "$m" '^<[a-z,]*>'
for word in private slave rprivate rslave; do both "rootfsPropagation $word" ".linux.rootfsPropagation = \"$word\"" "$(at /)" '^<[a-z,]*( master:[0-9]+)?>'; done
# A root below a shared mount is the slave of that (runc 1.4): what the host mounts there later comes in.
below_a_shared_mount() {
  local word
  mkdir shared; mount -t tmpfs tmpfs shared; mount --make-private shared; mount --make-shared shared
  trap 'umount -R shared' EXIT
  cp -a "$place/root/rootfs" shared/rootfs
  for word in slave rslave; do
    jq "$definitions"'.root.path = $r | .linux.rootfsPropagation = $word | .process.args = ["/bin/sh", "-c", $c]' --arg word $word --arg r "$PWD/shared/rootfs" \
      --arg c 'grep " / / \| /rootfs / " /proc/self/mountinfo' "$place/root.json" >"$place/root/config.json"
    "$BERTH" run -b "$place/root" fields >out
    matches "$(cat out)" ' master:[0-9]+ '; ! grep -q shared: out || fail "$word: $(cat out)"
  done
  for word in private rprivate; do
    jq --arg word $word '.linux.rootfsPropagation = $word' "$place/root/config.json" >x; cp x "$place/root/config.json"
    "$BERTH" run -b "$place/root" fields >out; ! grep -q 'shared:\|master:' out || fail "$word: $(cat out)"
  done
}
hosts 'root: rootfsPropagation below a shared mount' below_a_shared_mount
for word in shared rshared; do root "rootfsPropagation $word" ".linux.rootfsPropagation = \"$word\"" "$(at /)" '^<[a-z,]* shared:'; done
for word in unbindable runbindable; do both "rootfsPropagation $word" ".linux.rootfsPropagation = \"$word\"" "$(at /)" '^<[a-z,]* unbindable>'; done

# ---- file systems of the kernel ----
both 'mounts proc' . "$(at /proc)" '>proc'
both 'mounts sysfs' . "$(at /sys)" '<ro,nosuid,nodev,noexec.*>sysfs'
user 'mounts sysfs without a network namespace' 'without("network")' "$(at /sys); ls /sys/kernel >/dev/null && echo there" '<ro,.*>sysfs.* there'
user 'mounts proc without a pid namespace' 'without("pid")' "$(at /proc); ls /proc/self/status" '>proc.*status'
both 'mounts mqueue' . "$(at /dev/mqueue)" 'nosuid,nodev,noexec.*>mqueue'
[ ! -d /dev/mqueue ] || user 'mounts mqueue without an ipc namespace' 'without("ipc")' "$(at /dev/mqueue)" '>mqueue'
both 'mounts cgroup ro' . "$(at /sys/fs/cgroup); cat /sys/fs/cgroup/cgroup.procs | head -1; mkdir /sys/fs/cgroup/x 2>&1" '<ro,nosuid.*>cgroup2.*Read-only'
root 'mounts cgroup rw' '(.mounts[] | select(.type == "cgroup")).options -= ["ro"]' \
  "$(at /sys/fs/cgroup); mkdir /sys/fs/cgroup/x && rmdir /sys/fs/cgroup/x && echo made" '<rw,nosuid.*>cgroup2.* made'
root 'mounts cgroup2' '(.mounts[] | select(.type == "cgroup")).type = "cgroup2"' "$(at /sys/fs/cgroup); grep . /proc/self/cgroup" '>cgroup2.* 0::/ \['
# As with runc and crun: without a namespace it is the host's hierarchy, and root of the host may write to it. Not so in a user namespace (CVE-2023-25809).
root 'mounts cgroup without a namespace' 'without("cgroup") | (.mounts[] | select(.type == "cgroup")).options -= ["ro"]' \
  "$(at /sys/fs/cgroup); mkdir /sys/fs/cgroup/berth-x && rmdir /sys/fs/cgroup/berth-x && echo made; grep -o berth.* /proc/self/cgroup" '<rw,[a-z,]*>cgroup2.* made berth'
root 'mounts cgroup ro without a namespace' 'without("cgroup")' "$(at /sys/fs/cgroup); mkdir /sys/fs/cgroup/x 2>&1" '<ro.*Read-only'
user 'mounts cgroup without a namespace' 'without("cgroup") | (.mounts[] | select(.type == "cgroup")).options -= ["ro"]' \
  "$(at /sys/fs/cgroup); mkdir /sys/fs/cgroup/x 2>&1" '<ro.*(Read-only|Permission)'
both 'mounts cgroup with an unknown option' '(.mounts[] | select(.type == "cgroup")).options += ["invalid_cgroup_option"]' true \
  'mounts\[[0-9]+\].options: invalid argument: "invalid_cgroup_option" is no option of a cgroup mount .*\[1\]'
both 'mounts cgroup with options of the hierarchy' '(.mounts[] | select(.type == "cgroup")).options += ["nsdelegate", "memory_recursiveprot"]' "$(at /sys/fs/cgroup)" '^<ro,nosuid'
both 'mounts devpts' . "$(at /dev/pts); ls -l /dev/ptmx" 'gid=(10000)?5,mode=620,ptmxmode=666.*pts/ptmx'
root 'mounts overlay' 'mount("/m"; "overlay"; "overlay"; ["lowerdir=" + env.SRC + "/directory:" + env.SRC + "/sub"])' 'cat /m/file' '^below'

# ---- protected paths and the root ----
both 'maskedPaths file' '.linux.maskedPaths = ["/proc/timer_list", "/etc/passwd", "/nosuch"]' 'cat /etc/passwd; ls -l /etc/passwd; echo x 2>&1 >/etc/passwd; wc -c </proc/timer_list' '^crw.* 0 \['
both 'maskedPaths given twice' '.linux.maskedPaths = ["/proc/timer_list", "/etc", "/proc/timer_list", "/etc/", "//proc/./timer_list"] | .linux.readonlyPaths = ["/bin", "/bin"]' \
  'for p in /proc/timer_list /etc /bin; do grep -c " $p " /proc/self/mountinfo; done' '^1 1 1 \[0'
both 'maskedPaths directory' '.linux.maskedPaths = ["/etc", "/proc/acpi"]' 'ls -A /etc; touch /etc/x 2>&1' '^touch.*Read-only'
both 'readonlyPaths' '.linux.readonlyPaths = ["/etc", "/proc/sys", "/nosuch"]' 'touch /etc/x 2>&1; echo 1 2>&1 >/proc/sys/kernel/domainname' 'Read-only.*Read-only'
both 'root.readonly' '.root.readonly = true' 'touch /x 2>&1; touch /dev/x 2>&1' 'Read-only'
both 'root.readonly false' . 'touch /x && rm /x && echo fine' '^fine'
if [ -e /sys/fs/selinux ]; then :
else
  both 'mountLabel without SELinux is refused' '.linux.mountLabel = "system_u:object_r:container_file_t:s0"' true 'linux.mountLabel: .*SELinux.*\[1\]'
fi

no_mount_namespace() {
  jq "$definitions"'without("mount") | .mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .linux.rootfsPropagation = "rslave" |
    .process.args = ["/bin/busybox", "sh", "-c", "/bin/busybox ls /; exit 3"]' "$place/root.json" >"$place/root/config.json"
  sed 's/ [0-9]*:[0-9]* / /' /proc/self/mountinfo | sort >mounts.before
  status 3 "$BERTH" run -b "$place/root" fields
  prints bin
  sed 's/ [0-9]*:[0-9]* / /' /proc/self/mountinfo | sort >mounts.after
  cmp mounts.before mounts.after
}
hosts 'a container without a mount namespace changes nothing on the host' no_mount_namespace
# The source is shared, as all mounts of a machine that systemd has booted are. What the container mounts on it, with rights of its own user namespace or of
# the host, is not seen there unless it was asked for.
mounted_inside() { # MODE OPTION...
  local mode=$1 got=0; shift
  mkdir from; mount -t tmpfs tmpfs from; mount --make-shared from; mkdir -m 777 from/in
  export FROM=$PWD/from OPTIONS="$*"
  jq "$definitions"'mount("/m"; "bind"; env.FROM; env.OPTIONS / " ") | if env.PROPAGATION then .linux.rootfsPropagation = env.PROPAGATION else . end | capabilities(["CAP_SYS_ADMIN"]) | .process.args = ["sh", "-c", "mount -t tmpfs tmpfs /m/in && touch /m/in/made && sleep 1000"]' \
    "$place/$mode.json" >"$place/$mode/config.json"
  "$BERTH" run -d -b "$place/$mode" fields
  until_true 10 "$BERTH" exec fields test -e /m/in/made
  [ ! -e from/in/made ] || got=1
  "$BERTH" delete --force fields; umount -l from/in 2>/dev/null || :; umount -l from
  return $got
}
arrives() { ! mounted_inside "$@"; }
hosts 'root: mounts of the container stay in it' mounted_inside root rbind
hosts 'user: mounts of the container stay in it' mounted_inside user rbind
hosts 'user: mounts of the container stay in it, rshared' mounted_inside user rbind rshared
hosts 'root: mounts of the container stay in it, idmap' mounted_inside root bind 'idmap=uids=0-0-1000;gids=0-0-1000'
PROPAGATION=rshared hosts 'root: mounts of the container arrive, rshared' arrives root rbind rshared
propagation_reaches() {
  mkdir from; mount --bind from from; mount --make-shared from; mkdir from/in
  export FROM=$PWD/from
  jq "$definitions"'mount("/m"; "bind"; env.FROM; ["rbind", "rshared"]) | .process.args = ["sleep", "1000"]' "$place/root.json" >"$place/root/config.json"
  "$BERTH" run -d -b "$place/root" fields
  mount -t tmpfs tmpfs from/in; touch from/in/seen
  "$BERTH" exec fields ls /m/in | grep -q seen || fail "a mount of the host did not arrive"
  "$BERTH" delete --force fields
  umount from/in; umount from
}
hosts 'mounts rshared lets mounts of the host in' propagation_reaches
