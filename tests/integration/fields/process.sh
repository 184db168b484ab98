# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# The object "process", and what of "linux" is a property of it: personality, memoryPolicy.

both 'process.args' '.process.args = ["ignored"]' 'echo "$0 $#"' '^/bin/sh 0'
both 'process.env' '.process.env += ["A=b c", "EMPTY="]' 'echo "$A|$EMPTY|${UNSET-unset}"' '^b c\|\|unset'
both 'process.env does not come from outside' . 'env | grep -c BERTH' '^0'
both 'process.cwd' '.process.cwd = "/tmp"' 'pwd' '^/tmp'
both 'process.cwd is made' '.process.cwd = "/tmp/new/deep"' 'pwd; cd /; rmdir /tmp/new/deep /tmp/new' '^/tmp/new/deep'
both 'process.cwd through a link' '.process.cwd = "/proc/self/root/tmp"' 'true' '\[1\]'
both 'process.terminal false' . '[ -t 0 ] || [ -t 1 ] || echo none' '^none'
both 'HOME from passwd' . 'echo $HOME' '^/root'
both 'HOME of another user' '.process.user = {uid: 1000, gid: 1000}' 'echo $HOME' '^/home/user'
both 'HOME of an unknown user' '.process.user.uid = 4000' 'echo $HOME' '^/ '
both 'HOME as given' '.process.env += ["HOME=/some"]' 'echo $HOME' '^/some'

# ---- user ----
both 'process.user uid and gid' '.process.user = {uid: 1000, gid: 2000}' 'id -u; id -g; grep -E "^(Uid|Gid)" /proc/self/status' '^1000 2000 Uid: 1000 1000 1000 1000 Gid: 2000 2000 2000 2000'
both 'process.user.additionalGids' '.process.user.additionalGids = [5, 1000, 3000]' 'grep Groups /proc/self/status' '^Groups: 5 1000 3000'
both 'process.user without additionalGids' . 'grep Groups /proc/self/status' '^Groups: \[0\]'
both 'process.user.umask' '.process.user.umask = 63' 'umask; grep Umask /proc/self/status' '^0077 Umask: 0077'
both 'process.user without umask' . 'umask' '^0022'

# ---- privileges ----
caps='grep ^Cap /proc/self/status | cut -f2 | while read -r c; do echo $((0x$c)); done' # Inh Prm Eff Bnd Amb
both 'capabilities' 'capabilities(["CAP_KILL", "CAP_NET_BIND_SERVICE"])' "$caps" '^0 1056 1056 1056 0'
both 'capabilities none' 'capabilities([])' "$caps" '^0 0 0 0 0'
both 'capabilities absent' 'del(.process.capabilities)' "$caps" '^0 0 0 0 0'
both 'capabilities all' 'capabilities(["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"])' "$caps" '^0 (1649269538817|1649269538817) .* 0'
both 'capabilities of their own sets' '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"]} | .process.user.uid = 1000' "$caps" '^0 0 0 33 0'
both 'capabilities bounding only' '.process.capabilities = {bounding: ["CAP_KILL"]} | .process.user = {uid: 1000, gid: 1000}' "$caps" '^0 0 0 32 0'
both 'capabilities inheritable' '.process.capabilities = {bounding: ["CAP_KILL"], inheritable: ["CAP_KILL"]} | .process.user.uid = 1000' "$caps" '^32 0 0 32 0'
both 'capabilities ambient' '.process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"], effective: ["CAP_KILL"]} | .process.user = {uid: 1000, gid: 1000}' \
  "$caps" '^32 32 32 32 32'
both 'capabilities of a user without ambient' 'capabilities(["CAP_KILL"]) | .process.user = {uid: 1000, gid: 1000}' "$caps" '^0 0 0 32 0'
both 'capabilities ambient without inheritable' '.process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], ambient: ["CAP_KILL"]}' "$caps" \
  "can't raise ambient capability CAP_KILL: process.capabilities.inheritable: .* 0 32 32 32 0 \[0\]"
