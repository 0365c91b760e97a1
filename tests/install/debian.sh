#!/bin/bash
# Runs a command in a Debian that has Python, g++ and make and nothing else: what a reader has.
#
#   tests/install/debian.sh ROOT COMMAND [ARGUMENT...]
#
# ROOT is made on first use (about 500 MB). Environment: DEBIAN_SUITE (default bookworm); BIND, files
# and folders of this machine to show at the same place, one a line. Mounts and processes live in
# namespaces of their own. Needs mmdebstrap.
set -euo pipefail

root=$1
shift

make_root() {
  command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing (apt install mmdebstrap)" >&2; exit 69; }
  local suite=${DEBIAN_SUITE:-bookworm} sources=() file
  # The machine's own sources where it runs the same suite: it may use a mirror.
  # shellcheck source=/dev/null
  if (. /etc/os-release; [ "${ID:-}:${VERSION_CODENAME:-}" = "debian:$suite" ]); then
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
      [ -s "$file" ] && sources+=("$file")
    done
  fi
  mkdir -p "$(dirname "$root")"
  part=$(mktemp -d "$root.XXXXXX")
  trap 'rm -rf "$part" "$part.log"' EXIT
  # Through tar, so that an unprivileged user owns every file and device nodes are left out.
  mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,g++,make \
    "$suite" - "${sources[@]}" 2>"$part.log" |
    tar -x --no-same-owner --exclude='./dev/*' -C "$part" || { cat "$part.log" >&2; exit 69; }
  mkdir -p "$part/proc" "$part/dev" "$part/tmp"
  chmod 755 "$part"
  mv -T "$part" "$root" 2>/dev/null || [ -e "$root/usr/bin/python3" ]  # another run was faster
}

[ -e "$root/usr/bin/python3" ] || (make_root)

# shellcheck disable=SC2016  # expanded by the inner shell
exec unshare --user --map-root-user --mount --pid --fork --kill-child bash -euc '
root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
while read -r path; do
  [ -e "$path" ] || continue
  if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$(dirname "$root$path")"; touch "$root$path"; fi
  mount --rbind "$path" "$root$path"
done <<<"${BIND:-}"
mapfile -t pip < <(env | grep "^PIP_" || true)
exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${pip[@]}" "$@"
' bash "$(realpath "$root")" "$@"
