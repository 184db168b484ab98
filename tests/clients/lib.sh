# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For tests of container engines over berth: what tests/integration/lib.sh has, and beside it what an engine could leave behind.
#
# Environment: CLIENT_RUNTIME, the runtime that the engine shall use (default: $BERTH); ONLY, a pattern of the cases to run; PATIENCE, how many times
# as long as usual a slow machine may take.

. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
: "${CLIENT_RUNTIME:=$BERTH}"
: "${ONLY:=*}"
: "${PATIENCE:=1}"
shopt -s extglob
suite=clients/$suite

# A directory of the test's own, gone at its end. The nest's root is an overlay, on which there cannot be another one: there it is on a tmpfs.
parent=/var/tmp; [ -z "${BERTH_IN_NEST:-}" ] || parent=/tmp
HOME_OF_TEST=$(mktemp -d $parent/berth-client.XXXXXX); export HOME_OF_TEST

# has_controller NAME...: whether limits of these kinds have a backing here. In the nest of a machine whose controllers are bound to cgroup v1
# there is none; the cases that need one run in the virtual machine.
has_controller() {
  local name
  for name; do grep -qw "$name" /sys/fs/cgroup/cgroup.controllers || return 1; done
}

# The machine, as far as engines touch it; our own scope and what systemd starts by itself left out.
snapshot() {
  {
    systemctl list-units --all --no-legend --plain |
      awk '$1 ~ /\.(scope|slice|timer)$/ && $1 !~ /^(berth|machine|system|user|init|-)\.(slice|scope)$/ && $1 !~ /^(run-|systemd-tmpfiles|session-|user-)/ \
             {print "unit", $1, $3}
           $3 == "failed" && $1 ~ /libpod|docker|containerd|berth/ {print "failed", $1}'
    awk '$5 !~ /^\/run\/(credentials|user)|^\/proc\/sys\/fs\/binfmt_misc/ {print "mount", $5}' /proc/self/mountinfo
    find /sys/fs/cgroup/{berth,machine}.slice /run/berth -mindepth 1 \( -type d -printf 'directory %p\n' -o -path '/run/*' -printf 'state %p\n' \)
    processes_named '@(berth*|conmon|catatonit)'
  } 2>/dev/null | sort >"$1"
}

# cases NAME...: each is a function here; ONLY chooses.
cases() {
  local name
  for name; do
    # shellcheck disable=SC2254
    case $name in $ONLY) check "$name" one_case "$name";; esac
  done
}
one_case() { watched; "$1"; clean_up; }
# A case that hangs must not take the others along: its children are ended, then itself. Gone when the case is.
watched() {
  local me=$BASHPID
  setpriv --pdeathsig KILL bash -c 'for _ in $(seq "$2"); do sleep 1; [ -d "/proc/$1" ] || exit 0; done
    echo "the case takes too long:"; ps -o pid,args --ppid "$1"; pkill -TERM -P "$1"; sleep 1; kill "$1"' watched "$me" "$((90 * PATIENCE))" >&2 &
}

# docker_archive FILE: an image named busybox as `docker save` writes it, of the tree that bundles use too.
docker_archive() {
  local directory digest
  directory=$(mktemp -d "$HOME_OF_TEST/image.XXXXXX")
  tar -C "$(shared_rootfs)" -cf "$directory/layer.tar" .
  digest=$(sha256sum "$directory/layer.tar" | cut -d' ' -f1)
  jq -n --arg layer "sha256:$digest" '{architecture: "amd64", os: "linux", config: {Env: ["PATH=/usr/bin:/bin"], Cmd: ["sh"]},
    rootfs: {type: "layers", diff_ids: [$layer]}, history: [{created_by: "berth"}]}' >"$directory/config.json"
  echo '[{"Config": "config.json", "RepoTags": ["docker.io/library/busybox:latest"], "Layers": ["layer.tar"]}]' >"$directory/manifest.json"
  tar -C "$directory" -cf "$1" manifest.json config.json layer.tar
  rm -rf "$directory"
}
# stop_process PID: ends a process that this test started, and waits for it.
stop_process() { kill "$1" 2>/dev/null; wait "$1" 2>/dev/null || :; }