both 'capabilities ambient without permitted' '.process.capabilities = {bounding: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]} | .process.user.uid = 1000' "$caps" \
  "can't raise ambient capability CAP_KILL: process.capabilities.permitted: .* 32 0 0 32 0 \[0\]"
capabilities_of_exec() { # MODE
  prepare "$1" '.process.capabilities = {bounding: ["CAP_KILL"], inheritable: ["CAP_KILL"]}' 'sleep 100'
  "$BERTH" run -d -b "$place/$1" fields
  # What is inheritable already becomes ambient, and so reaches a user; what is not stays out of both sets.
  equal "$("$BERTH" exec --cap cap_kill --user 1000 fields sh -c "$caps" | tr '\n' ' ')" '32 32 32 32 32 '
  equal "$("$BERTH" exec --cap CAP_CHOWN --user 1000 fields sh -c "$caps" 2>err | cut -d' ' -f1 | sed -n '2p;5p' | tr '\n' ' ')" '0 0 '
  equal "$(cat err)" ''
  jq '.process | .capabilities.ambient = ["CAP_CHOWN"] | .args = ["true"]' "$place/$1/config.json" >process
  status 0 "$BERTH" exec -p process fields; says "can't raise ambient capability CAP_CHOWN"
  "$BERTH" delete --force fields
}
hosts 'root: exec --cap with what is inheritable' capabilities_of_exec root
hosts 'user: exec --cap with what is inheritable' capabilities_of_exec user
# Under a caller that has neither; one that has it in its bounding set alone lets a payload of root's have it.
capabilities_of_the_caller() {
  prepare root 'capabilities(["CAP_KILL", "CAP_SYSLOG", "CAP_MKNOD"])' "$caps; sleep 100"
  setpriv --bounding-set -syslog,-mknod "$BERTH" run -d -b "$place/root" fields >out 2>err
  says 'process.capabilities: cannot be granted, the caller does not have them: mknod,syslog'
  until_true 10 grep -q . out
  status 0 setpriv --bounding-set -syslog "$BERTH" exec fields true; says 'does not have them: syslog'
  status 0 "$BERTH" exec fields true; [ ! -s err ] || fail "$(cat err)"
  "$BERTH" delete --force fields
}
hosts 'root: capabilities that the caller does not have' capabilities_of_the_caller
both 'capabilities with an effect' 'capabilities(["CAP_CHOWN"])' 'touch /tmp/x; chown 5 /tmp/x && stat -c %u /tmp/x; rm /tmp/x' '^5'
both 'capabilities missing with an effect' 'capabilities(["CAP_KILL"])' 'touch /tmp/x; chown 5 /tmp/x 2>&1; rm /tmp/x' 'not permitted'
both 'capabilities unknown are ignored' 'capabilities(["CAP_KILL", "CAP_BOGUS"])' "$caps" 'CAP_BOGUS 0 32 32 32 0'
both 'noNewPrivileges' '.process.noNewPrivileges = true' 'grep NoNewPrivs /proc/self/status' '^NoNewPrivs: 1'
both 'noNewPrivileges false' . 'grep NoNewPrivs /proc/self/status' '^NoNewPrivs: 0'
both 'apparmorProfile unconfined' '.process.apparmorProfile = "unconfined"' 'echo fine' '^fine'
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] ||
  both 'apparmorProfile without AppArmor is refused' '.process.apparmorProfile = "some"' true 'process.apparmorProfile: .*\[1\]'
[ -e /sys/fs/selinux/enforce ] ||
  both 'selinuxLabel without SELinux is refused' '.process.selinuxLabel = "a:b:c:s0"' true 'process.selinuxLabel: .*\[1\]'

