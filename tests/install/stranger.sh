#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# stranger.sh static|shared: installs the library into a folder of its own, moves that folder, and
# builds a stranger's project against it with CMake and with pkg-config.
set -euo pipefail

kind=$1
shared=$([ "$kind" = shared ] && echo ON || echo OFF)
cmake -S "$UT_SOURCE" -B build -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DUT_WITH_PROGRAM=OFF -DBUILD_SHARED_LIBS="$shared" >log 2>&1 || { cat log; exit 1; }
cmake --build build >>log 2>&1 || { cat log; exit 1; }
cmake --install build --prefix "$PWD/first" >>log
mv first moved
prefix=$PWD/moved

# Nothing but the library: no test, no internal header.
[ "$(cd "$prefix/include" && find . -name '*.h' | sort)" = "$(cd "$UT_SOURCE/include" && find . -name '*.h' | sort)" ]
[ ! -e "$prefix/bin" ]

# The library knows no thread, file, socket or clock: it does not even name their functions.
if nm --undefined-only "$(find "$prefix" -name 'libundertone.*' -type f | head -1)" 2>/dev/null |
    grep -E ' (pthread_|thrd_|mtx_|f?open|fopen|fread|fwrite|read|write|printf|fprintf|puts|socket|connect|send|recv|time|clock|gettimeofday|nanosleep|sleep|getenv|exit|abort|signal)(@|$)'; then
    echo "the library calls what it may not" >&2
    exit 1
fi

# A shared one exports what the headers declare and nothing else.
if [ "$kind" = shared ]; then
    grep -hvE '^typedef' "$prefix"/include/undertone/*.h | grep -oE '\but_[a-z0-9_]+\(' | tr -d '(' | sort -u >declared
    nm --dynamic --defined-only "$(find "$prefix" -name 'libundertone.so.*' -type f | head -1)" |
        awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u >exported
    diff declared exported
fi

speech() { # 3 s of 16-bit samples.
    head -c 48000 "$UT_SOURCE/samples/calm-en.wav"
}
check() {
    speech | "$@" >events
    grep -q '"type":"summary","call":"my-call","duration_s":3.00' events
}

cmake -S "$UT_SOURCE/tests/install/stranger" -B by-cmake -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >>log 2>&1 ||
    { cat log; exit 1; }
cmake --build by-cmake >>log 2>&1 || { cat log; exit 1; }
check by-cmake/stranger
by-cmake/stranger-cxx

pc=$(dirname "$(find "$prefix" -name undertone.pc)")
export PKG_CONFIG_PATH=$pc LD_LIBRARY_PATH=${pc%/pkgconfig}
cc -std=c11 -Wall -Wextra -Werror -o by-pkg-config "$UT_SOURCE/tests/install/stranger/stranger.c" \
    $(pkg-config --cflags --libs undertone)
check ./by-pkg-config
[ "$(pkg-config --modversion undertone)" = "$(by-cmake/stranger-cxx | cut -d' ' -f1)" ]
# The same from Python, and the same events as the program's: one alert, in its second.
if [ "$kind" = shared ]; then
    UNDERTONE_LIBRARY=$(find "$prefix" -name 'libundertone.so' | head -1) \
        /usr/bin/python3 "$UT_SOURCE/tests/install/binding.py"
fi
echo "a stranger builds against the $kind library"
