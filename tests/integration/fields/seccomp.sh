# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# linux.seccomp. The system call that the rows are about is umask(2), which takes any number and never fails.

case $(uname -m) in aarch64) umask_number=166 getppid_number=173;; *) umask_number=95 getppid_number=110;; esac
ask() { echo "probe call $umask_number $1; echo \"status \$?\""; }
# rule ACTION [MORE]: a profile that allows all but umask.
rule() { echo "seccomp(\"SCMP_ACT_ALLOW\"; [{names: [\"umask\"], action: \"$1\"${2:+, $2}}])"; }
equals() { echo "args: [{index: 0, value: $1, op: \"SCMP_CMP_EQ\"}]"; }

both 'seccomp is on' "$(rule SCMP_ACT_ERRNO)" 'grep ^Seccomp: /proc/self/status' '^Seccomp: 2'
both 'seccomp is off' . 'grep ^Seccomp: /proc/self/status' '^Seccomp: 0'
both 'seccomp SCMP_ACT_ERRNO' "$(rule SCMP_ACT_ERRNO)" "$(ask 5)" '^errno 1 '
both 'seccomp errnoRet' "$(rule SCMP_ACT_ERRNO 'errnoRet: 42')" "$(ask 5)" '^errno 42 '
both 'seccomp SCMP_ACT_KILL' "$(rule SCMP_ACT_KILL "$(equals 5)")" "$(ask 5)" 'status 159'
both 'seccomp SCMP_ACT_KILL_THREAD' "$(rule SCMP_ACT_KILL_THREAD "$(equals 5)")" "$(ask 5)" 'status 159'
both 'seccomp SCMP_ACT_KILL_PROCESS' "$(rule SCMP_ACT_KILL_PROCESS "$(equals 5)")" "$(ask 5)" 'status 159'
both 'seccomp SCMP_ACT_TRAP' "$(rule SCMP_ACT_TRAP "$(equals 5)")" "$(ask 5)" 'status 159'
both 'seccomp SCMP_ACT_TRACE without a tracer' "$(rule SCMP_ACT_TRACE "$(equals 5)")" "$(ask 5)" '^errno 38 '
both 'seccomp SCMP_ACT_LOG' "$(rule SCMP_ACT_LOG)" "$(ask 5)" '^18 status 0'
both 'seccomp SCMP_ACT_ALLOW' "$(rule SCMP_ACT_ALLOW)" "$(ask 5)" '^18 status 0'

# OPERATOR VALUE [VALUE-TWO] | what is caught | what is not
while IFS='|' read -r condition caught missed; do
  read -r operator value second <<<"$condition"
  both "seccomp $operator" "$(rule SCMP_ACT_ERRNO "errnoRet: 42, args: [{index: 0, value: $value, valueTwo: ${second:-0}, op: \"$operator\"}]")" \
    "probe call $umask_number $caught; probe call $umask_number $missed" '^errno 42 18 '
done <<'X'
SCMP_CMP_EQ 5|5|6
SCMP_CMP_NE 5|6|5
SCMP_CMP_LT 5|4|5
SCMP_CMP_LE 5|5|6
SCMP_CMP_GT 5|6|5
SCMP_CMP_GE 5|5|4
SCMP_CMP_MASKED_EQ 12 4|7|8
X
both 'seccomp conditions on two arguments are one' "$(rule SCMP_ACT_ERRNO 'errnoRet: 42, args: [{index: 0, value: 5, op: "SCMP_CMP_EQ"}, {index: 1, value: 7, op: "SCMP_CMP_EQ"}]')" \
  "probe call $umask_number 5 7; probe call $umask_number 5 8" '^errno 42 18 '
both 'seccomp conditions on one argument are alternatives' "$(rule SCMP_ACT_ERRNO 'errnoRet: 42, args: [{index: 0, value: 5, op: "SCMP_CMP_EQ"}, {index: 0, value: 6, op: "SCMP_CMP_EQ"}]')" \
  "probe call $umask_number 5; probe call $umask_number 6; probe call $umask_number 7" '^errno 42 errno 42 18 '
both 'seccomp values of 64 bits' "$(rule SCMP_ACT_ERRNO 'errnoRet: 42, args: [{index: 1, value: 4294967301, op: "SCMP_CMP_EQ"}]')" \
  "probe call $umask_number 0 4294967301; probe call $umask_number 0 5" '^errno 42 18 '
both 'seccomp unknown names are skipped' 'seccomp("SCMP_ACT_ALLOW"; [{names: ["no_such_call", "umask"], action: "SCMP_ACT_ERRNO"}])' "$(ask 5)" '^errno 1 '
unknown_is_said() {
  prepare root 'seccomp("SCMP_ACT_ALLOW"; [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}])' true
  status 0 "$BERTH" --debug run -b "$place/root" fields; says no_such_call
}
hosts 'root: seccomp unknown names are said' unknown_is_said

# What a shell and the probe need, and nothing that is newer.
few='["read", "write", "open", "openat", "close", "stat", "fstat", "lstat", "newfstatat", "poll", "lseek", "mmap", "mprotect", "munmap", "brk", "rt_sigaction",
  "rt_sigprocmask", "rt_sigreturn", "ioctl", "access", "pipe", "pipe2", "dup", "dup2", "dup3", "getpid", "clone", "fork", "vfork", "execve", "exit", "wait4", "uname",
  "fcntl", "getcwd", "chdir", "getuid", "getgid", "geteuid", "getegid", "arch_prctl", "set_tid_address", "set_robust_list", "exit_group", "prlimit64",
  "getrandom", "readlink", "readlinkat", "futex", "setuid", "setgid"]'