# ---- limits and scheduling ----
both 'rlimits NOFILE' '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 200, hard: 300}]' 'grep "open files" /proc/self/limits' '200 300'
number=0
for limit in 'AS:address space' 'CORE:core file' 'CPU:cpu time' 'DATA:data size' 'FSIZE:file size' 'LOCKS:file locks' 'MEMLOCK:locked memory' \
  'MSGQUEUE:msgqueue' 'NICE:nice' 'NPROC:processes' 'RSS:resident' 'RTPRIO:realtime priority' 'RTTIME:realtime timeout' 'SIGPENDING:pending' 'STACK:stack'; do
  number=$((number + 1))
  case ${limit%%:*} in MEMLOCK|NICE|RTPRIO|MSGQUEUE) soft=0 hard=0;; NPROC|SIGPENDING) soft=400 hard=401;; *) soft=536870912 hard=536870913;; esac
  both "rlimits ${limit%%:*}" ".process.rlimits = [{type: \"RLIMIT_${limit%%:*}\", soft: $soft, hard: $hard}]" \
    "grep '${limit#*:}' /proc/self/limits" "$soft $hard"
done
both 'rlimits unlimited' '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: "UNLIMITED", hard: "UNLIMITED"}]' 'grep "file size" /proc/self/limits' 'file size unlimited unlimited'
both 'oomScoreAdj' '.process.oomScoreAdj = 555' 'cat /proc/self/oom_score_adj' '^555'
both 'oomScoreAdj zero' '.process.oomScoreAdj = 0' 'cat /proc/self/oom_score_adj' '^0'
both 'scheduler OTHER' '.process.scheduler = {policy: "SCHED_OTHER", nice: 7}' 'probe scheduler' '^policy=0 flags=0 nice=7 '
both 'scheduler BATCH' '.process.scheduler = {policy: "SCHED_BATCH", nice: 3}' 'probe scheduler' '^policy=3 .*nice=3 '
both 'scheduler IDLE' '.process.scheduler = {policy: "SCHED_IDLE"}' 'probe scheduler' '^policy=5'
both 'scheduler FIFO' '.process.scheduler = {policy: "SCHED_FIFO", priority: 10}' 'probe scheduler' '^policy=1 .*priority=10 '
both 'scheduler RR' '.process.scheduler = {policy: "SCHED_RR", priority: 11}' 'probe scheduler' '^policy=2 .*priority=11 '
root 'scheduler DEADLINE' '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 30000000, period: 40000000, flags: ["SCHED_FLAG_RECLAIM"]}' \
  'exec probe scheduler' '^policy=6 flags=0x[0-9a-f]*2 .*runtime=10000000 deadline=30000000 period=40000000'
