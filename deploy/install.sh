#!/usr/bin/env bash
# Builds EdgeFace and installs it: /opt/edgeface, /etc/edgeface, the command /usr/local/bin/edgeface and the systemd unit.
# Running it again updates the program and keeps configuration and data. Nothing is started unless --start is given.
# usage: deploy/install.sh [--root DIR] [--arch arm64|x64] [--start]
#        deploy/install.sh --uninstall [--purge] [--root DIR]
#   --root DIR     install below DIR instead of / (for an image or a package); no root rights needed
#   --arch ARCH    native libraries to ship; default: this machine's
#   --start        enable the service and start it (not with --root)
#   --uninstall    remove the program; configuration and data stay
#   --purge        with --uninstall: remove configuration, gallery and all other data, and the user, as well
set -euo pipefail
# A plain `su` leaves out the folders of administration.
PATH=$PATH:/usr/sbin:/sbin

usage() { sed -n 's/^# \{0,1\}//; 4,10p' "$0"; }
fail() { echo "deploy/install.sh: $1" >&2; exit "${2:-1}"; }

root= arch= start=false uninstall=false purge=false
while [ $# -gt 0 ]; do
  case "$1" in
    --root) [ $# -ge 2 ] && [ -n "$2" ] || { usage >&2; exit 2; }; mkdir -p "$2"; root=$(cd "$2" && pwd); shift 2 ;;
    --arch) [ $# -ge 2 ] || { usage >&2; exit 2; }; arch=$2; shift 2 ;;
    --start) start=true; shift ;;
    --uninstall) uninstall=true; shift ;;
    --purge) purge=true; shift ;;
    -h|--help) usage; exit 0 ;;
    *) echo "deploy/install.sh: '$1' is not known" >&2; usage >&2; exit 2 ;;
  esac
done
[ "$root" != / ] || root=
cd "$(dirname "$0")/.."
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "needs root rights; or name a folder with --root" 2
$start && { [ -z "$root" ] || fail "--start is not for a staging root" 2; }
$purge && { $uninstall || fail "--purge goes with --uninstall" 2; }

with_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

if $uninstall; then
  if with_systemd; then systemctl disable --now edgeface.service 2>/dev/null || true; fi
  rm -rf "$root/opt/edgeface" "$root/opt/edgeface.new" "$root/opt/edgeface.old"
  rm -f "$root/usr/local/bin/edgeface" "$root/etc/systemd/system/edgeface.service" "$root/etc/sysusers.d/edgeface.conf" "$root/etc/tmpfiles.d/edgeface.conf"
  if with_systemd; then systemctl daemon-reload; fi
  if $purge; then
    rm -rf "$root/etc/edgeface" "$root/var/lib/edgeface"
    if [ -z "$root" ] && id edgeface >/dev/null 2>&1; then userdel edgeface; fi
    echo "EdgeFace is removed, with its configuration and data."
  else
    echo "EdgeFace is removed; $root/etc/edgeface and $root/var/lib/edgeface stay (--purge removes them)."
  fi
  exit 0
fi

case "${arch:-$(uname -m)}" in
  arm64|aarch64) arch=arm64 ;;
  x64|x86_64) arch=x64 ;;
  *) fail "the architecture '${arch:-$(uname -m)}' is not supported: arm64 or x64" 2 ;;
esac
for tool in dotnet npm; do
  command -v "$tool" >/dev/null || fail "needs $tool: install the .NET 10 SDK and Node first" 2
done
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

# Under sudo the build runs as whoever called it, so that no file of the checkout becomes root's.
as_caller() {
  if [ "$(id -u)" -eq 0 ] && [ "${SUDO_USER:-root}" != root ]; then
    runuser -u "$SUDO_USER" -- env HOME="$(getent passwd "$SUDO_USER" | cut -d: -f6)" "$@"
  else
    "$@"
  fi
}

