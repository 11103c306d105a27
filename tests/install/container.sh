#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# container.sh: builds the image of tools/packaging/Containerfile, package and all, and starts it as its file says, with
# another port. Its base is made by debootstrap, for a registry may be out of reach. Wants root, buildah and some minutes.
set -euo pipefail

skip() { echo "skipped: $1" && exit 77; }
die() { echo "$1" >&2 && exit 1; }
[ "$(id -u)" = 0 ] || skip "it wants root"
for tool in buildah debootstrap; do
    command -v "$tool" >/dev/null || skip "apt-get install buildah debootstrap"
done
mirror=$(sed -nE 's,^(URIs:|deb) (https?://[^ ]*/debian)/?( .*)?$,\2,p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 || true)

# All of it in here; a chroot where the machine lets nobody make namespaces.
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
b() { buildah --root "$PWD/images" --runroot "$PWD/run" "$@"; }
clean() {
    [ -z "${daemon-}" ] || kill -- -"$daemon" 2>/dev/null || true
    b rm --all >/dev/null 2>&1 || true
    rm -rf images run tree
}
trap clean EXIT

base=$(b from scratch)
tree=$(b mount "$base")
debootstrap --variant=minbase bookworm "$tree" "${mirror:-http://deb.debian.org/debian}" >log 2>&1 || skip "debootstrap cannot fetch bookworm"
b umount "$base" >/dev/null
b commit -q "$base" docker.io/library/debian:12 >/dev/null
b tag docker.io/library/debian:12 docker.io/library/debian:12-slim
b rm "$base" >/dev/null

mkdir tree # Without what is built beside it.
(cd "$UT_SOURCE" && tar -c --exclude='./build*' --exclude=./.git .) | tar -x -C tree
b bud --pull-never -f tree/tools/packaging/Containerfile -t undertone tree >>log 2>&1 || { tail -30 log && die "the image does not build"; }
image=$(b inspect --type image undertone)
grep -q '"User": "undertone"' <<<"$image" || die "the image runs as root"
entry=$(python3 -c 'import json, sys; print(*json.load(sys.stdin)["OCIv1"]["config"]["Entrypoint"])' <<<"$image")
made=$(b from --pull-never undertone)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
set -m # A group of its own: buildah and what it runs end together.
b run "$made" -- $entry --http "127.0.0.1:$port" >served 2>&1 &
daemon=$!
set +m
"$UT_SOURCE/tests/install/wait-ready" "$port" || { cat served && die "it does not get ready"; }
grep -q "/#key=" served || { cat served && die "no link for the first administrator"; }
b run "$made" -- stat -c '%U %a' /var/lib/undertone/undertone.db | grep -qx 'undertone 600' || die "the record is not its user's alone"
echo "built $(b images --format '{{.Size}}' undertone | head -1), ready as undertone"