both 'scheduler flag RESET_ON_FORK' '.process.scheduler = {policy: "SCHED_FIFO", priority: 10, flags: ["SCHED_FLAG_RESET_ON_FORK"]}' 'probe scheduler; exec probe scheduler' '^policy=0.* policy=1 flags=0x1 '
# Keeps what there was, as its name says.
root 'scheduler flag KEEP_POLICY' '.process.scheduler = {policy: "SCHED_BATCH", nice: 4, flags: ["SCHED_FLAG_KEEP_POLICY"]}' 'probe scheduler' '^policy=0 .*nice=4'
root 'scheduler flag KEEP_PARAMS' '.process.scheduler = {policy: "SCHED_BATCH", nice: 4, flags: ["SCHED_FLAG_KEEP_PARAMS"]}' 'probe scheduler' '^policy=0 .*nice=0'
both 'ioPriority BE' '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}' 'probe io-priority' '^class=2 level=6'
both 'ioPriority IDLE' '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}' 'probe io-priority' '^class=3'
both 'ioPriority RT' '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1}' 'probe io-priority' '^class=1 level=1'
both 'personality LINUX32' '.linux.personality = {domain: "LINUX32"}' 'uname -m; cat /proc/self/personality' '^i[3-6]86 0*8|^armv.* 0*8|^s390 |^ppc '
both 'personality LINUX' '.linux.personality = {domain: "LINUX"}' 'cat /proc/self/personality' '^0*0 '
if [ -e /proc/self/numa_maps ]; then
  both 'memoryPolicy BIND' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' 'exec probe memory-policy' '^mode=0x2 nodes=0x1'
  both 'memoryPolicy INTERLEAVE' '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}' 'exec probe memory-policy' '^mode=0x3 nodes=0x1'
  both 'memoryPolicy PREFERRED' '.linux.memoryPolicy = {mode: "MPOL_PREFERRED", nodes: "0"}' 'exec probe memory-policy' '^mode=0x1 nodes=0x1'
  both 'memoryPolicy PREFERRED of no node' '.linux.memoryPolicy = {mode: "MPOL_PREFERRED", nodes: ""}' 'exec probe memory-policy' '^mode=0x[14] nodes=0'
  both 'memoryPolicy PREFERRED_MANY' '.linux.memoryPolicy = {mode: "MPOL_PREFERRED_MANY", nodes: "0"}' 'exec probe memory-policy' '^mode=0x5 nodes=0x1'
  both 'memoryPolicy WEIGHTED_INTERLEAVE' '.linux.memoryPolicy = {mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0"}' 'exec probe memory-policy' '^mode=0x6 nodes=0x1|Invalid argument'
  both 'memoryPolicy LOCAL' '.linux.memoryPolicy = {mode: "MPOL_LOCAL", nodes: ""}' 'exec probe memory-policy' '^mode=0x4'
  both 'memoryPolicy DEFAULT' '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: ""}' 'exec probe memory-policy' '^mode=0 nodes=0'
  both 'memoryPolicy flag STATIC_NODES' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}' 'exec probe memory-policy' '^mode=0x8002 nodes=0x1'
  both 'memoryPolicy flag RELATIVE_NODES' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}' 'exec probe memory-policy' '^mode=0x4002 nodes=0x1'
  both 'memoryPolicy flag NUMA_BALANCING' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"]}' 'exec probe memory-policy' '^mode=0x2002 nodes=0x1'
  memory_policy_of_exec() {
    prepare "$1" '.linux.memoryPolicy = {mode: "MPOL_PREFERRED", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}' 'sleep 100'
    "$BERTH" run -d -b "$place/$1" fields
    matches "$("$BERTH" exec fields probe memory-policy)" '^mode=0x4001 nodes=0x1'
    jq '.process | .args = ["probe", "memory-policy"]' "$place/$1/config.json" >process
    matches "$("$BERTH" exec -p process fields)" '^mode=0x4001 nodes=0x1'
    "$BERTH" delete --force fields
  }
  hosts 'root: memoryPolicy of exec' memory_policy_of_exec root
  hosts 'user: memoryPolicy of exec' memory_policy_of_exec user
fi
both 'session keyring' . 'probe keyring' '^keyring;[0-9]+;[0-9]+;[0-9a-f]+;_ses.fields'
no_keyring() {
  prepare root . 'probe keyring'; status 0 "$BERTH" run --no-new-keyring -b "$place/root" fields
  ! grep -q _ses.fields out || fail "a keyring was made"
}
hosts 'session keyring: --no-new-keyring' no_keyring

