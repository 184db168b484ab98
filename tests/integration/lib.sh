# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For integration tests: bundles, assertions, and the comparison of the machine before and after. A test file is tests/integration/test-*, bash,
# sources this, calls `check NAME FUNCTION` for each case and ends with `finish`. Each case runs in a subshell in a directory of its own
# ($WORK), fails at the first failing command, and leaves nothing behind: that is compared too.
#
# Environment: BERTH, the program; BERTH_BUILD, the build directory; BUSYBOX, a static busybox; ONLY, a pattern of the cases to run;
# BERTH_NEST_SUITE, the Debian that they run over where that is not this machine's.

set -u
: "${BERTH:=berth}"
: "${BUSYBOX:=$(command -v busybox)}"
export BERTH BUSYBOX

passed=0 failed=0 skipped=0 clean=
suite=$(basename "$0")${BERTH_NEST_SUITE:+@$BERTH_NEST_SUITE}

# make_rootfs DIR: a root file system of one static busybox.
make_rootfs() {
  local name
  mkdir -p "$1"/{bin,etc,proc,sys,dev,tmp,run,root,usr/bin}
  cp "$BUSYBOX" "$1/bin/busybox"
  for name in $("$BUSYBOX" --list); do [ "$name" = busybox ] || ln -s busybox "$1/bin/$name" 2>/dev/null; done
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'user:x:1000:1000:user:/home/user:/bin/sh' >"$1/etc/passwd"
  printf '%s\n' 'root:x:0:' 'user:x:1000:' >"$1/etc/group"
}

# One tree for all cases; copied where a case changes it.
shared_rootfs() {
  local shared=/var/tmp/berth-rootfs
  if [ ! -e "$shared/.done" ]; then
    rm -rf "$shared.new"; make_rootfs "$shared.new"; touch "$shared.new/.done"
    mv -T "$shared.new" "$shared" 2>/dev/null || rm -rf "$shared.new"
  fi
  echo "$shared"
}

# bundle DIR [COMMAND...]: a bundle that runs the command (default: sleep for long) without a terminal.
bundle() {
  local dir=$1 word words=; shift
  [ $# -gt 0 ] || set -- sleep 1000
  [ -n "$template" ] || make_template || return
  for word; do
    word=${word//\\/\\\\} word=${word//\"/\\\"} word=${word//$'\n'/\\n} word=${word//$'\t'/\\t}
    words+=${words:+,}$'\n      "'$word\"
  done
  [ -d "$dir" ] || mkdir -p "$dir"
  [ ! -e "$dir/config.json" ] && [ ! -L "$dir/config.json" ] || rm -f "$dir/config.json"
  # What takes more than these to write is jq's.
  case $words in
    *[!$'\n'\ -~]*) printf '%s%s%s\n' "${template%%@*}" '"args": []' "${template#*@}" >"$dir/config.json" && edit "$dir" '.process.args = $ARGS.positional' --args -- "$@";;
    *) printf '%s"args": [%s\n    ]%s\n' "${template%%@*}" "$words" "${template#*@}" >"$dir/config.json";;
  esac
}
# The config.json of all of them, with @ for the arguments: made once, as jq alone takes longer to start than a container. A case is a subshell, so check() sees to it.
template=
make_template() {
  local dir
  dir=$(mktemp -d /var/tmp/berth-test.XXXXXX) && "$BERTH" spec -b "$dir" &&
    edit "$dir" '.process.terminal = false | .process.args = "@" | .root.path = $root' --arg root "$(shared_rootfs)" && template=$(<"$dir/config.json")
  rm -rf "$dir"
  template=${template/'"args": "@"'/@}
  [[ $template =~ ^[^@]+@[^@]+$ ]] || { template=; return 1; }
}
# own_rootfs DIR: the bundle gets a root file system that the case may change.
own_rootfs() { cp -a "$(shared_rootfs)" "$1/rootfs"; edit "$1" '.root.path = "rootfs"'; }
# edit DIR FILTER [JQ-OPTION...]: changes the bundle's config.json.
edit() {
  local dir=$1 filter=$2; shift 2
  jq "$filter" "$@" <"$dir/config.json" >"$dir/config.json.new" || return
  mv "$dir/config.json.new" "$dir/config.json"
}

fail() { echo "$*" >&2; exit 1; }
# status EXPECTED COMMAND...: the exit status must be that; output goes to $WORK/out and $WORK/err.
status() {
  local expected=$1 got=0; shift
  "$@" >"$WORK/out" 2>"$WORK/err" || got=$?
  [ "$got" = "$expected" ] || fail "exit status $got, not $expected: $*
$(head -c 2000 "$WORK/out" "$WORK/err")"
}
# says TEXT: stderr of the last status has that text; prints TEXT: stdout has.
says() { grep -qF -- "$1" "$WORK/err" || fail "stderr lacks «$1»: $(head -c 2000 "$WORK/err")"; }
prints() { grep -qF -- "$1" "$WORK/out" || fail "stdout lacks «$1»: $(head -c 2000 "$WORK/out")"; }
equal() { [ "$1" = "$2" ] || fail "«$1» is not «$2»${3:+ ($3)}"; }
matches() { [[ $1 =~ $2 ]] || fail "«$1» does not match «$2»"; }
# on_terminal COMMAND [INPUT]: what the command, a shell's, says on a terminal, where the file INPUT is typed. script(1) sends its end of input while it is still read by lines;
# once it is raw the kernel hands that over as a NUL, which the container's terminal then shows somewhere in between.
on_terminal() {
  timeout -k 1 60 script -qec "$1" /dev/null <"${2:-/dev/null}" | sed 's/\^@//g; s/[\r\x00\x04]//g'
  return "${PIPESTATUS[0]}"
}
# until_true SECONDS COMMAND...: repeats it until it succeeds; PATIENCE times as long on a slow machine.
until_true() {
  local end=$(($(date +%s%N) / 1000000 + $1 * 1000 * ${PATIENCE:-1})); shift
  until "$@" >/dev/null 2>&1; do
    [ $(($(date +%s%N) / 1000000)) -lt $end ] || fail "did not come true in time: $*"
    sleep .02
  done
}
# True once a process has a namespace of its own: other_namespace PID FILE.
other_namespace() { [ "$(readlink "/proc/$1/ns/$2")" != "$(readlink "/proc/self/ns/$2")" ]; }
# Since Linux 6.15 a pidfd tells how a process ended to others than its parent.
kernel_tells_exits() { case $(uname -r) in [0-5].*|6.[0-9].*|6.1[0-4].*) return 1;; esac; }
state_of() { "$BERTH" state "$1" | jq -r .status; }
pid_of() { "$BERTH" state "$1" | jq -r .pid; }
unit_property() { systemctl show -p "$2" --value "$1"; }
wait_status() { until_true 10 is_status "$1" "$2"; }
is_status() { [ "$(state_of "$1")" = "$2" ]; }

