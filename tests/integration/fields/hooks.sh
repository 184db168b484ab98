# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# hooks: each kind at its time, in its namespaces, with the state on stdin; environment, arguments, timeout; what a failure means.

# One program for all kinds, on the host and in the root: says who called it and where it is.
hook_program() {
  cat >"$place/hook" <<'H'
#!/bin/sh
# hook KIND [STATUS]
echo "$1 args=$# env=$(env | grep -c ^MARK=) mnt=$(readlink /proc/self/ns/mnt) net=$(readlink /proc/self/ns/net) root=$(ls /bin/probe 2>/dev/null) state=$(cat)" >>"${OUT:-/out}"
exit ${2:-0}
H
  chmod 755 "$place/hook"
  cp "$place/hook" "$place/$1/rootfs/hook"
  rm -f "$place/$1/rootfs/out" out
  : >out; chmod 666 out
  chmod 755 .
}
# hooks_of MODE KIND...: a bundle with these.
hooks_of() {
  local mode=$1; shift
  jq "$definitions"'reduce ($kinds | split(" ")[]) as $k (.; .hooks[$k] = [{
      path: (if $k == "startContainer" then "/hook" else $hook end), args: ["hook", $k],
      env: (["MARK=1", "PATH=/bin:/usr/bin"] + (if $k == "startContainer" then [] else ["OUT=" + $out] end))}]) |
    .annotations = {some: "thing \"quoted\" /with/slashes"} | .process.args = ["/bin/sh", "-c", "echo payload >>/out; sleep .2; exit 4"]' \
    --arg kinds "$*" --arg hook "$place/hook" --arg out "$PWD/out" "$place/$mode.json" >"$place/$mode/config.json"
}
field() { sed -n "s/^$1 .* $2=\([^ ]*\).*/\1/p" "$3"; }

hooks_all() {
  local mode=$1 kind own init
  hook_program "$mode"
  [ "$mode" = root ] || chmod 777 .
  hooks_of "$mode" prestart createRuntime createContainer startContainer poststart poststop
  "$BERTH" create -b "$place/$mode" --pid-file pid fields
  equal "$(cut -d' ' -f1 out | tr '\n' ' ')" 'prestart createRuntime createContainer '
  own=$(readlink /proc/self/ns/mnt); init=$(readlink "/proc/$(cat pid)/ns/mnt")
  for kind in prestart createRuntime; do
    equal "$(field $kind mnt out)" "$own" "$kind runs on the host"
    equal "$(sed -n "s/^$kind .*state=//p" out | jq -r '.pid, .status, .id, .bundle, .annotations.some' | tr '\n' '|')" \
      "$(cat pid)|creating|fields|$place/$mode|thing \"quoted\" /with/slashes|"
  done
  equal "$(field createContainer mnt out)" "$init" "createContainer runs in the container's mount namespace"
  equal "$(field createContainer root out)" "" "but before the root is changed"
  equal "$(sed -n 's/^createContainer .*state=//p' out | jq -r '.status, .id' | tr '\n' '|')" 'creating|fields|'
  [ ! -s "$place/$mode/rootfs/out" ] || fail "startContainer came too early"
  "$BERTH" start fields
  grep -q ^poststart out || fail "no poststart hook: $(cat out)"
  equal "$(field poststart mnt out)" "$own"
  equal "$(sed -n 's/^poststart .*state=//p' out | jq -r '.status, .pid' | tr '\n' '|')" "running|$(cat pid)|"
  wait_status fields stopped
  equal "$(cut -d' ' -f1 "$place/$mode/rootfs/out" | tr '\n' ' ')" 'startContainer payload ' "startContainer comes before the payload"
  equal "$(field startContainer root "$place/$mode/rootfs/out")" /bin/probe "and is resolved inside"
  equal "$(sed -n 's/^startContainer .*state=//p' "$place/$mode/rootfs/out" | jq -r '.status, .id' | tr '\n' '|')" 'created|fields|'
  ! grep -q ^poststop out || fail "poststop came too early"
  "$BERTH" delete fields
  equal "$(field poststop mnt out)" "$own"
  equal "$(sed -n 's/^poststop .*state=//p' out | jq -r '.status, .id' | tr '\n' '|')" 'stopped|fields|'
  grep -v ' args=1 env=1 ' out && fail "arguments or environment differ"
  # Compact, unescaped: one line each, slashes as they are.
  equal "$(wc -l <out)" 5; grep -q '"bundle":"/' out; ! grep -q '\\/' out
  rm -f "$place/$mode/rootfs/out" "$place/$mode/rootfs/hook"
}
hosts 'root: hooks of all kinds' hooks_all root
hosts 'user: hooks of all kinds' hooks_all user

