#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# parts.sh softphone|lean: builds the program where libraries are absent, and sees that it is less
# by their parts alone, says so, and links nothing of theirs.
set -euo pipefail

die() {
    echo "$1" >&2
    exit 1
}

# Every package that CMake may name is one that the project installs; but for libbcg729, which is off unless
# asked for, since it is GPL-3.
for package in $(grep -oE '^ut_library.* PACKAGE [a-z0-9.-]+' "$UT_SOURCE/src/parts.cmake" | sed 's,.* ,,') libjs-dygraphs; do
    [ "$package" != libbcg729-dev ] || continue
    grep -qxF "$package" "$UT_SOURCE/tools/packages.build" "$UT_SOURCE/tools/packages.test" || die "no list has $package"
done

case $1 in
softphone) # What a person needs who replays and listens.
    absent="re;wslay;openssl;sqlite3;jansson;gmime;dygraphs;curl;nats;cmocka"
    strange='libre[.]|libwslay|libssl|libcrypto|libsqlite3|libjansson|libgmime|libcurl|libnats' ;;
lean) # A server without a bus and without webhooks.
    absent="nats;curl;portaudio;cmocka"
    strange='libcurl|libnats|libportaudio' ;;
esac
# Fast to build is enough.
cmake -S "$UT_SOURCE" -B build -G Ninja -DCMAKE_C_FLAGS_RELEASE=-O1 "-DUT_ABSENT=$absent" >log 2>&1 || { cat log; exit 1; }
grep -q "No tests, benchmarks and tools: apt-get install libcmocka-dev" log || die "nobody said that there are no tests"
cmake --build build >>log 2>&1 || { tail -40 log; exit 1; }
program=build/undertone
"$program" --version >version
# What the program itself links: a library may bring others of its own.
if readelf -d "$program" | grep NEEDED | grep -E "$strange"; then
    die "it links what it should do without"
fi
"$program" replay --json "$UT_SOURCE/samples/escalating-en.wav" >events
grep -q '"action":"raised"' events || die "no alert"

case $1 in
softphone)
    "$program" devices --help >/dev/null
    grep -qx 'built in: amr listen' version || die "$(cat version)"
    grep -q '^left out: serve (.*libsqlite3-dev' version || die "$(cat version)"
    for command in serve token erase check repair import report words; do
        status=0
        "$program" "$command" 2>said || status=$?
        { [ "$status" = 2 ] && grep -q "'$command' was left out of this build: lib" said; } || die "$command: $(cat said)"
    done ;;
lean)
    for part in "webhook (libcurl4-openssl-dev)" "nats (libnats-dev)" "listen (portaudio19-dev)"; do
        grep -qxF "left out: $part" version || die "$(cat version)"
    done
    "$program" serve --help >help
    grep -q -- '--syslog URL' help || die "no syslog"
    if grep -E -- '--(nats|webhook)' help; then
        die "it offers what it has not"
    fi ;;
esac

# Asked for by name, an absent library is an error that names its package.
if cmake -S "$UT_SOURCE" -B asked "-DUT_ABSENT=nats" -DUT_WITH_NATS=ON >log 2>&1; then
    die "UT_WITH_NATS=ON without libnats"
fi
grep -q "UT_WITH_NATS is ON: apt-get install libnats-dev" log || die "$(tail -5 log)"
echo "the program does without $absent"
