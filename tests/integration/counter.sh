# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For tests of checkpoints: a container that counts.

# shellcheck disable=SC2016
count='i=0; while :; do i=$((i+1)); echo $i >>/tmp/count; sleep .03; done'
# counter DIR: a bundle that writes 1, 2, 3, ... to its /tmp/count; the number is in its memory alone.
counter() {
  bundle "$1" sh -c "$count"; own_rootfs "$1"; edit "$1" '.root.readonly = false'; chmod 1777 "$1/rootfs/tmp"
}
start() { "$BERTH" run -d -b "$1" c1 </dev/null >/dev/null 2>&1; until_true 5 test -s "$1/rootfs/tmp/count"; }
last() { tail -1 "$1/rootfs/tmp/count"; }
grows() { local n; n=$(last "$1"); until_true 5 eval "[ \"\$(last $1)\" -gt $((n + 2)) ]"; }
# No number twice, none left out.
whole() { seq "$(last "$1")" | head -n -1 >expected; head -n "$(wc -l <expected)" "$1/rootfs/tmp/count" | cmp - expected; }
restored() { "$BERTH" restore -d -b "$1" "${@:2}" c1 </dev/null >out 2>err || fail "$(cat err)"; }
gone() { "$BERTH" delete --force c1; }