hook_order() {
  hook_program root
  hooks_of root createRuntime
  jq '.hooks.createRuntime = [.hooks.createRuntime[0], .hooks.createRuntime[0], .hooks.createRuntime[0]] | .hooks.createRuntime[].args[0] = "h" |
    .hooks.createRuntime[1].args[1] = "second" | .hooks.createRuntime[2].args[1] = "third"' "$place/root/config.json" >x; cp x "$place/root/config.json"
  status 4 "$BERTH" run -b "$place/root" fields
  equal "$(cut -d' ' -f1 out | tr '\n' ' ')" 'createRuntime second third '
}
hosts 'root: hooks in the order of their list' hook_order
# The end of a container whose hook of that kind fails: an error that says which hook it was and what it wrote, nothing left, and poststop ran once, as runc and the
# lifecycle of runtime.md have it.
poststop_ran() {
  equal "$(grep -c ^poststop out)" 1 "$1: poststop ran once"
  equal "$(sed -n 's/^poststop .*state=//p' out | jq -r '.status, .pid' | tr '\n' '|')" 'stopped|null|'
  status 1 "$BERTH" state fields
  : >out
}
hook_fails() {
  local kind=$1 words='hook #1: [^ ]*/hook: exit status 9, stderr: wrote \\x1b\[1m and more' command
  hook_program root
  sed -i 's/^exit/[ $# -lt 2 ] || printf "wrote \\033[1m and more\\n" >\&2; exit/' "$place/hook"; cp "$place/hook" "$place/root/rootfs/hook"
  hooks_of root "$kind" poststop
  jq --arg k "$kind" '.hooks[$k] += .hooks[$k] | .hooks[$k][1].args += ["9"] | .process.args[2] = "echo payload >>/out; sleep 30"' "$place/root/config.json" >x; cp x "$place/root/config.json"
  case $kind in
    startContainer|poststart)
      "$BERTH" create -b "$place/root" fields
      status 1 "$BERTH" start fields; matches "$(cat err)" "error running $kind $words"; poststop_ran start;;
    *)
      status 1 "$BERTH" create -b "$place/root" fields; matches "$(cat err)" "error running $kind $words"; poststop_ran create;;
  esac
  for command in "run" "run -d"; do
    # shellcheck disable=SC2086
    status 1 "$BERTH" $command -b "$place/root" fields; matches "$(cat err)" "error running $kind $words"; poststop_ran "$command"
  done
  [ "$kind" = poststart ] || ! grep -qs payload "$place/root/rootfs/out" || fail "the payload ran"
}
for kind in prestart createRuntime createContainer startContainer poststart; do hosts "root: hooks $kind fails" hook_fails $kind; done
# Where nothing of the container was begun there is no end of it.
hook_not_begun() {
  hook_program root
  hooks_of root poststop
  jq '.linux.namespaces += [{type: "time", path: "/nonexistent"}]' "$place/root/config.json" >x; cp x "$place/root/config.json"
  status 1 "$BERTH" run -b "$place/root" fields; equal "$(cat out)" ''
}
hosts 'root: hooks poststop of what was not begun' hook_not_begun
hook_directory() {
  hook_program root
  hooks_of root prestart createContainer startContainer
  jq '.hooks[][] |= (.path = "/bin/sh" | .args = ["sh", "-c", "cat >/dev/null; pwd; ls -d bin/probe >&2; exit 7"])' \
    "$place/root/config.json" >x
  for kind in createContainer:"$place/root/rootfs" startContainer:/; do
    jq --arg k "${kind%%:*}" '.hooks |= {($k): .[$k]}' x >"$place/root/config.json"
    status 1 "$BERTH" run -b "$place/root" fields; says "error running ${kind%%:*} hook #0: /bin/sh: exit status 7, stderr: ${kind#*:}\\x0abin/probe"
  done
}
hosts 'root: hooks run in the root file system' hook_directory
hook_writes_much() {
  hook_program root
  hooks_of root createRuntime
  jq '.hooks.createRuntime[0] |= (.path = "/bin/sh" | .args = ["sh", "-c", "cat >/dev/null; head -c 1000000 /dev/zero | tr \"\\0\" x; exit 1"])' "$place/root/config.json" >x; cp x "$place/root/config.json"
  status 1 "$BERTH" run -b "$place/root" fields; says "stderr: xxxxxxxxxx"
  [ "$(wc -c <err)" -lt 1500 ] || fail "$(wc -c <err) bytes"
}
hosts 'root: hooks whose output is long' hook_writes_much
# crun's annotations; what is added to is an ordinary file.
hook_files() {
  hook_program root
  hooks_of root prestart createRuntime poststart poststop
  jq '.hooks[][] |= (.path = "/bin/sh" | .args = ["sh", "-c", "cat >/dev/null; echo told; echo grumbled >&2"]) | .annotations = {"run.oci.hooks.stdout": ($d + "/said"), "run.oci.hooks.stderr": ($d + "/sad")}' \
    --arg d "$place" "$place/root/config.json" >x; cp x "$place/root/config.json"; rm -f "$place"/said "$place"/sad; echo before >"$place/said"
  status 4 "$BERTH" run -b "$place/root" fields; equal "$(tr '\n' ' ' <"$place/said")" "before told told told told "; equal "$(tr '\n' ' ' <"$place/sad")" "grumbled grumbled grumbled grumbled "
  equal "$(stat -c %a "$place/sad")" 600
  # Of a failure what no file has is told.
  jq '.hooks = {createRuntime: [.hooks.createRuntime[0] | .args[2] += "; exit 3"]} | del(.annotations["run.oci.hooks.stdout"])' x >"$place/root/config.json"
  status 1 "$BERTH" run -b "$place/root" fields; says "error running createRuntime hook #0: /bin/sh: exit status 3, stderr: told"; equal "$(grep -c . "$place/sad")" 5
  rm "$place/sad"; touch victim; ln -s "$PWD/victim" "$place/sad"; status 1 "$BERTH" run -b "$place/root" fields; says "annotations[run.oci.hooks.stderr]"; [ ! -s victim ]
  rm "$place/sad"; mkfifo "$place/sad"; status 1 timeout 10 "$BERTH" run -b "$place/root" fields; says "annotations[run.oci.hooks.stderr]"; rm "$place/sad"
  jq '.annotations["run.oci.hooks.stderr"] = "sad"' x >"$place/root/config.json"; status 1 "$BERTH" run -b "$place/root" fields; says "must be an absolute path"
}
hosts 'root: hooks with files for what they write' hook_files
poststop_fails() {
  hook_program root
  hooks_of root poststop
  jq '.hooks.poststop = [.hooks.poststop[0], .hooks.poststop[0]] | .hooks.poststop[0].args += ["9"]' "$place/root/config.json" >x; cp x "$place/root/config.json"
  status 4 "$BERTH" run -b "$place/root" fields; says poststop
  equal "$(wc -l <out)" 2 "the next one runs nevertheless"
}
hosts 'root: hooks poststop fails' poststop_fails
hook_timeout() {
  jq --arg k "$1" '.hooks[$k] = [{path: "/bin/sleep", args: ["sleep", "100"], timeout: 1}]' "$place/root.json" >"$place/root/config.json"
  local start; start=$(date +%s)
  status 1 "$BERTH" run -b "$place/root" fields; says "$1"
  [ $(($(date +%s) - start)) -lt 10 ] || fail "it was not ended in time"
}
for kind in prestart createRuntime createContainer startContainer; do hosts "root: hooks $kind timeout" hook_timeout $kind; done
hook_missing() {
  jq '.hooks.createRuntime = [{path: "/nosuch/hook"}]' "$place/root.json" >"$place/root/config.json"
  status 1 "$BERTH" run -b "$place/root" fields; says /nosuch/hook
}
hosts 'root: hooks that are not there' hook_missing
hook_environment() {
  hook_program root
  hooks_of root createRuntime createContainer
  jq '.hooks[][].env = ["OUT=" + $out]' --arg out "$PWD/out" "$place/root/config.json" >x; cp x "$place/root/config.json"
  MARK=1 status 4 "$BERTH" run -b "$place/root" fields
  equal "$(grep -c env=0 out)" 2 "only what the spec gives"
}
hosts 'root: hooks have only the environment that they are given' hook_environment
hook_descriptors() {
  jq '.hooks[("createRuntime", "createContainer")] = [{path: "/bin/sh", args: ["sh", "-c", "ls /proc/self/fd | tr \"\\n\" \" \" >>" + $out], env: ["PATH=/bin"]}] |
    .process.args = ["true"]' --arg out "$PWD/out" "$place/root.json" >"$place/root/config.json"
  status 0 "$BERTH" run --preserve-fds 1 -b "$place/root" fields 3</etc/passwd
  equal "$(cat out)" '0 1 2 3 0 1 2 3 ' # the last one is ls' own
}
hosts 'root: hooks have no descriptor of ours' hook_descriptors

