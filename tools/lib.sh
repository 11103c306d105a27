# SPDX-License-Identifier: MIT
# Sourced by the scripts of this folder: messages, privileges, packages.

say() { printf '==> %s\n' "$*"; }

# die MESSAGE REMEDY: stops with both.
die() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    printf '%s: remedy: %s\n' "${0##*/}" "$2" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "installing packages needs root, and there is no sudo" "run as root: $0"
    fi
}

# The packages of the given lists that are not installed yet, one a line.
missing_packages() {
    cat "$@" | sed -e 's/#.*//' -e 's/[[:space:]]//g' | sort -u | while read -r package; do
        [ -n "$package" ] || continue
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$package"
    done
}

# install_packages LIST...: installs what is missing of these lists; does nothing when nothing is.
install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        die "this is not a Debian system: apt-get was not found" \
            "install by hand what $* list, then build: cmake -B build && cmake --build build"
    fi
    local missing
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        say "packages: everything needed is installed"
        return
    fi
    say "packages: installing" $missing
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q ||
        die "apt-get update failed" "check the network and /etc/apt/sources.list, then run $0 again"
    # shellcheck disable=SC2086 # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing ||
        die "apt-get install failed" "read its message above, mend it (dpkg --configure -a, free space), then run $0 again"
}
