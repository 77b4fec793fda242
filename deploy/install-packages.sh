#!/usr/bin/env bash
# Installs what building, testing and the demo need and is not there yet: Debian packages only; needs root for those.
# usage: deploy/install-packages.sh PACKAGE...
set -euo pipefail
missing=()
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null || { echo "apt-get is not there (Debian 12 is expected): install ${missing[*]} by hand and run this again." >&2; exit 1; }
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  # A fresh Debian with a root password has no sudo.
  command -v sudo >/dev/null || { echo "Packages are missing and need root. Run this and try again: su -c 'apt-get update && apt-get install --no-install-recommends ${missing[*]}'" >&2; exit 1; }
  sudo=(sudo)
fi
echo "Installing ${missing[*]}"
# Named on apt-get's own command line: sudo drops the environment.
apt() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A source that cannot be reached need not be the one that is asked: installing says whether it was.
apt update >"$log" 2>&1 || true
if ! apt install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "apt-get could not install ${missing[*]}: install them by hand and run this again." >&2
  exit 1
fi
