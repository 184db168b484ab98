# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For attacks on the host: each test bears the number of the weakness that some runtime had, sets up what its attacker did, and looks at the host.
# Races last for $BERTH_RACE_SECONDS (3) each.

. "$(dirname "$0")/../lib.sh"
: "${BERTH_RACE_SECONDS:=3}"

# What an attacker would be after: a directory of the host with a file that says so, and everything said about both.
victim() {
  mkdir -p victim/directory; echo untouched >victim/file; : >victim/empty; chmod 700 victim/directory; chmod 600 victim/file
  VICTIM=$PWD/victim; export VICTIM
  described >described.before
}
described() {
  find victim -printf '%p %y %m %U:%G %s %l\n' | sort
  cat victim/file
  awk '{print $5}' /proc/self/mountinfo | grep "^$VICTIM" || :
  cat /proc/sys/kernel/core_pattern /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/domainname
  stat -c '%n %a %u:%g %t:%T' /dev/null /dev/zero /dev/tty
}
untouched() { described >described.after; diff described.before described.after || fail "the host is not what it was"; }

# attacked COMMAND...: a bundle in b with a root of its own (attacked or confined are both fine, but nothing else is).
attacked() { bundle b "$@"; own_rootfs b; edit b '.root.readonly = false'; ROOT=b/rootfs; }
no_mount_on_of() { edit "$1" 'del(.mounts[] | select(.destination | startswith($d)))' --arg d "$2"; }
no_mount_on() { no_mount_on_of b "$1"; }
# /dev is a volume of the attacker's: nothing is made in it, and what berth finds there is what he has left. Standard streams need none of it.
attackers_dev() {
  rm -rf dev; mkdir -p dev/pts dev/shm dev/mqueue; no_mount_on /dev
  edit b '.mounts += [{destination: "/dev", type: "bind", source: (env.PWD + "/dev"), options: ["bind"]}] | del(.linux.maskedPaths)'
}
# confined COMMAND-OF-BERTH...: whether it works or is refused is all the same; it must end, and the host must be untouched.
confined() {
  local got=0
  timeout 20 "$BERTH" "$@" >out 2>err </dev/null || got=$?
  [ $got != 124 ] || fail "it hangs: $*"
  untouched
  return 0
}
refused() {
  local got=0
  timeout 20 "$BERTH" "$@" >out 2>err </dev/null || got=$?
  [ $got != 0 ] || fail "was not refused: $* $(cat out err)"
  untouched
}
# Where names are exchanged in a microsecond, which is what wins a race.
fast_ground() {
  GROUND=$(mktemp -d /tmp/berth-race.XXXXXX)
  trap 'no_exchange; cd /; rm -rf "$GROUND"' EXIT
  cd "$GROUND"
}
RACER=
# exchange A B: another process swaps both names as fast as it can until the end of the time.
exchange() { "$BERTH_BUILD/tests/probe" exchange "$1" "$2" & RACER=$!; }
no_exchange() { [ -z "$RACER" ] || { kill -9 $RACER 2>/dev/null || :; wait $RACER 2>/dev/null || :; }; RACER=; }
# for_a_while FUNCTION: again and again as long as the race lasts; says how often, and how often the container came to run (out has something). A
# failure ends the race and the test.
for_a_while() {
  local end tries=0 works=0
  end=$(($(date +%s) + BERTH_RACE_SECONDS))
  while [ "$(date +%s)" -lt $end ]; do
    : >out
    "$@" || { no_exchange; fail "try $tries: $(cat out err)"; }
    [ ! -s out ] || works=$((works + 1))
    tries=$((tries + 1))
  done
  no_exchange
  echo "# $tries tries, $works of them came to run"
}
host_files() { sha256sum "$BERTH" "$BERTH_BUILD/src/init/berth-init"; stat -c '%n %a %u:%g %Y' "$BERTH" "$BERTH_BUILD/src/init/berth-init"; }
