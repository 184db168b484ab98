# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For tests of berthd: installs it in the nest as a package would, with the build's program.

install_berthd() {
  local policy=/etc/dbus-1/system.d/org.berth1.conf
  cp "$TOP/dbus/org.berth1.conf" "$policy"
  mkdir -p /usr/local/share/dbus-1/system-services /run/systemd/system
  cp "$TOP/dbus/org.berth1.service" /usr/share/dbus-1/system-services/org.berth1.service
  [ ! -d /usr/share/polkit-1/actions ] || cp "$TOP/dbus/org.berth1.policy" /usr/share/polkit-1/actions/
  # The installed unit, but for where the program lies.
  sed "s|^ExecStart=[^ ]*|ExecStart=$BERTH_BUILD/src/daemon/berthd|" "$BERTH_BUILD/units/berthd.service" >/run/systemd/system/berthd.service
  systemctl daemon-reload
  busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig >/dev/null
}
bus_path() { echo "/org/berth1/container/$(printf %s "$1" | sed 's/[^A-Za-z0-9]/_XX/g')"; }
manager() { busctl -- call org.berth1 /org/berth1 org.berth1.Manager "$@"; }
# object ID: its object path.
object() { local reply; reply=$(manager GetContainer s "$1") && reply=${reply#o \"} && echo "${reply%\"}"; }
# method ID METHOD [SIGNATURE ARGUMENT...]
method() { local id=$1; shift; busctl -- call org.berth1 "$(object "$id")" org.berth1.Container "$@"; }
# property ID NAME
property() { busctl get-property org.berth1 "$(object "$1")" org.berth1.Container "$2" | sed 's/^[a-z]* //; s/^"\(.*\)"$/\1/'; }
property_is() { [ "$(property "$1" "$2")" = "$3" ]; }
wait_property() { until_true 10 property_is "$1" "$2" "$3"; }
berthd_pid() { systemctl show -p MainPID --value berthd; }
