# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# linux.devices, the default devices and links, linux.sysctl.

for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  both "default device /dev/${device%%:*}" . "stat -c '%F %t:%T %a' /dev/${device%%:*}" "^character special file ${device#*:} 666"
done
both 'default device /dev/null works' . 'echo x >/dev/null; wc -c </dev/null' '^0'
both 'default device /dev/zero works' . 'head -c 5 /dev/zero | wc -c' '^5'
both 'default device /dev/full works' . 'echo x 2>&1 >/dev/full' 'No space'
user 'default devices have the flags of what is no program' . "$(at /dev/null); $(at /dev/tty)" '^<rw,nosuid,noexec.*<rw,nosuid,noexec'
for link in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2 ptmx:pts/ptmx; do
  both "default link /dev/${link%%:*}" . "readlink /dev/${link%%:*}" "^${link#*:}"
done
both 'default link /dev/ptmx works' . 'exec 3<>/dev/ptmx && echo fine' '^fine'
both 'default device once more in the list' '.linux.devices = [{type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0}]' 'echo x >/dev/null && echo fine' '^fine'
root 'devices c' '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3}]' 'stat -c "%F %t:%T %a %u:%g" /dev/some; echo x >/dev/some && echo fine' '^character special file 1:3 666 0:0 fine'
root 'devices u' '.linux.devices = [{type: "u", path: "/dev/some", major: 1, minor: 5}]' 'stat -c "%F %t:%T" /dev/some' '^character special file 1:5'
root 'devices b' '.linux.devices = [{type: "b", path: "/dev/some", major: 7, minor: 200}]' 'stat -c "%F %t:%T" /dev/some' '^block special file 7:c8'
both 'devices p' '.linux.devices = [{type: "p", path: "/dev/some", fileMode: 384}]' 'stat -c "%F %a" /dev/some' '^fifo 600'
root 'devices fileMode, uid, gid' '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3, fileMode: 416, uid: 5, gid: 6}]' 'stat -c "%a %u:%g" /dev/some' '^640 5:6'
root 'devices fileMode with a type in it' '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3, fileMode: 8630}]' 'stat -c "%F %a" /dev/some' '^character special file 666'
root 'devices in a directory' '.linux.devices = [{type: "c", path: "/dev/net/some", major: 1, minor: 3}]' 'stat -c "%F" /dev/net/some; stat -c %a /dev/net' '^character special file 755'
root 'devices outside of /dev' '.linux.devices = [{type: "c", path: "/some", major: 1, minor: 3}]' 'stat -c "%F" /some; rm /some' '^character special file'
user 'devices are bound from the host' '.linux.devices = [{type: "c", path: "/dev/zero", major: 1, minor: 5}]' 'stat -c "%F %t:%T %u" /dev/zero; head -c 3 /dev/zero | wc -c' '^character special file 1:5 65534 3'
# The launcher makes what the namespace may not: of another path, with an owner and a mode, or in the place of another device of the host.
user 'devices that the host has not' '.linux.devices = [{type: "c", path: "/dev/no-such-device", major: 1, minor: 5}]' \
  'stat -c "%F %t:%T %a %u:%g" /dev/no-such-device; head -c 3 /dev/no-such-device | wc -c; touch /dev/no-such-device && echo mine' '^character special file 1:5 666 0:0 3 mine \[0\]'
