# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# linux.namespaces new and joined, timeOffsets, uidMappings and gidMappings, hostname and domainname.

kinds='pid:pid network:net mount:mnt ipc:ipc uts:uts cgroup:cgroup user:user time:time'

for kind in $kinds; do
  type=${kind%:*} file=${kind#*:}
  export OUTSIDE; OUTSIDE=$(readlink "/proc/self/ns/$file")
  case $type in
    user) user "namespaces $type new" . 'readlink /proc/self/ns/user; cat /proc/self/uid_map' "^user:.* 0 100000 65536"
          user "namespaces $type is not the host's" . "[ \$(readlink /proc/self/ns/user) != $OUTSIDE ] && echo other" '^other';;
    time) both "namespaces $type new" 'namespace("time")' "[ \$(readlink /proc/self/ns/time) != $OUTSIDE ] && echo other" '^other';;
    *) both "namespaces $type new" . "[ \$(readlink /proc/self/ns/$file) != $OUTSIDE ] && echo other" '^other';;
  esac
  case $type in
    mount) ;;
    user) root "namespaces $type of the host" . "readlink /proc/self/ns/$file" "^${OUTSIDE//[/\\[}";;
    cgroup|time) both "namespaces $type of the host" "without(\"$type\")" "readlink /proc/self/ns/$file" "^${OUTSIDE//[/\\[}";;
    network) root "namespaces $type of the host" 'without("network")' "readlink /proc/self/ns/$file" "^${OUTSIDE//[/\\[}";;
    ipc) both "namespaces $type of the host" 'without("ipc") | del(.mounts[] | select(.type == "mqueue"))' "readlink /proc/self/ns/$file" "^${OUTSIDE//[/\\[}";;
    *) both "namespaces $type of the host" "without(\"$type\") | del(.hostname)" "readlink /proc/self/ns/$file" "^${OUTSIDE//[/\\[}";;
  esac
done
both 'namespaces pid: the payload is the first process' . 'echo $$' '^1 '
both 'namespaces network: only a loopback, and it is up' . 'ls /sys/class/net; cat /sys/class/net/lo/flags' '^lo 0x9'
both 'namespaces cgroup: the scope is its root' . 'cat /proc/self/cgroup' '0::/ '
both 'namespaces with an empty path are new' '.linux.namespaces |= map(.path = "")' 'echo $$; grep ^0: /proc/self/cgroup; ls /sys/class/net' '^1 0::/ lo \[0'
both 'namespaces ipc: nothing of the host' . 'tail -n +2 /proc/sysvipc/shm | wc -l' '^0'

# One container's namespaces, joined by another one.
joined() {
  local file=$1 filter=$2 pid
  jq '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 5000}} | .process.args = ["sleep", "1000"] | .hostname = "donor"' \
    "$place/$3.json" >"$place/$3/config.json"
  "$BERTH" run -d -b "$place/$3" donor
  pid=$(pid_of donor)
  export NS=/proc/$pid/ns
  prepare "$3" "$filter" "readlink /proc/self/ns/$file"
  status 0 "$BERTH" run -b "$place/$3" fields
  prints "$(readlink "$NS/$file")"
  "$BERTH" delete --force donor
}
joined_mount() {
  local pid
  unshare --mount --propagation private sleep 1000 & pid=$!
  until_true 5 other_namespace $pid mnt
  export NS=/proc/$pid/ns
  prepare root 'join("mount"; env.NS + "/mnt")' 'readlink /proc/self/ns/mnt; ls /bin/probe'
  status 0 "$BERTH" run -b "$place/root" fields
  prints "$(readlink "$NS/mnt")"; prints /bin/probe
  kill -9 $pid; wait $pid 2>/dev/null || :
}
for kind in $kinds; do
  type=${kind%:*} file=${kind#*:}
  case $type in
    # What another user namespace owns can only be joined together with that.
    user) hosts "user: namespaces $type joined" joined user 'join("user"; env.NS + "/user") | join("network"; env.NS + "/net") | join("ipc"; env.NS + "/ipc") | join("uts"; env.NS + "/uts") | del(.hostname, .linux.uidMappings, .linux.gidMappings)' user
          hosts "user: namespaces $type joined, its own others" joined user 'join("user"; env.NS + "/user") | del(.linux.uidMappings, .linux.gidMappings)' user;;
    time) hosts "root: namespaces $type joined" joined time 'namespace("time") | join("time"; env.NS + "/time")' root;;
    mount) hosts "root: namespaces $type joined" joined_mount;;
    *) hosts "root: namespaces $type joined" joined "$file" "join(\"$type\"; env.NS + \"/$file\") | del(.hostname)" root
       hosts "user: namespaces $type joined, with the user namespace" joined "$file" "join(\"user\"; env.NS + \"/user\") | join(\"$type\"; env.NS + \"/$file\") | del(.hostname, .linux.uidMappings, .linux.gidMappings)" user;;
  esac