# startContainer hooks run as the payload does: its filter, user, capabilities and, when they name none, its environment (runc and crun).
start_hook() { echo ".hooks.startContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"$1\"]${2:+, env: $2}}]"; }
for nnp in true false; do
  for action in ERRNO KILL_PROCESS; do
    both "hooks startContainer has the filter (SCMP_ACT_$action, noNewPrivileges $nnp)" \
      "$(start_hook '/bin/mkdir /tmp/made') | .process.noNewPrivileges = $nnp | seccomp(\"SCMP_ACT_ALLOW\"; [{names: [\"mkdir\", \"mkdirat\"], action: \"SCMP_ACT_$action\"}])" \
      'echo payload' 'error running startContainer hook #0: /bin/sh: .*\[1\]$'
  done
done
# What a hook writes is told when it fails.
both 'hooks startContainer has the environment of the payload' "$(start_hook 'env >&2; exit 9') | .process.env = [\"PATH=/bin\", \"ONE=two\"]" true \
  'HOME=/root.*ONE=two.*\[1\]$'
both 'hooks startContainer has its own environment' "$(start_hook 'env >&2; exit 9' '["PATH=/bin", "MINE=1"]') | .process.env = [\"PATH=/bin\", \"ONE=two\"]" true \
  'MINE=1[^=]*PATH=/bin[^=]*PWD=/ *\[1\]$'