user 'devices that are another one on the host' '.linux.devices = [{type: "c", path: "/dev/zero", major: 1, minor: 3}]' 'stat -c "%t:%T %u:%g" /dev/zero; wc -c </dev/zero' '^1:3 0:0 0 \[0\]'
user 'devices b' '.linux.devices = [{type: "b", path: "/dev/some", major: 7, minor: 200, uid: 10, gid: 11, fileMode: 432}]' 'stat -c "%F %t:%T %a %u:%g" /dev/some' '^block special file 7:c8 660 10:11 \[0\]'
user 'devices fileMode, uid, gid' '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3, fileMode: 416, uid: 5, gid: 6}]' 'stat -c "%a %u:%g" /dev/some' '^640 5:6 \[0\]'
user 'devices: an owner for a node that the host has' '.linux.devices = [{type: "c", path: "/dev/zero", major: 1, minor: 5, uid: 7}]' 'stat -c "%t:%T %a %u:%g" /dev/zero; head -c 3 /dev/zero | wc -c' '^1:5 666 7:0 3 \[0\]'
user 'devices: a mode for a node that the host has' '.linux.devices = [{type: "c", path: "/dev/zero", major: 1, minor: 5, fileMode: 384}]' 'stat -c "%a %u:%g" /dev/zero' '^600 0:0 \[0\]'
user 'devices: an owner of a fifo' '.linux.devices = [{type: "p", path: "/dev/some", fileMode: 384, uid: 5, gid: 6}]' 'stat -c "%F %a %u:%g" /dev/some' '^fifo 600 5:6 \[0\]'
user 'devices: several, in a directory and outside of /dev' '.linux.devices = [{type: "c", path: "/dev/net/some", major: 1, minor: 3}, {type: "u", path: "/some", major: 1, minor: 5}, {type: "b", path: "/dev/disk/some", major: 7, minor: 201}]' \
  'stat -c "%F %t:%T" /dev/net/some /some /dev/disk/some; stat -c %a /dev/net' '^character special file 1:3 character special file 1:5 block special file 7:c9 755 \[0\]'
user 'devices have the flags of what is no program, and no peer' '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3, fileMode: 511}, {type: "c", path: "/dev/zero", major: 1, minor: 5}]' \
  "$(at /dev/some); $(at /dev/zero); grep -c 'tmpfs.*shared:' /proc/self/mountinfo; /dev/some" '^<rw,nosuid,noexec[^>:]*>.* <rw,nosuid,noexec[^>:]*>.* 0 .*ermission denied.*\[126\]'
user 'devices: no way to the others' '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3}, {type: "c", path: "/dev/other", major: 1, minor: 5}]' \
  'rm /dev/some 2>&1; ls /dev/some/.. 2>&1; stat -c %h /dev/some' 'busy.*ot a directory.* 1 \[0\]'
user 'devices with an owner that has no number on the host' '.linux.devices = [{type: "c", path: "/dev/zero", major: 1, minor: 5, uid: 70000}]' 'stat -c "%t:%T %u" /dev/zero' '^1:5 65534 \[0\]'
user 'devices with such an owner that the host has not' '.linux.devices = [{type: "c", path: "/dev/no-such-device", major: 1, minor: 5, gid: 70000}]' true 'no-such-device.*\[1\]'
# Who may not make nodes has the host's.
devices_without_mknod() {
  prepare user '.linux.devices = [{type: "c", path: "/dev/zero", major: 1, minor: 5, uid: 7}]' 'stat -c "%t:%T %u" /dev/zero'
  status 0 setpriv --bounding-set -mknod "$BERTH" run -b "$place/user" fields; prints '1:5 65534'
  prepare user '.linux.devices = [{type: "c", path: "/dev/no-such-device", major: 1, minor: 5, uid: 7}]' true
  status 1 setpriv --bounding-set -mknod "$BERTH" run -b "$place/user" fields; says 'device /dev/no-such-device: No such file'
}
hosts 'user: devices of a caller without CAP_MKNOD' devices_without_mknod
# Neither a mount nor a path on the host, while it runs and when the start fails.
devices_leave_no_mount() {
  local before; before=$(wc -l </proc/self/mountinfo)
  prepare user '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3}]' 'sleep 100'
  status 0 "$BERTH" run -d -b "$place/user" fields
  equal "$(wc -l </proc/self/mountinfo)" "$before"
  [ ! -e /dev/some ] || fail "the host has /dev/some"
  status 0 "$BERTH" delete -f fields
  prepare user '.linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 3}]' true
  jq '.process.args = ["/no-such-program"]' "$place/user/config.json" >"$place/made.json" && cp "$place/made.json" "$place/user/config.json"
  status 1 "$BERTH" run -b "$place/user" fields
  equal "$(wc -l </proc/self/mountinfo)" "$before"
}
hosts 'user: devices are mounted nowhere on the host' devices_leave_no_mount
both 'devices: none of the host' . 'ls /dev' '^console? ?core? ?fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero|^fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'
# Every node can be made, as with other runtimes; what counts is who can open it.
root 'resources.devices: nothing else may be opened' 'capabilities(["CAP_MKNOD"]) | .linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 1}]' \
  'cat /dev/some 2>&1; mknod /dev/x c 1 1; cat /dev/x 2>&1; mknod /dev/y b 8 0; cat /dev/y 2>&1' 'not permitted.*not permitted.*not permitted'
