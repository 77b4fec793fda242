#!/usr/bin/env bash
# Builds EdgeFace and installs it: /opt/edgeface, /etc/edgeface, the command /usr/local/bin/edgeface and the systemd unit; with --server
# the gallery server in its place, under the name edgeface-server. Both may be on one machine.
# Running it again updates the program and keeps configuration and data. Nothing is started unless --start is given.
# usage: deploy/install.sh [--server] [--root DIR] [--arch arm64|x64] [--built DIR] [--start]
#        deploy/install.sh --uninstall [--server] [--purge] [--root DIR]
#   --server       the gallery server instead of the agent
#   --root DIR     install below DIR instead of / (for an image or a package); no root rights needed
#   --arch ARCH    native libraries to ship; default: this machine's
#   --built DIR    install what was built into DIR elsewhere (dotnet publish) instead of building; needs no SDK
#   --start        enable the service and start it (not with --root)
#   --uninstall    remove the program; configuration and data stay
#   --purge        with --uninstall: remove configuration, gallery and all other data, and the user, as well
set -euo pipefail
# A plain `su` leaves out the folders of administration.
PATH=$PATH:/usr/sbin:/sbin

usage() { sed -n '/^# usage/,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }
fail() { echo "deploy/install.sh: $1" >&2; exit "${2:-1}"; }

root= arch= built= server=false start=false uninstall=false purge=false
while [ $# -gt 0 ]; do
  case "$1" in
    --root) [ $# -ge 2 ] && [ -n "$2" ] || { usage >&2; exit 2; }; mkdir -p "$2"; root=$(cd "$2" && pwd); shift 2 ;;
    --server) server=true; shift ;;
    --built) [ $# -ge 2 ] && [ -d "$2" ] || { echo "deploy/install.sh: --built needs a folder" >&2; exit 2; }; built=$(cd "$2" && pwd); shift 2 ;;
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

if $server; then
  name=edgeface-server project=src/EdgeFace.Server config=server.json example=server.example.json mode=0700
  packages=(libmosquitto1 libturbojpeg0 libpng16-16) framework=Microsoft.AspNetCore.App
else
  name=edgeface project=src/EdgeFace.Agent config=edgeface.json example=edgeface.example.json mode=0750
  packages=(ffmpeg libmosquitto1 libturbojpeg0 libpng16-16) framework=Microsoft.NETCore.App
fi

with_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

if $uninstall; then
  if with_systemd; then systemctl disable --now $name.service 2>/dev/null || true; fi
  rm -rf "$root/opt/$name" "$root/opt/$name.new" "$root/opt/$name.old"
  rm -f "$root/usr/local/bin/$name" "$root/etc/systemd/system/$name.service" "$root/etc/sysusers.d/$name.conf" "$root/etc/tmpfiles.d/$name.conf"
  if with_systemd; then systemctl daemon-reload; fi
  if $purge; then
    rm -rf "$root/etc/$name" "$root/var/lib/$name"
    if [ -z "$root" ] && id $name >/dev/null 2>&1; then userdel $name; fi
    echo "$name is removed, with its configuration and data."
  else
    echo "$name is removed; $root/etc/$name and $root/var/lib/$name stay (--purge removes them)."
  fi
  exit 0
fi

case "${arch:-$(uname -m)}" in
  arm64|aarch64) arch=arm64 ;;
  x64|x86_64) arch=x64 ;;
  *) fail "the architecture '${arch:-$(uname -m)}' is not supported: arm64 or x64" 2 ;;
esac
[ -n "$built" ] && tools=() || tools=(dotnet npm)
for tool in "${tools[@]}"; do
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

program=$root/opt/$name
mkdir -p "$root/opt"
rm -rf "$program.new"
if [ -n "$built" ]; then
  [ -f "$built/$name.dll" ] || fail "$built holds no build of $name: $name.dll is missing" 2
  build=$built
  trap 'rm -rf "$program.new"' EXIT
else
  build=$(as_caller mktemp -d)
  trap 'rm -rf "$program.new" "$build"' EXIT
  echo "Building"
  as_caller dotnet publish $project -c Release -o "$build" -v q -nologo
fi
cp -r --no-preserve=mode,ownership "$build" "$program.new"
# A portable build brings the native libraries of every platform: one of them is enough.
find "$program.new/runtimes" -mindepth 1 -maxdepth 1 ! -name "linux-$arch" -exec rm -rf {} +
rm -f "$program.new"/EdgeFace.*.xml "$program.new/$name.xml"
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
sed "s/NAME/$name/g" <<'W' | install -m 0755 /dev/stdin "$root/usr/local/bin/$name"
#!/bin/sh
# Beside itself first: a staging root runs from where it lies.
here=$(dirname "$(readlink -f "$0")")
exec dotnet "$here/../../../opt/NAME/NAME.dll" "$@"
W
install -m 0644 systemd/$name.service "$root/etc/systemd/system/"
install -m 0644 systemd/sysusers.d/$name.conf "$root/etc/sysusers.d/"
install -m 0644 systemd/tmpfiles.d/$name.conf "$root/etc/tmpfiles.d/"

install -d -m 0750 "$root/etc/$name"
install -m 0644 deploy/$example "$root/etc/$name/"
if [ ! -e "$root/etc/$name/$config" ]; then
  install -m 0640 deploy/$example "$root/etc/$name/$config"
  echo "New configuration: $root/etc/$name/$config; look through it before the first start."
fi

if [ -z "$root" ]; then
  deploy/install-packages.sh "${packages[@]}"
  systemd-sysusers $name.conf
  systemd-tmpfiles --create $name.conf
  # The unit's own folder, already now: people are enrolled and keys made before the first start.
  install -d -m $mode -o $name -g $name /var/lib/$name
  [ -x /usr/bin/dotnet ] || echo "Note: the unit starts /usr/bin/dotnet, which is not there: ln -s $(command -v dotnet) /usr/bin/dotnet"
  dotnet --list-runtimes 2>/dev/null | grep -q "^$framework 10\." || echo "Note: $name needs the runtime $framework 10, which is not there."
  if with_systemd; then
    systemctl daemon-reload
    if $start; then
      systemctl enable $name.service
      systemctl restart $name.service
    elif systemctl is-active -q $name.service; then
      echo "The service still runs the version before: systemctl restart $name"
    fi
  fi
fi
echo "$name for $arch is in $program."
if [ -n "$root" ] || $start; then exit 0; fi
if $server; then
  echo "Next, as root: runuser -u edgeface-server -- edgeface-server key create --role admin --label 'first key'; then systemctl enable --now edgeface-server"
else
  echo "Next, as root: runuser -u edgeface -- edgeface doctor; the same with enroll NAME PICTURE...; then systemctl enable --now edgeface"
fi