hook_is_the_payload() {
  local mode=$1
  jq "$definitions$(start_hook 'cat /proc/self/status >/out.hook; umask >>/out.hook; pwd >>/out.hook') | .process.user = {uid: 1000, gid: 1000, additionalGids: [5]} |
    .process.capabilities = {bounding: [\"CAP_KILL\"], permitted: [\"CAP_KILL\"], inheritable: [\"CAP_KILL\"], ambient: [\"CAP_KILL\"], effective: []} | .process.cwd = \"/tmp\" |
    .process.args = [\"sh\", \"-c\", \"cat /proc/self/status >/out.payload; umask >>/out.payload; pwd >>/out.payload\"] |
    seccomp(\"SCMP_ACT_ALLOW\"; [{names: [\"swapon\"], action: \"SCMP_ACT_ERRNO\"}])" "$place/$mode.json" >"$place/$mode/config.json"
  : >"$place/$mode/rootfs/out.hook"; : >"$place/$mode/rootfs/out.payload"; chmod 666 "$place/$mode"/rootfs/out.*
  "$BERTH" run -b "$place/$mode" fields
  grep -hE '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp.*|Sig(Blk|Ign|Cgt)):|^[0/]' "$place/$mode/rootfs/out.hook" >hook
  grep -hE '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp.*|Sig(Blk|Ign|Cgt)):|^[0/]' "$place/$mode/rootfs/out.payload" >payload
  rm "$place/$mode"/rootfs/out.*
  diff hook payload; grep -q 'CapAmb:.*20$' hook; grep -q '^/tmp' hook
}
hosts 'root: hooks startContainer is all that the payload is' hook_is_the_payload root
hosts 'user: hooks startContainer is all that the payload is' hook_is_the_payload user