# ---- what comes along ----
terminal_size() {
  prepare "$1" '.process.terminal = true | .process.consoleSize = {height: 31, width: 97} | .process.user = {uid: 1000, gid: 1000}' 'stty size; tty; stat -c %u $(tty); ls -l /dev/console'
  on_terminal "$BERTH run -b $place/$1 fields" >out
  matches "$(tr '\n' ' ' <out)" '^31 97 /dev/pts/[0-9]+ 1000 c[^ ]+ .* /dev/console $'
}
hosts 'root: consoleSize and the terminal' terminal_size root
hosts 'user: consoleSize and the terminal' terminal_size user
listen_fds() {
  prepare "$1" . 'echo "$LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES"; cat <&3; cat <&4; ls /proc/self/fd | wc -l'
  echo three >three; echo four >four
  # LISTEN_PID must be berth's own pid, so the shell becomes it.
  bash -c 'export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=a:b; exec "$@" 3<three 4<four' - "$BERTH" run -b "$place/$1" fields >out
  equal "$(tr '\n' ' ' <out)" '2 1 a:b three four 6 '
}
hosts 'root: LISTEN_FDS' listen_fds root
hosts 'user: LISTEN_FDS' listen_fds user
listen_fds_of_another() {
  prepare root . 'echo "${LISTEN_FDS-none}"; ls /proc/self/fd | wc -l'
  equal "$(LISTEN_PID=1 LISTEN_FDS=1 "$BERTH" run -b "$place/root" fields 3</dev/null | tr '\n' ' ')" 'none 4 '
}
hosts 'root: LISTEN_FDS of another process' listen_fds_of_another
preserve() {
  prepare "$1" . 'cat <&3; ls /proc/self/fd | wc -l'
  echo three >three
  equal "$("$BERTH" run --preserve-fds 1 -b "$place/$1" fields 3<three 4</dev/null | tr '\n' ' ')" 'three 5 '
}
hosts 'root: --preserve-fds' preserve root
hosts 'user: --preserve-fds' preserve user
# What a container says to its manager, by way of a relay that stays as long as it runs.
notify_socket() { # MODE VERB
  prepare "$1" . 'echo "$NOTIFY_SOCKET"; probe notify "READY=1\\nSTATUS=some words\\nMAINPID=1\\nFDSTORE=1\\nNOTIFYACCESS=all"; probe notify "WATCHDOG=1"; sleep .3; probe notify "STOPPING=1"; exit 0'
  cat >receive.py <<'P'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("manager"); s.settimeout(10)
open("listening", "w").close()
while True:
    message = s.recv(4096).decode()
    print(message.replace("\n", "|"), flush=True)
    if "STOPPING" in message: break
P
  python3 receive.py >received & local receiver=$!
  until_true 5 test -e listening
  if [ "$2" = run ]; then
    NOTIFY_SOCKET=$PWD/manager "$BERTH" run -d -b "$place/$1" --pid-file pid fields >out
  else
    NOTIFY_SOCKET=$PWD/manager "$BERTH" create -b "$place/$1" --pid-file pid fields >out
    NOTIFY_SOCKET=$PWD/manager "$BERTH" start fields
  fi
  wait $receiver
  equal "$(cat received)" "MAINPID=$(cat pid)
READY=1|STATUS=some words
WATCHDOG=1
STOPPING=1"
  wait_status fields stopped; "$BERTH" delete fields
  grep -qx /run/notify/notify.sock out
}
for mode in root user; do for verb in create run; do hosts "$mode: NOTIFY_SOCKET with $verb" notify_socket $mode $verb; done; done
notify_is_not_for_hooks() {
  OUTPUT=$PWD/hook.out; export OUTPUT
  jq '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo ${NOTIFY_SOCKET-none} >" + env.OUTPUT]}] | .process.args = ["true"]' "$place/root.json" >"$place/root/config.json"
  NOTIFY_SOCKET=/nosuch/manager "$BERTH" create -b "$place/root" fields; "$BERTH" delete fields
  equal "$(cat hook.out)" none
}
hosts 'root: NOTIFY_SOCKET is not for hooks' notify_is_not_for_hooks
exec_affinity() {
  jq "$definitions"'.process.execCPUAffinity = {initial: "0-1", final: "1"} | .process.args = ["sleep", "1000"]' "$place/root.json" >"$place/root/config.json"
  "$BERTH" run -d -b "$place/root" fields
  jq .process "$place/root/config.json" | jq '.args = ["grep", "Cpus_allowed_list", "/proc/self/status"]' >process.json
  status 0 "$BERTH" exec --process process.json fields; prints '1'
  matches "$(tr -s '\t ' ' ' <out)" '^Cpus_allowed_list: 1$'
  "$BERTH" delete --force fields
}
[ "$(nproc)" -lt 2 ] || hosts 'root: execCPUAffinity' exec_affinity

