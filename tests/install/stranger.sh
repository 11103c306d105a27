#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# stranger.sh: installs the library, static and then shared, each into a folder that moves, and builds a stranger's
# project against it with CMake and with pkg-config.
set -euo pipefail

# quietly COMMAND...: shows the log where it fails.
quietly() { "$@" >>log 2>&1 || { cat log; exit 1; }; }

# Both link the same objects.
install_library() {
    quietly cmake -S "$UT_SOURCE" -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DUT_WITH_PROGRAM=OFF \
        -DBUILD_SHARED_LIBS="$([ "$1" = shared ] && echo ON || echo OFF)"
    quietly cmake --build build
    quietly cmake --install build --prefix "$PWD/$1-first"
    mv "$1-first" "$1"
}

check_content() {
    # Nothing but the library: no test, no internal header.
    [ "$(cd "$prefix/include" && find . -name '*.h' | sort)" = "$(cd "$UT_SOURCE/include" && find . -name '*.h' | sort)" ]
    [ ! -e "$prefix/bin" ]

    # The library knows no thread, file, socket or clock: it does not even name their functions.
    if nm --undefined-only "$(find "$prefix" -name 'libundertone.*' -type f | head -1)" 2>/dev/null |
        grep -E ' (pthread_|thrd_|mtx_|f?open|fopen|fread|fwrite|read|write|printf|fprintf|puts|socket|connect|send|recv|time|clock|gettimeofday|nanosleep|sleep|getenv|exit|abort|signal)(@|$)'; then
        echo "the library calls what it may not" >&2
        exit 1
    fi
}

# A shared one exports what the headers declare and nothing else.
check_exports() {
    grep -hvE '^typedef' "$prefix"/include/undertone/*.h | grep -oE '\but_[a-z0-9_]+\(' | tr -d '(' | sort -u >declared
    nm --dynamic --defined-only "$(find "$prefix" -name 'libundertone.so.*' -type f | head -1)" |
        awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u >exported
    diff declared exported
}

check() { # On 3 s of 16-bit samples.
    head -c 48000 "$UT_SOURCE/samples/calm-en.wav" | "$@" >events
    grep -q '"type":"summary","call":"my-call","duration_s":3.00' events
}

check_strangers() {
    local pc
    quietly cmake -S "$UT_SOURCE/tests/install/stranger" -B "by-cmake-$1" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
    quietly cmake --build "by-cmake-$1"
    check "by-cmake-$1/stranger"
    "by-cmake-$1/stranger-cxx"

    pc=$(dirname "$(find "$prefix" -name undertone.pc)")
    export PKG_CONFIG_PATH=$pc LD_LIBRARY_PATH=${pc%/pkgconfig}
    cc -std=c11 -Wall -Wextra -Werror -o by-pkg-config "$UT_SOURCE/tests/install/stranger/stranger.c" \
        $(pkg-config --cflags --libs undertone)
    check ./by-pkg-config
    [ "$(pkg-config --modversion undertone)" = "$("by-cmake-$1/stranger-cxx" | cut -d' ' -f1)" ]
}

for kind in static shared; do
    prefix=$PWD/$kind
    install_library "$kind"
    check_content
    [ "$kind" != shared ] || check_exports
    check_strangers "$kind"
    echo "a stranger builds against the $kind library"
done
# The same from Python, and the same events as the program's: one alert, in its second.
UNDERTONE_LIBRARY=$(find "$prefix" -name 'libundertone.so' | head -1) /usr/bin/python3 "$UT_SOURCE/tests/install/binding.py"