program=$root/opt/edgeface
mkdir -p "$root/opt"
rm -rf "$program.new"
build=$(as_caller mktemp -d)
trap 'rm -rf "$program.new" "$build"' EXIT
echo "Building"
as_caller dotnet publish src/EdgeFace.Agent -c Release -o "$build" -v q -nologo
cp -r --no-preserve=mode,ownership "$build" "$program.new"
# A portable build brings the native libraries of every platform: one of them is enough.
find "$program.new/runtimes" -mindepth 1 -maxdepth 1 ! -name "linux-$arch" -exec rm -rf {} +
rm -f "$program.new"/EdgeFace.*.xml "$program.new/edgeface.xml"
for library in libonnxruntime.so.1 libe_sqlite3.so; do
  [ -f "$program.new/runtimes/linux-$arch/native/$library" ] || fail "the build has no $library for $arch"
done
install -m 0644 LICENSE models/LICENSE.faceplugin-face-recognition-js models/LICENSE.yunet "$program.new/"
onnxruntime=src/ThirdParty/EdgeFace.ThirdParty.OnnxRuntime/node_modules/com.github.asus4.onnxruntime
for text in LICENSE ThirdPartyNotices.txt; do
  [ ! -f "$onnxruntime/$text" ] || install -m 0644 "$onnxruntime/$text" "$program.new/onnxruntime.$text"
done
chmod -R u=rwX,go=rX "$program.new"
# Renamed at the end, so that neither a broken build nor a full disk leaves half a program behind.
rm -rf "$program.old"
[ ! -d "$program" ] || mv "$program" "$program.old"
mv "$program.new" "$program"
rm -rf "$program.old"

install -d -m 0755 "$root/usr/local/bin" "$root/etc/systemd/system" "$root/etc/sysusers.d" "$root/etc/tmpfiles.d"
install -m 0755 /dev/stdin "$root/usr/local/bin/edgeface" <<'W'
#!/bin/sh
# Beside itself first: a staging root runs from where it lies.
here=$(dirname "$(readlink -f "$0")")
exec dotnet "$here/../../../opt/edgeface/edgeface.dll" "$@"
W
install -m 0644 systemd/edgeface.service "$root/etc/systemd/system/"
install -m 0644 systemd/sysusers.d/edgeface.conf "$root/etc/sysusers.d/"
install -m 0644 systemd/tmpfiles.d/edgeface.conf "$root/etc/tmpfiles.d/"

install -d -m 0750 "$root/etc/edgeface"
install -m 0644 deploy/edgeface.example.json "$root/etc/edgeface/"
if [ ! -e "$root/etc/edgeface/edgeface.json" ]; then
  install -m 0640 deploy/edgeface.example.json "$root/etc/edgeface/edgeface.json"
  echo "New configuration: $root/etc/edgeface/edgeface.json; name your cameras and broker in it."
fi

if [ -z "$root" ]; then
  deploy/install-packages.sh ffmpeg libmosquitto1 libturbojpeg0 libpng16-16
  systemd-sysusers edgeface.conf
  systemd-tmpfiles --create edgeface.conf
  # The unit's own folder, already now: people can be enrolled before the first start.
  install -d -m 0750 -o edgeface -g edgeface /var/lib/edgeface
  [ -x /usr/bin/dotnet ] || echo "Note: the unit starts /usr/bin/dotnet, which is not there: ln -s $(command -v dotnet) /usr/bin/dotnet"
  if with_systemd; then
    systemctl daemon-reload
    if $start; then
      systemctl enable edgeface.service
      systemctl restart edgeface.service
    elif systemctl is-active -q edgeface.service; then
      echo "The service still runs the version before: systemctl restart edgeface"
    fi
  fi
fi
echo "EdgeFace for $arch is in $program."
if [ -z "$root" ] && ! $start; then echo "Next, as root: runuser -u edgeface -- edgeface doctor; the same with enroll NAME PICTURE...; then systemctl enable --now edgeface"; fi
