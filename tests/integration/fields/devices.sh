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
user 'devices that the host has not' '.linux.devices = [{type: "c", path: "/dev/no-such-device", major: 1, minor: 5}]' true 'no-such-device.*\[1\]'
user 'devices that are another one on the host' '.linux.devices = [{type: "c", path: "/dev/zero", major: 1, minor: 3}]' true '/dev/zero.*\[1\]'
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