# anchors_outside ID: how many there are, of this container's, that are not in its cgroup.
anchors_outside() {
  local comm name n=0
  for comm in /proc/[0-9]*/comm; do
    { read -r name <"$comm"; } 2>/dev/null && [ "$name" = berth-anchor ] || continue
    grep -q "/berth-$1.scope$" "${comm%comm}cgroup" || n=$((n + 1))
  done
  echo $n
}

# processes_named PATTERN: one line for each whose name is like that; without a program for each, which takes an emulated machine long.
processes_named() {
  local comm name
  for comm in /proc/[0-9]*/comm; do
    # shellcheck disable=SC2254
    { read -r name <"$comm"; } 2>/dev/null && case $name in $1) echo "process $name";; esac
  done
}
# What a container could leave: units, cgroups, mounts, processes, state.
snapshot() {
  {
    systemctl list-units --all --no-legend --plain |
      awk '$1 ~ /^berth.*\.(scope|slice)$/ && $1 != "berth.slice" {print "unit", $1, $3} $3 == "failed" {print "failed", $1}'
    awk '!/ \/run\/credentials| \/proc\/sys\/fs\/binfmt_misc/ {print "mount", $4, $5}' /proc/self/mountinfo
    find /sys/fs/cgroup/berth.slice /run/berth -mindepth 1 \( -type d -printf 'directory %p\n' -o -path '/run/*' -printf 'state %p\n' \)
    processes_named 'berth*'
  } 2>/dev/null | sort >"$1"
}
# nothing_left BEFORE: waits until the machine is as it was; what systemd collects by itself may take a moment.
nothing_left() {
  local end=$(($(date +%s) + 10))
  while :; do
    snapshot "$WORK/after"
    cmp -s "$1" "$WORK/after" && return 0
    [ "$(date +%s)" -lt $end ] || break
    sleep .05
  done
  echo "left behind:" >&2
  diff "$1" "$WORK/after" >&2
  return 1
}

# clean_up: after a case that failed, so that the next one starts clean.
clean_up() { for id in $("$BERTH" list -q 2>/dev/null); do "$BERTH" delete --force "$id" 2>/dev/null; done; }

# took SINCE: prints how long a case took that one would notice; SINCE is an earlier $EPOCHREALTIME.
took() {
  local msec=$(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 1000))
  [ $msec -lt 2000 ] || echo "# $((msec / 1000)).$((msec / 100 % 10)) s"
}

check() {
  local name=$1 got=0 since=$EPOCHREALTIME; shift
  # shellcheck disable=SC2254
  case $name in ${ONLY:-*}) ;; *) return 0;; esac
  [ -n "$template" ] || make_template
  WORK=$(mktemp -d /var/tmp/berth-test.XXXXXX); export WORK
  # As the case before has left it: what came since then would be somebody's, too.
  if [ -n "$clean" ]; then printf %s "${machine[@]}" >"$WORK/before"; else snapshot "$WORK/before"; fi
  clean=
  # Not before "||", where bash forgets about set -e.
  ( set -e; cd "$WORK"; "$@" ) >"$WORK/log" 2>&1 </dev/null
  got=$?
  if [ $got = 77 ]; then
    echo "skip $suite $name: $(tail -1 "$WORK/log")"; skipped=$((skipped + 1))
  elif [ $got = 0 ] && nothing_left "$WORK/before" >>"$WORK/log" 2>&1; then
    echo "ok $suite $name"; passed=$((passed + 1))
    mapfile machine <"$WORK/after" && clean=1
    if [ -n "${VERBOSE:-}" ]; then sed 's/^/  | /' "$WORK/log"; else grep '^# ' "$WORK/log" || :; fi
  else
    echo "not ok $suite $name"; sed 's/^/  | /' "$WORK/log" | tail -40; failed=$((failed + 1))
    clean_up >/dev/null 2>&1 </dev/null
  fi
  rm -rf "$WORK"
  took "$since"
}
# skip WHY: ends a case that cannot run here; counted, and a failure where everything must work.
skip() { [ -z "${BERTH_MUST_WORK:-}" ] || fail "cannot run here, and must: $*"; echo "$*"; exit 77; }

finish() { echo "# $suite: $passed passed, $failed failed, $skipped skipped"; [ $failed = 0 ]; }