done
# An id-mapped mount without maps has those of the user namespace that is joined.
joined_idmap() {
  local pid
  jq '.process.args = ["sleep", "1000"]' "$place/user.json" >"$place/user/config.json"
  "$BERTH" run -d -b "$place/user" donor
  pid=$(pid_of donor); export NS=/proc/$pid/ns
  prepare user 'join("user"; env.NS + "/user") | del(.linux.uidMappings, .linux.gidMappings) | bind(["idmap"])' 'stat -c %u:%g /m/of-0 /m/of-1000'
  status 0 "$BERTH" run -b "$place/user" fields; equal "$(tr '\n' ' ' <out)" '0:0 1000:1000 '
  prepare user 'join("user"; "/proc/self/ns/uts") | del(.linux.uidMappings, .linux.gidMappings) | bind(["idmap"])' true
  status 1 "$BERTH" run -b "$place/user" fields; says 'another type'
  "$BERTH" delete --force donor
}
hosts 'user: namespaces user joined, with an id-mapped mount' joined_idmap
all_joined() {
  jq '.process.args = ["sleep", "1000"] | .hostname = "donor"' "$place/root.json" >"$place/root/config.json"
  "$BERTH" run -d -b "$place/root" donor
  NS=/proc/$(pid_of donor)/ns; export NS
  prepare root 'join("pid"; env.NS + "/pid") | join("network"; env.NS + "/net") | join("ipc"; env.NS + "/ipc") | join("uts"; env.NS + "/uts") |
    join("cgroup"; env.NS + "/cgroup") | del(.hostname)' 'hostname; [ $$ != 1 ] && cat /proc/1/comm; readlink /proc/self/ns/cgroup'
  status 0 "$BERTH" run -b "$place/root" fields
  prints donor; prints sleep; prints "$(readlink "$NS/cgroup")"
  "$BERTH" delete --force donor
}
hosts 'root: namespaces many joined' all_joined
joined_wrong() {
  prepare root 'join("ipc"; "/proc/self/ns/net")' true; status 1 "$BERTH" run -b "$place/root" fields; says 'another type'
  prepare root 'join("ipc"; "/etc/passwd")' true; status 1 "$BERTH" run -b "$place/root" fields; says 'not a namespace'
  prepare root 'join("ipc"; "/nosuch")' true; status 1 "$BERTH" run -b "$place/root" fields; says 'namespace path /nosuch'
}
hosts 'namespaces joined must be of their type' joined_wrong

# ---- time ----
offset='read -r a b <<X
$(probe clock)
X
read -r up _ </proc/uptime; echo "$((a / 100000)) $((b / 100000))"'
root 'timeOffsets' 'namespace("time") | .linux.timeOffsets = {monotonic: {secs: 700000, nanosecs: 5}, boottime: {secs: 900000}}' "$offset" '^[78] (9|10)'
user 'timeOffsets' 'namespace("time") | .linux.timeOffsets = {monotonic: {secs: 700000}, boottime: {secs: 900000}}' "$offset" '^[78] (9|10)'
both 'timeOffsets negative' 'namespace("time") | .linux.timeOffsets = {boottime: {secs: -1}}' 'cat /proc/self/timens_offsets' 'boottime +-1 +0'
both 'timeOffsets without a time namespace' '.linux.timeOffsets = {boottime: {secs: 5}}' true 'linux.timeOffsets.*\[1\]'

# ---- ids ----
user 'uidMappings several' '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1}, {containerID: 5, hostID: 100005, size: 10}]' \
  'cat /proc/self/uid_map' '^ ?0 100000 1 5 100005 10'
user 'gidMappings of their own' '.linux.gidMappings = maps(0; 100000; 77)' 'cat /proc/self/gid_map' '^ ?0 100000 77'
user 'uidMappings to the host root' '.linux.uidMappings = maps(0; 0; 65536) | .linux.gidMappings = maps(0; 0; 65536)' 'cat /proc/self/uid_map; id -u' '^ ?0 0 65536 0'
user 'uidMappings without id 0' '.linux.uidMappings = maps(1000; 100000; 10) | .linux.gidMappings = maps(1000; 100000; 10) | .process.user = {uid: 1000, gid: 1000} |
  (.mounts[] | select(.type == "devpts")).options -= ["gid=5"]' 'id -u; touch /tmp/x; stat -c %u /tmp/x; rm /tmp/x' '^1000 1000'
user 'process.user that is not mapped' '.linux.uidMappings = maps(0; 100000; 10) | .process.user.uid = 500' true '500|user.*\[1\]'
user 'files belong to mapped ids' . 'stat -c %u:%g /bin; touch /tmp/x; stat -c %u /tmp/x; rm /tmp/x' '^0:0 0'

# ---- names ----
both 'hostname' '.hostname = "some-name"' 'hostname; cat /proc/sys/kernel/hostname' '^some-name some-name'
both 'domainname' '.domainname = "example.org"' 'cat /proc/sys/kernel/domainname' '^example.org'
both 'hostname without a namespace' 'without("uts") | .hostname = "x"' true 'hostname: .*uts.*\[1\]'