# Of one name the last counts, in its place; an empty HOME is none.
both 'process.env: one entry a name' '.process.env = ["A=1", "PATH=/nosuch", "B=x", "A=2", "PATH=/bin", "A=3"]' 'env | grep -c ^A=; env | grep ^A=; env | grep ^PATH=' '^1 A=3 PATH=/bin '
both 'process.env: an empty HOME is none' '.process.env = ["PATH=/bin", "HOME=/a", "HOME=", "ONE=1", "ONE=2"]' 'echo $HOME $ONE' '^/root 2 '
no_terminal_type() {
  prepare root '.process.terminal = true | .process.env = ["PATH=/bin"]' 'env | grep -c ^TERM='
  on_terminal "$BERTH run -b $place/root fields || :" >out; equal "$(tr -d '\n' <out)" 0
}
hosts 'root: process.terminal adds no TERM' no_terminal_type
line_ends() {
  prepare root '.process.terminal = true' 'printf "a\nb\n"'
  script -qec "$BERTH run -b $place/root fields | tr -d '\\0' | od -An -c >$PWD/out" /dev/null </dev/null >/dev/null
  matches "$(tr -d ' ' <out)" '^(\^@)?a\\nb\\n(\^@)?$'
  # A terminal adds what it needs.
  script -qec "$BERTH run -b $place/root fields" /dev/null </dev/null | od -An -c >out
  matches "$(tr -d ' \n' <out)" 'a\\r\\nb\\r\\n'
  prepare root . 'sleep 100'; "$BERTH" run -d -b "$place/root" fields
  script -qec "$BERTH exec -t fields printf 'a\nb\n' | od -An -c >$PWD/out" /dev/null </dev/null >/dev/null
  matches "$(tr -d ' ' <out)" '^(\^@)?a\\nb\\n(\^@)?$'
  "$BERTH" delete --force fields
}
hosts 'root: process.terminal leaves line ends alone' line_ends
both 'process.cwd is made in a root that becomes read-only' '.process.cwd = "/made" | .root.readonly = true' 'pwd' '^/made \[0\]'
for mode in root user; do
  mkdir "$place/$mode/rootfs"/{closed,his}; chmod 700 "$place/$mode/rootfs"/{closed,his}
  [ $mode = root ] && base=0 || base=100000
  chown $base:$base "$place/$mode/rootfs/closed"; chown $((base + 1000)):$((base + 1000)) "$place/$mode/rootfs/his"
