#!/bin/bash
# Runs a command in an arm64 Debian with Python, emulated by qemu: what a Raspberry Pi user has.
#
#   tests/arm/emulated-debian.sh ROOT COMMAND [ARGUMENT...]
#
# ROOT is made on first use (about 110 MB). Environment: QEMU_CPU (cortex-a53, cortex-a72, ...),
# DEBIAN_SUITE (default bookworm). Nothing on the host changes: binfmt_misc, mounts and processes
# live in namespaces of their own. Needs mmdebstrap, qemu-user-static and Linux >= 6.7, the first
# with one binfmt_misc per user namespace.
set -euo pipefail

root=$1
shift
qemu=$(command -v qemu-aarch64-static) || { echo "qemu-aarch64-static is missing (apt install qemu-user-static)" >&2; exit 69; }

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
  mmdebstrap --quiet --variant=extract --architectures=arm64 \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --include=base-files,dash,coreutils,libstdc++6,python3,python3-venv \
    "$suite" - "${sources[@]}" 2>"$part.log" |
    tar -x --no-same-owner --exclude='./dev/*' -C "$part" || { cat "$part.log" >&2; exit 69; }
  # Two processors. The host's own /sys must not be visible: it describes another architecture.
  mkdir -p "$part/sys/devices/system/cpu" "$part/proc" "$part/dev" "$part/tmp"
  for file in possible present online; do echo 0-1 >"$part/sys/devices/system/cpu/$file"; done
  chmod 755 "$part"
  mv -T "$part" "$root" 2>/dev/null || [ -e "$root/usr/bin/python3" ]  # another run was faster
}

[ -e "$root/usr/bin/python3" ] || (make_root)

# shellcheck disable=SC2016  # expanded by the inner shell
exec unshare --user --map-root-user --mount --pid --fork --kill-child bash -euc '
root=$1 qemu=$2
shift 2
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || {
  echo "no binfmt_misc in a user namespace: Linux 6.7 or later is needed" >&2; exit 69; }
magic="\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
mask="\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
printf "%s" ":edgert-aarch64:M:0:$magic:$mask:$qemu:F" >/proc/sys/fs/binfmt_misc/register
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  ${QEMU_CPU:+QEMU_CPU=$QEMU_CPU} "$@"
' bash "$(realpath "$root")" "$qemu" "$@"
