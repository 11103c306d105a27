#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# debian.sh: builds the packages, has lintian read them, installs an older version into a fresh Debian, upgrades it under
# a record and a changed configuration, uses it, boots it under systemd, and purges it: nothing is left. Wants root, the network and some minutes.
set -euo pipefail

skip() { echo "skipped: $1" && exit 77; }
die() { echo "$1" >&2 && exit 1; }
[ "$(id -u)" = 0 ] || skip "it wants root"
for tool in debootstrap dh dh_python3 lintian systemd-analyze; do
    command -v "$tool" >/dev/null || skip "apt-get install debhelper debootstrap dh-python lintian systemd"
done
mirror=$(sed -nE 's,^(URIs:|deb) (https?://[^ ]*/debian)/?( .*)?$,\2,p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 || true)
mirror=${mirror:-http://deb.debian.org/debian}
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

"$UT_SOURCE/tools/package" --out "$PWD/new" >built 2>&1 || { tail -30 built && die "tools/package"; }
rm new/*dbgsym*
version=$(dpkg-deb -f new/undertone_*.deb Version)

# The same as an older version, so that there is something to upgrade.
mkdir old
for deb in new/*.deb; do
    dpkg-deb -R "$deb" unpacked
    sed -i "s/\b$version\b/$version~old/" unpacked/DEBIAN/control
    dpkg-deb -b --root-owner-group unpacked old >/dev/null
    rm -r unpacked
done

root=$PWD/root
clean() {
    [ -z "${daemon-}" ] || kill "$daemon" 2>/dev/null || true
    umount "$root/proc" 2>/dev/null || true
    rm -rf "$root" "$root.booted"
}
trap clean EXIT
debootstrap --variant=minbase --include=systemd,systemd-sysv,iproute2 "$suite" "$root" "$mirror" >log 2>&1 || skip "debootstrap cannot fetch $suite from $mirror"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # Starts no service in here.
chmod 755 "$root/usr/sbin/policy-rc.d"
in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
cp -r old new "$root/tmp/"
all="undertone libundertone0 libundertone-dev python3-undertone"

# What they lean on comes first, and stays: what is counted is theirs alone.
needs=$(in_root sh -c 'cd /tmp/new && apt-get update >/dev/null && apt-get install -s --no-install-recommends ./*.deb' |
    sed -nE 's/^Inst ([^ ]+).*/\1/p' | grep -vxE 'undertone|libundertone.*|python3-undertone')
in_root apt-get install -y --no-install-recommends $needs >>log 2>&1 || { tail -20 log && die "what they depend on"; }
listing() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/dpkg \
        -o -path ./var/lib/apt -o -path ./root -o -path './etc/*-' -o -name ld.so.cache -o -name __pycache__ \) -prune -o -print | sort)
    sort "$root/etc/passwd" "$root/etc/group"
}
listing >before

install_from() {
    in_root sh -c "cd /tmp/$1 && dpkg -i --force-confold *.deb" >>log 2>&1 || { tail -20 log && die "dpkg -i from $1"; }
}
install_from old
conf=$root/etc/undertone/undertone.conf
[ "$(in_root stat -c '%a %U:%G' /etc/undertone/undertone.conf)" = "640 root:undertone" ] || die "$(ls -l "$conf")"
[ "$(in_root stat -c '%a %U:%G' /var/lib/undertone)" = "700 undertone:undertone" ] || die "$(ls -ld "$root/var/lib/undertone")"
in_root undertone --version | grep -q "^undertone $version$"
in_root undertone serve --config /etc/undertone/undertone.conf --check-config

# As the unit starts it: its user, its configuration; the port alone is another, since this machine may have it.
serve() {
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    chroot --userspec=undertone:undertone "$root" /usr/bin/undertone serve --config /etc/undertone/undertone.conf \
        --http "127.0.0.1:$port" 2>served &
    daemon=$!
    "$UT_SOURCE/tests/install/wait-ready" "$port" || { cat served && die "it does not get ready"; }
    kill "$daemon"
    wait "$daemon" || die "$(cat served)"
    daemon=
}
serve
in_root undertone token add ana --role admin --data /var/lib/undertone >/dev/null
echo "max-calls = 7" >>"$conf"

install_from new
[ "$(in_root dpkg-query -W -f '${Version}' undertone)" = "$version" ]
grep -qx "max-calls = 7" "$conf" || die "the upgrade has taken the configuration away"
[ "$(in_root stat -c '%a %U:%G' /etc/undertone/undertone.conf)" = "640 root:undertone" ] || die "$(ls -l "$conf")"
in_root undertone token list --data /var/lib/undertone | grep -q ana || die "the upgrade has taken the record away"
chroot --userspec=undertone:undertone "$root" undertone check --data /var/lib/undertone
serve
in_root python3 - <<'END' || die "python3-undertone does not work"
import undertone
call = undertone.Call(caller_rate_hz=8000, agent_rate_hz=8000)
events = [*call.push_interleaved(bytes(4 * 24000), channels=2), *call.end()]
assert undertone.__file__.startswith("/usr/lib/python3/dist-packages/") and events[-1]["type"] == "summary", events[-1:]
END
for page in undertone.1 undertone-serve.1 undertone.conf.5; do
    find "$root/usr/share/man" -name "$page.gz" | grep -q . || die "no page $page"
done
in_root bash -n /usr/share/bash-completion/completions/undertone
systemd-analyze security --offline=true --threshold=20 --root="$root" undertone.service >exposure 2>&1 || { tail -3 exposure && die "systemd-analyze security"; }
tail -1 exposure
systemd-analyze security --offline=true --threshold=20 --root="$root" undertone-report.service >exposure 2>&1 || { tail -3 exposure && die "systemd-analyze security"; }
. "$UT_SOURCE/tests/install/booted.sh"

in_root apt-get purge -y $all >>log 2>&1 || { tail -20 log && die "purge"; }
listing >after
diff before after || die "purge has left something"
echo "installed, upgraded from $version~old to $version, purged"