both 'seccomp defaultErrnoRet' ".process.noNewPrivileges = true | seccomp(\"SCMP_ACT_ERRNO\"; [{names: $few, action: \"SCMP_ACT_ALLOW\"}]) | .linux.seccomp.defaultErrnoRet = 77" \
  "$(ask 5)" '^errno 77 '
both 'seccomp default' ".process.noNewPrivileges = true | seccomp(\"SCMP_ACT_ERRNO\"; [{names: $few, action: \"SCMP_ACT_ALLOW\"}])" \
  "probe call $umask_number 5; probe call $getppid_number" '^errno 1 errno 1 '
both 'seccomp calls newer than the profile do not exist' ".process.noNewPrivileges = true | seccomp(\"SCMP_ACT_ERRNO\"; [{names: $few, action: \"SCMP_ACT_ALLOW\"}])" \
  'probe call 451; probe call 9999' '^errno 38 errno 38 '
both 'seccomp without no_new_privs' "$(rule SCMP_ACT_ERRNO) | .process.noNewPrivileges = false | .process.user.uid = 1000" "$(ask 5)" '^errno 1 '
both 'seccomp with no_new_privs' "$(rule SCMP_ACT_ERRNO) | .process.noNewPrivileges = true | .process.user.uid = 1000" "$(ask 5)" '^errno 1 '
for flag in TSYNC LOG SPEC_ALLOW; do
  both "seccomp flag $flag" "$(rule SCMP_ACT_ERRNO) | .linux.seccomp.flags = [\"SECCOMP_FILTER_FLAG_$flag\"]" "$(ask 5); grep ^Seccomp: /proc/self/status" '^errno 1 .*Seccomp: 2'
done
if [ "$(uname -m)" = x86_64 ] && "$BERTH_BUILD/tests/probe" call32 20 >/dev/null 2>&1; then
  both 'seccomp architectures: one that is listed' "$(rule SCMP_ACT_ERRNO 'errnoRet: 42')" 'probe call32 60 5; echo "status $?"' '^errno 42 '
  both 'seccomp architectures: one that is not' "$(rule SCMP_ACT_ERRNO) | .linux.seccomp.architectures = [\"SCMP_ARCH_X86_64\"]" 'probe call32 20; echo "status $?"' 'status 159'
fi

listener() {
  export LISTENER=$PWD/socket
  prepare "$1" "$(rule SCMP_ACT_NOTIFY) | .linux.seccomp += {listenerPath: env.LISTENER, listenerMetadata: \"some metadata\"$2} | .annotations = {a: \"b\"}" "$(ask 5)"
  python3 - "$BERTH" "$place/$1" <<'P' >result
import array, ctypes, fcntl, json, os, socket, struct, subprocess, sys
s = socket.socket(socket.AF_UNIX); s.bind("socket"); s.listen(1)
p = subprocess.Popen([sys.argv[1], "run", "-b", sys.argv[2], "fields"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
s.settimeout(10)
c, _ = s.accept()
data, ancillary, _, _ = c.recvmsg(65536, socket.CMSG_SPACE(64))
message = json.loads(data)
fds = array.array("i", ancillary[0][2])
assert len(fds) == 1 and message["fds"] == ["seccompFd"], message
assert message["metadata"] == "some metadata", message
state = message["state"]
assert "pid" in message and "pid" in state, message
assert state["id"] == "fields" and state["pid"] == message["pid"] and state["annotations"] == {"a": "b"} and state["status"] == "creating", message
assert state["bundle"] == sys.argv[2] and message["ociVersion"], message
# SECCOMP_IOCTL_NOTIF_RECV and _SEND: answer umask(2) with 99.
while True:
    request = bytearray(80)
    try: fcntl.ioctl(fds[0], 0xc0502100, request, True)
    except OSError: break
    identifier = struct.unpack_from("=Q", request)[0]
    fcntl.ioctl(fds[0], 0xc0182101, bytearray(struct.pack("=QqiI", identifier, 99, 0, 0)), True)
    out = p.stdout.readline()
    print(out.decode().strip())
    if out: break
print(p.stdout.read().decode().strip(), p.wait())
P
  equal "$(tr '\n' ' ' <result)" '99 status 0 0 '
}
hosts 'root: seccomp SCMP_ACT_NOTIFY, listenerPath, listenerMetadata' listener root ''
hosts 'user: seccomp SCMP_ACT_NOTIFY, listenerPath, listenerMetadata' listener user ''
hosts 'root: seccomp flag WAIT_KILLABLE_RECV' listener root ', flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
no_listener() {
  jq "$definitions$(rule SCMP_ACT_NOTIFY)"' | .linux.seccomp.listenerPath = "/nosuch/socket"' "$place/root.json" >"$place/root/config.json"
  status 1 "$BERTH" run -b "$place/root" fields; says 'linux.seccomp.listenerPath'
}
hosts 'root: seccomp without anybody who listens' no_listener