root 'resources.devices: allowed' 'capabilities(["CAP_MKNOD"]) | .linux.devices = [{type: "c", path: "/dev/some", major: 1, minor: 11}] |
  .linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "m"}]' 'mknod /dev/x c 1 11 && echo made; head -c 1 /dev/some 2>&1' '^made .*not permitted'

# ---- sysctl ----
both 'sysctl net' '.linux.sysctl = {"net.ipv4.ip_forward": "1"}' 'cat /proc/sys/net/ipv4/ip_forward' '^1'
both 'sysctl net with slashes' '.linux.sysctl = {"net/ipv4/conf/lo/forwarding": "1"}' 'cat /proc/sys/net/ipv4/conf/lo/forwarding' '^1'
both 'sysctl several' '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "80", "net.ipv4.ping_group_range": "0 5"}' \
  'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range' '^80 0 5'
both 'sysctl ipc msgmax' '.linux.sysctl = {"kernel.msgmax": "4000"}' 'cat /proc/sys/kernel/msgmax' '^4000'
both 'sysctl ipc shm_rmid_forced' '.linux.sysctl = {"kernel.shm_rmid_forced": "1"}' 'cat /proc/sys/kernel/shm_rmid_forced' '^1'
both 'sysctl ipc sem' '.linux.sysctl = {"kernel.sem": "100 2000 50 64"}' 'cat /proc/sys/kernel/sem' '^100 2000 50 64'
both 'sysctl fs.mqueue' '.linux.sysctl = {"fs.mqueue.msg_max": "7"}' 'cat /proc/sys/fs/mqueue/msg_max' '^7'
both 'sysctl kernel.domainname' '.linux.sysctl = {"kernel.domainname": "example.org"}' 'cat /proc/sys/kernel/domainname' '^example.org'
both 'sysctl kernel.domainname and the same domainname' '.domainname = "example.org" | .linux.sysctl = {"kernel.domainname": "example.org"}' 'cat /proc/sys/kernel/domainname' '^example.org'
user 'sysctl user' '.linux.sysctl = {"user.max_uts_namespaces": "13"}' 'cat /proc/sys/user/max_uts_namespaces' '^13'
root 'sysctl user without a user namespace' '.linux.sysctl = {"user.max_uts_namespaces": "13"}' true 'linux.sysctl.*\[1\]'
both 'sysctl of the host' '.linux.sysctl = {"kernel.pid_max": "1000"}' true 'linux.sysctl.*\[1\]'
both 'sysctl that does not exist' '.linux.sysctl = {"net.no.such": "1"}' true 'no.such|no/such.*\[1\]'
both 'sysctl value that is refused' '.linux.sysctl = {"net.ipv4.ip_forward": "word"}' true 'ip_forward.*\[1\]'
sysctl_of_hosts_namespace() {
  prepare root 'join("network"; "/proc/1/ns/net") | .linux.sysctl = {"net.ipv4.ip_forward": "1"}' true
  status 1 "$BERTH" run -b "$place/root" fields; says 'linux.sysctl'
  prepare root 'join("uts"; "/proc/1/ns/uts") | .hostname = "taken"' true
  status 1 "$BERTH" run -b "$place/root" fields; says 'hostname'
  [ "$(hostname)" != taken ] || fail "the host has another name now"
}
hosts "root: sysctl and hostname in the host's own namespace by path" sysctl_of_hosts_namespace
