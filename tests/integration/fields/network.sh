# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# linux.netDevices: interfaces of the host that move into the container. They are one end of a pair, of which the other end tells what became of it.

pair() {
  ip link add outer0 type veth peer name outer1 || return
  ip link set outer0 mtu 1400
  ip address add 10.9.0.1/24 broadcast 10.9.0.255 dev outer0; ip address add 10.9.0.2/32 dev outer0
  ip address add fd00:9::1/64 dev outer0 nodad
  ip link set outer0 up; ip link set outer1 up
}
unpair() { ip link delete outer1 2>/dev/null || :; }
on_host() { ip -o address show dev outer0 scope global | awk '{print $4}' | sort | tr '\n' ' '; }
show='ip -o link show dev $d | sed "s/.*<\(.*\)>.* mtu \([0-9]*\) .*/\1 \2/"; ip -o addr show dev $d scope global | while read -r _ _ _ a _; do echo $a; done | sort'

moves() { # MODE FILTER NAME
  pair
  prepare "$1" "$2" "d=$3; $show; ls /sys/class/net"
  status 0 "$BERTH" run -b "$place/$1" fields
  grep -q UP out; prints 1400; prints 10.9.0.1/24; prints 10.9.0.2; prints fd00:9::1/64; prints "$3"; prints lo
  equal "$(ls -d /sys/class/net/outer0 /sys/class/net/berth* 2>/dev/null)" ''
  unpair
}
for mode in root user; do
  hosts "$mode: netDevices moves with addresses" moves $mode '.linux.netDevices = {outer0: {}}' outer0
  hosts "$mode: netDevices rename" moves $mode '.linux.netDevices = {outer0: {name: "eth0"}}' eth0
  hosts "$mode: netDevices name template" moves $mode '.linux.netDevices = {outer0: {name: "eth%d"}}' eth0
done
several() {
  pair
  prepare root '.linux.netDevices = {outer0: {name: "a"}, outer1: {name: "outer0"}}' 'ls /sys/class/net | tr "\n" " "'
  status 0 "$BERTH" run -b "$place/root" fields; prints 'a lo outer0 '
  unpair
}
hosts 'root: netDevices several, names exchanged' several
# Whatever fails, the interface is where and what it was.
comes_back() { # FILTER MESSAGE
  pair; local before; before=$(on_host)
  prepare root "$1" true
  [ -z "${3:-}" ] || edit "$place/root" ".process.args = [\"$3\"]"
  status 1 "$BERTH" run -b "$place/root" fields; says "$2"
  equal "$(on_host)" "$before" "addresses"
  ip -o link show dev outer0 | grep -q '[<,]UP[,>].* mtu 1400 ' || fail "$(ip link show dev outer0)"
  unpair
}
hosts 'root: netDevices name that is taken' comes_back '.linux.netDevices = {outer0: {name: "lo"}}' 'linux.netDevices["outer0"]'
hosts 'root: netDevices second one missing' comes_back '.linux.netDevices = {outer0: {name: "eth0"}, xyz: {}}' 'linux.netDevices["xyz"]'
hosts 'root: netDevices and a failure later on' comes_back '.linux.netDevices = {outer0: {name: "eth0"}}' 'executable file not found' nosuch
hosts 'root: netDevices and a hook that fails' comes_back '.linux.netDevices = {outer0: {name: "eth0"}} | .hooks.createRuntime = [{path: "/bin/false"}]' 'createRuntime hook #0'
root 'netDevices missing' '.linux.netDevices = {nosuch: {}}' true 'linux.netDevices\["nosuch"\].*\[1\]'
root 'netDevices without a network namespace' '.linux.netDevices = {lo: {}} | without("network")' true 'linux.netDevices.*\[1\]'
root 'netDevices with a name that is none' '.linux.netDevices = {outer0: {name: "a/b"}}' true 'linux.netDevices.*\[1\]'
before_hooks() {
  pair
  OUTPUT=$PWD/hook.out; export OUTPUT
  prepare root '.linux.netDevices = {outer0: {name: "eth0"}} | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "nsenter -t $(jq .pid) -n ip link show dev eth0 >" + env.OUTPUT], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' true
  status 0 "$BERTH" run -b "$place/root" fields; grep -q eth0 hook.out
  unpair
}
hosts 'root: netDevices are there before the hooks' before_hooks