done
both 'process.cwd that only root may enter' '.process.cwd = "/closed" | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}' 'pwd' '^/closed \[0\]'
both 'process.cwd that only the user may enter' '.process.cwd = "/his" | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}' 'pwd' '^/his \[0\]'
program_of_the_last_path() {
  prepare root '.process.env = ["PATH=/nosuch", "PATH=/bin"]' true
  edit "$place/root" '.process.args = ["busybox", "echo", "found"]'
  equal "$("$BERTH" run -b "$place/root" fields)" found
  edit "$place/root" '.process.args = [""]'
  status 1 "$BERTH" run -b "$place/root" fields; says 'exec: "": executable file not found in $PATH'
}
hosts 'root: process.env: the last of a name finds the program' program_of_the_last_path
exec_environment() {
  prepare root '.process.env = ["PATH=/bin", "A=1", "A=2"]' 'sleep 100'; "$BERTH" run -d -b "$place/root" fields
  equal "$("$BERTH" exec fields sh -c 'echo $A; env | grep -c ^A=' | tr '\n' ' ')" '2 1 '
  equal "$("$BERTH" exec -e A=3 -e A=4 -e HOME= fields sh -c 'echo $A $HOME; env | grep -c ^A=' | tr '\n' ' ')" '4 /root 1 '
  echo '{"args": ["busybox", "env"], "cwd": "/", "env": ["PATH=/nosuch", "B=1", "PATH=/bin", "B=2"]}' >process
  equal "$("$BERTH" exec -p process fields | grep -c '^B=2\|^PATH=/bin')" 2
  # A directory is made by create alone.
  status 255 "$BERTH" exec --cwd /nosuch/directory fields true; says 'chdir to cwd ("/nosuch/directory") set in config.json failed: no such file or directory'
  [ ! -e "$place/root/rootfs/nosuch" ]
  mkdir "$place/root/rootfs/entered"; chown 42:42 "$place/root/rootfs/entered"; chmod 700 "$place/root/rootfs/entered"
  equal "$("$BERTH" exec --cwd /entered --user 1000 fields pwd)" /entered
  equal "$("$BERTH" exec --cwd /entered --user 0 fields pwd)" /entered
  status 255 "$BERTH" exec fields ''; says 'executable file not found in $PATH'
  rmdir "$place/root/rootfs/entered"
  "$BERTH" delete --force fields
}
hosts 'root: exec has one entry a name, and makes no directory' exec_environment
processors_are_the_containers() {
  local all; all=$(nproc)
  [ "$all" -gt 1 ] || skip "one processor"
  prepare root . 'nproc; sleep 100'
  taskset -c 0 "$BERTH" run -d -b "$place/root" fields >out; until_true 10 grep -q . out; equal "$(cat out)" "$all"
  equal "$(taskset -c 0 "$BERTH" exec fields nproc)" "$all"
  "$BERTH" delete --force fields
}
hosts "root: the caller's processors are not the container's" processors_are_the_containers

# The table INHERITED of berth-bundle(5), under a caller who has all of it otherwise than it began with.
cat >"$place/odd" <<'P'
import ctypes, os, platform, resource, signal, sys
libc = ctypes.CDLL(None)
os.nice(5); os.umask(0o077)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); signal.signal(signal.SIGUSR2, signal.SIG_IGN); signal.signal(signal.SIGPIPE, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))
libc.personality(0x0040000) # ADDR_NO_RANDOMIZE
libc.syscall(251 if platform.machine() == "x86_64" else 30, 1, 0, 3 << 13) # ioprio_set(2): idle
for option, value in (1, signal.SIGTERM), (4, 0), (29, 123456), (36, 1): # parent-death signal, dumpable, timer slack, subreaper
    libc.prctl(option, int(value), 0, 0, 0)
os.execvp(sys.argv[1], sys.argv[1:])
P
inherited() { # MODE
  local what='cut -d" " -f19 /proc/self/stat; probe io-priority; umask; grep -E "^Sig(Blk|Ign)" /proc/self/status; grep "core file" /proc/self/limits
    cat /proc/self/personality /proc/self/timerslack_ns; probe dumpable; probe ties' words
  words='5 class=3 level=[0-9] 0022 SigBlk: 0+ SigIgn: 0+ Max core file size 4096 8192 bytes 0*40000 123456 1 pdeathsig=0 subreaper=0 '
  prepare "$1" . "$what; sleep 100"
  python3 "$place/odd" "$BERTH" run -d -b "$place/$1" fields >out
  until_true 10 grep -q pdeathsig out
  matches "$(tr -s ' \t\n' ' ' <out)" "^$words\$"
  matches "$(python3 "$place/odd" "$BERTH" exec fields sh -c "$what" | tr -s ' \t\n' ' ')" "^$words\$"
  "$BERTH" delete --force fields
}
hosts 'root: what is inherited of the caller' inherited root
hosts 'user: what is inherited of the caller' inherited user
